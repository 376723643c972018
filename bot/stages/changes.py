"""Claim a stage, answer or withdraw a claim, step back, and ask at the stage's pace.

`record_…` write the line in the history alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import ONLY_MENTORS, may_answer_claim
from bot.programme.groups import groups_of_mentee
from bot.programme.model import Programme
from bot.stages import rules, store
from bot.stages.cadence import plan_prompts
from bot.stages.model import Framework, History, Level, StageEvent, StageEventKind

CLAIMED = MessageKind.STAGE_CLAIMED
ANSWERED = MessageKind.STAGE_ANSWERED
USEFUL_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageHistory:
    """Whose history in which framework; `initial` is the stage that the roster gave, if any."""

    member_id: MemberId
    framework: Framework
    initial: str | None


def subject(event: StageEvent) -> str:
    """How an outbox entry names a line of a member's history."""
    return f"{event.member_id}:{event.number}"


def read_subject(subject_id: str) -> tuple[MemberId, int]:
    """Give the member and the number in what `subject` wrote."""
    member_id, _, number = subject_id.rpartition(":")
    return MemberId(member_id), int(number)


async def claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    to_level: str,
    evidence: str,
    now: datetime,
) -> StageEvent:
    """Make a claim and tell the mentors of the group. Raises UserFacing, also without a mentor."""
    mentors = await mentors_of(connection, workspace_id, way.member_id)
    if not mentors:
        raise UserFacing(
            "You have no mentor yet who could confirm it. Claim it once your group has formed."
        )
    event = await record_claim(
        connection, workspace_id, way=way, to_level=to_level, evidence=evidence, now=now
    )
    for mentor in await people.members(connection, workspace_id, ids=mentors):
        await _tell(connection, event, kind=CLAIMED, to=mentor, now=now)
    return event


async def answer(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    programme: Programme,
    claim_number: int,
    confirm: bool,
    note: str,
    by: MemberId,
    now: datetime,
) -> StageEvent:
    """Confirm a claim or ask to talk first; tell the mentee, and ask at the new stage's pace."""
    event = await record_answer(
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
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    programme: Programme,
    to_level: str,
    now: datetime,
) -> StageEvent:
    """Go back to an earlier stage; nobody is sent a message about it."""
    event = await record_step_back(connection, workspace_id, way=way, to_level=to_level, now=now)
    member = await people.member(connection, workspace_id, way.member_id)
    if member is not None:
        await _replan(connection, programme, member, event, now=now)
    return event


async def withdraw(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    claim_number: int,
    now: datetime,
) -> StageEvent:
    """Take one's open claim back, and what waits to be sent about it."""
    event = await record_withdrawal(
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
    """Find the mentors of all groups in which this member is a mentee."""
    circles = await groups_of_mentee(connection, workspace_id, mentee_id)
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


async def record_claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    to_level: str,
    evidence: str,
    now: datetime,
) -> StageEvent:
    """Record that the member has reached `to_level`; it counts once a mentor confirms it.

    Raises UserFacing when a claim is open already, the level is not above, or evidence is missing.
    """
    history = await store.history(connection, workspace_id, way.member_id)
    rules.check_claim(
        way.framework, history, initial=way.initial, to_level=to_level, evidence=evidence
    )
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=StageEventKind.CLAIMED,
        to_level=_level(way.framework, to_level).name,
        note=evidence.strip(),
        by=way.member_id,
        now=now,
    )


async def record_answer(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    claim_number: int,
    confirm: bool,
    note: str,
    mentors: frozenset[MemberId],
    by: MemberId,
    now: datetime,
) -> StageEvent:
    """Record a mentor's confirmation, or their wish to talk first, which leaves the claim open.

    Raises UserFacing when `by` is not one of the claimant's `mentors` or the claim is closed.
    """
    if not may_answer_claim(mentors, claimant=way.member_id, by=by):
        raise UserFacing(ONLY_MENTORS)
    history = await store.history(connection, workspace_id, way.member_id)
    opened = rules.check_answer(way.framework, history, claim_number=claim_number)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=StageEventKind.CONFIRMED if confirm else StageEventKind.TALK_FIRST,
        to_level=opened.to_level,
        note=note.strip(),
        by=by,
        now=now,
    )


async def record_withdrawal(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    claim_number: int,
    now: datetime,
) -> StageEvent:
    """Record that the member takes their claim back; nobody is told."""
    history = await store.history(connection, workspace_id, way.member_id)
    opened = rules.check_answer(way.framework, history, claim_number=claim_number)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=StageEventKind.WITHDRAWN,
        to_level=opened.to_level,
        note="",
        by=way.member_id,
        now=now,
    )


async def record_step_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    to_level: str,
    now: datetime,
) -> StageEvent:
    """Record a step back to an earlier stage, at once, without giving a reason.

    It also closes a claim that is open. Raises UserFacing when `to_level` is not below.
    """
    history = await store.history(connection, workspace_id, way.member_id)
    rules.check_step_back(way.framework, history, initial=way.initial, to_level=to_level)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=StageEventKind.STEPPED_BACK,
        to_level=_level(way.framework, to_level).name,
        note="",
        by=way.member_id,
        now=now,
    )


def _level(framework: Framework, name: str) -> Level:
    level = framework.level(name)
    if level is None:
        raise UserFacing(f"{name} is not a stage of {framework.name}.")
    return level


async def _write(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: StageHistory,
    history: History,
    kind: StageEventKind,
    to_level: str,
    note: str,
    by: MemberId,
    now: datetime,
) -> StageEvent:
    event = StageEvent(
        workspace_id=workspace_id,
        member_id=way.member_id,
        number=history[-1].number + 1 if history else 1,
        framework_id=way.framework.id,
        kind=kind,
        from_level=rules.current_level(way.framework, history, initial=way.initial).name,
        to_level=to_level,
        note=note,
        by=by,
        at=now,
    )
    if not await store.add(connection, event):
        raise UserFacing("Somebody changed this a moment ago. Please look again and repeat it.")
    return event
