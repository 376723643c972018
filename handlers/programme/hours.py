"""Choosing the usual quiet hours of a programme, and reading its texts."""

from bot.audit.model import Act
from bot.kernel.ids import ProgrammeId
from bot.programme.quiet_hours import set_quiet_hours
from bot.programme.rules import hours_of
from handlers.blocks import notice
from handlers.edge.answers import beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.programme import hours_views as views


def register(edge: Edge) -> None:
    """Add the listeners of quiet hours and of texts."""
    edge.action("programme.hours", on_hours)
    edge.view("programme.hours_form", on_hours_form)
    edge.action("programme.texts", on_texts)


async def on_hours(call: Call, services: Services) -> None:
    """Ask a coordinator for the usual quiet hours."""
    await services.coordinator(call)
    await call.show(views.hours_form(await services.programme(call, call.value)))


async def on_hours_form(call: Call, services: Services) -> None:
    """Keep the usual quiet hours."""
    await services.coordinator(call)
    chosen, programme_id = call.answers.choice("hours") or "", ProgrammeId(call.metadata)
    with beside("hours"):
        async with services.database.writing() as connection:
            changed = await set_quiet_hours(connection, call.workspace_id, programme_id, chosen)
            act, what = Act.QUIET_HOURS_CHANGED, hours_of(changed)
            await services.record(connection, call, act, programme_id=changed.id, what=what)
    await call.ack_update(notice(views.saved(changed), title=views.TITLE))
    await services.refresh_home(call)


async def on_texts(call: Call, services: Services) -> None:
    """Show a coordinator which texts members read, with the way to each."""
    await services.coordinator(call)
    await call.show(views.texts(await services.programme(call, call.value)))
