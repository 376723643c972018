"""Look after a programme's peer rounds every day: begin them, ask how they went, and end them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.delivery.rules import LOW
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kinds import MessageKind, ScheduleKind
from bot.peers import changes, rules, store
from bot.peers.facts import present_and_apart, read_peer_facts
from bot.peers.model import (
    Pair,
    PeerComing,
    PeerFacts,
    PeerMeeting,
    PeerMeetingId,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
    PeerSeries,
    PoolRounds,
    SeriesState,
)
from bot.peers.rounds import planned_for
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Use, in_use, last_day
from bot.schedule import store as schedule
from bot.schedule.model import Daily
from bot.schedule.time_off import calendar_of
from bot.stages.model import Framework

EVERY_DAY = ScheduleKind.PEER_ROUNDS
AT_NIGHT = time(3)
"""By the programme's clocks: on the day before a Monday it is Monday morning nowhere yet."""
QUESTION = MessageKind.PEER_QUESTION
ASKED_FOR = timedelta(days=3)
TRIES = 3


async def begin_upkeep(connection: AsyncConnection, programme: Programme, *, now: datetime) -> None:
    """Look after the programme's peer rounds every day from now on."""
    await schedule.put(
        connection,
        programme.workspace_id,
        kind=EVERY_DAY,
        subject_id=programme.id,
        rule=Daily(AT_NIGHT),
        tz=programme.timezone,
        now=now,
    )


async def every_day(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
) -> None:
    """Bring the rounds of every series in line with who is there. Repeating changes nothing."""
    async with database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return
    for series in await _look_after(database, programme, now=now):
        if series.state is SeriesState.ACTIVE and in_use(programme, Use.PEERS, now):
            framework = frameworks.get(programme.framework_id)
            await begin_next(database, programme, series, now=now, framework=framework)


async def separate_now(database: Database, workspace_id: WorkspaceId, *, now: datetime) -> None:
    """Let out of the open rounds of a workspace who must not meet any more, or is gone."""
    async with database.reading() as connection:
        running = await programmes.running_programmes(connection, workspace_id)
    for programme in running:
        await _look_after(database, programme, now=now)


async def _look_after(
    database: Database, programme: Programme, *, now: datetime
) -> list[PeerSeries]:
    """Bring the open rounds in line with who is there and may meet, end them, and ask.

    Gives all series of the programme. No round waits for another to be planned.
    """
    its = programme.workspace_id
    async with database.reading() as connection:
        every = await store.series_of(connection, its, programme.id)
        rounds = await store.rounds_of(connection, its, *(one.id for one in every))
        is_open = [one for one in rounds if one.state is PeerRoundState.OPEN]
        if is_open:
            here, apart = await present_and_apart(connection, programme, now=now)
    for one in is_open:
        async with database.writing() as connection:
            await _bring_in_line(connection, programme, one, here=here, apart=apart, now=now)
    return every


async def _bring_in_line(
    connection: AsyncConnection,
    programme: Programme,
    one: PeerRound,
    *,
    here: Collection[MemberId],
    apart: Collection[Pair],
    now: datetime,
) -> None:
    """End a round whose time is over; else let out who must not meet or is gone, and ask."""
    today = local_date(now, programme.timezone)
    if today >= one.monday + rules.OVER_AFTER:
        await store.put_round(connection, replace(one, state=PeerRoundState.OVER))
        return
    held = await store.one_round(connection, one.workspace_id, one.id, hold=True)
    if held is None or held.state is not PeerRoundState.OPEN or today > one.last_day:
        return
    coming = [m for each in await store.meetings_of(connection, one) for m in each.members]
    gone = {member: PeerComing.GONE for member in coming if member not in here}
    await changes.rearrange(connection, one, gone=gone, apart=apart, now=now)
    if held.asked_at is None and today >= one.monday + rules.FRIDAY - timedelta(days=1):
        await _ask(connection, one, now=now)


async def _ask(connection: AsyncConnection, one: PeerRound, *, now: datetime) -> None:
    """Ask everybody who comes and has not said so whether they met, on Friday afternoon."""
    await store.put_round(connection, replace(one, asked_at=now))
    meetings = await store.meetings_of(connection, one)
    ids = [member for each in meetings if len(each.members) > 1 for member in each.members]
    members = await people.members(connection, one.workspace_id, ids=ids)
    await _queue(connection, one, members, kind=QUESTION, now=now)


