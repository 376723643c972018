"""The form with which a mentor notes a meeting."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.kernel.dates import weekday_and_day
from bot.meetings.model import Length, Mode
from handlers.blocks import Block, date_field, escape, field, modal, multi_select, section, select

MODES = {
    Mode.IN_PERSON: "In person",
    Mode.VIDEO: "By video",
    Mode.PHONE: "By phone",
    Mode.CHAT: "In writing",
}


LENGTHS = {
    Length.UNDER_30: "Under 30 minutes",
    Length.FROM_30_TO_60: "30 to 60 minutes",
    Length.OVER_60: "Over an hour",
}


def met_form(
    choices: Sequence[tuple[str, str, Sequence[tuple[str, str]]]], *, today: date
) -> dict[str, Any]:
    """The form for "we met". `choices`: each group's id, its name, and its mentees by id and name.

    With one group all its mentees are chosen to begin with.
    """
    people = [
        (f"{group_id}|{member_id}", name if len(choices) == 1 else f"{name} ({group_name})")
        for group_id, group_name, mentees in choices
        for member_id, name in mentees
    ]
    chosen = [value for value, _ in people] if len(choices) == 1 else []
    blocks: list[Block] = [
        section(
            "*Who sees this:* your coordinator can see that a group met and when, never what was "
            "said. Your mentees see when you last met."
        ),
        field("held_on", "When did you meet?", date_field("held_on", initial=today)),
        field(
            "mentees",
            "Whom did you meet?",
            multi_select("mentees", people, placeholder="Choose mentees", chosen=chosen),
        ),
        field("mode", "How?", _select("mode", MODES), optional=True),
        field("length", "For how long?", _select("length", LENGTHS), optional=True),
    ]
    return modal(
        callback_id="nudge.met_form", title="We met", blocks=blocks, submit="Save", close="Not now"
    )


def _select(action_id: str, labels: dict[Any, str]) -> dict[str, Any]:
    choices = [(str(value), label) for value, label in labels.items()]
    return select(action_id, choices, placeholder="Leave out")


def met_saved(held_on: date, names: Sequence[str]) -> dict[str, Any]:
    """The modal after saving. Names are plain text."""
    who = ", ".join(names)
    return modal(
        callback_id="nudge.met_saved",
        title="Saved",
        blocks=[section(f"Noted: you met {escape(who)} on {weekday_and_day(held_on)}.")],
    )
