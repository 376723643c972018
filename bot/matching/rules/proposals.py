"""Make the proposal: the seats, with the reasons and the proof. People decide."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.kernel.arrays import Numbers, Points, shuffled_by
from bot.kernel.words import listed, plural
from bot.matching.model import (
    Bar,
    Conflict,
    ContradictionError,
    MentorTeam,
    Pair,
    Person,
    Proposal,
    ScoreTable,
    Term,
    Weights,
)
from bot.matching.rules import advice, reasons, scoring
from bot.matching.rules.candidates import Candidates, candidates_for
from bot.matching.rules.seat_solver import seated_apart
from bot.matching.rules.seats import Seating, SeatSteps, flat_seats, scale_for, value_of

SMALLEST_GAP = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SolvedSeating:
    """A solved seating: the edges chosen, and value and bound as whole numbers times `scale`."""

    edges: Numbers
    value: int
    bound: int
    most_seats: int
    scale: float
    exact: bool


def propose(
    people: Sequence[Person],
    weights: Weights,
    *,
    locks: Iterable[Pair] = (),
    forbids: Iterable[Pair] = (),
    conflicts: Iterable[Conflict] = (),
    term: Term | None = None,
    teams: Sequence[MentorTeam] | None = None,
    scores: ScoreTable | None = None,
    largest: int | None = None,
    seed: int = 0,
) -> Proposal:
    """Give the most mentees seated, then the highest total, then the worst-off raised.

    `locks` and `forbids` are pairs (mentee id, mentor id); a lock takes a seat of its mentor.
    With `scores` the weights are not used and a pair without a score is forbidden. `largest`, the
    programme's largest group, is named where it binds; the teams keep to it already. The same
    people and seed give the same proposal, in whatever order they come.
    Raises ContradictionError when locks, exclusions and capacities cannot hold together.
    """
    locks, forbids, conflicts = sorted(set(locks)), sorted(set(forbids)), tuple(conflicts)
    mentees, mentors = _in_seed_order(people, seed)
    teams = _open_teams(mentors, teams, scores is not None)
    barred = scoring.bars(people, conflicts=conflicts, forbids=forbids, term=term)
    apart = scoring.kept_apart(people, conflicts=conflicts, term=term)
    locked = _checked_locks(locks, mentees, teams, barred)
    _check_locked_groups(locked, teams, apart)
    taken = {mentee for mentee, _ in locks}
    pool = [m for m in mentees if m.id not in taken and m.code_accepted]
    open_mentors = [m for m in mentors if m.code_accepted]
    found = candidates_for(pool, open_mentors, teams, barred=barred, weights=weights, scores=scores)
    counts = _seat_counts(teams, mentors, locked, len(mentees))
    balance = weights.load_balance if scores is None else 0.0
    outcome = _solve(found, counts, balance, apart=apart, locked=locked, seed=seed)
    case = reasons.Case(
        mentees=tuple(mentees),
        mentors=tuple(mentors),
        teams=tuple(teams),
        barred=reasons.by_mentee(barred),
        weights=weights,
        scores=scores,
        capacity=counts.capacity,
        own=counts.own,
        largest=largest,
    )
    return _assembled(
        case, found, outcome, locked=locked, counts=counts, seed=seed, balance=balance, apart=apart
    )


@dataclass(frozen=True, slots=True, eq=False)
class _SeatCounts:
    """For each team: its seats, its mentors' own, those locks take, and mentees from before."""

    capacity: Numbers
    own: Numbers
    locked: Numbers
    load: Numbers


def _in_seed_order(people: Sequence[Person], seed: int) -> tuple[list[Person], list[Person]]:
    ids = [p.id for p in people]
    if len(set(ids)) < len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1}) if len(ids) < 10_000 else []
        raise ContradictionError((f"Somebody is listed twice: {', '.join(twice) or 'see ids'}.",))
    ordered = [people[at] for at in shuffled_by(seed, ids)]
    return scoring.mentees_of(ordered), scoring.mentors_of(ordered)


