"""What a round asks, and how an answer is read."""

import pytest

from bot.pulse.model import Form
from bot.pulse.rules import acceptable, form_for, is_favourable, items_for
from tests.pulse.papers import INSTRUMENT, item


def test_the_core_form_asks_the_core_and_one_item_in_turn() -> None:
    asked = [items_for(INSTRUMENT, form=Form.CORE, number=n) for n in range(3)]

    assert asked == [
        ("speak", "mistakes", "belong"),
        ("speak", "mistakes", "roles"),
        ("speak", "mistakes", "belong"),
    ]


def test_the_full_form_asks_everything() -> None:
    asked = items_for(INSTRUMENT, form=Form.FULL, number=0)

    assert asked == ("speak", "mistakes", "belong", "roles", "more")


def test_a_year_asks_everything_at_its_start_middle_and_end_only() -> None:
    weeks = list(range(4, 41, 4))
    forms = [
        form_for(week=week, previous_week=before, weeks=40, every_weeks=4)
        for before, week in zip([None, *weeks], weeks, strict=False)
    ]

    full = [week for week, form in zip(weeks, forms, strict=True) if form is Form.FULL]
    assert full == [4, 20, 40]


@pytest.mark.parametrize(
    ("point", "reverse", "expected"),
    [
        (1, False, False),
        (3, False, False),
        (4, False, True),
        (5, False, True),
        (1, True, True),
        (2, True, True),
        (3, True, False),
        (5, True, False),
    ],
)
def test_four_and_five_are_favourable_after_turning_reversed_items_round(
    point: int, reverse: bool, expected: bool
) -> None:
    assert is_favourable(item("any", reverse=reverse), point) is expected


@pytest.mark.parametrize(
    "forged", [{"speak": 0}, {"speak": 6}, {"other": 3}, {"speak": "3"}, {"speak": True}]
)
def test_an_answer_off_the_scale_or_off_the_form_is_refused(forged: dict[str, object]) -> None:
    assert acceptable(forged, ("speak", "belong")) is None


def test_an_item_may_be_left_out() -> None:
    assert acceptable({"speak": 5}, ("speak", "belong")) == {"speak": 5}
    assert acceptable({}, ("speak",)) == {}
