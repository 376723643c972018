"""The forms in which a coordinator says what is to change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.course.rules import MOST_CADENCE_WEEKS, MOST_SHIFT_WEEKS
from bot.kernel.clock import monday_of
from bot.kernel.words import WEEKDAYS, plural
from bot.programme.model import Programme, ProgrammeState, Template, last_day
from bot.stages.model import Framework
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View, escape
from handlers.course import words

TIMES = [time(half // 2, half % 2 * 30) for half in range(12, 43)]
MOST_DESCRIBED = 10
WHO_SEES = "*Who sees this:* coordinators. You see what it does next, and nothing is done yet."
READ_BY = "Mentees and mentors read its stages and its questions."


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFacts:
    """The facts that a form shows: the programme, the day of today there, and the choices."""

    programme: Programme
    today: date
    next_pulse: date | None
    templates: Sequence[Template]
    frameworks: Sequence[Framework]


def form(what: str, facts: FormFacts, *, metadata: str) -> View | None:
    """Draw the form for what is to change; None where there is none of that name."""
    made = _FORMS.get(what)
    if made is None:
        return None
    title, draw = made
    first, *rest = draw(facts)
    return ui.modal(
        callback_id="course.form",
        title=title,
        submit="See what it does",
        close="Cancel",
        metadata=metadata,
        blocks=[first, ui.context(WHO_SEES), *rest],
    )


def _start(facts: FormFacts) -> list[Block]:
    day = ui.date_field("course.starts_on", initial=facts.programme.starts_on)
    hint = "Its week counts as week 1, from Monday to Sunday."
    return [ui.field("starts_on", "First day", day, hint=hint)]


def _end(facts: FormFacts) -> list[Block]:
    day = ui.date_field("course.last_day", initial=last_day(facts.programme))
    hint = "The programme ends with the week of this day. A later day extends it."
    return [ui.field("last_day", "Last day", day, hint=hint)]


def _shift(facts: FormFacts) -> list[Block]:
    monday = monday_of(facts.today) + timedelta(weeks=1)
    signs = ((1, "later"), (-1, "earlier"))
    weeks = [
        (str(sign * one), f"{plural(one, 'week')} {label}")
        for sign, label in signs
        for one in range(1, MOST_SHIFT_WEEKS + 1)
    ]
    return [
        ui.field("day", "From the week of", ui.date_field("course.day", initial=monday)),
        ui.field(
            "weeks",
            "Move everything from this week on",
            ui.select("course.weeks", weeks, placeholder="How far?"),
        ),
        ui.context(
            "Later: the weeks in between are not counted; what the calendar has, new things, "
            "pulses and the end come later. Check-ins, nudges and meetings go on. If nobody is to "
            "be asked for anything in these weeks, add a break under *Holidays and breaks* "
            "instead. What has been stays as it was."
        ),
    ]


def _checkins(facts: FormFacts) -> list[Block]:
    template = facts.programme.template
    by_stage = template.checkin_every_weeks_by_stage
    fields = [
        _every("Check-ins come", template.checkin_every_weeks),
        *_when(template.checkin_weekday, template.checkin_time),
    ]
    if by_stage:
        paces = ", ".join(f"{escape(name)}: {words.every(weeks)}" for name, weeks in by_stage)
        box = ui.checkboxes("course.alike", [("yes", "As often at every stage")])
        fields.append(
            ui.field("alike", "Stages", box, hint=f"Otherwise {paces} as before.", optional=True)
        )
    note = ui.context(
        "Times are in each mentee's own zone. Who chose a rhythm of their own keeps it."
    )
    return [*fields, note]


def _nudges(facts: FormFacts) -> list[Block]:
    template = facts.programme.template
    note = ui.context(
        "Times are in each mentor's own zone. Who chose a rhythm of their own keeps it."
    )
    return [*_when(template.nudge_weekday, template.nudge_time), note]


def _pulses(facts: FormFacts) -> list[Block]:
    template = facts.programme.template
    next_on = ui.date_field("course.next_on", initial=facts.next_pulse)
    hint = "The weekday of this day counts for those after it. A pulse that is open stays as it is."
    return [
        ui.field("next_on", "The next pulse opens on", next_on, hint=hint),
        _every("Then it opens", template.pulse_every_weeks),
    ]


def _template(facts: FormFacts) -> list[Block]:
    choices = [(one.id, one.name) for one in facts.templates[:MOST_DESCRIBED]]
    chosen = facts.programme.template.id
    about = "\n".join(
        f"• *{escape(one.name)}*: {escape(one.description)}"
        for one in facts.templates[:MOST_DESCRIBED]
    )
    menu = ui.radio("course.template", choices, chosen=chosen)
    note = (
        "A template is the calendar, how often things come, and what members meet in which week. "
        "The framework, the people and the groups stay."
    )
    return [ui.field("template", "Template", menu), ui.context(about), ui.context(note)]


def _framework(facts: FormFacts) -> list[Block]:
    choices = [(one.id, one.name) for one in facts.frameworks]
    menu = ui.select(
        "course.framework",
        choices,
        placeholder="Choose a framework",
        chosen=facts.programme.framework_id,
    )
    described = "\n".join(
        f"• *{escape(one.name)}*: {escape(_first_sentence(one.about))}"
        for one in facts.frameworks[:15]
    )
    is_draft = facts.programme.state is ProgrammeState.DRAFT
    best = (
        "Stages are claimed and confirmed within one framework, so it is best chosen before the "
        "start. "
    )
    note = "Stages and the questions of check-ins and nudges come from it."
    return [
        ui.field("framework", "Which framework?", menu),
        ui.context(READ_BY, (best if is_draft else "") + note),
        ui.section(f"{described}\nEach is a lens for reflection, not an assessment."),
    ]


def _first_sentence(text: str) -> str:
    first, is_cut, _ = text.partition(". ")
    return f"{first}." if is_cut else first


def _every(label: str, chosen: int) -> Block:
    often = [(str(one), words.every(one)) for one in range(1, MOST_CADENCE_WEEKS + 1)]
    menu = ui.select("course.every", often, placeholder="How often", chosen=str(chosen))
    return ui.field("every", label, menu)


def _when(weekday: int, at: time) -> list[Block]:
    days: list[Choice] = [(str(number), name) for number, name in enumerate(WEEKDAYS)]
    times = sorted({*TIMES, at})
    hours = [(f"{one:%H:%M}", f"{one:%H:%M}") for one in times]
    day: Element = ui.select("course.weekday", days, placeholder="Day", chosen=str(weekday))
    hour = ui.select("course.at", hours, placeholder="Time", chosen=f"{at:%H:%M}")
    return [ui.field("weekday", "On", day), ui.field("at", "At", hour)]


_FORMS: Mapping[str, tuple[str, Callable[[FormFacts], list[Block]]]] = {
    "start": ("First day", _start),
    "end": ("The end", _end),
    "shift": ("Shift the calendar", _shift),
    "checkins": ("Check-ins", _checkins),
    "nudges": ("Nudges", _nudges),
    "pulses": ("The pulse", _pulses),
    "template": ("Template", _template),
    "framework": ("The framework", _framework),
}
