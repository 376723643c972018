"""HTML as values: text is escaped on the way in, so that no caller can forget it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_VOID = frozenset({"br", "hr", "img", "input"})
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "slack"})
_IMAGE_SCHEMES = frozenset({"http", "https"})


def tag(name: str, values: Mapping[str, object] | None = None, *children: str) -> Markup:
    """Return one element; children and attribute values are escaped unless they are Markup.

    An attribute that is None or False is left out, True stands alone.
    """
    # The one place where Markup is made from text: names are literals of this package, and
    # everything else has been escaped.
    opening = f"<{name}{attributes(values or {})}>"
    if name in _VOID:
        return Markup(opening)  # noqa: S704
    return Markup(f"{opening}{join(children)}</{name}>")  # noqa: S704


def join(parts: Iterable[str], separator: str = "") -> Markup:
    """Return the parts one after the other, each escaped unless it is Markup."""
    return escape(separator).join(escape(part) for part in parts)


def attributes(values: Mapping[str, object]) -> str:
    """Return attributes as they stand in a tag, with a space before each."""
    written = []
    for key, value in values.items():
        if value is None or value is False:
            continue
        written.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    return "".join(written)


def safe_link(url: object) -> str | None:
    """Return the address when a person may follow it, None for any other scheme."""
    return _with_scheme(url, _LINK_SCHEMES)


def safe_image(url: object) -> str | None:
    """Return the address when a picture may be loaded from it, else None."""
    return _with_scheme(url, _IMAGE_SCHEMES)


def _with_scheme(url: object, schemes: frozenset[str]) -> str | None:
    if not isinstance(url, str):
        return None
    cleaned = url.strip()
    # Browsers drop control characters before they read the scheme, so a link that has any is none.
    if any(ord(character) < 33 or ord(character) == 127 for character in cleaned):
        return None
    try:
        scheme = urlsplit(cleaned).scheme.lower()
    except ValueError:
        return None
    return cleaned if scheme in schemes else None


def link(url: object, *children: str) -> Markup:
    """Return a link that opens elsewhere, or only its text when the address is not safe."""
    values = link_attributes(url)
    return tag("a", values, *children) if values else join(children)


def link_attributes(url: object) -> dict[str, str]:
    """Return what a link that opens elsewhere needs, nothing when the address is not safe."""
    address = safe_link(url)
    if address is None:
        return {}
    return {"href": address, "target": "_blank", "rel": "noopener noreferrer nofollow"}
