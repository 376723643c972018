"""The form in which a member chooses their own rhythm, and the question that leads to it."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from bot.kernel.dates import WEEKDAYS
from bot.kernel.ports import Message
from bot.schedule.model import Choice, Rhythm, Weekly
from handlers.blocks import (
    checkboxes,
    escape,
    field,
    modal,
    section,
    select,
)

AS_PLANNED = "planned"
EVERY: Mapping[str, str] = {
    AS_PLANNED: "As the programme plans it",
    "1": "Every week",
    "2": "Every two weeks",
    "4": "Every four weeks",
}
HOURS = range(6, 22)
QUIET: Mapping[str, str] = {
    "0-0": "None",
    "18-8": "18:00 to 08:00",
    "20-7": "20:00 to 07:00",
    "22-6": "22:00 to 06:00",
}
WHO_SEES_THIS = (
    "*Who sees this:* nobody but you. Your mentor and your coordinator are not told how often you "
    "want to be asked."
)


def form(
    *, kind: str, rule: Weekly | None, choice: Choice | None, rhythm: Rhythm
) -> dict[str, Any]:
    """The modal, filled in with what holds at present."""
    day = str(choice.weekday if choice else rule.weekday if rule else 0)
    hour = str((choice.at if choice else rule.at if rule else time(9)).hour)
    quiet = f"{rhythm.quiet_from.hour}-{rhythm.quiet_until.hour}"
    every = str(choice.every_weeks) if choice else AS_PLANNED
    return modal(
        callback_id="rhythm.form",
        title="Your rhythm",
        metadata=kind,
        submit="Save",
        blocks=[
            section(WHO_SEES_THIS),
            field(
                "every",
                "How often?",
                select("every", tuple(EVERY.items()), placeholder="How often", chosen=every),
            ),
            field(
                "day",
                "On which day?",
                select("day", _numbered(WEEKDAYS), placeholder="Day", chosen=day),
                hint="Day and time count unless it is as the programme plans it.",
            ),
            field(
                "hour",
                "At what time, where you are?",
                select(
                    "hour",
                    [(str(one), f"{one:02}:00") for one in HOURS],
                    placeholder="Time",
                    chosen=hour,
                ),
            ),
            field(
                "quiet",
                "When should Cairn be quiet?",
                select(
                    "quiet",
                    tuple(QUIET.items()),
                    placeholder="Quiet hours",
                    chosen=quiet if quiet in QUIET else "20-7",
                ),
                hint="What comes up then waits until the morning. Answers to you come at once.",
            ),
            field(
                "days",
                "On which days may Cairn write to you?",
                checkboxes(
                    "days", _numbered(WEEKDAYS), chosen=[str(one) for one in rhythm.working_days]
                ),
            ),
        ],
    )


def _numbered(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(str(number), name) for number, name in enumerate(names)]


def saved(when: str | None) -> dict[str, Any]:
    """The modal once it is saved; `when` says when the next message comes."""
    upcoming = f" The next one comes on {escape(when)}." if when else ""
    return modal(
        callback_id="rhythm.saved",
        title="Saved",
        blocks=[section(f"*Your rhythm is saved.*{upcoming} You can change it again at any time.")],
    )


KEPT = Message("It stays as it is. You can change it from any prompt.")
