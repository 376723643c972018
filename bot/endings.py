"""What ends in several rooms at once: a programme, and all that is known about a person."""

from datetime import datetime

from bot.checkins import store as checkins
from bot.delivery import store as delivery
from bot.inbox import store as inbox
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.vault import Vault
from bot.meetings import store as meetings
from bot.nudges import store as nudges
from bot.pairing import barriers, seated
from bot.pairing.records import EndReason
from bot.people import store as members
from bot.people import use_cases as people
from bot.programme import use_cases as programmes
from bot.programme.model import Programme
from bot.pulse import use_cases as pulse
from bot.stages import store as stages


async def close_programme(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> Programme:
    """End a programme for good, with its pairings and all that would fall due for it.

    Raises UserFacing where there is no such programme.
    """
    async with database.writing() as connection:
        closed = await programmes.close_in(connection, workspace_id, programme_id)
        lasting = await seated.pairings(connection, workspace_id, programme_id)
        await seated.end_pairings(
            connection,
            workspace_id,
            [one.id for one in lasting],
            why=EndReason.PROGRAMME_CLOSED,
            now=now,
        )
        return closed


async def erase_member(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    now: datetime,
) -> None:
    """Delete everything that is kept about a member, in every room.

    First their sealed ballots in open pulse rounds, in a transaction that touches nothing else, so
    that the database's log ties no ballot to them; then all the rest, in one. On the lists of who
    was asked a random name takes the place of theirs, so that results stay as they were promised.
    What was sent to Slack stays there. Doing it twice changes nothing. Raises OperatorFacing, with
    nothing lost but the ballots, when the keys cannot be reached.
    """
    await pulse.take_back(database, vault, workspace_id, member_id=member_id)
    async with database.writing() as connection:
        member = await members.member(connection, workspace_id, member_id, hold=True)
        if member is None:
            return
        for room in (checkins, stages, meetings, nudges):
            await room.erase(connection, workspace_id, member_id=member_id)
        await barriers.erase(connection, workspace_id, member_id)
        await pulse.forget(connection, workspace_id, member_id=member_id)
        await programmes.erase(connection, workspace_id, member_id)
        await people.erase(connection, workspace_id, member_id, now=now)
        await delivery.erase(connection, workspace_id, member.slack_user_id)
        await inbox.erase(connection, workspace_id, [member.slack_user_id])
