"""Which comments are published, and how: decided by how many people answered, never by words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.ids import MemberId
from bot.pulse.comment_text import MOST_CHARS, as_it_will_appear, is_acceptable
from bot.pulse.model import Eligible, Paper, Threshold
from bot.pulse.rules import pooled
from tests.pulse.papers import groups

ELEVEN_OF_THREE = {"A": 4, "B": 4, "C": 3}


def shown(eligible: list[Eligible], written: dict[str, str]) -> tuple[str, ...]:
    papers = {one.member_id: Paper({}, written.get(one.member_id, "")) for one in eligible}
    return pooled(eligible, papers, Threshold())


@pytest.mark.parametrize(
    ("typed", "appears"),
    [
        ("  Two\n\nlines\tand  spaces ", "Two lines and spaces"),
        ("It\u2019s \u201cfine\u201d\u2026", 'It\'s "fine"...'),
        ("cafe\u0301", "caf\u00e9"),
        ("a\u202eb\u200bc\x00\ud800", "abc"),
        ("e\u200b\u0301", "\u00e9"),
        ("\u200b \n", ""),
        ("می\u200cخواهم 👩\u200d⚕️", "می\u200cخواهم 👩\u200d⚕️"),
        ("<!channel> & *loud*", "<!channel> & *loud*"),
    ],
)
def test_a_comment_appears_on_one_line_without_traces_of_a_keyboard(
    typed: str, appears: str
) -> None:
    assert as_it_will_appear(typed) == appears


@given(st.text(st.characters(codec=None), max_size=60))
def test_what_will_appear_appears_like_that(typed: str) -> None:
    appears = as_it_will_appear(typed)

    assert as_it_will_appear(appears) == appears
    assert is_acceptable(appears)
    appears.encode()


def test_a_comment_that_is_too_long_or_not_as_it_appears_is_not_acceptable() -> None:
    assert is_acceptable("x" * MOST_CHARS)
    for refused in ("x" * (MOST_CHARS + 1), "two\nlines", 5, None):
        assert not is_acceptable(refused)


@pytest.mark.parametrize(
    ("sizes", "mentors", "is_enough"),
    [
        (ELEVEN_OF_THREE, 0, True),
        ({"A": 3, "B": 3, "C": 3}, 5, False),
        ({"A": 20, "B": 20}, 0, False),
        ({"A": 4, "B": 3, "C": 3}, 0, False),
        ({"A": 9, "B": 1, "C": 1}, 0, False),
        ({"A": 7, "B": 2, "C": 2}, 0, True),
    ],
)
def test_comments_need_ten_mentees_of_three_groups_and_none_of_them_in_particular(
    sizes: dict[str, int], mentors: int, is_enough: bool
) -> None:
    eligible = groups(sizes, mentors=mentors)

    found = shown(eligible, {"A0": "More time, please."})

    assert found == (("More time, please.",) if is_enough else ())


def test_who_was_asked_and_did_not_answer_is_not_counted() -> None:
    eligible = groups({"A": 4, "B": 3, "C": 4})
    papers = {one.member_id: Paper({}, "Hello") for one in eligible if one.cell_id != "C"}

    assert pooled(eligible, papers, Threshold()) == ()


def test_no_mentors_comment_is_shown() -> None:
    eligible = groups(ELEVEN_OF_THREE, mentors=1)

    assert shown(eligible, {"A-mentor0": "I am the mentor", "B1": "I am not"}) == ("I am not",)


@given(st.lists(st.text("ab c", max_size=3), min_size=11, max_size=11), st.randoms())
def test_neither_words_nor_order_depend_on_whose_they_are(
    written: list[str], chance: random.Random
) -> None:
    eligible = groups(ELEVEN_OF_THREE)
    members: list[MemberId] = [one.member_id for one in eligible]
    shuffled = chance.sample(written, len(written))

    mine, theirs = (
        shown(eligible, dict(zip(members, one, strict=True))) for one in (written, shuffled)
    )

    assert mine == theirs
    assert sorted(mine) == sorted(filter(None, written))


@given(st.lists(st.text(max_size=20), min_size=9, max_size=9))
def test_with_one_person_too_few_nothing_anybody_writes_is_shown(written: list[str]) -> None:
    eligible = groups({"A": 3, "B": 3, "C": 3})
    members = [one.member_id for one in eligible]

    assert shown(eligible, dict(zip(members, written, strict=True))) == ()
