"""Proposals whose groups are as a programme wishes them: the best seats first, then the groups.

Nobody loses a seat for a rounder group; who sits where may change, at a price that is said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.pairing.model import (
    Bar,
    Composition,
    Conflict,
    GroupWishes,
    MentorTeam,
    Person,
    Proposal,
    Term,
    Weights,
)
from bot.pairing.rules import scoring
from bot.pairing.rules.candidates import from_roster
from bot.pairing.rules.groups import Candidate, compose_around, kinds_of
from bot.pairing.rules.judging import judged_by
from bot.pairing.rules.proposals import propose

EFFORT = 1.0
"""Limit of each of the two searches, in the solver's deterministic units: some ten seconds."""
MOST_PAIRS = 5_000
"""Pairs of a mentee and a team up to which groups are composed; beyond, a search of this length
costs more points than rounder groups are worth."""
TOO_MANY = (
    "With so many people the best seats are kept as they are; the groups that are not as the "
    "programme wishes are named here."
)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `propose` is asked with, kept to ask it again."""

    people: Sequence[Person]
    weights: Weights
    wishes: GroupWishes
    teams: Sequence[MentorTeam]
    forbids: Sequence[Pair]
    conflicts: Sequence[Conflict]
    term: Term | None
    seed: int

    def proposal(self, locks: Iterable[Pair]) -> Proposal:
        """The best seats around `locks`."""
        return propose(
            self.people,
            self.weights,
            locks=locks,
            forbids=self.forbids,
            conflicts=self.conflicts,
            term=self.term,
            teams=self.teams,
            seed=self.seed,
        )


def propose_groups(
    asked: Asked, *, locks: Sequence[Pair] = (), effort: float = EFFORT
) -> tuple[Proposal, Composition]:
    """The best seats, moved as little in points as the wishes about groups allow.

    Sizes never go beyond a team's places. Where the smallest size or company cannot be had for
    all, as few as possible go without. Raises ContradictionError as `propose` does.
    """
    asked = replace(asked, teams=_with_places(asked))
    first = asked.proposal(locks)
    seats = {m.mentee: _team_of(asked.teams, m.mentors).id for m in first.matches}
    field = _Field.of(asked, seats)
    kept = Composition(
        groups=_by_group(seats),
        value=first.total,
        upper_bound=first.upper_bound,
        gap=first.gap,
        proven=first.gap == 0,
    )
    if asked.wishes.stages == "any" and not faults(seats, field.rooms, asked):
        return first, kept
    if len(field.scores) > MOST_PAIRS:
        return replace(first, notes=(TOO_MANY, *first.notes)), replace(kept, proven=False)
    fixed = {mentee: seats[mentee] for mentee, _ in locks if mentee in seats}
    found = compose_around(
        seats,
        field.candidates,
        field.rooms,
        asked.wishes,
        scores=field.scores,
        locks=fixed,
        seed=asked.seed,
        effort=effort,
    )
    if found is None:
        return first, replace(kept, gap=kept.gap + _most_stage_points(asked), proven=False)
    return _moved(asked, first, found, fixed), found


def faults(seats: Mapping[str, str], rooms: Mapping[str, int], asked: Asked) -> int:
    """People lacking to the smallest size, and kinds with one person in a group."""
    sizes = Counter(seats.values())
    lacking = sum(max(0, min(asked.wishes.min_size, rooms[g]) - n) for g, n in sizes.items())
    return lacking + len(alone(seats, asked.people, asked.wishes.company))


def alone(
    seats: Mapping[str, str], people: Iterable[Person], company: Sequence[str]
) -> list[tuple[str, str]]:
    """Who is the only one of their kind in a group, with the attribute that says so."""
    candidates = _candidates(people, seats)
    found = []
    for attribute in company:
        for members in kinds_of(candidates, (attribute,)):
            here = Counter(seats[candidates[k].id] for k in members)
            found += [
                (candidates[k].id, attribute) for k in members if here[seats[candidates[k].id]] == 1
            ]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """The mentees who have a seat, the places of each team, and the points of each pair."""

    candidates: tuple[Candidate, ...]
    rooms: Mapping[str, int]
    scores: Mapping[Pair, float]

    @classmethod
    def of(cls, asked: Asked, seats: Mapping[str, str]) -> "_Field":
        mentees = [p for p in scoring.mentees_of(asked.people) if p.id in seats]
        mentors = [m for m in scoring.mentors_of(asked.people) if scoring.may_be_matched(m)]
        open_ids = {m.id for m in mentors}
        teams = [t for t in asked.teams if set(t.mentors) <= open_ids]
        barred = scoring.bars(
            mentees, mentors, conflicts=asked.conflicts, forbids=asked.forbids, term=asked.term
        )
        scores = _scores(mentees, mentors, teams, barred, asked.weights)
        return cls(
            candidates=_candidates(asked.people, seats),
            rooms={t.id: t.capacity or 0 for t in teams},
            scores=scores,
        )


def _with_places(asked: Asked) -> list[MentorTeam]:
    """The teams, none with more places than the largest size."""
    places = {m.id: max(0, m.capacity) for m in scoring.mentors_of(asked.people)}
    found = []
    for team in asked.teams:
        own = sum(places.get(m, 0) for m in team.mentors)
        capacity = own if team.capacity is None else team.capacity
        found.append(replace(team, capacity=min(asked.wishes.max_size, capacity)))
    return found


def _scores(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    teams: Sequence[MentorTeam],
    barred: Mapping[Pair, Bar],
    weights: Weights,
) -> dict[Pair, float]:
    """Points of every pair of a mentee and a team that may be."""
    found = from_roster(mentees, mentors, teams, barred=barred, weights=weights)
    return {
        (mentees[m].id, teams[g].id): float(score)
        for m, g, score in zip(found.mentee_at, found.team_at, found.score, strict=True)
    }


def _candidates(people: Iterable[Person], seats: Mapping[str, str]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(id=p.id, stage=p.stage, kinds={"site": p.site, "department": p.department})
        for p in sorted(people, key=lambda p: p.id)
        if p.id in seats
    )


def _team_of(teams: Sequence[MentorTeam], mentors: Sequence[str]) -> MentorTeam:
    return next(t for t in teams if t.mentors == tuple(mentors))


def _by_group(seats: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for mentee, group in sorted(seats.items()):
        groups.setdefault(group, []).append(mentee)
    return {group: tuple(members) for group, members in groups.items()}


def _most_stage_points(asked: Asked) -> float:
    """What stages can add at most to a composition's value."""
    if asked.wishes.stages != "mixed":
        return 0.0
    levels = len({p.stage for p in asked.people if p.stage is not None})
    return asked.wishes.stage_weight * levels * len(asked.teams)


