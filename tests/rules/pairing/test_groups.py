"""Group composition: sizes, company, stages, and the proof."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pairing.model import ContradictionError, GroupWishes
from bot.pairing.rules.groups import Candidate, compose_groups


def people(*stages: int, **kinds: list[str]) -> list[Candidate]:
    return [
        Candidate(id=f"bob{k}", stage=s, kinds={name: v[k] for name, v in kinds.items()})
        for k, s in enumerate(stages)
    ]


def test_stages_are_mixed_when_wished() -> None:
    found = compose_groups(
        people(0, 0, 1, 1), ["a", "b"], GroupWishes(min_size=2, max_size=2, stages="mixed")
    )

    assert all({int(m[-1]) // 2 for m in group} == {0, 1} for group in found.groups.values())
    assert found.proven
    assert found.gap == 0


def test_stages_are_alike_when_wished() -> None:
    found = compose_groups(
        people(0, 3, 0, 3), ["a", "b"], GroupWishes(min_size=2, max_size=2, stages="alike")
    )

    assert {tuple(g) for g in found.groups.values()} == {("bob0", "bob2"), ("bob1", "bob3")}
    assert found.value == 0


def test_nobody_is_the_only_one_from_their_site() -> None:
    sites = ["North", "North", "South", "South", "South", "South"]
    found = compose_groups(
        people(0, 0, 0, 0, 0, 0, site=sites),
        ["a", "b"],
        GroupWishes(min_size=2, max_size=4, company=("site",)),
        scores={("bob0", "a"): 5, ("bob1", "b"): 5},
    )

    where = {m: g for g, group in found.groups.items() for m in group}
    assert where["bob0"] == where["bob1"]


def test_locks_exclusions_and_people_kept_apart_are_respected() -> None:
    found = compose_groups(
        people(0, 0, 0, 0),
        ["a", "b"],
        GroupWishes(min_size=1, max_size=3),
        scores={("bob1", "a"): 9, ("bob2", "b"): 9},
        locks={"bob0": "a"},
        apart=[("bob0", "bob1")],
        forbidden=[("bob2", "b")],
    )

    assert "bob0" in found.groups["a"]
    assert "bob1" in found.groups["b"]
    assert "bob2" in found.groups["a"]


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (3, "2 groups of at least 2 need 4 people; there are 3. 1 groups would do."),
        (7, "2 groups of at most 3 hold 6 people; there are 7. 3 groups would do."),
    ],
)
def test_sizes_that_cannot_hold_are_said_with_what_would_do(count: int, sentence: str) -> None:
    with pytest.raises(ContradictionError) as caught:
        compose_groups(people(*[0] * count), ["a", "b"], GroupWishes(min_size=2, max_size=3))

    assert caught.value.sentences == (sentence,)


def test_conditions_that_contradict_each_other_are_said() -> None:
    with pytest.raises(ContradictionError, match="No groups meet all conditions"):
        compose_groups(
            people(0, 0),
            ["a", "b"],
            GroupWishes(min_size=1, max_size=1),
            locks={"bob0": "a"},
            forbidden=[("bob1", "b")],
        )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=5),
    st.sampled_from(["any", "mixed", "alike"]),
    st.lists(st.integers(0, 9), min_size=10, max_size=10),
)
def test_a_composition_is_the_best_that_brute_force_finds(
    stages: list[int], wish: str, points: list[int]
) -> None:
    candidates, groups = people(*stages), ["a", "b"]
    scores = {
        (c.id, g): float(points[2 * k + j])
        for k, c in enumerate(candidates)
        for j, g in enumerate(groups)
    }
    wishes = GroupWishes(min_size=1, max_size=4, stages=wish, stage_weight=3.0)

    found = compose_groups(candidates, groups, wishes, scores=scores)

    values = []
    for choice in product(range(2), repeat=len(candidates)):
        if not 1 <= sum(choice) <= len(choice) - 1 or max(choice.count(0), choice.count(1)) > 4:
            continue
        value = sum(scores[c.id, groups[g]] for c, g in zip(candidates, choice, strict=True))
        for g in range(2):
            own = {s for s, x in zip(stages, choice, strict=True) if x == g}
            if wish == "mixed":
                value += 3 * len(own)
            elif wish == "alike":
                value -= 3 * max((abs(a - b) for a, b in combinations(own, 2)), default=0)
        values.append(value)
    assert found.value == pytest.approx(max(values))
    assert found.proven
