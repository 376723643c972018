"""Explain a solved seating as a coordinator would: why this match, why nobody, what would help."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.kernel.arrays import Numbers
from bot.kernel.words import agree, listed, number, ordinal
from bot.matching.model import Bar, Match, MentorTeam, Person, Role, ScoreTable, Unseated, Weights
from bot.matching.rules.candidates import Candidates, bar_counts, ranks
from bot.matching.rules.scoring import field_of, points_by_criterion

_MOST_PARTS = 4

_BAR_WORDS = {
    Bar.SELF: ("is the mentee", "are the mentee"),
    Bar.SUPERVISES: ("is tied to them by supervision", "are tied to them by supervision"),
    Bar.EVALUATES: ("evaluates them", "evaluate them"),
    Bar.MANAGES: ("is their line manager", "are their line managers"),
    Bar.TREATS: ("treats them", "treat them"),
    Bar.AVOIDED: ("is ruled out in confidence", "are ruled out in confidence"),
    Bar.FORBIDDEN: ("is forbidden by a coordinator", "are forbidden by a coordinator"),
    Bar.NO_SCORE: ("has no score with them", "have no score with them"),
}


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


def no_candidate(
    mentee: Person, mentors: int, counts: Counter[Bar], *, lift: Sequence[str], has_room: bool
) -> tuple[str, str]:
    """Write reason and smallest change for a mentee whom no mentor may take.

    `lift` names mentors with a free seat who are barred only by a coordinator.
    """
    if not mentors:
        return "There is no mentor who may be matched.", f"One mentor{_at_site(mentee)}."
    why = listed([_counted(bar, n) for bar, n in sorted(counts.items())])
    change = f"One more mentor{_at_site(mentee)} who is free to take them"
    if lift:
        change = f"Allow {lift[0]} again, or one more mentor{_at_site(mentee)}"
    elif set(counts) == {Bar.NO_SCORE} and has_room:
        change = "A score for them with any mentor who has a free seat"
    who = "The only mentor" if mentors == 1 else f"None of the {number(mentors)} mentors"
    return f"{who} may {'not ' if mentors == 1 else ''}take them: {why}.", f"{change}."


def all_full(
    mentee: Person,
    names: Sequence[str],
    best: tuple[str, int],
    lift: Sequence[str],
    *,
    largest_group: int | None = None,
) -> tuple[str, str]:
    """Write reason and smallest change for a mentee whose possible mentors are all full.

    `names` are those mentors, the best match first; `best` is its name and its capacity.
    `largest_group` is the template's limit where that keeps the mentee out of the best.
    """
    who = names[0] if len(names) == 1 else f"all {number(len(names))} possible mentors"
    verb = agree(len(names), "is", "are")
    reason = f"{who[0].upper()}{who[1:]} {verb} full, and the other seats could not be freed."
    label, capacity = best
    change = f"Capacity {capacity + 1} instead of {capacity} for {label}"
    if largest_group is not None:
        reason = f"{reason[:-1]}: groups have {largest_group} mentees at most by the template."
        change = f"Groups of {largest_group + 1} at most instead of {largest_group}"
    if lift:
        change += f", {lift[0]} allowed again"
    return reason, f"{change}, or one more mentor{_at_site(mentee)}."


CODE_NOT_ACCEPTED = (
    "They have not accepted the code of conduct.",
    "They accept it; then match again.",
)


def groups_advice(largest_group: int, added: int) -> str:
    """Write the two remedies where the template's largest group keeps people out."""
    seats = agree(added, "seat is", "seats are")
    return (
        f"{number(added).capitalize()} more {seats} needed: another mentor, or groups of "
        f"{largest_group + added} at most instead of the {largest_group} of the template."
    )


def seats_advice(extra: Iterable[tuple[str, int, int]]) -> str:
    """Write what would seat all who are left; `extra` are mentors, capacities and seats needed."""
    ordered = sorted(extra)
    more = sum(added for _, _, added in ordered)
    changes = [f"{who} from {has} to {has + added}" for who, has, added in ordered]
    shown = listed(changes) if len(changes) <= 5 else f"{listed(changes[:4])}, and so on"
    seats = agree(more, "seat is", "seats are")
    return f"{number(more).capitalize()} more {seats} needed, for example {shown}."


