"""The buttons of a prompt: skip it, pause until a day, and take either back.

The message then says what is true, in the place of the prompt.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules
from bot.checkins.schedule import skip, undo_skip
from bot.checkins.store import writer_of
from bot.kernel.errors import UserFacing
from bot.kernel.ports import Message
from bot.people import use_cases as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.schedule.rules import MORNING, instant_of, zone
from handlers.checkins import views
from handlers.checkins.messages import prompt_of
from handlers.edge.answers import MOST_NUMBER, WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services

BACK = "You are back."
_OLD = "This form is from an earlier version. Close it and open it again."


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """The message whose button opened a form; it travels in the form."""

    number: int
    channel_id: str | None
    message_ts: str | None


_MESSAGE = TypeAdapter(PromptMessage)


def register(edge: Edge) -> None:
    """Add the listeners of a prompt's buttons."""
    edge.action("checkin.skip", on_skip)
    edge.action("checkin.undo_skip", on_undo_skip)
    edge.action("checkin.pause", on_pause)
    edge.view("checkin.pause_form", on_pause_form)


async def on_skip(call: Call, services: Services) -> None:
    """Skip what was asked; it is not due any more."""
    number = _number(call)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await skip(connection, member, number)
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    next_at = who.next_at if who else None
    await call.replace(views.skipped(number, next_at=next_at, tz=member.timezone))
    await services.refresh_home(call)


async def on_undo_skip(call: Call, services: Services) -> None:
    """Ask again what was skipped."""
    number = _number(call)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await undo_skip(connection, member, number)
    await call.replace(await _as_it_is(call, services, member, number))
    await services.refresh_home(call)


async def on_pause(call: Call, services: Services) -> None:
    """Ask until which day somebody pauses."""
    message = PromptMessage(_number(call), call.channel_id, call.message_ts)
    async with services.database.reading() as connection:
        await _must_be_asked(connection, call)
    await call.open(views.pause_form(_MESSAGE.dump_json(message).decode()))


async def on_pause_form(call: Call, services: Services) -> None:
    """Pause until the morning of the day that was chosen, and say so in the prompt's message."""
    message = _read(call.metadata)
    day = call.answers.date("until")
    if day is None:
        raise WrongAnswer(until="Choose the day you come back.")
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await _must_be_asked(connection, call)
        until = instant_of(day, MORNING, zone(member.timezone))
        with beside("until"):
            await people.pause(connection, member, until=until, now=services.clock.now())
    await call.ack()
    where = replace(call, channel_id=message.channel_id, message_ts=message.message_ts)
    await where.replace(views.paused(message.number, until=until, tz=member.timezone))
    await services.refresh_home(call)


async def on_undo_pause(call: Call, services: Services) -> None:
    """End the pause, and show the prompt again while it is open. Works for who has paused alone."""
    number = _number(call)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        if member.takes_part:
            member = await people.resume(connection, member, now=services.clock.now())
    services.wake()
    await call.replace(await _as_it_is(call, services, member, number, said=f"{BACK} "))
    await services.refresh_home(call)


async def _must_be_asked(connection: AsyncConnection, call: Call) -> None:
    """Refuse the buttons of prompts to anybody who writes no check-ins. Raises UserFacing."""
    audience = rules.audience(await writer_of(connection, call.workspace_id, call.slack_user_id))
    if audience is not rules.Audience.WRITER:
        raise UserFacing(views.REFUSALS[audience])


async def _as_it_is(
    call: Call, services: Services, member: Member, number: int, *, said: str = ""
) -> Message:
    """Write the prompt anew, or that it is over."""
    async with services.database.reading() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    seat = rules.writing_seat(who) if who else None
    last = who.asks[-1] if who and who.asks else None
    is_open = last is not None and last.number == number and last.came is rules.Came.OPEN
    if who is None or seat is None or not is_open:
        next_at = who.next_at if who else None
        return views.over(f"{said}This prompt is over.", next_at=next_at, tz=member.timezone)
    return prompt_of(services, who, seat, name=member.name)


def _number(call: Call) -> int:
    number = whole_number(call.value)
    if number is None:
        raise UserFacing("This button is from an earlier version. The Home tab has what it did.")
    return number


def _read(metadata: str) -> PromptMessage:
    try:
        message = _MESSAGE.validate_json(metadata)
    except ValueError:
        raise UserFacing(_OLD) from None
    if not 0 <= message.number <= MOST_NUMBER:
        raise UserFacing(_OLD)
    return message
