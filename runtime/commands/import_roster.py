"""`app.py import-roster`: members from a file, without Slack's events."""

from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people.importing import import_roster, unknown_stages
from bot.people.roster import parse_roster
from config.catalogue import load_catalogue
from handlers.edge.clients import open_session, slack_client
from runtime.commands.schema import current_database
from runtime.commands.terminal import CommandReport
from runtime.tenancy import Options, who_we_are


async def import_roster_file(
    options: Options, path: Path, *, workspace: str | None, only_check: bool
) -> CommandReport:
    """Import the roster at `path`, or with `only_check` say whether it could be.

    Raises OperatorFacing with one line for each problem; then nothing was imported.
    """
    content = _read(path)
    stages = load_catalogue(own=options.config_folder).stages
    if only_check:
        reading = parse_roster(content)
        _refuse(path, reading.problems)
        return CommandReport(
            f"{path.name} is fine: {len(reading.rows)} members. Nothing was imported.",
            (*reading.warnings, *unknown_stages(reading, stages)),
        )
    async with current_database(options.database_url) as database:
        workspace_id = WorkspaceId(workspace or await _workspace_of_token(options))
        done = await import_roster(
            database, workspace_id, content, now=datetime.now(UTC), stages=stages
        )
    _refuse(path, done.problems)
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
        return await who_we_are(client)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise OperatorFacing(
            f"{path} cannot be read ({type(failure).__name__}); check the path", permanent=True
        ) from None


def _refuse(path: Path, problems: tuple[str, ...]) -> None:
    if problems:
        lines = "\n".join(f"{path.name}: {problem}" for problem in problems)
        raise OperatorFacing(f"Nothing was imported.\n{lines}", permanent=True)
