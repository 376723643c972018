"""A workspace's public holidays and breaks, as a coordinator changes them."""

from dataclasses import replace
from datetime import date, timedelta

from bot.course.model import NewTimeOff
from bot.kernel.errors import UserFacing
from bot.programme.model import Programme
from bot.schedule import calendar as days_off
from bot.schedule.calendar import Break, Calendar
from bot.schedule.time_off import calendar_of
from handlers.course import time_off_views as views
from handlers.course.forms import OLD, carried, read_carried
from handlers.course.preview import must_be_possible, show_change
from handlers.edge.answers import Answers, WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services


def register(edge: Edge) -> None:
    """Add the listeners of holidays and breaks."""
    edge.view("course.time_off_form", on_form)
    edge.view("course.region_form", on_region)


async def open_form(call: Call, services: Services, programme: Programme) -> None:
    """Show a coordinator the days off as they are, with a proposal where there is no country."""
    async with services.database.reading() as connection:
        calendar = await calendar_of(connection, call.workspace_id)
    proposed = days_off.country_of(programme.timezone)
    countries = days_off.country_names()
    await call.show(views.form(programme.id, calendar, countries=countries, proposed=proposed))


async def on_form(call: Call, services: Services) -> None:
    """Show what the days off do, or ask for the region first where regions have their own."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    async with services.database.reading() as connection:
        before = await calendar_of(connection, call.workspace_id)
    wanted = NewTimeOff(calendar=_read(call.answers))
    country = wanted.calendar.country
    regions = days_off.region_names(country)
    if not regions:
        await show_change(call, services, wanted, programme=programme, block="first")
        return
    if wanted.calendar.breaks != before.breaks:
        await must_be_possible(services, programme, wanted, block="first")
    same = before.region if before.country == country else ""
    shown = Calendar(country=country, region=same)
    metadata = carried(programme.id, wanted)
    await call.ack_update(views.region_form(shown, regions=regions, metadata=metadata))


async def on_region(call: Call, services: Services) -> None:
    """Show what the days off with their region do."""
    await services.coordinator(call)
    about, _, wanted = read_carried(call.metadata)
    if not isinstance(wanted, NewTimeOff):
        raise UserFacing(OLD)
    programme = await services.programme(call, about)
    chosen = call.answers.choice("region") or views.WHOLE_COUNTRY
    region = "" if chosen == views.WHOLE_COUNTRY else chosen
    change = NewTimeOff(calendar=replace(wanted.calendar, region=region))
    await show_change(call, services, change, programme=programme, block="region")


def _read(answers: Answers) -> Calendar:
    """Read the form, without a region. Raises WrongAnswer beside what is wrong."""
    country = answers.choice("country") or views.NO_COUNTRY
    try:
        breaks = views.breaks_of(answers.choices("breaks"))
    except ValueError:
        raise UserFacing(OLD) from None
    first, last = answers.date("first"), answers.date("last")
    if (first is None) != (last is None):
        raise WrongAnswer(**{"last" if last is None else "first": "Choose this day, too."})
    if first is not None and last is not None:
        breaks.append(_break(first, last))
    if len(breaks) > views.MOST_BREAKS:
        raise WrongAnswer(first=f"There can be {views.MOST_BREAKS} breaks. Untick one above.")
    return Calendar(
        country="" if country == views.NO_COUNTRY else country,
        breaks=tuple(sorted(set(breaks))),
        moves=answers.choice("moves") != views.SKIPS,
    )


def _break(first: date, last: date) -> Break:
    if last < first:
        raise WrongAnswer(last="Choose the first day or a later one.")
    if last - first > timedelta(days=days_off.MOST_BREAK_DAYS):
        raise WrongAnswer(last=f"A break takes {days_off.MOST_BREAK_DAYS} days at most.")
    return Break(first, last)
