"""Setting a programme up in Slack, extending and closing it."""

from functools import partial

from bot.flows.closing import close_programme
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.kernel.words import weekday_and_day
from bot.programme import use_cases
from bot.programme.model import ProgrammeState, last_day
from bot.schedule.calendar import Calendar, country_of
from bot.schedule.time_off import calendars_of, put_calendar
from handlers.blocks import View, notice, working
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.programme import time_off, views

ENDING = "Extend or close"


def register(edge: Edge) -> None:
    """Add the listeners of programmes."""
    edge.action("programme.edit", on_edit)
    edge.view("programme.form", on_form)
    edge.action("programme.contacts", on_contacts)
    edge.view("programme.contacts_form", on_contacts_form)
    edge.action("programme.end", on_end)
    edge.action("programme.close", on_end)
    edge.view("programme.end_form", on_end_form)
    time_off.register(edge)


async def on_edit(call: Call, services: Services) -> None:
    """Ask a coordinator what the programme is, or what should change about its draft."""
    me = await services.coordinator(call)
    draft = await services.programme(call, call.value) if call.value else None
    if draft is not None and draft.state is not ProgrammeState.DRAFT:
        raise UserFacing("This programme has started, so its template and start stay.")
    templates = sorted(services.catalogue.templates.values(), key=lambda one: -one.weeks)
    today = local_date(services.clock.now(), me.timezone)
    await call.open(
        views.programme_modal(templates, draft=draft, first_day=views.first_monday_after(today))
    )


async def on_form(call: Call, services: Services) -> None:
    """Create the programme, or change its draft."""
    me = await services.coordinator(call)
    now = services.clock.now()
    template = services.catalogue.templates.get(call.answers.choice("template") or "")
    starts_on = call.answers.date("starts_on")
    channels = call.answers.channels("channel")
    if template is None or starts_on is None or not channels:
        given = {"template": template, "starts_on": starts_on, "channel": channels or None}
        raise WrongAnswer(**{block: "Choose one." for block in given if given[block] is None})
    name = call.answers.text("name") or ""
    if call.metadata:
        async with services.database.writing() as connection:
            await use_cases.change_draft(
                connection,
                call.workspace_id,
                ProgrammeId(call.metadata),
                template=template,
                name=name,
                starts_on=starts_on,
                now=now,
                coordinator_channel=channels[0],
            )
    else:
        await _must_be_the_only_one(call, services)
        async with services.database.writing() as connection:
            await use_cases.create_programme(
                connection,
                call.workspace_id,
                template=template,
                name=name,
                starts_on=starts_on,
                timezone=me.timezone,
                now=now,
                coordinator_channel=channels[0],
            )
            if not await calendars_of(connection, [call.workspace_id]):
                proposed = Calendar(country=country_of(me.timezone))
                await put_calendar(connection, call.workspace_id, proposed)
    await call.ack()
    await services.refresh_home(call)


async def on_contacts(call: Call, services: Services) -> None:
    """Ask a coordinator for the contacts."""
    await services.coordinator(call)
    await call.open(views.contacts_modal(await services.programme(call, call.value)))


async def on_contacts_form(call: Call, services: Services) -> None:
    """Keep the contacts."""
    await services.coordinator(call)
    crisis, concern = (call.answers.text(block) for block in ("crisis", "concern"))
    async with services.database.writing() as connection:
        await use_cases.set_contacts(
            connection,
            call.workspace_id,
            ProgrammeId(call.metadata),
            crisis_contact=crisis or "",
            concern_contact=concern or "",
        )
    await call.ack()
    await services.refresh_home(call)


async def on_end(call: Call, services: Services) -> None:
    """Ask a coordinator whether a programme goes on or is closed."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    await call.show(views.end_form(programme, now=services.clock.now()))


async def on_end_form(call: Call, services: Services) -> None:
    """Extend or close a programme, and say what came of it."""
    await services.coordinator(call)
    answers, programme_id = call.answers, ProgrammeId(call.metadata)
    match answers.choice("next"):
        case views.EXTEND:
            weeks = int(answers.choice("weeks") or 0)
            if not weeks:
                raise WrongAnswer(weeks="Choose how many weeks longer it lasts.")
            work = partial(_extend, call, services, programme_id, weeks)
        case views.CLOSE:
            if "yes" not in answers.choices("sure"):
                raise WrongAnswer(sure="Tick the box, since this cannot be undone.")
            work = partial(_close, call, services, programme_id)
        case _:
            raise WrongAnswer(next="Choose one.")
    await see_through(call, work, meanwhile=working("Working on it.", title=ENDING))
    await services.refresh_home(call)


async def _extend(call: Call, services: Services, programme_id: ProgrammeId, weeks: int) -> View:
    async with services.database.writing() as connection:
        longer = await use_cases.extend(connection, call.workspace_id, programme_id, weeks=weeks)
    await services.reconcile_groups(call.workspace_id)
    last = weekday_and_day(last_day(longer))
    return notice(f"It goes on until {last}.", title=ENDING)


async def _close(call: Call, services: Services, programme_id: ProgrammeId) -> View:
    now = services.clock.now()
    closed = await close_programme(services.database, call.workspace_id, programme_id, now=now)
    services.wake()
    return notice(f"{closed.name} is closed, and everybody in it gets a goodbye.", title=ENDING)


async def _must_be_the_only_one(call: Call, services: Services) -> None:
    async with services.database.reading() as connection:
        if await use_cases.current_programme(connection, call.workspace_id) is not None:
            raise UserFacing(
                "Somebody set a programme up a moment ago. Open the Home tab to see it."
            )
