"""`app.py import-roster`: members from a file, without Slack's events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people.roster import parse_roster
from bot.people.roster_import import import_roster, unknown_stages
from config.catalogue import load_catalogue
from handlers.edge.clients import open_session, slack_client
from runtime.commands.schema import current_database
from runtime.commands.terminal import CommandReport
from runtime.tenancy import Options, who_we_are, workspace_of

NOTHING = "Nothing was imported.\n"


async def import_roster_file(
    options: Options, path: Path, *, workspace: str | None, only_check: bool
) -> CommandReport:
    """Import the roster at `path`, or with `only_check` say whether it could be.

    Raises OperatorFacing with one line for each problem; then nothing was imported.
    """
    content = read_file(path)
    stages = load_catalogue(own=options.config_folder).stages
    if only_check:
        reading = parse_roster(content)
        refuse_problems(path, reading.problems, before=NOTHING)
        return CommandReport(
            f"{path.name} is fine: {len(reading.rows)} members. Nothing was imported.",
            (*reading.warnings, *unknown_stages(reading, stages)),
        )
    async with current_database(options.database_url) as database:
        workspace_id = WorkspaceId(workspace or await _workspace_of_token(options))
        done = await import_roster(
            database, workspace_id, content, now=datetime.now(UTC), stages=stages
        )
    refuse_problems(path, done.problems, before=NOTHING)
    return CommandReport(
        f"{len(done.added)} members added, {len(done.changed)} changed, "
        f"{len(done.unchanged)} already as in {path.name}.",
        done.warnings,
    )


async def _workspace_of_token(options: Options) -> str:
    if options.bot_token is None:
        raise OperatorFacing(
            "Several workspaces may have installed Cairn; name the one that is meant with "
            "--workspace and its Slack team id",
            permanent=True,
        )
    async with open_session() as session:
        client = slack_client(session, token=options.bot_token, api_url=options.api_url)
        return workspace_of(await who_we_are(client))


def read_file(path: Path) -> bytes:
    """Read a file's bytes. Raises OperatorFacing when that cannot be done."""
    try:
        return path.read_bytes()
    except OSError as failure:
        raise OperatorFacing(
            f"{path} cannot be read ({type(failure).__name__}); check the path", permanent=True
        ) from None


def refuse_problems(path: Path, problems: Iterable[str], *, before: str = "") -> None:
    """Raise OperatorFacing with a line for each problem, if there are any."""
    if lines := "\n".join(f"{path.name}: {problem}" for problem in problems):
        raise OperatorFacing(before + lines, permanent=True)
