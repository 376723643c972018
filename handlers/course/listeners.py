"""A coordinator opens what can be changed, its forms, and the calendar."""

import json

from bot.course import store
from bot.course.preview import pulse_days
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.people import store as members
from bot.programme.use_cases import current_programme
from bot.schedule.time_off import calendar_of
from handlers.course import calendar_views, form_views, forms, people, preview, time_off, views
from handlers.edge.answers import read_json, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services


def register(edge: Edge) -> None:
    """Add the listeners of changes."""
    edge.action("course.open", on_open)
    edge.action("course.change", on_change)
    edge.view("course.form", on_form)
    edge.action("course.calendar", on_calendar)
    people.register(edge)
    preview.register(edge)
    time_off.register(edge)


async def on_open(call: Call, services: Services) -> None:
    """List for a coordinator what can be changed, each with how it is now."""
    await services.coordinator(call)
    programme, now = await services.programme(call, call.value), services.clock.now()
    async with services.database.reading() as connection:
        calendar = await calendar_of(connection, call.workspace_id)
        last = await store.last_change(connection, programme)
        by = last.by if last else None
        member = await members.member(connection, call.workspace_id, by) if by else None
    is_now = views.CourseNow(
        programme=programme,
        calendar=calendar,
        names=preview.names_of(services),
        next_pulse=next(pulse_days(programme, calendar, now=now), None),
        last=last,
        by=member.name if member else None,
    )
    await call.show(views.page(is_now, now=now))


async def on_change(call: Call, services: Services) -> None:
    """Ask a coordinator what is to change."""
    await services.coordinator(call)
    what, _, about = (call.value or "").partition(" ")
    programme = await services.programme(call, about)
    if what == "time_off":
        await time_off.open_form(call, services, programme)
        return
    async with services.database.reading() as connection:
        calendar = await calendar_of(connection, call.workspace_id)
    catalogue = services.catalogue
    facts = form_views.FormFacts(
        programme=programme,
        today=local_date(services.clock.now(), programme.timezone),
        next_pulse=next(pulse_days(programme, calendar, now=services.clock.now()), None),
        templates=sorted(catalogue.templates.values(), key=lambda one: -one.weeks),
        frameworks=sorted(catalogue.frameworks.values(), key=lambda one: one.name),
    )
    shown = form_views.form(what, facts, metadata=json.dumps([what, programme.id]))
    if shown is None:
        raise UserFacing(forms.OLD)
    await call.show(shown)


async def on_form(call: Call, services: Services) -> None:
    """Show what the change in the form does."""
    await services.coordinator(call)
    try:
        what, about = map(str, read_json(call.metadata))
    except (ValueError, TypeError):
        raise UserFacing(forms.OLD) from None
    programme = await services.programme(call, about)
    change, block = forms.read_change(what, call.answers)
    await preview.show_change(call, services, change, programme=programme, block=block)


async def on_calendar(call: Call, services: Services) -> None:
    """Show the calendar of a programme, some weeks at a time."""
    await services.coordinator(call)
    number, _, about = (call.value or "").partition(" ")
    now = services.clock.now()
    async with services.database.reading() as connection:
        calendar = await calendar_of(connection, call.workspace_id)
        current = await current_programme(connection, call.workspace_id) if not about else None
    programme = current or await services.programme(call, about)
    page = whole_number(number) or 0
    await call.show(calendar_views.calendar_page(programme, calendar, page=page, now=now))
