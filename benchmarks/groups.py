"""Groups on top of the seats: Cairn beside the best seats as they are, and beside a greedy.

The greedy dissolves the smallest group that is too small, and gives its people to those with room
and the most points for them, until none is too small or nobody has room.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass

from bot.matching.model import GroupWishes, MentorTeam, Person, Role, Weights
from bot.matching.rules import group_composition as composing
from bot.matching.rules.group_solver import Grouping

NAME = "groups"
SITES = ("North", "South", "East", "West")
INTERESTS = ("ethics", "teaching", "research", "ultrasound", "leadership")
SIZES = GroupWishes(min_size=4, max_size=8)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Mentees with two interests and three choices, and mentors with eight places each."""

    mentees: int
    mentors: int
    wishes: GroupWishes

    @property
    def title(self) -> str:
        also = [f"stages {self.wishes.stages}"] if self.wishes.stages != "any" else []
        also += [f"company by {', '.join(self.wishes.company)}"] if self.wishes.company else []
        return ", ".join([f"{self.mentees:,} x {self.mentors:,} in groups of 4 to 8", *also])

    def asked(self) -> composing.ProposalRequest:
        rng, names = random.Random(4), [f"mentor{k}" for k in range(self.mentors)]
        people = [
            _person(rng, f"mentee{k}", Role.MENTEE, prefers=tuple(rng.sample(names, 3)))
            for k in range(self.mentees)
        ]
        people += [_person(rng, name, Role.MENTOR, capacity=8) for name in names]
        return composing.ProposalRequest(
            people=people,
            weights=Weights(),
            wishes=self.wishes,
            teams=[MentorTeam(id=name, mentors=(name,), capacity=8) for name in names],
            seed=1,
        )


COHORTS = (
    Cohort(60, 12, SIZES),
    Cohort(60, 12, GroupWishes(min_size=4, max_size=8, stages="mixed", company=("site",))),
    Cohort(200, 40, SIZES),
    Cohort(1_000, 250, SIZES),
)


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows with exceptions, how many of them cannot be avoided, points, gap and seconds."""
    rows = []
    for cohort in COHORTS[: 1 if quick else None]:
        rows += _measured(cohort)
    return rows


def _measured(cohort: Cohort) -> list[dict[str, object]]:
    asked = cohort.asked()
    began, worked = time.perf_counter(), time.process_time()
    found = composing.propose_groups(asked)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    began = time.perf_counter()
    seats = composing.seats_of(asked.proposal([]), asked.teams)
    alone_s = time.perf_counter() - began
    grouping = composing.grouping_of(asked, seats)
    assert grouping
    began = time.perf_counter()
    merged = greedy(grouping, seats)
    merged_s = alone_s + time.perf_counter() - began
    proof = found.composition
    assert proof
    cairn = {
        "seated": len(found.matches),
        "total": f"{proof.value:,.3f}",
        "proven_gap": proof.gap,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "exceptions": proof.exceptions,
        "at_least": proof.fewest_exceptions,
    }
    return [
        {"instance": cohort.title, "method": "cairn"} | cairn,
        _row(cohort, "best seats alone", grouping, seats, alone_s),
        _row(cohort, "greedy merging", grouping, merged, merged_s),
    ]


def _row(
    cohort: Cohort, method: str, grouping: Grouping, seats: dict[str, str], seconds: float
) -> dict[str, object]:
    return {
        "instance": cohort.title,
        "method": method,
        "seated": len(seats),
        "total": f"{grouping.value(seats):,.3f}",
        "seconds": seconds,
        "exceptions": grouping.exceptions(seats).total(),
    }


def greedy(grouping: Grouping, seats: dict[str, str]) -> dict[str, str]:
    """Dissolves the smallest group that is too small, again and again."""
    seats, rows = dict(seats), {c.id: k for k, c in enumerate(grouping.candidates)}
    closed: set[str] = set()
    while True:
        sizes = Counter(seats.values())
        small = [g for g in sizes if grouping.lacking(g, sizes[g]) and g not in closed]
        if not small:
            return seats
        gone = min(small, key=lambda g: (sizes[g], g))
        closed.add(gone)
        for who in [who for who, group in seats.items() if group == gone]:
            own = grouping.points[rows[who]]
            room = [
                (float(own[k]), group)
                for k, group in enumerate(grouping.groups)
                if group not in closed and 0 < sizes[group] < grouping.rooms[group]
            ]
            if room:
                seats[who] = max(room)[1]
                sizes[seats[who]] += 1


def _person(rng: random.Random, name: str, role: Role, **about: object) -> Person:
    return Person(
        id=name,
        roles=frozenset({role}),
        site=rng.choice(SITES),
        stage=rng.randrange(5),
        interests=frozenset(rng.sample(INTERESTS, 2)),
        **about,  # type: ignore[arg-type]
    )
