"""Setting a programme up in Slack, extending and closing it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from bot.audit.model import Act
from bot.course.model import NewChannel, NewEnd
from bot.flows.closing import close_programme
from bot.kernel.clock import local_date, monday_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.people.model import Member
from bot.programme import use_cases
from bot.programme.checks import checked_name, checked_start
from bot.programme.digest_channel import NEVER, Fact, joined
from bot.programme.model import Programme, ProgrammeState, Template, monday_of_week
from bot.schedule.calendar import Calendar, country_of
from bot.schedule.time_off import calendars_of, put_calendar
from handlers.blocks import View, notice, working
from handlers.edge.answers import WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.dispatch import Edge
from handlers.edge.errors import ACK_WITHIN_S, see_through
from handlers.edge.services import Services
from handlers.programme import channel_views, contacts, hours, uses, views
from handlers.sending.digest_channel import read_facts

ENDING = "Extend or close"
PASSED = (
    "This week has passed. Choose a day in this week or later: weeks of the calendar that lie in "
    "the past would never come."
)


def register(edge: Edge) -> None:
    """Add the listeners of programmes."""
    edge.action("programme.edit", on_edit)
    edge.view("programme.form", on_form)
    edge.action("programme.channel", on_channel)
    edge.view("programme.channel_form", on_channel_form)
    edge.action("programme.end", on_end)
    edge.action("programme.close", on_end)
    edge.view("programme.end_form", on_end_form)
    for one in (contacts, hours, uses):
        one.register(edge)


async def on_edit(call: Call, services: Services) -> None:
    """Ask a coordinator what the programme is, or what should change about its draft."""
    me = await services.coordinator(call)
    draft = await services.programme(call, call.value) if call.value else None
    if draft is not None and draft.state is not ProgrammeState.DRAFT:
        raise UserFacing("This programme has started, so its template and start stay.")
    await call.open(_form(services, me, draft))


def _form(
    services: Services, me: Member, draft: Programme | None, *, ask: channel_views.Ask | None = None
) -> View:
    templates = sorted(services.catalogue.templates.values(), key=lambda one: -one.weeks)
    first_day = views.first_monday_after(local_date(services.clock.now(), me.timezone))
    return views.programme_modal(templates, draft=draft, first_day=first_day, ask=ask)


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
    if starts_on < monday_of(local_date(now, me.timezone)):
        raise WrongAnswer(starts_on=PASSED)
    with beside("starts_on"):
        checked_start(starts_on, today=local_date(now, me.timezone))
    with beside("name"):
        name = checked_name(call.answers.text("name") or "")
    facts = await _facts(call, channels[0])
    if not _is_confirmed(call, channels[0], facts):
        draft = await services.programme(call, call.metadata) if call.metadata else None
        await call.ack_update(_form(services, me, draft, ask=(channels[0], facts)))
        return
    choose = partial(use_cases.set_channel, channel=channels[0], confirmed=facts, now=now)
    chosen = Chosen(template, name, starts_on, call.answers.date("ends_on"))
    with beside("ends_on"):
        if call.metadata:
            await _change_draft(call, services, chosen, choose)
        else:
            await _create(call, services, chosen, choose, timezone=me.timezone)
    await call.ack()
    await services.refresh_home(call)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answers about a programme; without an end its template says it."""

    template: Template
    name: str
    starts_on: date
    ends_on: date | None


async def _change_draft(
    call: Call, services: Services, chosen: Chosen, choose: Callable[..., Awaitable[Programme]]
) -> None:
    about = ProgrammeId(call.metadata)
    async with services.database.writing() as connection:
        await use_cases.change_draft(
            connection,
            call.workspace_id,
            about,
            template=chosen.template,
            name=chosen.name,
            starts_on=chosen.starts_on,
            ends_on=chosen.ends_on,
            now=services.clock.now(),
            keeps_weeks=False,
        )
        await choose(connection, call.workspace_id, about)
        await services.record(connection, call, Act.PROGRAMME_CHANGED, programme_id=about)


