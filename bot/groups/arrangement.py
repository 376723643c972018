"""Say how a programme's groups should be, from what is on record. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.groups.approval import group_names
from bot.groups.facts import Facts
from bot.groups.seating import Situation, heirs_of, may_take, seats_for, situation_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, new_id
from bot.kernel.words import listed, plural
from bot.matching.model import (
    CAME_LATER,
    MENTOR_LEFT,
    MENTORING,
    TO_BE_MOVED,
    WISHES_AND_MOVED,
    WISHES_TO_MOVE,
    Match,
    Method,
    Pairing,
    Waiting,
    Weights,
)
from bot.people.model import Member, Role
from bot.programme.model import Group, Seat
from bot.stages.model import Framework

WISHES = (WISHES_TO_MOVE, TO_BE_MOVED, WISHES_AND_MOVED)
ALREADY_THERE = "They are in that group already."


def with_wish(before: Waiting | None, why: str) -> str:
    """Say why somebody waits who is to have another group, by their own wish or a coordinator's.

    Each of the two lasts until whose it is takes it back. Raises UserFacing for a mentee who has
    asked already.
    """
    reasons = {before.reason if before else why, why}
    if before is not None and why == WISHES_TO_MOVE and before.reason in (why, WISHES_AND_MOVED):
        raise UserFacing("Another mentor has been asked for already. Nothing more is needed.")
    both = WISHES_AND_MOVED in reasons or reasons == {WISHES_TO_MOVE, TO_BE_MOVED}
    return WISHES_AND_MOVED if both else why


@dataclass(frozen=True, slots=True)
class SeatWish:
    """A coordinator's wish that a mentee have a seat in a certain group."""

    mentee_id: MemberId
    group_id: GroupId


@dataclass(frozen=True, slots=True)
class MentorWish:
    """A coordinator's wish that somebody mentor a group that has no mentor.

    `agreed`: they agreed to more mentees than they had said they can take.
    """

    mentor_id: MemberId
    group_id: GroupId
    agreed: bool = False


def arrange(
    facts: Facts,
    *,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
    wish: SeatWish | MentorWish | None = None,
) -> Situation:
    """Seat everybody who fits, and let everybody else wait. Takes long.

    Whoever has a seat with a mentor keeps it, unless they wait for another one. A mentee who takes
    part has a seat with a mentor, or waits, or both. The same facts give the same arrangement, and
    an arrangement that was brought about stays: only ids of new groups and pairings differ. Raises
    UserFacing where a coordinator's wish cannot be met.
    """
    situation = situation_of(facts, framework=framework, now=now)
    situation = replace(situation, seats=[s for s in facts.seats if _fits(situation, s)])
    if isinstance(wish, MentorWish):
        situation = _given(situation, wish, weights=weights, now=now)
    situation = _with_heirs(situation, facts.former, weights=weights)
    situation = replace(situation, waiting=_who_waits(situation, now=now))
    matches = _matches_of(situation, wish, weights=weights, now=now)
    seated = _seat_all(situation, matches, facts.former)
    while others := seats_for(seated, seated.waiting, weights=weights):  # a move opens a seat
        seated, matches = _seat_all(seated, others, facts.former), [*matches, *others]
    took_over = _who_took_over(facts.seats, seated.seats)
    lasting = [p for p in facts.pairings if (p.group_id, p.mentor_id) not in took_over]
    return replace(seated, pairings=_paired(seated, situation, matches, lasting, now=now))


def _who_took_over(before: Iterable[Seat], after: Sequence[Seat]) -> set[tuple[GroupId, MemberId]]:
    """Find the peer-mentors whose group has lost its mentors.

    They are paired anew: what was for the mentor before them is not for them.
    """
    led = {one.group_id for one in before if one.role is Role.MENTOR}
    led -= {one.group_id for one in after if one.role is Role.MENTOR}
    peers = [one for one in after if one.role is Role.PEER_MENTOR]
    return {(one.group_id, one.member_id) for one in peers if one.group_id in led}


def _matches_of(
    situation: Situation,
    wish: SeatWish | MentorWish | None,
    *,
    weights: Weights,
    now: datetime,
) -> Sequence[Match]:
    """Seat a mentee where a coordinator wishes, if they may sit there. Raises UserFacing."""
    if not isinstance(wish, SeatWish):
        return ()
    if situation.group_of(wish.mentee_id) == wish.group_id:
        raise UserFacing(ALREADY_THERE)
    waits = [Waiting(member_id=wish.mentee_id, since=now, reason=TO_BE_MOVED)]
    found = seats_for(situation, waits, weights=weights, only=wish.group_id)
    if not found:
        raise UserFacing(_why_not(situation, wish, now=now))
    return found


