"""Let nobody be introduced to somebody whom they would rather not be with.

A wish given in confidence acts here and nowhere else. A new seat is known to its owner alone for
PRIVATE_FOR; who would rather have another one asks for it in that time, and whoever has a wish
about somebody in the group need not ask. Both leave the same, at the same moment.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.groups import store as seated
from bot.groups.messages import (
    GROUP,
    INTRODUCTION,
    UNMATCHED,
    hold_closed,
    let_in,
    news,
    see_out,
    tell,
    waits_since,
)
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching import exclusions
from bot.matching.exclusions import WishesUnreadable
from bot.matching.model import ANOTHER_GROUP, MENTORING, EndReason, Waiting
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.groups import (
    GroupMembers,
    group_of_seats,
    groups_of_member,
    running_seats_of,
)
from bot.programme.model import Group, Programme, Seat
from bot.programme.use_cases import the_programme

Wishes = Mapping[MemberId, Collection[MemberId]]


def who_moves(seats: Iterable[Seat], new: Collection[MemberId], wishes: Wishes) -> list[Seat]:
    """Choose who leaves a group, so that no wish is left between somebody `new` and another.

    Of a mentee and a mentor the mentee; of two alike the one who is new, or whose wish it is.
    """
    sitting = {seat.member_id: seat for seat in seats}
    gone: dict[MemberId, Seat] = {}
    for owner in sorted(sitting):
        for other in sorted(sitting.keys() & wishes.get(owner, ())):
            if not gone.keys() & {owner, other} and not {owner, other}.isdisjoint(new):
                leaving = _leaving(sitting[owner], sitting[other], new)
                gone[leaving.member_id] = leaving
    return list(gone.values())


def _leaving(owner: Seat, other: Seat, new: Collection[MemberId]) -> Seat:
    mentored = [one for one in (owner, other) if one.role not in MENTORING]
    alike = mentored if len(mentored) == 2 else mentored or [owner, other]
    return next((one for one in alike if one.member_id in new), alike[0])


async def hold_back(
    connection: AsyncConnection, workspace_id: WorkspaceId, entries: Sequence[Entry], now: datetime
) -> Collection[str]:
    """Part and let in before a group is told of its people; find the groups to be held back.

    What was written to a group that is not introduced yet waits for its introduction. While wishes
    cannot be read, nobody is introduced.
    """
    telling = [one for one in entries if one.kind in (INTRODUCTION, MessageKind.MEMBER_JOINED)]
    try:
        wishes = await exclusions.vetoes(connection, workspace_id) if telling else {}
    except WishesUnreadable:
        unread = {one.recipient for one in telling}
        entries = [one for one in entries if one.recipient not in unread]
        return unread | {*await hold_closed(connection, workspace_id, entries, now)}
    for entry in telling:
        group_id = GroupId(entry.recipient.removeprefix(GROUP))
        since = await waits_since(connection, entry)
        await keep_wishes(connection, workspace_id, group_id, wishes, since=since, now=now)
        if entry.kind == MessageKind.MEMBER_JOINED:
            await _let_newcomer_in(connection, entry, now=now)
        else:
            await _let_mentors_in(connection, entry, group_id, since=since, now=now)
    return await hold_closed(connection, workspace_id, entries, now)


async def _let_newcomer_in(connection: AsyncConnection, entry: Entry, *, now: datetime) -> None:
    pairing = await seated.pairing(connection, entry.workspace_id, entry.subject_id)
    if pairing is None or pairing.ended_at is not None:
        return
    group = await programmes.group(connection, entry.workspace_id, pairing.group_id)
    if group is not None:
        await let_in(connection, group, [pairing.mentee_id], now=now)


async def _let_mentors_in(
    connection: AsyncConnection, entry: Entry, group_id: GroupId, *, since: datetime, now: datetime
) -> None:
    """Let mentors into the channel of the group that they took over.

    A group that is new since `since` has a channel into which opening it has invited everybody.
    """
    group = await programmes.group(connection, entry.workspace_id, group_id)
    if group is None or group.slack_channel is None:
        return
    its = (connection, group.workspace_id, group.programme_id)
    every = await seated.pairings(*its, group_id=group_id, with_ended=True)
    if all(one.started_at >= since for one in every):
        return
    lasting = [one for one in every if one.ended_at is None]
    before = {one.mentor_id for one in lasting if one.started_at < entry.created_at}
    new = {one.mentor_id for one in lasting} - before
    await let_in(connection, group, sorted(new), now=now)


async def keep_wishes(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    group_id: GroupId,
    wishes: Wishes,
    *,
    since: datetime,
    now: datetime,
) -> None:
    """Take out of a group who would rather not be with somebody there; they wait for another.

    Only what is new `since` then: who has met before stays together.
    """
    group = await programmes.group(connection, workspace_id, group_id)
    if group is None:
        return
    programme = await the_programme(connection, workspace_id, group.programme_id, hold=True)
    seats = await programmes.seats(connection, workspace_id, programme.id, group_id=group_id)
    ids = {seat.member_id for seat in seats}
    pairings = await seated.pairings(
        connection, workspace_id, programme.id, group_id=group_id, with_ended=True
    )
    met = {one for p in pairings if p.started_at < since for one in (p.mentee_id, p.mentor_id)}
    for seat in who_moves(seats, ids - met, wishes):
        theirs = [
            p
            for p in pairings
            if p.ended_at is None and seat.member_id in (p.mentee_id, p.mentor_id)
        ]
        ended = [one.id for one in theirs]
        await seated.end_pairings(connection, workspace_id, ended, why=EndReason.REMATCH, now=now)
        await programmes.remove_seat(connection, workspace_id, group_id, seat.member_id)
        if seat.member_id in met:
            await see_out(connection, group, seat.member_id, now=now)
        if seat.role not in MENTORING:
            mentors = [one.mentor_id for one in theirs]
            await _let_wait(connection, group, seat.member_id, mentors, now=now)


async def _let_wait(
    connection: AsyncConnection,
    group: Group,
    mentee: MemberId,
    mentors: Sequence[MemberId],
    *,
    now: datetime,
) -> None:
    """Let a mentee wait for another group, as whoever asks for one does."""
    workspace_id, programme_id = group.workspace_id, group.programme_id
    for mentor in mentors:
        pair = (mentee, mentor)
        await exclusions.forbid(connection, workspace_id, programme_id, pair, by=None, now=now)
    waits = Waiting(member_id=mentee, since=now, reason=ANOTHER_GROUP)
    await seated.wait(connection, workspace_id, programme_id, [waits])
    member = await people.member(connection, workspace_id, mentee)
    if member is not None and not member.is_away(now):
        notice = news(UNMATCHED, f"{group.id}:{mentee}", member.slack_user_id, now=now)
        await tell(connection, workspace_id, [notice], now=now)


async def rather_another(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    mentee: MemberId,
) -> bool:
    """Keep in confidence that a mentee would rather not come to the group of their new seat.

    False, and nothing is kept, once the group knows of them.
    """
    if not await is_private(connection, workspace_id, programme_id, mentee):
        return False
    theirs = await seated.pairings(connection, workspace_id, programme_id, mentee_id=mentee)
    before = await exclusions.own_wishes(connection, workspace_id, mentee)
    avoided = [*before, *(one.mentor_id for one in theirs)]
    await exclusions.set_vetoes(connection, workspace_id, mentee, avoided)
    return True


async def is_private(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    mentee: MemberId,
) -> bool:
    """Say whether a mentee alone knows of their seat yet."""
    group = await programmes.group_of(connection, workspace_id, programme_id, mentee)
    if group is None:
        return False
    later = await told_later(connection, workspace_id, {group.id: [mentee]})
    return mentee in later[group.id]


async def told_later(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    seats: Mapping[GroupId, Collection[MemberId]],
) -> dict[GroupId, set[MemberId]]:
    """Find, of those with a seat in each group, the people of whom it is still to be told."""
    groups, mentees = await seated.untold(connection, workspace_id, list(seats))
    return {
        one: set(sitting) if one in groups else mentees.get(one, set())
        for one, sitting in seats.items()
    }


async def met_before(
    connection: AsyncConnection, programme: Programme
) -> set[tuple[GroupId, MemberId]]:
    """Find the mentees who were known in their group and stayed when it lost its mentor.

    A new mentor is still to hear of them; the others of the group know them.
    """
    its = (connection, programme.workspace_id)
    ended = await seated.ended_known(*its, programme_id=programme.id)
    ended.sort(key=lambda one: one.ended_at or one.started_at)
    last = {(one.group_id, one.mentee_id): one.end_reason for one in ended}
    stayed = (EndReason.MENTOR_LEFT, EndReason.TOOK_OVER)
    return {key for key, why in last.items() if why in stayed}


@dataclass(frozen=True, slots=True)
class MembersSeats:
    """The groups in which a member sits, with the role on every seat.

    `later` holds, for each group, the people of whom it is still to be told.
    """

    groups: Sequence[tuple[Group, Mapping[MemberId, Role]]]
    later: Mapping[GroupId, Collection[MemberId]]

    def known_to(self, member_id: MemberId) -> list[GroupMembers]:
        """Give the groups with the mentees whom this member knows of."""
        found = [group_of_seats(group, seats) for group, seats in self.groups]
        return [
            replace(one, mentees=one.mentees - ({*self.later[one.group_id]} - {member_id}))
            for one in found
        ]

    def within(self, programme_id: ProgrammeId) -> "MembersSeats":
        """Give the seating in one programme."""
        its = [one for one in self.groups if one[0].programme_id == programme_id]
        return MembersSeats(its, self.later)


async def seating_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    programme: Programme | None = None,
) -> MembersSeats:
    """Find where a member sits: in a programme, whatever its state, or in all that are running."""
    if programme is None:
        groups = await running_seats_of(connection, workspace_id, member_id)
    else:
        groups = await groups_of_member(connection, programme, member_id)
    seats = {group.id: roles.keys() for group, roles in groups}
    return MembersSeats(groups, await told_later(connection, workspace_id, seats) if seats else {})


async def known_groups_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[GroupMembers]:
    """Find the groups of running programmes in which a member sits, with mentees they know of."""
    return (await seating_of(connection, workspace_id, member_id)).known_to(member_id)


async def known_groups_of_mentor(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> list[GroupMembers]:
    """Find the groups of running programmes that a member mentors, with mentees they know of."""
    found = await known_groups_of(connection, workspace_id, mentor_id)
    return [one for one in found if mentor_id in one.mentors]


async def stands_between(connection: AsyncConnection, group: Group, member_id: MemberId) -> bool:
    """Say whether a member has a wish about somebody in this group: for their own eyes."""
    own = await exclusions.vetoes(connection, group.workspace_id, of=[member_id])
    seats = await programmes.seats(
        connection, group.workspace_id, group.programme_id, group_id=group.id
    )
    return not {seat.member_id for seat in seats}.isdisjoint(own.get(member_id, ()))
