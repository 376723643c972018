"""Plan from facts, without I/O, the changes that bring groups in line with their members."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.delivery.model import Notice
from bot.groups.approval import group_names, new_pairings
from bot.groups.messages import INTRODUCTION, news
from bot.groups.waitlist_seats import (
    Facts,
    Situation,
    barred_pairings,
    heirs_of,
    seats_for,
    situation_of,
)
from bot.kernel.ids import GroupId, MemberId, new_id
from bot.kinds import MessageKind
from bot.matching.model import (
    MENTOR_LEFT,
    MENTORING,
    EndReason,
    Match,
    Method,
    Pairing,
    Waiting,
    Weights,
)
from bot.people.model import MemberState, Role
from bot.programme.model import Group, Programme, Seat
from bot.stages.model import Framework

SEAT_FOUND, JOINED = MessageKind.SEAT_FOUND, MessageKind.MEMBER_JOINED
MOVED = MessageKind.MEMBER_MOVED
MENTOR_GONE, CONFLICT = MessageKind.MENTOR_LEFT, MessageKind.GROUP_CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A mentee's new seat; `old` is the group they left, None for who had none."""

    mentee_id: MemberId
    new: GroupId
    old: GroupId | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """Every change to make, and the facts that it leans on; `without` is about to leave.

    Something falls due for `begin` from now on, and nothing any more for `stop`.
    """

    facts: Facts
    framework: Framework | None
    now: datetime
    without: MemberId | None = None
    unseat: list[Seat] = field(default_factory=list)
    end: list[tuple[Pairing, EndReason]] = field(default_factory=list)
    stop_waiting: list[MemberId] = field(default_factory=list)
    wait: list[Waiting] = field(default_factory=list)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    pairings: list[Pairing] = field(default_factory=list)
    let_in: list[tuple[GroupId, MemberId]] = field(default_factory=list)
    begin: list[MemberId] = field(default_factory=list)
    stop: list[MemberId] = field(default_factory=list)
    news: list[Notice] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    mentors_gone: list[MemberId] = field(default_factory=list)
    conflicts: list[Pairing] = field(default_factory=list)

    @property
    def programme(self) -> Programme:
        return self.facts.roll.programme

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is to be written."""
        return not (self.unseat or self.stop_waiting or self.wait or self.seats or self.news)

    def tell(
        self, kind: MessageKind, subject_id: str, recipient: str, *, once: str | None = None
    ) -> None:
        """Let `recipient` know, once for all where `once` is given."""
        self.news.append(news(kind, subject_id, recipient, now=self.now, once=once))

    def leans_on(self) -> tuple[set[MemberId], set[GroupId]]:
        """List the people and the groups that must be as they were for the plan to stand."""
        pairings = [*(one for one, _ in self.end), *self.pairings, *self.conflicts]
        seats = [*self.unseat, *self.seats]
        waiting = [*self.stop_waiting, *(one.member_id for one in self.wait)]
        people = {s.member_id for s in seats}.union(waiting)
        people.update(m for p in pairings for m in (p.mentee_id, p.mentor_id))
        return people, {s.group_id for s in seats}.union(p.group_id for p in pairings)


def plan_for(
    facts: Facts,
    *,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
    without: MemberId | None = None,
) -> Plan:
    """Decide who goes, who is seated where and which conflicts are told. Takes long."""
    plan = Plan(facts=facts, framework=framework, now=now, without=without)
    situation = situation_of(facts.without(without), framework=framework, now=now)
    situation = _let_go(plan, situation)
    if plan.mentors_gone:
        situation = _hand_over(plan, situation, weights=weights)
    matches = seats_for(situation, situation.waiting, weights=weights)
    situation = _move_all(plan, situation, matches)
    plan.conflicts = barred_pairings(situation)
    _tell_coordinators(plan, situation)
    return plan


def _tell_coordinators(plan: Plan, situation: Situation) -> None:
    """Tell each, once, of each pairing that may not be any more, and of each mentor who left."""
    for one in situation.applicants.members.values():
        if not one.is_coordinator or one.state is not MemberState.ACTIVE:
            continue
        for pairing in plan.conflicts:
            plan.tell(CONFLICT, pairing.id, one.slack_user_id, once="told")
        for mentor in plan.mentors_gone:
            plan.tell(MENTOR_GONE, f"{plan.programme.id}:{mentor}", one.slack_user_id)


def _let_go(plan: Plan, situation: Situation) -> Situation:
    """Free the seats of those who left."""
    known = situation.applicants.members
    plan.stop_waiting += [w.member_id for w in situation.waiting if w.member_id not in known]
    lasting = {p.id: p for p in situation.pairings}
    for seat in situation.seats:
        if seat.member_id in known:
            continue
        mentoring = seat.role in MENTORING
        why = EndReason.MENTOR_LEFT if mentoring else EndReason.MENTEE_LEFT
        theirs = [
            p
            for p in lasting.values()
            if (p.mentor_id if mentoring else p.mentee_id) == seat.member_id
        ]
        plan.end += [(lasting.pop(p.id), why) for p in theirs]
        plan.unseat.append(seat)
        plan.stop.append(seat.member_id)
        if mentoring:
            plan.mentors_gone.append(seat.member_id)
    return replace(
        situation,
        seats=[s for s in situation.seats if s.member_id in known],
        pairings=list(lasting.values()),
        waiting=[w for w in situation.waiting if w.member_id in known],
    )


def _hand_over(plan: Plan, situation: Situation, *, weights: Weights) -> Situation:
    """Give groups without a mentor a free one, or put their mentees on the waitlist."""
    for group in situation.groups.values():
        mentees = situation.mentees_of(group.id)
        if situation.mentors_of(group.id) or not mentees:
            continue
        heirs = heirs_of(situation, mentees, weights=weights)
        if heirs:
            situation = _inherit(plan, situation, group, heirs)
            continue
        waiting = {w.member_id: w for w in situation.waiting}
        for mentee in mentees:
            since = waiting[mentee].since if mentee in waiting else plan.now
            wish = Waiting(member_id=mentee, since=since, reason=MENTOR_LEFT, keeps_group=group.id)
            plan.wait.append(wish)
            waiting[mentee] = wish
        ordered = sorted(waiting.values(), key=lambda w: (w.since, w.member_id))
        situation = replace(situation, waiting=ordered)
    return situation


def _inherit(
    plan: Plan, situation: Situation, group: Group, heirs: Sequence[MemberId]
) -> Situation:
    """Let `heirs` mentor a group whose mentors left; its mentees stay together."""
    mentees = situation.mentees_of(group.id)
    seats = [Seat(group.id, h, situation.applicants.members[h].mentoring_role) for h in heirs]
    pairings: list[Pairing] = []
    for mentee in mentees:
        match = Match(
            mentee=mentee, mentors=tuple(heirs), score=0.0, reason="Took over the whole group"
        )
        pairings += new_pairings(match, group, now=plan.now, method=Method.RESEATED)
    plan.groups[group.id] = group
    plan.seats += seats
    plan.pairings += pairings
    plan.stop_waiting += mentees
    plan.let_in += [(group.id, h) for h in heirs]
    plan.begin += heirs
    plan.tell(INTRODUCTION, group.id, f"group:{group.id}")
    return replace(
        situation,
        seats=[*situation.seats, *seats],
        pairings=[*situation.pairings, *pairings],
        waiting=[w for w in situation.waiting if w.member_id not in mentees],
    )


def _move_all(plan: Plan, situation: Situation, matches: Sequence[Match]) -> Situation:
    """Seat those who wait as the engine says."""
    opened: dict[str, Group] = {}
    for match in matches:
        _move(plan, situation, match, opened)
    ended = {one.id for one, _ in plan.end}
    known = {p.id for p in situation.pairings}
    return replace(
        situation,
        pairings=[
            *(p for p in situation.pairings if p.id not in ended),
            *(p for p in plan.pairings if p.id not in known),
        ],
    )


def _move(plan: Plan, situation: Situation, match: Match, opened: dict[str, Group]) -> None:
    """Seat one waiting mentee, and tell those whom it concerns."""
    mentee = MemberId(match.mentee)
    waiting = next(w for w in situation.waiting if w.member_id == mentee)
    if waiting.keeps_group is not None:
        _leave_group(plan, situation, waiting)
    group, is_new = _group_for(plan, situation, match, opened)
    pairings = new_pairings(match, group, now=plan.now, method=_method(waiting))
    plan.groups[group.id] = group
    plan.seats.append(Seat(group.id, mentee, Role.MENTEE))
    plan.pairings += pairings
    plan.stop_waiting.append(mentee)
    plan.let_in.append((group.id, mentee))
    plan.begin += [mentee, *map(MemberId, match.mentors)] if is_new else [mentee]
    plan.moves.append(Move(mentee_id=mentee, new=group.id, old=waiting.keeps_group))
    plan.tell(SEAT_FOUND, pairings[0].id, situation.applicants.members[mentee].slack_user_id)
    if is_new:
        plan.tell(INTRODUCTION, group.id, f"group:{group.id}", once=group.id)
    else:
        plan.tell(JOINED, pairings[0].id, f"group:{group.id}")


def _method(waiting: Waiting) -> Method:
    if waiting.keeps_group is None:
        return Method.WAITLIST
    return Method.RESEATED if waiting.reason == MENTOR_LEFT else Method.REMATCH


def _leave_group(plan: Plan, situation: Situation, waiting: Waiting) -> None:
    """End what the mentee had, and let their mentors know that they moved, and no more."""
    mentee, old = waiting.member_id, waiting.keeps_group
    theirs = [p for p in situation.pairings if p.mentee_id == mentee]
    plan.end += [(one, EndReason.REMATCH) for one in theirs]
    if old is not None:
        plan.unseat.append(Seat(old, mentee, Role.MENTEE))
    for one in theirs:
        mentor = situation.applicants.members.get(one.mentor_id)
        if mentor is not None:
            plan.tell(MOVED, one.id, mentor.slack_user_id)


def _group_for(
    plan: Plan, situation: Situation, match: Match, opened: dict[str, Group]
) -> tuple[Group, bool]:
    """Find the group that the match leads to; open one for mentors who have none yet."""
    mentor = match.mentors[0]
    if mentor in opened:
        return opened[mentor], False
    theirs = {s.group_id for s in situation.seats if s.member_id == mentor}
    found = next(
        (g for g in situation.groups.values() if g.id == match.team or g.id in theirs), None
    )
    if found is not None:
        return found, False
    members = situation.applicants.members
    [name] = group_names([[situation.applicants.name(m) for m in match.mentors]])
    taken = {one.name for one in (*situation.groups.values(), *opened.values())}
    number = next(n for n in range(1, len(taken) + 2) if n == 1 or f"{name} {n}" not in taken)
    group = Group(
        id=GroupId(new_id("group")),
        workspace_id=plan.programme.workspace_id,
        programme_id=plan.programme.id,
        name=name if name not in taken else f"{name} {max(2, number)}",
    )
    opened[mentor] = group
    plan.seats += [Seat(group.id, MemberId(m), members[m].mentoring_role) for m in match.mentors]
    return group, True
