"""The page of Slack's scopes, from the manifest: each has its reason beside it."""

import re
from collections.abc import Iterator, Mapping

import yaml

from tests.reference_pages import markdown
from tests.support.source import ROOT

MANIFEST = ROOT / "config/slack-manifest.yaml"
INTRODUCTION = """\
What Slack lets Cairn do, as `config/slack-manifest.yaml` asks for it. A workspace grants the first
table when it installs Cairn, and may refuse each of the second: Cairn then says what works
without it. `python app.py doctor` says which are missing."""
KINDS = {"bot": "Needed", "bot_optional": "May be refused"}
_SCOPE = re.compile(r"- (?P<scope>[\w.]+:?[\w.:]*) # (?P<reason>.+)")
_MORE = re.compile(r"# (?P<reason>.+)")


class NoReason(ValueError):
    """A scope of the manifest has no reason beside it."""


def page() -> str:
    """Write the page. Raises NoReason."""
    parts = [INTRODUCTION]
    for kind, scopes in reasons(MANIFEST.read_text(encoding="utf-8")).items():
        rows = [(f"`{scope}`", reason) for scope, reason in scopes.items()]
        parts += [f"## {KINDS[kind]}", markdown.table(("Scope", "What for"), rows)]
    return markdown.page("Scopes", *parts)


def reasons(text: str) -> Mapping[str, Mapping[str, str]]:
    """Read the reason of each scope, by `bot` and `bot_optional`. Raises NoReason."""
    asked = yaml.safe_load(text)["oauth_config"]["scopes"]
    found = dict(_comments(text))
    missing = [one for of_kind in asked.values() for one in of_kind if one not in found]
    if missing:
        raise NoReason(f"say in a comment what these are for: {', '.join(missing)}")
    return {kind: {one: found[one] for one in of_kind} for kind, of_kind in asked.items()}


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """Give each list item with the comment beside it, and what goes on in the lines below."""
    scope, said = "", ""
    for line in [*text.splitlines(), ""]:
        if found := _SCOPE.fullmatch(line.strip()):
            if scope:
                yield scope, said
            scope, said = found["scope"], found["reason"]
        elif scope and (more := _MORE.fullmatch(line.strip())):
            said = f"{said} {more['reason']}"
        elif scope:
            yield scope, said
            scope = ""
