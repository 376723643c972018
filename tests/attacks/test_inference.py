"""Nobody's answer follows from what is published; and the auditor would have noticed."""

import os

import pytest

from bot.pulse.model import Threshold
from bot.pulse.rules import bands
from tests.attacks.auditor import audit, read_common, read_digest
from tests.attacks.simulation import year

YEARS = int(os.environ.get("CAIRN_ATTACK_YEARS", "20"))
"""How many are audited here; `python -m tests.attacks.auditor --years 500` is the long form."""


def test_no_published_year_gives_anybody_away() -> None:
    found = audit(read_digest, range(YEARS))

    assert found.answers > 1000 * YEARS / 2
    assert found.given_away == 0


def test_means_and_a_histogram_give_many_away() -> None:
    found = audit(read_common, range(1), to_insiders=False)

    assert found.share_of_people >= 0.05


def test_an_end_band_one_count_narrower_gives_people_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise broken on purpose: end bands of c + 1 counts."""

    def careless(answered: int, threshold: Threshold) -> tuple[range, ...]:
        if answered < bands.enough(threshold):
            return ()
        end = threshold.c + 1
        return range(end), range(end, answered + 1 - end), range(answered + 1 - end, answered + 1)

    monkeypatch.setattr(bands, "cuts", careless)

    assert audit(read_digest, range(3)).given_away > 0


def test_the_years_hold_what_an_auditor_must_meet() -> None:
    """Pools, withheld groups and statements with too few answers all occur."""
    text = "\n".join(played.text for seed in range(YEARS) for played in year(seed))

    for said in (
        "Smaller groups together (5 or more",
        "no result of its own",
        "not enough answers",
    ):
        assert said in text
    for change in ("band up", "band down", "same"):
        assert f"({change})" in text
