"""The Home tab: what to do now, then what each capability shows, then whom to turn to."""

from collections.abc import Sequence
from datetime import datetime

from bot.kernel.words import day_and_month
from bot.programme.model import Programme, ProgrammeState, week_of
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape, person
from handlers.free_text import not_monitored

MOST_PART_BLOCKS = 80
"""Of the 100 that a tab may have, so that the contacts at its foot are never cut off."""
MOST_TODOS = 5
"""More at once would be a wall; the others move up as these are done."""
Section = tuple[str, Sequence[Block]]
"""The heading of a section of the tab, or "" for none, and what stands in it."""
SETTINGS, PRIVACY, TOOLS = "home.settings", "home.privacy", "home.tools"
NOT_MONITORED = "Cairn is not monitored and not for emergencies."


def welcome(*, may_begin: bool, running: str = "") -> View:
    """Greet somebody in a workspace that nobody coordinates, yet or any more.

    `running` is the name of a programme that goes on without a coordinator.
    """
    blocks = [
        ui.header("Welcome to Cairn"),
        ui.section(
            "Cairn helps mentoring groups to keep going: it proposes groups, asks mentees for "
            "short check-ins, gives mentors one message a week, and asks anonymously how safe "
            "the space feels."
        ),
    ]
    if may_begin:
        said = "*Next:* set up mentoring here. You become its coordinator; nobody is told."
        label = "Set up mentoring"
        if running:
            said = (
                f"*{escape(running)}* goes on, but nobody coordinates it now. *Next:* become its "
                "coordinator, or make somebody else it."
            )
            label = "Become its coordinator"
        blocks += [
            ui.section(said),
            ui.actions(
                ui.button(label, "people.begin", style="primary"),
                _name_somebody("Let somebody else do it"),
            ),
        ]
    else:
        what = (
            "Nobody coordinates mentoring here now"
            if running
            else "Nobody has set up mentoring here yet"
        )
        blocks.append(
            ui.section(
                f"{what}. *Next:* ask somebody who administers this Slack workspace to open this "
                "tab and begin."
            )
        )
    return ui.home(blocks)


def _name_somebody(label: str) -> Element:
    return ui.button(label, "people.coordinators", spoken=f"{label}: make somebody coordinator")


def stranger(coordinators: Sequence[str], *, administers: bool = False) -> View:
    """Tell somebody who is no member where others are. `coordinators` are Slack ids."""
    who = " or ".join(person(one) for one in coordinators[:3])
    said = "You administer this workspace, so you can make somebody else coordinator."
    change = _name_somebody("Coordinators")
    return ui.home(
        [
            ui.header("Mentoring with Cairn"),
            ui.section(
                "You are not in the mentoring programme here. If you would like to be, as a "
                f"mentee or as a mentor, write to {who}."
            ),
            *([ui.section(said, accessory=change)] if administers else []),
            ui.context("Nobody is told that you looked."),
        ]
    )


def member_tab(
    programme: Programme | None,
    *,
    todos: Sequence[ToDoLine],
    sections: Sequence[Section],
    foot: Sequence[Block],
    now: datetime,
    has_tools: bool = False,
) -> View:
    """Put a member's tab together from what the capabilities say."""
    below = _body(sections)
    body = [*now_blocks(todos), *(map(_calm, below) if todos else below)]
    return ui.home(
        [
            ui.header(_title(programme, now)),
            *body[:MOST_PART_BLOCKS],
            *_end(programme, foot, has_tools=has_tools),
        ]
    )


def ended_tab(programme: Programme, *, sections: Sequence[Section], foot: Sequence[Block]) -> View:
    """Show a member what stays theirs when their programme has ended."""
    said = "It has ended: nobody is asked for anything any more. What is yours stands below."
    return ui.home(
        [
            ui.header(f"{programme.name}: has ended"),
            ui.section(said),
            *_body(sections)[:MOST_PART_BLOCKS],
            *_end(programme, foot),
        ]
    )


