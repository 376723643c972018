"""The Home tab: what to do now, then what each capability shows, then whom to turn to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.kernel.dates import day_and_month
from bot.programme import rules
from bot.programme.model import Programme, ProgrammeState
from handlers.blocks import (
    Block,
    ToDoLine,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    home,
    person,
    section,
)

MOST_PART_BLOCKS = 80
"""Of the 100 that a tab may have, so that the contacts at its foot are never cut off."""
MOST_TODOS = 5
"""More at once would be a wall; the others move up as these are done."""
NOT_MONITORED = "Cairn is not monitored and not for emergencies."


def welcome(*, may_begin: bool) -> dict[str, Any]:
    """For a workspace that nobody coordinates yet."""
    blocks = [
        header("Welcome to Cairn"),
        section(
            "Cairn helps mentoring groups to keep going: it proposes groups, asks mentees for "
            "short check-ins, gives mentors one message a week, and asks anonymously how safe "
            "the space feels."
        ),
    ]
    if may_begin:
        blocks += [
            section("*Next:* set up mentoring here. You become its coordinator; nobody is told."),
            actions(button("Set up mentoring", "people.begin", style="primary")),
        ]
    else:
        blocks.append(
            section(
                "Nobody has set up mentoring here yet. *Next:* ask somebody who administers this "
                "Slack workspace to open this tab and begin."
            )
        )
    return home(blocks)


def stranger(coordinators: Sequence[str]) -> dict[str, Any]:
    """For somebody who is no member where others are. `coordinators` are Slack ids."""
    who = " or ".join(person(one) for one in coordinators[:3])
    return home(
        [
            header("Mentoring with Cairn"),
            section(
                "You are not in the mentoring programme here. If you would like to be, as a "
                f"mentee or as a mentor, write to {who}."
            ),
            context("Nobody is told that you looked."),
        ]
    )


def member_tab(
    programme: Programme | None,
    *,
    todos: Sequence[ToDoLine],
    parts: Sequence[Block],
    settings: Sequence[Block],
    now: datetime,
) -> dict[str, Any]:
    """Put a member's tab together from what the capabilities say."""
    body = [*now_blocks(todos), *parts]
    return home(
        [
            header(_title(programme, now)),
            *body[:MOST_PART_BLOCKS],
            divider(),
            *_help(programme),
            *settings,
        ]
    )


def left_tab(programme: Programme | None, *, settings: Sequence[Block]) -> dict[str, Any]:
    """For who has left: the way back, and whom to turn to all the same."""
    return home([header("Mentoring"), *settings, *_help(programme)])


def now_blocks(todos: Sequence[ToDoLine]) -> list[Block]:
    """Show the first to-dos, each with its button; nothing when there are none."""
    if not todos:
        return []
    lines = [section(one.sentence, accessory=one.button) for one in todos[:MOST_TODOS]]
    more = len(todos) - MOST_TODOS
    rest = [context(f"{more} more will show here once these are done.")] if more > 0 else []
    return [header("Now"), *lines, *rest, divider()]


def _title(programme: Programme | None, now: datetime) -> str:
    if programme is None:
        return "Mentoring"
    week = rules.week_of(programme, now)
    if programme.state is ProgrammeState.DRAFT or week < 1:
        return f"{programme.name}: from {day_and_month(programme.starts_on)}"
    if week > programme.weeks:
        return f"{programme.name}: coming to its close"
    return f"{programme.name}: week {week} of {programme.weeks}"


def _help(programme: Programme | None) -> list[Block]:
    """Whom to turn to. Always there, and never behind a button."""
    if programme is None or not (programme.crisis_contact and programme.concern_contact):
        return [context(NOT_MONITORED)]
    return [
        section(
            f"*In a crisis:* {escape(programme.crisis_contact)}\n"
            f"*With a concern about mentoring:* {escape(programme.concern_contact)}"
        ),
        context(f"{NOT_MONITORED} A concern does not go through your mentor."),
    ]
