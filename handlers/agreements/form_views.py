"""The forms of agreements: one side's own answers, and the text that both write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.agreements.model import Aspect, Expectations
from bot.agreements.rules import MOST_CHARS, NEEDED, OPTIONS, WORDS, Likeness, compare
from bot.kernel.words import day_and_month
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View, escape
from handlers.free_text import care_line, quoted

LABELS: Mapping[Aspect, str] = {
    Aspect.GOALS: "What should mentoring help with?",
    Aspect.STEPS: "What could be the first steps?",
    Aspect.FREQUENCY: "How often do you meet?",
    Aspect.DURATION: "For how long each time?",
    Aspect.WHERE: "Where or how?",
    Aspect.CONFIDENTIALITY: "What stays between you?",
    Aspect.OFF_LIMITS: "Is there anything you leave out?",
    Aspect.FEEDBACK: "How do you tell each other what helps and what does not?",
    Aspect.ENDING: "How may it end early, without blame and without a reason?",
    Aspect.ENDS_ON: "Until when?",
}
SHORT: Mapping[Aspect, str] = {
    Aspect.GOALS: "Goals",
    Aspect.STEPS: "First steps",
    Aspect.FREQUENCY: "How often",
    Aspect.DURATION: "How long",
    Aspect.WHERE: "Where",
    Aspect.CONFIDENTIALITY: "What stays between you",
    Aspect.OFF_LIMITS: "Left out",
    Aspect.FEEDBACK: "Feedback",
    Aspect.ENDING: "Ending early",
    Aspect.ENDS_ON: "Until",
}
SAID: Mapping[Aspect, Mapping[str, str]] = {
    Aspect.FREQUENCY: {
        "weekly": "Every week",
        "two_weeks": "Every two weeks",
        "monthly": "Once a month",
        "two_months": "Every two months",
        "on_request": "When one of us asks",
    },
    Aspect.DURATION: {
        "30": "30 minutes",
        "45": "45 minutes",
        "60": "An hour",
        "90": "An hour and a half",
    },
    Aspect.WHERE: {
        "at_work": "In person, at work",
        "outside": "In person, away from work",
        "video": "By video",
        "phone": "By phone",
        "varies": "As it suits, from time to time",
    },
    Aspect.CONFIDENTIALITY: {
        "between_us": "Everything stays between the two of us",
        "advice": "We may ask others for advice, without names",
        "group": "We may bring it up in our group, after asking each other",
    },
    Aspect.FEEDBACK: {
        "each_meeting": "A few minutes at the end of each meeting",
        "monthly": "Once a month",
        "when_asked": "When one of us asks for it",
        "in_writing": "In writing, between meetings",
    },
    Aspect.ENDING: {
        "each_other": "We tell each other, and that is enough",
        "coordinator": "One of us tells the coordinator, and that is enough",
        "either": "One of us tells the other or the coordinator, and that is enough",
    },
}
ASKED_FOR = {Aspect.GOALS: "A sentence or two.", Aspect.OFF_LIMITS: "A subject, or people."}
LIMIT = (
    "Whatever you choose: a mentor may have a duty to report it when somebody is in danger. You "
    "look at what you agreed again after a month."
)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Answers to begin with. `of`: the name of somebody else to whom they were given, if any."""

    said: Expectations
    of: str = ""


def value_in_words(aspect: Aspect, value: str | None) -> str:
    """Write an answer as it is read; nothing is escaped."""
    if value is None:
        return "left open"
    if aspect is Aspect.ENDS_ON:
        return day_and_month(date.fromisoformat(value)) + f" {value[:4]}"
    return SAID[aspect][value] if aspect in SAID else value


def side_form(
    other: str, pairing_id: str, *, before: Prefilled, also: Sequence[Choice], ends_on: date
) -> View:
    """Ask one side for what they expect. `also`: other pairs, by id, that may have the same."""
    said = {Aspect.ENDS_ON: ends_on.isoformat(), **before.said}
    first, *others = [_field(aspect, said) for aspect in Aspect]
    as_for = [
        ui.context(f"Filled in as you answered for {escape(before.of)}: change what is different.")
    ]
    who = (
        f"*Who sees this:* you, and {escape(other)} once both of you have answered. No coordinator "
        "does."
    )
    same = ui.multi_select("also", also, placeholder="Choose people")
    others_too = ui.field("also", "The same for somebody else, too?", same, optional=True)
    return ui.modal(
        callback_id="agreement.side_form",
        title="What you expect",
        submit="Save",
        close="Not now",
        metadata=pairing_id,
        blocks=[
            first,
            ui.context(who),
            *(as_for if before.of else []),
            *others,
            *([others_too] if also else []),
            ui.context(LIMIT),
            ui.context(care_line(None)),
        ],
    )


def text_form(
    both: tuple[Expectations, Expectations] | None,
    names: tuple[str, str],
    text: Expectations,
    *,
    metadata: str,
) -> View:
    """Ask for one text. `both` are the mentee's and the mentor's answers, `names` theirs."""
    likeness = compare(*both) if both else {}
    blocks: list[Block] = []
    for aspect in Aspect:
        differs = likeness.get(aspect) in (Likeness.DIFFERENT, Likeness.TO_READ)
        hint = _two_answers(aspect, both, names) if both and differs else None
        blocks.append(_field(aspect, text, most_chars=2 * MOST_CHARS + 1, hint=hint))
    who = "*Who sees this:* the two of you. The other confirms it, or changes it first."
    return ui.modal(
        callback_id="agreement.text_form",
        title="One text for both",
        submit="Save and confirm",
        close="Not now",
        metadata=metadata,
        blocks=[
            blocks[0],
            ui.context(who),
            *blocks[1:],
            ui.context(LIMIT),
            ui.context(care_line(None)),
        ],
    )


def _two_answers(
    aspect: Aspect, both: tuple[Expectations, Expectations], names: tuple[str, str]
) -> str:
    """Say beside a question what the two answered."""
    if aspect in WORDS:
        return f"Both answers are here, {names[0]}'s first. Leave what you share."
    said = [
        f"{name}: {value_in_words(aspect, one.get(aspect))}."
        for name, one in zip(names, both, strict=True)
    ]
    return " ".join(said) + " Choose one of them, or something between."


def _field(
    aspect: Aspect, said: Expectations, *, most_chars: int = MOST_CHARS, hint: str | None = None
) -> Block:
    return ui.field(
        aspect,
        LABELS[aspect],
        _element(aspect, said.get(aspect), most_chars),
        hint=hint or ASKED_FOR.get(aspect),
        optional=aspect not in NEEDED,
    )


def _element(aspect: Aspect, value: str | None, most_chars: int) -> Element:
    name = f"agreement.{aspect}"
    if aspect in WORDS:
        return ui.text_field(name, multiline=True, max_chars=most_chars, initial=value)
    if aspect is Aspect.ENDS_ON:
        return ui.date_field(name, initial=date.fromisoformat(value) if value else None)
    choices = [(one, SAID[aspect][one]) for one in OPTIONS[aspect]]
    return ui.select(name, choices, placeholder="Choose", chosen=value)


def lines(text: Expectations) -> list[Block]:
    """Show a text, whole, aspect by aspect; words are quoted."""
    blocks = []
    for aspect in Aspect:
        value = text.get(aspect)
        if value is None:
            continue
        if aspect in WORDS:
            blocks.append(ui.section(f"*{SHORT[aspect]}*"))
            blocks += [ui.section(piece) for piece in quoted(value)]
        else:
            blocks.append(ui.section(f"*{SHORT[aspect]}:* {value_in_words(aspect, value)}"))
    return blocks
