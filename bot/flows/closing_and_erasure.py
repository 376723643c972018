"""What ends in several rooms at once: a programme, and all that is known about a person."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.delivery import store as delivery
from bot.errands import store as errands
from bot.groups import store as seated
from bot.groups.upkeep import settle_in
from bot.inbox import store as inbox
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.keys.vault import Vault
from bot.kinds import ScheduleKind
from bot.matching import exclusions as barriers
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.matching.records import EndReason
from bot.meetings import store as meetings
from bot.nudges import store as nudges
from bot.people import store as members
from bot.people import use_cases as people
from bot.people.model import Member
from bot.programme import use_cases as programmes
from bot.programme.model import Programme
from bot.programme.store import running_programmes
from bot.pulse import use_cases as pulse
from bot.schedule import store as schedule
from bot.schedule.duties import AfterCommit
from bot.schedule.model import Due, Once
from bot.stages import store as stages
from bot.stages.model import Framework

ERASURE = ScheduleKind.ERASURE
"""The schedule kind, its subject a member's id and `:erasure`: somebody asked to be deleted."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
_SUFFIX = ":erasure"

Erase = Callable[[WorkspaceId, MemberId], Awaitable[None]]


async def close_programme(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> Programme:
    """End a programme for good, with its pairings and all that would fall due for it.

    Raises UserFacing where there is no such programme.
    """
    async with database.writing() as connection:
        closed = await programmes.close(connection, workspace_id, programme_id)
        lasting = await seated.pairings(connection, workspace_id, programme_id)
        await seated.end_pairings(
            connection,
            workspace_id,
            [one.id for one in lasting],
            why=EndReason.PROGRAMME_CLOSED,
            now=now,
        )
        return closed


async def promise_erasure(
    database: Database, workspace_id: WorkspaceId, *, member_id: MemberId, now: datetime
) -> None:
    """Note that a member is to be erased: whichever process is alive then does it."""
    async with database.writing() as connection:
        await _plan_erasure(connection, workspace_id, member_id, at=now + TRY_AGAIN_AFTER, now=now)


async def erasure_due(
    connection: AsyncConnection, due: Due, now: datetime, *, erase: Erase
) -> AfterCommit:
    """The duty of ERASURE: erase after the commit, and again later if that is interrupted too."""
    member_id = MemberId(due.subject_id.removesuffix(_SUFFIX))
    await _plan_erasure(connection, due.workspace_id, member_id, at=now + TRY_AGAIN_AFTER, now=now)
    return partial(erase, due.workspace_id, member_id)


async def _plan_erasure(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    at: datetime,
    now: datetime,
) -> None:
    await schedule.put(
        connection,
        workspace_id,
        kind=ERASURE,
        subject_id=f"{member_id}{_SUFFIX}",
        rule=Once(at),
        tz="UTC",
        now=now,
    )


async def erase_member(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    now: datetime,
    frameworks: Mapping[str, Framework] | None = None,
    weights: Weights = WEIGHTS,
) -> None:
    """Let a member go and delete everything that is kept about them, in every room, at once.

    First their sealed ballots in open pulse rounds, in a transaction that touches nothing else, so
    that the database's log ties no ballot to them; then all the rest, in one. On the lists of who
    was asked a random name takes the place of theirs, so that results stay as they were promised.
    What was sent to Slack stays there. That they are to be taken out of their groups' channels
    stays on record until that is done. Doing it twice changes nothing, so it can be taken up again
    wherever it broke off. Raises OperatorFacing, with nothing lost but the ballots, when the keys
    cannot be reached.
    """
    await pulse.take_back(database, vault, workspace_id, member_id=member_id)
    async with database.writing() as connection:
        await schedule.remove_subject(connection, workspace_id, subject_id=f"{member_id}{_SUFFIX}")
        member = await members.member(connection, workspace_id, member_id, hold=True)
        if member is None:
            return
        await people.leave(connection, member)
        await _settle_groups(connection, workspace_id, frameworks or {}, weights=weights, now=now)
        await _erase_in_every_room(connection, member, now=now)


async def _settle_groups(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    frameworks: Mapping[str, Framework],
    *,
    weights: Weights,
    now: datetime,
) -> None:
    """Put the groups in order that the member has left, while it is known who they are."""
    for programme in await running_programmes(connection, workspace_id):
        await settle_in(
            connection,
            workspace_id,
            programme,
            now=now,
            framework=frameworks.get(programme.framework_id),
            weights=weights,
        )


async def _erase_in_every_room(
    connection: AsyncConnection, member: Member, *, now: datetime
) -> None:
    workspace_id = member.workspace_id
    for room in (checkins, stages, meetings, nudges):
        await room.erase(connection, workspace_id, member_id=member.id)
    await barriers.erase(connection, workspace_id, member.id)
    await pulse.forget(connection, workspace_id, member_id=member.id)
    await programmes.erase(connection, workspace_id, member.id)
    await people.erase(connection, workspace_id, member.id, now=now)
    await delivery.erase(connection, workspace_id, member.slack_user_id)
    await errands.forget_invitations(connection, workspace_id, member.slack_user_id)
    await inbox.erase(connection, workspace_id, [member.slack_user_id])
