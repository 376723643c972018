"""The messages of pairing, rendered at the moment they are sent."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.groups import store as seated
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kernel.ports import Message
from bot.matching.model import EndReason, Pairing
from bot.matching.participants import MENTORING
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.groups import groups_of_member
from bot.programme.model import Group, Programme, ProgrammeState
from handlers.edge.services import Services
from handlers.groups import views
from handlers.groups.views import GroupShown


async def group_shown(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> GroupShown | None:
    """The group with its people who take part, mentors and mentees by name."""
    group = await programmes.group(connection, workspace_id, group_id)
    if group is None:
        return None
    programme = await programmes.programme(connection, workspace_id, group.programme_id)
    if programme is None:
        return None
    seats = await programmes.seats(connection, workspace_id, programme.id, group_id=group_id)
    roles = {seat.member_id: seat.role for seat in seats}
    found = await people.members(connection, workspace_id, ids=list(roles))
    here = [one for one in found if one.takes_part]
    return _shown(group, programme, roles, here)


async def groups_shown(
    connection: AsyncConnection, programme: Programme, member_id: MemberId
) -> list[GroupShown]:
    """The groups in which this member sits, by id, with their people who take part, by name."""
    found = await groups_of_member(connection, programme, member_id)
    ids = {one for _, roles in found for one in roles}
    known = await people.members(connection, programme.workspace_id, ids=ids) if ids else []
    here = [one for one in known if one.takes_part]
    return [_shown(group, programme, roles, here) for group, roles in found]


def _shown(
    group: Group, programme: Programme, roles: Mapping[MemberId, Role], here: Sequence[Member]
) -> GroupShown:
    sitting = [one for one in here if one.id in roles]
    return GroupShown(
        group=group,
        programme=programme,
        mentors=[one for one in sitting if roles[one.id] in MENTORING],
        mentees=[one for one in sitting if roles[one.id] not in MENTORING],
    )


async def compose_introduction(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    shown = await group_shown(connection, entry.workspace_id, GroupId(entry.subject_id))
    return None if shown is None or not shown.mentees else views.introduction(shown)


async def compose_unmatched(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """Nothing for who has a place by now, or has left."""
    member = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if member is None or not member.takes_part:
        return None
    for programme in await programmes.programmes(connection, entry.workspace_id):
        waiting = await seated.waiting_of(connection, entry.workspace_id, programme.id, member.id)
        if waiting is not None and waiting.keeps_group is None:
            return views.unmatched(programme)
    return None


async def compose_seat_found(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    pairing = await _lasting(connection, entry)
    if pairing is None:
        return None
    shown = await group_shown(connection, entry.workspace_id, pairing.group_id)
    return None if shown is None else views.seat_found(shown)


async def compose_joined(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    pairing = await _lasting(connection, entry)
    if pairing is None:
        return None
    newcomer = await people.member(connection, entry.workspace_id, pairing.mentee_id)
    shown = await group_shown(connection, entry.workspace_id, pairing.group_id)
    return None if newcomer is None or shown is None else views.joined(newcomer, shown)


async def compose_moved(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    pairing = await seated.pairing(connection, entry.workspace_id, entry.subject_id)
    if pairing is None:
        return None
    mentee = await people.member(connection, entry.workspace_id, pairing.mentee_id)
    return None if mentee is None else views.moved(mentee)


async def compose_mentor_left(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    programme_id, _, mentor_id = entry.subject_id.partition(":")
    every = await seated.pairings(
        connection, entry.workspace_id, ProgrammeId(programme_id), with_ended=True
    )
    theirs = {
        p.mentee_id
        for p in every
        if p.mentor_id == mentor_id and p.end_reason is EndReason.MENTOR_LEFT
    }
    seated_now = {p.mentee_id for p in every if p.ended_at is None}
    found = await people.members(connection, entry.workspace_id, ids=[*theirs, MemberId(mentor_id)])
    names = {one.id: one.name for one in found if one.takes_part or one.id == mentor_id}
    mentor = names.pop(MemberId(mentor_id), "A mentor")
    return views.mentor_left(
        mentor,
        seated=[name for mentee, name in names.items() if mentee in seated_now],
        waiting=[name for mentee, name in names.items() if mentee not in seated_now],
    )


async def compose_conflict(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    pairing = await _lasting(connection, entry)
    if pairing is None:
        return None
    mentee, mentor = await _both(connection, entry.workspace_id, pairing)
    if mentee is None or mentor is None:
        return None
    return views.conflict(mentee, mentor, pairing_id=pairing.id)


async def compose_start_held(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    programme = await programmes.programme(
        connection, entry.workspace_id, ProgrammeId(entry.subject_id)
    )
    if programme is None or programme.state is not ProgrammeState.DRAFT:
        return None
    return views.start_held(programme.name)


async def _lasting(connection: AsyncConnection, entry: Entry) -> Pairing | None:
    pairing = await seated.pairing(connection, entry.workspace_id, entry.subject_id)
    return pairing if pairing is not None and pairing.ended_at is None else None


async def _both(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairing: Pairing
) -> tuple[Member | None, Member | None]:
    return (
        await people.member(connection, workspace_id, pairing.mentee_id),
        await people.member(connection, workspace_id, pairing.mentor_id),
    )
