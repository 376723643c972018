"""A coordinator changes one member: a break, the capacity, another group, out and back."""

from functools import partial

from bot.audit.model import Act
from bot.course import people as persons
from bot.course.people import PersonChange
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store
from bot.people.model import Member
from bot.programme.use_cases import current_programme
from handlers.blocks import View, working
from handlers.course import people_views
from handlers.course.forms import OLD
from handlers.edge.answers import Answers, WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services

MOST_CAPACITY = 100
_ACTS = {
    "pause": Act.MEMBER_PAUSED,
    "resume": Act.PAUSE_ENDED,
    "capacity": Act.CAPACITY_CHANGED,
    "out": Act.MEMBER_TAKEN_OUT,
    "back": Act.MEMBER_TAKEN_BACK,
    "stay": Act.MOVE_UNDONE,
}
"""The acts as they are written down; a move is, by what moves a mentee."""


def register(edge: Edge) -> None:
    """Add the listeners of one member."""
    edge.view("course.page", on_choose)
    edge.action("course.person", on_person)
    edge.action("course.person_change", on_person_change)
    edge.view("course.person_form", on_person_form)
    edge.view("course.person_apply", on_person_apply)
    edge.action("course.person_undo", on_person_apply)


async def on_choose(call: Call, services: Services) -> None:
    """Show whom a coordinator chose."""
    await services.coordinator(call)
    chosen = SlackUserId(call.answers.person("person"))
    async with services.database.reading() as connection:
        member = await store.member_by_slack_id(connection, call.workspace_id, chosen)
    if member is None:
        raise WrongAnswer(person="They are not in your list. Choose somebody who takes part.")
    await call.ack_update(await _page(call, services, member.id))


async def on_person(call: Call, services: Services) -> None:
    """Show a member as they are now."""
    await services.coordinator(call)
    await call.show(await _page(call, services, call.value or ""))


async def _page(call: Call, services: Services, member_id: str) -> View:
    async with services.database.reading() as connection:
        member = await persons.the_person(connection, call.workspace_id, member_id)
        programme = await current_programme(connection, call.workspace_id)
        found = await persons.person_now(connection, programme, member)
    return people_views.person_page(found, programme_id=programme.id if programme else "")


async def on_person_change(call: Call, services: Services) -> None:
    """Ask what a change needs to know, or show at once what it does."""
    await services.coordinator(call)
    kind, _, about = (call.value or "").partition(" ")
    form = people_views.person_form(await _member(call, services, about), kind)
    if form is not None:
        await call.show(form)
        return
    await show_change(call, services, _change(kind, about))


async def _member(call: Call, services: Services, about: str) -> Member:
    async with services.database.reading() as connection:
        return await persons.the_person(connection, call.workspace_id, about)


def _change(kind: str, about: str, answers: Answers | None = None) -> PersonChange:
    """Make a change of what was pressed and filled in. Raises UserFacing for anything else."""
    member_id = MemberId(about)
    match kind:
        case "pause":
            until = answers.date("until") if answers else None
            return PersonChange(kind="pause", member_id=member_id, until=until)
        case "capacity":
            typed = answers.text("capacity") if answers else None
            capacity = whole_number(typed, most=MOST_CAPACITY)
            if capacity is None:
                raise WrongAnswer(capacity=f"Write a whole number from 0 to {MOST_CAPACITY}.")
            return PersonChange(kind="capacity", member_id=member_id, capacity=capacity)
        case "resume" | "out" | "back":
            return PersonChange(kind=kind, member_id=member_id)
        case _:
            raise UserFacing(OLD)


async def on_person_form(call: Call, services: Services) -> None:
    """Show what a break or another capacity does."""
    await services.coordinator(call)
    kind, _, about = call.metadata.partition(" ")
    change, member = _change(kind, about, call.answers), await _member(call, services, about)
    with beside("until" if kind == "pause" else "capacity"):
        persons.must_be_possible(member, change, now=services.clock.now())
    await show_change(call, services, change)


async def show_change(call: Call, services: Services, change: PersonChange) -> None:
    """Show a coordinator what a change of a member does."""
    work = partial(_preview, call, services, change)
    await see_through(call, work, meanwhile=working("Looking.", title=people_views.TITLE))


async def _preview(call: Call, services: Services, change: PersonChange) -> View:
    async with services.database.reading() as connection:
        member = await persons.the_person(connection, call.workspace_id, change.member_id)
        programme = await current_programme(connection, call.workspace_id)
    persons.must_be_possible(member, change, now=services.clock.now())
    if programme is None:
        looked = persons.as_seen(member, change)
        return people_views.person_preview(persons.PersonAhead(member=member), looked)
    inputs = services.for_matching(programme)
    found = await persons.person_ahead(services.database, programme, member, change, **inputs)
    return people_views.person_preview(found, found.change or change)


async def on_person_apply(call: Call, services: Services) -> None:
    """Make, or undo, the change of a member that was looked at, where nobody changed them since."""
    await services.coordinator(call)
    work = partial(_apply, call, services, _read(call.value or call.metadata))
    await see_through(call, work, meanwhile=working("It is done.", title=people_views.TITLE))
    await services.refresh_home(call)


def _read(text: str) -> PersonChange:
    try:
        return persons.person_from_snapshot(text)
    except ValueError:
        raise UserFacing(OLD) from None


async def _apply(call: Call, services: Services, change: PersonChange) -> View:
    now, its, me = services.clock.now(), call.workspace_id, await services.coordinator(call)
    async with services.database.reading() as connection:
        programme = await current_programme(connection, its)
        member = await persons.the_person(connection, its, change.member_id)
    inputs = services.for_matching(programme) if programme else None
    if programme and inputs and change.kind == "stay":  # refused before anything is written
        await persons.person_ahead(services.database, programme, member, change, **inputs)
    async with services.database.writing() as connection:
        before = await persons.the_person(connection, its, change.member_id, hold=True)
        if act := _ACTS.get(change.kind):
            what, about = people_views.said_person(before, change), [change.member_id]
            await services.record(connection, call, act, about=about, what=what)
        after = await persons.change_person(connection, its, change, programme=programme, now=now)
    found = persons.PersonAhead(member=after)
    if programme and inputs:
        found = await persons.reconcile_after(
            services.database, programme, after, change, by=me.id, **inputs
        )
    await services.reconcile_groups(its)
    undo = persons.opposite(before, change, after, seat=found.seat)
    return people_views.person_done(before, found, change, undo)
