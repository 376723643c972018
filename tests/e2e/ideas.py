"""How each idea of mentoring shows: words, and those who read them in a year, and no others."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.checkins.prompts import QUESTIONS, Circumstance
from tests.e2e.story import CONCERN, CRISIS
from tests.e2e.year import Year


@dataclass(frozen=True, slots=True)
class Row:
    """An idea, the patterns by which it is seen, and everybody who reads each of them."""

    idea: str
    patterns: Callable[[Year], Sequence[str]]
    readers: Callable[[Year], set[str]]


def marks(year: Year, by: str, form: str, box: str = "") -> list[str]:
    """The marks of what somebody wrote into the boxes of a form, in its order."""
    return [
        mark
        for mark, one in year.written.items()
        if (one.by, one.form) == (by, form) and one.box.startswith(box)
    ]


def says(*patterns: str) -> Callable[[Year], Sequence[str]]:
    return lambda _year: patterns


ROWS = (
    Row(
        "Think, feel, act: three lenses, each shared or not by itself",
        lambda y: marks(y, y.elif_, "checkin.form", "lens_think")[:1],
        lambda y: {y.elif_, y.alice},
    ),
    Row(
        "Think, feel, act: what is left out is its author's alone",
        lambda y: marks(y, y.elif_, "checkin.form", "lens_feel")[:1],
        lambda y: {y.elif_},
    ),
    Row(
        "Think, feel, act: a check-in for oneself",
        lambda y: marks(y, y.bob, "checkin.form", "lens_think")[:7],
        lambda y: {y.bob},
    ),
    Row("Mentoring ecosystem: what is in the way, by level", says("In the way: Society"),
        lambda y: {y.elif_, y.alice}),
    Row(
        "Community of practice: a group's charter",
        lambda y: marks(y, y.elif_, "charter.lines_form"),
        lambda y: {y.elif_, y.alice, y.liam},
    ),
    Row("Community of practice: the peer-mentor's role is offered",
        says("Would you like to be a peer-mentor"), lambda y: {y.elif_, y.bob}),
    Row("Mentoring dynamics: how it is, for the one who answered",
        says(r"Relying on each other: \d"), lambda y: {y.bob}),
    Row("Mentoring dynamics: both sides are asked",
        says("How is it going with"), lambda y: {y.alice}),
    Row(
        "Competency stages: evidence for the mentor",
        lambda y: marks(y, y.bob, "stage.claim_form"),
        lambda y: {y.bob, y.alice},
    ),
    Row("Competency stages: a step back", says("You stepped back to"), lambda y: {y.bob}),
    Row("Confidence: its trend", says(r"\*Your confidence\* in \d+ check-ins"), lambda y: {y.bob}),
    Row(
        "Confidence: a goal that is shared",
        lambda y: marks(y, y.bob, "goal.form", "title"),
        lambda y: {y.bob, y.alice},
    ),
    Row(
        "Confidence: a goal that is not",
        lambda y: marks(y, y.elif_, "goal.form", "title"),
        lambda y: {y.elif_},
    ),
    Row(
        "Ethics: a concern goes past the mentor",
        lambda y: marks(y, y.hassan, "care.form"),
        lambda y: {y.hassan, y.ruth},
    ),
    Row(
        "Compass: at the start",
        lambda y: marks(y, y.bob, "compass.form", "principle")[:3],
        lambda y: {y.bob},
    ),
    Row("Compass: what moved, for its author", says("It has grown stronger"), lambda y: {y.bob}),
    Row(
        "Complex adaptive system: a rotation changes the next question",
        lambda _y: ["|".join(map(re.escape, QUESTIONS[Circumstance.ROTATION]))],
        lambda y: {y.bob},
    ),
    Row("Hierarchy: who grades is kept from whom they grade",
        says("are in one mentoring group and should not be"), lambda y: {y.cast.coordinator}),
    Row("Continuous journey: back without anything to catch up on",
        says("Nothing from the time of your break has to be caught up on"),
        lambda y: {y.alice, y.lucia}),
    Row("Continuous journey: contacts for all", says(CRISIS, CONCERN),
        lambda y: {*y.cast.mentors, *y.cast.mentees, y.ruth, y.cast.coordinator}),
    Row("Aligned expectations: the gaps, for the two",
        says("You chose differently on"), lambda y: {y.bob, y.alice}),
    Row("Safe space: nobody is shown an answer", says("The answers themselves were destroyed"),
        lambda y: {*y.cast.mentees}),
    Row("Longitudinal: research only with consent", says("Research may use what you noted"),
        lambda y: {y.bob}),
)  # fmt: skip
