"""`app.py purge`: what is due to be deleted, where and when; and deleting it."""

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
import typer

from bot.course.store import only_tried
from bot.flows import purge as programmes_purge
from bot.flows.purge import Purge
from bot.flows.workspaces import Uninstalled, forget_workspace, rows_in, uninstalled
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere, one_workspace
from bot.kernel.words import plural
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.people import store as people
from bot.people.tables import member_table
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.retention import store as retention
from bot.retention.model import RetentionPlan
from handlers.register import CAPABILITIES
from runtime.commands.schema import current_database
from runtime.commands.terminal import CommandReport
from runtime.tenancy import Options, opened_vault, require_our_vault

NOTHING = "Nothing is due to be deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class DueForDeletion:
    """One thing that is to be deleted: a programme's words or names, people, or a workspace."""

    sentence: str
    is_due: bool
    workspace_id: WorkspaceId
    programme: Programme | None = None
    is_uninstalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepFor:
    """How long people who left, and workspaces that took Cairn out, are kept."""

    departed: timedelta
    uninstalled: timedelta


async def purge_what_is_due(
    given: Options, *, only_check: bool = False, is_sure: bool = False, now: datetime | None = None
) -> CommandReport:
    """List what is due in every workspace, and delete it once that is confirmed."""
    at = now or datetime.now(UTC)
    keep = KeepFor(departed=given.keep_departed, uninstalled=given.keep_uninstalled)
    async with current_database(given.database_url) as database, opened_vault(given) as vault:
        await require_our_vault(database, vault)
        purge = Purge(with_keyring(database, Keyring(vault, WORDS)), vault, CAPABILITIES.erasers)
        found = await _find(purge.database, keep, now=at, dates=not only_check)
        said = "\n".join(one.sentence for one in found) or NOTHING
        due = [one for one in found if one.is_due]
        if only_check or not due:
            return CommandReport(said if due or not found else f"{said}\n{NOTHING}")
        _ask(said, is_sure=is_sure)
        done = [await _do(purge, one, keep, now=at) for one in due]
    return CommandReport("\n".join(done))


def _ask(said: str, *, is_sure: bool) -> None:
    """Ask before deleting. Raises OperatorFacing for a no, and where nobody can be asked."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise OperatorFacing(f"{said}\nNothing was deleted; add --yes to delete what is due")
    typer.echo(said)
    if not typer.confirm("Delete what is due now, for good?"):
        raise OperatorFacing("Nothing was deleted", permanent=True)


async def _find(
    database: Database, keep: KeepFor, *, now: datetime, dates: bool
) -> list[DueForDeletion]:
    """Find what is due, or will be; `dates` lets the days count of whom nobody knows the day."""
    with everywhere():
        async with database.reading() as connection:
            gone = await uninstalled(connection)
            query = sa.select(member_table.c.workspace_id).distinct()
            here = {WorkspaceId(one) for one in (await connection.execute(query)).scalars()}
    found = []
    for workspace_id in sorted(here - {one.workspace_id for one in gone}):
        with one_workspace(workspace_id):
            found += await _of_programmes(database, workspace_id, now=now)
            found += await _of_departed(database, workspace_id, keep, now=now)
            if dates:
                async with database.writing() as connection:
                    await people.date_departures(connection, workspace_id, now=now)
    for one in gone:
        with one_workspace(one.workspace_id):
            found.append(await _of_workspace(database, one, keep, now=now))
    return found


async def _of_programmes(
    database: Database, workspace_id: WorkspaceId, *, now: datetime
) -> list[DueForDeletion]:
    async with database.reading() as connection:
        every = await programmes.programmes(connection, workspace_id)
        plans = {one.programme_id: one for one in await retention.plans(connection, workspace_id)}
    found = []
    for one in every:
        plan = plans.get(one.id)
        if plan is not None and plan.closed_on is not None and plan.names_gone_at is None:
            found.append(await _of_programme(database, one, plan, now=now))
    return found


async def _of_programme(
    database: Database, its: Programme, plan: RetentionPlan, *, now: datetime
) -> DueForDeletion:
    today = local_date(now, its.timezone)
    async with only_tried(database) as connection:
        leaving = len(await programmes_purge.leaving_with(connection, its))
        words = {} if plan.words_gone_at else await programmes_purge.words_of(connection, its)
    counts = ", ".join(f"{count:,} {name}" for name, count in words.items() if count)
    steps = [] if plan.words_gone_at else [f"words {_on(plan.words_on, today)}: {counts or 'none'}"]
    steps.append(f"names {_on(plan.names_on, today)}: {plural(leaving, 'person', 'people')}")
    told = "" if plan.told_on else "; members are told before, by the running bot"
    failed = "; the last attempt failed" if plan.failed_at else ""
    return DueForDeletion(
        sentence=f"{its.workspace_id} {its.name} ({its.id}): {'; '.join(steps)}{told}{failed}",
        is_due=plan.next_step(today) is not None,
        workspace_id=its.workspace_id,
        programme=its,
    )


def _on(day: date | None, today: date) -> str:
    if day is None:
        return "on no day yet"
    return f"on {day:%Y-%m-%d}" + (" (due)" if day <= today else "")


async def _of_departed(
    database: Database, workspace_id: WorkspaceId, keep: KeepFor, *, now: datetime
) -> list[DueForDeletion]:
    async with database.reading() as connection:
        found = await programmes_purge.departed(
            connection, workspace_id, before=now - keep.departed
        )
    if not found:
        return []
    who = plural(len(found), "person", "people")
    sentence = (
        f"{workspace_id}: {who} who left more than {keep.departed.days} days ago and "
        "whom no programme needs (due)"
    )
    return [DueForDeletion(sentence=sentence, is_due=True, workspace_id=workspace_id)]


async def _of_workspace(
    database: Database, one: Uninstalled, keep: KeepFor, *, now: datetime
) -> DueForDeletion:
    async with database.reading() as connection:
        rows = sum((await rows_in(connection, one.workspace_id)).values())
    day = one.at + keep.uninstalled
    return DueForDeletion(
        sentence=(
            f"{one.workspace_id}: Cairn was taken out on {one.at:%Y-%m-%d}; all of it, "
            f"{plural(rows, 'row')}, {_on(day.date(), now.date()) if day >= now else _due(day)}"
        ),
        is_due=day < now,
        workspace_id=one.workspace_id,
        is_uninstalled=True,
    )


def _due(day: datetime) -> str:
    return f"on {day:%Y-%m-%d} (due)"


async def _do(purge: Purge, one: DueForDeletion, keep: KeepFor, *, now: datetime) -> str:
    with one_workspace(one.workspace_id):
        if one.is_uninstalled:
            before = now - keep.uninstalled
            rows = await forget_workspace(
                purge.database, purge.vault, one.workspace_id, before=before
            )
            return f"{one.workspace_id}: {plural(rows, 'row')} deleted, nothing is left."
        if one.programme is not None:
            plan = await programmes_purge.purge_programme(purge, one.programme, now=now)
            counts = ", ".join(f"{count:,} {name}" for name, count in plan.counts.items())
            return f"{one.workspace_id} {one.programme.name}: deleted so far: {counts}."
        before = now - keep.departed
        count = await programmes_purge.purge_departed(
            purge, one.workspace_id, before=before, now=now
        )
        who = plural(count, "person", "people")
        return f"{one.workspace_id}: {who} who left long ago deleted."
