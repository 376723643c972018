"""Find the pairs that may sit together, with their points: from the roster or given scores."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.kernel.arrays import Numbers, Points
from bot.matching.model import (
    MENTORING,
    Bar,
    GroupWishes,
    MentorTeam,
    Pair,
    Person,
    ScoreTable,
    Weights,
)
from bot.matching.rules.scoring import field_of, in_order, points

_CHUNK_PAIRS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The allowed pairs, sorted by mentee: mentees[mentee_at[k]] with teams[team_at[k]]."""

    mentees: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    mentee_at: Numbers
    team_at: Numbers
    score: Points


def candidates_for(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    teams: Sequence[MentorTeam],
    *,
    barred: Mapping[tuple[str, str], Bar],
    weights: Weights,
    scores: ScoreTable | None,
) -> Candidates:
    """Give every pair that is not barred, by the scores where they are given."""
    if scores is not None:
        return from_scores(mentees, teams, scores, barred=barred)
    return from_roster(mentees, mentors, teams, barred=barred, weights=weights)


def from_roster(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    teams: Sequence[MentorTeam],
    *,
    barred: Mapping[tuple[str, str], Bar],
    weights: Weights,
) -> Candidates:
    """Score every pair that is not barred, by the weights."""
    field = field_of(mentees, mentors, weights)
    share = _team_shares(mentors, teams)
    blocked = _blocked_keys(mentees, teams, barred)
    rows: list[tuple[Numbers, Numbers, Points]] = []
    step = max(1, _CHUNK_PAIRS // max(1, len(mentors)))
    every = np.arange(len(mentors))[None, :]
    for first in range(0, len(mentees), step):
        some = np.arange(first, min(first + step, len(mentees)))
        table = points(field, some[:, None], every)
        table = table if share is None else np.round(table @ share, 3)
        keys = some[:, None] * len(teams) + np.arange(len(teams))[None, :]
        allowed = ~np.isin(keys, blocked)
        at, team_at = np.nonzero(allowed)
        rows.append((some[at], team_at, table[allowed]))
    return Candidates(tuple(mentees), tuple(teams), *_joined(rows))


def from_scores(
    mentees: Sequence[Person],
    teams: Sequence[MentorTeam],
    table: ScoreTable,
    *,
    barred: Mapping[tuple[str, str], Bar],
) -> Candidates:
    """Take every pair with a score that is not barred. Teams must be single mentors."""
    row = {p.id: at for at, p in enumerate(mentees)}
    column = {t.mentors[0]: at for at, t in enumerate(teams)}
    to_row = np.array([row.get(i, -1) for i in table.mentees], dtype=np.int64)
    to_column = np.array([column.get(i, -1) for i in table.mentors], dtype=np.int64)
    if not len(table.score):
        return Candidates(tuple(mentees), tuple(teams), *_joined([]))
    i, j = to_row[table.mentee_at], to_column[table.mentor_at]
    blocked = _blocked_keys(mentees, teams, barred)
    kept = np.flatnonzero((i >= 0) & (j >= 0) & ~np.isin(i * len(teams) + j, blocked))
    order = kept[np.argsort(i[kept] * len(teams) + j[kept], kind="stable")]
    return Candidates(tuple(mentees), tuple(teams), i[order], j[order], table.score[order])


def ranks(candidates: Candidates, edges: Numbers) -> tuple[Numbers, Numbers]:
    """Rank each edge among its mentee's candidates by score, and count the candidates."""
    first = np.searchsorted(candidates.mentee_at, np.arange(len(candidates.mentees) + 1))
    place, among = np.zeros((2, len(edges)), dtype=np.int64)
    for at, edge in enumerate(edges):
        mentee = candidates.mentee_at[edge]
        own = candidates.score[first[mentee] : first[mentee + 1]]
        place[at] = 1 + np.count_nonzero(own > candidates.score[edge])
        among[at] = len(own)
    return place, among


def bar_counts(teams: Sequence[MentorTeam], own: Mapping[str, Bar]) -> Counter[Bar]:
    """Count the teams that each bar closes to a mentee whose bars, by mentor id, are `own`.

    A wish counts only where nothing else closes the team, so that it does not show.
    """
    counts: Counter[Bar] = Counter()
    for team in teams:
        found = [own[m] for m in team.mentors if m in own]
        if found:
            counts[min(found, key=lambda bar: bar is Bar.AVOIDED)] += 1
    return counts


def _team_shares(mentors: Sequence[Person], teams: Sequence[MentorTeam]) -> Points | None:
    """Share a team's mean among its mentors. None where every mentor is alone."""
    if [t.mentors for t in teams] == [(m.id,) for m in mentors]:
        return None
    at = {m.id: k for k, m in enumerate(mentors)}
    share = np.zeros((len(mentors), len(teams)))
    for column, team in enumerate(teams):
        for mentor in team.mentors:
            share[at[mentor], column] = 1 / len(team.mentors)
    return share


def _blocked_keys(
    mentees: Sequence[Person], teams: Sequence[MentorTeam], barred: Mapping[tuple[str, str], Bar]
) -> Numbers:
    row = {p.id: at for at, p in enumerate(mentees)}
    of: dict[str, list[int]] = {}
    for column, team in enumerate(teams):
        for mentor in team.mentors:
            of.setdefault(mentor, []).append(column)
    keys = {
        row[mentee] * len(teams) + column
        for mentee, mentor in barred
        if mentee in row
        for column in of.get(mentor, ())
    }
    return np.array(sorted(keys), dtype=np.int64)


def _joined(rows: list[tuple[Numbers, Numbers, Points]]) -> tuple[Numbers, Numbers, Points]:
    if not rows:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty.copy(), np.zeros(0)
    left, right, score = zip(*rows, strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(score)


def teams_of(
    people: Iterable[Person], wishes: GroupWishes, apart: Collection[Pair] = ()
) -> list[MentorTeam]:
    """Form teams of the size wished from mentors of one site, none beyond the largest group.

    Mentors who must be kept apart share none, so that some teams may be smaller.
    """
    mentors = [p for p in people if p.roles & MENTORING and p.capacity > 0 and p.code_accepted]
    mentors.sort(key=lambda m: (m.site.casefold(), m.name.casefold(), m.id))
    groups: list[list[Person]] = []
    unfilled: list[list[Person]] = []
    for mentor in mentors:
        for group in unfilled:
            if not any(in_order(mentor.id, other.id) in apart for other in group):
                break
        else:
            group = []
            groups.append(group)
            unfilled.append(group)
        group.append(mentor)
        unfilled = [one for one in unfilled if len(one) < wishes.mentors]
    return [_team_of(group, wishes.max_size) for group in groups]


def _team_of(mentors: Sequence[Person], largest: int) -> MentorTeam:
    names = tuple(m.id for m in mentors)
    seats = min(largest, sum(m.capacity for m in mentors))
    return MentorTeam(id="+".join(names), mentors=names, capacity=seats)


def choice_rings(people: Sequence[Person]) -> list[str]:
    """Write a sentence for each ring of three or more people whose first choices follow."""
    first = {p.id: p.prefers[0] for p in people if p.prefers}
    names = {p.id: p.label for p in people}
    done: set[str] = set()
    said = []
    for start in sorted(first):
        path: list[str] = []
        here = start
        while here in first and here not in done:
            done.add(here)
            path.append(here)
            here = first[here]
        if here in path and len(circle := path[path.index(here) :]) > 2:
            way = " to ".join(names[p] for p in (*circle, here))
            said.append(f"First choices go in a circle, from {way}; not all of them can be met.")
    return said