def _why_not(situation: Situation, wish: SeatWish, *, now: datetime) -> str:
    """Say why there is no seat in this group, without giving away what was said in confidence."""
    mentee = situation.applicants.members.get(wish.mentee_id)
    if mentee is None or mentee not in situation.candidates:
        return "They are not a mentee of this programme. Choose a mentee."
    if not mentee.has_accepted_conduct:
        return f"{mentee.name} has not accepted the code of conduct yet. Ask them first."
    if mentee.is_away(now):
        return f"{mentee.name} is on a break. Move them when they are back."
    sitting = len(situation.mentees_of(wish.group_id))
    most = situation.programme.template.mentees_per_group_max
    members = situation.applicants.members
    mentors = [members[one] for one in situation.mentors_of(wish.group_id)]
    if sitting >= most:
        return f"That group is full: groups here have at most {most} mentees."
    if mentors and sitting >= sum(one.capacity for one in mentors):
        return (
            f"That group is full: {listed(one.name for one in mentors)} can take "
            f"{plural(sitting, 'mentee')}. Raise the capacity first, or choose another group."
        )
    return (
        "They cannot have a seat in that group at present: it may be full, or two people there "
        "must be kept apart. Raise a mentor's capacity, choose another group, or leave the group "
        "open so that they move when one fits."
    )


def mentees_with(situation: Situation, mentor: MemberId) -> int:
    """Count the mentees whom a member mentors in this programme, in all their groups."""
    return sum(len(situation.mentees_of(one)) for one in set(situation.groups_of(mentor)))


def _given(situation: Situation, wish: MentorWish, *, weights: Weights, now: datetime) -> Situation:
    """Give a group the mentor whom a coordinator wishes. Raises UserFacing where it cannot be."""
    mentees = situation.mentees_of(wish.group_id)
    if wish.group_id not in situation.groups or not mentees:
        raise UserFacing("Nobody is in that group any more. Nothing was changed.")
    if situation.mentors_of(wish.group_id):
        raise UserFacing("That group has a mentor by now. Nothing was changed.")
    mentor = situation.applicants.members.get(wish.mentor_id)
    if mentor is None or not mentor.is_mentor:
        raise UserFacing("They are not a mentor of this programme. Choose a mentor.")
    if not mentor.has_accepted_conduct:
        raise UserFacing(f"{mentor.name} has not accepted the code of conduct yet. Ask them first.")
    if mentor.is_away(now):
        raise UserFacing(f"{mentor.name} is on a break. Choose somebody who is there.")
    if mentor.id in mentees:
        raise UserFacing(f"{mentor.name} is a mentee in that group. Choose somebody else.")
    if mentor.id not in {one.id for one in situation.applicants.people}:
        raise UserFacing("They are not a mentor of this programme. Choose a mentor.")
    if not may_take(situation, mentor.id, mentees, weights=weights):
        raise UserFacing("They cannot mentor that group at present. Choose somebody else.")
    refuse_beyond_capacity(
        mentor, mentees_with(situation, mentor.id), len(mentees), agreed=wish.agreed
    )
    seat = Seat(wish.group_id, mentor.id, mentor.mentoring_role)
    return replace(situation, seats=[*situation.seats, seat])


def refuse_beyond_capacity(mentor: Member, has: int, more: int, *, agreed: bool) -> None:
    """Refuse more mentees than a mentor can take, unless they agreed. Raises UserFacing."""
    if has + more > mentor.capacity and not agreed:
        raise UserFacing(
            f"{mentor.name} said they can take {plural(mentor.capacity, 'mentee')} and has {has}; "
            f"with this group it would be {has + more}. Ask them first, then tick the box."
        )


def _fits(situation: Situation, seat: Seat) -> bool:
    """Say whether a member takes part and still has the role that their seat is for."""
    member = situation.applicants.members.get(seat.member_id)
    if member is None:
        return False
    return member.is_mentor if seat.role in MENTORING else member.is_mentee


def _with_heirs(
    situation: Situation, former: Mapping[GroupId, frozenset[MemberId]], *, weights: Weights
) -> Situation:
    """Give groups without a mentor a free one who suits all their mentees: the former one first."""
    for group_id in situation.groups:
        mentees = situation.mentees_of(group_id)
        if situation.mentors_of(group_id) or not mentees:
            continue
        back = former.get(group_id, frozenset())
        heirs = heirs_of(situation, mentees, among=back, weights=weights)
        heirs = heirs or _back_beside_another(situation, mentees, back, weights=weights)
        heirs = heirs or heirs_of(situation, mentees, weights=weights)
        members = situation.applicants.members
        seats = [Seat(group_id, heir, members[heir].mentoring_role) for heir in heirs]
        situation = replace(situation, seats=[*situation.seats, *seats])
    return situation


def _back_beside_another(
    situation: Situation,
    mentees: Sequence[MemberId],
    back: frozenset[MemberId],
    *,
    weights: Weights,
) -> tuple[MemberId, ...]:
    """Find a former mentor who has another group again, and can take this one beside it."""
    people = [p for p in situation.applicants.people if p.code_accepted and p.roles & MENTORING]
    can_take = {MemberId(p.id): p.capacity for p in people}
    for one in sorted(back & can_take.keys()):
        fits = mentees_with(situation, one) + len(mentees) <= can_take[one]
        if fits and may_take(situation, one, mentees, weights=weights):
            return (one,)
    return ()


