"""`app.py import-roster`: members from a file, without Slack's events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from slack_sdk.errors import SlackApiError

from bot.flows.imports import with_groups
from bot.flows.joining import bring_in
from bot.groups.upkeep import reconcile_groups
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.scope import one_workspace
from bot.kernel.words import listed, plural
from bot.people.model import Role
from bot.people.profiles import Directory
from bot.people.roster import RosterReading, read_roster, unknown_columns, without_capacity
from bot.people.roster_columns import LEFT_OUT, Field, Mapped
from bot.people.roster_identity import unclear_zones
from bot.people.roster_import import BY_COMMAND, NO_DIRECTORY, look_at
from bot.people.roster_people import within_itself
from bot.people.roster_preview import MemberChange, Preview, unknown_stages
from bot.people.roster_text import MOST_BYTES, UnreadableRoster, read_table
from config.catalogue import Catalogue, load_catalogue
from config.files import UnreadableFile, read_bytes
from handlers.edge.clients import open_session, slack_client
from handlers.people.slack_directory import MissingScope, SlackIsBusy, read_everybody
from runtime.commands.schema import current_database
from runtime.commands.terminal import CommandReport
from runtime.tenancy import Options, named_workspace, who_we_are, workspace_of

NOTHING = "Nothing was imported.\n"
REMEDY = "say what it holds with --column '{}=FIELD', or leave it out with --column '{}=left_out'"
MOST_CHANGES = 20
"""Members whose changes are told one by one."""


async def import_roster_file(
    options: Options,
    path: Path,
    *,
    workspace: str | None,
    only_check: bool,
    columns: Sequence[str] = (),
    role: Role | None = None,
    barriers_confirmed: bool = False,
) -> CommandReport:
    """Import the list of people at `path`, or with `only_check` say what it would change.

    Raises OperatorFacing with one line for each problem; then nothing was imported.
    """
    reading = read_list(path, columns)
    refuse_problems(path, map(str, reading.problems), before=NOTHING)
    catalogue = load_catalogue(own=options.config_folder)
    stages = catalogue.stages
    if only_check and workspace is None and options.bot_token is None:
        return _check_alone(path, reading, stages, role)
    async with current_database(options.database_url) as database:
        workspace_id, directory = await _workspace_and_people(options, workspace)
        with one_workspace(workspace_id):
            async with database.reading() as connection:
                shown = await look_at(
                    connection, workspace_id, reading, directory=directory, role=role, stages=stages
                )
                shown = await with_groups(connection, workspace_id, shown)
            refuse_problems(path, shown.problems, before=NOTHING)
            if not (shown.new or shown.changed or shown.unchanged or shown.left):
                refuse_problems(path, (one.sentence for one in shown.left_out), before=NOTHING)
            if not only_check:
                if shown.confirms_barriers and not barriers_confirmed:
                    refuse_problems(path, _unconfirmed(shown), before=NOTHING)
                await _bring_in(database, workspace_id, shown, catalogue)
    return _report(path, shown, only_check=only_check)


async def _bring_in(
    database: Database, workspace_id: WorkspaceId, shown: Preview, catalogue: Catalogue
) -> None:
    """Do what was shown if it still stands, with what follows for people and groups."""
    now = datetime.now(UTC)
    try:
        async with database.writing() as connection:
            await bring_in(
                connection,
                workspace_id,
                shown,
                by=BY_COMMAND,
                slack_user_id=SlackUserId(""),
                now=now,
                barriers_confirmed=True,
            )
        await reconcile_groups(
            database,
            workspace_id,
            now=now,
            frameworks=catalogue.frameworks,
            weights=catalogue.weights,
        )
    except UserFacing as problem:
        raise OperatorFacing(problem.sentence, permanent=False) from None


def _check_alone(
    path: Path, reading: RosterReading, stages: Collection[str], role: Role | None
) -> CommandReport:
    """Check a file that is compared with no workspace."""
    given = frozenset({role} if role else ())
    rows = tuple(replace(row, roles=row.roles or given) for row in reading.rows)
    alone = read_alone(path, replace(reading, rows=rows))
    notes = [*alone.warnings, *without_capacity(alone), *unknown_stages(alone.rows, stages)]
    sentence = f"{path.name} is fine: {plural(len(alone.rows), 'member')}. Nothing was imported."
    return CommandReport(sentence, tuple(map(str, notes)))


def read_alone(path: Path, reading: RosterReading) -> RosterReading:
    """Resolve a list's names within it, where there is no Slack. Raises OperatorFacing."""
    alone = within_itself(reading).with_notes(problems=unclear_zones(reading))
    refuse_problems(path, map(str, alone.problems))
    return alone


