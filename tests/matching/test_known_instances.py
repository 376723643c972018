"""Instances whose best answer is known without a computer, in the shapes the literature uses.

The numbers are made up here; each best answer follows from the argument beside it.
"""

from collections.abc import Mapping

import numpy as np
import pytest

from bot.matching.model import Person, Proposal, Role, ScoreTable, Weights
from bot.matching.rules.proposals import propose

Scores = Mapping[tuple[str, str], float]


def solved(scores: Scores, places: Mapping[str, int], *, also: tuple[str, ...] = ()) -> Proposal:
    """The proposal for these pairs; `also` are mentees without a pair."""
    mentees = tuple(dict.fromkeys([*(m for m, _ in scores), *also]))
    mentors = tuple(places)
    people = [Person(id=m, roles=frozenset({Role.MENTEE})) for m in mentees]
    people += [Person(id=m, roles=frozenset({Role.MENTOR}), capacity=places[m]) for m in mentors]
    table = ScoreTable(
        mentees,
        mentors,
        np.array([mentees.index(m) for m, _ in scores], dtype=np.int64),
        np.array([mentors.index(m) for _, m in scores], dtype=np.int64),
        np.array(list(scores.values()), dtype=np.float64),
    )
    return propose(people, Weights(), scores=table)


def seats(found: Proposal) -> dict[str, str]:
    return {m.mentee: m.mentor for m in found.matches}


@pytest.mark.parametrize("size", [2, 5, 9])
def test_products_are_paired_in_order(size: int) -> None:
    """Rearrangement inequality: a sum of products is largest when both go up together."""
    scores = {(f"r{i}", f"h{j}"): float(i * j) for i in range(size) for j in range(size)}

    found = solved(scores, {f"h{j}": 1 for j in range(size)})

    assert found.total == sum(k * k for k in range(size))
    assert found.gap == 0


def test_the_best_pair_is_given_up_for_a_better_whole() -> None:
    """A greedy takes 10 and is left with 0; crossing over gives 9 + 9."""
    scores = {("r1", "h1"): 10.0, ("r1", "h2"): 9.0, ("r2", "h1"): 9.0, ("r2", "h2"): 0.0}

    found = solved(scores, {"h1": 1, "h2": 1})

    assert seats(found) == {"r1": "h2", "r2": "h1"}
    assert found.total == 18


def test_a_long_chain_moves_up_so_that_the_last_has_a_place() -> None:
    """Each may go to a mentor or the next, the last to the last alone: one chain seats all."""
    scores: dict[tuple[str, str], float] = {}
    for k in range(1, 8):
        scores[f"r{k}", f"h{k}"] = 1.0
        scores[f"r{k}", f"h{k + 1}"] = 100.0
    scores["r8", "h8"] = 1.0

    found = solved(scores, {f"h{k}": 1 for k in range(1, 9)})

    assert seats(found) == {f"r{k}": f"h{k}" for k in range(1, 9)}
    assert found.total == 8
    assert found.gap == 0


def test_more_residents_than_a_hospital_has_beds_are_seated_up_to_its_capacity() -> None:
    """Hall's condition fails by two: five want h1 alone, which has three places."""
    scores = {(f"r{k}", "h1"): float(k) for k in range(1, 6)} | {("r6", "h2"): 1.0}

    found = solved(scores, {"h1": 3, "h2": 4}, also=("r7",))

    assert found.most_seats == 4
    assert seats(found) == {"r3": "h1", "r4": "h1", "r5": "h1", "r6": "h2"}
    assert {u.mentee for u in found.unseated} == {"r1", "r2", "r7"}
    assert all(u.reason and u.smallest_change for u in found.unseated)


def test_capacities_of_hospitals_are_filled_by_ranks_of_both_sides() -> None:
    """Six residents, three hospitals of two. With 5, 3 and 1 points for a first, second and third
    choice, at most 30 can be had if all get their first; r2 cannot, since h1 has two places and
    three first choices, and the cheapest way out costs the step from first to second: 28.
    """
    choices = {
        "r1": ("h1", "h2", "h3"),
        "r2": ("h1", "h3", "h2"),
        "r3": ("h1", "h2", "h3"),
        "r4": ("h2", "h1", "h3"),
        "r5": ("h2", "h3", "h1"),
        "r6": ("h3", "h1", "h2"),
    }
    points = (5.0, 3.0, 1.0)
    scores = {
        (r, h): p for r, ranked in choices.items() for h, p in zip(ranked, points, strict=True)
    }

    found = solved(scores, {"h1": 2, "h2": 2, "h3": 2})

    assert found.total == 28
    assert seats(found)["r2"] == "h3"
    assert found.gap == 0


def test_among_equal_totals_the_worst_off_is_raised() -> None:
    """6 + 2 and 4 + 4 are both 8; the second leaves nobody with less than 4."""
    scores = {("r1", "h1"): 6.0, ("r1", "h2"): 4.0, ("r2", "h1"): 4.0, ("r2", "h2"): 2.0}

    found = solved(scores, {"h1": 1, "h2": 1})

    assert found.worst == 4
    assert seats(found) == {"r1": "h2", "r2": "h1"}
