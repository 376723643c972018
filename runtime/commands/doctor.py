"""`app.py doctor`: what is well, and what to fix."""

import asyncio
import json
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from runtime.commands.planning import Added
from runtime.commands.terminal import as_typed_here

if TYPE_CHECKING:
    from runtime.doctor.findings import Finding
    from runtime.tenancy import Options


def add_doctor(
    command: Callable[[str], Added],
    *,
    options: "Callable[[], Options]",
    misspelt: Callable[[], Iterable[str]],
) -> None:
    """Add the command; `misspelt` says which settings are not read because of their name."""

    @command("doctor --brief")
    def doctor(
        brief: Annotated[bool, Option("--brief", help="Print only what is to be fixed.")] = False,
        as_json: Annotated[
            bool, Option("--json", help="Print findings as JSON, for a program that watches.")
        ] = False,
        url: Annotated[
            str | None,
            Option(
                metavar="ADDRESS",
                help="Where `serve --http` answers, to try the signing secret; else PUBLIC_URL.",
            ),
        ] = None,
    ) -> None:
        """Examine settings, disk, database, keys, Slack and the queue, and change nothing.

        Ends with 1 when something is to be fixed.
        """
        found = asyncio.run(_all(options, misspelt, url))
        shown = [one for one in found if not (brief and one.is_well)]
        typer.echo(_as_json(shown) if as_json else as_typed_here(_as_text(shown)))
        raise typer.Exit(0 if all(one.is_well for one in found) else 1)


async def _all(
    options: "Callable[[], Options]", misspelt: Callable[[], Iterable[str]], url: str | None
) -> "list[Finding]":
    from bot.kernel.errors import OperatorFacing
    from runtime.doctor.examination import examine
    from runtime.doctor.findings import fix

    try:
        names = [fix(sentence) for sentence in misspelt()]
        return names + await examine(options(), url=url)
    except OperatorFacing as problem:  # a sentence for each setting that is wrong
        return names + [fix(line) for line in problem.reason.split("\n")]


def warn_at_start(options: "Options", misspelt: Iterable[str]) -> None:
    """Log what may be amiss and cannot be known for sure, when the bot starts."""
    import structlog

    from runtime.commands.keys import told_of_container

    log = structlog.get_logger("cairn.settings")
    for sentence in misspelt:
        log.warning("setting_not_read", advice=sentence)
    if (told := told_of_container(options)) is not None:
        log.warning("keys_do_not_last", advice=told)


def _as_text(found: "Iterable[Finding]") -> str:
    lines: list[str] = []
    for group, findings in groupby(found, key=lambda one: one.group):
        lines += [str(group), *(f"{one.level:<4}  {one.sentence}" for one in findings), ""]
    return "\n".join(lines).rstrip()


def _as_json(found: "Iterable[Finding]") -> str:
    findings = [{"group": one.group, "level": one.level, "sentence": one.sentence} for one in found]
    return json.dumps(findings, ensure_ascii=False, indent=1)
