"""See ahead what a change of one member does to groups, make it, and undo it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.course import store
from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.arrangement import ALREADY_THERE, SeatWish
from bot.groups.facts import read_facts
from bot.groups.plan import plan_for
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.matching import exclusions as barriers
from bot.matching.model import MENTORING, TO_BE_MOVED, WISHES_AND_MOVED, WISHES_TO_MOVE, Weights
from bot.people import roles, use_cases
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.people.permissions import known
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, groups_of_members
from bot.programme.model import Group, Programme
from bot.schedule.rules import MORNING, instant_of, zone
from bot.stages.model import Framework

CHANGED = "They were changed after you had looked, so nothing was done. Look at how it is now."


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A change of one member: a break `until` a day (None: without an end), a capacity, …

    A mentee moves `to` a group, without one wherever there is a seat, or stays in it after all.
    """

    kind: Literal["pause", "resume", "capacity", "out", "back", "move", "stay"]
    member_id: MemberId
    until: date | None = None
    capacity: int | None = None
    to: GroupId | None = None
    seen: tuple[str, str, int] = ("", "", 0)
    """How the member was when the change was looked at."""
    seat: GroupId | None = None
    """The seat of a mentee when the change was looked at."""
    asked: bool = False
    """Whether a mentee had asked for another mentor themselves: no undo takes that back."""


_PERSON_CHANGE = TypeAdapter(PersonChange)


def person_snapshot(change: PersonChange) -> str:
    """Write a change of a member as JSON; `person_from_snapshot` gives an equal one back."""
    return _PERSON_CHANGE.dump_json(change).decode()


def person_from_snapshot(text: str) -> PersonChange:
    """Read what `person_snapshot` wrote. Raises ValueError for anything else."""
    return _PERSON_CHANGE.validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAhead:
    """The groups of a member, and how many seats and people a `change` would concern.

    `gets` names the groups in which they would get a seat; `lost` that of the seat which they had,
    and cannot have again.
    """

    member: Member
    change: PersonChange | None = None
    groups: tuple[GroupMembers, ...] = ()
    freed: int = 0
    moved: int = 0
    alone: int = 0
    seated: int = 0
    gets: tuple[str, ...] = ()
    lost: str = ""

    @property
    def seat(self) -> GroupId | None:
        """Give the group in which they have a seat as a mentee; None for none."""
        return next((g.group_id for g in self.groups if self.member.id in g.mentees), None)


def seen(member: Member) -> tuple[str, str, int]:
    """Write how a member is, to see whether they have been changed since."""
    until = member.paused_until.isoformat() if member.paused_until else ""
    return (member.state.value, until, member.capacity)


async def the_person(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: str, *, hold: bool = False
) -> Member:
    """Find a member. Raises UserFacing for nobody."""
    return known(await people.member(connection, workspace_id, MemberId(member_id), hold=hold))


async def person_now(
    connection: AsyncConnection, programme: Programme | None, member: Member
) -> PersonAhead:
    """Read a member with their groups."""
    if programme is None:
        return PersonAhead(member=member)
    groups = await groups_of_members(connection, programme, [member.id])
    return PersonAhead(member=member, groups=tuple(groups))


async def person_ahead(
    database: Database,
    programme: Programme,
    member: Member,
    change: PersonChange,
    *,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
) -> PersonAhead:
    """Make a change of a member, see what it would do to groups, and take it back.

    Raises UserFacing where it cannot be.
    """
    its = programme.workspace_id
    async with store.only_tried(database) as connection:
        found = await person_now(connection, programme, member)
        asked = await _has_asked(connection, programme, member)
        looked = replace(as_seen(member, change), seat=found.seat, asked=asked)
        await change_person(connection, its, looked, programme=programme, now=now)
        if change.kind == "move" and change.to is None and found.seat is not None:
            mentee = (connection, programme, member.id)
            await upkeep.wait_for_another(*mentee, why=TO_BE_MOVED, now=now)
        wish = await wish_of(connection, programme, member, looked)
        facts = await read_facts(connection, programme, now=now, with_stages=framework is not None)
    ask = partial(plan_for, facts, framework=framework, weights=weights, now=now)
    lost = ""
    try:
        plan = await asyncio.to_thread(ask, wish=wish)
    except UserFacing:
        if change.kind != "back" or wish is None:
            raise
        plan, lost = await asyncio.to_thread(ask), _name(facts.groups, wish.group_id)
    others = [one for one in plan.moves if one.mentee_id != member.id]
    theirs = [one.group_id for one in plan.seats if one.member_id == member.id]
    return replace(
        found,
        change=looked,
        freed=sum(one.member_id == member.id for one in plan.unseat),
        moved=sum(one.old is not None for one in others),
        alone=sum(one.member_id != member.id for one in plan.wait),
        seated=sum(one.old is None for one in others),
        gets=tuple(plan.groups[one].name for one in theirs),
        lost=lost,
    )


def _name(groups: Iterable[Group], group_id: GroupId) -> str:
    return next((one.name for one in groups if one.id == group_id), "a group that is gone")


async def wish_of(
    connection: AsyncConnection, programme: Programme, member: Member, change: PersonChange
) -> SeatWish | None:
    """Say which seat a mentee is to have by a change: another, or the one they had before.

    Raises UserFacing for a move into the group where they sit.
    """
    to = change.to
    if change.kind == "move" and to is not None and to == change.seat:
        raise UserFacing(ALREADY_THERE)
    if change.kind == "back" and member.is_mentee:
        to = await store.seat_given_up(connection, programme, member.id)
    return SeatWish(member.id, to) if to and to != change.seat else None


