"""Slack's mrkdwn as HTML.

The text is what an app sends: ``&amp;``, ``&lt;`` and ``&gt;`` stand for themselves, and
``<…>`` holds a link or a mention.
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from emoji import emojize
from markupsafe import Markup

from slack_sandbox.page.dates import date_template
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.markup import join, link, safe_link, tag

_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_QUOTE = re.compile(r"^(?:&gt;|>) ?")
_BULLET = re.compile(r"^\s*[•◦▪] +")
_INLINE = re.compile(
    r"<(?P<entity>[^<>\n]+)>"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?=[^\s*])(?P<bold>(?:<[^<>\n]*>|[^*\n<])+)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=[^\s_])(?P<italic>(?:<[^<>\n]*>|[^_\n<])+)(?<=\S)_(?![\w_])"
    r"|(?<![\w~])~(?=[^\s~])(?P<strike>(?:<[^<>\n]*>|[^~\n<])+)(?<=\S)~(?![\w~])"
    r"|(?<![\w:]):(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):"
    r"|(?P<url>\bhttps?://[^\s<>|`*]+)"
)
_STYLES = {"bold": "strong", "italic": "em", "strike": "s"}
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def render(text: str, names: Directory) -> Markup:
    """Return the HTML of a mrkdwn text; everything that is not known markup is shown as typed."""
    parts: list[Markup] = []
    position = 0
    for fence in _FENCE.finditer(text):
        parts.extend(_lines(text[position : fence.start()], names))
        parts.append(tag("pre", None, tag("code", None, unescape(fence[1]))))
        position = fence.end()
    parts.extend(_lines(text[position:], names))
    return join(parts)


def plain(text: str, *, emoji_shown: bool = True) -> Markup:
    """Return the HTML of a plain_text: nothing but line breaks and emoji shortcodes.

    Slack stores the three escapes alike whether an app wrote ``&`` or ``&amp;``, so both show
    as ``&``.
    """
    shown = unescape(text)
    return with_emoji(shown) if emoji_shown else _broken(shown)


def unescape(text: str) -> str:
    """Return the text with Slack's three escapes undone."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_text(text: str, names: Directory) -> str:
    """Return a mrkdwn text as one plain line, for titles, search and notifications."""
    shown = _INLINE.sub(lambda found: _plain_of(found, names), text.replace("```", ""))
    return " ".join(unescape(shown).split())


def _plain_of(found: re.Match[str], names: Directory) -> str:
    kind, content = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "entity":
        return _entity(content, names).striptags()
    if kind == "emoji":
        return _character(content) or found[0]
    return as_text(content, names) if kind in _STYLES else content


def _lines(text: str, names: Directory) -> Iterator[Markup]:
    """Yield quotes and bullet lists as blocks and the lines between them with breaks."""
    if not text.strip("\n"):
        return
    for kind, lines in _runs(text.strip("\n").split("\n")):
        if kind == "quote":
            inner = "\n".join(_QUOTE.sub("", line) for line in lines)
            yield tag("blockquote", None, _inline_lines(inner, names))
        elif kind == "list":
            items = (tag("li", None, inline(_BULLET.sub("", line), names)) for line in lines)
            yield tag("ul", None, *items)
        else:
            yield tag("div", {"class": "para"}, _inline_lines("\n".join(lines), names))


