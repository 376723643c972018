"""The Home tab about a mentor's mentees: who is due, what they shared, when the group last met."""

from datetime import timedelta

from bot.nudges import rules
from handlers.blocks import Block
from handlers.capability import Viewer, groups_of
from handlers.nudges import views
from handlers.nudges.messages import members_of, mentees_of, met_of, names_of, shared_with

SHARED_ON_HOME = timedelta(days=28)


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentor who is due, and what was shared in the last four weeks."""
    connection, mentor, now = viewer.connection, viewer.member, viewer.now
    circles = [each for each in await viewer.once(groups_of) if mentor.id in each.mentors]
    members = await members_of(connection, mentor.workspace_id, circles)
    mentees = await mentees_of(
        viewer.services, connection, members, circles, now=now, programme=viewer.programme
    )
    if not mentees:
        return []
    shared = await shared_with(
        connection,
        mentor,
        circles,
        names=names_of(members),
        since=now - SHARED_ON_HOME,
        until=now,
    )
    return views.home_mentor(
        rules.lines_of(mentees, now=now),
        shared[::-1],
        met=await met_of(connection, mentor.workspace_id, circles),
        tz=mentor.timezone,
    )
