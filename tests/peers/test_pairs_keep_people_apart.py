"""Peer rounds never seat two people together who must not meet: property tests."""

import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.peers.exclusions import ImpossibleRounds
from bot.peers.plan import RotationPlan, group_sizes, plan_rounds
from runtime.commands.matching_commands import run_rotate
from runtime.commands.matching_inputs import FileProblem

Pairs = list[tuple[str, str]]


def members(count: int) -> list[str]:
    return [f"bob{k}" for k in range(count)]


def plan(count: int, size: int, rounds: int, apart: Pairs, *, seed: int) -> RotationPlan:
    left = iter(range(3))
    return plan_rounds(
        members(count),
        size=size,
        rounds=rounds,
        apart=apart,
        rng=random.Random(seed),
        seed=seed,
        out_of_time=lambda: next(left, None) is None,
    )


def together(found: RotationPlan) -> set[frozenset[str]]:
    return {
        frozenset(two) for turn in found.rounds for group in turn for two in combinations(group, 2)
    }


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(2, 17), st.integers(2, 5), st.integers(1, 4), st.integers(0, 3))
def test_no_round_ever_has_a_pair_that_must_be_kept_apart(
    data: st.DataObject, count: int, size: int, rounds: int, seed: int
) -> None:
    every = list(combinations(members(count), 2))
    apart = data.draw(st.lists(st.sampled_from(every), max_size=12))

    try:
        found = plan(count, size, rounds, apart, seed=seed)
    except ImpossibleRounds:
        return

    assert together(found).isdisjoint(map(frozenset, apart))
    sizes, _ = group_sizes(count, size)
    assert len(found.rounds) == rounds
    for turn in found.rounds:
        assert sorted(one for group in turn for one in group) == sorted(members(count))
        assert sorted(map(len, turn)) == sorted(sizes)
    assert found.lower_bound <= found.repeats


@settings(max_examples=60, deadline=None)
@given(st.integers(8, 24), st.integers(2, 4), st.integers(1, 5), st.integers(0, 9))
def test_where_each_has_one_person_to_be_kept_from_rounds_are_found(
    count: int, size: int, rounds: int, seed: int
) -> None:
    names = members(count)
    apart = list(zip(names[::2], names[1::2], strict=False))

    found = plan(count, size, rounds, apart, seed=seed)

    assert together(found).isdisjoint(map(frozenset, apart))


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ImpossibleRounds):
        plan(4, 2, 1, [("bob0", other) for other in members(4)[1:]], seed=1)
    with pytest.raises(ImpossibleRounds):
        plan(3, 4, 1, [("bob0", "bob1")], seed=1)


def rotate(folder: Path, lines: list[str]) -> str:
    (folder / "m.csv").write_text("\n".join(lines), encoding="utf-8")
    out = folder / "rounds.csv"
    run_rotate(folder / "m.csv", size=2, rounds=2, out=out, report=folder / "report.json")
    return out.read_text(encoding="utf-8")


def test_a_list_says_who_must_not_meet(tmp_path: Path) -> None:
    rounds = rotate(tmp_path, ["member,avoid", "Ann,Bo; Cy", "Bo,", "Cy,", "Di,"])

    assert "1,1,Ann\r\n1,1,Di" in rounds.replace("\r\n", "\n").replace("\n", "\r\n")
    assert (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["member,avoid", "Ann,Bo;Cy;Di", "Bo,", "Cy,", "Di,"], "keep everybody apart"),
        (["member,avoid", "Ann,Bob", "Bo,", "Cy,", "Di,"], "is no member"),
    ],
)
def test_nothing_is_written_where_somebody_could_not_be_kept_apart(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(FileProblem) as refused:
        rotate(tmp_path, lines)

    assert sentence in " ".join(refused.value.sentences)
    assert not (tmp_path / "rounds.csv").exists()
