"""Turns a solved seating into matches with reasons and unseated mentees with what would help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.kernel.words import listed
from bot.matching.model import Bar, Match, MentorTeam, Person, ScoreTable, Unseated, Weights
from bot.matching.rules import reasons
from bot.matching.rules.candidates import Candidates, bar_counts, ranks
from bot.matching.rules.scoring import field_of, may_be_matched, parts

if TYPE_CHECKING:
    from bot.kernel.arrays import Numbers

Locked = Sequence[tuple[str, int]]
"""Locked pairs as (mentee id, team position)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """The facts that an explanation draws on.

    `barred` is by mentee, then by mentor; `capacity` is per team.
    """

    mentees: tuple[Person, ...]
    mentors: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    barred: Mapping[str, Mapping[str, Bar]]
    weights: Weights
    scores: ScoreTable | None
    capacity: "Numbers"


def by_mentee(barred: Mapping[tuple[str, str], Bar]) -> dict[str, dict[str, Bar]]:
    """Give the same bars, looked up by mentee."""
    found: dict[str, dict[str, Bar]] = {}
    for (mentee, mentor), why in barred.items():
        found.setdefault(mentee, {})[mentor] = why
    return found


def matches(case: Case, found: Candidates, edges: "Numbers", locked: Locked) -> list[Match]:
    """Make a match for each chosen edge and each lock, with points and reason."""
    if case.scores is not None:
        return _scored_matches(case, found, edges, locked)
    pairs = [
        (found.mentees[i].id, j)
        for i, j in zip(found.mentee_at[edges].tolist(), found.team_at[edges].tolist(), strict=True)
    ]
    pairs += locked
    people = {p.id: p for p in (*case.mentors, *case.mentees)}
    made = []
    for at, shares in enumerate(_parts(case, pairs)):
        mentee, team = pairs[at]
        free = at < len(edges)
        score = float(found.score[edges[at]]) if free else round(sum(shares.values()), 3)
        mentors = [people[m] for m in case.teams[team].mentors]
        reason = reasons.match_reason(shares, people[mentee], mentors)
        chosen = case.teams[team]
        made.append(_match(chosen, mentee, score, reason, parts=shares, locked=not free))
    return made


def unseated(
    case: Case, found: Candidates, seated: set[str], *, free: "Numbers"
) -> tuple[list[Unseated], list[str]]:
    """Explain everybody without a seat, and what the whole would need.

    `free` are the places of each team that nobody has taken.
    """
    labels = _labels(case)
    row = {m.id: at for at, m in enumerate(found.mentees)}
    first = np.searchsorted(found.mentee_at, np.arange(len(found.mentees) + 1))
    left: list[Unseated] = []
    needed: dict[int, int] = {}
    for mentee in case.mentees:
        if mentee.id in seated:
            continue
        if not may_be_matched(mentee):
            left.append(_left(mentee, reasons.code_not_accepted()))
            continue
        span = slice(first[row[mentee.id]], first[row[mentee.id] + 1])
        order = np.argsort(-found.score[span], kind="stable")
        teams = found.team_at[span][order].tolist()
        left.append(_left(mentee, _why_left(case, mentee, teams, labels, free)))
        if teams:
            needed[teams[0]] = needed.get(teams[0], 0) + 1
    changes = [(labels[t], int(case.capacity[t]), n) for t, n in needed.items()]
    return left, [reasons.seats_advice(changes)] if changes else []


def notes(case: Case) -> list[str]:
    """Write what a coordinator should know about the input as a whole."""
    said = reasons.closed_seats(case.mentors)
    if not case.mentees:
        said.append("There are no mentees.")
    if not case.teams:
        said.append("There are no mentors who may be matched.")
    return said