async def begin_next(
    database: Database,
    programme: Programme,
    series: PeerSeries,
    *,
    now: datetime,
    framework: Framework | None,
) -> None:
    """Plan the next round of a series and announce it, if it is its day.

    The plan is made outside any transaction, and written if what it was made from still stands.
    Raises WishesUnreadable, and OperatorFacing where the facts change again and again.
    """

    async def read(connection: AsyncConnection, on: date) -> PeerFacts:
        its = (connection, programme, series.plan)
        return await read_peer_facts(*its, on=on, seed=series.seed, framework=framework)

    for _ in range(TRIES):
        async with database.reading() as connection:
            ahead = await dates_ahead(connection, programme, series, now=now)
            today = local_date(now, programme.timezone)
            if not ahead or not rules.is_to_begin(ahead[0], today=today):
                return
            begins_on = ahead[0]
            facts = await read(connection, begins_on)
            met = await store.history(connection, series.workspace_id, programme.id)
        planned = await planned_for(
            facts, series.plan, rounds=len(ahead), history=met, seed=series.seed
        )
        async with database.writing() as connection:
            held = await store.one_series(connection, series.workspace_id, series.id, hold=True)
            if held != series or ahead != await dates_ahead(connection, programme, held, now=now):
                return
            if facts == await read(connection, begins_on):
                await _announce(connection, series, begins_on, planned, met, now=now)
                return
    raise OperatorFacing("the facts behind a peer round changed again and again")


async def dates_ahead(
    connection: AsyncConnection, programme: Programme, series: PeerSeries, *, now: datetime
) -> list[date]:
    """List the days on which the rounds to come begin, by the calendar as it is now."""
    calendar = await calendar_of(connection, programme.workspace_id)
    rounds = await store.rounds_of(connection, programme.workspace_id, series.id)
    if series.state is SeriesState.ENDED:
        return []
    return list(
        rules.dates(
            series.plan,
            calendar,
            last=last_day(programme),
            after=rounds[-1].begins_on if rounds else None,
            number=len(rounds),
            earliest=local_date(now, programme.timezone),
        )
    )


async def _announce(
    connection: AsyncConnection,
    series: PeerSeries,
    begins_on: date,
    planned: Sequence[PoolRounds],
    met: Sequence[Sequence[MemberId]],
    *,
    now: datetime,
) -> None:
    """Write a round's meetings, and let everybody hear of it in their morning."""
    groups = [
        (pool.pool.about, group) for pool in planned if pool.rounds for group in pool.rounds[0]
    ]
    before = rules.pairs_of(met)
    number = len(await store.rounds_of(connection, series.workspace_id, series.id)) + 1
    one = PeerRound(
        id=PeerRoundId(new_id("peer_round")),
        workspace_id=series.workspace_id,
        series_id=series.id,
        number=number,
        begins_on=begins_on,
        state=PeerRoundState.OPEN,
        seed=series.seed,
        repeats=len(rules.pairs_of([group for _, group in groups]) & before),
    )
    await store.put_round(connection, one)
    meetings = [
        PeerMeeting(id=PeerMeetingId(new_id("peer_meeting")), about=about, members=group)
        for about, group in groups
    ]
    await store.put_meetings(connection, one, meetings)
    ids = [member for _, group in groups for member in group]
    members = await people.members(connection, series.workspace_id, ids=ids)
    await _queue(connection, one, members, kind=changes.ROUND, now=now)


async def _queue(
    connection: AsyncConnection,
    one: PeerRound,
    members: Sequence[Member],
    *,
    kind: MessageKind,
    now: datetime,
) -> None:
    """Put a message about a round in the outbox for each, at its hour by their own clocks."""
    by_zone: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_zone[member.timezone].append(member)
    is_question = kind is QUESTION
    for tz, some in by_zone.items():
        at = rules.asked_at(one, tz) if is_question else rules.announced_at(one, tz)
        keeps = ASKED_FOR if is_question else rules.WORTH_SENDING_FOR
        notices = [
            Notice(kind, one.id, each.slack_user_id, f"{kind}:{one.id}:{each.id}") for each in some
        ]
        await delivery.enqueue_all(
            connection,
            one.workspace_id,
            notices,
            lane=Lane.PROMPT,
            now=now,
            not_before=at,
            expires_at=max(at, now) + keeps,
            **({"priority": LOW} if is_question else {}),
        )
