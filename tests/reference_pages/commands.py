"""The page of all commands, from the command line itself."""

import re
from collections.abc import Iterator

import typer

from app import app
from tests.reference_pages import markdown

INTRODUCTION = """\
Every command is `python app.py NAME`, with the Python of Cairn's own environment:
`.venv/bin/python`, or that of the container, by `docker compose exec`. Each explains itself with
`--help`. Settings come from the [environment or `.env`](settings.md). What members type in Slack is
on [a page of its own](slack-commands.md)."""
ENDS_WITH = (
    ("0", "it did what it says"),
    ("1", "it could not, and a sentence on standard error says what to do; `doctor`: fix this"),
    ("2", "it was called wrongly"),
    ("130", "it was interrupted with Ctrl+C"),
)  # fmt: skip
MORE = {
    "serve": "[Install in Slack](../how-to/install-in-slack.md)",
    "sandbox": "[the sandbox](../../sandbox/README.md)",
    "import-roster": "[the roster](roster.md), [Bring in people](../how-to/bring-in-people.md)",
    "match": "[Match and rotate](../how-to/match-and-rotate.md)",
    "rotate": "[Match and rotate](../how-to/match-and-rotate.md)",
    "rehearse": "[Rehearse a programme](../how-to/rehearse-a-programme.md)",
    "report": "[Report on a programme](../how-to/report-on-a-programme.md)",
    "export": "[Export for research](../how-to/export-for-research.md)",
    "queue": "[Watch the queue](../how-to/watch-the-queue.md)",
    "backup": "[Back up and restore](../how-to/back-up-and-restore.md)",
    "restore": "[Back up and restore](../how-to/back-up-and-restore.md)",
    "keys": "[Keep the keys](../how-to/keep-the-keys.md)",
}
"""What to read about a command beyond this page."""
_ASIDE = re.compile(r"\s*\[([^\[\]]+)\]$")


def page() -> str:
    """Write the page."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    overview = [
        (f"[`{name}`](#{name})", _first_line(one.help)) for name, one in sorted(commands.items())
    ]
    return markdown.page(
        "Commands",
        INTRODUCTION,
        markdown.table(("Command", "What it does"), overview),
        "## How a command ends",
        markdown.table(("Exit code", "Meaning"), ENDS_WITH),
        *("\n\n".join(_about(name, one)) for name, one in sorted(commands.items())),
    )


def _about(name: str, command: typer.core.TyperCommand) -> Iterator[str]:
    yield f"## {name}"
    yield " ".join((command.help or "").split())
    yield f"Example: `{(command.epilog or '').removeprefix('Example: ')}`"
    context = typer.Context(command)
    options = [
        _option(*record) for one in command.params if (record := one.get_help_record(context))
    ]
    if options:
        yield markdown.table(("Argument or option", "Default", "What it does"), options)
    if name in MORE:
        yield f"More: {MORE[name]}."


def _option(names: str, meaning: str) -> tuple[str, str, str]:
    """Take apart what `--help` says: `What it does.  [default: 3; 0<=x<=9]`."""
    aside = _ASIDE.search(meaning)
    notes = aside[1].split("; ") if aside else []
    default = next((one.removeprefix("default: ") for one in notes if "default: " in one), "")
    said = _ASIDE.sub("", meaning)
    if "required" in notes:
        return (f"`{names}`", "must be given", said)
    return (f"`{names}`", f"`{default}`" if default else "none", said)


def _first_line(text: str | None) -> str:
    return (text or "").split("\n\n", maxsplit=1)[0]
