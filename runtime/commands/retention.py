"""`app.py purge` and `app.py member`: what is deleted when, and one person's data."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from runtime.commands.planning import Added
from runtime.commands.terminal import CommandReport

if TYPE_CHECKING:
    from runtime.tenancy import Options


def add_retention(command: Callable[[str], Added], *, options: "Callable[[], Options]") -> None:
    """Add both commands; `options` reads this process's settings."""
    _add_purge(command, options)
    _add_member(command, options)


def _add_purge(command: Callable[[str], Added], options: "Callable[[], Options]") -> None:
    @command("purge --check")
    def purge(
        check: Annotated[bool, Option("--check", help="Only say what is due, and when.")] = False,
        yes: Annotated[bool, Option("--yes", help="Do not ask before deleting.")] = False,
    ) -> CommandReport:
        """Say what is due to be deleted, and delete it: after the end, after people left."""
        from runtime.commands.purge import purge_what_is_due

        return asyncio.run(purge_what_is_due(options(), only_check=check, is_sure=yes))


def _add_member(command: Callable[[str], Added], options: "Callable[[], Options]") -> None:
    @command("member --workspace T0123ABCD --slack-id U0456EFGH --erase --certificate proof.txt")
    def member(
        *,
        workspace: Annotated[str, Option(help="The Slack team id.")],
        slack_id: Annotated[str, Option(help="The person's Slack id, such as U0456EFGH.")],
        export: Annotated[
            Path | None, Option(help="A new file with their data; without words unless --to.")
        ] = None,
        to: Annotated[
            str | None,
            Option(help="An age public key (age1…): the file has all, and opens for it alone."),
        ] = None,
        erase: Annotated[bool, Option("--erase", help="Delete all about them.")] = False,
        yes: Annotated[bool, Option("--yes", help="Do not ask before deleting.")] = False,
        certificate: Annotated[
            Path | None, Option(help="A new file that says what was searched; .json or text.")
        ] = None,
        backups_until: Annotated[
            str | None, Option(help="When your last backup of before is deleted, for it.")
        ] = None,
    ) -> CommandReport:
        """Say what is kept about one person, hand it over, or delete it and prove that."""
        from runtime.commands.member import Erasing, look_after

        if to and not export:
            raise typer.BadParameter("is for --export", param_hint="--to")
        erasing = Erasing(is_sure=yes, certificate=certificate, backups_until=backups_until)
        doing = look_after(
            options(), workspace, slack_id, export=export, to=to, erase=erase, by=erasing
        )
        return asyncio.run(doing)
