"""Open, close, publish or void a round. Ballots are cast in casting.py. Nothing logs.

`bot/flows/pulse_rounds.py` composes these with schedules and messages. What takes a
connection runs in the caller's transaction.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.keys.vault import KeyLost, SealedBoxKeys, Vault
from bot.pulse import ballots, rules, sealing, store
from bot.pulse.keys import keys_of, move_in
from bot.pulse.model import (
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Instrument,
    Paper,
    Results,
    Round,
    RoundId,
    RoundState,
    Threshold,
)
from bot.pulse.rules import pooled


async def open_round(
    connection: AsyncConnection,
    vault: Vault,
    *,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    instrument: Instrument,
    items: tuple[str, ...],
    eligible: Iterable[Eligible],
    opens_at: datetime,
    closes_at: datetime,
    threshold: Threshold,
    cell_level: CellLevel,
    comments: bool = False,
) -> Round:
    """Open a round with a fresh box. The keys are safe before the round is written.

    Raises KeysAway when the vault is not the one that earlier keys were put in. If the
    transaction fails afterwards, keys of no round are left, which open nothing.
    """
    box = sealing.new_box()
    round_ = Round(
        id=RoundId(new_id("round")),
        workspace_id=workspace_id,
        programme_id=programme_id,
        state=RoundState.OPEN,
        opens_at=opens_at,
        closes_at=closes_at,
        instrument=instrument,
        items=items,
        threshold=threshold,
        cell_level=cell_level,
        box_public_key=box.public_key,
        comments=comments,
    )
    await move_in(connection, vault)
    await vault.keep(round_.id, box.keys)
    await store.put_round(connection, round_, eligible)
    return round_


async def take_back(
    database: Database, vault: Vault, workspace_id: WorkspaceId, *, member_id: MemberId
) -> None:
    """Withdraw in a transaction of its own, and clear what the ballots left behind."""
    async with database.writing() as connection:
        asked = await withdraw(connection, vault, workspace_id, member_id=member_id)
    if asked:
        await ballots.scrub(database)


async def forget(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> None:
    """Put a random name in place of this person's on every list of who was asked.

    It is the same on all of them: so the number of people who came or went between two rounds
    stays right, and no release can be compared with one that should have been withheld.
    """
    await store.rename(connection, workspace_id, member_id=member_id, to=MemberId(new_id("erased")))


async def withdraw(
    connection: AsyncConnection, vault: Vault, workspace_id: WorkspaceId, *, member_id: MemberId
) -> bool:
    """Destroy this person's ballots in all open rounds, whether or not there are any.

    Who was eligible stays: releases rest on it. True if they were asked in an open round.
    """
    asked = await store.open_for(connection, workspace_id, member_id)
    for round_ in asked:
        try:
            keys = await keys_of(connection, vault, round_.id)
        except KeyLost:
            continue  # the ballot can be read by nobody, and the round will be void
        tag = sealing.tag_of(keys, workspace_id, member_id)
        await ballots.remove(connection, round_.id, tag=tag)
    return bool(asked)


async def begin_closing(connection: AsyncConnection, round_: Round, *, now: datetime) -> bool:
    """Shut the box for good. False while the round must stay open, or when it is shut already.

    Waits for ballots that are being cast, so each is wholly in or wholly out.
    """
    if now < round_.closes_at:
        return False
    await ballots.hold_shut(connection, round_.id)
    return await store.move(
        connection, round_.id, from_states=[RoundState.OPEN], to=RoundState.CLOSING
    )


async def count(database: Database, vault: Vault, round_: Round) -> Results:
    """Count what a shut round will publish. Opened ballots never leave this function.

    The same box gives the same results, so a close that was interrupted can be taken up again.
    Raises KeyLost when the box can never be opened, KeysAway when only the vault is not here.
    """
    async with database.reading() as connection:
        keys = await keys_of(connection, vault, round_.id)
        eligible = await store.eligible_for(connection, round_.id)
        sealed = await ballots.box(connection, round_.id)
        before = await _before(connection, round_)
    papers = await asyncio.to_thread(_opened, round_, eligible, sealed=sealed, keys=keys)
    found = rules.results(
        instrument=round_.instrument,
        asked=round_.items,
        eligible=eligible,
        ballots={member: paper.answers for member, paper in papers.items()},
        before=before,
        threshold=round_.threshold,
        level=round_.cell_level,
    )
    return replace(found, comments=pooled(eligible, papers, round_.threshold))


def _opened(
    round_: Round,
    eligible: Iterable[Eligible],
    *,
    sealed: Mapping[bytes, bytes],
    keys: SealedBoxKeys,
) -> dict[MemberId, Paper]:
    """Open the ballots of those who may vote; a paper under any other tag stays sealed."""
    found: dict[MemberId, Paper] = {}
    for person in eligible:
        tag = sealing.tag_of(keys, round_.workspace_id, person.member_id)
        if tag in sealed:
            paper = sealing.unseal(round_, tag, sealed[tag], keys.private_key)
            if paper is not None:
                found[person.member_id] = paper
    return found


async def _before(connection: AsyncConnection, round_: Round) -> dict[CellId, rules.People]:
    """Find who was eligible in each cell when it was last released or withheld."""
    earlier = await store.rounds_of(connection, round_.workspace_id, round_.programme_id)
    found: dict[CellId, rules.People] = {}
    for past in reversed(earlier):
        if past.state is not RoundState.RELEASED or past.id == round_.id:
            continue
        told = [
            fate
            for fate in await store.fates_of(connection, past.id)
            if fate.fate in (Fate.RELEASED, Fate.CHANGED) and fate.cell_id not in found
        ]
        people = await store.eligible_for(connection, past.id) if told else []
        found |= {fate.cell_id: rules.people_of(fate, people) for fate in told}
    return found


async def publish(
    connection: AsyncConnection, round_: Round, results: Results, *, now: datetime
) -> bool:
    """Write the releases, empty the box and mark the round released. False if that was done."""
    if not await store.move(
        connection, round_.id, from_states=[RoundState.CLOSING], to=RoundState.RELEASED
    ):
        return False
    await store.put_results(connection, round_.id, results, released_on=now.date())
    await ballots.empty(connection, round_.id)
    return True


async def make_void(connection: AsyncConnection, round_: Round) -> bool:
    """End a round without results and empty its box. False if it had ended already."""
    await ballots.hold_shut(connection, round_.id)
    if not await store.move(
        connection,
        round_.id,
        from_states=[RoundState.OPEN, RoundState.CLOSING],
        to=RoundState.VOID,
    ):
        return False
    await ballots.empty(connection, round_.id)
    return True


async def shred(database: Database, vault: Vault) -> bool:
    """Destroy the keys of every round that has ended, and clear what their ballots left behind.

    Run after each close and at each start, so that a crash in between leaves no key alive. True
    if there were any.
    """
    kept = await vault.names()
    if not kept:
        return False
    async with database.reading() as connection:
        over = await store.ended(connection, kept)
    for round_id in over:
        await vault.destroy(round_id)
    if over:
        await ballots.scrub(database)
    return bool(over)