def _moved(asked: Asked, first: Proposal, found: Composition, fixed: Mapping[str, str]) -> Proposal:
    """The proposal with everybody in the group found for them, and what that cost."""
    teams = {t.id: t for t in asked.teams}
    pinned = [(who, teams[g].mentors[0]) for g, group in found.groups.items() for who in group]
    again = asked.proposal(pinned)
    matches = tuple(replace(m, locked=m.mentee in fixed) for m in again.matches)
    changed = judged_by(
        first,
        replace(again, matches=matches, unseated=first.unseated, advice=first.advice),
    )
    said = [_price(asked, round(first.total - changed.total, 3), found), *first.notes]
    met = {m.mentors for m in first.matches} - {m.mentors for m in changed.matches}
    if met:
        names = ", ".join(" and ".join(mentors) for mentors in sorted(met))
        said.insert(1, f"So that groups are large enough, these have none: {names}.")
    return replace(changed, notes=tuple(said))


def _price(asked: Asked, price: float, found: Composition) -> str:
    parts = ["sizes"]
    parts += ["company"] if asked.wishes.company else []
    parts += ["stages"] if asked.wishes.stages != "any" else []
    wishes = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    cost = f"cost {price:,.1f} points" if price > 0.05 else "cost no points"
    sure = (
        "it is proven that no groups fit them better."
        if found.proven
        else "it is not proven that no groups fit them better: with as many exceptions at most "
        f"{found.gap:,.1f} more points are possible."
    )
    return f"The programme's wishes about {wishes} {cost}; {sure}"
