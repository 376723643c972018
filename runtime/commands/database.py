"""`app.py migrate`, `backup` and `restore`: the database as a whole."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option

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

    @command("backup --to-folder /var/backups/cairn --keep 14")
    def backup(
        *,
        file: Annotated[
            Path | None, Argument(help="A new file; only you will be able to read it.")
        ] = None,
        to_folder: Annotated[
            Path | None,
            Option(metavar="FOLDER", help="Name the file by the time, in this folder."),
        ] = None,
        keep: Annotated[
            int, Option(min=1, help="How many to keep in the folder; older ones are deleted.")
        ] = 14,
        encrypt: Annotated[
            str | None, Option(metavar="age1…", help="Encrypt it to this age public key.")
        ] = None,
    ) -> str:
        """Copy the whole database into one file, without any key. Cairn may run meanwhile."""
        from runtime.commands.backup import back_up
        from runtime.commands.backup_folder import back_up_into

        if (file is None) == (to_folder is None):
            raise BadParameter("name a new file, or a folder with --to-folder")
        address, now = options().database_url, datetime.now(UTC)
        if to_folder is not None:
            made = back_up_into(address, to_folder, keep=keep, now=now, recipient=encrypt)
            return asyncio.run(made)
        assert file is not None
        done = asyncio.run(back_up(address, file, now=now, recipient=encrypt))
        return f"{done} in {file}. The keys are not."

    @command("restore cairn-2026-11-20.zip --replace")
    def restore(
        *,
        file: Annotated[Path, Argument(help="What `backup` wrote, on either engine.")],
        check: Annotated[
            bool, Option("--check", help="Read all of the file, say what it is, change nothing.")
        ] = False,
        identity: Annotated[
            Path | None, Option(metavar="FILE", help="The age private key of an encrypted one.")
        ] = None,
        replace: Annotated[
            bool, Option("--replace", help="Delete what is in the database first.")
        ] = False,
        catch_up: Annotated[
            bool, Option("--catch-up", help="Send what fell due since the backup, once.")
        ] = False,
    ) -> str:
        """Put a backup into an empty database: all of it, or nothing. Stop Cairn first."""
        from runtime.commands import backup as copies

        if check:
            return copies.described(copies.check(file, identity))
        restoring = copies.restore(
            options().database_url,
            file,
            now=datetime.now(UTC),
            identity=identity,
            replace=replace,
            catch_up=catch_up,
        )
        return str(asyncio.run(restoring))
