"""Find seats for members who wait, while everybody else stays in their seat."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import combinations

from bot.groups.facts import Facts
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import (
    MENTORING,
    Match,
    MentorTeam,
    Pair,
    Pairing,
    Proposal,
    Waiting,
    Weights,
)
from bot.matching.participants import Applicants, applicants
from bot.matching.rules.scoring import in_order
from bot.people.model import Member
from bot.programme.model import Group, Programme, Seat
from bot.stages.model import Framework


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A programme's groups as the engine sees them, while their changes are planned."""

    programme: Programme
    applicants: Applicants
    groups: Mapping[GroupId, Group]
    seats: Sequence[Seat]
    pairings: Sequence[Pairing]
    waiting: Sequence[Waiting]

    @cached_property
    def _by_group(self) -> Mapping[GroupId, Sequence[Seat]]:
        found: dict[GroupId, list[Seat]] = {}
        for seat in self.seats:
            if seat.member_id in self.applicants.members:
                found.setdefault(seat.group_id, []).append(seat)
        return found

    @cached_property
    def _group_by_mentee(self) -> Mapping[MemberId, GroupId]:
        return {s.member_id: s.group_id for s in self.seats if s.role not in MENTORING}

    @cached_property
    def _by_mentor(self) -> Mapping[MemberId, Sequence[GroupId]]:
        found: dict[MemberId, list[GroupId]] = {}
        for seat in self.seats:
            if seat.role in MENTORING:
                found.setdefault(seat.member_id, []).append(seat.group_id)
        return found

    @property
    def candidates(self) -> list[Member]:
        """List the mentees who belong to the programme, and those who sit in its groups."""
        known = {one.id: one for one in self.applicants.mentees}
        seated = [self.applicants.members.get(one) for one in self._group_by_mentee]
        known |= {one.id: one for one in seated if one is not None}
        return [known[id_] for id_ in sorted(known)]

    def group_of(self, mentee: MemberId) -> GroupId | None:
        """Find the group in which this mentee has a seat, or None."""
        return self._group_by_mentee.get(mentee)

    def mentors_of(self, group_id: GroupId) -> tuple[MemberId, ...]:
        """Ids of the group's mentors who still take part."""
        seats = self._by_group.get(group_id, ())
        return tuple(s.member_id for s in seats if s.role in MENTORING)

    def groups_of(self, mentor: MemberId) -> Sequence[GroupId]:
        """Ids of the groups that this member mentors."""
        return self._by_mentor.get(mentor, ())

    def groups_beside(self, group_id: GroupId) -> set[GroupId]:
        """Ids of the other groups that a mentor of this one mentors, too."""
        of_them = (self.groups_of(one) for one in self.mentors_of(group_id))
        return {one for groups in of_them for one in groups} - {group_id}

    def members_of(self, group_id: str) -> tuple[MemberId, ...]:
        """Ids of everybody in the group who still takes part."""
        return tuple(s.member_id for s in self._by_group.get(GroupId(group_id), ()))

    def mentees_of(self, group_id: GroupId) -> tuple[MemberId, ...]:
        """Ids of the group's mentees who still take part."""
        seats = self._by_group.get(group_id, ())
        return tuple(s.member_id for s in seats if s.role not in MENTORING)


def situation_of(facts: Facts, *, framework: Framework | None, now: datetime) -> Situation:
    """Show the engine what is on record."""
    return Situation(
        programme=facts.roll.programme,
        applicants=applicants(facts.roll, framework=framework, now=now),
        groups={one.id: one for one in facts.groups},
        seats=facts.seats,
        pairings=facts.pairings,
        waiting=facts.waiting,
    )


