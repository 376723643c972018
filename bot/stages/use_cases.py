"""Claim a stage, answer a claim, withdraw it, step back. Each is one line in the history."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.stages import rules, store
from bot.stages.model import EventKind, Framework, History, Level, StageEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Whose history in which framework; `initial` is the stage that the roster gave, if any."""

    member_id: MemberId
    framework: Framework
    initial: str | None


async def claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    to_level: str,
    evidence: str,
    now: datetime,
) -> StageEvent:
    """The member says that they have reached `to_level`; it counts once a mentor confirms it.

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
        kind=EventKind.CLAIMED,
        to_level=_level(way.framework, to_level).name,
        note=evidence.strip(),
        by=way.member_id,
        now=now,
    )


async def answer_claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    claim_number: int,
    confirm: bool,
    note: str,
    mentors: frozenset[MemberId],
    by: MemberId,
    now: datetime,
) -> StageEvent:
    """A mentor confirms the open claim, or asks to talk about it first (which leaves it open).

    Raises UserFacing when `by` is not one of the claimant's `mentors` or the claim is closed.
    """
    if not rules.may_answer(mentors, claimant=way.member_id, by=by):
        raise UserFacing("Only a mentor of the same mentoring group can answer this claim.")
    history = await store.history(connection, workspace_id, way.member_id)
    opened = rules.check_answer(way.framework, history, claim_number=claim_number)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=EventKind.CONFIRMED if confirm else EventKind.TALK_FIRST,
        to_level=opened.to_level,
        note=note.strip(),
        by=by,
        now=now,
    )


async def withdraw_claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    claim_number: int,
    now: datetime,
) -> StageEvent:
    """The member takes their open claim back; nobody is told and nothing is held against them."""
    history = await store.history(connection, workspace_id, way.member_id)
    opened = rules.check_answer(way.framework, history, claim_number=claim_number)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=EventKind.WITHDRAWN,
        to_level=opened.to_level,
        note="",
        by=way.member_id,
        now=now,
    )


async def step_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    way: Way,
    to_level: str,
    now: datetime,
) -> StageEvent:
    """The member goes back to an earlier stage, at once, without giving a reason.

    It also closes a claim that is open. Raises UserFacing when `to_level` is not below.
    """
    history = await store.history(connection, workspace_id, way.member_id)
    rules.check_step_back(way.framework, history, initial=way.initial, to_level=to_level)
    return await _write(
        connection,
        workspace_id,
        way=way,
        history=history,
        kind=EventKind.STEPPED_BACK,
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
    way: Way,
    history: History,
    kind: EventKind,
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
