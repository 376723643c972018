"""Erase a member in every room at once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import erasure as delivery
from bot.errands import store as errands
from bot.groups.plan import Plan
from bot.groups.upkeep import TRIES, carry_out, make_plan
from bot.inbox import store as inbox
from bot.kernel.commits import once_committed
from bot.kernel.database import Database, metadata
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kernel.traces import scrub
from bot.keys.vault import Vault
from bot.kinds import ScheduleKind
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.people import store as members
from bot.people import use_cases as people
from bot.people.model import Member
from bot.programme.store import running_programmes
from bot.pulse import use_cases as pulse
from bot.schedule import store as schedule
from bot.schedule.model import Due, Once
from bot.stages.model import Framework

log = structlog.get_logger("cairn.erasure")

ERASURE = ScheduleKind.ERASURE
"""The schedule kind, its subject a member's id and `:erasure`: somebody asked to be deleted."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
_SUFFIX = ":erasure"
_LOG_OF_DATABASE = "the log of the database"

Erase = Callable[[WorkspaceId, MemberId], Awaitable[object]]
Eraser = Callable[[AsyncConnection, Member, datetime], Awaitable[object]]
"""Deletes what one room keeps about a member, in the transaction that erases them."""


async def promise_erasure(
    database: Database, workspace_id: WorkspaceId, *, member_id: MemberId, now: datetime
) -> None:
    """Note that a member is to be erased: whichever process is alive then does it."""
    async with database.writing() as connection:
        await schedule.put(
            connection,
            workspace_id,
            kind=ERASURE,
            subject_id=f"{member_id}{_SUFFIX}",
            rule=Once(now + TRY_AGAIN_AFTER),
            tz="UTC",
            now=now,
        )


async def erasure_due(due: Due, _now: datetime, *, erase: Erase) -> None:
    """Erase whoever asked for it: the duty of ERASURE, due again until it has been done."""
    await erase(due.workspace_id, MemberId(due.subject_id.removesuffix(_SUFFIX)))


async def clear_traces(
    database: Database, workspace_id: WorkspaceId, tables: Iterable[str], *, now: datetime
) -> bool:
    """Clear what was deleted out of the database's files before somebody is told that it is gone.

    False while another program reads the database: whichever process is alive then tries again.
    """
    if await scrub(database, tables):
        return True
    async with database.writing() as connection:
        await schedule.put(
            connection,
            workspace_id,
            kind=ScheduleKind.TRACES,
            subject_id=_LOG_OF_DATABASE,
            rule=Once(now + TRY_AGAIN_AFTER),
            tz="UTC",
            now=now,
        )
    return False


async def traces_due(_due: Due, _now: datetime, *, database: Database) -> None:
    """Clear what could not be cleared before: the duty of TRACES, due again until it is done."""
    if not await scrub(database, metadata.tables):
        raise OperatorFacing("another program holds the database's log")


async def erase_member(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    erasers: Iterable[Eraser],
    now: datetime,
    frameworks: Mapping[str, Framework] | None = None,
    weights: Weights = WEIGHTS,
    is_in_no_group: bool = False,
    only_if: Callable[[Member], bool] = lambda _: True,
) -> bool:
    """Let a member go and delete everything that is kept about them, in every room, at once.

    First their sealed ballots in open pulse rounds, in a transaction that touches nothing else, so
    that the database's log ties no ballot to them; then all the rest, in one. On the lists of who
    was asked a random name takes the place of theirs. Repeating it takes it up where it broke off.
    `is_in_no_group`: no running programme has to be put in order without them. False, with nobody
    erased, where `only_if` says no when their turn comes. Raises OperatorFacing, with nothing lost
    but the ballots, when the keys cannot be reached.
    """
    await pulse.take_back(database, vault, workspace_id, member_id=member_id)
    for _ in range(TRIES):
        plans = (
            []
            if is_in_no_group
            else await _plans_without(
                database, workspace_id, member_id, frameworks or {}, weights=weights, now=now
            )
        )
        with suppress(_PlansFell):
            async with database.writing() as connection:
                member = await members.member_to_erase(connection, workspace_id, member_id)
                if member is not None and not only_if(member):
                    return False
                await _erase(connection, workspace_id, member_id, plans, erasers, now=now)
            return True
    raise OperatorFacing("the groups changed again and again while a member was being erased")


class _PlansFell(Exception):
    """The facts behind the planned groups have changed; the transaction is undone."""


async def _plans_without(
    database: Database,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    frameworks: Mapping[str, Framework],
    *,
    weights: Weights,
    now: datetime,
) -> list[Plan]:
    """Work out how the groups stay in order without the member, while it is known who they are."""
    async with database.reading() as connection:
        running = await running_programmes(connection, workspace_id)
    plans = [
        await make_plan(
            database,
            workspace_id,
            one.id,
            now=now,
            framework=frameworks.get(one.framework_id),
            weights=weights,
            without=member_id,
        )
        for one in running
    ]
    return [plan for plan in plans if plan is not None]


async def _erase(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    plans: Iterable[Plan],
    erasers: Iterable[Eraser],
    *,
    now: datetime,
) -> None:
    """Let the member go, let their groups follow, and delete the rest. Raises _PlansFell."""
    await schedule.remove_subject(connection, workspace_id, subject_id=f"{member_id}{_SUFFIX}")
    member = await members.member_to_erase(connection, workspace_id, member_id)
    if member is None:
        return
    await people.leave(connection, member, now=now)
    for plan in plans:
        if not (plan.is_empty or await carry_out(connection, plan)):
            raise _PlansFell
    for erase in erasers:
        await erase(connection, member, now)
    await delivery.erase(connection, workspace_id, member.slack_user_id)
    await delivery.forget_member(connection, workspace_id, member.id, now=now)
    await errands.forget_invitations(connection, workspace_id, member.slack_user_id)
    await inbox.erase(connection, workspace_id, [member.slack_user_id])
    once_committed(connection, partial(log.info, "member_erased", workspace=workspace_id))
