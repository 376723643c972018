"""The check-in form and what is said around it."""

from collections.abc import Sequence
from typing import Any

from bot.checkins.model import Audience, Hint, Reflection, ShownPrompt, Visibility
from bot.checkins.rules import MAX_ANSWER_CHARS
from bot.kernel.ports import Message
from bot.kernel.words import listed
from bot.kinds import ScheduleKind
from bot.people.permissions import STRANGER
from bot.stages.model import Lens, Level
from handlers.blocks import (
    Block,
    actions,
    button,
    checkboxes,
    context,
    divider,
    escape,
    field,
    modal,
    radio,
    rhythm_button,
    section,
    select,
    text_field,
)
from handlers.free_text import BLOCKERS, HINT_WORDS, care_notes

SKIPPED = "skipped"
"""The option that takes a choice back: Slack's selects cannot be emptied."""

LENSES = {Lens.THINK: "Think", Lens.FEEL: "Feel", Lens.ACT: "Act"}

VISIBILITIES = {
    Visibility.ONLY_ME: "Only me",
    Visibility.MENTOR: "My mentor, in their weekly message and on their Home tab",
    Visibility.GROUP: "My group, as a message in our private channel",
}

READ_BY = {
    Visibility.ONLY_ME: "Only you can read it.",
    Visibility.MENTOR: "Your mentor can read it, in their weekly message and on their Home tab.",
    Visibility.GROUP: "Your mentoring group, with your mentor, can read it in your channel.",
}

WHO_SEES_THIS = (
    "*Who sees this:* those whom you choose at the end of the form, and nobody else. "
    "Your mentor also sees when you last checked in, never what you kept to yourself. "
    "Coordinators do not read check-ins."
)


def form(
    asked: Sequence[ShownPrompt],
    *,
    stage: Level,
    allowed: Sequence[Visibility],
    crisis_contact: str | None,
    metadata: str,
    entry: Reflection | None = None,
    hints: Sequence[Hint] = (),
) -> dict[str, Any]:
    """The modal of a check-in, filled in with `entry` when it comes back with `hints`."""
    filled = entry or Reflection()
    blocks = [
        *_warning(hints),
        section(f"*{escape(stage.name)}.* {escape(stage.summary)} Leave out whatever you like."),
        section(WHO_SEES_THIS),
        context(*care_notes(crisis_contact)),
        *(_lens(each, filled) for each in asked),
        *_the_rest(filled),
        _visibility(allowed, filled),
    ]
    return modal(
        callback_id="checkin.form",
        title="Check-in",
        blocks=blocks,
        submit="Save",
        close="Not now",
        metadata=metadata,
    )


def _warning(hints: Sequence[Hint]) -> list[Block]:
    if not hints:
        return []
    what = listed(HINT_WORDS[hint] for hint in hints)
    box = checkboxes("save_anyway", [("yes", "This does not identify a patient: save it anyway")])
    return [
        section(
            f"*Not saved yet, please look again.* Something here looks like {what}. If it could "
            "identify a patient, take it out. Nobody but you sees this note, and it is not kept."
        ),
        field("save_anyway", "Or leave it as it is", box, optional=True),
        divider(),
    ]


def _lens(asked: ShownPrompt, filled: Reflection) -> Block:
    initial = next((each.text for each in filled.answers if each.lens is asked.lens), None)
    return field(
        f"lens_{asked.lens}",
        f"{LENSES[asked.lens]}: {asked.prompt}",
        text_field("text", multiline=True, max_chars=MAX_ANSWER_CHARS, initial=initial),
        optional=True,
    )


def _the_rest(filled: Reflection) -> list[Block]:
    scale = [(SKIPPED, "Rather not say"), *((str(n), str(n)) for n in range(11))]
    confidence = None if filled.confidence is None else str(filled.confidence)
    blockers = [(SKIPPED, "Rather not say"), *((each, text) for each, text in BLOCKERS.items())]
    return [
        field(
            "confidence",
            "How confident are you about the weeks ahead? 0 is not at all, 10 is completely.",
            select("confidence", scale, placeholder="Rather not say", chosen=confidence),
            optional=True,
        ),
        field(
            "blocker",
            "What is most in your way at present?",
            select("blocker", blockers, placeholder="Rather not say", chosen=filled.blocker),
            optional=True,
        ),
        field(
            "wish",
            "What would you like from your mentor?",
            text_field("text", multiline=True, max_chars=MAX_ANSWER_CHARS, initial=filled.wish),
            hint="Your mentor can read this only if you show them the check-in.",
            optional=True,
        ),
    ]


