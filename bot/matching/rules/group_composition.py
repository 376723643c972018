"""Propose groups as a programme wishes them: the best seats first, then the groups.

Nobody loses a seat for a rounder group; who sits where may change, at a price that is said.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bot.kernel.words import agree, listed
from bot.matching.model import (
    Composition,
    Conflict,
    GroupWishes,
    MentorTeam,
    Pair,
    Person,
    Proposal,
    Role,
    ScoreTable,
    Term,
    Weights,
)
from bot.matching.rules import scoring
from bot.matching.rules.candidates import candidates_for
from bot.matching.rules.group_solver import (
    GroupAssignment,
    Grouping,
    alone,
    better_of,
    candidates_of,
    compose_around,
    points_of,
)
from bot.matching.rules.proposals import propose
from bot.matching.rules.seats import judged_by

EFFORT = 1.0
"""Limit of each of the two searches, in the solver's deterministic units: some ten seconds."""
BATCH_EFFORT = 0.1
PAIRS_AT_ONCE = 1_000
"""Pairs of a mentee and a team up to which all groups are composed at once; beyond, in parts."""
PAIRS_PROVEN = 5_000
"""Pairs up to which what the parts came to is looked at as a whole, for a closer bound."""
MOST_PAIRS = 5_000_000
"""Beyond, groups are not composed: the best seats stay."""
TOO_MANY = (
    "With so many people the best seats are kept as they are; the groups that are not as the "
    "programme wishes are named here."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRequest:
    """The arguments of `propose`, kept to ask it again."""

    people: Sequence[Person]
    weights: Weights
    wishes: GroupWishes
    teams: Sequence[MentorTeam]
    forbids: Sequence[Pair] = ()
    conflicts: Sequence[Conflict] = ()
    term: Term | None = None
    scores: ScoreTable | None = None
    seed: int = 0

    def proposal(self, locks: Iterable[Pair]) -> Proposal:
        """Find the best seats around `locks`."""
        return propose(
            self.people,
            self.weights,
            locks=locks,
            forbids=self.forbids,
            conflicts=self.conflicts,
            term=self.term,
            teams=self.teams,
            scores=self.scores,
            largest=self.wishes.max_size,
            seed=self.seed,
        )


def propose_groups(
    asked: ProposalRequest, *, locks: Sequence[Pair] = (), effort: float = EFFORT
) -> Proposal:
    """Give the best seats, moved as little in points as the wishes about groups allow.

    Sizes never go beyond a team's seats. Where the smallest size or company cannot be had for
    all, as few as possible go without. Raises ContradictionError as `propose` does.
    """
    asked = replace(asked, teams=_with_seats(asked))
    first = asked.proposal(locks)
    seats = seats_of(first, asked.teams)
    grouping = grouping_of(asked, seats)
    if grouping is None:
        return replace(first, notes=(TOO_MANY, *first.notes))
    loose = _loose_bound(asked, first, grouping)
    kept = _measured(grouping, seats, bound=loose)
    if asked.wishes.stages == "any" and not kept.exceptions:
        net = round(first.total - first.balance_penalty, 6)
        kept = replace(kept, value=net, upper_bound=first.upper_bound)
        return replace(first, composition=kept)
    fixed = {mentee: seats[mentee] for mentee, _ in locks if mentee in seats}
    found = _composed(grouping, seats, fixed, seed=asked.seed, effort=effort, bound=loose)
    if found is None:
        return replace(first, composition=kept)
    few = grouping.few_seats(found.seats)
    found = replace(found, composition=replace(found.composition, few_seats=few))
    return _moved(asked, first, found, fixed)


def remeasured(asked: ProposalRequest, found: Proposal, earlier: Proposal) -> Proposal:
    """Measure the groups of `found` anew; what was proven for `earlier` holds where it can."""
    asked = replace(asked, teams=_with_seats(asked))
    seats = seats_of(found, asked.teams)
    grouping, before = grouping_of(asked, seats), earlier.composition
    if grouping is None or before is None:
        return replace(found, composition=None)
    now = _measured(grouping, seats, bound=_loose_bound(asked, earlier, grouping))
    if seats.keys() == {m.mentee for m in earlier.matches}:
        fewest = min(now.exceptions, before.fewest_exceptions)
        now = replace(now, fewest_exceptions=fewest)
        if now.exceptions <= before.exceptions:
            bound = min(now.upper_bound, before.upper_bound)
            now = replace(now, upper_bound=max(now.value, bound))
    return replace(found, composition=now)


def _measured(grouping: Grouping, seats: Mapping[str, str], *, bound: float) -> Composition:
    """Measure these groups against the wishes, with nothing proven but `bound`."""
    value = grouping.value(seats)
    return Composition(
        exceptions=grouping.exceptions(seats).total(),
        fewest_exceptions=0,
        value=value,
        upper_bound=max(value, bound),
        few_seats=grouping.few_seats(seats),
    )


def off_wishes(
    found: Proposal, people: Iterable[Person], wishes: GroupWishes, name: Callable[[str], str]
) -> tuple[str, ...]:
    """Note each group that is too small, and who is alone of their site or department in one."""
    seats = {m.mentee: m.mentor for m in found.matches}
    sizes = Counter(m.mentors for m in found.matches)
    lonely = alone(candidates_of(people, seats, wishes.company), seats)
    small = (
        f"{listed([*map(name, mentors)])}: {size} of the {wishes.min_size} mentees that the "
        "programme wants in a group at least."
        for mentors, size in sorted(sizes.items())
        if size < wishes.min_size
    )
    return (
        *small,
        *(
            f"{name(who)} is the only one of their {attribute} in the group of {name(seats[who])}."
            for who, attribute in lonely
        ),
    )


def seats_of(found: Proposal, teams: Sequence[MentorTeam]) -> dict[str, str]:
    """Give the team of everybody who has a seat."""
    team = {t.mentors: t.id for t in teams}
    return {m.mentee: team[m.mentors] for m in found.matches}


def grouping_of(asked: ProposalRequest, seats: Mapping[str, str]) -> Grouping | None:
    """Give the question of groups for who has a seat; None where they are too many to ask it."""
    mentees = [p for p in scoring.mentees_of(asked.people) if p.id in seats]
    mentors = [m for m in scoring.mentors_of(asked.people) if m.code_accepted]
    open_ids = {m.id for m in mentors}
    teams = [t for t in asked.teams if set(t.mentors) <= open_ids]
    if len(mentees) * len(teams) > MOST_PAIRS:
        return None
    barred = scoring.bars(
        asked.people, conflicts=asked.conflicts, forbids=asked.forbids, term=asked.term
    )
    apart = scoring.kept_apart(asked.people, conflicts=asked.conflicts, term=asked.term)
    found = candidates_for(
        mentees, mentors, teams, barred=barred, weights=asked.weights, scores=asked.scores
    )
    candidates = candidates_of(asked.people, seats, asked.wishes.company)
    return Grouping(
        candidates=candidates,
        capacities={t.id: t.capacity or 0 for t in teams},
        points=points_of(found, candidates),
        wishes=asked.wishes,
        apart=tuple(sorted(pair for pair in apart if seats.keys() >= set(pair))),
    )


def _composed(
    grouping: Grouping,
    seats: Mapping[str, str],
    fixed: Mapping[str, str],
    *,
    seed: int,
    effort: float,
    bound: float,
) -> GroupAssignment | None:
    """Compose groups as they are wished; where they are many, in batches, which prove nothing."""
    pairs = grouping.points.size
    in_batches = None
    if pairs > PAIRS_AT_ONCE:
        batches = GroupBatches(grouping, dict(seats), fixed)
        batches.improve(seed=seed, effort=min(effort, BATCH_EFFORT))
        seats = batches.seats
        in_batches = GroupAssignment(
            seats=seats, composition=_measured(grouping, seats, bound=bound)
        )
    if pairs > PAIRS_PROVEN:
        return in_batches
    whole = compose_around(
        seats,
        grouping.candidates,
        grouping.capacities,
        grouping.wishes,
        scores=grouping.scores(range(len(grouping.candidates)), range(len(grouping.capacities))),
        locks=fixed,
        apart=grouping.apart,
        exceptions_now=grouping.exceptions(seats).total(),
        seed=seed,
        effort=effort,
    )
    return better_of(in_batches, whole)


def _loose_bound(asked: ProposalRequest, first: Proposal, grouping: Grouping) -> float:
    """Bound the points of any groups: the best seats, all that stages add and uneven loads cost."""
    uneven = 0.0 if asked.scores is not None else asked.weights.load_balance * len(first.matches)
    return round(first.upper_bound + uneven + grouping.most_stage_points(), 6)


def _with_seats(asked: ProposalRequest) -> list[MentorTeam]:
    """Give the teams, none with more seats than the largest size."""
    seats = {m.id: max(0, m.capacity) for m in scoring.mentors_of(asked.people)}
    found = []
    for team in asked.teams:
        own = sum(seats.get(m, 0) for m in team.mentors)
        capacity = own if team.capacity is None else team.capacity
        found.append(replace(team, capacity=min(asked.wishes.max_size, capacity)))
    return found


def _moved(
    asked: ProposalRequest, first: Proposal, found: GroupAssignment, fixed: Mapping[str, str]
) -> Proposal:
    """Give the proposal with everybody in the group found for them, and what that cost."""
    teams = {t.id: t for t in asked.teams}
    people = [p if p.id in found.seats else _no_mentee(p) for p in asked.people]
    pinned = [(who, teams[group].mentors[0]) for who, group in found.seats.items()]
    again = replace(asked, people=people).proposal(pinned)
    matches = tuple(replace(m, locked=m.mentee in fixed) for m in again.matches)
    changed = judged_by(
        first, replace(again, matches=matches, unseated=first.unseated, advice=first.advice)
    )
    said = [*_price(asked, round(first.total - changed.total, 3)), *first.notes]
    met = {m.mentors for m in first.matches} - {m.mentors for m in changed.matches}
    if met:
        said.insert(0, _without_mentees(sorted({one for team in met for one in team}), asked))
    return replace(changed, notes=tuple(said), composition=found.composition)


def _no_mentee(person: Person) -> Person:
    return replace(person, roles=person.roles - {Role.MENTEE})


def _without_mentees(mentors: Sequence[str], asked: ProposalRequest) -> str:
    have, least = agree(len(mentors), "has", "have"), asked.wishes.min_size
    return f"{listed(mentors)} {have} no mentees this time: a group needs at least {least}."


def _price(asked: ProposalRequest, price: float) -> list[str]:
    if price <= 0.05:
        return []
    parts = ["sizes"]
    parts += ["company"] if asked.wishes.company else []
    parts += ["stages"] if asked.wishes.stages != "any" else []
    return [f"The programme's wishes about {listed(parts)} cost {price:,.1f} points."]


GROUPS_AT_ONCE = 8
PAIRS_OF_A_BATCH = 500
"""Pairs of a mentee and a group in one batch; more take longer than they are worth."""
MOST_BATCHES = 250
_LOOKS = 3
"""How often a group is looked at with ever farther neighbours before it is left as it is."""


@dataclass(slots=True)
class GroupBatches:
    """The groups as they are so far, and how often each was looked at in vain."""

    grouping: Grouping
    seats: dict[str, str]
    locks: Mapping[str, str]
    vain: Counter[str] = field(default_factory=Counter)

    def improve(self, *, seed: int, effort: float) -> None:
        """Solve batch after batch until none is left that could help, or MOST_BATCHES were."""
        for _ in range(MOST_BATCHES):
            group = self._next()
            if group is None:
                return
            batch = self._around(group)
            if self._solve(batch, seed=seed, effort=effort):
                for one in batch:
                    del self.vain[one]
            else:
                self.vain[group] += 1

    def _next(self) -> str | None:
        """Choose the group with the most exceptions that is worth a look; for stages, any."""
        exceptions = self.grouping.exceptions(self.seats)
        open_ones = set(exceptions)
        if self.grouping.wishes.stages != "any":
            open_ones |= set(self.seats.values())
        worth = [
            g
            for g in self.grouping.groups
            if g in open_ones and self.vain[g] < (_LOOKS if exceptions[g] else 1)
        ]
        return min(worth, key=lambda g: (self.vain[g], -exceptions[g]), default=None)

    def _solve(self, batch: list[str], *, seed: int, effort: float) -> bool:
        """Compose the batch anew; True where that made it better."""
        grouping, column = self.grouping, {g: k for k, g in enumerate(self.grouping.groups)}
        own = {who: group for who, group in self.seats.items() if group in batch}
        rows = [k for k, c in enumerate(grouping.candidates) if c.id in own]
        before = grouping.exceptions(own).total(), -grouping.value(own)
        found = compose_around(
            own,
            [grouping.candidates[k] for k in rows],
            {group: grouping.capacities[group] for group in batch},
            grouping.wishes,
            scores=grouping.scores(rows, [column[group] for group in batch]),
            locks={who: group for who, group in self.locks.items() if who in own},
            apart=grouping.apart,
            exceptions_now=before[0],
            seed=seed,
            effort=effort,
        )
        if found is None or _order(found) >= before:
            return False
        self.seats |= found.seats
        return True

    def _around(self, group: str) -> list[str]:
        """Join `group` with those that take its people, or give it theirs, at the least cost."""
        sizes = Counter(self.seats.values())
        batch, people = [group], sizes[group]
        skipped = self.vain[group] * GROUPS_AT_ONCE // 2
        for seen, other in enumerate(self._nearest(group)):
            if seen < skipped or other in batch:
                continue
            if len(batch) == GROUPS_AT_ONCE:
                break
            if (people + sizes[other]) * (len(batch) + 1) > PAIRS_OF_A_BATCH:
                continue
            batch.append(other)
            people += sizes[other]
        return batch

    def _nearest(self, group: str) -> Iterator[str]:
        """Takers and givers of the group in turn, the cheapest first."""
        points, groups = self.grouping.points, self.grouping.groups
        here = groups.index(group)
        column = {one: g for g, one in enumerate(groups)}
        at = np.array([column[self.seats[c.id]] for c in self.grouping.candidates])
        own = np.nan_to_num(points[np.arange(len(at)), at], neginf=0.0)
        sizes = np.bincount(at, minlength=len(groups))
        room = sizes < np.array([self.grouping.capacities[g] for g in groups])
        takes = (own[at == here, None] - points[at == here]).min(axis=0, initial=np.inf)
        takes[~room] = np.inf
        gives = np.full(len(groups), np.inf)
        np.minimum.at(gives, at, own - points[:, here])
        orders = [(cost, np.argsort(cost, kind="stable")) for cost in (takes, gives)]
        for rank in range(len(groups)):
            for cost, order in orders:
                if np.isfinite(cost[order[rank]]):
                    yield groups[order[rank]]


def _order(found: GroupAssignment) -> tuple[int, float]:
    return found.composition.exceptions, -found.composition.value
