"""Write a compass, look at it again, put that off, and delete it, as its author does."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.compass import rules, store
from bot.compass.model import Compass, CompassId, Occasion, Principle, Writing
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import may_write_compass
from bot.programme import store as programmes
from bot.programme.model import Programme, Use, monday_of_week, week_of
from bot.schedule.rules import instant_of, zone
from bot.todos import ToDo, Weight

NOT_A_WRITER = (
    "A compass is written by mentees of a running programme, so nothing was saved. What you wrote "
    "before stays yours."
)


async def writers_programme(connection: AsyncConnection, member: Member) -> Programme:
    """Find the programme for which a member writes a compass. Raises UserFacing for none."""
    programme = await programmes.programme_of(connection, member.workspace_id, member.id)
    if programme is None or not may_write_compass(member):
        raise UserFacing(NOT_A_WRITER)
    return programme


async def save(
    connection: AsyncConnection,
    member: Member,
    programme_id: ProgrammeId,
    phase: Occasion,
    principles: Sequence[Principle],
    *,
    form_key: str,
    now: datetime,
) -> None:
    """Keep a version of a member's compass; the same `form_key` is kept once.

    Raises UserFacing for somebody who writes none in that programme now, for a compass of too few
    or too long principles, and for another one under the same `form_key`.
    """
    programme = await writers_programme(connection, member)
    if programme.id != programme_id:
        raise UserFacing(
            "You are in another programme now, so this was not saved. Copy what you wrote, close "
            "the form and open it again from the Home tab."
        )
    rules.check(principles)
    await people.must_stay(connection, member.workspace_id, member.id)
    version = Compass(
        id=_id_of(member, form_key),
        workspace_id=member.workspace_id,
        member_id=member.id,
        programme_id=programme.id,
        phase=phase,
        written_at=now,
        principles=tuple(principles),
    )
    if await store.add(connection, version):
        return
    before = [one for one in await store.versions(connection, member) if one.id == version.id]
    if not before or before[0].principles != version.principles:
        raise UserFacing(
            "This was saved already, as you first sent it. Copy what you changed, close the form "
            "and open your compass again."
        )


def _id_of(member: Member, form_key: str) -> CompassId:
    digest = hashlib.sha256(f"{member.workspace_id}|{member.id}|{form_key}".encode()).hexdigest()
    return CompassId(f"compass_{digest[:20]}")


async def put_off(
    connection: AsyncConnection, member: Member, phase: Occasion, *, now: datetime
) -> None:
    """Ask a member no more for this phase of their programme. Raises UserFacing without one."""
    programme = await writers_programme(connection, member)
    await store.put_off(connection, member, programme.id, phase, now=now)


async def delete(connection: AsyncConnection, member: Member, *, now: datetime) -> None:
    """Delete a member's own compass with all its versions, and ask them for no new one."""
    await store.delete(connection, member)
    programme = await programmes.programme_of(connection, member.workspace_id, member.id)
    if programme is not None:
        await store.put_off(connection, member, programme.id, Occasion.START, now=now)


@dataclass(frozen=True, slots=True)
class CompassState:
    """When a member wrote their compass, and the phase for which they are asked, if any."""

    programme: Programme | None
    written: Sequence[Writing]
    due: Occasion | None

    def todos(self) -> list[ToDo]:
        """Say that a compass can be written or looked at again."""
        if self.due is None or self.programme is None:
            return []
        kind = (
            ToDoKind.WRITE_COMPASS if self.due is Occasion.START else ToDoKind.LOOK_AT_COMPASS_AGAIN
        )
        since = _begin_of(self.programme, self.due)
        return [ToDo(kind=kind, weight=Weight.CAN_WAIT, since=since, about=self.due)]


async def state_of(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> CompassState:
    """Read when a member wrote, and what they are asked for; nobody on a break is asked."""
    written = await store.written(connection, member)
    if programme is None or not may_write_compass(member):
        return CompassState(None, written, None)
    here = [
        rules.WeekWritten(one.phase, week_of(programme, one.written_at))
        for one in written
        if one.programme_id == programme.id
    ]
    week = week_of(programme, now)
    due = rules.due(here, (), week=week, weeks=programme.weeks)  # what was put off is rarely read
    if due is not None and due in await store.phases_put_off(connection, member, programme.id):
        due = None
    return CompassState(programme, written, None if member.is_away(now) else due)


def phase_to_write(
    written: Sequence[Compass], programme: Programme, *, again: bool, now: datetime
) -> Occasion:
    """Say what a version written now is: the first, a look back (`again`), or a change."""
    if not any(one.programme_id == programme.id for one in written):
        return Occasion.START
    now_in = rules.phase_in(week_of(programme, now), weeks=programme.weeks)
    return now_in if again and now_in is not Occasion.START else Occasion.CHANGE


def may_look_again(
    written: Sequence[Compass], programme: Programme | None, *, now: datetime
) -> bool:
    """Say whether this is a phase for a look back, and there was none in it yet."""
    if programme is None:
        return False
    phase = phase_to_write(written, programme, again=True, now=now)
    here = [one.phase for one in written if one.programme_id == programme.id]
    return phase in (Occasion.MIDDLE, Occasion.CLOSE) and phase not in here


def _begin_of(programme: Programme, phase: Occasion) -> datetime:
    week = rules.first_week_of(phase, weeks=programme.weeks)
    if phase is Occasion.START:
        week = max(week, dict(programme.template.uses).get(Use.COMPASS, 1))
    return instant_of(monday_of_week(programme, week), time(0), zone(programme.timezone))
