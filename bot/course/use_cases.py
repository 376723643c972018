"""Try a change of a programme, make it, and undo it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.course import store
from bot.course.model import (
    Change,
    Course,
    CourseChange,
    NewFramework,
    course_of,
)
from bot.course.preview import WEEKS_AHEAD, CoursePreview
from bot.course.reading import look_ahead
from bot.course.rules import Catalogued, Known, changed, token_of, with_course
from bot.flows.time_off import change_time_off
from bot.groups.facts import due_elsewhere
from bot.groups.schedule import begin_schedules, end_schedules, falls_due
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.people import store as people
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, is_over
from bot.programme.use_cases import the_programme
from bot.pulse import store as rounds
from bot.pulse.calendar import too_soon
from bot.pulse.model import RoundState
from bot.schedule.calendar import Calendar
from bot.schedule.rules import instant_of, zone
from bot.schedule.time_off import calendar_of
from bot.stages import store as stages
from bot.stages.rules import open_claim

UNDO_FOR = timedelta(days=7)
"""The longest that a change can be undone; after that, it takes another change."""
ONE_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


class _OnlyTried(Exception):
    """Takes back what was written only to see what it does."""


def _kind_of(change: Change) -> str:
    return change.kind


def _take_back() -> NoReturn:
    raise _OnlyTried


class ChangedMeanwhile(UserFacing):
    """Somebody changed the programme after it was looked at; `other` is their change, if known."""

    def __init__(self, other: CourseChange | None, name: str | None) -> None:
        super().__init__(
            f"{name or 'Somebody'} changed this programme after you had looked at it, so your "
            "change was not made, and nothing of it is half-done. Look at how it is now, and "
            "change it again if you still want to."
        )
        self.other = other


async def preview(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    change: Change,
    *,
    by: MemberId,
    catalogued: Catalogued,
    now: datetime,
) -> CoursePreview:
    """Make a change, see what it does, and take it back. Raises UserFacing where it cannot be."""
    found: CoursePreview | None = None
    try:
        async with database.writing() as connection:
            await must_coordinate(connection, workspace_id, by)
            programme = await the_programme(connection, workspace_id, programme_id, hold=True)
            found = await _make(connection, programme, change, catalogued=catalogued, now=now)
            _take_back()
    except _OnlyTried:
        assert found is not None
    return found


async def apply(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    change: Change,
    *,
    token: str,
    by: MemberId,
    catalogued: Catalogued,
    now: datetime,
    say: Callable[[Change], str] = _kind_of,
) -> CourseChange:
    """Make a change that was previewed, and note it in the words of `say`.

    Raises ChangedMeanwhile, and UserFacing.
    """
    await must_coordinate(connection, workspace_id, by)
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    before = course_of(programme, await calendar_of(connection, workspace_id))
    if token_of(before) != token:
        raise await _changed_meanwhile(connection, programme)
    done = await _make(connection, programme, change, catalogued=catalogued, now=now)
    made = CourseChange(
        workspace_id=workspace_id,
        programme_id=programme_id,
        number=await store.next_number(connection, programme),
        by=by,
        at=now,
        change=change,
        before=before,
        after=course_of(done.after.programme, done.after.calendar),
        undo_until=_undo_until(done),
    )
    await store.put_change(connection, made)
    await _record(connection, made, Act.COURSE_CHANGED, by=by, said=say(change), now=now)
    return made


async def undo(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    number: int,
    *,
    by: MemberId,
    catalogued: Catalogued,
    now: datetime,
    say: Callable[[Change], str] = _kind_of,
) -> CourseChange:
    """Restore how all was before the last change. Raises UserFacing once that is too late."""
    await must_coordinate(connection, workspace_id, by)
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    made = await store.last_change(connection, programme)
    if made is None or made.number != number:
        raise UserFacing(
            "This was undone already, or something else was changed after it. Open Change "
            "something to see how it is now."
        )
    calendar = await calendar_of(connection, workspace_id)
    if course_of(programme, calendar) != made.after:
        raise await _changed_meanwhile(connection, programme)
    if programme.state is ProgrammeState.CLOSED or now >= made.undo_until:
        raise UserFacing(
            "Something that follows from this has been sent by now, so it cannot be undone. "
            "Change it again instead."
        )
    await _carry_out(connection, programme, calendar, made.before, catalogued=catalogued, now=now)
    await store.note_undone(connection, made, now=now)
    await _record(connection, made, Act.COURSE_UNDONE, by=by, said=say(made.change), now=now)
    return made


async def known_now(
    connection: AsyncConnection, programme: Programme, catalogued: Catalogued, *, now: datetime
) -> Known:
    """Read the facts that a change is decided by."""
    return Known(
        programme=programme,
        calendar=await calendar_of(connection, programme.workspace_id),
        catalogued=catalogued,
        now=now,
        pulse_free_on=await _pulse_free_on(connection, programme),
    )


async def _pulse_free_on(connection: AsyncConnection, programme: Programme) -> date | None:
    """Find the first day on which a pulse may open after the last; None where there was none."""
    found = await rounds.rounds_of(connection, programme.workspace_id, programme.id)
    closes = [one.closes_at for one in found if one.state is not RoundState.VOID]
    if not closes:
        return None
    tz, day = zone(programme.timezone), local_date(max(closes), programme.timezone)
    while too_soon(instant_of(day, programme.template.pulse_time, tz), last_closes_at=max(closes)):
        day += ONE_DAY
    return day


async def _make(
    connection: AsyncConnection,
    programme: Programme,
    change: Change,
    *,
    catalogued: Catalogued,
    now: datetime,
) -> CoursePreview:
    """Carry a change out, and compare what comes before it with what comes after it."""
    known = await known_now(connection, programme, catalogued, now=now)
    wanted = changed(known, change)
    before = await look_ahead(connection, programme, now=now)
    is_other = isinstance(change, NewFramework)
    lapsing = await _open_claims(connection, programme, catalogued) if is_other else 0
    await _carry_out(connection, programme, known.calendar, wanted, catalogued=catalogued, now=now)
    current = await the_programme(connection, programme.workspace_id, programme.id)
    return CoursePreview(
        before=before,
        after=await look_ahead(connection, current, now=now),
        token=token_of(course_of(programme, known.calendar)),
        now=now,
        lapsing=lapsing,
    )


async def _carry_out(
    connection: AsyncConnection,
    programme: Programme,
    calendar: Calendar,
    wanted: Course,
    *,
    catalogued: Catalogued,
    now: datetime,
) -> None:
    """Write how a programme is to be, and let all that falls due follow."""
    workspace_id, after = programme.workspace_id, with_course(programme, wanted)
    await programmes.put_programme(connection, workspace_id, after)
    if wanted.calendar != calendar:
        await change_time_off(connection, workspace_id, wanted.calendar, now=now)
    if programme.state is not ProgrammeState.RUNNING:
        return
    if is_over(after, now):
        seats = await programmes.seats(connection, workspace_id, programme.id)
        still = await due_elsewhere(connection, after, now=now)
        await end_schedules(connection, workspace_id, falls_due(programme, seats, now=now) - still)
        return
    framework = catalogued.frameworks.get(after.framework_id)
    await begin_schedules(connection, after, framework=framework, now=now)


async def _open_claims(
    connection: AsyncConnection, programme: Programme, catalogued: Catalogued
) -> int:
    """Count the claims that wait for an answer in the framework of now."""
    framework = catalogued.frameworks.get(programme.framework_id)
    if framework is None:
        return 0
    seats = await programmes.seats(connection, programme.workspace_id, programme.id)
    ids = {one.member_id for one in seats}
    found = await stages.histories(connection, programme.workspace_id, member_ids=ids)
    return sum(open_claim(framework, history) is not None for history in found.values())


def _undo_until(done: CoursePreview) -> datetime:
    """Say until when a change can be undone: before the first thing that follows from it."""
    days = (
        local_date(done.now, done.before.programme.timezone) + ONE_DAY * n
        for n in range(7 * WEEKS_AHEAD)
    )
    old, new = done.before.calendar, done.after.calendar
    tz = zone(done.before.programme.timezone)
    freed = (instant_of(one, _MIDNIGHT, tz) for one in days if old.is_off(one) != new.is_off(one))
    ends = [done.differs_from, next(freed, None), done.now + UNDO_FOR]
    return min(one for one in ends if one is not None)


async def _changed_meanwhile(connection: AsyncConnection, programme: Programme) -> ChangedMeanwhile:
    other = await store.last_change(connection, programme)
    name = None
    if other is not None and other.by is not None:
        member = await people.member(connection, programme.workspace_id, other.by)
        name = member.name if member else None
    return ChangedMeanwhile(other, name)


async def _record(
    connection: AsyncConnection,
    made: CourseChange,
    act: Act,
    *,
    by: MemberId,
    said: str,
    now: datetime,
) -> None:
    await audit.record(
        connection,
        made.workspace_id,
        act,
        by=by,
        now=now,
        programme_id=made.programme_id,
        what=said,
    )