def read_list(path: Path, columns: Sequence[str] = ()) -> RosterReading:
    """Read the people of a file, with columns as the command line says.

    Unknown columns that may say who must not be matched are among the problems. Raises
    OperatorFacing for what is no table at all.
    """
    try:
        table = read_table(read_file(path), filename=path.name)
    except UnreadableRoster as failure:
        named = "" if path.name in failure.sentence else f"{path.name}: "
        raise OperatorFacing(f"{named}{failure.sentence}", permanent=True) from None
    reading = read_roster(table, _mapping(columns, table.head))
    problems, warnings = unknown_columns(reading, remedy=REMEDY)
    return reading.with_notes(problems=problems, warnings=warnings)


def _mapping(columns: Sequence[str], head: Sequence[str]) -> Mapping[str, Mapped]:
    """Read `HEAD=FIELD` as often as it is given. Raises OperatorFacing."""
    fields: dict[str, Mapped] = {one: one for one in (*get_args(Field), LEFT_OUT)}
    found: dict[str, Mapped] = {}
    for one in columns:
        name, _, field = one.rpartition("=")
        given = " ".join(name.split())
        if given not in head:
            raise OperatorFacing(f"--column: the file has no column “{given}”", permanent=True)
        if field not in fields:
            raise OperatorFacing(
                f"--column “{one}”: write one of {listed(fields, 'or')} after the =", permanent=True
            )
        found[given] = fields[field]
    return found


def _unconfirmed(shown: Preview) -> Iterable[str]:
    yield (
        "This list changes who must never be matched. Look at the changes below, then run it again "
        "with --confirm-barriers."
    )
    for change in shown.barriers:
        yield _change(shown, change)


def _change(shown: Preview, change: MemberChange) -> str:
    fields = [
        f"{one.field} {shown.shown(one.field, one.before) or '(empty)'} → "
        f"{shown.shown(one.field, one.after) or '(empty)'}"
        for one in change.fields
    ]
    return f"{change.name}: {'; '.join(fields)}"


def _report(path: Path, shown: Preview, *, only_check: bool) -> CommandReport:
    counts = f"{len(shown.new)} new, {len(shown.changed)} changed, {shown.unchanged} as before"
    left = f", {plural(len(shown.left_out), 'person', 'people')} left out" if shown.left_out else ""
    told = [_change(shown, one) for one in shown.changed[:MOST_CHANGES]]
    if len(shown.changed) > MOST_CHANGES:
        told.append(f"And {len(shown.changed) - MOST_CHANGES} more members.")
    end = " Nothing was imported." if only_check else ""
    away = [f"{name} has left the programme and stays away." for name in shown.left]
    lines = [one.sentence for one in shown.left_out]
    return CommandReport(
        f"{path.name}: {counts}{left}.{end}", (*told, *lines, *away, *shown.warnings)
    )


async def _workspace_and_people(
    options: Options, workspace: str | None
) -> tuple[WorkspaceId, Directory]:
    """Find the workspace that is meant, and its people where the token is its own."""
    if options.bot_token is None:
        if workspace is None:
            raise OperatorFacing(
                "Several workspaces may have installed Cairn; name the one that is meant with "
                "--workspace and its Slack team id",
                permanent=True,
            )
        return named_workspace(workspace), NO_DIRECTORY
    async with open_session(options.network, api_url=options.api_url) as session:
        client = slack_client(session, token=options.bot_token, api_url=options.api_url)
        own = workspace_of(await who_we_are(client))
        if workspace is not None and workspace != own:
            return named_workspace(workspace), NO_DIRECTORY
        try:
            return own, await read_everybody(client, own)
        except (SlackApiError, MissingScope, SlackIsBusy) as failure:
            raise OperatorFacing(
                f"Slack did not give out its people ({type(failure).__name__}); try again in a "
                "few minutes, or see the permissions that Cairn needs",
                permanent=False,
            ) from None


def read_file(path: Path) -> bytes:
    """Read a file's bytes. Raises OperatorFacing when that cannot be done, or it is too large."""
    try:
        return read_bytes(path, most_bytes=MOST_BYTES)
    except UnreadableFile as problem:
        raise OperatorFacing(f"{path} {problem}", permanent=True) from None


def refuse_problems(path: Path, problems: Iterable[str], *, before: str = "") -> None:
    """Raise OperatorFacing with a line for each problem, if there are any."""
    if lines := "\n".join(located(path, problems)):
        raise OperatorFacing(before + lines, permanent=True)


def located(path: Path, sentences: Iterable[str]) -> list[str]:
    """Put the file's name in front of each sentence."""
    return [
        f"{path.name}, l{one[1:]}" if one.startswith("Line ") else f"{path.name}: {one}"
        for one in sentences
    ]