def closed_seats(mentors: Iterable[Person]) -> list[str]:
    """Write a note for each mentor with seats whom the code of conduct keeps out."""
    return [
        f"{m.label} has not accepted the code of conduct, which closes {number(m.capacity)} "
        f"{agree(m.capacity, 'seat')}."
        for m in mentors
        if not m.code_accepted and m.capacity > 0
    ]


def _at_site(mentee: Person) -> str:
    return f" at {mentee.site}" if mentee.site else ""


def _counted(bar: Bar, count: int) -> str:
    one, many = _BAR_WORDS[bar]
    return f"{number(count)} {agree(count, one, many)}"


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
    """The facts of an explanation: `barred` by mentee, then mentor; `capacity` by team."""

    mentees: tuple[Person, ...]
    mentors: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    barred: Mapping[str, Mapping[str, Bar]]
    weights: Weights
    scores: ScoreTable | None
    capacity: Numbers


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


def unseated(
    case: Case, found: Candidates, seated: set[str], *, free: Numbers
) -> tuple[list[Unseated], list[str]]:
    """Explain everybody without a seat, and what the whole would need; `free` seats are by team."""
    labels = _labels(case)
    row = {m.id: at for at, m in enumerate(found.mentees)}
    first = np.searchsorted(found.mentee_at, np.arange(len(found.mentees) + 1))
    left: list[Unseated] = []
    needed: dict[int, int] = {}
    for mentee in case.mentees:
        if mentee.id in seated:
            continue
        if not mentee.code_accepted:
            left.append(Unseated(mentee.id, *CODE_NOT_ACCEPTED))
            continue
        span = slice(first[row[mentee.id]], first[row[mentee.id] + 1])
        order = np.argsort(-found.score[span], kind="stable")
        teams = found.team_at[span][order].tolist()
        left.append(Unseated(mentee.id, *_why_left(case, mentee, teams, labels, free)))
        if teams:
            needed[teams[0]] = needed.get(teams[0], 0) + 1
    return left, _advice(case, labels, needed)


def _advice(case: Case, labels: Sequence[str], needed: Mapping[int, int]) -> list[str]:
    """Write what the whole would need: larger groups where the template binds, else capacity."""
    limits = {t: case.teams[t].largest_group for t in needed}
    changes = [(labels[t], int(case.capacity[t]), n) for t, n in needed.items() if not limits[t]]
    advice = [seats_advice(changes)] if changes else []
    by_template = [(limit, needed[t]) for t, limit in limits.items() if limit]
    if by_template:
        advice.append(groups_advice(by_template[0][0], max(n for _, n in by_template)))
    return advice


def notes(case: Case) -> list[str]:
    """Write what a coordinator should know about the input as a whole."""
    said = closed_seats(case.mentors)
    if not case.mentees:
        said.append("There are no mentees.")
    if not case.teams:
        said.append("There are no mentors who may be matched.")
    return said


def _why_left(
    case: Case, mentee: Person, teams: Sequence[int], labels: Sequence[str], free: Numbers
) -> tuple[str, str]:
    """Write reason and smallest change, given the teams that may take the mentee, best first."""
    own = case.barred.get(mentee.id, {})
    lift = _liftable(case, own, labels, free)
    if teams:
        names = [labels[t] for t in teams]
        best, limit = (names[0], int(case.capacity[teams[0]])), case.teams[teams[0]].largest_group
        return all_full(mentee, names, best, lift, largest_group=limit)
    counts = bar_counts(case.teams, own)
    if silent := len(case.teams) - counts.total():
        counts[Bar.NO_SCORE] += silent
    return no_candidate(mentee, len(case.teams), counts, lift=lift, has_room=bool(free.any()))


def _liftable(
    case: Case, own: Mapping[str, Bar], labels: Sequence[str], free: Numbers
) -> list[str]:
    """List mentors with a free seat whom only a coordinator's forbid keeps from this mentee."""
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
