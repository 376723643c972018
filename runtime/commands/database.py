"""`app.py migrate`, `backup` and `restore`: the database as a whole."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from runtime.commands.planning import Added
from runtime.commands.terminal import CommandReport

if TYPE_CHECKING:
    from runtime.tenancy import Options


def add_database(command: Callable[[str], Added], *, options: "Callable[[], Options]") -> None:
    """Add the commands; `options` reads this process's settings."""

    @command("migrate --backup before-0.2.0.zip")
    def migrate(
        *,
        to: Annotated[
            str | None,
            Option(metavar="NUMBER", help="Another schema than the newest, forwards or back."),
        ] = None,
        backup: Annotated[
            Path | None, Option(metavar="FILE", help="Make a backup first, into a new file.")
        ] = None,
        yes: Annotated[bool, Option("--yes", help="Ask nothing, and lose what was named.")] = False,
        grant_to: Annotated[
            str | None,
            Option(metavar="ROLE", help="The Postgres role that runs; see run-with-postgres."),
        ] = None,
    ) -> CommandReport:
        """Bring the database up to date, or to the schema that another version needs."""
        from runtime.commands.grants import grant
        from runtime.commands.keys import note_vault, refuse_keys_in_memory
        from runtime.commands.migrate import take_to
        from runtime.tenancy import opened_vault

        given = options()
        refuse_keys_in_memory(given)
        vault = partial(opened_vault, given)
        address = given.database_url
        done = asyncio.run(take_to(address, to, backup=backup, agreed=yes, vault=vault))
        if to is not None:
            return CommandReport(done)
        granted = asyncio.run(grant(address, to=grant_to))
        said = " ".join(filter(None, (done, granted)))
        return CommandReport(said, asyncio.run(note_vault(given)))

    @command("backup cairn-2026-11-20.zip")
    def backup(
        file: Annotated[Path, Argument(help="A new file; only you will be able to read it.")],
    ) -> str:
        """Copy the whole database into one file, without any key. Cairn may run meanwhile."""
        from runtime.commands.backup import back_up

        done = asyncio.run(back_up(options().database_url, file, now=datetime.now(UTC)))
        return f"{done} in {file}. The keys are not."

    @command("restore cairn-2026-11-20.zip --replace")
    def restore(
        file: Annotated[Path, Argument(help="What `backup` wrote, on either engine.")],
        replace: Annotated[
            bool, Option("--replace", help="Delete what is in the database first.")
        ] = False,
    ) -> str:
        """Put a backup into an empty database: all of it, or nothing. Stop Cairn first."""
        from runtime.commands.backup import restore as put_back

        done = asyncio.run(put_back(options().database_url, file, replace=replace))
        return f"{done} back."
