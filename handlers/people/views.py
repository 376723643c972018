"""Forms and messages about membership: code of conduct, breaks, leaving, the roster."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.kernel.dates import weekday_and_day
from bot.kernel.ports import Message
from bot.people.model import CodeOfConduct, Member, RosterImport
from bot.people.roster import COLUMNS
from handlers.blocks import (
    Block,
    Element,
    actions,
    button,
    checkboxes,
    confirm,
    context,
    date_field,
    divider,
    escape,
    field,
    file_field,
    header,
    modal,
    section,
    text_field,
)

SHOWN_AT_MOST = 20
"""So many problems or warnings of a roster are shown; mending these shows the next."""

WHO_SEES_ACCEPTANCE = (
    "*Who sees this:* your coordinator sees that you accepted and when. It is part of nothing else."
)
WHO_SEES_BREAKS = (
    "*Who sees this:* your coordinator and your mentor can see that you are away, never why: you "
    "are not asked for a reason."
)
WHO_SEES_ROSTER = (
    "*Who sees this:* coordinators. Whom a person avoids or is supervised by is used for matching "
    "and shown to nobody else. The file stays in Slack until you delete it there."
)


def conduct_modal(conduct: CodeOfConduct, *, accepted_on: date | None) -> dict[str, Any]:
    """The code of conduct, with a box to tick for whoever has not accepted it yet."""
    blocks: list[Block] = [
        section(escape(conduct.introduction)),
        section("\n".join(f"• {escape(promise)}" for promise in conduct.promises)),
        divider(),
        section("*What you should know*\n" + "\n".join(f"• {escape(x)}" for x in conduct.limits)),
        context(WHO_SEES_ACCEPTANCE),
    ]
    if accepted_on is not None:
        blocks.append(context(f"You accepted this on {weekday_and_day(accepted_on)}."))
        return modal(callback_id="people.conduct_form", title="Code of conduct", blocks=blocks)
    box = checkboxes("people.agree", [("yes", "I have read this and will hold to it")])
    blocks.append(field("agree", "Your answer", box))
    return modal(
        callback_id="people.conduct_form",
        title="Code of conduct",
        blocks=blocks,
        submit="Accept",
        close="Not now",
    )


def conduct_button(*, style: str | None = "primary") -> Element:
    return button("Read the code of conduct", "people.conduct", style=style)


def conduct_invitation(member: Member) -> Message:
    """The message that asks a member to accept the code of conduct."""
    text = (
        f"Hello {escape(member.name)}, you are invited to a mentoring programme. Before groups "
        "are formed, please read the code of conduct and say whether you accept it. It takes two "
        "minutes."
    )
    after = "Without it you are not placed in a group. If mentoring is not for you, you may leave."
    return Message(
        f"{text} You find it on Cairn's Home tab.",
        (section(text), actions(conduct_button()), context(after)),
    )


def welcome_back(member: Member) -> Message:
    """The message at the end of a break."""
    text = (
        f"Welcome back, {escape(member.name)}. Your break is over, and messages from Cairn begin "
        "again. Nothing from the time of your break has to be caught up on."
    )
    return Message(text, (section(text), actions(button("I need more time", "people.pause"))))


def pause_modal() -> dict[str, Any]:
    """Asks for the day on which somebody comes back."""
    return modal(
        callback_id="people.pause_form",
        title="Take a break",
        blocks=[
            section(
                "While you are away you get no messages from Cairn, and nobody is told that you "
                "missed anything. Your place in the group stays yours."
            ),
            field(
                "until",
                "The day you come back",
                date_field("people.until"),
                hint="Without a day you come back when you like, with a button on the Home tab.",
                optional=True,
            ),
            context(WHO_SEES_BREAKS),
        ],
        submit="Take a break",
        close="Stay",
    )


def break_buttons(*, may_pause: bool) -> Block:
    """Break, leave and erasure, for the foot of the Home tab."""
    leave = button(
        "Leave the programme",
        "people.leave",
        confirm=confirm(
            "Leave the programme?",
            "You get no more messages. You need no reason and there is no disadvantage. You can "
            "come back, and may then join another group.",
            yes="Leave",
            no="Stay",
        ),
    )
    pause = [button("Take a break", "people.pause")] if may_pause else []
    return actions(*pause, leave, erase_button())


def roster_modal() -> dict[str, Any]:
    """Takes a roster as a file or as pasted text."""
    return modal(
        callback_id="people.roster_form",
        title="Import the roster",
        blocks=[
            section(
                "One line for each person, the first line naming the columns:\n"
                f"```{','.join(COLUMNS)}```\n"
                "`slack_id`, `name` and `role` are needed; leave the others empty or out. Roles "
                "are `mentee`, `mentor`, `peer_mentor` and `coordinator`. Put `;` between several "
                "interests, languages or people."
            ),
            field(
                "file",
                "A CSV file",
                file_field("people.file", filetypes=["csv", "txt"]),
                optional=True,
            ),
            field(
                "pasted",
                "Or paste it here",
                text_field("people.pasted", multiline=True, max_chars=3000),
                hint="Up to 3,000 characters, about 30 people. A file may be larger.",
                optional=True,
            ),
            context(
                "Importing again is safe: people are known by their Slack id, and what they "
                "decided themselves stays.",
                WHO_SEES_ROSTER,
            ),
        ],
        submit="Import",
        close="Cancel",
    )


def reading_modal() -> dict[str, Any]:
    """What stands there while a roster is read."""
    return modal(
        callback_id="people.roster_result",
        title="Import the roster",
        blocks=[section("Reading the roster. This takes a few seconds.")],
    )


def roster_refused(sentence: str) -> dict[str, Any]:
    """Why no roster could be read at all. `sentence` is plain text."""
    return modal(
        callback_id="people.roster_result",
        title="Nothing was imported",
        blocks=[section(escape(sentence)), actions(button("Try again", "people.roster"))],
    )


def roster_result(done: RosterImport) -> dict[str, Any]:
    """What an import did, or everything to mend before it can do anything."""
    if done.problems:
        return modal(
            callback_id="people.roster_result",
            title="Nothing was imported",
            blocks=[
                section("Mend this in the roster, then import it again. Nothing was changed."),
                *_list(done.problems),
                actions(button("Try again", "people.roster")),
                *_warnings(done.warnings),
            ],
        )
    absent = (
        [context(f"{len(done.absent)} members are not in this roster and stay as they are.")]
        if done.absent
        else []
    )
    return modal(
        callback_id="people.roster_result",
        title="The roster is imported",
        blocks=[
            section(
                f"*{len(done.added)}* added, *{len(done.changed)}* changed, "
                f"*{len(done.unchanged)}* as before."
            ),
            *absent,
            *_warnings(done.warnings),
            section("*Next:* close this window; the Home tab shows the next step."),
        ],
    )


def _warnings(warnings: Sequence[str]) -> list[Block]:
    return [header("Please check"), *_list(warnings)] if warnings else []


def _list(sentences: Sequence[str]) -> list[Block]:
    lines = [section(f"• {escape(sentence)}") for sentence in sentences[:SHOWN_AT_MOST]]
    more = len(sentences) - SHOWN_AT_MOST
    return [*lines, context(f"And {more} more.")] if more > 0 else lines


GOES = (
    "your profile, your wishes and your place in groups",
    "your check-ins, goals, stages and meetings, and what you wrote in them",
    "messages that wait for you",
    "your answers in a pulse that is open, unread",
)
STAYS = (
    "results of pulses that have closed: they are about groups and hold nobody's answers",
    "that somebody was asked in them, without a name",
    "what was sent in Slack before, and what you shared with your group there",
    "copies in backups, until your organisation deletes those",
)


def erase_button() -> Element:
    """Opens the question."""
    return button("Delete what Cairn knows about me", "erasure.ask")


def question() -> dict[str, Any]:
    """Says what goes and what stays, and asks."""
    return modal(
        callback_id="erasure.form",
        title="Delete what is known",
        blocks=[
            section(f"*This is deleted at once and cannot be brought back*\n{_listed(GOES)}"),
            section(f"*This stays*\n{_listed(STAYS)}"),
            section("You also leave the programme. To come back, ask your coordinator."),
            context(
                "*Who sees this:* your mentor and your coordinator see that you are not in the "
                "programme any more. You are not asked for a reason."
            ),
        ],
        submit="Delete it all",
        close="Keep it",
    )


def under_way() -> dict[str, Any]:
    """Stands there while it takes a moment."""
    return modal(
        callback_id="erasure.under_way",
        title="Delete what is known",
        blocks=[section("It is being deleted. You may close this window.")],
    )


def promised() -> dict[str, Any]:
    """Says that it is on its way, where something was in its way just now."""
    return modal(
        callback_id="erasure.promised",
        title="Delete what is known",
        blocks=[
            section(
                "Cairn could not delete it just now. You need not do anything: it is noted and "
                "tried again every few minutes until it is done. Your Home tab then says that you "
                "are not in the programme."
            )
        ],
    )


def done() -> dict[str, Any]:
    """Says that nothing is left."""
    return modal(
        callback_id="erasure.done",
        title="Deleted",
        blocks=[section("Cairn knows nothing about you any more. Take care.")],
    )


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"• {line}" for line in lines)
