"""The messages about groups, written at the moment they are sent, and groups with their people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.groups import joining
from bot.groups import store as seated
from bot.groups.joining import MembersSeats
from bot.groups.messages import PRIVATE_FOR
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.matching.model import MENTORING, EndReason, Pairing
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, ProgrammeState, Use, in_use
from handlers.edge.services import Services
from handlers.groups import preview_views, views
from handlers.groups.views import GroupShown
from handlers.sending.messenger import Written


async def group_shown(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> GroupShown | None:
    """Read the group with its people who take part, mentors and mentees by name."""
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
    connection: AsyncConnection, programme: Programme, member_id: MemberId, seating: MembersSeats
) -> list[GroupShown]:
    """Read the people of the groups in which a member sits, by name.

    Of a seat that is private still its owner alone learns: a mentee also who mentors there.
    """
    ids = {one for _, roles in seating.groups for one in roles}
    known = await people.members(connection, programme.workspace_id, ids=ids) if ids else []
    here = [one for one in known if one.takes_part]
    return [
        _as_seen_by(member_id, _shown(group, programme, roles, here), seating.later[group.id])
        for group, roles in seating.groups
    ]


def _as_seen_by(member_id: MemberId, shown: GroupShown, later: Collection[MemberId]) -> GroupShown:
    hidden = {*later} - {member_id}
    is_mentee = member_id in {one.id for one in shown.mentees}
    return replace(
        shown,
        mentors=[one for one in shown.mentors if is_mentee or one.id not in hidden],
        mentees=[one for one in shown.mentees if one.id not in hidden],
        is_private=member_id in later,
    )


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


def _with_profiles(services: Services, shown: GroupShown) -> bool:
    return in_use(shown.programme, Use.PROFILE, services.clock.now())


async def write_introduction(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Written:
    """Introduce the people of a group to each other; of who comes later it hears then."""
    group_id = GroupId(entry.subject_id)
    shown = await group_shown(connection, entry.workspace_id, group_id)
    if shown is None:
        return None
    later = await seated.joining(connection, entry.workspace_id, group_id)
    known = [one for one in shown.mentees if one.id not in later]
    if not known:
        return None
    with_profiles = _with_profiles(services, shown)
    with_meetings = in_use(shown.programme, Use.MEETINGS, services.clock.now())
    return views.introduction(
        replace(shown, mentees=known), with_profiles=with_profiles, with_meetings=with_meetings
    )


async def write_preview(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a member alone where their seat is; nothing once they have none there."""
    shown = await group_shown(connection, entry.workspace_id, GroupId(entry.subject_id))
    here = (*shown.mentors, *shown.mentees) if shown else ()
    own = [one for one in here if one.slack_user_id == entry.recipient]
    if shown is None or not own:
        return None
    return preview_views.seat_preview(
        shown,
        own[0],
        until=entry.not_before + PRIVATE_FOR,
        keeps_apart=await joining.stands_between(connection, shown.group, own[0].id),
    )


async def write_unmatched(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentee that there is no seat yet, or that it waits for them to accept.

    Nothing once they have one, or have left.
    """
    member = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if member is None or not member.takes_part:
        return None
    for programme in await programmes.programmes(connection, entry.workspace_id):
        waiting = await seated.waiting_of(connection, entry.workspace_id, programme.id, member.id)
        if waiting is not None and waiting.keeps_group is None:
            write = views.unmatched if member.has_accepted_conduct else views.seat_waits
            return write(programme)
    return None


async def write_seat_found(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentee where they sit now."""
    pairing, shown = await _lasting(connection, entry)
    if pairing is None or shown is None:
        return None
    return preview_views.seat_found(
        shown,
        until=entry.not_before + PRIVATE_FOR,
        keeps_apart=await joining.stands_between(connection, shown.group, pairing.mentee_id),
    )


async def write_joined(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a group who joins it."""
    pairing, shown = await _lasting(connection, entry)
    if pairing is None or shown is None:
        return None
    newcomer = await people.member(connection, entry.workspace_id, pairing.mentee_id)
    if newcomer is None:
        return None
    return views.joined(newcomer, shown, with_profiles=_with_profiles(services, shown))


async def write_mentor_missing(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentee that their group is without a mentor; nothing once it has one."""
    shown = await _own_group(connection, entry)
    return None if shown is None or shown.mentors else views.mentor_missing(shown)


async def write_mentor_found(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentee that their group has a mentor again."""
    shown = await _own_group(connection, entry)
    if shown is None or not shown.mentors:
        return None
    until = entry.not_before + PRIVATE_FOR
    own = next(one for one in shown.mentees if one.slack_user_id == entry.recipient)
    apart = await joining.stands_between(connection, shown.group, own.id)
    return preview_views.mentor_found(shown, until=until, keeps_apart=apart)


async def _own_group(connection: AsyncConnection, entry: Entry) -> GroupShown | None:
    """Read the group that an entry is about, while its recipient is a mentee there."""
    shown = await group_shown(connection, entry.workspace_id, GroupId(entry.subject_id))
    here = shown.mentees if shown else ()
    return shown if any(one.slack_user_id == entry.recipient for one in here) else None


async def write_moved(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentor that a mentee has another group; nothing of one of whom they never heard."""
    ended = await seated.ended_known(connection, entry.workspace_id, pairing_id=entry.subject_id)
    if not ended:
        return None
    mentee = await people.member(connection, entry.workspace_id, ended[0].mentee_id)
    return None if mentee is None else views.moved(mentee)


async def write_mentor_left(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator where the mentees of a mentor who left are now."""
    programme_id, _colon, mentor_id = entry.subject_id.partition(":")
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
        programme_id=programme_id,
    )


async def write_conflict(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator of two people who should not be in one group any more."""
    pairing, other_id = await seated.barred_pair(connection, entry.workspace_id, entry.subject_id)
    if pairing is None or pairing.ended_at is not None:
        return None
    mentee = await people.member(connection, entry.workspace_id, pairing.mentee_id)
    other = await people.member(connection, entry.workspace_id, other_id or pairing.mentor_id)
    if mentee is None or other is None:
        return None
    return views.conflict(mentee, other, pairing_id=pairing.id)


async def write_start_held(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator that a programme could not begin; nothing once it has."""
    programme = await programmes.programme(
        connection, entry.workspace_id, ProgrammeId(entry.subject_id)
    )
    if programme is None or programme.state is not ProgrammeState.DRAFT:
        return None
    return views.start_held(programme)


async def _lasting(
    connection: AsyncConnection, entry: Entry
) -> tuple[Pairing | None, GroupShown | None]:
    """The pairing that an entry is about while it lasts, and its group."""
    pairing = await seated.pairing(connection, entry.workspace_id, entry.subject_id)
    if pairing is None or pairing.ended_at is not None:
        return None, None
    return pairing, await group_shown(connection, entry.workspace_id, pairing.group_id)
