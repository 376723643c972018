"""The instrument that Cairn ships, and what a broken one says."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.pulse.model import Form, ItemUse
from bot.pulse.rules import items_for
from config.entries import instrument_from

FILE = Path(__file__).parents[2] / "config" / "instruments" / "safety.yaml"


@pytest.fixture
def mapping() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return read


def test_the_core_is_four_items_and_one_in_turn(mapping: dict[str, Any]) -> None:
    instrument = instrument_from(mapping)

    core = [item.id for item in instrument.items if item.place is ItemUse.CORE]

    assert core == ["raise_issues", "mistakes", "ask_help", "not_judged"]
    assert len(items_for(instrument, form=Form.CORE, number=3)) == 5


WORDS_A_MINUTE = 200
CHOOSING_S = 4
"""Reading speed of plain text, on the slow side; finding and pressing one of six buttons."""


def test_a_usual_round_is_answered_in_less_than_a_minute(mapping: dict[str, Any]) -> None:
    instrument = instrument_from(mapping)

    for number in range(7):
        asked = items_for(instrument, form=Form.CORE, number=number)
        words = sum(len(item.text.split()) for item in instrument.items if item.id in asked)
        assert words * 60 / WORDS_A_MINUTE + CHOOSING_S * len(asked) < 60


def test_all_constructs_are_asked_and_the_items_call_themselves_unvalidated(
    mapping: dict[str, Any],
) -> None:
    instrument = instrument_from(mapping)

    assert len(items_for(instrument, form=Form.FULL, number=0)) == 11
    assert "adapted, unvalidated" in instrument.note
    assert {item.id for item in instrument.items if item.reverse} == {
        "mistakes",
        "ask_help",
        "different",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scale": ["no", "yes"]}, "scale"),
        ({"version": 0}, "version"),
        ({"items": []}, "items"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_broken_instrument_is_refused_by_field(
    mapping: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        instrument_from(mapping | change)

    assert refusal.value.errors()[0]["loc"][0] == field


def test_two_items_of_one_name_are_refused(mapping: dict[str, Any]) -> None:
    mapping["items"].append(dict(mapping["items"][0]))

    with pytest.raises(ValidationError, match="'raise_issues' stands here twice"):
        instrument_from(mapping)