def _why_left(
    case: Case,
    mentee: Person,
    teams: Sequence[int],
    labels: Sequence[str],
    free: "Numbers",
) -> tuple[str, str]:
    """Write reason and smallest change, given the teams that may take the mentee, best first."""
    own = case.barred.get(mentee.id, {})
    lift = _liftable(case, own, labels, free)
    if teams:
        names = [labels[t] for t in teams]
        return reasons.all_full(mentee, names, (names[0], int(case.capacity[teams[0]])), lift)
    counts = bar_counts(case.teams, own)
    if silent := len(case.teams) - counts.total():
        counts[Bar.NO_SCORE] += silent
    return reasons.no_candidate(
        mentee, len(case.teams), counts, lift=lift, has_room=bool(free.any())
    )


def _liftable(
    case: Case, own: Mapping[str, Bar], labels: Sequence[str], free: "Numbers"
) -> list[str]:
    """List mentors with a free place whom only a coordinator's forbid keeps from this mentee."""
    if Bar.FORBIDDEN not in own.values():
        return []
    found = []
    for at, team in enumerate(case.teams):
        why = {own[m] for m in team.mentors if m in own}
        if free[at] > 0 and why == {Bar.FORBIDDEN}:
            found.append(labels[at])
    return found


def _labels(case: Case) -> list[str]:
    people = {m.id: m for m in case.mentors}
    return [listed([people[m].label for m in team.mentors]) for team in case.teams]


def _scored_matches(case: Case, found: Candidates, edges: "Numbers", locked: Locked) -> list[Match]:
    made = []
    place, among = ranks(found, edges)
    for at, edge in enumerate(edges.tolist()):
        score = float(found.score[edge])
        reason = reasons.score_reason(score, int(place[at]), int(among[at]))
        mentee = found.mentees[found.mentee_at[edge]].id
        made.append(_match(case.teams[found.team_at[edge]], mentee, score, reason))
    for (mentee, team), score in zip(locked, _locked_scores(case, locked), strict=True):
        said = f"Score {score:g}, locked by a coordinator"
        made.append(_match(case.teams[team], mentee, score, said, locked=True))
    return made


def _locked_scores(case: Case, locked: Locked) -> list[float]:
    """Score locked pairs; a pair without a score counts 0."""
    table = case.scores
    if table is None or not locked:
        return [0.0 for _ in locked]
    row = {i: at for at, i in enumerate(table.mentees)}
    column = {i: at for at, i in enumerate(table.mentors)}
    given = []
    for mentee, team in locked:
        i, j = row.get(mentee, -1), column.get(case.teams[team].mentors[0], -1)
        hits = np.flatnonzero((table.mentee_at == i) & (table.mentor_at == j))
        given.append(float(table.score[hits[0]]) if len(hits) else 0.0)
    return given


def _parts(case: Case, pairs: Locked) -> list[dict[str, float]]:
    """Points by criterion for each pair; a team's are the mean of its mentors'."""
    field = field_of(case.mentees, case.mentors, case.weights)
    row = {m.id: at for at, m in enumerate(case.mentees)}
    column = {m.id: at for at, m in enumerate(case.mentors)}
    asked = [
        (at, row[mentee], column[mentor], 1 / len(case.teams[team].mentors))
        for at, (mentee, team) in enumerate(pairs)
        for mentor in case.teams[team].mentors
    ]
    i = np.array([mentee for _, mentee, _, _ in asked], dtype=np.int64)
    j = np.array([mentor for _, _, mentor, _ in asked], dtype=np.int64)
    rows: list[dict[str, float]] = [{} for _ in pairs]
    for (at, _, _, share), given in zip(asked, parts(field, i, j), strict=True):
        for name, value in given.items():
            rows[at][name] = round(rows[at].get(name, 0.0) + value * share, 6)
    return rows


def _match(
    team: MentorTeam,
    mentee: str,
    score: float,
    reason: str,
    *,
    parts: Mapping[str, float] | None = None,
    locked: bool = False,
) -> Match:
    return Match(
        mentee=mentee,
        mentors=team.mentors,
        score=score,
        reason=reason,
        parts=parts or {},
        team=team.id if len(team.mentors) > 1 else None,
        locked=locked,
    )


def _left(mentee: Person, said: tuple[str, str]) -> Unseated:
    return Unseated(mentee=mentee.id, reason=said[0], smallest_change=said[1])
