"""Set up, pause and end series of peer rounds, and say of one's own that one skips or met."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.delivery.erasure import erase_about
from bot.delivery.model import OutboxState
from bot.delivery.tables import in_state, outbox
from bot.kernel.clock import local_date
from bot.kernel.database import Database, rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kinds import ToDoKind
from bot.peers import changes, rules, store
from bot.peers.facts import read_peer_facts
from bot.peers.model import (
    MOST_SERIES,
    OwnPeers,
    PeerComing,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
    PeerSeries,
    SeriesId,
    SeriesOutlook,
    SeriesPlan,
    SeriesState,
)
from bot.peers.rounds import planned_for
from bot.peers.upkeep import begin_upkeep, dates_ahead
from bot.people.model import Member
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, last_day
from bot.programme.use_cases import the_programme
from bot.schedule.time_off import calendar_of
from bot.stages.model import Framework
from bot.todos import ToDo, Weight

OVER = "This peer round is over, so nothing was changed. Home shows the next one when it comes."
NOT_YOURS = "This peer round is not yours, or it is gone. Open the Home tab to see yours."
NOBODY_COMES = "Nobody can meet you this time, so there is nothing to say about it."
NO_SERIES = "These peer rounds are gone. Press *Peer rounds* again to see those there are."
ACTS = {
    SeriesState.ACTIVE: Act.PEER_ROUNDS_RESUMED,
    SeriesState.PAUSED: Act.PEER_ROUNDS_PAUSED,
    SeriesState.ENDED: Act.PEER_ROUNDS_ENDED,
}
ENDED = "These peer rounds have ended for good, so nothing was changed. You can begin new ones."


async def look_ahead(
    database: Database,
    programme: Programme,
    plan: SeriesPlan,
    *,
    seed: int,
    now: datetime,
    framework: Framework | None,
) -> SeriesOutlook:
    """Say what a series would be, in sums; nothing is written. Takes long.

    Raises UserFacing for what cannot be, and WishesUnreadable.
    """
    check(programme, plan, now=now)
    async with database.reading() as connection:
        calendar = await calendar_of(connection, programme.workspace_id)
        dates = list(rules.dates(plan, calendar, last=last_day(programme)))
        if not dates:
            raise UserFacing("No week is left for a round by then. Choose an earlier Monday.")
        facts = await read_peer_facts(
            connection, programme, plan, on=dates[0], seed=seed, framework=framework
        )
        met = await store.history(connection, programme.workspace_id, programme.id)
    planned = await planned_for(facts, plan, rounds=len(dates), history=met, seed=seed)
    first = [group for one in planned if one.rounds for group in one.rounds[0]]
    repeats = [one.first_repeat for one in planned if one.first_repeat is not None]
    return SeriesOutlook(
        dates=tuple(dates),
        people=sum(map(len, first)),
        sizes=Counter(map(len, first)),
        first_repeat=min(repeats, default=None),
        pools_repeating=len(repeats),
        pools=len([one for one in planned if one.rounds]),
        alone=sum(len(one.alone) for one in planned),
        away=facts.away,
        unclear=facts.unclear,
    )


def check(programme: Programme, plan: SeriesPlan, *, now: datetime) -> None:
    """Raise UserFacing for a programme that does not run, and for what cannot be a series."""
    if programme.state is not ProgrammeState.RUNNING:
        raise UserFacing("Peer rounds can be set up once the programme has started.")
    today = local_date(now, programme.timezone)
    rules.check_plan(plan, last=last_day(programme), today=today)


async def begin(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    plan: SeriesPlan,
    *,
    by: Member,
    seed: int,
    once: str,
    now: datetime,
) -> PeerSeries:
    """Begin a series for a coordinator; `once` is the same when a form comes twice.

    Raises UserFacing for what cannot be.
    """
    await must_coordinate(connection, workspace_id, by.id)
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    check(programme, plan, now=now)
    every = await store.series_of(connection, workspace_id, programme_id)
    twice = next((one for one in every if one.id == f"peers_{once}"), None)
    if twice is not None:
        return twice
    if sum(one.state is not SeriesState.ENDED for one in every) >= MOST_SERIES:
        raise UserFacing(f"There are {MOST_SERIES} series of peer rounds already. End one first.")
    series = PeerSeries(
        id=SeriesId(f"peers_{once}"),
        workspace_id=workspace_id,
        programme_id=programme_id,
        plan=plan,
        state=SeriesState.ACTIVE,
        seed=seed,
    )
    await store.put_series(connection, series)
    await begin_upkeep(connection, programme, now=now)
    await _record(connection, series, Act.PEER_ROUNDS_BEGUN, by=by, now=now)
    return series


async def _held(
    connection: AsyncConnection, workspace_id: WorkspaceId, series_id: SeriesId, *, by: Member
) -> PeerSeries:
    """Hold a series for a coordinator. Raises UserFacing for anybody else, or where none is."""
    await must_coordinate(connection, workspace_id, by.id)
    series = await store.one_series(connection, workspace_id, series_id, hold=True)
    if series is None:
        raise UserFacing(NO_SERIES)
    return series


async def _record(
    connection: AsyncConnection, series: PeerSeries, act: Act, *, by: Member, now: datetime
) -> None:
    what = f"{series.plan.reach.value}, from {series.plan.first_on}"
    await audit.record(
        connection,
        series.workspace_id,
        act,
        by=by.id,
        now=now,
        programme_id=series.programme_id,
        what=what,
    )


async def change_state(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    series_id: SeriesId,
    state: SeriesState,
    *,
    by: Member,
    now: datetime,
) -> bool:
    """Pause, resume or end a series for a coordinator; whether a round goes on to its end.

    A round of which nobody has heard is withdrawn. Doing it twice changes nothing.
    """
    series = await _held(connection, workspace_id, series_id, by=by)
    if series.state is SeriesState.ENDED and state is not SeriesState.ENDED:
        raise UserFacing(ENDED)
    if series.state is state:
        return False
    await store.put_series(connection, replace(series, state=state))
    await _record(connection, series, ACTS[state], by=by, now=now)
    if state is SeriesState.ACTIVE:
        return False
    return await _withdraw_untold(connection, series, now=now)


async def skip_next(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    series_id: SeriesId,
    *,
    by: Member,
    now: datetime,
    expected: date | None,
) -> date:
    """Pass over the next round of a series for a coordinator; the day on which it would begin.

    `expected` is the day that they were shown: a second press skips nothing more.
    """
    series = await _held(connection, workspace_id, series_id, by=by)
    programme = await the_programme(connection, workspace_id, series.programme_id)
    ahead = await dates_ahead(connection, programme, series, now=now)
    if not ahead:
        raise UserFacing("No round is left that could be skipped.")
    if ahead[0] != expected:
        raise UserFacing("The next round is another one meanwhile. Look at the dates again.")
    rounds = await store.rounds_of(connection, workspace_id, series_id)
    skipped = PeerRound(
        id=PeerRoundId(new_id("peer_round")),
        workspace_id=workspace_id,
        series_id=series_id,
        number=len(rounds) + 1,
        begins_on=ahead[0],
        state=PeerRoundState.SKIPPED,
        seed=series.seed,
    )
    await store.put_round(connection, skipped)
    await _record(connection, series, Act.PEER_ROUND_SKIPPED, by=by, now=now)
    return ahead[0]


async def _withdraw_untold(
    connection: AsyncConnection, series: PeerSeries, *, now: datetime
) -> bool:
    """Take back a round of which nobody has heard; whether one of which some have goes on."""
    rounds = await store.rounds_of(connection, series.workspace_id, series.id)
    goes_on = False
    for one in rounds:
        if one.state is not PeerRoundState.OPEN:
            continue
        its = rows_of(outbox, series.workspace_id, kind=changes.ROUND, subject_id=one.id)
        out = sa.not_(in_state(OutboxState.QUEUED))
        query = sa.select(sa.func.count()).select_from(outbox).where(its, out)
        if (await connection.execute(query)).scalar_one():
            goes_on = True
            continue
        await delivery.withdraw(connection, series.workspace_id, subject_id=one.id, now=now)
        await store.remove_round(connection, one)
    return goes_on


async def skip(
    connection: AsyncConnection, member: Member, round_id: PeerRoundId, *, now: datetime
) -> date | None:
    """Let a member skip a round; the day on which their next begins, None where none is planned.

    Raises UserFacing once it is over, and where they said that they met.
    """
    own = await _own_now(connection, member, round_id, now=now)
    programme = await the_programme(connection, member.workspace_id, own.programme_id)
    if local_date(now, programme.timezone) > own.round.last_day:
        raise UserFacing(OVER)
    if own.was_held:
        raise UserFacing("Somebody said that you met already, so there is nothing to skip.")
    await changes.rearrange(connection, own.round, gone={member.id: PeerComing.SKIPS}, now=now)
    return await next_date(connection, own, now=now)


async def say_if_met(
    connection: AsyncConnection,
    member: Member,
    round_id: PeerRoundId,
    *,
    did: bool,
    now: datetime,
) -> None:
    """Keep what a member says about their meeting; one who says that they met is enough."""
    own = await _own_now(connection, member, round_id, now=now)
    if own.coming is not PeerComing.COMES or not own.company:
        raise UserFacing(NOBODY_COMES)
    its = (connection, member.workspace_id)
    await store.change_seat(*its, round_id, member.id, said_met=did)
    if did:
        await store.note_met(*its, own.meeting_id, now)


async def _own_now(
    connection: AsyncConnection, member: Member, round_id: PeerRoundId, *, now: datetime
) -> OwnPeers:
    """Hold a round and read a member's own meeting in it. Raises UserFacing where it is over."""
    one = await store.one_round(connection, member.workspace_id, round_id, hold=True)
    own = await own_in(connection, member, round_id)
    if one is None or not member.takes_part:
        raise UserFacing(NOT_YOURS)
    programme = await programmes.programme(connection, member.workspace_id, own.programme_id)
    is_running = programme is not None and programme.state is ProgrammeState.RUNNING
    if one.state is not PeerRoundState.OPEN or not is_running:
        raise UserFacing(OVER)
    return own


