"""Forms with which coordinators set a programme up."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot.kernel.dates import weekday_and_day
from bot.kernel.words import listed, plural
from bot.people.model import Role
from bot.programme.model import Programme, ProgrammeState, SetUp, Template
from bot.programme.rules import (
    MOST_CONTACT_CHARS,
    MOST_NAME_CHARS,
    milestones_for,
    week_of,
)
from handlers.blocks import (
    Block,
    Element,
    actions,
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
CHANGE_CONTACTS = "Change the crisis contact and the contact for concerns"
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


def close_button(programme_id: str) -> Element:
    """Ends a programme for good, after a question."""
    question = confirm(
        "Close this programme?",
        "Check-ins, nudges and pulses stop for everybody in it. It cannot be opened again.",
        yes="Close it",
        no="Keep it running",
    )
    return button("Close the programme", "programme.close", value=programme_id, confirm=question)


def no_programme() -> list[Block]:
    """Tell a member that no programme is theirs at the moment."""
    return [
        section(
            "No programme is running for you at the moment. You get a message here as soon as "
            "your group is formed; there is nothing you need to do until then."
        )
    ]


def coordinator_home(programme: Programme | None, set_up: SetUp, *, now: datetime) -> list[Block]:
    """Show the steps to the first day, or how a running programme is going."""
    if programme is not None and programme.state is ProgrammeState.RUNNING:
        return [*_under_way(programme, set_up), *_this_week(programme, now)]
    return _steps(programme, set_up)


def _steps(programme: Programme | None, set_up: SetUp) -> list[Block]:
    """Show where each step stands. What is to be done next stands above, with its button."""
    blocks = [section("*Five steps to the first day.* You can come back to each of them.")]
    if set_up.people:
        again = button("Import a roster", "people.roster")
        blocks.append(section(f"*1. People.* Done: {_count(set_up)}.", accessory=again))
    else:
        blocks.append(section("*1. People.* To do: import who takes part."))
    if programme is None:
        return [
            *blocks,
            section("*2. Programme.* To do: choose how long it runs and when."),
            section("*3. Contacts, 4. Code of conduct, 5. Groups* follow after that."),
        ]
    has_contacts = bool(programme.crisis_contact and programme.concern_contact)
    change = button("Change", "programme.contacts", value=programme.id, spoken=CHANGE_CONTACTS)
    return [
        *blocks,
        section(
            f"*2. Programme.* Done: {escape(programme.name)}, {programme.weeks} weeks from "
            f"{weekday_and_day(programme.starts_on)}.",
            accessory=button("Change", "programme.edit", value=programme.id),
        ),
        section(
            f"*3. Contacts.* {_contacts(has_contacts)}",
            accessory=change if has_contacts else None,
        ),
        section(f"*4. Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up)),
        section(
            "*5. Groups.* "
            + ("Done: approved." if set_up.groups else "To do, once people have accepted.")
        ),
    ]


def _under_way(programme: Programme, set_up: SetUp) -> list[Block]:
    away = f", {set_up.away} of them away" if set_up.away else ""
    where = f" in {plural(set_up.groups, 'mentoring group')}" if set_up.groups else ""
    return [
        section(f"{_count(set_up)} take part{where}{away}."),
        section(f"*Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up)),
        actions(
            button("Import a roster", "people.roster"),
            button("Change the contacts", "programme.contacts", value=programme.id),
            close_button(programme.id),
        ),
    ]


def _this_week(programme: Programme, now: datetime) -> list[Block]:
    """Say what the calendar has in this week for mentees and for mentors."""
    week = week_of(programme, now)
    said = [
        f"*{who}:* {escape(' '.join(one.text for one in found))}"
        for who, role in (("Mentees", Role.MENTEE), ("Mentors", Role.MENTOR))
        if (found := milestones_for(programme, role, week))
    ]
    return [context("This week in the calendar", *said)] if said else []


def _count(set_up: SetUp) -> str:
    peers = [plural(set_up.peer_mentors, "peer-mentor")] if set_up.peer_mentors else []
    return listed([plural(set_up.mentors, "mentor"), *peers, plural(set_up.mentees, "mentee")])


def _contacts(has_contacts: bool) -> str:
    if has_contacts:
        return "Done: members can read both on their Home tab."
    return "To do: the programme cannot start without a crisis contact and one for concerns."


def _acceptance(set_up: SetUp) -> str:
    if not set_up.people:
        return "Begins when people are imported."
    done = "Done: " if not set_up.to_accept else ""
    return f"{done}{set_up.accepted} of {set_up.people} have accepted."


def _ask(set_up: SetUp) -> Element | None:
    if not set_up.to_accept:
        return None
    return button(
        "Ask the others" if set_up.accepted else "Ask everybody",
        "people.invite",
        spoken="Ask everybody who has not accepted the code of conduct",
    )


def first_monday_after(today: date) -> date:
    """The Monday a week or more from `today`: a likely first day."""
    return date.fromordinal(today.toordinal() + 14 - today.weekday())
