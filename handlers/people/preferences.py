"""A member's own rhythm, changed in two clicks from any prompt."""

from dataclasses import dataclass, replace
from datetime import datetime, time

from pydantic import TypeAdapter

from bot.kernel.errors import UserFacing
from bot.kernel.words import WEEKDAYS, day_and_month
from bot.nudges.use_cases import NUDGE
from bot.people import preferences as rhythms
from bot.people.use_cases import the_member
from bot.programme.quiet_hours import hours_of_member
from bot.programme.rules import QUIET_HOURS
from bot.schedule.model import Choice, Rhythm
from bot.schedule.rules import zone
from bot.stages.changes import PROMPT
from handlers.edge.answers import Answers, WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.people import views

KINDS = (PROMPT, NUDGE)


@dataclass(frozen=True, slots=True)
class Before:
    """A member's rhythm when they opened its form from a message, and where that message is."""

    kind: str
    choice: Choice | None
    rhythm: Rhythm
    channel_id: str | None
    message_ts: str | None


_BEFORE = TypeAdapter(Before)
_OLD = "This form is from an earlier version. Close it and open it again from a new message."


def register(edge: Edge) -> None:
    """Add the listeners of members' own rhythms."""
    edge.action("rhythm.open", on_open)
    edge.action("rhythm.keep", on_keep)
    edge.view("rhythm.form", on_form)
    edge.action("rhythm.undo", on_undo)


async def on_open(call: Call, services: Services) -> None:
    """Show a member their rhythm."""
    kind = _kind(call.value)
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        own = await rhythms.own_rhythm(connection, member, kind=kind)
        rhythm = own.rhythm or await hours_of_member(connection, member)
    metadata = kind
    if kind == PROMPT and call.message_ts:
        before = Before(kind, own.choice, rhythm, call.channel_id, call.message_ts)
        metadata = _BEFORE.dump_json(before).decode()
    form = views.rhythm_form(kind=metadata, rule=own.rule, choice=own.choice, rhythm=rhythm)
    await call.open(form)


async def on_keep(call: Call, services: Services) -> None:
    """Leave a member's rhythm as it is, and do not ask again so soon."""
    kind, now = _kind(call.value), services.clock.now()
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await rhythms.keep_rhythm(connection, member, kind=kind, now=now)
    await call.replace(views.rhythm_kept(kind))


async def on_form(call: Call, services: Services) -> None:
    """Follow what a member chose."""
    before = _before(call.metadata)
    kind = before.kind if before else _kind(call.metadata)
    chosen, rhythm = read_choice(call.answers), read(call.answers)
    if rhythm is None:
        raise WrongAnswer(days="Choose at least one day. To rest, take a break instead.")
    with beside("hour"):
        async with services.database.writing() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
            next_at = await rhythms.change_rhythm(
                connection,
                member,
                kind=kind,
                choice=chosen,
                rhythm=rhythm,
                now=services.clock.now(),
            )
    services.wake()
    when = _local(next_at, member.timezone) if next_at else None
    await call.ack_update(views.rhythm_saved(when))
    if before:
        where = replace(call, channel_id=before.channel_id, message_ts=before.message_ts)
        undo = _BEFORE.dump_json(before).decode()
        await where.replace(views.rhythm_changed(kind, when, undo=undo))
    await services.refresh_home(call)


async def on_undo(call: Call, services: Services) -> None:
    """Go back to the rhythm of before, from the message that says what it is now."""
    before = _before(call.value or "")
    if before is None:
        raise UserFacing(_OLD)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        next_at = await rhythms.change_rhythm(
            connection,
            member,
            kind=before.kind,
            choice=before.choice,
            rhythm=before.rhythm,
            now=services.clock.now(),
        )
    services.wake()
    when = _local(next_at, member.timezone) if next_at else None
    await call.replace(views.rhythm_changed(before.kind, when))
    await services.refresh_home(call)


def read_choice(answers: Answers) -> Choice | None:
    """Read how often, on which day and when; None for as the programme plans it."""
    every, day, hour = (answers.choice(name) or "" for name in ("every", "day", "hour"))
    if every == views.AS_PLANNED:
        return None
    known = every in views.EVERY and day in map(str, range(7))
    if not known or hour not in map(str, views.HOURS):
        raise UserFacing(_OLD)
    return Choice(every_weeks=int(every), weekday=int(day), at=time(int(hour)))


def read(answers: Answers) -> Rhythm | None:
    """Read quiet hours and working days; None when no day was chosen."""
    days = frozenset(int(one) for one in answers.choices("days") if one in map(str, range(7)))
    quiet = answers.choice("quiet") or ""
    if quiet not in QUIET_HOURS:
        raise UserFacing(_OLD)
    first, last = (time(int(one)) for one in quiet.split("-"))
    return Rhythm(quiet_from=first, quiet_until=last, working_days=days) if days else None


def _before(text: str) -> Before | None:
    """Read the rhythm of before, with its message; None for a form without a message."""
    try:
        before = _BEFORE.validate_json(text)
    except ValueError:
        return None
    return before if before.kind in KINDS else None


def _kind(named: str | None) -> str:
    if named not in KINDS:
        raise UserFacing(_OLD)
    return named


def _local(at: datetime, tz: str) -> str:
    there = at.astimezone(zone(tz))
    return f"{WEEKDAYS[there.weekday()]}, {day_and_month(there)} at {there:%H:%M}"
