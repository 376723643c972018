"""Open, remind of, close and announce pulse rounds by the programme's calendar.

Every message about a round goes to everybody it concerns in the same words. Who has answered is
known to nobody here, and nothing here asks.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as outbox
from bot.flows import pulse_log as log
from bot.flows import pulse_messages as round_news
from bot.flows.pulse_people import mentees_to_ask, readers_among
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.scope import is_an_id, one_workspace
from bot.keys.vault import KeyLost, Vault
from bot.kinds import ScheduleKind
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, is_over, week_of
from bot.pulse import actions, ballots, closing
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.calendar import closing_time, reminder_times, too_soon
from bot.pulse.model import (
    CellLevel,
    Ending,
    Instrument,
    Round,
    RoundId,
    RoundKey,
    RoundState,
    Threshold,
)
from bot.pulse.results import waits_for_word
from bot.pulse.rules import form_for, items_for
from bot.schedule import store as schedule
from bot.schedule.claims import AfterCommit, Heavy
from bot.schedule.model import Due, Once
from bot.schedule.rules import past_days_off, zone
from bot.schedule.time_off import calendar_of

OPEN, REMIND = ScheduleKind.PULSE_OPEN, ScheduleKind.PULSE_REMINDER
CLOSE = ScheduleKind.PULSE_CLOSE
WAITED_FOR = (OperatorFacing, SQLAlchemyError, OSError)
"""Failures that pass: a vault or a database that is away. `finish_rounds` raises no others."""


@dataclass(frozen=True, slots=True)
class PulseServices:
    """The services that a round needs besides a connection."""

    database: Database
    vault: Vault
    instruments: Mapping[str, Instrument]


def duties(means: PulseServices) -> dict[str, Heavy]:
    """List the duties of the pulse by the kind that falls due."""
    return {
        OPEN: Heavy(partial(_open_due, means)),
        REMIND: Heavy(partial(_reminder_due, means)),
        CLOSE: Heavy(partial(_close_due, means)),
    }


async def _open_due(
    means: PulseServices, connection: AsyncConnection, due: Due, now: datetime
) -> AfterCommit | None:
    """Open the programme's round, or hold it back until what was done is told."""
    programme = await programmes.programme(
        connection, due.workspace_id, ProgrammeId(due.subject_id)
    )
    if programme is None or programme.state is ProgrammeState.CLOSED:
        await schedule.remove(connection, due.workspace_id, kind=OPEN, subject_id=due.subject_id)
        return None
    if programme.state is ProgrammeState.RUNNING and not is_over(programme, now):
        await open_or_hold(means, connection, programme, now=now)
    return None


async def open_or_hold(
    means: PulseServices, connection: AsyncConnection, programme: Programme, *, now: datetime
) -> Round | None:
    """Open a round, unless one is open or recent; hold it back until what was done about the last
    result is told."""
    workspace_id = programme.workspace_id
    past = await kept.rounds_of(connection, workspace_id, programme.id)
    if any(one.state in (RoundState.OPEN, RoundState.CLOSING) for one in past):
        return None
    told = [one for one in past if one.state is RoundState.RELEASED]
    if too_soon(now, last_closes_at=told[-1].closes_at if told else None):
        return None
    if told and await waits_for_word(connection, told[-1]):
        await actions.hold_back(connection, workspace_id, programme.id, now=now)
        await round_news.tell_coordinators(
            connection, programme, told[-1].id, kind=round_news.HELD, now=now
        )
        return None
    return await _open(means, connection, programme, told, now=now)


async def _open(
    means: PulseServices,
    connection: AsyncConnection,
    programme: Programme,
    told: list[Round],
    *,
    now: datetime,
) -> Round | None:
    template = programme.template
    instrument = means.instruments.get(template.instrument_id)
    if instrument is None:
        raise OperatorFacing(f"there is no instrument {template.instrument_id!r}", permanent=True)
    invited = await mentees_to_ask(connection, programme, now=now)
    if not invited:
        return None
    form = form_for(
        week=week_of(programme, now),
        previous_week=week_of(programme, told[-1].opens_at) if told else None,
        weeks=programme.weeks,
        every_weeks=template.pulse_every_weeks,
    )
    round_ = await pulse.open_round(
        connection,
        means.vault,
        workspace_id=programme.workspace_id,
        programme_id=programme.id,
        instrument=instrument,
        items=items_for(instrument, form=form, number=len(told)),
        eligible=invited,
        opens_at=now,
        closes_at=await _closing(connection, programme, opens_at=now),
        threshold=Threshold(),
        cell_level=CellLevel(template.pulse_cell_level),
        comments=template.pulse_comments,
    )
    await actions.let_go(connection, programme.workspace_id, programme.id)
    await _plan(connection, round_, programme.timezone, now=now)
    await round_news.tell_mentees(
        connection, round_, kind=round_news.INVITATION, now=now, until=round_.closes_at
    )
    log.opened(connection, round_)
    return round_