def settings(blocks: Sequence[Block]) -> View:
    """Show a member all that they can change about themselves."""
    nothing = [ui.section("There is nothing to change here.")]
    return ui.modal(callback_id=SETTINGS, title="Settings", blocks=blocks or nothing)


def tools(blocks: Sequence[Block]) -> View:
    """Show a coordinator all that runs a programme and does not stand on Home every day."""
    nothing = [ui.section("There is nothing here yet. It fills once the programme is set up.")]
    return ui.modal(callback_id=TOOLS, title="Tools", blocks=blocks or nothing)


def privacy(programme: Programme | None, lines: Sequence[str]) -> View:
    """Say of all that the programme uses who sees what."""
    crisis_contact = programme.crisis_contact if programme else None
    return ui.modal(
        callback_id=PRIVACY,
        title="Who sees what?",
        blocks=[
            ui.section("\n".join(f"• {one}" for one in lines)),
            ui.context(not_monitored(crisis_contact), "Every form says it again where you write."),
        ],
    )


def _body(sections: Sequence[Section]) -> list[Block]:
    """Put the sections below each other, each that has something with its heading."""
    return [
        block
        for heading, blocks in sections
        if blocks
        for block in (*([ui.header(heading)] if heading else []), *blocks)
    ]


def _calm(block: Block) -> Block:
    """Draw a block's buttons like all others, so that what is to be done stands out alone."""
    found = dict(block)
    if "accessory" in block:
        found["accessory"] = _not_primary(block["accessory"])
    if block["type"] == "actions":
        found["elements"] = [_not_primary(one) for one in block["elements"]]
    return found


def _not_primary(element: Element) -> Element:
    return ui.quiet(element) if element.get("style") == "primary" else element


def _end(
    programme: Programme | None, foot: Sequence[Block], *, has_tools: bool = False
) -> list[Block]:
    """Lead to tools, settings and to who sees what, and say whom to turn to."""
    tools = [ui.button("Tools", TOOLS)] if has_tools else []
    buttons = *tools, ui.button("Settings", SETTINGS), ui.button("Who sees what?", PRIVACY)
    return [ui.divider(), ui.actions(*buttons), *_help(programme), *foot]


def left_tab(
    programme: Programme | None, *, settings: Sequence[Block], foot: Sequence[Block]
) -> View:
    """Show a member who has left how to come back, and whom to turn to all the same."""
    return ui.home([ui.header("Mentoring"), *settings, *_help(programme), *foot])


def now_blocks(todos: Sequence[ToDoLine]) -> list[Block]:
    """Show the first to-dos, each with its button; only what matters most stands out."""
    if not todos:
        return []
    first, *others = todos[:MOST_TODOS]
    lines = [ui.section(first.sentence, accessory={**first.button, "style": "primary"})]
    lines += [ui.section(one.sentence, accessory=ui.quiet(one.button)) for one in others]
    more = len(todos) - MOST_TODOS
    rest = [ui.context(f"{more} more will show here once these are done.")] if more > 0 else []
    return [ui.header("Now"), *lines, *rest, ui.divider()]


def _title(programme: Programme | None, now: datetime) -> str:
    if programme is None:
        return "Mentoring"
    week = week_of(programme, now)
    if programme.state is ProgrammeState.DRAFT or week < 1:
        return f"{programme.name}: from {day_and_month(programme.starts_on)}"
    if week > programme.weeks:
        return f"{programme.name}: coming to its close"
    return f"{programme.name}: week {week} of {programme.weeks}"


def _help(programme: Programme | None) -> list[Block]:
    """Say whom to turn to. Always there, and never behind a button."""
    if programme is None or not (programme.crisis_contact and programme.concern_contact):
        return [ui.context(NOT_MONITORED), ui.actions(ui.CARE)]
    return [
        ui.section(
            f"*In a crisis:* {escape(programme.crisis_contact)}\n"
            f"*With a concern about mentoring:* {escape(programme.concern_contact)}"
        ),
        ui.actions(ui.CARE),
        ui.context(f"{NOT_MONITORED} A concern never goes through a mentor."),
    ]
