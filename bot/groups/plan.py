"""Plan, without I/O, the changes between how groups are and how they should be."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bot.audit.model import Act
from bot.delivery.model import Notice
from bot.groups.arrangement import MentorWish, SeatWish, arrange, mentees_with
from bot.groups.facts import Facts
from bot.groups.messages import INTRODUCTION, PREVIEW, TO_GROUPS, news
from bot.groups.schedule import FallsDue, falls_due
from bot.groups.seating import BarredPair, Situation, barred_pairs
from bot.kernel.ids import GroupId, MemberId
from bot.kinds import MessageKind
from bot.matching.model import (
    MENTOR_LEFT,
    MENTORING,
    EndReason,
    Pairing,
    Waiting,
    Weights,
)
from bot.people.model import MemberState, Role
from bot.people.permissions import coordinates
from bot.programme.model import Group, Programme, Seat
from bot.stages.model import Framework


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A mentee's new seat; `old` is the group they left, None for who had none."""

    mentee_id: MemberId
    new: GroupId
    old: GroupId | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """Every change to make, and the facts that it leans on; `without` is about to leave.

    Something falls due for `begin` from now on, and nothing any more for `stop`. `capacities` are
    of mentors who agreed to take more.
    """

    facts: Facts
    framework: Framework | None
    now: datetime
    without: MemberId | None = None
    enrol: list[MemberId] = field(default_factory=list)
    unseat: list[Seat] = field(default_factory=list)
    end: list[tuple[Pairing, EndReason]] = field(default_factory=list)
    stop_waiting: list[MemberId] = field(default_factory=list)
    wait: list[Waiting] = field(default_factory=list)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    pairings: list[Pairing] = field(default_factory=list)
    begin: list[FallsDue] = field(default_factory=list)
    stop: list[FallsDue] = field(default_factory=list)
    news: list[Notice] = field(default_factory=list)
    to_groups: list[Notice] = field(default_factory=list)
    capacities: dict[MemberId, int] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    conflicts: list[BarredPair] = field(default_factory=list)

    @property
    def programme(self) -> Programme:
        return self.facts.roll.programme

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is to be written."""
        written = (self.enrol, self.unseat, self.end, self.stop_waiting, self.wait, self.seats)
        return not any((*written, self.pairings, self.begin, self.stop, self.news, self.to_groups))

    def tell(
        self, kind: MessageKind, subject_id: str, recipient: str, *, once: str | None = None
    ) -> None:
        """Let `recipient` know, once for all where `once` is given; groups hear of it later."""
        notices = self.to_groups if kind in TO_GROUPS else self.news
        notices.append(news(kind, subject_id, recipient, now=self.now, once=once))

    def leans_on(self) -> tuple[set[MemberId], set[GroupId]]:
        """List the people and the groups that must be as they were for the plan to stand.

        Everybody in a group where somebody gets a seat is among them: a barrier may be new.
        """
        barred = [pair.pairing for pair in self.conflicts]
        pairings = [*(one for one, _ in self.end), *self.pairings, *barred]
        seats = [*self.unseat, *self.seats]
        waiting = [*self.stop_waiting, *(one.member_id for one in self.wait)]
        people = {s.member_id for s in seats}.union(waiting, self.enrol)
        people.update(MemberId(subject) for _, subject in (*self.begin, *self.stop))
        people.update(m for p in pairings for m in (p.mentee_id, p.mentor_id))
        people.update(pair.other for pair in self.conflicts)
        people.update(s.member_id for s in self.facts.seats if s.group_id in self.groups)
        return people, {s.group_id for s in seats}.union(p.group_id for p in pairings)


def plan_for(
    facts: Facts,
    *,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
    without: MemberId | None = None,
    wish: SeatWish | MentorWish | None = None,
) -> Plan:
    """Compare how the groups are with how they should be. Takes long.

    Raises UserFacing where a coordinator's wish cannot be met.
    """
    known = facts.without(without)
    plan = Plan(facts=facts, framework=framework, now=now, without=without)
    plan.enrol = sorted(known.newcomers)
    if not known.is_approved:
        return plan
    wanted = arrange(known, framework=framework, weights=weights, now=now, wish=wish)
    _compare(plan, known, wanted)
    if isinstance(wish, MentorWish):
        mentor = wanted.applicants.members[wish.mentor_id]
        count = mentees_with(wanted, mentor.id)
        plan.capacities = {mentor.id: count} if count > mentor.capacity else {}
    plan.conflicts = barred_pairs(wanted)
    _tell_mentees(plan, known, wanted)
    _tell_mentors_and_groups(plan, known, wanted)
    _tell_coordinators(plan, known, wanted)
    return plan


def _compare(plan: Plan, facts: Facts, wanted: Situation) -> None:
    """Note everything that is not as it should be."""
    are, should_be = set(facts.seats), set(wanted.seats)
    plan.unseat = [one for one in facts.seats if one not in should_be]
    plan.seats = [one for one in wanted.seats if one not in are]
    plan.groups = {one.group_id: wanted.groups[one.group_id] for one in plan.seats}
    lasting = {one.id for one in facts.pairings}
    plan.pairings = [one for one in wanted.pairings if one.id not in lasting]
    still = {one.id for one in wanted.pairings}
    stays = {(p.group_id, p.mentee_id, p.mentor_id) for p in wanted.pairings}
    plan.end = [
        (p, _why_ended(p, wanted, stays=(p.group_id, p.mentee_id, p.mentor_id) in stays))
        for p in facts.pairings
        if p.id not in still
    ]
    waiting = {one.member_id for one in wanted.waiting}
    plan.stop_waiting = [w.member_id for w in facts.waiting if w.member_id not in waiting]
    plan.wait = [one for one in wanted.waiting if one not in facts.waiting]
    due = falls_due(plan.programme, wanted.seats, now=plan.now)
    plan.begin = sorted(due - facts.scheduled)
    plan.stop = sorted(facts.scheduled - due - facts.elsewhere)
    before = {s.member_id: s.group_id for s in facts.seats if s.role not in MENTORING}
    plan.moves = [
        Move(mentee_id=one.member_id, new=one.group_id, old=before.get(one.member_id))
        for one in plan.seats
        if one.role is Role.MENTEE
    ]


def _why_ended(pairing: Pairing, wanted: Situation, *, stays: bool) -> EndReason:
    """Say why a pairing ends; where the two stay together, the peer-mentor took over the group."""
    if stays:
        return EndReason.TOOK_OVER
    members = wanted.applicants.members
    mentee, mentor = members.get(pairing.mentee_id), members.get(pairing.mentor_id)
    if mentee is None or not mentee.is_mentee:
        return EndReason.MENTEE_LEFT
    if mentor is None or not mentor.is_mentor:
        return EndReason.MENTOR_LEFT
    return EndReason.REMATCH


def _tell_mentees(plan: Plan, facts: Facts, wanted: Situation) -> None:
    """Tell mentees of a new seat, of a mentor who is missing, and of one who is there again."""
    members = wanted.applicants.members
    first = {p.mentee_id: p.id for p in reversed(plan.pairings)}
    for move in plan.moves:
        recipient = members[move.mentee_id].slack_user_id
        plan.tell(MessageKind.SEAT_FOUND, first[move.mentee_id], recipient)
    alone = {w.member_id for w in wanted.waiting if w.reason == MENTOR_LEFT}
    were = {w.member_id for w in facts.waiting if w.reason == MENTOR_LEFT}
    moved = {move.mentee_id for move in plan.moves}
    for mentee in sorted(alone - were):
        recipient = members[mentee].slack_user_id
        plan.tell(MessageKind.MENTOR_MISSING, str(wanted.group_of(mentee)), recipient)
    for mentee in sorted(were - alone - moved):
        if mentee in members and wanted.group_of(mentee) is not None:
            recipient = members[mentee].slack_user_id
            plan.tell(MessageKind.MENTOR_FOUND, str(wanted.group_of(mentee)), recipient)


def _tell_mentors_and_groups(plan: Plan, facts: Facts, wanted: Situation) -> None:
    """Introduce groups with a new mentor, and tell others who joined and who moved."""
    met = {seat.group_id for seat in facts.seats}
    come = [seat for seat in plan.seats if seat.role in MENTORING]
    new_mentors = {seat.group_id for seat in come}
    for seat in come:
        recipient = wanted.applicants.members[seat.member_id].slack_user_id
        plan.tell(PREVIEW, seat.group_id, recipient)
    first = {p.mentee_id: p.id for p in reversed(plan.pairings)}
    for group_id in sorted(plan.groups):
        if group_id in new_mentors:
            plan.tell(INTRODUCTION, group_id, f"group:{group_id}")
    for move in plan.moves:
        if move.new in met and move.new not in new_mentors:
            plan.tell(MessageKind.MEMBER_JOINED, first[move.mentee_id], f"group:{move.new}")
    together = {(one.mentee_id, one.mentor_id) for one in wanted.pairings}
    for pairing, why in plan.end:
        mentor = wanted.applicants.members.get(pairing.mentor_id)
        stays = (pairing.mentee_id, pairing.mentor_id) in together
        if mentor is not None and why is EndReason.REMATCH and not stays:
            plan.tell(MessageKind.MEMBER_MOVED, pairing.id, mentor.slack_user_id)


def _tell_coordinators(plan: Plan, facts: Facts, wanted: Situation) -> None:
    """Tell each, once, of each pairing that may not be any more, and of each mentor who left."""
    seated = Counter(s.member_id for s in wanted.seats if s.role in MENTORING)
    gone = {s.member_id for s in facts.seats if s.role in MENTORING and not seated[s.member_id]}
    every = [one for one in wanted.applicants.members.values() if coordinates(one)]
    here = [one for one in every if one.state is MemberState.ACTIVE]
    for one in here or every:
        for pair in plan.conflicts:
            plan.tell(MessageKind.GROUP_CONFLICT, pair.subject_id, one.slack_user_id, once="told")
        for mentor in sorted(gone):
            subject = f"{plan.programme.id}:{mentor}"
            plan.tell(MessageKind.MENTOR_LEFT, subject, one.slack_user_id)


def act_of(plan: Plan, wish: SeatWish | MentorWish | None) -> tuple[Act, list[MemberId]]:
    """Say what a coordinator does by a plan, and about whom, as it is written down."""
    match wish:
        case MentorWish():
            return Act.MENTOR_GIVEN, [wish.mentor_id]
        case SeatWish():
            return Act.MENTEE_MOVED, [wish.mentee_id]
    return Act.SEATS_GIVEN, [one.mentee_id for one in plan.moves]
