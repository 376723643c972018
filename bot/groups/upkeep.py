"""Keeps approved groups in order: who left goes, who waits is seated, conflicts are told.

Run it after anything that changes the roster, and daily. Doing it twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.groups.approval import group_names, new_pairings
from bot.groups.channels import let_in, see_out
from bot.groups.messages import INTRODUCTION, tell
from bot.groups.schedule import begin_rhythms, end_rhythms
from bot.groups.waitlist_seats import Standing, barred_pairings, heirs_of, seats_for
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.matching import store
from bot.matching.model import Match, Weights
from bot.matching.participants import MENTORING, applicants
from bot.matching.proposals import WEIGHTS
from bot.matching.records import MENTOR_LEFT, EndReason, Method, Waiting
from bot.matching.store import the_programme
from bot.people.model import Role
from bot.people.use_cases import coordinators
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, ProgrammeState, Seat
from bot.stages.model import Framework

SEAT_FOUND, JOINED = MessageKind.SEAT_FOUND, MessageKind.MEMBER_JOINED
MOVED = MessageKind.MEMBER_MOVED
MENTOR_GONE, CONFLICT = MessageKind.MENTOR_LEFT, MessageKind.GROUP_CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A mentee's new place; `old` is the group they left, None for who had none."""

    mentee_id: MemberId
    new: GroupId
    old: GroupId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling changed: moves, mentors who left, and how many conflicts stand."""

    moves: tuple[Move, ...] = ()
    mentors_gone: tuple[MemberId, ...] = ()
    conflicts: int = 0

    def of(self, mentee_id: MemberId) -> Move | None:
        """This mentee's move, or None."""
        return next((one for one in self.moves if one.mentee_id == mentee_id), None)


