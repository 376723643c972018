"""Show what a change does, apply it, and undo it."""

import asyncio
from collections.abc import Mapping
from functools import partial

from bot.course import store, use_cases
from bot.course.model import Change, NewChannel, NewContacts
from bot.course.people import PersonChange
from bot.course.rules import Catalogued, changed
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.programme.digest_channel import against, facts_in
from bot.programme.model import Programme
from handlers.blocks import View, working
from handlers.course import forms, people, preview_views, views, words
from handlers.edge.answers import beside, whole_number
from handlers.edge.call import Call
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.sending.digest_channel import READ_WITHIN_S, read_facts


def register(edge: Edge) -> None:
    """Add the listeners of what follows a form."""
    edge.view("course.apply", on_apply)
    edge.action("course.undo", on_undo)


def catalogued(services: Services) -> Catalogued:
    """Give the templates and frameworks that can be chosen."""
    catalogue = services.catalogue
    return Catalogued(templates=catalogue.templates, frameworks=catalogue.frameworks)


def names_of(services: Services) -> Mapping[str, str]:
    """Give the names of templates and frameworks by their ids."""
    known = catalogued(services)
    templates = {key: one.name for key, one in known.templates.items()}
    return templates | {key: one.name for key, one in known.frameworks.items()}


async def show_change(
    call: Call,
    services: Services,
    change: Change | PersonChange,
    *,
    programme: Programme,
    block: str,
) -> None:
    """Show a coordinator what a change does; what cannot be is said beside `block`."""
    await services.coordinator(call)
    if isinstance(change, PersonChange):
        await people.show_change(call, services, change)
        return
    await must_be_possible(services, programme, change, block=block)

    async def work() -> View:
        order = await _order(call, services, programme.id)
        found = await use_cases.preview(services.database, order, change)
        carried = forms.carried(programme.id, change, found.token)
        return preview_views.preview(change, found, names=names_of(services), metadata=carried)

    meanwhile = working("Looking at what it does.", title=views.TITLE)
    await see_through(call, work, meanwhile=meanwhile)


async def _order(
    call: Call, services: Services, programme_id: ProgrammeId
) -> use_cases.CourseOrder:
    me = await services.coordinator(call)
    return use_cases.CourseOrder(
        workspace_id=call.workspace_id,
        programme_id=programme_id,
        by=me.id,
        catalogued=catalogued(services),
        now=services.clock.now(),
        say=partial(words.said_change, names=names_of(services)),
    )


async def must_be_possible(
    services: Services, programme: Programme, change: Change, *, block: str
) -> None:
    """Refuse a change that cannot be, with a sentence beside `block`."""
    if isinstance(change, NewContacts):  # which depends on who becomes a member
        return
    known, now = catalogued(services), services.clock.now()
    async with services.database.reading() as connection:
        facts = await use_cases.known_now(connection, programme, known, now=now)
    with beside(block):
        changed(facts, change)


async def _must_suit(call: Call, channel: str | None, confirmed: str | None) -> None:
    """Look at a channel again. Raises UserFacing for what was not confirmed about it."""
    if channel is None:
        return
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            facts = await read_facts(call.client, channel)
    except CALL_FAILURES:
        sentence = "Slack did not say who is in this channel. Nothing was changed; try again."
        raise UserFacing(sentence) from None
    if against(facts, facts_in(confirmed)):
        raise UserFacing(
            "This channel is not as it was: Cairn cannot write there any more, or others read it. "
            "Nothing was changed. Press Channel for digests to choose one."
        )


async def on_apply(call: Call, services: Services) -> None:
    """Make the change that was previewed, where nothing was changed meanwhile."""
    await services.coordinator(call)
    programme_id, token, change = forms.read_carried(call.metadata)
    work = partial(_apply, call, services, programme_id, token, change)
    await see_through(call, work, meanwhile=working("It is being applied.", title=views.TITLE))
    await services.refresh_home(call)


async def _apply(
    call: Call, services: Services, programme_id: ProgrammeId, token: str, change: Change
) -> View:
    order, names = await _order(call, services, programme_id), names_of(services)
    if isinstance(change, NewChannel):
        await _must_suit(call, change.channel, change.confirmed)
    try:
        async with services.database.writing() as connection:
            made = await use_cases.apply(connection, order, change, token=token)
    except use_cases.ChangedMeanwhile as problem:
        mine = words.said_change(change, names)
        return views.changed_meanwhile(
            problem.sentence, problem.other, mine, names=names, about=programme_id
        )
    await services.reconcile_groups(call.workspace_id)
    return views.done(made, names=names, now=services.clock.now())


async def on_undo(call: Call, services: Services) -> None:
    """Restore how all was before the last change."""
    await services.coordinator(call)
    number, _, about = (call.value or "").partition(" ")
    programme = await services.programme(call, about)
    work = partial(_undo, call, services, programme, whole_number(number) or 0)
    await see_through(call, work, meanwhile=working("It is being undone.", title=views.TITLE))
    await services.refresh_home(call)


async def _undo(call: Call, services: Services, programme: Programme, number: int) -> View:
    order = await _order(call, services, programme.id)
    async with services.database.reading() as connection:
        last = await store.last_change(connection, programme)
    if last is not None and last.before.channel != last.after.channel:
        await _must_suit(call, last.before.channel, last.before.channel_confirmed)
    async with services.database.writing() as connection:
        made = await use_cases.undo(connection, order, number)
    await services.reconcile_groups(call.workspace_id)
    return views.undone(made, names=names_of(services))
