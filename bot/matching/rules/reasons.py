"""Explain the matches of a solved seating as a coordinator would, and the input as a whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.kernel.arrays import Numbers
from bot.kernel.words import agree, listed, number, ordinal
from bot.matching.model import (
    Bar,
    Match,
    MentorTeam,
    Person,
    Role,
    ScoreTable,
    Weights,
)
from bot.matching.rules.candidates import Candidates, ranks
from bot.matching.rules.scoring import field_of, points_by_criterion

_MOST_PARTS = 4


def match_reason(parts: Mapping[str, float], mentee: Person, mentors: Sequence[Person]) -> str:
    """Write what speaks for a match, weightiest first; at most four things."""
    said = []
    for name in sorted(parts, key=lambda n: (-parts[n], n)):
        sentence = next(filter(None, (_SENTENCES[name](mentee, m) for m in mentors)), "")
        if parts[name] > 0 and sentence:
            said.append(sentence)
    if not said:
        return "Nothing in common on record; allowed, with a free seat"
    line = "; ".join(said[:_MOST_PARTS])
    return line[0].upper() + line[1:]


def score_reason(score: float, place: int, among: int) -> str:
    """Write the reason of a match that rests on a score from outside."""
    best = "their highest" if place == 1 else f"their {ordinal(place)} highest"
    choice = f"{best} of {number(among)} possible mentors" if among > 1 else "the only one possible"
    return f"Score {score:g}, {choice}"


def closed_seats(mentors: Iterable[Person]) -> list[str]:
    """Write a note for each mentor with seats whom the code of conduct keeps out."""
    return [
        f"{m.label} has not accepted the code of conduct, which closes {number(m.capacity)} "
        f"{agree(m.capacity, 'seat')}."
        for m in mentors
        if not m.code_accepted and m.capacity > 0
    ]


def _place(name: str, mentee: Person, mentor: Person) -> str:
    here, there = str(getattr(mentee, name)), str(getattr(mentor, name))
    same = here.strip() and here.strip().casefold() == there.strip().casefold()
    return f"same {name}, {here.strip()}" if same else ""


def _earlier(mentee: Person, mentor: Person) -> str:
    together = mentor.id in mentee.earlier or mentee.id in mentor.earlier
    return "an earlier pairing went well" if together else ""


def _choice(chooser: Person, chosen: Person, words: str) -> str:
    if chosen.id not in chooser.prefers:
        return ""
    return words.format(ordinal(chooser.prefers.index(chosen.id) + 1))


def _common(words: str, left: frozenset[str], right: frozenset[str]) -> str:
    known = {w.strip().casefold() for w in right}
    both = sorted((w for w in left if w.strip().casefold() in known), key=str.casefold)
    return words.format(listed(both)) if both else ""


def _hours(mentee: Person, mentor: Person) -> str:
    if mentee.utc_offset_minutes is None or mentor.utc_offset_minutes is None:
        return ""
    apart = abs(mentee.utc_offset_minutes - mentor.utc_offset_minutes) / 60
    apart = min(apart, 24 - apart)
    if not apart:
        return "same time zone"
    return f"{apart:g} {agree(apart, 'hour')} apart"


def _ahead(mentee: Person, mentor: Person) -> str:
    if mentee.stage is None or mentor.stage is None or mentor.stage < mentee.stage:
        return ""
    ahead = mentor.stage - mentee.stage
    peer = Role.MENTOR not in mentor.roles
    who = "a near-peer " if peer else ""
    if not ahead:
        return f"{who}at the same stage"
    return f"{who}{number(ahead)} {agree(ahead, 'stage')} ahead"


_SENTENCES: dict[str, Callable[[Person, Person], str]] = {
    "mentee_choice": lambda mentee, mentor: _choice(mentee, mentor, "the mentee's {} choice"),
    "mentor_choice": lambda mentee, mentor: _choice(mentor, mentee, "the mentor's {} choice"),
    "interests": lambda a, b: _common("shared interest in {}", a.interests, b.interests),
    "languages": lambda a, b: _common("both speak {}", a.languages, b.languages),
    "site": lambda mentee, mentor: _place("site", mentee, mentor),
    "department": lambda mentee, mentor: _place("department", mentee, mentor),
    "time_zone": _hours,
    "stage": _ahead,
    "earlier": _earlier,
}


Locked = Sequence[tuple[str, int]]
"""Locked pairs as (mentee id, team position)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """The facts of an explanation: `barred` by mentee, then mentor; seats by team.

    `capacity` counts the seats of the group, `own` those of its mentors. `largest` is the
    template's largest group.
    """

    mentees: tuple[Person, ...]
    mentors: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    barred: Mapping[str, Mapping[str, Bar]]
    weights: Weights
    scores: ScoreTable | None
    capacity: Numbers
    own: Numbers
    largest: int | None = None

    def limit(self, team: int) -> int | None:
        """Give the largest size of a group where that keeps the team from taking more."""
        binds = self.largest is not None and self.own[team] >= self.largest
        return self.largest if binds else None


def by_mentee(barred: Mapping[tuple[str, str], Bar]) -> dict[str, dict[str, Bar]]:
    """Give the same bars, looked up by mentee."""
    found: dict[str, dict[str, Bar]] = {}
    for (mentee, mentor), why in barred.items():
        found.setdefault(mentee, {})[mentor] = why
    return found


def matches(case: Case, found: Candidates, edges: Numbers, locked: Locked) -> list[Match]:
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
        reason = match_reason(shares, people[mentee], mentors)
        chosen = case.teams[team]
        made.append(_match(chosen, mentee, score, reason, parts=shares, locked=not free))
    return made


def notes(case: Case) -> list[str]:
    """Write what a coordinator should know about the input as a whole."""
    said = closed_seats(case.mentors)
    if not case.mentees:
        said.append("There are no mentees.")
    if not case.teams:
        said.append("There are no mentors who may be matched.")
    return said


def _scored_matches(case: Case, found: Candidates, edges: Numbers, locked: Locked) -> list[Match]:
    made = []
    place, among = ranks(found, edges)
    for at, edge in enumerate(edges.tolist()):
        score = float(found.score[edge])
        reason = score_reason(score, int(place[at]), int(among[at]))
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
    """Give the points by criterion for each pair; a team's are the mean of its mentors'."""
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
    for (at, _, _, share), given in zip(asked, points_by_criterion(field, i, j), strict=True):
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