def _open_teams(
    mentors: Sequence[Person], teams: Sequence[MentorTeam] | None, scored: bool
) -> list[MentorTeam]:
    """Give the teams whose mentors may all be matched; each mentor alone where none are given."""
    allowed = {m.id for m in mentors if m.code_accepted}
    if teams is None:
        return [MentorTeam(id=m.id, mentors=(m.id,)) for m in mentors if m.id in allowed]
    known = {m.id for m in mentors}
    strangers = [(t.id, m) for t in teams for m in t.mentors if m not in known]
    wrong = [f"{team} names {mentor}, who is no mentor." for team, mentor in strangers]
    wrong += [f"{t.id} has no mentor." for t in teams if not t.mentors]
    if scored and any(len(t.mentors) > 1 for t in teams):
        wrong.append("Scores from outside go with single mentors, not with teams.")
    if wrong:
        raise ContradictionError(tuple(wrong))
    return [t for t in teams if set(t.mentors) <= allowed]


def _checked_locks(
    locks: Sequence[Pair],
    mentees: Sequence[Person],
    teams: Sequence[MentorTeam],
    barred: dict[Pair, Bar],
) -> list[tuple[str, int]]:
    """Read locks as (mentee id, team position); raises where one cannot hold."""
    known = {m.id: m for m in mentees}
    team_of = {mentor: at for at, team in enumerate(teams) for mentor in team.mentors}
    wrong: list[str] = []
    locked: list[tuple[str, int]] = []
    seen: set[str] = set()
    for mentee, mentor in locks:
        if mentee not in known:
            wrong.append(f"{mentee} is locked to {mentor} but is no mentee.")
        elif mentor not in team_of:
            wrong.append(f"{mentee} is locked to {mentor}, who is no mentor open for matching.")
        elif not known[mentee].code_accepted:
            wrong.append(f"{mentee} is locked but has not accepted the code of conduct.")
        elif any((mentee, m) in barred for m in teams[team_of[mentor]].mentors):
            wrong.append(f"{mentee} and {mentor} are locked together but may never be matched.")
        elif mentee in seen:
            wrong.append(f"{mentee} is locked to more than one mentor.")
        else:
            seen.add(mentee)
            locked.append((mentee, team_of[mentor]))
    if wrong:
        raise ContradictionError(tuple(wrong))
    return locked


def _check_locked_groups(
    locked: Sequence[tuple[str, int]], teams: Sequence[MentorTeam], apart: Collection[Pair]
) -> None:
    """Raise where locks seat two together who must be kept apart; it does not say which two."""
    groups: dict[int, list[str]] = {}
    for mentee, at in locked if apart else ():
        groups.setdefault(at, []).append(mentee)
    wrong = [
        f"Not all mentees who are locked to {listed(teams[at].mentors)} may sit in one group."
        for at, group in groups.items()
        if not scoring.sit_apart(group, apart)
    ]
    if wrong:
        raise ContradictionError(tuple(wrong))


def _closed_by(
    apart: Iterable[Pair], seats: Iterable[tuple[str, int]]
) -> dict[str, frozenset[int]]:
    """Give the teams in which somebody sits from whom a mentee must be kept apart."""
    team, found = dict(seats), dict[str, frozenset[int]]()
    for pair in apart:
        for one, other in (pair, pair[::-1]):
            if other in team:
                found[one] = found.get(one, frozenset()) | {team[other]}
    return found


def _seat_counts(
    teams: Sequence[MentorTeam],
    mentors: Sequence[Person],
    locked: Sequence[tuple[str, int]],
    mentees: int,
) -> _SeatCounts:
    """Count seats; raise where locks ask for more than a team has."""
    by_id = {m.id: m for m in mentors}
    taken = np.bincount([at for _, at in locked], minlength=len(teams)).astype(np.int64)
    capacity, own, load = np.zeros((3, len(teams)), dtype=np.int64)
    wrong = []
    for at, team in enumerate(teams):
        own[at] = sum(max(0, by_id[m].capacity) for m in team.mentors)
        capacity[at] = min(own[at] if team.capacity is None else team.capacity, mentees)
        load[at] = sum(by_id[m].load for m in team.mentors)
        if taken[at] > capacity[at]:
            seats = plural(int(capacity[at]), "seat")
            wrong.append(f"{taken[at]} mentees are locked to {team.id}, who has {seats}.")
    if wrong:
        raise ContradictionError(tuple(wrong))
    return _SeatCounts(capacity, own, taken, load)


