"""Look after concerns that nobody answers, and after people who blocked one another."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import blocks, rules, store
from bot.care.covers import Covers, covers_in
from bot.care.model import Concern, NextStep
from bot.care.reading import barred_from
from bot.care.use_cases import (
    LOOKED_AT_AGAIN,
    ask_people,
    look_again,
    reachable_for,
    tell_raisers,
    worked_after,
)
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.schedule.model import Due

log = structlog.get_logger("cairn.care")

LOOKED_AT_DAILY = timedelta(days=1)


async def watch(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Ask the deputy where it is time, and again where nobody answers: the duty of CARE.

    Nobody is asked whom the author has blocked since, or is paired with; without the keys, which
    say so, people are asked all the same, and read nothing. It falls due hourly while a concern
    waits, daily while there is any concern or block.
    """
    workspace_id = due.workspace_id
    kept = await store.every(connection, workspace_id, hold=True)
    ids = {each for one in kept for each in one.named}
    covers = await covers_in(connection, workspace_id, now=now)
    named = {one.id: one for one in await people.members(connection, workspace_id, ids=ids)}
    named |= covers.people
    closed = {
        one.id
        for one in await programmes.programmes(
            connection, workspace_id, state=ProgrammeState.CLOSED
        )
    }
    barred = await barred_from(connection, workspace_id, kept, covers.people)
    left = []
    for one in kept:
        is_closed = one.programme_id is None or one.programme_id in closed
        after = await _looked_at(
            connection,
            one,
            named,
            covers=covers if barred is not None else None,
            barred=(barred or {}).get(one.id, ()),
            is_closed=is_closed,
            now=now,
        )
        left += [after] if after else []
    has_blocks = await blocks.ask_for_parting(connection, workspace_id, now=now)
    await _plan(connection, workspace_id, left, has_blocks=has_blocks, now=now)


async def _looked_at(
    connection: AsyncConnection,
    concern: Concern,
    named: Mapping[MemberId, Member],
    *,
    covers: Covers | None,
    barred: Collection[MemberId],
    is_closed: bool,
    now: datetime,
) -> Concern | None:
    """Take the next step about a concern; None where it has been kept long enough."""
    present = {one.id for one in named.values() if not one.is_away(now)}
    after = rules.let_fall(concern, present=present - {*barred}, now=now)
    if is_closed and after.closed_at is None:
        after = replace(after, closed_at=now)
    if rules.is_to_be_deleted(after, now=now):
        await store.remove(connection, concern.workspace_id, [concern.id])
        return None
    members = [one for one in named.values() if one.id not in barred]
    here = await reachable_for(connection, after, members, now=now)
    again_at = await _again_at(connection, after, members)
    step = rules.next_step(after, again_at=again_at, reachable=here, barred=barred, now=now)
    is_long = step is NextStep.ASK_AGAIN and rules.is_first_after_long(after, now=now)
    after = rules.stepped(after, step, now=now)
    instead = _hearing_instead(after, covers, here)
    if instead:
        handed = replace(after, stand_ins=(*after.stand_ins, *instead), asked_last_at=now)
        after = handed if await _hand_over(connection, handed) else after
    if after != concern:
        await store.change(connection, after)
    if step is not NextStep.WAIT or after.stand_ins != concern.stand_ins:
        asked = [one for one in members if one.id in after.addressed and not one.is_away(now)]
        await ask_people(connection, concern.workspace_id, asked, now=now)
    is_news = step is NextStep.ASK_DEPUTY or (concern.seen_by, concern.stand_ins) != (
        after.seen_by,
        after.stand_ins,
    )
    asked_here = here.intersection(after.addressed)
    if (
        is_news
        or is_long
        or (step is NextStep.ASK_AGAIN and (after.named & {*barred} or not asked_here))
    ):
        await tell_raisers(connection, concern.workspace_id, [concern.id], now=now)
    return after


async def _again_at(
    connection: AsyncConnection, concern: Concern, members: Collection[Member]
) -> datetime:
    """Find when who was asked is asked again: a working day later, of whoever works first."""
    asked = [one for one in members if one.id in concern.addressed]
    last, hours = concern.asked_last_at, rules.ASKED_AGAIN_AFTER_HOURS
    at = [await worked_after(connection, one, hours, since=last) for one in asked]
    return min(at, default=last + timedelta(hours=hours))


def _hearing_instead(
    concern: Concern, covers: Covers | None, here: Collection[MemberId]
) -> list[MemberId]:
    """Find who is to be asked as well: where two people were chosen, and nobody asked is here.

    Whoever chose one person alone wants nobody else to hear it. They read that this one is away.
    """
    asked = [one for one in (concern.to_id, concern.deputy_id) if one]
    if covers is None or not concern.is_waiting or len(asked) == 1:
        return []
    if not {*concern.stand_ins}.isdisjoint(here):
        return []
    found = covers.instead_of(asked, able=here)
    return [one for one in found if one not in concern.stand_ins]


async def _hand_over(connection: AsyncConnection, concern: Concern) -> bool:
    """Address a concern to its stand-ins, too; it is tried again while the keys are away."""
    try:
        return await store.hand_over(connection, concern)
    except OperatorFacing as failure:
        log.error(  # noqa: TRY400 - no values
            "concern_not_handed_over", workspace=concern.workspace_id, reason=failure.reason
        )
        return False


async def _plan(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    left: list[Concern],
    *,
    has_blocks: bool,
    now: datetime,
) -> None:
    waiting = [one for one in left if one.is_waiting]
    if waiting:
        due = [one.due_at for one in waiting if one.due_at > now]
        at = min([now + LOOKED_AT_AGAIN, *due])
        await look_again(connection, workspace_id, at=at, now=now)
    elif left or has_blocks:
        await look_again(connection, workspace_id, at=now + LOOKED_AT_DAILY, now=now)
