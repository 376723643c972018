"""Seats for those who wait, found by the engine while everybody else stays where they are."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.kernel.ids import GroupId
from bot.matching.model import Bar, Match, MentorTeam, Proposal, Weights
from bot.matching.participants import MENTORING, Applicants
from bot.matching.records import Pairing, Waiting
from bot.programme.model import Group, Programme, Seat
from bot.stages.model import Framework


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a programme's groups stand at one moment."""

    programme: Programme
    field: Applicants
    groups: Mapping[GroupId, Group]
    seats: Sequence[Seat]
    pairings: Sequence[Pairing]
    waiting: Sequence[Waiting]
    framework: Framework | None = None

    def mentors_of(self, group_id: GroupId) -> tuple[str, ...]:
        """Ids of the group's mentors who still take part."""
        return tuple(
            s.member_id
            for s in self.seats
            if s.group_id == group_id and s.role in MENTORING and s.member_id in self.field.members
        )

    def mentees_of(self, group_id: GroupId) -> tuple[str, ...]:
        """Ids of the group's mentees who still take part."""
        return tuple(
            s.member_id
            for s in self.seats
            if s.group_id == group_id
            and s.role not in MENTORING
            and s.member_id in self.field.members
        )


def open_teams(standing: Standing) -> list[MentorTeam]:
    """Groups with a free place and mentors without a group, each with the places left."""
    capacity = {p.id: p.capacity for p in standing.field.people if p.code_accepted}
    most = standing.programme.template.mentees_per_group_max
    teams: list[MentorTeam] = []
    busy: set[str] = set()
    for group_id in standing.groups:
        mentors = standing.mentors_of(group_id)
        busy.update(mentors)
        if not mentors or not capacity.keys() >= set(mentors):
            continue
        places = min(most, sum(capacity[m] for m in mentors)) - len(standing.mentees_of(group_id))
        if places > 0:
            teams.append(MentorTeam(id=group_id, mentors=mentors, capacity=places))
    free = [p for p in standing.field.people if p.roles & set(MENTORING) and p.id not in busy]
    teams += [
        MentorTeam(id=p.id, mentors=(p.id,), capacity=min(most, p.capacity))
        for p in sorted(free, key=lambda p: p.id)
        if p.code_accepted and p.capacity > 0
    ]
    return teams


async def seats_for(
    standing: Standing, waiting: Sequence[Waiting], *, weights: Weights
) -> list[Match]:
    """Seats for as many of `waiting` as possible; where places lack, the longest wait first.

    Nobody who has a seat is moved. The result's `team` names the group, or the mentor who has
    none yet.
    """
    teams = open_teams(standing)
    here = {p.id: p for p in standing.field.people if p.code_accepted}
    hopeful = [w.member_id for w in waiting if w.member_id in here]
    if not teams or not hopeful:
        return []
    return await asyncio.to_thread(_seated, standing, teams, hopeful, weights)


def _seated(
    standing: Standing, teams: list[MentorTeam], hopeful: Sequence[str], weights: Weights
) -> list[Match]:
    everybody = _solved(standing, teams, hopeful, weights)
    chosen = list(hopeful)
    if len(everybody.matches) < len(hopeful):
        # Sets of mentees who can all be seated together form a matroid, so taking them one by
        # one in the order of their wait seats as many as any other order would.
        chosen = []
        for one in hopeful:
            if _solved(standing, teams, [*chosen, one], weights).most_seats > len(chosen):
                chosen.append(one)
        everybody = _solved(standing, teams, chosen, weights)
    by_mentors = {team.mentors: team.id for team in teams}
    return [
        Match(
            mentee=m.mentee,
            mentors=m.mentors,
            score=m.score,
            reason=m.reason,
            parts=m.parts,
            team=by_mentors[m.mentors],
        )
        for m in everybody.matches
    ]


def _solved(
    standing: Standing, teams: list[MentorTeam], mentees: Sequence[str], weights: Weights
) -> Proposal:
    from bot.matching.rules import proposals  # loads OR-tools, which is heavy

    field, wanted = standing.field, set(mentees)
    return proposals.propose(
        [p for p in field.people if p.id in wanted or p.roles & set(MENTORING)],
        weights,
        forbids=field.forbids,
        conflicts=field.conflicts,
        term=field.term,
        teams=teams,
    )


async def heirs_of(
    standing: Standing, mentees: Sequence[str], *, weights: Weights
) -> tuple[str, ...]:
    """The mentors without a group who suit all these mentees best; empty where none can.

    So a group whose mentor left stays together.
    """
    here = {p.id for p in standing.field.people if p.code_accepted}
    staying = [m for m in mentees if m in here]
    free = [t for t in open_teams(standing) if t.id not in standing.groups]
    best: tuple[float, tuple[str, ...]] = (float("-inf"), ())
    for team in free if staying else ():
        if (team.capacity or 0) < len(mentees):
            continue
        found = await asyncio.to_thread(_solved, standing, [team], staying, weights)
        if len(found.matches) == len(staying) and found.total > best[0]:
            best = (found.total, team.mentors)
    return best[1]


def barred_pairings(standing: Standing) -> list[Pairing]:
    """The pairings that may not be, as the members and conflicts are now.

    Wishes given in confidence are left out: telling of them would give them away.
    """
    from bot.matching.rules import scoring  # loads numpy, which is heavy

    field = standing.field
    barred = scoring.bars(
        scoring.mentees_of(field.people),
        scoring.mentors_of(field.people),
        conflicts=field.conflicts,
        term=field.term,
    )
    return [
        p
        for p in standing.pairings
        if barred.get((p.mentee_id, p.mentor_id), Bar.AVOIDED) is not Bar.AVOIDED
    ]
