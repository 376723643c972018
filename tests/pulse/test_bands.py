"""The bands: published cuts, and an exhaustive proof that no band settles anybody's answer."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.model import GROUP_BANDS, SHARE_BANDS, Band, Threshold
from bot.pulse.rules import band, cuts, direction, enough, share_band, share_enough

DEFAULT = Threshold()


def as_text(answered: int) -> str:
    return " / ".join(f"{part[0]}-{part[-1]}" for part in cuts(answered, DEFAULT))


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (5, "0-2 / 3-5"),
        (6, "0-3 / 4-6"),
        (7, "0-3 / 4-7"),
        (8, "0-2 / 3-5 / 6-8"),
        (9, "0-2 / 3-6 / 7-9"),
        (11, "0-3 / 4-7 / 8-11"),
        (12, "0-3 / 4-8 / 9-12"),
    ],
)
def test_the_cuts_are_those_that_the_design_states(answered: int, expected: str) -> None:
    assert as_text(answered) == expected


@pytest.mark.parametrize("answered", range(5))
def test_fewer_than_five_answers_are_never_banded_whatever_k_says(answered: int) -> None:
    careless = Threshold(k=1, c=1)

    assert cuts(answered, careless) == ()
    assert band(0, answered, careless) is Band.NOT_ENOUGH


@pytest.mark.parametrize("answered", range(5, 13))
def test_no_band_settles_anybody_for_an_insider_who_knows_who_answered(answered: int) -> None:
    """Every possible set of answers is written down; whoever sees the band and knows one answer
    must find both values possible for each of the others."""
    consistent: dict[tuple[Band, int], list[set[int]]] = {}
    for votes in product((0, 1), repeat=answered):
        key = (band(sum(votes), answered, DEFAULT), votes[0])
        seen = consistent.setdefault(key, [set() for _ in range(answered)])
        for person, vote in enumerate(votes):
            seen[person].add(vote)

    for seen in consistent.values():
        assert all(values == {0, 1} for values in seen[1:])


@given(c=st.integers(1, 6), answered=st.integers(5, 400))
def test_end_bands_hold_two_counts_more_than_there_are_insiders(c: int, answered: int) -> None:
    threshold = Threshold(k=5, c=c)

    parts = cuts(answered, threshold)

    assert bool(parts) == (answered >= enough(threshold))
    assert [count for part in parts for count in part] == (
        list(range(answered + 1)) if parts else []
    )
    assert all(len(end) >= c + 2 for end in parts[:1] + parts[-1:])


@pytest.mark.parametrize("answered", range(1, 5))
def test_no_two_bands_are_safe_for_fewer_than_five(answered: int) -> None:
    ends_hold_enough = [
        low
        for low in range(1, answered + 1)
        if low >= DEFAULT.c + 2 and answered + 1 - low >= DEFAULT.c + 2
    ]

    assert ends_hold_enough == []


@given(answered=st.integers(30, 600), c=st.integers(1, 3), numbers=st.data())
def test_a_share_interval_holds_the_share_and_its_ends_are_wide(
    answered: int, c: int, numbers: st.DataObject
) -> None:
    threshold = Threshold(c=c)
    favourable = numbers.draw(st.integers(0, answered))

    published = share_band(favourable, answered, threshold)

    if answered < share_enough(threshold):
        assert published is band(favourable, answered, threshold)
        return
    low, high = (int(edge) for edge in published.value.split("-"))
    assert low <= 100 * favourable / answered <= high
    for end in (SHARE_BANDS[0], SHARE_BANDS[-1]):
        counts = [n for n in range(answered + 1) if share_band(n, answered, threshold) is end]
        assert len(counts) >= c + 2


def test_only_bands_of_one_scale_are_compared() -> None:
    assert direction(Band.LOW, Band.HIGH) == 1
    assert direction(Band.MIXED, Band.MIXED) == 0
    assert direction(Band.SHARE_9, Band.SHARE_3) == -1
    assert direction(None, Band.HIGH) is None
    assert direction(Band.NOT_ENOUGH, Band.HIGH) is None
    assert direction(Band.HIGH, Band.SHARE_9) is None
    assert len(GROUP_BANDS) == 3


@pytest.mark.parametrize(("favourable", "answered"), [(-1, 5), (6, 5)])
def test_a_count_that_cannot_be_is_refused(favourable: int, answered: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        band(favourable, answered, DEFAULT)
