"""See ahead what a change of one member does to groups, and make it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.facts import Facts, read_facts
from bot.groups.plan import plan_for
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.matching.model import Weights
from bot.people import roles, store, use_cases
from bot.people.model import Member, MemberState
from bot.people.permissions import known
from bot.programme.groups import GroupMembers, groups_of_members
from bot.programme.model import Programme
from bot.schedule.rules import MORNING, instant_of, zone
from bot.stages.model import Framework

CHANGED = "They were changed after you had looked, so nothing was done. Look at how it is now."


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A change of one member: a break `until` a day (None: without an end), a capacity, …"""

    kind: Literal["pause", "resume", "capacity", "out", "back"]
    member_id: MemberId
    until: date | None = None
    capacity: int | None = None
    seen: tuple[str, str, int] = ("", "", 0)
    """How the member was when the change was looked at."""


_PERSON_CHANGE = TypeAdapter(PersonChange)


def person_snapshot(change: PersonChange) -> str:
    """Write a change of a member as JSON; `person_from_snapshot` gives an equal one back."""
    return _PERSON_CHANGE.dump_json(change).decode()


def person_from_snapshot(text: str) -> PersonChange:
    """Read what `person_snapshot` wrote. Raises ValueError for anything else."""
    return _PERSON_CHANGE.validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAhead:
    """The groups of a member, and how many seats and people a change would concern."""

    member: Member
    groups: tuple[GroupMembers, ...] = ()
    freed: int = 0
    moved: int = 0
    alone: int = 0
    seated: int = 0


def seen(member: Member) -> tuple[str, str, int]:
    """Write how a member is, to see whether they have been changed since."""
    until = member.paused_until.isoformat() if member.paused_until else ""
    return (member.state.value, until, member.capacity)


async def the_person(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: str, *, hold: bool = False
) -> Member:
    """Find a member. Raises UserFacing for nobody."""
    return known(await store.member(connection, workspace_id, MemberId(member_id), hold=hold))


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
    """Work out, beside the event loop, what a change of a member would do to groups."""
    async with database.reading() as connection:
        found = await person_now(connection, programme, member)
        facts = await read_facts(connection, programme, now=now, with_stages=framework is not None)
    changed = _as_if(facts, change)
    plan = await asyncio.to_thread(plan_for, changed, framework=framework, weights=weights, now=now)
    others = [one for one in plan.moves if one.mentee_id != member.id]
    return replace(
        found,
        freed=sum(one.member_id == member.id for one in plan.unseat),
        moved=sum(one.old is not None for one in others),
        alone=sum(one.member_id != member.id for one in plan.wait),
        seated=sum(one.old is None for one in others),
    )


def _as_if(facts: Facts, change: PersonChange) -> Facts:
    """Give the facts as they would be after a change of a member."""
    if change.kind == "out":
        return facts.without(change.member_id)
    state = {"pause": MemberState.PAUSED, "resume": MemberState.ACTIVE}.get(change.kind)

    def after(one: Member) -> Member:
        if one.id != change.member_id:
            return one
        capacity = one.capacity if change.capacity is None else change.capacity
        return replace(one, state=state or one.state, capacity=capacity)

    return replace(facts, roll=replace(facts.roll, members=tuple(map(after, facts.roll.members))))


async def change_person(
    connection: AsyncConnection, workspace_id: WorkspaceId, change: PersonChange, *, now: datetime
) -> Member:
    """Make a change of a member, who is as they were when it was looked at.

    The caller reconciles the groups. Raises UserFacing otherwise, and where it cannot be.
    """
    member = await the_person(connection, workspace_id, change.member_id, hold=True)
    if seen(member) != tuple(change.seen):
        raise UserFacing(CHANGED)
    must_be_possible(member, change, now=now)
    match change.kind:
        case "pause":
            until = return_at(member, change)
            return await use_cases.pause(connection, member, until=until, now=now)
        case "resume" | "back":
            return await use_cases.resume(connection, member, now=now)
        case "capacity":
            changed = replace(member, capacity=change.capacity or 0)
            await store.put_members(connection, workspace_id, [changed])
            return changed
        case "out":
            return await roles.take_out(connection, workspace_id, member.id, now=now)


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


def return_at(member: Member, change: PersonChange) -> datetime | None:
    """Say when a break ends: in the morning of its day; None for one without an end."""
    if change.until is None:
        return None
    return instant_of(change.until, MORNING, zone(member.timezone))


def opposite(member: Member, change: PersonChange, after: Member) -> PersonChange | None:
    """Give the change that undoes one, where there is any; a seat that was lost stays lost."""
    back = PersonChange(kind="resume", member_id=member.id, seen=seen(after))
    match change.kind:
        case "pause" if member.state is MemberState.ACTIVE:
            return back
        case "capacity":
            return replace(back, kind="capacity", capacity=member.capacity)
        case "out" if member.state is MemberState.ACTIVE:
            return replace(back, kind="back")
        case _:
            return None
