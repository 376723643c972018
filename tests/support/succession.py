"""A mentoring group in which another mentor takes over, with its mentees and its channel."""

from dataclasses import replace

from bot.groups import store as seated
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.matching.model import EndReason
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Seat
from tests.support.running_programme import STRANGER, Running

HEIR = MemberId("member_heir")


async def succeed(here: Running) -> None:
    """Let Mallory, who was not a member, mentor the group from now on in place of its mentor."""
    cairn, now = here.slack.cairn, here.slack.clock.now()
    workspace_id, programme = WorkspaceId(cairn.workspace_id), here.programme
    async with cairn.database.writing() as connection:
        former = await people.member_by_slack_id(connection, workspace_id, SlackUserId(here.mentor))
        assert former is not None
        heir = replace(
            former,
            id=HEIR,
            slack_user_id=SlackUserId(STRANGER),
            name="Mallory",
            email="mallory@example.org",
        )
        await people.put_members(connection, workspace_id, [heir])
        (group,) = await programmes.groups(connection, workspace_id, programme.id)
        lasting = await seated.pairings(connection, workspace_id, programme.id)
        await seated.end_pairings(
            connection,
            workspace_id,
            [one.id for one in lasting],
            why=EndReason.MENTOR_LEFT,
            now=now,
        )
        await programmes.remove_seat(connection, workspace_id, group.id, former.id)
        await programmes.put_groups(
            connection, workspace_id, programme.id, [group], [Seat(group.id, HEIR, Role.MENTOR)]
        )
        again = [
            replace(one, id=f"{one.id}_heir", mentor_id=HEIR, started_at=now) for one in lasting
        ]
        await seated.add_pairings(connection, workspace_id, again)
