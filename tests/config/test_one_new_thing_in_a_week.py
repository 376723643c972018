"""A mentee meets one new thing in a week: what begins when, in every template."""

from collections import Counter

import pytest

from bot.programme.model import Template, Use
from config.catalogue import load_catalogue

TEMPLATES = load_catalogue().templates


def begins(template: Template) -> Counter[int]:
    """Count what begins for a mentee in each week; the pulse is new to them like the others."""
    weeks = [week for use, week in template.uses if use is not Use.NUDGES]
    return Counter([*weeks, template.pulse_first_week])


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_after_the_first_week_a_mentee_meets_one_new_thing_in_a_week(template: Template) -> None:
    later = {week: count for week, count in begins(template).items() if week > 1}

    assert later
    assert max(later.values()) == 1


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_nothing_is_asked_for_before_its_week(template: Template) -> None:
    assert template.checkin_first_week == dict(template.uses)[Use.CHECKINS]