def open_teams(
    situation: Situation,
    *,
    only: GroupId | None = None,
    moving: Collection[MemberId] = (),
    without: Collection[GroupId] = (),
) -> list[MentorTeam]:
    """List groups with a free seat and mentors without a group, each with the seats left.

    Of several with a free seat that share a mentor, only the one with the fewest mentees is open,
    for as many as the mentors can still take in all of them. With `only`, that group is looked at
    alone; who is `moving` into it from another group of its mentors is not one more for them.
    Groups `without` are closed.
    """
    people = [p for p in situation.applicants.people if p.id not in situation.applicants.unclear]
    capacity = {p.id: p.capacity for p in people if p.code_accepted}
    most = situation.programme.template.mentees_per_group_max
    sizes = {one: len(situation.mentees_of(one)) for one in situation.groups}
    free_seats: dict[GroupId, int] = {}
    busy: set[str] = set()
    for group_id in situation.groups:
        mentors = situation.mentors_of(group_id)
        busy.update(mentors)
        if not mentors or not capacity.keys() >= set(mentors) or only not in (None, group_id):
            continue
        here, others = sizes[group_id], situation.groups_beside(group_id)
        stay = sum(situation.group_of(one) in others for one in moving)
        taken = here + sum(sizes[one] for one in others) - stay
        seats = min(most - here, sum(capacity[m] for m in mentors) - taken)
        if seats > 0 and group_id not in without:
            free_seats[group_id] = seats
    teams = [
        MentorTeam(id=one, mentors=situation.mentors_of(one), capacity=seats)
        for one, seats in free_seats.items()
        if not any(
            (sizes[other], other) < (sizes[one], one)
            for other in situation.groups_beside(one) & free_seats.keys()
        )
    ]
    if only is not None:
        return teams
    free = [p for p in people if p.roles & MENTORING and p.id not in busy]
    teams += [
        MentorTeam(id=p.id, mentors=(p.id,), capacity=min(most, p.capacity))
        for p in sorted(free, key=lambda p: p.id)
        if p.code_accepted and p.capacity > 0
    ]
    return teams


def seats_for(
    situation: Situation,
    waiting: Sequence[Waiting],
    *,
    weights: Weights,
    only: GroupId | None = None,
) -> list[Match]:
    """Seat as many of `waiting` as possible; where seats lack, the longest wait first.

    A match's `team` names the group, or the mentor who has none yet. `only` looks at one group.
    """
    moving = [one.member_id for one in waiting] if only is not None else []
    teams = open_teams(situation, only=only, moving=moving)
    here = {p.id for p in situation.applicants.people if p.code_accepted}
    hopeful = [w.member_id for w in waiting if w.member_id in here - situation.applicants.unclear]
    if not teams or not hopeful:
        return []
    return _seats_in(situation, teams, hopeful, weights) or (
        [] if only is not None else _seat_beside(situation, hopeful, weights)
    )


def _seat_beside(
    situation: Situation, hopeful: Sequence[MemberId], weights: Weights
) -> list[Match]:
    """Seat the first to whom the smaller group of a mentor is closed in another one of theirs."""
    several = [one for one in situation.groups if situation.groups_beside(one)]
    apart = situation.applicants.apart
    for mentee in hopeful if several else ():
        closed = [
            one
            for one in several
            if any(in_order(mentee, other) in apart for other in situation.members_of(one))
        ]
        teams = open_teams(situation, without=closed) if closed else []
        if teams and (found := _seats_in(situation, teams, [mentee], weights)):
            return found
    return []


def _seats_in(
    situation: Situation,
    teams: list[MentorTeam],
    hopeful: Sequence[MemberId],
    weights: Weights,
) -> list[Match]:
    everybody = _solved(situation, teams, hopeful, weights)
    chosen = list(hopeful)
    if len(everybody.matches) < len(hopeful):
        # Where no two who wait must be kept apart, sets of mentees who can all be seated together
        # form a matroid: to take them in the order of their wait then seats as many as can be.
        chosen = []
        for one in hopeful:
            if len(_solved(situation, teams, [*chosen, one], weights).matches) > len(chosen):
                chosen.append(one)
        everybody = _solved(situation, teams, chosen, weights)
    by_mentors = {team.mentors: team.id for team in teams}
    return [replace(m, team=by_mentors[m.mentors]) for m in everybody.matches]


def _solved(
    situation: Situation, teams: list[MentorTeam], mentees: Sequence[str], weights: Weights
) -> Proposal:
    """Seat these mentees in these teams, nobody beside somebody whom they must not meet there."""
    from bot.matching.rules import proposals  # loads OR-tools, which is heavy

    field, wanted = situation.applicants, set(mentees)
    mentors = {one for team in teams for one in team.mentors}
    return proposals.propose(
        [
            p if p.id in wanted else replace(p, roles=p.roles & MENTORING)
            for p in field.people
            if p.id in wanted | mentors
        ],
        weights,
        forbids=[*field.forbids, *_closed(situation, teams, mentees)],
        conflicts=field.conflicts,
        term=field.term,
        teams=teams,
    )