def _solve(
    found: Candidates,
    counts: _SeatCounts,
    balance: float,
    *,
    apart: Collection[Pair],
    locked: Sequence[tuple[str, int]],
    seed: int,
) -> SolvedSeating:
    """Solve seats, prices and fairness in whole numbers."""
    nodes = len(found.mentees) + len(found.teams)
    scale, exact = scale_for(found.score, nodes)
    if balance:
        scale = max(scale, 1000.0)
    worth = np.rint(found.score * scale).astype(np.int64)
    free = counts.capacity - counts.locked
    places = _balanced(counts, balance, scale) if balance else flat_seats(free)
    row = {m.id: at for at, m in enumerate(found.mentees)} if apart else {}
    closed = [
        row[mentee] * len(found.teams) + team
        for mentee, teams in _closed_by(apart, locked).items()
        if mentee in row
        for team in teams
    ]
    edges = np.flatnonzero(~np.isin(found.mentee_at * len(found.teams) + found.team_at, closed))
    problem = Seating(
        len(found.mentees),
        len(found.teams),
        found.mentee_at[edges],
        found.team_at[edges],
        worth[edges],
        places,
    )
    pairs = sorted((row[a], row[b]) for a, b in apart if a in row and b in row)
    done = seated_apart(
        problem,
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        load=counts.load + counts.locked,
        seed=seed,
    )
    return SolvedSeating(
        edges[done.chosen], value_of(problem, done.chosen), done.bound, done.most, scale, exact
    )


def _balanced(counts: _SeatCounts, balance: float, scale: float) -> SeatSteps:
    """Price seats one by one: each costs more, the fuller its mentor already is."""
    free = counts.capacity - counts.locked
    mentor = np.repeat(np.arange(len(free)), free)
    nth = np.arange(len(mentor)) - np.searchsorted(mentor, mentor, side="left")
    cost = _fullness(counts, mentor, nth + counts.locked[mentor], balance)
    whole = np.rint(cost * scale).astype(np.int64)
    order = np.lexsort((whole, mentor))
    return SeatSteps(mentor[order], np.ones(len(mentor), dtype=np.int64), whole[order])


def _fullness(counts: _SeatCounts, team: Numbers, nth: Numbers, balance: float) -> Points:
    """Price the seat number `nth`, from 0, of each team in points lost."""
    load = counts.load[team]
    share = (load + nth) / np.maximum(1, load + counts.capacity[team])
    lost: Points = np.round(balance * share, 3)
    return lost


def _assembled(
    case: reasons.Case,
    found: Candidates,
    outcome: SolvedSeating,
    *,
    locked: Sequence[tuple[str, int]],
    counts: _SeatCounts,
    seed: int,
    balance: float,
    apart: Collection[Pair],
) -> Proposal:
    matches = reasons.matches(case, found, outcome.edges, locked)
    seated = {m.mentee for m in matches}
    taken = np.bincount(found.team_at[outcome.edges], minlength=len(counts.locked))
    empty = counts.capacity - counts.locked - taken
    team_of = {t.mentors: at for at, t in enumerate(case.teams)}
    closed = _closed_by(apart, [(m.mentee, team_of[m.mentors]) for m in matches])
    unseated, advised = advice.unseated(case, found, seated, free=empty, closed=closed)
    load = np.repeat(np.arange(len(counts.locked)), counts.locked)
    nth = np.arange(len(load)) - np.searchsorted(load, load, side="left")
    lost = float(_fullness(counts, load, nth, balance).sum()) if balance else 0.0
    total = round(math.fsum(m.score for m in matches), 9)
    free = math.fsum(m.score for m in matches if not m.locked)
    penalty = free - outcome.value / outcome.scale if balance else 0.0
    slack = 0.0 if outcome.exact else len(outcome.edges) / outcome.scale
    gap = max(0.0, round((outcome.bound - outcome.value) / outcome.scale + slack, 6))
    if outcome.bound > outcome.value:
        gap = max(gap, SMALLEST_GAP)  # never rounded to a proof that there is not
    penalty = round(penalty + lost, 6)
    return Proposal(
        matches=tuple(sorted(matches, key=lambda m: (m.mentee, m.mentors))),
        unseated=tuple(sorted(unseated, key=lambda u: u.mentee)),
        total=total,
        balance_penalty=penalty,
        upper_bound=round(total - penalty + gap, 9),
        gap=gap,
        most_seats=outcome.most_seats + len(locked),
        worst=min((m.score for m in matches), default=None),
        seed=seed,
        advice=tuple(advised),
        notes=tuple(reasons.notes(case)),
    )
