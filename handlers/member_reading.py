"""Read of a member what several capabilities need, only once: for `Viewer.once`."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.kernel.ids import MemberId, ProgrammeId
from bot.meetings.model import GroupMeetings
from bot.meetings.todos import planned_of
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.stages import store as stages
from bot.stages.model import History
from handlers.capability import Viewer, groups_of


@dataclass(frozen=True, slots=True)
class Mentored:
    """The mentees of a mentor by id, their histories, and the running programmes by id."""

    members: Mapping[MemberId, Member]
    histories: Mapping[MemberId, History]
    running: Mapping[ProgrammeId, Programme]


async def mentored(viewer: Viewer) -> Mentored:
    """Read about everybody whom a member mentors: for `Viewer.once`."""
    groups = [one for one in await viewer.once(groups_of) if viewer.member.id in one.mentors]
    ids = {each for one in groups for each in one.mentees}
    if not ids:
        return Mentored({}, {}, {})
    connection, workspace_id = viewer.connection, viewer.member.workspace_id
    members = await people.members(connection, workspace_id, ids=ids)
    own = viewer.programme
    is_own = own is not None and {one.programme_id for one in groups} == {own.id}
    running = (
        [own]
        if own is not None and is_own
        else await programmes.running_programmes(connection, workspace_id)
    )
    return Mentored(
        {one.id: one for one in members},
        await stages.histories(connection, workspace_id, member_ids=ids),
        {one.id: one for one in running},
    )


async def planned(viewer: Viewer) -> list[GroupMeetings]:
    """Read what is planned in a member's groups, and who objects to what a mentor noted."""
    groups = await viewer.once(groups_of)
    return await planned_of(viewer.connection, viewer.member, groups)
