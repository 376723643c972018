"""Naming the contacts of a programme, and the people who hear of concerns."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.audit.model import Act
from bot.course.model import NewContacts
from bot.kernel.ids import ProgrammeId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import may_hear_concerns
from bot.people.profiles import Profile
from bot.programme import use_cases
from bot.programme.checks import HOURS, checked_contact
from bot.programme.contacts import ContactPeople, as_contact
from bot.programme.model import ProgrammeState
from handlers.edge.answers import WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.dispatch import Edge
from handlers.edge.errors import ACK_WITHIN_S
from handlers.edge.services import Services
from handlers.programme import contact_views

NOT_THEM = "Choose somebody who is neither mentor nor mentee here, and who has not left."


def register(edge: Edge) -> None:
    """Add the listeners of contacts."""
    edge.action("programme.contacts", on_contacts)
    edge.view("programme.contacts_form", on_contacts_form)


async def on_contacts(call: Call, services: Services) -> None:
    """Ask a coordinator for the contacts."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    ids = [one for one in (programme.concern_person, programme.concern_deputy) if one]
    async with services.database.reading() as connection:
        named = await people.members(connection, call.workspace_id, ids=ids)
    await call.open(contact_views.contacts_modal(programme, named))


async def on_contacts_form(call: Call, services: Services) -> None:
    """Keep the contacts and the people; whoever is no member yet is known from now on.

    Of a running programme, show first what it does.
    """
    await services.coordinator(call)
    programme, answers = await services.programme(call, call.metadata), call.answers
    chosen = {block: answers.person(block) for block in ("person", "deputy")}
    hours = whole_number(answers.choice("hours"))
    _refuse(chosen, hours)
    profiles = [await _profile(call, services, block, who) for block, who in chosen.items()]
    texts = {block: answers.text(block) or "" for block in ("crisis", "concern")}
    for block, text in texts.items():
        with beside(block):
            checked_contact(text)
    if programme.state is ProgrammeState.RUNNING:
        person, deputy = profiles
        change = NewContacts(
            crisis=texts["crisis"],
            concern=texts["concern"],
            person=person,
            deputy=deputy,
            hours=hours or 0,
        )
        await services.show_change(call, services, change, programme=programme, block="crisis")
        return
    async with services.database.writing() as connection:
        await services.record(connection, call, Act.CONTACTS_CHANGED, programme_id=call.metadata)
        ids = [(await as_contact(connection, call.workspace_id, one)).id for one in profiles]
        with beside("person"):
            named = ContactPeople(person=ids[0], deputy=ids[1], hours=hours or 0)
            await use_cases.set_contacts(
                connection,
                call.workspace_id,
                ProgrammeId(call.metadata),
                crisis_contact=texts["crisis"],
                concern_contact=texts["concern"],
                people=named,
            )
    await call.ack()
    await services.refresh_home(call)


def _refuse(chosen: Mapping[str, str], hours: int | None) -> None:
    """Raise WrongAnswer for what was left out, and for one person in both."""
    missing = {block: "Choose somebody." for block, who in chosen.items() if not who}
    if hours not in HOURS:
        missing["hours"] = "Choose one."
    if missing:
        raise WrongAnswer(**missing)
    if chosen["person"] == chosen["deputy"]:
        raise WrongAnswer(deputy="Choose somebody else than the contact person.")


async def _profile(call: Call, services: Services, block: str, who: str) -> Profile:
    """Read somebody who was chosen, from the members or from Slack. Raises WrongAnswer."""
    async with services.database.reading() as connection:
        known = await people.member_by_slack_id(connection, call.workspace_id, SlackUserId(who))
    if known is not None:
        return _of_member(known, block)
    try:
        async with asyncio.timeout(ACK_WITHIN_S / 2):
            answer = await call.client.users_info(user=who)
    except CALL_FAILURES as failure:
        sentence = "Slack did not say who this is. Nothing is saved; try again."
        raise WrongAnswer(**{block: sentence}) from failure
    return _of_slack(answer.get("user") or {}, SlackUserId(who), block, at=call.workspace_id)


def _of_member(known: Member, block: str) -> Profile:
    if not may_hear_concerns(known):
        raise WrongAnswer(**{block: NOT_THEM})
    return Profile(slack_user_id=known.slack_user_id, name=known.name, timezone=known.timezone)


def _of_slack(user: Mapping[str, Any], who: SlackUserId, block: str, *, at: WorkspaceId) -> Profile:
    """Read a profile; https://docs.slack.dev/reference/objects/user-object."""
    is_app = user.get("is_bot") or user.get("is_workflow_bot") or who == "USLACKBOT"
    homes = (user.get("enterprise_user") or {}).get("teams") or ()  # of an Enterprise organization
    is_outside = user.get("is_stranger") or user.get("team_id", at) not in {at, *homes}
    if not user or is_app or user.get("deleted") or is_outside:
        raise WrongAnswer(**{block: "Choose a person of this workspace, and no app."})
    name = str(user.get("real_name") or user.get("name") or who)
    return Profile(slack_user_id=who, name=" ".join(name.split()), timezone=str(user.get("tz")))
