"""The form with which a mentor notes a meeting."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.kernel.words import weekday_and_day
from bot.meetings.model import Length, Mode
from handlers import blocks as ui
from handlers.blocks import Choice, Element, View

MODES: Mapping[str, str] = {
    Mode.IN_PERSON: "In person",
    Mode.VIDEO: "By video",
    Mode.PHONE: "By phone",
    Mode.CHAT: "In writing",
}
LENGTHS: Mapping[str, str] = {
    Length.UNDER_30: "Under 30 minutes",
    Length.FROM_30_TO_60: "30 to 60 minutes",
    Length.OVER_60: "Over an hour",
}


def met_form(choices: Sequence[tuple[str, str, Sequence[Choice]]], *, today: date) -> View:
    """Ask about a meeting. `choices`: each group's id, its name, and its mentees by id and name.

    With one group all its mentees are chosen to begin with.
    """
    people = [
        (f"{group_id}|{member_id}", name if len(choices) == 1 else f"{name} ({group_name})")
        for group_id, group_name, mentees in choices
        for member_id, name in mentees
    ]
    chosen = [value for value, _ in people] if len(choices) == 1 else []
    mentees = ui.multi_select("mentees", people, placeholder="Choose mentees", chosen=chosen)
    return ui.modal(
        callback_id="nudge.met_form",
        title="We met",
        submit="Save",
        close="Not now",
        blocks=[
            ui.section(
                "*Who sees this:* your coordinator can see that a group met and when, never what "
                "was said. Your mentees see when you last met."
            ),
            ui.field("held_on", "When did you meet?", ui.date_field("held_on", initial=today)),
            ui.field("mentees", "Whom did you meet?", mentees),
            ui.field("mode", "How?", _select("mode", MODES), optional=True),
            ui.field("length", "For how long?", _select("length", LENGTHS), optional=True),
        ],
    )


def _select(action_id: str, labels: Mapping[str, str]) -> Element:
    return ui.select(action_id, list(labels.items()), placeholder="Leave out")


def met_saved(held_on: date, names: Sequence[str]) -> View:
    """Say what was noted. Names are plain text."""
    said = f"Noted: you met {', '.join(names)} on {weekday_and_day(held_on)}."
    return ui.notice(said, title="Saved", callback_id="nudge.met_saved")