async def reconcile_after(
    database: Database,
    programme: Programme,
    member: Member,
    change: PersonChange,
    *,
    by: MemberId,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
) -> PersonAhead:
    """Bring groups in line after a change of a member, and read where they sit now.

    Somebody who comes back gets the seat that they had, where it is free. Raises UserFacing where
    they cannot have the seat that a coordinator chose.
    """
    its = (database, programme.workspace_id, programme.id)
    seek = partial(upkeep.reconcile, *its, framework=framework, weights=weights, now=now)
    async with database.reading() as connection:
        wish = await wish_of(connection, programme, member, change)
    try:
        if change.kind == "move":
            move = partial(upkeep.move, *its, framework=framework, weights=weights, now=now)
            await move(mentee=member.id, to=change.to, by=by)
        else:
            await seek(wish=wish)
    except UserFacing:
        if change.kind != "back":
            raise
        await seek()
    async with database.reading() as connection:
        return await person_now(connection, programme, member)


async def change_person(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    change: PersonChange,
    *,
    programme: Programme | None = None,
    now: datetime,
) -> Member:
    """Make a change of a member, who is as they were when it was looked at.

    `reconcile_after` follows, and alone moves a mentee. Raises UserFacing otherwise, and where it
    cannot be.
    """
    member = await the_person(connection, workspace_id, change.member_id, hold=True)
    if seen(member) != tuple(change.seen):
        raise UserFacing(CHANGED)
    must_be_possible(member, change, now=now)
    if change.kind in ("move", "stay"):
        if (
            programme is None
            or (await person_now(connection, programme, member)).seat != change.seat
            or await _has_asked(connection, programme, member) != change.asked
        ):
            raise UserFacing(CHANGED)
        if change.kind == "stay":
            await _let_stay(connection, programme, change)
        return member
    match change.kind:
        case "pause":
            until = return_at(member, change)
            return await use_cases.pause(connection, member, until=until, now=now)
        case "resume" | "back":
            return await use_cases.resume(connection, member, now=now)
        case "capacity":
            changed = replace(member, capacity=change.capacity or 0)
            await people.put_members(connection, workspace_id, [changed])
            return changed
        case "out":
            return await roles.take_out(connection, workspace_id, member.id, now=now)
        case _:
            raise TypeError(f"{change.kind} is no change of a member")


async def _has_asked(connection: AsyncConnection, programme: Programme, member: Member) -> bool:
    """Say whether a mentee waits for another mentor because they asked for one."""
    wish = await seated.waiting_of(connection, programme.workspace_id, programme.id, member.id)
    return wish is not None and wish.reason in (WISHES_TO_MOVE, WISHES_AND_MOVED)


async def _let_stay(
    connection: AsyncConnection, programme: Programme, change: PersonChange
) -> None:
    """Take back that a mentee waits for another seat, and that their mentors are ruled out."""
    its = (connection, programme.workspace_id, programme.id)
    wish = await seated.waiting_of(*its, change.member_id)
    if wish is not None and wish.reason == TO_BE_MOVED:
        await seated.stop_waiting(*its, [change.member_id])
    by_hand = await barriers.forbidden_by_hand(connection, programme.workspace_id)
    for seat in await programmes.seats(*its):
        pair = (change.member_id, seat.member_id)
        is_mentor = seat.group_id == change.to and seat.role in MENTORING
        if is_mentor and (programme.id, *pair) not in by_hand:
            await barriers.allow(*its, pair)


def as_seen(member: Member, change: PersonChange) -> PersonChange:
    """Note in a change how the member is now."""
    return replace(change, seen=seen(member))


def must_be_possible(member: Member, change: PersonChange, *, now: datetime) -> None:
    """Raise UserFacing for a change that this member cannot have."""
    until = return_at(member, change)
    if until is not None and not now < until <= now + use_cases.LONGEST_PAUSE:
        raise UserFacing("Choose a day after today, and at most a year away.")
    if change.kind == "back":
        if member.state is not MemberState.LEFT:
            raise UserFacing("They take part already.")
    elif not member.takes_part:
        raise UserFacing("They do not take part any more, so there is nothing to change.")
    elif change.kind == "resume" and member.state is not MemberState.PAUSED:
        raise UserFacing("They are not on a break.")
    elif change.kind == "capacity" and not member.is_mentor:
        raise UserFacing("Only mentors and peer-mentors have a capacity.")
    elif change.kind in ("move", "stay") and not member.is_mentee:
        raise UserFacing("Only mentees move to another group.")


def return_at(member: Member, change: PersonChange) -> datetime | None:
    """Say when a break ends: in the morning of its day; None for one without an end."""
    if change.until is None:
        return None
    return instant_of(change.until, MORNING, zone(member.timezone))


def opposite(
    member: Member, change: PersonChange, after: Member, *, seat: GroupId | None = None
) -> PersonChange | None:
    """Give the change that undoes one, where there is any; `seat` is where a mentee sits now."""
    back = PersonChange(kind="resume", member_id=member.id, seen=seen(after), seat=seat)
    match change.kind:
        case "pause" if member.state is MemberState.ACTIVE:
            return back
        case "capacity":
            return replace(back, kind="capacity", capacity=member.capacity)
        case "out" if member.state is MemberState.ACTIVE:
            return replace(back, kind="back")
        case "move" if change.seat is not None and not change.asked:
            return replace(back, kind="stay", to=change.seat)
        case _:
            return None
