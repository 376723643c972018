"""Nobody's answer follows from what is published; and the auditor would have noticed."""

import os

import pytest

from bot.pulse import rules as bands
from bot.pulse import rules as comments
from bot.pulse.model import Threshold
from tests.attacks import simulation
from tests.attacks.auditor import audit, read_common, read_digest
from tests.attacks.authorship import Authorship, read_by_group, read_pooled
from tests.attacks.simulation import year

YEARS = int(os.environ.get("CAIRN_ATTACK_YEARS", "20"))
"""How many are audited here; `python -m tests.attacks.auditor --years 500` is the long form."""


def test_no_published_year_gives_anybody_away() -> None:
    found = audit(read_digest, range(YEARS))

    assert found.answers > 1000 * YEARS / 2
    assert found.given_away == 0
    assert found.authorship.comments > 30 * YEARS
    assert found.authorship.given_away == 0


def test_two_who_compare_their_answers_learn_a_third_at_times_as_the_form_says() -> None:
    """Not promised: end bands of three counts keep one insider from knowing, not two."""
    found = audit(read_digest, range(3), insiders=2)

    assert 0 < found.given_away < found.answers / 10


def test_means_and_a_histogram_give_many_away() -> None:
    found = audit(read_common, range(1), insiders=0)

    assert found.share_of_people >= 0.05


def test_comments_beneath_their_groups_give_authors_away() -> None:
    found = audit(lambda _played: iter(()), range(3), read_comments=read_by_group)

    assert found.authorship.given_away > 0


def test_comments_of_two_people_would_give_authors_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise broken on purpose: a pool for whoever answered."""
    monkeypatch.setattr(comments, "LEAST_PEOPLE", 0)
    monkeypatch.setattr(comments, "LEAST_GROUPS", 0)
    monkeypatch.setattr(simulation, "Threshold", lambda: Threshold(k=0))
    quiet = [played for seed in range(3) for played in year(seed, silence=0.99)]

    found = Authorship()
    for played in quiet:
        found.add(played, read_pooled(played))

    assert found.given_away > 0


def test_an_end_band_one_count_narrower_gives_people_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise broken on purpose: end bands of c + 1 counts."""

    def careless(answered: int, threshold: Threshold, **_asked: object) -> tuple[range, ...]:
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
