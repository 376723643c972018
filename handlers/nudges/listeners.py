"""The mentor's weekly message, its buttons, and the mentor's part of the Home tab."""

from bot.checkins.model import CheckInId
from bot.checkins.use_cases import open_as_mentor
from bot.kernel.dates import local_date
from bot.kernel.errors import UserFacing
from bot.nudges.model import NudgeId
from bot.nudges.use_cases import (
    snooze_until_next_week,
    snooze_until_tomorrow,
)
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import groups_of_mentor, mentees_names
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.nudges import views


def register(edge: Edge) -> None:
    """The listeners of the nudge's buttons."""
    edge.action("nudge.read", on_read)
    edge.action("nudge.tomorrow", on_tomorrow)
    edge.action("nudge.next_week", on_next_week)


async def on_read(call: Call, services: Services) -> None:
    """Open a check-in that its writer shows their mentor, whole, as long as they do."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        circles = await groups_of_mentor(connection, call.workspace_id, mentor.id)
        checkin_id = CheckInId(call.value or "")
        found = await open_as_mentor(connection, mentor, circles, checkin_id=checkin_id)
        names = await mentees_names(connection, call.workspace_id, circles)
    name = names.get(found.member_id, "A former member")
    await call.open(views.shared_whole(found, name=name, tz=mentor.timezone))


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
    on = local_date(comes_at, mentor.timezone)
    await call.replace(views.snoozed_until(on, at.strftime("%H:%M")))


async def on_next_week(call: Call, services: Services) -> None:
    """Leave this nudge be; the next week's takes over what it tells."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
    async with services.database.writing() as connection:
        await snooze_until_next_week(
            connection,
            call.workspace_id,
            mentor_id=mentor.id,
            nudge_id=NudgeId(call.value or ""),
            now=services.clock.now(),
        )
    await call.replace(views.put_off_until_next_week())
