"""Score pairs, and find those that must never be.

Every criterion gives between 0 and 1 and is multiplied by its weight; points are rounded to
thousandths, so that totals are exact. What is not known about a person earns nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bot.kernel.arrays import Flags, Numbers, Points
from bot.matching.model import MENTORING, Bar, Conflict, Pair, Person, Role, Term, Weights

CRITERIA = (
    "mentee_choice",
    "mentor_choice",
    "interests",
    "languages",
    "site",
    "department",
    "time_zone",
    "stage",
    "earlier",
)
WORKING_HOURS = 10
"""Hours of a day in which people can meet; overlap shrinks by an hour per hour of difference."""
STAGES_TOO_FAR = 4
"""This far from the wished distance, stages earn nothing."""
_UNKNOWN = -(10**6)
_DECIMALS = 3


@dataclass(frozen=True, slots=True, eq=False)
class PairColumns:
    """Mentees and mentors as columns, for arithmetic on many pairs at once."""

    mentees: tuple[Person, ...]
    mentors: tuple[Person, ...]
    weights: Weights
    columns: dict[str, tuple[Numbers, ...]]
    words: dict[str, tuple[Numbers, ...]]
    wanted: Numbers
    ideal: Numbers
    choices: dict[str, tuple[Numbers, Points]]


def field_of(mentees: Sequence[Person], mentors: Sequence[Person], weights: Weights) -> PairColumns:
    """Encode people once; texts compare without regard to case or surrounding space."""
    columns = {name: _codes(name, mentees, mentors) for name in ("site", "department")} | {
        "time_zone": _integers("utc_offset_minutes", mentees, mentors),
        "stage": _integers("stage", mentees, mentors),
    }
    ideal = [
        weights.mentor_stages_ahead if Role.MENTOR in m.roles else weights.peer_stages_ahead
        for m in mentors
    ]
    wanted = [min(weights.interests_wanted, max(1, len(p.interests))) for p in mentees]
    return PairColumns(
        mentees=tuple(mentees),
        mentors=tuple(mentors),
        weights=weights,
        columns=columns,
        words={n: _words(n, mentees, mentors) for n in ("interests", "languages")},
        wanted=np.array(wanted, dtype=np.int64),
        ideal=np.array(ideal, dtype=np.int64),
        choices=_choices(mentees, mentors, weights),
    )


def points(field: PairColumns, mentee_at: Numbers, mentor_at: Numbers) -> Points:
    """Score the pairs (mentee_at[k], mentor_at[k]); the two broadcast against each other."""
    total = np.zeros(np.broadcast_shapes(mentee_at.shape, mentor_at.shape))
    for name in CRITERIA:
        if weight := getattr(field.weights, name):
            total += np.round(weight * _share(field, name, mentee_at, mentor_at), _DECIMALS)
    return np.round(total, _DECIMALS)


def points_by_criterion(
    field: PairColumns, mentee_at: Numbers, mentor_at: Numbers
) -> list[dict[str, float]]:
    """Give the points of each pair by criterion, leaving out those that gave none."""
    rows: list[dict[str, float]] = [{} for _ in range(len(mentee_at))]
    for name in CRITERIA:
        weight = getattr(field.weights, name)
        shares = np.round(weight * _share(field, name, mentee_at, mentor_at), _DECIMALS)
        for row in np.flatnonzero(shares):
            rows[row][name] = float(shares[row])
    return rows


def bars(
    people: Sequence[Person],
    *,
    conflicts: Iterable[Conflict] = (),
    forbids: Iterable[tuple[str, str]] = (),
    term: Term | None = None,
) -> dict[tuple[str, str], Bar]:
    """Give the pairs (mentee id, mentor id) that must never be, each with its first reason.

    The code of conduct is left to the caller. A forbid counts in the
    direction given; avoidance and supervision of any kind count in both.
    """
    found: dict[tuple[str, str], Bar] = {}
    junior, senior = {p.id for p in mentees_of(people)}, {p.id for p in mentors_of(people)}

    def bar(one: str, other: str, why: Bar) -> None:
        for mentee, mentor in ((one, other), (other, one)):
            if mentee in junior and mentor in senior:
                found.setdefault((mentee, mentor), why)

    for one, other, why in _mutual_bars(people, conflicts, term):
        bar(one, other, why)
    for mentee, mentor in forbids:
        if mentee in junior and mentor in senior:
            found.setdefault((mentee, mentor), Bar.FORBIDDEN)
    for person in people:  # last, so that a wish does not show in what hides behind it
        for other in sorted(person.avoid):
            bar(person.id, other, Bar.AVOIDED)
    return found


def kept_apart(
    people: Iterable[Person], *, conflicts: Iterable[Conflict] = (), term: Term | None = None
) -> frozenset[Pair]:
    """Give the pairs of people, whatever their roles, who must never sit in one group.

    Each pair is given once, its ids in order. What a coordinator forbids is a matter of a mentee
    and a mentor, see `bars`.
    """
    people = tuple(people)
    found = {(one, other) for one, other, _ in _mutual_bars(people, conflicts, term)}
    found |= {(p.id, other) for p in people for other in p.avoid}
    return frozenset(in_order(*pair) for pair in found if pair[0] != pair[1])


def in_order(one: str, other: str) -> Pair:
    """Give the two ids in order, as `kept_apart` does."""
    return (one, other) if one < other else (other, one)


def sit_apart(group: Collection[str], apart: Collection[Pair]) -> bool:
    """Say whether no two of this group must be kept apart."""
    return not any(in_order(*two) in apart for two in combinations(group, 2))


def _mutual_bars(
    people: Sequence[Person], conflicts: Iterable[Conflict], term: Term | None
) -> Iterable[tuple[str, str, Bar]]:
    """Find what keeps two people apart whichever mentors, wishes left out."""
    yield from ((p.id, p.id, Bar.SELF) for p in people)
    yield from ((p.id, o, Bar.SUPERVISES) for p in people for o in sorted(p.supervised_by))
    yield from ((c.junior_id, c.senior_id, c.bar) for c in conflicts if c.touches(term))


def mentees_of(people: Iterable[Person]) -> list[Person]:
    """List everybody who wants a mentor."""
    return [p for p in people if Role.MENTEE in p.roles]


def mentors_of(people: Iterable[Person]) -> list[Person]:
    """List everybody who mentors, near-peers included."""
    return [p for p in people if p.roles & MENTORING]


def _share(field: PairColumns, name: str, i: Numbers, j: Numbers) -> Points:
    """Give a criterion's value between 0 and 1 for the pairs (i, j)."""
    if name in ("site", "department"):
        left, right = field.columns[name]
        same: Points = ((left[i] == right[j]) & (left[i] >= 0)).astype(float)
        return same
    if name in ("interests", "languages"):
        enough = field.wanted[i] if name == "interests" else 1
        return np.minimum(1.0, _shared(field, name, i, j) / enough)
    if name in ("time_zone", "stage"):
        apart, known = _difference(field, name, i, j)
        hours = np.abs(apart) / 60
        missing = (
            np.minimum(hours, 24 - hours) / WORKING_HOURS
            if name == "time_zone"
            else np.abs(apart - field.ideal[j]) / STAGES_TOO_FAR
        )
        return np.where(known, np.clip(1 - missing, 0, 1), 0.0)
    return _chosen(field, name, i, j)


