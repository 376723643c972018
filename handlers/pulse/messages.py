"""The messages of the pulse, written at the moment they are sent, from what was published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.hours import is_to_person
from bot.delivery.model import OPEN_STATES, Entry
from bot.delivery.store import posting_of
from bot.flows import pulse_messages as round_news
from bot.kernel.ids import GroupId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kernel.ports import Postponed
from bot.people import store as people
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import Group
from bot.pulse import actions, closing_store
from bot.pulse import results as released
from bot.pulse import store as kept
from bot.pulse.model import (
    SMALL_GROUPS,
    WHOLE_PROGRAMME,
    CellFate,
    CellId,
    Published,
    Round,
    RoundId,
    RoundState,
)
from handlers.edge.services import Services
from handlers.pulse import form_views as views
from handlers.pulse import result_views as results
from handlers.pulse import trend_views as trend
from handlers.sending.messenger import Written

AFTER_THE_FIRST = timedelta(minutes=2)
"""So long after the first message of a thread is tried again, the others are."""


async def _told_until(
    connection: AsyncConnection, entry: Entry, *, limit: int | None = 2
) -> list[Round]:
    """Read the released rounds up to and with that of an entry, the latest first."""
    round_id = entry.subject_id.split(":")[0]
    round_ = await kept.round_of(connection, entry.workspace_id, RoundId(round_id))
    if round_ is None:
        return []
    return await released.latest(
        connection, entry.workspace_id, round_.programme_id, until=round_.opens_at, limit=limit
    )


async def write_asking(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask members to answer a pulse while it is open."""
    round_ = await kept.round_of(connection, entry.workspace_id, RoundId(entry.subject_id))
    if round_ is None or round_.state is not RoundState.OPEN:
        return None
    if services.clock.now() >= round_.closes_at:
        return None
    name = await _programme_name(connection, entry.workspace_id, round_.programme_id)
    return views.invitation(round_, name, again=entry.kind == round_news.REMINDER)


