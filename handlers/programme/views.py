"""Forms with which coordinators set a programme up."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.programme.model import Programme, Template
from bot.programme.rules import MOST_CONTACT_CHARS, MOST_NAME_CHARS
from handlers.blocks import (
    Element,
    button,
    channel_field,
    confirm,
    context,
    date_field,
    escape,
    field,
    modal,
    radio,
    section,
    text_field,
)

WHO_SEES_PROGRAMME = (
    "*Who sees this:* every member sees the name and the dates. Digests go to the channel that you "
    "choose, and whoever is in it reads them."
)
WHO_SEES_CONTACTS = "*Who sees this:* every member, on their Home tab, all the time."


def programme_modal(
    templates: Sequence[Template], *, draft: Programme | None, first_day: date
) -> dict[str, Any]:
    """Asks for a template, a name, the first day and the channel for digests."""
    chosen = draft.template_id if draft else None
    lengths = "\n".join(
        f"• *{escape(one.name)}*: {escape(one.description)}" for one in templates[:10]
    )
    return modal(
        callback_id="programme.form",
        title="The programme",
        blocks=[
            section(lengths),
            field(
                "template",
                "Template",
                radio(
                    "programme.template", [(one.id, one.name) for one in templates], chosen=chosen
                ),
            ),
            field(
                "name",
                "Name",
                text_field(
                    "programme.name",
                    max_chars=MOST_NAME_CHARS,
                    initial=draft.name if draft else None,
                    placeholder="Mentoring 2026",
                ),
            ),
            field(
                "starts_on",
                "First day",
                date_field("programme.starts_on", initial=draft.starts_on if draft else first_day),
                hint="Its week counts as week 1, from Monday to Sunday.",
            ),
            field(
                "channel",
                "Channel for digests",
                channel_field(
                    "programme.channel",
                    placeholder="A channel for coordinators",
                    initial=draft.coordinator_channel if draft else None,
                ),
                hint="Invite Cairn to it, so that it can write there.",
            ),
            context(WHO_SEES_PROGRAMME),
        ],
        submit="Save",
        close="Cancel",
        metadata=draft.id if draft else "",
    )


def contacts_modal(programme: Programme) -> dict[str, Any]:
    """Asks whom members turn to in a crisis and with a concern."""
    return modal(
        callback_id="programme.contacts_form",
        title="Contacts",
        blocks=[
            section(
                "Write who it is and how to reach them: a phone number, an address, the hours. "
                "Cairn itself is not monitored and not for emergencies."
            ),
            field(
                "crisis",
                "In a crisis",
                text_field(
                    "programme.crisis",
                    multiline=True,
                    max_chars=MOST_CONTACT_CHARS,
                    initial=programme.crisis_contact,
                    placeholder="Occupational health, extension 5555, day and night",
                ),
                hint="For somebody who is in danger, or not well, right now.",
            ),
            field(
                "concern",
                "With a concern about mentoring",
                text_field(
                    "programme.concern",
                    multiline=True,
                    max_chars=MOST_CONTACT_CHARS,
                    initial=programme.concern_contact,
                    placeholder="The ombudsperson, extension 5556",
                ),
                hint="Somebody who is not a mentor here and does not grade anybody.",
            ),
            context(WHO_SEES_CONTACTS),
        ],
        submit="Save",
        close="Cancel",
        metadata=programme.id,
    )


def close_button(programme: Programme) -> Element:
    """Ends a programme for good, after a question."""
    question = confirm(
        "Close this programme?",
        "Check-ins, nudges and pulses stop for everybody in it. It cannot be opened again.",
        yes="Close it",
        no="Keep it running",
    )
    return button("Close the programme", "programme.close", value=programme.id, confirm=question)