def _visibility(allowed: Sequence[Visibility], filled: Reflection) -> Block:
    hint = None
    if len(allowed) == 1:
        hint = "Once you are in a mentoring group, you can choose your mentor or the group here."
    return field(
        "visibility",
        "Who may read this check-in?",
        radio(
            "visibility",
            [(each, VISIBILITIES[each]) for each in allowed],
            chosen=filled.visibility,
        ),
        hint=hint,
    )


def saved(visibility: Visibility) -> dict[str, Any]:
    """The modal after saving."""
    later = "You can show it to fewer people or delete it under `/checkin past`."
    if visibility is Visibility.ONLY_ME:
        later = "You can delete it under `/checkin past`."
    return modal(
        callback_id="checkin.saved",
        title="Saved",
        blocks=[section(f"*Your check-in is saved.* {READ_BY[visibility]}"), context(later)],
    )


def prompt(name: str, *, question: str) -> Message:
    """The message that asks a mentee for a check-in."""
    text = (
        f"Hello {escape(name)}, it is time for a check-in. One question to begin with: "
        f"{escape(question)} Two sentences are plenty, everything can be left out, and you choose "
        "who reads it. Open it with the button below or with /checkin."
    )
    return Message(
        text,
        (
            section(
                f"Hello {escape(name)}, it is time for a check-in. "
                f"One question to begin with:\n*{escape(question)}*"
            ),
            context(
                "Two sentences are plenty, everything can be left out, and you choose who reads it."
            ),
            actions(
                button("Check in", "checkin.open", style="primary"),
                button("My past check-ins", "checkin.past"),
                rhythm_button(ScheduleKind.CHECKIN_PROMPT),
            ),
        ),
    )


def ask_about_rhythm(name: str, *, kind: str) -> Message:
    """What comes in place of a third prompt in a row: would another rhythm suit better?"""
    text = (
        f"Hello {escape(name)}, the last check-ins did not fit in, and that is fine. Would another "
        "rhythm suit you better? Choose one below, leave it as it is, or check in now."
    )
    return Message(
        text,
        (
            section(text),
            context("Nobody but you sees what you choose."),
            actions(
                button("Change rhythm", "rhythm.open", value=kind, style="primary"),
                button("Leave it as it is", "rhythm.keep", value=kind),
                button("Check in", "checkin.open"),
            ),
        ),
    )


HELP = (
    "`/checkin` opens a short form: up to three questions for your stage, how confident you are, "
    "what is in the way, and what you would like from your mentor. Everything can be left out, "
    "and you choose who reads it.\n"
    "`/checkin past` shows your check-ins; there you can show one to fewer people or delete it.\n"
    "Check-ins are not monitored and not for emergencies."
)

NOT_UNDERSTOOD = (
    "I did not understand that, and nothing was saved. Type `/checkin` alone to open the form, "
    "`/checkin past` to see your check-ins, or `/checkin help`."
)

REFUSALS = {
    Audience.STRANGER: STRANGER,
    Audience.NOT_STARTED: (
        "Your mentoring programme is not running yet, so there is nothing to check in to. "
        "You will get a message from me when it starts."
    ),
    Audience.MENTOR: (
        "Check-ins are written by mentees. What yours choose to show you comes in your weekly "
        "message, and it is on my Home tab now."
    ),
    Audience.COORDINATOR: (
        "Check-ins are between mentees and those they choose, so coordinators have no form. "
        "My Home tab shows how the programme is going."
    ),
    Audience.GONE: (
        "You are no longer in the programme. Your past check-ins are still yours: `/checkin past` "
        "shows them. To come back, write to your coordinator."
    ),
}


def say(mrkdwn: str) -> Message:
    """One paragraph of our own words, as a message."""
    return Message(mrkdwn, (section(mrkdwn),))