def _closed(
    situation: Situation, teams: Sequence[MentorTeam], mentees: Sequence[str]
) -> list[Pair]:
    """Pair mentees with the first mentor of each group that somebody's seat closes to them.

    Those who are on a break keep others out as well.
    """
    apart = situation.applicants.apart
    return [
        (mentee, team.mentors[0])
        for team in teams
        for member in situation.members_of(team.id)
        for mentee in mentees
        if in_order(mentee, member) in apart
    ]


def heirs_of(
    situation: Situation,
    mentees: Sequence[str],
    *,
    weights: Weights,
    among: Collection[MemberId] | None = None,
) -> tuple[MemberId, ...]:
    """Find the mentors without a group who suit all these mentees best, to keep them together.

    With `among`, only these mentors are looked at.
    """
    if situation.applicants.unclear.intersection(mentees):
        return ()
    free = [
        team
        for team in open_teams(situation)
        if team.id not in situation.groups and (among is None or set(team.mentors) <= set(among))
    ]
    best: tuple[float, tuple[MemberId, ...]] = (float("-inf"), ())
    for team in free:
        if (team.capacity or 0) < len(mentees):
            continue
        worth = _worth(situation, team, mentees, weights)
        if worth is not None and worth > best[0]:
            best = (worth, tuple(map(MemberId, team.mentors)))
    return best[1]


def may_take(
    situation: Situation, mentor: MemberId, mentees: Sequence[str], *, weights: Weights
) -> bool:
    """Say whether nothing keeps this mentor and any of these mentees apart."""
    if situation.applicants.unclear.intersection([mentor, *mentees]):
        return False
    team = MentorTeam(id=mentor, mentors=(mentor,), capacity=len(mentees))
    here = {p.id for p in situation.applicants.people if p.code_accepted}
    if here.isdisjoint(mentees):
        return not _is_kept_from(situation, team, mentees)
    return _worth(situation, team, mentees, weights) is not None


def _worth(
    situation: Situation, team: MentorTeam, mentees: Sequence[str], weights: Weights
) -> float | None:
    """Sum up how well a team suits mentees who stay together; None where it may not have one.

    One by one: who sits together already stays so, whatever was recorded since.
    """
    here = {p.id for p in situation.applicants.people if p.code_accepted}
    staying = [m for m in mentees if m in here]
    if not staying or _is_kept_from(situation, team, mentees):
        return None
    found = [_solved(situation, [team], [one], weights) for one in staying]
    return sum(one.total for one in found) if all(one.matches for one in found) else None


def _is_kept_from(situation: Situation, team: MentorTeam, mentees: Sequence[str]) -> bool:
    """Say whether a mentor of the team must be kept apart from any of these, away or not."""
    pairs = {in_order(mentee, mentor) for mentee in mentees for mentor in team.mentors}
    forbidden = {in_order(*pair) for pair in situation.applicants.forbids}
    return not pairs.isdisjoint(situation.applicants.apart | forbidden)


@dataclass(frozen=True, slots=True)
class BarredPair:
    """Two people in one group who must be kept apart: the mentee of `pairing`, and `other`."""

    pairing: Pairing
    other: MemberId

    @property
    def subject_id(self) -> str:
        """Name the pair in a message: by its pairing, and by `other` where that is a mentee."""
        mentor = self.other == self.pairing.mentor_id
        return self.pairing.id if mentor else f"{self.pairing.id}:{self.other}"


def barred_pairs(situation: Situation) -> list[BarredPair]:
    """Find who sits with whom they must not, as the members and conflicts on record are now."""
    return barred_in(situation.pairings, situation.applicants.apart)


def barred_in(pairings: Sequence[Pairing], apart: Collection[Pair]) -> list[BarredPair]:
    """Find those who by `apart` must not share a group and do, by these lasting pairings.

    Of two mentees, the one who came last is named first.
    """
    found = [
        BarredPair(p, p.mentor_id) for p in pairings if in_order(p.mentee_id, p.mentor_id) in apart
    ]
    first: dict[GroupId, dict[MemberId, Pairing]] = {}
    for one in sorted(pairings, key=lambda p: p.mentor_id):
        first.setdefault(one.group_id, {}).setdefault(one.mentee_id, one)
    for group in first.values():
        for two in combinations(sorted(group), 2):
            if two in apart:
                stays, came = sorted(two, key=lambda m: (group[m].started_at, m))
                found.append(BarredPair(group[came], stays))
    return found