def _runs(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Group neighbouring lines of one kind: quote, list or text."""
    run: list[str] = []
    current = "text"
    for line in lines:
        kind = "quote" if _QUOTE.match(line) else "list" if _BULLET.match(line) else "text"
        if kind != current and run:
            yield current, run
            run = []
        current = kind
        run.append(line)
    if run:
        yield current, run


def _inline_lines(text: str, names: Directory) -> Markup:
    return join((inline(line, names) for line in text.split("\n")), tag("br"))


def inline(text: str, names: Directory) -> Markup:
    """Return the HTML of one line of mrkdwn, without blocks."""
    parts: list[str] = []
    position = 0
    for found in _INLINE.finditer(text):
        parts.append(unescape(text[position : found.start()]))
        parts.append(_piece(found, names))
        position = found.end()
    parts.append(unescape(text[position:]))
    return join(parts)


def _piece(found: re.Match[str], names: Directory) -> Markup:
    kind, content = str(found.lastgroup), found[str(found.lastgroup)]
    if kind in _STYLES:
        return tag(_STYLES[kind], None, inline(content, names))
    if kind == "entity":
        return _entity(content, names)
    if kind == "code":
        return tag("code", None, unescape(content))
    if kind == "emoji":
        return emoji_image(content)
    return _bare_url(content)


def _bare_url(url: str) -> Markup:
    kept = url.rstrip(".,;:!?)'\"")
    return link(unescape(kept), unescape(kept)) + unescape(url[len(kept) :])


def _entity(content: str, names: Directory) -> Markup:
    """Return what stands for ``<content>``: a mention, a date or a link."""
    body, _, label = content.partition("|")
    for mark, handler in _MENTIONS.items():
        if body.startswith(mark):
            return handler(body[len(mark) :], unescape(label), names)
    url = unescape(body)
    if safe_link(url) is None:
        return join([unescape(f"<{content}>")])
    return link(url, unescape(label) or url.removeprefix("mailto:").removeprefix("tel:"))


def user_mention(user: str, label: str, names: Directory) -> Markup:
    """Return the mention of a person; the viewer's own stands out."""
    kind = "mention mention-me" if user and user == names.viewer else "mention"
    shown = names.users.get(user) or label or user
    return tag("span", {"class": kind, "data-user-id": user}, f"@{shown}")


def channel_mention(channel: str, label: str, names: Directory) -> Markup:
    """Return the mention of a channel, a link when the viewer can go there."""
    name = names.channels.get(channel)
    if name is None:
        return tag("span", {"class": "mention"}, f"#{label}" if label else "a private channel")
    return tag("a", {"class": "mention", "href": f"{names.base}/{channel}"}, f"#{name}")


def group_mention(group: str, label: str, names: Directory) -> Markup:
    """Return the mention of a user group."""
    shown = names.groups.get(group) or label.lstrip("@") or group
    return tag("span", {"class": "mention"}, f"@{shown}")


def broadcast(scope: str, label: str, names: Directory) -> Markup:
    """Return @here, @channel or @everyone; anything else is shown as its label."""
    del names
    scope = scope.partition("^")[0]
    if scope in _BROADCASTS:
        return tag("span", {"class": "mention mention-me"}, f"@{scope}")
    return join([label or f"<!{scope}>"])


def _date(content: str, label: str, names: Directory) -> Markup:
    """Return ``<!date^seconds^template^link|fallback>`` in the viewer's zone."""
    seconds, _, rest = content.partition("^")
    template, _, url = rest.partition("^")
    shown = None
    if re.fullmatch(r"-?\d{1,12}", seconds):
        shown = date_template(unescape(template), int(seconds), names)
    stamp = tag("time", {"class": "stamp"}, shown or label or unescape(template))
    return link(unescape(url), stamp) if url else stamp


_MENTIONS: dict[str, Callable[[str, str, Directory], Markup]] = {
    "@": user_mention,
    "#": channel_mention,
    "!subteam^": group_mention,
    "!date^": _date,
    "!": broadcast,
}


def emoji_image(name: str) -> Markup:
    """Return the character of a shortcode with its name for screen readers."""
    character = _character(name)
    if character is None:
        return join([f":{name}:"])
    words = name.partition("::")[0].replace("_", " ")
    return tag("span", {"role": "img", "aria-label": words, "class": "emoji"}, character)


# Where Slack's names differ from the ones that the library knows, by the shortest rule.
_OWN_NAMES = (
    ("large_", ""),
    ("female-", "woman_"),
    ("male-", "man_"),
    ("_doctor", "_health_worker"),
    ("octagonal_sign", "stop_sign"),
    ("rain_cloud", "cloud_with_rain"),
    ("-", "_"),
)


def _character(name: str) -> str | None:
    """Return what a shortcode without its colons stands for, None when it is not known.

    A skin tone behind two colons (`wave::skin-tone-2`) is left out.
    """
    known = name.partition("::")[0].lower()
    for wanted in (known, _by_its_other_name(known)):
        shown = emojize(f":{wanted}:", language="alias")
        if not shown.startswith(":"):
            return shown
    return None


def _by_its_other_name(name: str) -> str:
    for slacks, other in _OWN_NAMES:
        name = name.replace(slacks, other)
    return name


_SHORTCODE = re.compile(r"(?<![\w:]):([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):")


def with_emoji(text: str) -> Markup:
    """Return the HTML of a text as it stands, with its line breaks and emoji shortcodes."""
    parts: list[Markup] = []
    position = 0
    for found in _SHORTCODE.finditer(text):
        parts += (_broken(text[position : found.start()]), emoji_image(found[1]))
        position = found.end()
    return join([*parts, _broken(text[position:])])


def _broken(text: str) -> Markup:
    return join(text.split("\n"), tag("br"))