async def settle(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Settled:
    """Bring one programme's groups in line with its members; nothing before its approval."""
    async with database.writing() as connection:
        programme = await the_programme(connection, workspace_id, programme_id)
        return await settle_in(
            connection, workspace_id, programme, now=now, framework=framework, weights=weights
        )


async def settle_in(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Settled:
    """`settle` within a transaction that is under way."""
    await store.hold(connection, workspace_id, programme.id)
    if programme.state is ProgrammeState.CLOSED:
        return Settled()
    standing = await _standing(connection, programme, framework=framework, now=now)
    if not standing.groups:
        return Settled()
    gone = await _let_go(connection, standing, now=now)
    if gone:
        standing = await _standing(connection, programme, framework=framework, now=now)
        await _hand_over(connection, standing, weights=weights, now=now)
        standing = await _standing(connection, programme, framework=framework, now=now)
    matches = await seats_for(standing, standing.waiting, weights=weights)
    moves = [await _move(connection, standing, match, now=now) for match in matches]
    standing = await _standing(connection, programme, framework=framework, now=now)
    conflicts = await _tell_conflicts(connection, standing, now=now)
    await _tell_left(connection, programme, gone, now=now)
    return Settled(
        moves=tuple(moves),
        mentors_gone=tuple(gone),
        conflicts=conflicts,
    )


async def _standing(
    connection: AsyncConnection,
    programme: Programme,
    *,
    framework: Framework | None,
    now: datetime,
) -> Standing:
    workspace_id = programme.workspace_id
    groups = await programmes.groups(connection, workspace_id, programme.id)
    return Standing(
        programme=programme,
        field=await applicants(connection, workspace_id, programme, framework=framework, now=now),
        groups={one.id: one for one in groups},
        seats=await programmes.seats(connection, workspace_id, programme.id),
        pairings=await seated.pairings(connection, workspace_id, programme.id),
        waiting=await seated.waitlist(connection, workspace_id, programme.id),
        framework=framework,
    )


async def _let_go(
    connection: AsyncConnection, standing: Standing, *, now: datetime
) -> list[MemberId]:
    """Free the places of those who left; the mentors among them are returned."""
    workspace_id, programme = standing.programme.workspace_id, standing.programme
    known = standing.field.members
    left = [w.member_id for w in standing.waiting if w.member_id not in known]
    await seated.stop_waiting(connection, workspace_id, programme.id, left)
    mentors: list[MemberId] = []
    for seat in standing.seats:
        if seat.member_id in known:
            continue
        group = standing.groups.get(seat.group_id)
        await see_out(connection, group, seat.member_id, now=now)
        mentoring = seat.role in MENTORING
        theirs = [
            p.id
            for p in standing.pairings
            if (p.mentor_id if mentoring else p.mentee_id) == seat.member_id
        ]
        why = EndReason.MENTOR_LEFT if mentoring else EndReason.MENTEE_LEFT
        await seated.end_pairings(connection, workspace_id, theirs, why=why, now=now)
        await programmes.remove_seat(connection, workspace_id, seat.group_id, seat.member_id)
        await end_rhythms(connection, workspace_id, members=[seat.member_id])
        if mentoring:
            mentors.append(seat.member_id)
    return mentors


async def _hand_over(
    connection: AsyncConnection, standing: Standing, *, weights: Weights, now: datetime
) -> None:
    """Give groups without a mentor a free one, or put their mentees on the waitlist."""
    workspace_id, programme = standing.programme.workspace_id, standing.programme
    for group in standing.groups.values():
        mentees = standing.mentees_of(group.id)
        if standing.mentors_of(group.id) or not mentees:
            continue
        heirs = await heirs_of(standing, mentees, weights=weights)
        if heirs:
            await _inherit(connection, standing, group, heirs, now=now)
            seats = await programmes.seats(connection, workspace_id, programme.id)
            standing = replace(standing, seats=seats)
            continue
        waiting = [
            Waiting(member_id=MemberId(m), since=now, reason=MENTOR_LEFT, keeps_group=group.id)
            for m in mentees
        ]
        await seated.wait(connection, workspace_id, programme.id, waiting)


async def _inherit(
    connection: AsyncConnection,
    standing: Standing,
    group: Group,
    heirs: Sequence[str],
    *,
    now: datetime,
) -> None:
    """Let `heirs` mentor a group whose mentors left; its mentees stay together."""
    workspace_id, programme = group.workspace_id, standing.programme
    mentees = standing.mentees_of(group.id)
    seats = [Seat(group.id, MemberId(h), standing.field.members[h].role) for h in heirs]
    await programmes.put_groups(connection, workspace_id, programme.id, [group], seats)
    await let_in(connection, group, [MemberId(h) for h in heirs], now=now)
    for mentee in mentees:
        match = Match(
            mentee=mentee, mentors=tuple(heirs), score=0.0, reason="Took over the whole group"
        )
        pairings = new_pairings(match, group, now=now, method=Method.RESEATED)
        await seated.add_pairings(connection, workspace_id, pairings)
    await seated.stop_waiting(
        connection, workspace_id, programme.id, [MemberId(m) for m in mentees]
    )
    await _begin(connection, standing, [MemberId(h) for h in heirs], now=now)
    await tell(
        connection,
        workspace_id,
        kind=INTRODUCTION,
        subject_id=group.id,
        recipient=f"group:{group.id}",
        now=now,
    )


async def _move(
    connection: AsyncConnection, standing: Standing, match: Match, *, now: datetime
) -> Move:
    """Seat one waiting mentee as the engine says, and tell those whom it concerns."""
    workspace_id, programme = standing.programme.workspace_id, standing.programme
    mentee = MemberId(match.mentee)
    waiting = next(w for w in standing.waiting if w.member_id == mentee)
    if waiting.keeps_group is not None:
        await _leave_group(connection, standing, waiting, now=now)
    group, is_new = await _group_for(connection, standing, match)
    await programmes.put_groups(
        connection, workspace_id, programme.id, [group], [Seat(group.id, mentee, Role.MENTEE)]
    )
    method = _method(waiting)
    pairings = new_pairings(match, group, now=now, method=method)
    await seated.add_pairings(connection, workspace_id, pairings)
    await seated.stop_waiting(connection, workspace_id, programme.id, [mentee])
    newcomers = [mentee, *map(MemberId, match.mentors)] if is_new else [mentee]
    await _begin(connection, standing, newcomers, now=now)
    await let_in(connection, group, [mentee], now=now)
    await tell(
        connection,
        workspace_id,
        kind=SEAT_FOUND,
        subject_id=pairings[0].id,
        recipient=standing.field.members[mentee].slack_user_id,
        now=now,
    )
    await tell(
        connection,
        workspace_id,
        kind=INTRODUCTION if is_new else JOINED,
        subject_id=group.id if is_new else pairings[0].id,
        recipient=f"group:{group.id}",
        now=now,
        once=group.id if is_new else None,
    )
    return Move(mentee_id=mentee, new=group.id, old=waiting.keeps_group)


def _method(waiting: Waiting) -> Method:
    if waiting.keeps_group is None:
        return Method.WAITLIST
    return Method.RESEATED if waiting.reason == MENTOR_LEFT else Method.REMATCH


async def _leave_group(
    connection: AsyncConnection, standing: Standing, waiting: Waiting, *, now: datetime
) -> None:
    """End what the mentee had, and let their mentors know that they moved, and no more."""
    workspace_id, old = standing.programme.workspace_id, waiting.keeps_group
    theirs = [p for p in standing.pairings if p.mentee_id == waiting.member_id]
    await seated.end_pairings(
        connection, workspace_id, [p.id for p in theirs], why=EndReason.REMATCH, now=now
    )
    if old is not None:
        await programmes.remove_seat(connection, workspace_id, old, waiting.member_id)
        await see_out(connection, standing.groups.get(old), waiting.member_id, now=now)
    for one in theirs:
        mentor = standing.field.members.get(one.mentor_id)
        if mentor is not None:
            await tell(
                connection,
                workspace_id,
                kind=MOVED,
                subject_id=one.id,
                recipient=mentor.slack_user_id,
                now=now,
            )


async def _group_for(
    connection: AsyncConnection, standing: Standing, match: Match
) -> tuple[Group, bool]:
    """The group that the match leads to, opened for mentors who have none yet."""
    workspace_id, programme = standing.programme.workspace_id, standing.programme
    present = await programmes.groups(connection, workspace_id, programme.id)
    seats = await programmes.seats(connection, workspace_id, programme.id)
    theirs = {s.group_id for s in seats if s.member_id == match.mentors[0]}
    found = next((g for g in present if g.id == match.team or g.id in theirs), None)
    if found is not None:
        return found, False
    [name] = group_names([[standing.field.name(m) for m in match.mentors]])
    taken = {one.name for one in present}
    number = next(n for n in range(1, len(taken) + 2) if n == 1 or f"{name} {n}" not in taken)
    group = Group(
        id=GroupId(new_id("group")),
        workspace_id=workspace_id,
        programme_id=programme.id,
        name=name if name not in taken else f"{name} {max(2, number)}",
    )
    new = [Seat(group.id, MemberId(m), standing.field.members[m].role) for m in match.mentors]
    await programmes.put_groups(connection, workspace_id, programme.id, [group], new)
    return group, True


async def _begin(
    connection: AsyncConnection,
    standing: Standing,
    members: Sequence[MemberId],
    *,
    now: datetime,
) -> None:
    programme = standing.programme
    if programme.state is ProgrammeState.RUNNING:
        await begin_rhythms(
            connection,
            programme.workspace_id,
            programme,
            framework=standing.framework,
            members=members,
            now=now,
        )


async def _tell_conflicts(connection: AsyncConnection, standing: Standing, *, now: datetime) -> int:
    """Tell every coordinator, once, of each pairing that may not be any more."""
    workspace_id = standing.programme.workspace_id
    found = barred_pairings(standing)
    for pairing in found:
        for one in await coordinators(connection, workspace_id):
            await tell(
                connection,
                workspace_id,
                kind=CONFLICT,
                subject_id=pairing.id,
                recipient=one.slack_user_id,
                now=now,
                once="told",
            )
    return len(found)


async def _tell_left(
    connection: AsyncConnection,
    programme: Programme,
    mentors: Sequence[MemberId],
    *,
    now: datetime,
) -> None:
    """Tell every coordinator that a mentor left, and so where their mentees are now."""
    for mentor in mentors:
        for one in await coordinators(connection, programme.workspace_id):
            await tell(
                connection,
                programme.workspace_id,
                kind=MENTOR_GONE,
                subject_id=f"{programme.id}:{mentor}",
                recipient=one.slack_user_id,
                now=now,
            )
