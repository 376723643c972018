"""Blocking somebody: the form, what comes of it, and taking it back."""

from collections.abc import Sequence

from bot.care.model import Block as Made
from bot.people.model import Member
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "Block somebody"
WHO_SEES = (
    "*Who sees this:* nobody but you. The person is not told, now or later. If you sit in one "
    "group, coordinators read your two names and that you should not be in one group: not who "
    "asked, and not why."
)
WHAT_IT_DOES = (
    "You never come into one group again. What you shared in check-ins cannot be read by them any "
    "more. Slack's own channels and messages stay as they are there."
)
UNBLOCKED = "Taken back. The two of you may come into one group again."


def block_form(named: Sequence[Member], *, note: str = "") -> View:
    """Ask whom to block, and show whom somebody blocked, each with the way back."""
    taken_back: list[Block] = [
        ui.section(
            f"You blocked {escape(one.name)}.",
            accessory=ui.button(
                "Take it back",
                "care.unblock",
                value=one.id,
                spoken=f"Take it back: {one.name} is blocked",
            ),
        )
        for one in named
    ]
    return ui.modal(
        callback_id="care.block_form",
        title=TITLE,
        submit="Block them",
        close="Close",
        blocks=[
            *([ui.section(escape(note))] if note else []),
            ui.field(
                "person", "Whom do you want to be kept apart from?", ui.person_field("person")
            ),
            ui.context(WHO_SEES),
            ui.context(WHAT_IT_DOES),
            *taken_back,
        ],
    )


def blocked(done: Made) -> View:
    """Say what was done at once, and who does the rest."""
    name = escape(done.blocked.name)
    lines = [f"*{name} is blocked.* You never come into one group again, from now on."]
    if done.share_a_group and done.somebody_parts_them:
        lines.append(
            "You are in one group now: coordinators are asked to part you. They do not read who "
            "asked. If you are a mentee there, you can also ask for another mentor under Settings "
            "on Home."
        )
    elif done.share_a_group:
        lines.append(
            "You are in one group now, and Cairn has nobody whom it could ask to part you without "
            "telling that you asked. Press the button below and let a person help."
        )
    return ui.modal(
        callback_id="care.blocked",
        title=TITLE,
        blocks=[
            ui.section("\n".join(lines)),
            ui.actions(ui.CARE),
            ui.context("Under Block somebody, at the foot of Home, you can take it back."),
        ],
    )
