"""Whatever people are like, every combination of their traits has five or more in an export."""

from collections import Counter
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.errors import UserFacing
from bot.research.model import K, Traits
from bot.research.rules import NOTHING, anonymise, first_of_step, training_band

WEEKS = st.one_of(st.none(), st.integers(1, 40))
PEOPLE = st.builds(
    Traits,
    role=st.sampled_from(["mentee", "mentee", "mentee", "mentor", "peer_mentor", "both"]),
    cohort=st.sampled_from(["2026", "2026", "2026", "2027"]),
    training_band=st.sampled_from([None, "early", "middle", "late"]),
    framework=st.just("miller_is"),
    entry_week=WEEKS,
    exit_week=WEEKS,
    exit_reason=st.sampled_from([None, "completed", "left", "account_closed"]),
)
MENTEE = Traits(
    role="mentee",
    cohort="2026",
    training_band="early",
    framework="miller_is",
    entry_week=1,
    exit_week=None,
    exit_reason=None,
)


@given(st.lists(PEOPLE, min_size=K, max_size=60))
def test_every_combination_is_shared_by_five(people: list[Traits]) -> None:
    found = anonymise(people).traits

    assert len(found) == len(people)
    assert min(Counter(map(astuple, found)).values()) >= K


@given(st.lists(PEOPLE, min_size=K, max_size=60))
def test_nothing_is_made_up_only_left_out_or_broader(people: list[Traits]) -> None:
    made = anonymise(people)

    for before, after in zip(people, made.traits, strict=True):
        broader: dict[str, set[object]] = {
            "role": {before.role, "mentoring" if before.role != "mentee" else before.role},
            "entry_week": {first_of_step(before.entry_week, made.week_step)},
            "exit_week": {first_of_step(before.exit_week, made.week_step)},
        }
        for name in Traits.__dataclass_fields__:
            allowed = broader.get(name, {getattr(before, name)})
            assert getattr(after, name) in {None, *allowed}


def test_fewer_than_five_people_are_in_no_file() -> None:
    with pytest.raises(UserFacing, match="Fewer than 5 people"):
        anonymise([MENTEE] * 4)


def test_whoever_is_like_enough_others_keeps_all_traits() -> None:
    made = anonymise([MENTEE] * 5 + [replace(MENTEE, training_band="late")] * 6)

    assert made.week_step == 1
    assert set(made.traits) == {MENTEE, replace(MENTEE, training_band="late")}


def test_one_who_stands_out_gives_up_what_makes_them_and_no_more() -> None:
    late = replace(MENTEE, entry_week=9)
    unknown = replace(MENTEE, entry_week=None)

    made = anonymise([MENTEE] * 20 + [unknown] * 5 + [late])

    assert made.traits[-1] == unknown


def test_few_who_share_nothing_are_joined_by_as_many_as_hide_them() -> None:
    peer = replace(MENTEE, role="peer_mentor", training_band=None)

    made = anonymise([MENTEE] * 20 + [peer] * 2)

    assert Counter(made.traits) == {MENTEE: 17, NOTHING: 5}


def test_mentoring_roles_become_one_before_they_are_left_out() -> None:
    mentor = replace(MENTEE, role="mentor", training_band=None)
    peer = replace(mentor, role="peer_mentor")

    made = anonymise([MENTEE] * 20 + [mentor] * 3 + [peer] * 2)

    assert {one.role for one in made.traits} == {"mentee", "mentoring"}


def test_training_is_told_in_thirds_of_the_framework() -> None:
    assert [training_band(n, 5) for n in range(5)] == [
        *("early", "early", "middle", "middle"),
        "late",
    ]
    assert [training_band(n, 4) for n in range(4)] == ["early", "early", "middle", "late"]