async def _create(
    call: Call,
    services: Services,
    chosen: Chosen,
    choose: Callable[..., Awaitable[Programme]],
    *,
    timezone: str,
) -> None:
    await _must_be_the_only_one(call, services)
    async with services.database.writing() as connection:
        made = await use_cases.create_programme(
            connection,
            call.workspace_id,
            template=chosen.template,
            name=chosen.name,
            starts_on=chosen.starts_on,
            ends_on=chosen.ends_on,
            timezone=timezone,
            now=services.clock.now(),
        )
        if not await calendars_of(connection, [call.workspace_id]):
            proposed = Calendar(country=country_of(timezone))
            await put_calendar(connection, call.workspace_id, proposed)
        await choose(connection, call.workspace_id, made.id)
        await services.record(connection, call, Act.PROGRAMME_CREATED, programme_id=made.id)


async def on_channel(call: Call, services: Services) -> None:
    """Ask a coordinator for another channel for digests."""
    await services.coordinator(call)
    await call.open(channel_views.channel_form(await services.programme(call, call.value)))


async def on_channel_form(call: Call, services: Services) -> None:
    """Choose another channel for digests, once what speaks against it is confirmed.

    Of a running programme, show first what it does.
    """
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    channels = call.answers.channels("channel")
    if not channels:
        raise WrongAnswer(channel="Choose one.")
    facts = await _facts(call, channels[0])
    if not _is_confirmed(call, channels[0], facts):
        await call.ack_update(channel_views.channel_form(programme, (channels[0], facts)))
        return
    if programme.state is ProgrammeState.RUNNING:
        change = NewChannel(channel=channels[0], confirmed=joined(facts))
        await services.show_change(call, services, change, programme=programme, block="channel")
        return
    async with services.database.writing() as connection:
        await use_cases.set_channel(
            connection,
            call.workspace_id,
            programme.id,
            channel=channels[0],
            confirmed=facts,
            now=services.clock.now(),
        )
        await services.record(connection, call, Act.CHANNEL_CHOSEN, programme_id=programme.id)
    await call.ack()
    services.wake()
    await services.refresh_home(call)


async def _facts(call: Call, channel: str) -> frozenset[Fact]:
    """Read what speaks against a channel, in the time that Slack gives a form.

    Raises WrongAnswer where Cairn cannot write, and when Slack takes longer.
    """
    try:
        async with asyncio.timeout(ACK_WITHIN_S):
            facts = await read_facts(call.client, channel)
    except CALL_FAILURES as failure:
        sentence = "Slack did not say who is in this channel. Nothing is saved; try again."
        raise WrongAnswer(channel=sentence) from failure
    if facts & NEVER:
        raise WrongAnswer(channel=channel_views.how_to_fix(facts))
    return facts


def _is_confirmed(call: Call, channel: str, facts: frozenset[Fact]) -> bool:
    wanted = channel_views.confirmation(channel, facts)
    return not facts or wanted in call.answers.choices("sure")


async def on_end(call: Call, services: Services) -> None:
    """Ask a coordinator whether a programme goes on or is closed."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    await call.show(views.end_form(programme, now=services.clock.now()))


async def on_end_form(call: Call, services: Services) -> None:
    """Close a programme, or show first what it does when it goes on."""
    await services.coordinator(call)
    programme, answers = await services.programme(call, call.metadata), call.answers
    match answers.choice("next"):
        case views.EXTEND:
            weeks = whole_number(answers.choice("weeks")) or 0
            if not weeks:
                raise WrongAnswer(weeks="Choose how many weeks longer it lasts.")
            after = monday_of_week(programme, programme.weeks + weeks + 1)
            longer = NewEnd(last_day=after - timedelta(days=1))
            await services.show_change(call, services, longer, programme=programme, block="weeks")
        case views.CLOSE:
            if "yes" not in answers.choices("sure"):
                raise WrongAnswer(sure="Tick the box, since this cannot be undone.")
            work = partial(_close, call, services, programme.id)
            await see_through(call, work, meanwhile=working("Working on it.", title=ENDING))
            await services.refresh_home(call)
        case _:
            raise WrongAnswer(next="Choose one.")


async def _close(call: Call, services: Services, programme_id: ProgrammeId) -> View:
    me, now = await services.coordinator(call), services.clock.now()
    closed = await close_programme(
        services.database, call.workspace_id, programme_id, by=me.id, now=now
    )
    services.wake()
    return notice(f"{closed.name} is closed, and everybody in it gets a goodbye.", title=ENDING)


async def _must_be_the_only_one(call: Call, services: Services) -> None:
    async with services.database.reading() as connection:
        if await use_cases.current_programme(connection, call.workspace_id) is not None:
            raise UserFacing(
                "Somebody set a programme up a moment ago. Open the Home tab to see it."
            )
