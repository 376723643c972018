"""A programme's public holidays and breaks, set by a coordinator."""

import json
from datetime import date, timedelta

from bot.audit.model import Act
from bot.flows.time_off import change_time_off
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.schedule import calendar as days_off
from bot.schedule.calendar import Break, Calendar
from bot.schedule.time_off import calendar_of, calendars_of
from handlers.edge.answers import Answers, WrongAnswer, read_json
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.programme import time_off_views as views

COMING_DAYS, MOST_COMING = 366, 8
_OLD = "This form is from an earlier version. Close it and open it again from the Home tab."


def register(edge: Edge) -> None:
    """Add the listeners of holidays and breaks."""
    edge.action("programme.time_off", on_open)
    edge.view("programme.time_off_form", on_form)
    edge.view("programme.region_form", on_region)


async def on_open(call: Call, services: Services) -> None:
    """Show a coordinator the days off, with a proposal where none were set."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    async with services.database.reading() as connection:
        found = await calendars_of(connection, [call.workspace_id])
    proposed = Calendar(country=days_off.country_of(programme.timezone))
    calendar = found.get(call.workspace_id, proposed)
    await call.open(views.form(programme.id, calendar, countries=days_off.country_names()))


async def on_form(call: Call, services: Services) -> None:
    """Keep the days off, or ask for the region first where regions have their own."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        before = await calendar_of(connection, call.workspace_id)
    wanted = _read(call.answers)
    regions = days_off.region_names(wanted.country)
    if not regions:
        await _save(call, services, wanted)
        return
    same = before.region if before.country == wanted.country else ""
    shown = Calendar(country=wanted.country, region=same)
    await call.ack_update(views.region_form(shown, regions=regions, metadata=_to_text(wanted)))


async def on_region(call: Call, services: Services) -> None:
    """Keep the days off with their region."""
    region = call.answers.choice("region") or ""
    await _save(call, services, _from_text(call.metadata, region=region))


def _read(answers: Answers) -> Calendar:
    """Read the form, without a region. Raises WrongAnswer beside what is wrong."""
    country = answers.choice("country") or views.NO_COUNTRY
    try:
        breaks = views.breaks_of(answers.choices("breaks"))
    except ValueError:
        raise UserFacing(_OLD) from None
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


async def _save(call: Call, services: Services, calendar: Calendar) -> None:
    now = services.clock.now()
    async with services.database.writing() as connection:
        me = await services.record(connection, call, Act.TIME_OFF_CHANGED)
        try:
            await change_time_off(connection, call.workspace_id, calendar, now=now)
        except ValueError:
            raise UserFacing(_OLD) from None
    services.wake()
    today = local_date(now, me.timezone)
    ahead = (today + timedelta(days=number) for number in range(COMING_DAYS))
    coming = [(day, name) for day in ahead if (name := calendar.day_off(day))]
    await call.ack_update(views.saved(coming[:MOST_COMING]))
    await services.refresh_home(call)


def _to_text(calendar: Calendar) -> str:
    days = [[one.first.isoformat(), one.last.isoformat()] for one in calendar.breaks]
    return json.dumps([calendar.country, days, calendar.moves])


def _from_text(text: str, *, region: str) -> Calendar:
    """Read what `_to_text` wrote. Raises UserFacing for anything else."""
    try:
        country, days, moves = read_json(text)
        return Calendar(
            country=str(country),
            region="" if region == views.WHOLE_COUNTRY else region,
            breaks=tuple(Break(*map(date.fromisoformat, one)) for one in days),
            moves=bool(moves),
        )
    except (ValueError, TypeError):
        raise UserFacing(_OLD) from None
