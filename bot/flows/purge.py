"""Let a programme that has ended forget: first words, later names, in portions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements.tables import agreement, agreement_side
from bot.announcements.tables import announcement
from bot.audit import store as audit
from bot.audit.model import Act
from bot.checkins.tables import checkin
from bot.closing.tables import looking_back, thanks
from bot.community.tables import charter, charter_line, charter_stance
from bot.compass.tables import compass_put_off, compass_table
from bot.flows.erasure import Eraser, clear_traces, erase_member
from bot.goals.tables import goal
from bot.kernel.clock import local_date
from bot.kernel.database import Database, delete_rows, metadata, portions, rows_of
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.words import plural
from bot.keys.vault import Vault
from bot.kinds import ScheduleKind
from bot.matching.tables import pairing_table
from bot.nudges.tables import nudge
from bot.people import store as members
from bot.people.model import Member, MemberState
from bot.profiles.tables import profile_table
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.tables import group_table
from bot.relationship.tables import rating_table
from bot.research.participants import people_of
from bot.retention import store
from bot.retention.model import PurgeStep, RetentionPlan
from bot.retention.use_cases import begin_late, tell, tell_coordinators
from bot.schedule import store as schedule
from bot.schedule.model import Due
from bot.stages.tables import stage_event

AT_ONCE = 50
"""Members whose words go in one transaction."""
BY_MEMBER = (
    *((table, "member_id") for table in (checkin, goal, compass_table, compass_put_off)),
    *((table, "member_id") for table in (looking_back, thanks)),
    (rating_table, "rater_id"),
)
"""Tables of words of a member in one programme; what belongs to a row of them goes with it."""
BY_PAIR = (agreement_side, agreement)
BY_GROUP = (charter_line, charter_stance, charter)
OF_MEMBER_ALONE = ((profile_table, "member_id"), (nudge, "mentor_id"))
"""Tables that name no programme: kept while their member is in another."""

GONE = (MemberState.LEFT, MemberState.DEACTIVATED)


@dataclass(frozen=True, slots=True)
class Purge:
    """All that a purge needs: the database, the keys of ballots, and what erases a member."""

    database: Database
    vault: Vault
    erasers: Iterable[Eraser]


async def retention_due(due: Due, now: datetime, *, purge: Purge) -> None:
    """Do what the plan of a programme says for today: the duty of RETENTION, on every morning.

    Whatever breaks off is taken up where it broke off. A purge that fails is noted, told to
    coordinators, and tried again every few minutes: the failure is raised once more.
    """
    programme_id = ProgrammeId(due.subject_id)
    programme, plan = await _read(purge, due.workspace_id, programme_id)
    if programme is None or plan.names_gone_at is not None:
        await _end(purge, due.workspace_id, programme_id)
        return
    if plan.closed_on is None and programme.state is ProgrammeState.CLOSED:
        async with purge.database.writing() as connection:
            plan = await begin_late(connection, programme, now=now)
    today = local_date(now, programme.timezone)
    if plan.told_on is None and plan.tell_on is not None and today >= plan.tell_on:
        async with purge.database.writing() as connection:
            plan = await tell(connection, programme, plan, now=now)
    await purge_programme(purge, programme, now=now)


async def purge_programme(purge: Purge, programme: Programme, *, now: datetime) -> RetentionPlan:
    """Take the steps of a programme's plan that are due today; returns the plan after that.

    One that fails is noted, told to coordinators, and the failure is raised once more.
    """
    today = local_date(now, programme.timezone)
    async with purge.database.reading() as connection:
        plan = await store.plan_of(connection, programme)
    try:
        while (step := plan.next_step(today)) is not None:
            plan = await _do(purge, programme, step, now=now)
    except (OperatorFacing, SQLAlchemyError, OSError):
        await _note_failure(purge, programme, now=now)
        raise
    return plan


async def _read(
    purge: Purge, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> tuple[Programme | None, RetentionPlan]:
    async with purge.database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
        if programme is None:
            return None, RetentionPlan(
                workspace_id=workspace_id,
                programme_id=programme_id,
                words_days=0,
                names_days=0,
                notice_days=0,
            )
        return programme, await store.plan_of(connection, programme)


async def _end(purge: Purge, workspace_id: WorkspaceId, programme_id: ProgrammeId) -> None:
    async with purge.database.writing() as connection:
        its = {"kind": ScheduleKind.RETENTION, "subject_id": programme_id}
        await schedule.remove(connection, workspace_id, **its)


async def _do(
    purge: Purge, programme: Programme, step: PurgeStep, *, now: datetime
) -> RetentionPlan:
    async with purge.database.reading() as connection:
        found, _, _ = await people_of(connection, programme.workspace_id, programme.id)
        elsewhere = await needed_elsewhere(connection, programme)
        leaving = await leaving_with(connection, programme)
    if step is PurgeStep.WORDS:
        for some in portions(found, size=AT_ONCE):
            async with purge.database.writing() as connection:
                gone = await delete_words(
                    connection, programme, [one.id for one in some], elsewhere
                )
                await _count(connection, programme, gone)
        async with purge.database.writing() as connection:
            await _count(connection, programme, await _shared_words(connection, programme))
    else:
        for member in leaving:
            await erase_member(
                purge.database,
                purge.vault,
                programme.workspace_id,
                member_id=member.id,
                erasers=purge.erasers,
                now=now,
                is_in_no_group=True,
            )
            async with purge.database.writing() as connection:
                await _count(connection, programme, {"members": 1})
    return await _finish(purge, programme, step, now=now)


async def leaving_with(connection: AsyncConnection, programme: Programme) -> list[Member]:
    """Find who is erased with the names of a programme."""
    found, _, _ = await people_of(connection, programme.workspace_id, programme.id)
    elsewhere = await needed_elsewhere(connection, programme)
    return [one for one in found if one.id not in elsewhere and not _stays(one, [programme])]


async def words_of(connection: AsyncConnection, programme: Programme) -> dict[str, int]:
    """Delete all words of a programme in this transaction; returns how many, by table."""
    found, _, _ = await people_of(connection, programme.workspace_id, programme.id)
    elsewhere = await needed_elsewhere(connection, programme)
    gone = await delete_words(connection, programme, [one.id for one in found], elsewhere)
    return {**gone, **await _shared_words(connection, programme)}


async def purge_departed(
    purge: Purge, workspace_id: WorkspaceId, *, before: datetime, now: datetime
) -> int:
    """Erase who left before this and whom no programme needs; returns how many."""
    async with purge.database.reading() as connection:
        found = await departed(connection, workspace_id, before=before)
    count = 0
    for member in found:
        count += await erase_member(
            purge.database,
            purge.vault,
            workspace_id,
            member_id=member.id,
            erasers=purge.erasers,
            now=now,
            is_in_no_group=True,
            only_if=partial(_is_long_gone, before=before),
        )
    if count:
        async with purge.database.writing() as connection:
            what = plural(count, "person", "people")
            act = Act.DEPARTED_PURGED
            await audit.record(connection, workspace_id, act, by=None, now=now, what=what)
        await clear_traces(purge.database, workspace_id, metadata.tables, now=now)
    return count


async def departed(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, before: datetime
) -> list[Member]:
    """Find who left, or whose account was closed, before this, and whom no programme needs."""
    every = await programmes.programmes(connection, workspace_id)
    needed = await _in_programmes(connection, workspace_id, every)
    return [
        one
        for one in await members.members(connection, workspace_id)
        if _is_long_gone(one, before=before) and one.id not in needed and not _stays(one, every)
    ]


def _is_long_gone(member: Member, *, before: datetime) -> bool:
    return member.state in GONE and member.away_from is not None and member.away_from < before


def _stays(member: Member, every: Iterable[Programme]) -> bool:
    """Say whether somebody has work to do here whatever programme ends."""
    contacts = {who for one in every for who in (one.concern_person, one.concern_deputy)}
    return member.is_coordinator or member.id in contacts


async def needed_elsewhere(connection: AsyncConnection, programme: Programme) -> set[MemberId]:
    """Find who is in another programme that has not ended, or has not forgotten its words yet."""
    every = await programmes.programmes(connection, programme.workspace_id)
    others = [one for one in every if one.id != programme.id]
    return await _in_programmes(connection, programme.workspace_id, others)


async def _in_programmes(
    connection: AsyncConnection, workspace_id: WorkspaceId, every: Iterable[Programme]
) -> set[MemberId]:
    """Find who is in one of these that has not ended, or has not forgotten its people yet."""
    found = set[MemberId]()
    plans = {one.programme_id: one for one in await store.plans(connection, workspace_id)}
    for one in every:
        plan = plans.get(one.id)
        has_forgotten = plan is not None and plan.names_gone_at is not None
        if one.state is ProgrammeState.CLOSED and has_forgotten:
            continue
        seats = await programmes.seats(connection, workspace_id, one.id)
        found |= {seat.member_id for seat in seats}
        found |= await programmes.enrolled(connection, workspace_id, one.id)
    return found


async def delete_words(
    connection: AsyncConnection,
    programme: Programme,
    members: Sequence[MemberId],
    elsewhere: set[MemberId],
) -> dict[str, int]:
    """Delete what some members wrote in a programme; returns how much, by table."""
    workspace_id, gone = programme.workspace_id, dict[str, int]()
    for table, column in BY_MEMBER:
        its = {"programme_id": programme.id, column: members}
        gone[table.name] = await delete_rows(connection, table, workspace_id, **its)
    alone = [one for one in members if one not in elsewhere]
    for table, column in OF_MEMBER_ALONE:
        gone[table.name] = await delete_rows(connection, table, workspace_id, **{column: alone})
    words = rows_of(stage_event, workspace_id, member_id=alone)
    has_words = stage_event.c.sealed.is_not(None)
    without = sa.update(stage_event).where(words, has_words).values(key_id=None, sealed=None)
    gone["words to stages"] = (await connection.execute(without)).rowcount
    return gone


async def _shared_words(connection: AsyncConnection, programme: Programme) -> dict[str, int]:
    """Delete what pairs and groups of a programme wrote together."""
    workspace_id, its = programme.workspace_id, {"programme_id": programme.id}
    pairs = sa.select(pairing_table.c.id).where(rows_of(pairing_table, workspace_id, **its))
    groups = sa.select(group_table.c.id).where(rows_of(group_table, workspace_id, **its))
    gone = {announcement.name: await delete_rows(connection, announcement, workspace_id, **its)}
    for tables, column, inner in (
        (BY_PAIR, "pairing_id", pairs),
        (BY_GROUP, "group_id", groups),
    ):
        for table in tables:
            which = rows_of(table, workspace_id) & table.c[column].in_(inner)
            gone[table.name] = (await connection.execute(sa.delete(table).where(which))).rowcount
    return gone


async def _count(connection: AsyncConnection, programme: Programme, gone: dict[str, int]) -> None:
    """Add to the counts of a plan, in the transaction that deletes."""
    plan = await store.plan_of(connection, programme, hold=True)
    counts = {name: plan.counts.get(name, 0) + n for name, n in gone.items() if n}
    await store.put(connection, replace(plan, counts={**plan.counts, **counts}))


async def _finish(
    purge: Purge, programme: Programme, step: PurgeStep, *, now: datetime
) -> RetentionPlan:
    """Note that a step is done, write it down with its counts, and tell coordinators."""
    async with purge.database.writing() as connection:
        plan = await store.plan_of(connection, programme, hold=True)
        if step is PurgeStep.WORDS:
            plan = replace(plan, words_gone_at=now, failed_at=None)
        else:
            plan = replace(plan, names_gone_at=now, failed_at=None)
            await _rename_groups(connection, programme)
        await store.put(connection, plan)
        await audit.record(
            connection,
            programme.workspace_id,
            Act.PURGED,
            by=None,
            now=now,
            programme_id=programme.id,
            what=f"{step.value}: " + ", ".join(f"{n} {name}" for name, n in plan.counts.items()),
        )
        await tell_coordinators(connection, programme, step.value, now=now)
    await clear_traces(purge.database, programme.workspace_id, metadata.tables, now=now)
    return plan


async def _rename_groups(connection: AsyncConnection, programme: Programme) -> None:
    """Give groups numbers: their names may be those of people."""
    found = await programmes.groups(connection, programme.workspace_id, programme.id)
    for number, one in enumerate(sorted(found, key=lambda group: group.id), 1):
        its = rows_of(group_table, programme.workspace_id, id=one.id)
        await connection.execute(sa.update(group_table).where(its).values(name=f"Group {number}"))


async def _note_failure(purge: Purge, programme: Programme, *, now: datetime) -> None:
    """Keep that a purge broke off, and tell coordinators of it once."""
    async with purge.database.writing() as connection:
        plan = await store.plan_of(connection, programme, hold=True)
        if plan.failed_at is None:
            await store.put(connection, replace(plan, failed_at=now))
            await tell_coordinators(connection, programme, "failed", now=now)
