"""Write a profile and ranked wishes, and read the people of one's group."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import GroupId, SlackUserId, WorkspaceId
from bot.matching.store import is_approved
from bot.people.model import Member
from bot.people.permissions import must_have_profile
from bot.people.use_cases import the_member
from bot.profiles import use_cases
from bot.profiles.model import MOST_CHARS, MemberProfile
from bot.profiles.rules import check_capacity, items_in
from bot.programme.use_cases import current_programme
from handlers.edge.answers import Answers, WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again
from handlers.profiles import views


def register(edge: Edge) -> None:
    """Add the listeners of profiles."""
    edge.action("profiles.open", on_open)
    edge.view("profiles.form", on_form)
    edge.action("profiles.wishes", on_wishes)
    edge.view("profiles.wishes_form", on_wishes_form)
    edge.action("profiles.people", on_people)


async def on_open(call: Call, services: Services) -> None:
    """Show a member their own profile, to change it."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        must_have_profile(member)
        profile = await use_cases.profile_of(connection, member)
        contact = await _crisis_contact(connection, call.workspace_id)
    await call.show(views.form(member, profile, crisis_contact=contact))


async def on_form(call: Call, services: Services) -> None:
    """Keep a profile; show the form again where something looks like a patient's."""
    answers = call.answers
    profile = read_profile(answers)
    lists = [answers.text(name) for name in ("interests", "languages")]
    if await asked_again(call, profile.about, profile.hope, profile.offer, *lists):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        after = replace(
            member,
            interests=_items(answers, "interests", member.interests),
            languages=_items(answers, "languages", member.languages),
            capacity=_capacity(answers, member),
        )
        await use_cases.save(connection, member, after, profile, now=services.clock.now())
        groups_stand = await _groups_stand(connection, call.workspace_id)
    await call.ack_update(views.saved(after, profile, groups_stand=groups_stand))
    await services.refresh_home(call)


async def _crisis_contact(connection: AsyncConnection, workspace_id: WorkspaceId) -> str | None:
    programme = await current_programme(connection, workspace_id)
    return programme.crisis_contact if programme else None


def read_profile(answers: Answers) -> MemberProfile:
    """Read a member's own words. Raises WrongAnswer for more than others read on one page."""
    about, hope, offer = (_text(answers, name) for name, *_ in views.TEXTS)
    return MemberProfile(about=about, hope=hope, offer=offer)


def _text(answers: Answers, name: str) -> str:
    said = answers.text(name) or ""
    if len(said) > MOST_CHARS:
        raise WrongAnswer(**{name: f"Shorten this to {MOST_CHARS:,} characters."})
    return said


def _items(answers: Answers, name: str, before: tuple[str, ...]) -> tuple[str, ...]:
    with beside(name):
        return items_in(answers.text(name) or "", before=before)


def _capacity(answers: Answers, member: Member) -> int:
    """Read how many mentees a mentor can take; a form without the question leaves it as it is."""
    if not member.is_mentor or "capacity" not in answers.by_block:
        return member.capacity
    with beside("capacity"):
        return check_capacity(whole_number(answers.text("capacity")), before=member.capacity)


async def on_wishes(call: Call, services: Services) -> None:
    """Show a member whom they would like to be with, to change it."""
    member = await services.member(call)
    must_have_profile(member)
    await call.show(views.wishes_form(member, use_cases.choices_of(member)))


async def on_wishes_form(call: Call, services: Services) -> None:
    """Keep whom a member would like to be with."""
    named = [call.answers.person(block) for block in views.CHOICES]
    chosen = list(dict.fromkeys(SlackUserId(one) for one in named if one))
    with beside("first"):
        async with services.database.writing() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
            await use_cases.choose(connection, member, chosen)
            groups_stand = await _groups_stand(connection, call.workspace_id)
    then = views.COUNTS_LATER if groups_stand else views.COUNTS_FOR_PROPOSALS
    await call.ack_update(views.wishes_saved(chosen, then=then))
    await services.refresh_home(call)


async def _groups_stand(connection: AsyncConnection, workspace_id: WorkspaceId) -> bool:
    """Say whether groups are made, so that a wish counts only when a seat is looked for again."""
    programme = await current_programme(connection, workspace_id)
    return programme is not None and await is_approved(connection, workspace_id, programme.id)


async def on_people(call: Call, services: Services) -> None:
    """Show the people of a group what each other say of themselves."""
    group_id, _, page = (call.value or "").partition("|")
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        shown = await use_cases.people_of(
            connection, member, GroupId(group_id), now=services.clock.now()
        )
    await call.show(views.people_form(shown, page=whole_number(page) or 0))
