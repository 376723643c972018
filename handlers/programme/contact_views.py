"""The form in which a coordinator names contacts, and the people who hear of concerns."""

from collections.abc import Sequence

from bot.kernel.ids import SlackUserId
from bot.kernel.words import plural
from bot.people.model import Member
from bot.programme.checks import HOURS
from bot.programme.model import MOST_CONTACT_CHARS, Programme
from handlers import blocks as ui
from handlers.blocks import Block, View
from handlers.programme.channel_views import submit_of

WHO_SEES_CONTACTS = (
    "*Who sees this:* every member, on their Home tab, all the time. Write who it is and how to "
    "reach them. Cairn itself is not monitored and not for emergencies."
)
WHO_MAY = (
    "Somebody in Slack who is neither mentor nor mentee here and grades nobody. Cairn tells them "
    "when a member would like to hear from them."
)
WHEN_DEPUTY = "Asked when the first does not answer, is away, or is whom it is about."
WHO_SEES_PEOPLE = (
    "*Who sees this:* members read both names before they raise a concern. You and other "
    "coordinators do not see who raises one, or whether anybody does. A working day counts as 24 "
    "hours."
)


def contacts_modal(programme: Programme, named: Sequence[Member]) -> View:
    """Ask whom members turn to, and who hears of concerns; `named` are the people of before."""
    ids = {one.id: one.slack_user_id for one in named}
    person, deputy = (
        ids.get(one) if one else None
        for one in (programme.concern_person, programme.concern_deputy)
    )
    hours = ui.select(
        "hours",
        [(str(one), plural(one, "hour")) for one in HOURS],
        placeholder="Hours",
        chosen=str(programme.concern_hours),
    )
    return ui.modal(
        callback_id="programme.contacts_form",
        title="Contacts",
        blocks=[
            _contact_field(
                "crisis",
                "In a crisis",
                programme.crisis_contact,
                example="Occupational health, extension 5555, day and night",
                hint="For somebody who is in danger, or not well, right now.",
            ),
            ui.context(WHO_SEES_CONTACTS),
            _contact_field(
                "concern",
                "With a concern about mentoring",
                programme.concern_contact,
                example="The ombudsperson, extension 5556",
                hint="Somebody who is not a mentor here and does not grade anybody.",
            ),
            _person_field("person", "Who hears of concerns?", person, hint=WHO_MAY),
            _person_field("deputy", "Who is their deputy?", deputy, hint=WHEN_DEPUTY),
            ui.field("hours", "Ask the deputy after how many working hours?", hours),
            ui.context(WHO_SEES_PEOPLE),
        ],
        submit=submit_of(programme),
        close="Cancel",
        metadata=programme.id,
    )


def _contact_field(
    block_id: str, label: str, contact: str | None, *, example: str, hint: str
) -> Block:
    box = ui.text_field(
        f"programme.{block_id}",
        multiline=True,
        max_chars=MOST_CONTACT_CHARS,
        initial=contact,
        placeholder=example,
    )
    return ui.field(block_id, label, box, hint=hint)


def _person_field(block_id: str, label: str, who: SlackUserId | None, *, hint: str) -> Block:
    return ui.field(block_id, label, ui.person_field(block_id, initial=who), hint=hint)
