"""`app.py export`: the file for research, without Slack."""

from datetime import datetime
from pathlib import Path

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import one_workspace
from bot.kernel.words import listed, plural
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.programme.model import Programme
from bot.research.use_cases import exportable, make_export
from config.catalogue import load_catalogue
from runtime.commands.new_file import new_file
from runtime.commands.schema import current_database
from runtime.commands.terminal import progress
from runtime.tenancy import Options, named_workspace, opened_vault


async def export_file(
    options: Options, *, workspace: str, programme: str | None, out: Path, now: datetime
) -> str:
    """Write the export of a programme, by its name or id, into a new file.

    Raises OperatorFacing, leaving no file, where that cannot be done.
    """
    workspace_id = named_workspace(workspace)
    catalogue = load_catalogue(own=options.config_folder)
    async with current_database(options.database_url) as database, opened_vault(options) as vault:
        sealed = with_keyring(database, Keyring(vault, WORDS))
        with one_workspace(workspace_id):
            async with sealed.reading() as connection:
                every = await exportable(connection, workspace_id, now)
            chosen = _the_one(every, programme, workspace_id)
            with new_file(out, "the export") as file, progress("export") as tell:
                try:
                    made = await make_export(
                        sealed,
                        workspace_id,
                        chosen.id,
                        file,
                        frameworks=catalogue.frameworks,
                        usual=catalogue.consent,
                        by=None,
                        now=now,
                        tell=tell,
                    )
                except UserFacing as problem:
                    raise OperatorFacing(problem.sentence, permanent=True) from None
    rows = sum(made.rows.values())
    return f"{plural(len(made.who.pids), 'participant')} and {rows:,} rows are in {out}."


def _the_one(every: list[Programme], wanted: str | None, workspace_id: WorkspaceId) -> Programme:
    """Choose the programme that was named, or the only one. Raises OperatorFacing."""
    found = [one for one in every if wanted is None or wanted in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    there = listed(f"“{one.name}” ({one.id})" for one in every)
    if not every:
        reason = f"{workspace_id} has no programme that uses research; switch it on in Slack"
    elif wanted is None or found:
        reason = f"name the programme with --programme and its id: {there}"
    else:
        reason = f"there is no programme {wanted}; there is {there}"
    raise OperatorFacing(reason, permanent=True)
