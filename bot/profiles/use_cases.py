"""Write one's profile and ranked wishes, and read those of the people of one's group."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import told_later
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, SlackUserId
from bot.kinds import ToDoKind
from bot.matching.store import mark_outdated
from bot.people import store as people
from bot.people.model import MENTORING, PAIRED, Member
from bot.people.permissions import NOT_OF_THIS_GROUP, may_read_profiles, must_have_profile
from bot.people.roster_cells import is_surely_id
from bot.people.use_cases import say_of_oneself
from bot.profiles import store
from bot.profiles.model import MOST_CHOICES, MemberProfile, PeopleShown, PersonShown
from bot.profiles.rules import check_choices
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Use
from bot.programme.use_cases import must_be_in_use
from bot.todos import ToDo, Weight


async def save(
    connection: AsyncConnection,
    before: Member,
    after: Member,
    profile: MemberProfile,
    *,
    now: datetime,
) -> None:
    """Keep a member's profile, and what the matching reads of it over what lists say.

    `after` is the member with these interests, languages and capacity. Raises UserFacing.
    """
    must_have_profile(before)
    await people.must_stay(connection, before.workspace_id, before.id)
    await store.put(connection, before, profile, now=now)
    if await say_of_oneself(connection, before, after):
        await mark_outdated(connection, before.workspace_id)


async def choose(
    connection: AsyncConnection, member: Member, chosen: Sequence[SlackUserId]
) -> None:
    """Keep whom a member would like to be with, best first. Raises UserFacing."""
    must_have_profile(member)
    found = [
        await people.member_by_slack_id(connection, member.workspace_id, one) for one in chosen
    ]
    check_choices(member, chosen, {one.slack_user_id: one for one in found if one})
    if list(chosen) != choices_of(member):
        await say_of_oneself(connection, member, replace(member, prefers=tuple(map(str, chosen))))
        await mark_outdated(connection, member.workspace_id)


def choices_of(member: Member) -> list[SlackUserId]:
    """List whom a member would like to be with, as far as a form can show them."""
    return [SlackUserId(one) for one in member.prefers if is_surely_id(one)][:MOST_CHOICES]


async def people_of(
    connection: AsyncConnection, reader: Member, group_id: GroupId, *, now: datetime
) -> PeopleShown:
    """Read the profiles of a group for one of its people.

    Of whom the group is still to be told, nothing is read by others, and they read nothing
    themselves. Raises UserFacing for anybody else.
    """
    workspace_id = reader.workspace_id
    group = await programmes.group(connection, workspace_id, group_id)
    programme = await programmes.programme_of_group(connection, workspace_id, group_id)
    if group is None or programme is None:
        raise UserFacing(NOT_OF_THIS_GROUP)
    seats = await programmes.seats(connection, workspace_id, programme.id, group_id=group_id)
    roles = {seat.member_id: seat.role for seat in seats}
    later = await told_later(connection, workspace_id, {group_id: roles.keys()})
    known = roles.keys() - later[group_id]
    is_open = programme.state is not ProgrammeState.CLOSED
    if not is_open or not may_read_profiles(reader, is_known_there=reader.id in known):
        raise UserFacing(NOT_OF_THIS_GROUP)
    must_be_in_use(programme, Use.PROFILE, now=now)
    written = await store.profiles(connection, workspace_id, known)
    found = [
        PersonShown(member=one, role=roles[one.id], profile=written.get(one.id))
        for one in await people.members(connection, workspace_id, ids=known)
        if one.takes_part
    ]
    found.sort(key=lambda one: one.role not in MENTORING)
    return PeopleShown(group=group, people=tuple(found))


async def todos(
    connection: AsyncConnection, member: Member, *, is_introduced: bool, now: datetime
) -> list[ToDo]:
    """List whether a member should write their profile: until they are introduced to a group."""
    if is_introduced or not member.roles & PAIRED or not member.has_accepted_conduct:
        return []
    if not member.takes_part or await store.is_written(connection, member):
        return []
    weight, since = Weight.IS_DUE, member.conduct_accepted_at or now
    return [ToDo(kind=ToDoKind.WRITE_PROFILE, weight=weight, since=since)]


async def profile_of(connection: AsyncConnection, member: Member) -> MemberProfile:
    """Read one's own profile; empty before it is written."""
    found = await store.profiles(connection, member.workspace_id, [member.id])
    return found.get(member.id, MemberProfile())
