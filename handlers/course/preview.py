"""Show what a change does, apply it, and undo it."""

from collections.abc import Mapping
from functools import partial

from bot.course import use_cases
from bot.course.model import Change
from bot.course.rules import Catalogued, changed
from bot.kernel.ids import ProgrammeId
from bot.programme.model import Programme
from handlers.blocks import View, working
from handlers.course import forms, preview_views, views, words
from handlers.edge.answers import beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services


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
    return {
        **{key: one.name for key, one in known.templates.items()},
        **{key: one.name for key, one in known.frameworks.items()},
    }


async def show_preview(
    call: Call, services: Services, programme: Programme, change: Change, *, block: str
) -> None:
    """Show a coordinator what a change does; what cannot be is said beside `block`."""
    me = await services.coordinator(call)
    known = catalogued(services)
    await must_be_possible(services, programme, change, block=block)

    async def work() -> View:
        found = await use_cases.preview(
            services.database,
            call.workspace_id,
            programme.id,
            change,
            by=me.id,
            catalogued=known,
            now=services.clock.now(),
        )
        carried = forms.carried(programme.id, change, found.token)
        return preview_views.preview(change, found, names=names_of(services), metadata=carried)

    meanwhile = working("Looking at what it does.", title=views.TITLE)
    await see_through(call, work, meanwhile=meanwhile)


async def must_be_possible(
    services: Services, programme: Programme, change: Change, *, block: str
) -> None:
    """Refuse a change that cannot be, with a sentence beside `block`."""
    known, now = catalogued(services), services.clock.now()
    async with services.database.reading() as connection:
        facts = await use_cases.known_now(connection, programme, known, now=now)
    with beside(block):
        changed(facts, change)


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
    me, names = await services.coordinator(call), names_of(services)
    try:
        async with services.database.writing() as connection:
            made = await use_cases.apply(
                connection,
                call.workspace_id,
                programme_id,
                change,
                token=token,
                by=me.id,
                catalogued=catalogued(services),
                now=services.clock.now(),
                say=partial(words.said_change, names=names),
            )
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

    async def work() -> View:
        me = await services.coordinator(call)
        async with services.database.writing() as connection:
            made = await use_cases.undo(
                connection,
                call.workspace_id,
                ProgrammeId(about),
                whole_number(number) or 0,
                by=me.id,
                catalogued=catalogued(services),
                now=services.clock.now(),
                say=partial(words.said_change, names=names_of(services)),
            )
        await services.reconcile_groups(call.workspace_id)
        return views.undone(made, names=names_of(services))

    await see_through(call, work, meanwhile=working("It is being undone.", title=views.TITLE))
    await services.refresh_home(call)