def _who_waits(situation: Situation, *, now: datetime) -> list[Waiting]:
    """List every mentee without a seat beside a mentor, and those who wait for another one."""
    before = {one.member_id: one for one in situation.waiting}
    found = []
    for member in situation.candidates:
        known, group_id = before.get(member.id), situation.group_of(member.id)
        since = known.since if known else now
        if group_id is None:
            kept = known is not None and known.keeps_group is None
            reason = known.reason if known is not None and kept else CAME_LATER
            found.append(Waiting(member_id=member.id, since=since, reason=reason))
        elif not situation.mentors_of(group_id):
            wish = known.reason if known and known.reason in WISHES else MENTOR_LEFT
            found.append(
                Waiting(member_id=member.id, since=since, reason=wish, keeps_group=group_id)
            )
        elif known is not None and known.reason in WISHES:
            found.append(replace(known, keeps_group=group_id))
    return sorted(found, key=lambda one: (one.since, one.member_id))


def _seat_all(
    situation: Situation,
    matches: Sequence[Match],
    former: Mapping[GroupId, frozenset[MemberId]],
) -> Situation:
    """Give each matched mentee a seat, in place of the one they had."""
    groups, seats = dict(situation.groups), list(situation.seats)
    for match in matches:
        mentee = MemberId(match.mentee)
        group_id = _group_for(match, seats, groups)
        if group_id is None:
            group = _opened(situation, match, seats, groups.values(), former)
            groups[group.id], group_id = group, group.id
            members = situation.applicants.members
            seats += [Seat(group_id, MemberId(m), members[m].mentoring_role) for m in match.mentors]
        seats = [s for s in seats if s.member_id != mentee or s.role in MENTORING]
        seats.append(Seat(group_id, mentee, Role.MENTEE))
    seated = {match.mentee for match in matches}
    waiting = [one for one in situation.waiting if one.member_id not in seated]
    return replace(situation, groups=groups, seats=seats, waiting=waiting)


def _group_for(
    match: Match, seats: Iterable[Seat], groups: Mapping[GroupId, Group]
) -> GroupId | None:
    """Find the group that a match leads to; None while its mentors have none yet."""
    if match.team is not None and match.team in groups:
        return GroupId(match.team)
    theirs = {s.group_id for s in seats if s.member_id == match.mentors[0] and s.role in MENTORING}
    return next((one for one in groups if one in theirs), None)


def _opened(
    situation: Situation,
    match: Match,
    seats: Iterable[Seat],
    groups: Iterable[Group],
    former: Mapping[GroupId, frozenset[MemberId]],
) -> Group:
    """Take up the mentors' former group where it stands empty, with its channel; else a new one."""
    used = {seat.group_id for seat in seats}
    mentors = frozenset(map(MemberId, match.mentors))
    empty = [one for one in groups if one.id not in used and former.get(one.id) == mentors]
    if empty:
        return min(empty, key=lambda one: one.id)
    [name] = group_names([[situation.applicants.name(m) for m in match.mentors]])
    taken = {one.name for one in groups}
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 2))]
    return Group(
        id=GroupId(new_id("group")),
        workspace_id=situation.programme.workspace_id,
        programme_id=situation.programme.id,
        name=next(one for one in names if one not in taken),
    )


def _paired(
    seated: Situation,
    before: Situation,
    matches: Sequence[Match],
    lasting: Iterable[Pairing],
    *,
    now: datetime,
) -> list[Pairing]:
    """Pair each mentee with each mentor of their group; who were paired there stay so."""
    known = {(p.group_id, p.mentee_id, p.mentor_id): p for p in lasting}
    by_mentee = {match.mentee: match for match in matches}
    had = {one.member_id: one.group_id for one in before.seats if one.role not in MENTORING}
    waited = {one.member_id: one for one in before.waiting}
    found = []
    for group_id in seated.groups:
        for mentee in seated.mentees_of(group_id):
            match = by_mentee.get(mentee)
            for mentor in seated.mentors_of(group_id):
                made = Pairing(
                    id=new_id("pairing"),
                    workspace_id=seated.programme.workspace_id,
                    programme_id=seated.programme.id,
                    group_id=group_id,
                    mentee_id=mentee,
                    mentor_id=mentor,
                    method=_method(waited.get(mentee), had.get(mentee))
                    if match
                    else Method.RESEATED,
                    score=match.score if match else 0.0,
                    reason=match.reason if match else "Took over the whole group",
                    started_at=now,
                )
                found.append(known.get((group_id, mentee, mentor), made))
    return found


def _method(waited: Waiting | None, had: GroupId | None) -> Method:
    if had is None:
        return Method.WAITLIST
    return Method.RESEATED if waited and waited.reason == MENTOR_LEFT else Method.REMATCH
