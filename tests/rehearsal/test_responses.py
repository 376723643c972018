"""The people of a rehearsal do what they are asked at the chosen rates, by a seed."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.rehearsal.model import Rates, Rehearsal
from runtime.rehearsal import report
from runtime.rehearsal.answers import chance
from runtime.rehearsal.plan import planned
from runtime.rehearsal.play import rehearse

pytestmark = pytest.mark.xdist_group("rehearsing")

SHORT = """\
id: short
name: Three weeks
description: To be seen at a glance.
weeks: 3
framework: miller_is
uses: {meetings: 1, nudges: 1, checkins: 1, stages: 1}
checkins: {first_week: 1, every_weeks: 1, weekday: monday, time: "09:00"}
nudges: {weekday: monday, time: "09:00"}
pulse: {instrument: safety, first_week: 1, every_weeks: 2, weekday: tuesday, time: "10:00",
  open_days: 4, cell_level: group}
groups: {mentees_min: 4, mentees_max: 8, mentors: 1, stages: any, company: []}
calendar: []
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("short") / "short.yaml"
    own.write_text(SHORT)
    return own


@cache
def played(template: Path, rates: Rates, *, seed: int = 1, each: bool = False) -> Rehearsal:
    plan = planned(
        None,
        people=10,
        template=str(template),
        starts_on=date(2026, 9, 7),
        seed=seed,
        rates=rates,
    )
    return asyncio.run(rehearse(plan, told=lambda _share, _day: None, each=each))


def kinds(found: Rehearsal) -> Counter[tuple[str, int]]:
    return Counter((one.message, one.week) for one in found.sent)


def test_the_same_seed_gives_the_same_report_and_another_another(template: Path) -> None:
    first, other = (played(template, Rates.of(50), seed=seed) for seed in (1, 2))
    again = played.__wrapped__(template, Rates.of(50), seed=1)

    reports = [report.as_json(replace(one, seconds=0)) for one in (first, again)]
    assert reports[0] == reports[1]
    assert report.as_csv(first) == report.as_csv(again)
    assert first.done != other.done


def test_a_message_of_the_day_stands_for_those_like_it(template: Path) -> None:
    some, each = (played(template, Rates.of(50), each=each) for each in (False, True))

    assert kinds(some) == kinds(each)
    assert some.done == each.done


def test_nobody_does_anything_at_a_rate_of_0_and_everybody_at_100(template: Path) -> None:
    nobody, everybody = (played(template, Rates.of(rate, action=rate)) for rate in (0, 100))

    assert not +Counter({key: n for key, n in nobody.done.items() if key != "conduct"})
    prompts = sum(one.message == "checkin prompt" for one in everybody.sent)
    assert everybody.done["checkins"] >= 0.9 * prompts > 0
    assert everybody.done["meetings"] > 0
    assert everybody.done["claims"] > 0
    assert everybody.done["mentors"] == everybody.done["claims"]
    assert len(nobody.rounds) == 2, "a pulse without a result holds nothing back"
    assert len(everybody.rounds) > 1
    alone = {
        rate: {
            cell.alone_per_cent for one in found.rounds for cell in one.cells if not cell.is_pool
        }
        for rate, found in ((0, nobody), (100, everybody))
    }
    assert alone[0] == {0}
    assert 100 in alone[100]


def test_who_does_not_accept_the_code_of_conduct_has_no_mentor(template: Path) -> None:
    mentor = "U0MADE00002"
    seed = next(one for one in range(99) if chance(one, "conduct", mentor) < 50)

    found = played(template, Rates(conduct=50), seed=seed)

    asked = {one.recipient.id for one in found.sent if one.message == "checkin prompt"}
    assert 0 < len(asked) < sum(one.kind == "mentee" for one in found.recipients)


def test_chance_is_even_and_depends_on_the_seed_alone() -> None:
    drawn = [chance(1, "pulse", number) for number in range(2_000)]

    assert 0.45 < sum(one < 50 for one in drawn) / 2_000 < 0.55
    assert chance(1, "pulse", 3) == drawn[3] != chance(2, "pulse", 3)


@pytest.mark.parametrize("people", [0, 2, 5_001])
def test_too_few_or_too_many_people_are_refused(people: int) -> None:
    with pytest.raises(OperatorFacing, match="--people takes 3 to 5,000"):
        planned(None, people=people, template="term_12", starts_on=None, seed=0)
