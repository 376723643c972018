"""Messages about a new seat to its owner alone, while they can still ask for another."""

from collections.abc import Sequence
from datetime import datetime

from bot.kernel.ports import Message
from bot.kernel.words import agree
from bot.people.model import Member
from handlers import blocks as ui
from handlers.blocks import Block, escape
from handlers.groups.views import (
    WISHES_BUTTON,
    GroupShown,
    contacts,
    names_of,
    people_of,
    with_article,
)
from handlers.message_text import said

PRIVATE = (
    "To be in another group, or not with somebody, say so before then: nobody is told, and nobody "
    "asks why."
)


def seat_preview(
    shown: GroupShown, member: Member, *, until: datetime, keeps_apart: bool
) -> Message:
    """Tell somebody alone where their seat is, while they can still ask for another.

    Who mentors stands there for mentees to decide. Nobody else is named: should one of them not
    come, nobody has heard of it.
    """
    name = escape(with_article(shown.group.name))
    if member in shown.mentors:
        who = "You read who the mentees are when you are introduced to each other."
        return ui.paragraph(
            f"You mentor in *{name}*. {who}",
            *_in_private(shown, until, keeps_apart=keeps_apart, asks=False),
        )
    mentors = agree(len(shown.mentors), "Your mentor is", "Your mentors are")
    after = _in_private(shown, until, keeps_apart=keeps_apart)
    return Message(
        _heard(f"Your seat is in {name}. {mentors} {names_of(shown.mentors)}.", after),
        (ui.section(f"Your seat is in *{name}*. {mentors} {people_of(shown.mentors)}."), *after),
    )


def _heard(text: str, after: Sequence[Block]) -> str:
    """Say the whole of a message for those who hear it, with people by their names."""
    return " ".join([text, *said(after)])


def _in_private(
    shown: GroupShown, until: datetime, *, keeps_apart: bool, asks: bool = True
) -> list[Block]:
    """Say until when a new seat can be given back unseen, with the buttons for it."""
    kept = (
        "You would rather not be with somebody there, as you told me in confidence: unless you "
        "take it back before then, you two are not introduced to each other. Nobody is told."
    )
    ask = ui.button("Ask for another mentor", "pairing.rematch", value=shown.programme.id)
    return [
        ui.section(
            f"You are introduced to each other on {ui.when(until)}. "
            f"{kept if keeps_apart else PRIVATE}"
        ),
        ui.actions(*([ask] if asks else []), WISHES_BUTTON),
    ]


def seat_found(shown: GroupShown, *, until: datetime, keeps_apart: bool) -> Message:
    """Tell a mentee who comes later where their seat is, and whom to turn to."""
    name = escape(with_article(shown.group.name))
    after = [*_in_private(shown, until, keeps_apart=keeps_apart), *contacts(shown.programme)]
    return Message(
        _heard(f"You have a seat in {name}, with {names_of(shown.mentors)}.", after),
        (ui.section(f"You have a seat in *{name}*, with {people_of(shown.mentors)}."), *after),
    )


def mentor_found(shown: GroupShown, *, until: datetime, keeps_apart: bool) -> Message:
    """Tell a mentee that their group has a mentor again."""
    who = agree(len(shown.mentors), "is your mentor", "are your mentors")
    before = (
        "Nothing that you shared before is shown to another mentor. Once you are introduced, you "
        "choose on Home what they may read."
    )
    after = [*_in_private(shown, until, keeps_apart=keeps_apart), ui.context(before)]
    return Message(
        _heard(f"Your group has a mentor again: {names_of(shown.mentors)} {who} now.", after),
        (
            ui.section(f"Your group has a mentor again: {people_of(shown.mentors)} {who} now."),
            *after,
        ),
    )
