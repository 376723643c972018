"""A change of stage with what follows from it: who is told, and how often check-ins come."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import circles_of_mentee
from bot.programme.model import Programme
from bot.stages import use_cases
from bot.stages.cadence import plan_prompts
from bot.stages.model import StageEvent
from bot.stages.use_cases import Way

CLAIMED = "stage_claimed"
ANSWERED = "stage_answered"
USEFUL_FOR = timedelta(days=14)


def subject(event: StageEvent) -> str:
    """How an outbox entry names a line of a member's history."""
    return f"{event.member_id}:{event.number}"


def read_subject(subject_id: str) -> tuple[MemberId, int]:
    """The member and the number in what `subject` wrote."""
    member_id, _, number = subject_id.rpartition(":")
    return MemberId(member_id), int(number)


async def claim(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    to_level: str,
    evidence: str,
    now: datetime,
) -> StageEvent:
    """Make a claim and tell the mentors of the group. Raises UserFacing, also without a mentor."""
    async with database.writing() as connection:
        mentors = await mentors_of(connection, workspace_id, way.member_id)
        if not mentors:
            raise UserFacing(
                "You have no mentor yet who could confirm it. Claim it once your group has formed."
            )
        event = await use_cases.claim(
            connection, workspace_id, way=way, to_level=to_level, evidence=evidence, now=now
        )
        for mentor in await people.members(connection, workspace_id, ids=mentors):
            await _tell(connection, event, kind=CLAIMED, to=mentor, now=now)
    return event


async def answer(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    programme: Programme,
    claim_number: int,
    confirm: bool,
    note: str,
    by: MemberId,
    now: datetime,
) -> StageEvent:
    """Confirm a claim or ask to talk first; tell the mentee, and ask at the new stage's pace."""
    async with database.writing() as connection:
        event = await use_cases.answer_claim(
            connection,
            workspace_id,
            way=way,
            claim_number=claim_number,
            confirm=confirm,
            note=note,
            mentors=await mentors_of(connection, workspace_id, way.member_id),
            by=by,
            now=now,
        )
        member = await people.member(connection, workspace_id, way.member_id)
        if member is not None:
            await _tell(connection, event, kind=ANSWERED, to=member, now=now)
            if confirm:
                await _replan(connection, programme, member, event, now=now)
    return event


async def step_back(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    programme: Programme,
    to_level: str,
    now: datetime,
) -> StageEvent:
    """Go back to an earlier stage; nobody is sent a message about it."""
    async with database.writing() as connection:
        event = await use_cases.step_back(
            connection, workspace_id, way=way, to_level=to_level, now=now
        )
        member = await people.member(connection, workspace_id, way.member_id)
        if member is not None:
            await _replan(connection, programme, member, event, now=now)
    return event


async def withdraw(
    database: Database, workspace_id: WorkspaceId, *, way: Way, claim_number: int, now: datetime
) -> StageEvent:
    """Take one's open claim back, and what waits to be sent about it."""
    async with database.writing() as connection:
        event = await use_cases.withdraw_claim(
            connection, workspace_id, way=way, claim_number=claim_number, now=now
        )
        await delivery.withdraw(
            connection,
            workspace_id,
            subject_id=f"{way.member_id}:{claim_number}",
            kind=CLAIMED,
            now=now,
        )
    return event


async def mentors_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentee_id: MemberId
) -> frozenset[MemberId]:
    """The mentors of all groups in which this member is a mentee."""
    circles = await circles_of_mentee(connection, workspace_id, mentee_id)
    return frozenset(mentor for circle in circles for mentor in circle.mentors)


async def _replan(
    connection: AsyncConnection,
    programme: Programme,
    member: Member,
    event: StageEvent,
    *,
    now: datetime,
) -> None:
    await plan_prompts(
        connection,
        member.workspace_id,
        programme=programme,
        stages={member: event.to_level},
        now=now,
    )


async def _tell(
    connection: AsyncConnection, event: StageEvent, *, kind: str, to: Member, now: datetime
) -> None:
    if to.is_away(now):
        return
    await delivery.enqueue(
        connection,
        event.workspace_id,
        kind=kind,
        subject_id=subject(event),
        recipient=to.slack_user_id,
        dedupe_key=f"{kind}:{subject(event)}:{to.id}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + USEFUL_FOR,
    )
