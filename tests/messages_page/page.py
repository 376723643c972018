"""The page of all messages, forms and parts of Home, written from their golden files."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from handlers.register import CAPABILITIES
from tests.messages_page.seen import SEEN, Seen
from tests.messages_page.table import READERS, SENT

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "messages.md"
IMAGES = ROOT / "docs" / "images" / "messages"
INTRODUCTION = """# Every message, form and page

This page is written by `python -m tests.messages_page` from the files that the tests compare with
what Cairn draws; do not edit it by hand. It shows for each role what Cairn sends, asks and shows,
with made-up people. *Read aloud* is what a screen reader and a notification say of a message.
Forms and Home have no such text: their own words are read.
"""
FORM, PART = "form", "part of Home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that somebody sees, and what is known of it."""

    key: str
    shown: Mapping[str, Any]
    title: str
    what: str
    readers: Sequence[str]
    when: str

    @property
    def capability(self) -> str:
        return self.key.split("/")[0]

    @property
    def anchor(self) -> str:
        """Name the picture and the place on the page."""
        return self.key.replace("/", "-")

    @property
    def spoken(self) -> str:
        """Give a message's own text, as a notification shows it."""
        return str(self.shown.get("text", "")) if "type" not in self.shown else ""


def goldens() -> dict[str, Mapping[str, Any]]:
    """Read every golden file, by `<capability>/<name>`."""
    found = sorted((ROOT / "tests").glob("*/golden/*.json"))
    return {f"{one.parts[-3]}/{one.stem}": json.loads(one.read_text("utf-8")) for one in found}


def unknown() -> list[str]:
    """List the golden files of which the table does not say for whom they are."""
    sent = {one for row in SENT for one in row.goldens}
    return [one for one in goldens() if one not in sent and _seen(one) is None]


def entries() -> list[Entry]:
    """List all there is to show, in the order of Home, messages first."""
    shown = goldens()
    found = [*_sent(shown), *_others(shown)]
    order = [one.name for one in CAPABILITIES.every]
    order += sorted({one.capability for one in found}.difference(order))
    return sorted(found, key=lambda one: order.index(one.capability))


def _sent(shown: Mapping[str, Mapping[str, Any]]) -> Iterator[Entry]:
    for row in SENT:
        for key in filter(shown.__contains__, row.goldens):
            name = CAPABILITIES.messages[row.kind].name
            case = key.removeprefix(row.goldens[0]).lstrip("_").replace("_", " ")
            title = f"{name[0].upper()}{name[1:]}" + (f" ({case})" if case else "")
            yield Entry(
                key=key,
                shown=shown[key],
                title=title,
                what="message",
                readers=row.readers,
                when=row.when,
            )


def _others(shown: Mapping[str, Mapping[str, Any]]) -> Iterator[Entry]:
    sent = {one for row in SENT for one in row.goldens}
    for key, one in shown.items():
        row = _seen(key)
        if key in sent or row is None:
            continue
        what = {"modal": FORM, "home": PART}.get(one.get("type", ""), "answer")
        case = key.split("/")[1].partition("_")[2] or key.split("/")[1]
        case = case.removeprefix("home_").replace("_", " ")
        title = one["title"]["text"] if what == FORM else what[0].upper() + what[1:]
        yield Entry(
            key=key,
            shown=one,
            title=f"{title}: {case}",
            what=what,
            readers=row.readers,
            when="" if what == PART else row.when,
        )


def _seen(key: str) -> Seen | None:
    return next((row for row in SEEN if fnmatchcase(key, row.pattern)), None)


def page() -> str:
    """Write the page: by role, then by capability; what several roles see stands once."""
    lines = [INTRODUCTION]
    every = entries()
    for reader in READERS:
        lines.append(f"## {reader}\n")
        known = [one for one in every if reader in one.readers]
        own = [one for one in known if one.readers[0] == reader]
        lines += _by_capability(own)
        if others := [one for one in known if one.readers[0] != reader]:
            links = ", ".join(f"[{_plain(one.title)}](#{one.anchor})" for one in others)
            lines.append(f"Shown above, and for them too: {links}.\n")
    return "\n".join(lines).rstrip() + "\n"


def _by_capability(found: Iterable[Entry]) -> Iterator[str]:
    capability = ""
    for one in found:
        if one.capability != capability:
            capability = one.capability
            yield f"### {capability[0].upper()}{capability[1:]}\n"
        yield from _section(one)


def _section(one: Entry) -> Iterator[str]:
    yield f'<a id="{one.anchor}"></a>\n'
    when = f", {one.when}" if one.when else ""
    yield f"**{_plain(one.title)}**: {one.what} for {_listed(one.readers)}{when}.\n"
    if one.spoken:
        yield "Read aloud:\n"
        yield "\n".join(f"> {_plain(line)}" for line in one.spoken.splitlines()) + "\n"
    alt = _plain(one.title).replace("[", "(").replace("]", ")")
    yield f"![{alt}](../images/messages/{one.anchor}.png)\n"


def _listed(readers: Sequence[str]) -> str:
    lower = [one[0].lower() + one[1:] for one in readers]
    return lower[0] if len(lower) == 1 else f"{', '.join(lower[:-1])} and {lower[-1]}"


def _plain(text: str) -> str:
    """Write Slack's marks as text, so that Markdown shows them as they are heard."""
    text = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<@U0([A-Z0-9]+)>", lambda found: "@" + found[1].capitalize(), text)
    text = re.sub(r"<#[A-Z0-9]+>", "#the-groups-channel", text)
    text = html.unescape(re.sub(r"\*([^*\n]+)\*", r"\1", text))
    return re.sub(r"([<>&*_\[\]])", lambda found: f"&#{ord(found[1])};", text)
