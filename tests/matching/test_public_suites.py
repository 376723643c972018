"""Instances of public suites, rebuilt as data of our own, and the answers those suites expect."""

import random
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.peers.plan import plan_rounds
from tests.matching.test_known_instances import seats, solved

FOLDER = Path(__file__).parent / "instances"


def instances(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


ASSIGNMENTS, RESIDENTS = instances("assignments.yaml"), instances("residents.yaml")
GOLFERS = [tuple(one) for suite in instances("rotations.yaml") for one in suite["instances"]]


@pytest.mark.parametrize("one", [*ASSIGNMENTS, *RESIDENTS, *instances("rotations.yaml")])
def test_every_instance_names_its_source_licence_and_date(one: dict[str, Any]) -> None:
    assert one["source"]
    assert one["licence"].startswith(("Apache-2.0", "BSD-3-Clause", "MIT", "CC BY 4.0"))
    assert one["seen"].year >= 2026


@pytest.mark.parametrize("one", ASSIGNMENTS, ids=lambda one: str(one["source"]))
def test_an_assignment_costs_what_its_suite_expects(one: dict[str, Any]) -> None:
    costs = one["costs"]
    scores = {
        (f"mentee{i}", f"mentor{j}"): -float(cost)
        for i, row in enumerate(costs)
        for j, cost in enumerate(row)
        if cost is not None
    }
    everybody = tuple(f"mentee{i}" for i in range(len(costs)))

    found = solved(scores, {f"mentor{j}": 1 for j in range(len(costs[0]))}, also=everybody)

    assert len(found.matches) == found.most_seats == one["seated"]
    assert -found.total == pytest.approx(one["cost"])
    assert found.gap == 0
    assert len(found.unseated) == len(costs) - one["seated"]


@pytest.mark.parametrize("one", RESIDENTS, ids=lambda one: str(one["source"]))
def test_residents_do_no_worse_together_than_in_the_stable_matching(one: dict[str, Any]) -> None:
    scores = {
        (who, where): 10.0 - rank
        for who, ranked in one["choices"].items()
        for rank, where in enumerate(ranked)
    }

    found = solved(scores, one["places"])

    stable = sum(scores[pair] for pair in one["stable"].items())
    assert len(found.matches) == one["best_seated"] >= len(one["stable"])
    assert found.total >= stable
    if one["is_only_best"]:
        assert seats(found) == one["stable"]


@pytest.mark.parametrize(("groups", "size", "weeks"), GOLFERS)
def test_golfers_meet_nobody_twice_where_a_plan_is_known(
    groups: int, size: int, weeks: int
) -> None:
    names = [f"golfer{k}" for k in range(groups * size)]
    looks = iter(range(100))

    found = plan_rounds(
        names,
        size=size,
        rounds=weeks,
        rng=random.Random(1),
        seed=1,
        out_of_time=lambda: next(looks, None) is None,
    )

    met = Counter(p for turn in found.rounds for g in turn for p in combinations(sorted(g), 2))
    assert len(found.rounds) == weeks
    assert all(sorted(p for g in turn for p in g) == sorted(names) for turn in found.rounds)
    assert max(met.values()) == 1