async def write_digest(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write one message of a digest for coordinators; nothing for a former one."""
    part = entry.subject_id.partition(":")[2]
    if is_to_person(entry.recipient):
        about = SlackUserId(entry.recipient)
        reader = await people.member_by_slack_id(connection, entry.workspace_id, about)
        if reader is None or not coordinates(reader):
            return None
    told = await _told_until(connection, entry)
    if not told:
        return None
    if part == round_news.SHORT or part.isdecimal():
        return await _first(connection, told, part)
    thread_ts = await _thread(connection, entry, told[0], now=services.clock.now())
    if part == round_news.TREND:
        written = await _trend(connection, entry)
    elif part.startswith(round_news.GROUPS):
        number = int(part.removeprefix(round_news.GROUPS))
        digest, cells = await _digest_of(connection, told, part=number)
        written = results.digest_message(digest, part=cells, is_first=False)
    else:  # an earlier version queued the comments themselves
        return None
    return written and replace(written, thread_ts=thread_ts)


async def _first(connection: AsyncConnection, told: Sequence[Round], part: str) -> Written:
    """Write the message that gives all in short, and the groups where they are few."""
    if part.isdecimal():  # as an earlier version queued it
        digest, cells = await _digest_of(connection, told, part=int(part))
        return results.digest_message(digest, part=cells, is_first=int(part) == 0)
    digest, cells = await _digest_of(connection, told, part=0)
    if len(digest.cells) > round_news.CELLS_IN_SHORT:
        cells = []
    return results.digest_message(digest, part=cells, is_first=True)


async def _thread(
    connection: AsyncConnection, entry: Entry, round_: Round, *, now: datetime
) -> str | None:
    """Find the ts of a digest's first message; None where it was never sent, or elsewhere.

    Raises Postponed while it is on its way.
    """
    key = round_news.key_of_short(round_.id, entry.recipient)
    first = await posting_of(connection, entry.workspace_id, dedupe_key=key)
    if first is None:
        return None
    receipt = first.receipt
    if first.leader.state in OPEN_STATES:
        its_turn = max(first.leader.ready_at, now)
        raise Postponed("waits_for_first", its_turn - now + AFTER_THE_FIRST)
    if receipt is None:
        return None
    if is_to_person(entry.recipient):
        return receipt.ts
    programme = await programmes.programme(connection, entry.workspace_id, round_.programme_id)
    is_there = programme is not None and programme.coordinator_channel == receipt.channel
    return receipt.ts if is_there else None


async def _trend(connection: AsyncConnection, entry: Entry) -> Written:
    told = await _told_until(connection, entry, limit=None)
    if not told:
        return None
    name = await _programme_name(connection, entry.workspace_id, told[0].programme_id)
    history = await released.published_in(connection, told[::-1], ())
    return trend.trend_message(name, history)


async def write_result(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a member what the pulse says of their group."""
    told = await _told_until(connection, entry)
    member = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if not told or member is None:
        return None
    cell = (await kept.cells_of(connection, told[0].id)).get(member.id)
    name = await _programme_name(connection, entry.workspace_id, told[0].programme_id)
    group = await programmes.group(connection, entry.workspace_id, GroupId(cell or ""))
    digest = await own_digest(connection, told, name, cell=cell, group=group)
    return results.result_message(digest, cell)


async def write_void(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell everybody that a round ended without results."""
    round_ = await kept.key_of(connection, entry.workspace_id, RoundId(entry.subject_id))
    if round_ is None:
        return None
    name = await _programme_name(connection, entry.workspace_id, round_.programme_id)
    return views.void_message(name, await closing_store.ending_of(connection, round_.id))


async def write_after(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Say what was done about a round; or, while that is not said, that the next waits for it."""
    round_id = RoundId(entry.subject_id)
    round_ = await kept.round_of(connection, entry.workspace_id, round_id)
    if round_ is None:
        return None
    name = await _programme_name(connection, entry.workspace_id, round_.programme_id)
    action = await actions.action_on(connection, round_id)
    if entry.kind == round_news.HELD:
        return views.held_message(round_id, name) if action is None else None
    return views.action_message(action, name) if action is not None else None


async def _programme_name(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> str:
    programme = await programmes.programme(connection, workspace_id, programme_id)
    return programme.name if programme else "your programme"


async def own_digest(
    connection: AsyncConnection,
    told: Sequence[Round],
    programme: str,
    *,
    cell: CellId | None,
    group: Group | None,
) -> results.Digest:
    """Read what the latest of `told` says to a cell's members, beside the round before it.

    `group` is the cell's group, where it still is one.
    """
    wanted = (SMALL_GROUPS, WHOLE_PROGRAMME, *([cell] if cell else []))
    now, *before = await released.published_in(connection, told, wanted)
    return results.Digest(
        programme=programme,
        now=await _with_a_comment(connection, now),
        before=before[0] if before else None,
        names={cell: group.name} if cell and group else {},
    )


async def _with_a_comment(connection: AsyncConnection, now: Published) -> Published:
    """Add the first of its comments: enough to say that there are some."""
    if not now.round.comments:
        return now
    some = await kept.comments_of(connection, now.round.id, limit=1)
    return replace(now, results=replace(now.results, comments=some))


async def _digest_of(
    connection: AsyncConnection, told: Sequence[Round], *, part: int
) -> tuple[results.Digest, list[CellFate]]:
    """Read what the latest of `told` says of one portion of all cells, beside the round before."""
    latest = told[0]
    groups = await programmes.groups(connection, latest.workspace_id, latest.programme_id)
    found = await released.published_in(connection, told, None)
    digest = results.Digest(
        programme=await _programme_name(connection, latest.workspace_id, latest.programme_id),
        now=await _with_a_comment(connection, found[0]),
        before=found[1] if len(found) > 1 else None,
        names={CellId(group.id): group.name for group in groups},
    )
    start = part * round_news.CELLS_PER_DIGEST
    cells = digest.cells[start : start + round_news.CELLS_PER_DIGEST]
    bands = await kept.bands_in(connection, told, [one.cell_id for one in cells])

    def with_bands(one: Published) -> Published:
        told_of = bands.get(one.round.id, ())
        return replace(one, results=replace(one.results, releases=told_of))

    now, before = with_bands(digest.now), digest.before and with_bands(digest.before)
    return replace(digest, now=now, before=before), cells


async def digest_in_short(
    connection: AsyncConnection, told: Sequence[Round], programme: str
) -> results.Digest:
    """Read what a coordinator's Home shows: counts, or the whole where it is a single result."""
    now, *_ = await released.published_in(connection, told[:1], ())
    digest = results.Digest(programme=programme, now=await _with_a_comment(connection, now))
    if results.programme_lines(digest):
        return digest
    whole, _ = await _digest_of(connection, told, part=0)
    return whole


async def whole_digest(
    connection: AsyncConnection, told: Sequence[Round]
) -> tuple[results.Digest, int]:
    """Read the latest of `told` for one form, and how many groups stand in the digest alone."""
    whole, cells = await _digest_of(connection, told, part=0)
    left = len(whole.cells) - len(cells)
    fates = replace(whole.now.results, fates=tuple(cells))
    return replace(whole, now=replace(whole.now, results=fates)), left
