"""How it looks who coordinates, and how somebody is made coordinator."""

from collections.abc import Sequence
from datetime import datetime

from bot.people.model import Member
from handlers import blocks as ui
from handlers.blocks import Block, View, escape, person
from handlers.people.role_views import coordinator_welcome
from handlers.preview import buttons_below

TITLE = "Coordinators"
MOST_NAMED = 30


def settings_line() -> list[Block]:
    """Lead a member to who coordinates, and coordinators to where they name others."""
    who = ui.button("Who coordinates", "people.coordinators")
    return [ui.section("*Coordinators.* Who runs the programme here.", accessory=who)]


def coordinators(everybody: Sequence[Member], *, may_name: bool, now: datetime) -> View:
    """Name who coordinates, and ask for another where that may be chosen."""
    lines = [
        f"• {person(one.slack_user_id)}{', away at present' if one.is_away(now) else ''}"
        for one in everybody[:MOST_NAMED]
    ]
    listed = "\n".join(lines) or "Nobody coordinates mentoring here yet."
    if not may_name:
        ask = (
            "Coordinators, and those who administer this Slack workspace, can make somebody else "
            "coordinator."
        )
        return ui.modal(
            callback_id="people.coordinators",
            title=TITLE,
            blocks=[ui.section(listed), ui.context(ask)],
        )
    hint = "A full member of this workspace. You see the message that they get before it is sent."
    choose = ui.person_field("people.coordinator")
    return ui.modal(
        callback_id="people.coordinators",
        title=TITLE,
        submit="Next",
        blocks=[
            ui.field("who", "Make somebody coordinator", choose, hint=hint),
            ui.context(
                "*Who sees this:* everybody can see who coordinates. Coordinators never read what "
                "mentees write in check-ins, nor anybody's answers in a pulse."
            ),
            ui.section(f"*Who coordinates now*\n{listed}"),
            ui.context(
                "Two are better than one: when somebody is away, another hears what they would. To "
                "take the role from somebody, a coordinator chooses *People* on Home."
            ),
        ],
    )


def before_it_is_sent(named: Member) -> View:
    """Show whom it is about and the message that they get, before it is done."""
    message = coordinator_welcome(named)
    return ui.modal(
        callback_id="people.coordinator_form",
        title=TITLE,
        submit="Make coordinator",
        close="Cancel",
        metadata=named.slack_user_id,
        blocks=[
            ui.section(
                f"{person(named.slack_user_id)} gets this message, but not in their quiet hours:"
            ),
            ui.divider(),
            *[one for one in message.blocks if one["type"] != "actions"],
            *buttons_below(message),
            ui.divider(),
            ui.context(
                "They see at once what coordinators see, and can do all that they can. It is "
                "written down who made them coordinator."
            ),
        ],
    )


def named(member: Member) -> View:
    """Say that somebody coordinates from now on."""
    said = f"*{escape(member.name)}* coordinates from now on, and is told what that means."
    return ui.modal(callback_id="people.coordinators", title=TITLE, blocks=[ui.section(said)])
