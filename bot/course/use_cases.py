"""Try a change of a programme, make it, and undo it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.course import store
from bot.course.model import (
    Change,
    Course,
    CourseChange,
    NewContacts,
    NewFramework,
    course_of,
    without_change,
    without_names,
)
from bot.course.preview import WEEKS_AHEAD, CoursePreview
from bot.course.reading import look_ahead
from bot.course.rules import Catalogued, Known, changed, token_of, with_course
from bot.delivery import store as delivery
from bot.flows.time_off import change_time_off
from bot.groups.facts import due_elsewhere
from bot.groups.schedule import begin_schedules, end_schedules, falls_due
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.contacts import as_contact, must_have_people
from bot.programme.digest_channel import DIGESTS
from bot.programme.model import Programme, ProgrammeState
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


def _kind_of(change: Change) -> str:
    return change.kind


class ChangedMeanwhile(UserFacing):
    """Somebody changed the programme after it was looked at; `other` is their change, if known."""

    def __init__(self, other: CourseChange | None, name: str | None) -> None:
        super().__init__(
            f"{name or 'Somebody'} changed this programme after you had looked at it, so your "
            "change was not made, and nothing of it is half-done. Look at how it is now, and "
            "change it again if you still want to."
        )
        self.other = other


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOrder:
    """Which programme a coordinator changes, and when; `say` writes down a change in words."""

    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    by: MemberId
    catalogued: Catalogued
    now: datetime
    say: Callable[[Change], str] = _kind_of

    async def programme(self, connection: AsyncConnection) -> Programme:
        """Hold the programme. Raises UserFacing for anybody but a coordinator."""
        await must_coordinate(connection, self.workspace_id, self.by)
        return await the_programme(connection, self.workspace_id, self.programme_id, hold=True)


async def preview(database: Database, order: CourseOrder, change: Change) -> CoursePreview:
    """Make a change, see what it does, and take it back. Raises UserFacing where it cannot be."""
    async with store.only_tried(database) as connection:
        return await _make(connection, order, await order.programme(connection), change)


async def apply(
    connection: AsyncConnection, order: CourseOrder, change: Change, *, token: str
) -> CourseChange:
    """Make a change that was previewed, and note it. Raises ChangedMeanwhile, and UserFacing."""
    programme = await order.programme(connection)
    before = course_of(programme, await calendar_of(connection, order.workspace_id))
    if token_of(before) != token:
        raise await _changed_meanwhile(connection, programme)
    done = await _make(connection, order, programme, change)
    made = CourseChange(
        workspace_id=order.workspace_id,
        programme_id=programme.id,
        number=await store.next_number(connection, programme),
        by=order.by,
        at=order.now,
        change=without_names(change),
        before=before,
        after=course_of(done.after.programme, done.after.calendar),
        undo_until=_undo_until(done),
    )
    await store.put_change(connection, made)
    await _record(connection, order, Act.COURSE_CHANGED, made)
    return made


async def undo(connection: AsyncConnection, order: CourseOrder, number: int) -> CourseChange:
    """Restore how all was before the last change. Raises UserFacing once that is too late."""
    programme = await order.programme(connection)
    made = await store.last_change(connection, programme)
    if made is None or made.number != number:
        raise UserFacing(
            "This was undone already, or something else was changed after it. Open Change "
            "something to see how it is now."
        )
    calendar = await calendar_of(connection, order.workspace_id)
    restored = without_change(made, course_of(programme, calendar))
    if restored is None:
        raise await _changed_meanwhile(connection, programme)
    if programme.state is ProgrammeState.CLOSED or order.now >= made.undo_until:
        raise UserFacing(
            "Something that follows from this has been sent by now, so it cannot be undone. "
            "Change it again instead."
        )
    if programme.state is not ProgrammeState.DRAFT and restored.starts_on != programme.starts_on:
        raise UserFacing("This programme has begun since, so its first day stays as it is.")
    await _carry_out(connection, order, programme, calendar, restored)
    await store.note_undone(connection, made, now=order.now)
    await _record(connection, order, Act.COURSE_UNDONE, made)
    return made


async def known_now(
    connection: AsyncConnection,
    programme: Programme,
    catalogued: Catalogued,
    *,
    named: Sequence[Member] = (),
    now: datetime,
) -> Known:
    """Read the facts that a change is decided by; new contacts are `named`."""
    return Known(
        programme=programme,
        calendar=await calendar_of(connection, programme.workspace_id),
        catalogued=catalogued,
        now=now,
        pulse_free_on=await _pulse_free_on(connection, programme),
        accounts={one.slack_user_id: one.id for one in named},
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
    connection: AsyncConnection, order: CourseOrder, programme: Programme, change: Change
) -> CoursePreview:
    """Carry a change out, and compare what comes before it with what comes after it."""
    named, now = await _people_of(connection, programme, change), order.now
    known = await known_now(connection, programme, order.catalogued, named=named, now=now)
    wanted = changed(known, change)
    before = await look_ahead(connection, programme, now=now)
    is_other = isinstance(change, NewFramework)
    lapsing = await _open_claims(connection, programme, order.catalogued) if is_other else 0
    await _carry_out(connection, order, programme, known.calendar, wanted)
    current = await the_programme(connection, programme.workspace_id, programme.id)
    return CoursePreview(
        before=before,
        after=await look_ahead(connection, current, now=now),
        token=token_of(course_of(programme, known.calendar)),
        now=now,
        lapsing=lapsing,
        named=tuple(one.name for one in named),
    )


async def _people_of(
    connection: AsyncConnection, programme: Programme, change: Change
) -> list[Member]:
    """Find who new contacts name; whoever is no member yet is known from now on."""
    profiles = (change.person, change.deputy) if isinstance(change, NewContacts) else ()
    its = (connection, programme.workspace_id)
    return [await as_contact(*its, one) for one in profiles]


async def _carry_out(
    connection: AsyncConnection,
    order: CourseOrder,
    programme: Programme,
    calendar: Calendar,
    wanted: Course,
) -> None:
    """Write how a programme is to be, and let all that falls due follow."""
    workspace_id, now = order.workspace_id, order.now
    after = with_course(programme, wanted)
    if after.coordinator_channel != programme.coordinator_channel:
        today = local_date(now, programme.timezone)
        after = replace(after, channel_problem=None, channel_checked_on=today)
        await delivery.release(connection, workspace_id, f"{DIGESTS}{programme.id}", now=now)
    await programmes.put_programme(connection, workspace_id, after)
    if wanted.contacts != course_of(programme, calendar).contacts:
        await must_have_people(connection, after)
    if wanted.calendar != calendar:
        await change_time_off(connection, workspace_id, wanted.calendar, now=now)
    seats = await programmes.seats(connection, workspace_id, programme.id)
    due, still = (falls_due(one, seats, now=now) for one in (programme, after))
    if gone := due - still:
        gone -= await due_elsewhere(connection, after, now=now)
        await end_schedules(connection, workspace_id, gone)
    if still:
        framework = order.catalogued.frameworks.get(after.framework_id)
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
    connection: AsyncConnection, order: CourseOrder, act: Act, made: CourseChange
) -> None:
    its = (connection, order.workspace_id, act)
    about, what = order.programme_id, order.say(made.change)
    await audit.record(*its, by=order.by, now=order.now, programme_id=about, what=what)
