"""A mentor's weekly message: its buttons, and what Home shows a mentor of their mentees."""

from datetime import timedelta
from functools import partial

from bot.delivery.model import KindPolicy
from bot.kernel.errors import UserFacing
from bot.kinds import MessageKind, ScheduleKind
from bot.nudges import rules, use_cases
from bot.nudges.rules import NudgeId
from bot.nudges.use_cases import nudge_when_due, snooze_until_next_week, snooze_until_tomorrow
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.model import Use
from bot.schedule.rules import zone
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, Viewer, groups_of
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.free_text import SharedWeek
from handlers.member_reading import mentored
from handlers.nudges import messages, views

SHARED_ON_HOME = timedelta(days=28)


def listeners(edge: Edge) -> None:
    """Add the listeners of the nudge's buttons."""
    edge.action("nudge.tomorrow", on_tomorrow)
    edge.action("nudge.next_week", on_next_week)
    edge.action("nudge.silence", on_silence)


async def on_tomorrow(call: Call, services: Services) -> None:
    """Send the same nudge again tomorrow, at the programme's hour in the mentor's zone."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await programmes.programme_of(connection, call.workspace_id, mentor.id)
    if programme is None:
        raise UserFacing("Your programme is not running any more, so no nudge will come.")
    at = programme.template.nudge_time
    async with services.database.writing() as connection:
        comes_at = await snooze_until_tomorrow(
            connection,
            call.workspace_id,
            mentor=mentor,
            nudge_id=NudgeId(call.value or ""),
            at=at,
            now=services.clock.now(),
        )
    if comes_at is None:
        await call.replace(views.put_off_until_next_week())
        return
    services.wake()
    there = comes_at.astimezone(zone(mentor.timezone))
    await call.replace(views.snoozed_until(there.date(), there.strftime("%H:%M")))


async def on_next_week(call: Call, services: Services) -> None:
    """Leave this nudge be; the next week's takes over what it tells."""
    mentor, nudge_id, now = (
        await services.member(call),
        NudgeId(call.value or ""),
        services.clock.now(),
    )
    async with services.database.writing() as connection:
        await snooze_until_next_week(
            connection, call.workspace_id, mentor_id=mentor.id, nudge_id=nudge_id, now=now
        )
    await call.replace(views.put_off_until_next_week())


async def on_silence(call: Call, services: Services) -> None:
    """Send the mentor nothing in quiet weeks from now on, or one line again."""
    silent = call.value == "on"
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await use_cases.choose_silence(connection, mentor, silent=silent)
    await call.replace(views.silence_chosen(silent=silent))


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentor who is due, and what was shared in the last four weeks."""
    mentor, now = viewer.member, viewer.now
    groups = [each for each in await viewer.once(groups_of) if mentor.id in each.mentors]
    theirs = await viewer.once(mentored)
    told = await messages.told_of(
        viewer.services,
        viewer.connection,
        mentor,
        groups,
        since=now - SHARED_ON_HOME,
        until=now,
        programme=viewer.programme,
        mentees=list(theirs.members.values()),
        histories=theirs.histories,
    )
    if told is None:
        return []
    lines = rules.lines_of(told.mentees, now=now)
    week = SharedWeek(now - SHARED_ON_HOME, now, len(told.shared))
    return views.home_mentor(lines, told.shared, week, tz=mentor.timezone)


CAPABILITY = Capability(
    name="nudges",
    optional=Use.NUDGES,
    listeners=listeners,
    messages={
        MessageKind.MENTOR_NUDGE: MessageType(
            name="weekly nudge",
            write=messages.write_nudge,
            policy=KindPolicy(resend_unknown=False, counts=True, reminder_of="nudge"),
            checks_use=True,
            follows_reader=True,
        )
    },
    duties=lambda services: {
        ScheduleKind.MENTOR_NUDGE: partial(nudge_when_due, frameworks=services.catalogue.frameworks)
    },
    home={HomeSection.PEOPLE: home},
    privacy="*A mentor's weekly message:* that mentor alone. Nobody's words are in it.",
    erase=use_cases.erase,
)