def _chosen(field: PairColumns, name: str, i: Numbers, j: Numbers) -> Points:
    """Give the share of the few pairs in which one has named the other."""
    keys, values = field.choices[name]
    wanted = i * len(field.mentors) + j
    if not len(keys):
        return np.zeros(wanted.shape)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0.0)


def _difference(field: PairColumns, name: str, i: Numbers, j: Numbers) -> tuple[Points, Flags]:
    left, right = field.columns[name]
    known = (left[i] != _UNKNOWN) & (right[j] != _UNKNOWN)
    return (right[j] - left[i]).astype(float), known


def _shared(field: PairColumns, name: str, i: Numbers, j: Numbers) -> Points:
    """Count the words that two people have in common, as common bits."""
    left, right = field.words[name]
    count = np.zeros(np.broadcast_shapes(i.shape, j.shape))
    for word in range(left.shape[1]):
        count += np.bitwise_count(left[i, word] & right[j, word])
    return count


def _integers(name: str, *sides: Sequence[Person]) -> tuple[Numbers, ...]:
    rows = ([getattr(p, name) for p in people] for people in sides)
    return tuple(
        np.array([_UNKNOWN if v is None else v for v in row], dtype=np.int64) for row in rows
    )


def _codes(name: str, *sides: Sequence[Person]) -> tuple[Numbers, ...]:
    """Give equal texts equal numbers, and nothing -1."""
    codes = {"": -1}
    rows = ([getattr(p, name).strip().casefold() for p in people] for people in sides)
    return tuple(
        np.array([codes.setdefault(t, len(codes)) for t in row], dtype=np.int64) for row in rows
    )


def _words(name: str, *sides: Sequence[Person]) -> tuple[Numbers, ...]:
    """Turn sets of words into bits: 63 words to a column, so that no bit is a sign."""
    sets = [
        [{w.strip().casefold() for w in getattr(p, name)} - {""} for p in people]
        for people in sides
    ]
    every = sorted({word for rows in sets for row in rows for word in row})
    codes = {word: code for code, word in enumerate(every)}
    tables = []
    for rows in sets:
        table = np.zeros((len(rows), len(codes) // 63 + 1), dtype=np.int64)
        for at, row in enumerate(rows):
            for word in row:
                table[at, codes[word] // 63] |= 1 << (codes[word] % 63)
        tables.append(table)
    return tuple(tables)


def _choices(
    mentees: Sequence[Person], mentors: Sequence[Person], weights: Weights
) -> dict[str, tuple[Numbers, Points]]:
    """Give the few pairs of which one has named the other, as sorted keys with their share."""
    left, right = ({p.id: at for at, p in enumerate(people)} for people in (mentees, mentors))
    found: dict[str, dict[int, float]] = {"mentee_choice": {}, "mentor_choice": {}, "earlier": {}}

    def key(mentee: str, mentor: str) -> int:
        return left[mentee] * len(mentors) + right[mentor]

    def shares(person: Person, others: Mapping[str, int]) -> dict[str, float]:
        """Give the share of each choice that is among `others`, the first where it is repeated."""
        ranked = enumerate(person.prefers[: weights.ranks_counted])
        chosen = [(o, 1 - rank / weights.ranks_counted) for rank, o in ranked if o in others]
        return dict(reversed(chosen))

    for p in mentees:
        found["mentee_choice"] |= {key(p.id, o): share for o, share in shares(p, right).items()}
        found["earlier"] |= {key(p.id, o): 1.0 for o in p.earlier & right.keys()}
    for p in mentors:
        found["mentor_choice"] |= {key(o, p.id): share for o, share in shares(p, left).items()}
        found["earlier"] |= {key(o, p.id): 1.0 for o in p.earlier & left.keys()}
    ordered = {name: sorted(pairs.items()) for name, pairs in found.items()}
    return {
        name: (np.array([k for k, _ in pairs], dtype=np.int64), np.array([v for _, v in pairs]))
        for name, pairs in ordered.items()
    }