async def _closing(
    connection: AsyncConnection, programme: Programme, *, opens_at: datetime
) -> datetime:
    """Find when a round closes: days off do not count among the days that it is open."""
    closes_at = closing_time(opens_at, open_days=programme.template.pulse_open_days)
    calendar = await calendar_of(connection, programme.workspace_id)
    return past_days_off(closes_at, zone(programme.timezone), calendar, since=opens_at)


async def follow_days_off(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Let open rounds close later by days off that are new, and none sooner than it said."""
    for programme in await programmes.programmes(connection, workspace_id):
        round_ = await kept.open_round_of(connection, workspace_id, programme.id)
        if round_ is None:
            continue
        closes_at = await _closing(connection, programme, opens_at=round_.opens_at)
        if await kept.postpone(connection, round_.id, closes_at=closes_at, now=now):
            later = replace(round_, closes_at=closes_at)
            await _plan(connection, later, programme.timezone, now=now)
            await outbox.keep_until(
                connection, workspace_id, round_.id, round_news.ASKS, expires_at=closes_at
            )


async def _plan(connection: AsyncConnection, round_: Round, tz: str, *, now: datetime) -> None:
    reminders = [at for at in await _reminders(connection, round_, tz) if at > now]
    for kind, times in ((CLOSE, [round_.closes_at]), (REMIND, reminders[:1])):
        for at in times:
            await _put(connection, round_, kind, at, tz=tz, now=now)


async def _reminders(connection: AsyncConnection, round_: Round, tz: str) -> tuple[datetime, ...]:
    calendar = await calendar_of(connection, round_.workspace_id)
    its = (round_.opens_at, round_.closes_at)
    return reminder_times(*its, tz=tz, is_working=calendar.is_working)


async def _put(
    connection: AsyncConnection, round_: Round, kind: str, at: datetime, *, tz: str, now: datetime
) -> None:
    await schedule.put(
        connection,
        round_.workspace_id,
        kind=kind,
        subject_id=round_.id,
        rule=Once(at),
        tz=tz,
        now=now,
    )


async def _reminder_due(
    _means: PulseServices, connection: AsyncConnection, due: Due, now: datetime
) -> AfterCommit | None:
    """Remind everybody who may answer, in the same words; nobody knows who has."""
    round_ = await kept.round_of(connection, due.workspace_id, RoundId(due.subject_id))
    if round_ is None or round_.state is not RoundState.OPEN or now >= round_.closes_at:
        return None
    times = await _reminders(connection, round_, due.tz)
    number = sum(at <= due.due_at for at in times)
    await round_news.tell_mentees(
        connection,
        round_,
        kind=round_news.REMINDER,
        now=now,
        number=number,
        until=round_.closes_at,
    )
    later = next((at for at in times if at > now), None)
    if later is not None:
        await _put(connection, round_, REMIND, later, tz=due.tz, now=now)
    return None


async def _close_due(
    means: PulseServices, connection: AsyncConnection, due: Due, now: datetime
) -> AfterCommit | None:
    """Shut the box in the claim's transaction; count and publish after it has committed."""
    round_ = await kept.round_of(connection, due.workspace_id, RoundId(due.subject_id))
    if round_ is None or round_.state is not RoundState.OPEN:
        return None
    if now < round_.closes_at:
        await _plan(connection, round_, due.tz, now=now)
        return None
    if await closing.begin_closing(connection, round_, now=now):
        log.closed(connection, round_)
    return partial(finish_rounds, means, now=now)


async def finish_rounds(means: PulseServices, *, now: datetime) -> bool:
    """Finish rounds that are past their close, and destroy the keys of all that have ended.

    Safe at any time and by several replicas at once; call it at every start. What one round
    raises is that round's outcome: it ends without results. Only what passes (a vault or a
    database that is away) leaves a round for the next call, and the first failure is raised, as
    one of WAITED_FOR, after all the others were finished. True if there was news.
    """
    async with means.database.reading() as connection:
        waiting = await kept.ending(connection, now=now)
    failures: list[Exception] = []
    for key in waiting:
        try:
            with one_workspace(key.workspace_id) if is_an_id(key.workspace_id) else nullcontext():
                await _finish_or_void(means, key, now=now)
        except Exception as failure:  # whatever it is, the other rounds are finished
            failures.append(failure)
    shredded = await closing.shred(means.database, means.vault)
    if failures:
        first = failures[0]
        raise first if isinstance(first, WAITED_FOR) else OperatorFacing(type(first).__name__)
    return bool(waiting) or shredded


async def _finish_or_void(means: PulseServices, key: RoundKey, *, now: datetime) -> None:
    """Publish a round's results, or end it without, for a reason that is noted."""
    ending = None
    try:
        await _finish(means, key, now=now)
    except KeyLost:
        ending = Ending.KEYS_LOST
    except closing.Altered:
        ending = Ending.ALTERED
    except (IntegrityError, DataError):
        ending = Ending.FAILED
    except WAITED_FOR:
        raise
    except Exception:  # whatever else this round raises is its outcome
        ending = Ending.FAILED
    if ending is not None:
        await _end_without_results(means, key, ending, now=now)


async def _finish(means: PulseServices, key: RoundKey, *, now: datetime) -> None:
    async with means.database.reading() as connection:
        round_ = await kept.round_of(connection, key.workspace_id, key.id)
    if round_ is None:
        raise closing.Altered
    if now < round_.closes_at:
        return  # it was shut too early, and waits for its time
    if round_.state is RoundState.OPEN:
        async with means.database.writing() as connection:
            if await closing.begin_closing(connection, round_, now=now):
                log.closed(connection, round_)
    async with means.database.reading() as connection:
        readers = await readers_among(connection, round_)
    results = await closing.count(means.database, means.vault, round_, readers=readers)
    async with means.database.writing() as connection:
        if not await closing.publish(connection, round_, results, now=now, readers=readers):
            return
        programme = await _programme_of(connection, round_)
        for part in round_news.sections_of(results):
            await round_news.tell_coordinators(
                connection, programme, f"{round_.id}:{part}", kind=round_news.DIGEST, now=now
            )
        await round_news.tell_mentees(connection, round_, kind=round_news.RESULT, now=now)
        log.released(connection, round_)
    await ballots.destroy_keys(means.vault, round_.id)  # whatever the database says from now on
    await ballots.scrub(means.database)


async def cancel(
    means: PulseServices,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    now: datetime,
    by: MemberId | None = None,
) -> None:
    """End an open round without results and tell all. Raises UserFacing where none is open."""
    async with means.database.reading() as connection:
        round_ = await kept.round_of(connection, workspace_id, round_id)
    if round_ is None or round_.state is not RoundState.OPEN:
        raise UserFacing("That pulse is not open any more, so there is nothing to cancel.")
    await _end_without_results(means, round_, Ending.ENDED, now=now, by=by)
    await closing.shred(means.database, means.vault)


async def start_keys_anew(means: PulseServices, *, now: datetime) -> int:
    """Use this vault from now on, and end the open rounds whose keys it lacks; returns how many."""
    await ballots.start_anew(means.database, means.vault)
    there = await means.vault.names()
    async with means.database.reading() as connection:
        lost = [one for one in await kept.under_way(connection) if one.id not in there]
    for round_ in lost:
        with one_workspace(round_.workspace_id):
            await _end_without_results(means, round_, Ending.KEYS_LOST, now=now)
    return len(lost)


async def end_in(
    connection: AsyncConnection,
    round_: RoundKey,
    ending: Ending = Ending.ENDED,
    *,
    now: datetime,
) -> bool:
    """End a round without results in a transaction under way, and tell nobody yet.

    True if it was not over. Its keys are destroyed by the next `finish_rounds`.
    """
    if not await closing.make_void(connection, round_, ending):
        return False
    log.ended(connection, round_, ending)
    for kind in (REMIND, CLOSE):
        await schedule.remove(connection, round_.workspace_id, kind=kind, subject_id=round_.id)
    for asked in round_news.ASKS:
        await outbox.withdraw(
            connection, round_.workspace_id, subject_id=round_.id, kind=asked, now=now
        )
    return True


async def _end_without_results(
    means: PulseServices,
    round_: RoundKey,
    ending: Ending,
    *,
    now: datetime,
    by: MemberId | None = None,
) -> None:
    try:
        async with means.database.writing() as connection:
            if await end_in(connection, round_, ending, now=now):
                if by is not None:
                    act, its = Act.PULSE_CANCELLED, (round_.workspace_id, round_.programme_id)
                    await audit.record(connection, its[0], act, by=by, now=now, programme_id=its[1])
                await round_news.tell_of_the_end(connection, round_, now=now)
    except Exception:  # it ends even if nobody can be told
        async with means.database.writing() as connection:
            if await closing.make_void(connection, round_, ending):
                log.ended(connection, round_, ending)
        raise


async def _programme_of(connection: AsyncConnection, round_: RoundKey) -> Programme:
    programme = await programmes.programme(connection, round_.workspace_id, round_.programme_id)
    if programme is None:
        raise closing.Altered
    return programme