async def own_in(connection: AsyncConnection, member: Member, round_id: PeerRoundId) -> OwnPeers:
    """Read a member's own meeting in a round. Raises UserFacing where there is none."""
    found = await store.own_peers(
        connection, member.workspace_id, member_id=member.id, round_id=round_id
    )
    if not found:
        raise UserFacing(NOT_YOURS)
    return found[0]


async def next_date(connection: AsyncConnection, own: OwnPeers, *, now: datetime) -> date | None:
    """Find the day on which the series of a round goes on; None where nothing is planned."""
    workspace_id = own.round.workspace_id
    series = await store.one_series(connection, workspace_id, own.round.series_id)
    programme = await programmes.programme(connection, workspace_id, own.programme_id)
    if series is None or programme is None or series.state is not SeriesState.ACTIVE:
        return None
    ahead = await dates_ahead(connection, programme, series, now=now)
    return next(iter(ahead), None)


def todos(seen: Sequence[OwnPeers], member: Member, now: datetime) -> list[ToDo]:
    """Find the rounds of which a member can say since Friday whether they met."""
    found = []
    for own in seen:
        since = rules.asked_at(own.round, member.timezone)
        said = own.said_met is not None or own.was_held
        if own.coming is PeerComing.COMES and own.company and not said and now >= since:
            found.append(
                ToDo(
                    kind=ToDoKind.SAY_IF_PEERS_MET,
                    weight=Weight.CAN_WAIT,
                    since=since,
                    about=own.round.id,
                    names=tuple(one.name for one in own.company),
                )
            )
    return found


async def erase(connection: AsyncConnection, member: Member, now: datetime) -> int:
    """Delete a member's seats; those who were to meet them hear what is next."""
    workspace_id = member.workspace_id
    for round_id in await store.open_rounds_of(connection, workspace_id, [member.id]):
        one = await store.one_round(connection, workspace_id, round_id, hold=True)
        if one is not None:
            await changes.rearrange(connection, one, gone={member.id: PeerComing.GONE}, now=now)
    await erase_about(connection, workspace_id, ending=f":{member.id}")
    return await store.forget_member(connection, workspace_id, MemberId(member.id))
