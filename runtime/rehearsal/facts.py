"""Read a rehearsal's messages, pulses and seats from its database."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.claims import ClaimLimits
from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.groups.messages import GROUP
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import ProposalVersion
from bot.people import store as people
from bot.people.model import MENTORING, Member, Role
from bot.people.roster import USUAL_CAPACITY, RosterReading
from bot.programme import store as programmes
from bot.programme.model import Programme, first_monday, monday_of_week, week_of
from bot.pulse import store as kept
from bot.pulse.model import SMALL_GROUPS, WHOLE_PROGRAMME, CellFate, CellId, Eligible, Fate, Round
from bot.pulse.rules import People, people_of, results
from bot.rehearsal.model import (
    CHANNEL,
    REPORTED,
    TOO_SMALL,
    Cell,
    Load,
    PulseRound,
    Rates,
    Reader,
    Rehearsal,
    Sent,
    WithoutMentor,
)
from bot.schedule.rules import is_quiet
from bot.schedule.time_off import calendar_of
from handlers.register import CAPABILITIES

FATES = {
    Fate.RELEASED: REPORTED,
    Fate.POOLED: TOO_SMALL[0],
    Fate.TOO_FEW: TOO_SMALL[1],
    Fate.CHANGED: "withheld, because a few people came or went",
}
LOST = (OutboxState.FAILED, OutboxState.EXPIRED, OutboxState.UNKNOWN)


DRAWS = 200
"""How often it is drawn who answers a pulse."""


async def gathered(
    database: Database,
    programme: Programme,
    approved: ProposalVersion,
    *,
    rates: Rates,
    seed: int,
) -> Rehearsal:
    """Gather all that is worth telling about a programme that was played to its end."""
    async with database.reading() as connection:
        everybody = await people.members(connection, programme.workspace_id)
        recipients = await _recipients(connection, programme, everybody)
        sent, lost = await _sent(connection, programme, recipients)
        return Rehearsal(
            template=programme.template.name,
            first_monday=first_monday(programme),
            weeks=programme.weeks,
            weekly_messages=ClaimLimits().weekly_messages,
            recipients=tuple(recipients.values()),
            sent=sent,
            rounds=await _rounds(connection, programme, rates=rates, seed=seed),
            loads=await _loads(connection, programme, everybody),
            unseated=_unseated(approved, everybody),
            unset=(),
            rates=rates,
            seed=seed,
            lost=lost,
            moved={week: monday_of_week(programme, week) for week in range(1, programme.weeks + 9)},
            calendar=await calendar_of(connection, programme.workspace_id),
        )


async def _recipients(
    connection: AsyncConnection, programme: Programme, everybody: Iterable[Member]
) -> Mapping[str, Reader]:
    groups = await programmes.groups(connection, programme.workspace_id, programme.id)
    found = [
        Reader(one.slack_user_id, one.name, min(one.roles, key=list(Role).index), one.timezone)
        for one in everybody
        if one.roles  # the people who hear of concerns have none
    ]
    found += [Reader(f"{GROUP}{one.id}", one.name, CHANNEL, programme.timezone) for one in groups]
    return {one.id: one for one in found}


async def _sent(
    connection: AsyncConnection, programme: Programme, recipients: Mapping[str, Reader]
) -> tuple[tuple[Sent, ...], Mapping[str, int]]:
    rows = (
        await connection.execute(
            sa.select(outbox)
            .where(outbox.c.workspace_id == programme.workspace_id)
            .order_by(outbox.c.claimed_at, outbox.c.recipient, outbox.c.kind)
        )
    ).all()
    sent = [
        _message(row, programme, recipients[row.recipient])
        for row in rows
        if row.state == OutboxState.SENT
    ]
    lost = Counter(str(row.state) for row in rows if row.state in LOST)
    return tuple(sent), dict(lost)


def _message(row: sa.Row[tuple[object, ...]], programme: Programme, recipient: Reader) -> Sent:
    local = row.claimed_at.astimezone(ZoneInfo(recipient.timezone))
    return Sent(
        recipient=recipient,
        message=row.kind.replace("_", " "),
        week=week_of(programme, row.claimed_at),
        at=row.claimed_at,
        counts=recipient.kind != CHANNEL and CAPABILITIES.policies[row.kind].counts,
        folded=row.rides_on is not None,
        held=row.claimed_at - row.not_before,
        outside_hours=recipient.kind != CHANNEL and is_quiet(local, programme.usual_hours),
    )


async def _rounds(
    connection: AsyncConnection, programme: Programme, *, rates: Rates, seed: int
) -> tuple[PulseRound, ...]:
    groups = await programmes.groups(connection, programme.workspace_id, programme.id)
    names = {CellId(one.id): one.name for one in groups}
    before: dict[CellId, People] = {}
    found = []
    for round_ in await kept.rounds_of(connection, programme.workspace_id, programme.id):
        eligible = await kept.eligible_for(connection, round_.id)
        fates = _fates(round_, eligible, before)
        alone = _alone(round_, eligible, before, rate=rates.pulse, seed=seed)
        before |= {
            one.cell_id: people_of(one, eligible)
            for one in fates
            if one.fate in (Fate.RELEASED, Fate.CHANGED)
        }
        found.append(
            PulseRound(
                week=week_of(programme, round_.opens_at),
                opens_at=round_.opens_at,
                closes_at=round_.closes_at,
                eligible=len(eligible),
                cells=tuple(
                    replace(_cell(one, eligible, names), alone_per_cent=alone.get(one.cell_id, 0))
                    for one in fates
                ),
            )
        )
    return tuple(found)


def _alone(
    round_: Round,
    eligible: Iterable[Eligible],
    before: Mapping[CellId, People],
    *,
    rate: int,
    seed: int,
) -> dict[CellId, int]:
    """Draw who answers, many times, and count in per cent how often a cell has its own result."""
    asked = sorted(eligible, key=lambda one: one.member_id)
    rng = random.Random(f"{seed}:{round_.opens_at}")  # noqa: S311 - nothing is secret
    counts = Counter[CellId]()
    for _ in range(DRAWS):
        answering = [one.member_id for one in asked if rng.random() * 100 < rate]
        fates = _fates(round_, asked, before, answering=answering)
        counts.update(one.cell_id for one in fates if one.fate is Fate.RELEASED)
    return {cell: round(100 * count / DRAWS) for cell, count in counts.items()}


def _fates(
    round_: Round,
    eligible: Iterable[Eligible],
    before: Mapping[CellId, People],
    *,
    answering: Iterable[MemberId] | None = None,
) -> tuple[CellFate, ...]:
    """Apply the rules of release to the round as if these people answered, or everybody."""
    asked = list(eligible)
    who = [one.member_id for one in asked] if answering is None else answering
    ballots: dict[MemberId, dict[str, int]] = {one: {} for one in who}
    return results(
        instrument=round_.instrument,
        asked=(),
        eligible=asked,
        ballots=ballots,
        before=before,
        threshold=round_.threshold,
        level=round_.cell_level,
    ).fates


def _cell(fate: CellFate, eligible: Iterable[Eligible], names: Mapping[CellId, str]) -> Cell:
    names = {**names, SMALL_GROUPS: "small groups together", WHOLE_PROGRAMME: "everybody"}
    return Cell(
        cell=names.get(fate.cell_id, fate.cell_id),
        eligible=len(people_of(fate, eligible)),
        if_all_answer=FATES[fate.fate],
    )


async def _loads(
    connection: AsyncConnection, programme: Programme, everybody: Iterable[Member]
) -> tuple[Load, ...]:
    seats = await programmes.seats(connection, programme.workspace_id, programme.id)
    mentees: dict[GroupId, int] = Counter(s.group_id for s in seats if s.role is Role.MENTEE)
    load: dict[MemberId, int] = defaultdict(int)
    for seat in seats:
        if seat.role is not Role.MENTEE:
            load[seat.member_id] += mentees[seat.group_id]
    return tuple(Load(one.name, load[one.id], one.capacity) for one in everybody if one.is_mentor)


def _unseated(approved: ProposalVersion, everybody: Iterable[Member]) -> tuple[WithoutMentor, ...]:
    names = {str(one.id): one.name for one in everybody}
    return tuple(
        WithoutMentor(names.get(one.mentee, one.mentee), one.reason, one.smallest_change)
        for one in approved.proposal.unseated
    )


def unset_in(reading: RosterReading) -> Iterable[str]:
    """Say each thing that nobody has decided yet, and its default."""
    rows = reading.rows
    yield "The crisis contact and the contact for concerns: the programme cannot start without."
    yield "The coordinators' channel: without it, digests go to each coordinator."
    if not any(Role.COORDINATOR in row.roles for row in rows):
        yield "A coordinator: the roster names none, so one was made up."
    mentees = [row for row in rows if Role.MENTEE in row.roles]
    mentors = [row for row in rows if row.roles & MENTORING]
    zones, stages, capacities = (
        sum(row.timezone is None for row in rows),
        sum(row.stage is None for row in mentees),
        sum(row.capacity is None for row in mentors),
    )
    for count, of, what in (
        (zones, rows, "time zone: the coordinator's is taken"),
        (stages, mentees, "stage: the first is taken"),
        (capacities, mentors, f"capacity: {USUAL_CAPACITY} is taken"),
    ):
        if count:
            yield f"{count} of {len(of)} have no {what}."
