"""Find seats for those who wait, while everybody else stays where they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import (
    MENTORING,
    Bar,
    Match,
    MentorTeam,
    Pairing,
    Proposal,
    Waiting,
    Weights,
)
from bot.matching.participants import Applicants, Roll, applicants, read_roll
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat
from bot.stages.model import Framework

MOST_IN_ONE_QUERY = 1_000
"""Both engines limit the parameters of a statement; above this, everything is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A programme's groups, lasting pairings and waitlist at one moment, and who takes part."""

    roll: Roll
    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    pairings: tuple[Pairing, ...]
    waiting: tuple[Waiting, ...]

    def without(self, member_id: MemberId | None) -> "Facts":
        """Leave this member out, as if they had left."""
        return self if member_id is None else replace(self, roll=self.roll.without(member_id))

    def about(self, ids: Collection[MemberId], groups: Collection[GroupId]) -> "Facts":
        """Keep what bears on whether these people may sit in these groups; channels do not."""
        return Facts(
            roll=self.roll.about(ids),
            groups=tuple(
                sorted(
                    (replace(one, slack_channel=None) for one in self.groups if one.id in groups),
                    key=lambda one: one.id,
                )
            ),
            seats=tuple(s for s in self.seats if s.group_id in groups or s.member_id in ids),
            pairings=tuple(p for p in self.pairings if p.mentee_id in ids or p.mentor_id in ids),
            waiting=tuple(w for w in self.waiting if w.member_id in ids),
        )


async def read_facts(
    connection: AsyncConnection,
    programme: Programme,
    *,
    with_stages: bool = False,
    about: tuple[Collection[MemberId], Collection[GroupId]] | None = None,
) -> Facts:
    """Read how the groups of `programme` stand, or what is `about` these people and groups."""
    workspace_id = programme.workspace_id
    few = about is not None and sum(map(len, about)) <= MOST_IN_ONE_QUERY
    about = about if few else None
    ids = None if about is None else about[0]
    return Facts(
        roll=await read_roll(connection, programme, with_stages=with_stages, ids=ids),
        groups=tuple(await programmes.groups(connection, workspace_id, programme.id)),
        seats=tuple(await programmes.seats(connection, workspace_id, programme.id, of=about)),
        pairings=tuple(await seated.pairings(connection, workspace_id, programme.id, of=ids)),
        waiting=tuple(await seated.waitlist(connection, workspace_id, programme.id)),
    )


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

    def mentors_of(self, group_id: GroupId) -> tuple[MemberId, ...]:
        """Ids of the group's mentors who still take part."""
        seats = self._by_group.get(group_id, ())
        return tuple(s.member_id for s in seats if s.role in MENTORING)

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


def open_teams(situation: Situation) -> list[MentorTeam]:
    """List groups with a free seat and mentors without a group, each with the seats left."""
    capacity = {p.id: p.capacity for p in situation.applicants.people if p.code_accepted}
    most = situation.programme.template.mentees_per_group_max
    teams: list[MentorTeam] = []
    busy: set[str] = set()
    for group_id in situation.groups:
        mentors = situation.mentors_of(group_id)
        busy.update(mentors)
        if not mentors or not capacity.keys() >= set(mentors):
            continue
        seats = min(most, sum(capacity[m] for m in mentors)) - len(situation.mentees_of(group_id))
        if seats > 0:
            teams.append(MentorTeam(id=group_id, mentors=mentors, capacity=seats))
    free = [p for p in situation.applicants.people if p.roles & MENTORING and p.id not in busy]
    teams += [
        MentorTeam(id=p.id, mentors=(p.id,), capacity=min(most, p.capacity))
        for p in sorted(free, key=lambda p: p.id)
        if p.code_accepted and p.capacity > 0
    ]
    return teams


def seats_for(situation: Situation, waiting: Sequence[Waiting], *, weights: Weights) -> list[Match]:
    """Seat as many of `waiting` as possible; where seats lack, the longest wait first.

    A match's `team` names the group, or the mentor who has none yet.
    """
    teams = open_teams(situation)
    here = {p.id: p for p in situation.applicants.people if p.code_accepted}
    hopeful = [w.member_id for w in waiting if w.member_id in here]
    if not teams or not hopeful:
        return []
    everybody = _solved(situation, teams, hopeful, weights)
    chosen = list(hopeful)
    if len(everybody.matches) < len(hopeful):
        # Sets of mentees who can all be seated together form a matroid, so taking them one by
        # one in the order of their wait seats as many as any other order would.
        chosen = []
        for one in hopeful:
            if _solved(situation, teams, [*chosen, one], weights).most_seats > len(chosen):
                chosen.append(one)
        everybody = _solved(situation, teams, chosen, weights)
    by_mentors = {team.mentors: team.id for team in teams}
    return [replace(m, team=by_mentors[m.mentors]) for m in everybody.matches]


def _solved(
    situation: Situation, teams: list[MentorTeam], mentees: Sequence[str], weights: Weights
) -> Proposal:
    from bot.matching.rules import proposals  # loads OR-tools, which is heavy

    field, wanted = situation.applicants, set(mentees)
    return proposals.propose(
        [p for p in field.people if p.id in wanted or p.roles & MENTORING],
        weights,
        forbids=field.forbids,
        conflicts=field.conflicts,
        term=field.term,
        teams=teams,
    )


def heirs_of(
    situation: Situation, mentees: Sequence[str], *, weights: Weights
) -> tuple[MemberId, ...]:
    """Find the mentors without a group who suit all these mentees best, to keep them together."""
    here = {p.id for p in situation.applicants.people if p.code_accepted}
    staying = [m for m in mentees if m in here]
    free = [t for t in open_teams(situation) if t.id not in situation.groups]
    best: tuple[float, tuple[MemberId, ...]] = (float("-inf"), ())
    for team in free if staying else ():
        if (team.capacity or 0) < len(mentees):
            continue
        found = _solved(situation, [team], staying, weights)
        if len(found.matches) == len(staying) and found.total > best[0]:
            best = (found.total, tuple(map(MemberId, team.mentors)))
    return best[1]


def barred_pairings(situation: Situation) -> list[Pairing]:
    """Find the pairings that may not be, as the members and conflicts are now.

    Wishes given in confidence are left out: telling of them would give them away.
    """
    from bot.matching.rules import scoring  # loads numpy, which is heavy

    field = situation.applicants
    barred = scoring.bars(field.people, conflicts=field.conflicts, term=field.term)
    return [
        p
        for p in situation.pairings
        if barred.get((p.mentee_id, p.mentor_id), Bar.AVOIDED) is not Bar.AVOIDED
    ]
