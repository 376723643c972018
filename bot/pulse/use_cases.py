"""Open, answer, close, publish or void a round. Nothing here logs.

`bot/flows/pulse_rounds.py` composes these with schedules and messages. What takes a
connection runs in the caller's transaction.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.keys.vault import KeyLost, SealedBoxKeys, Vault
from bot.pulse import ballots, rules, sealing, store
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
    SealedPaper,
    Threshold,
)
from bot.pulse.rules import MOST_CHARS, acceptable, as_it_will_appear, is_acceptable, pooled

NOT_FOR_YOU = (
    "This pulse is not open to you. It may have ended, or it belongs to another group. "
    "Your Home tab shows what is open."
)
UNREADABLE = "That answer could not be read. Please open the pulse again from your Home tab."
TOO_LONG = f"A comment has room for {MOST_CHARS} characters. Please shorten yours."


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
    await ballots.move_in(connection, vault)
    await vault.keep(round_.id, box.keys)
    await store.put_round(connection, round_, eligible)
    return round_


Sealing = Callable[[Round, bytes], bytes]
"""From the round and the ballot's tag to the sealed ballot."""


async def round_to_answer(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    now: datetime,
) -> Round:
    """Find the round, if this person may answer it now.

    Raises UserFacing, in the same words, when the round is unknown, over, another workspace's or
    not for this person.
    """
    found = await store.round_for(connection, workspace_id, round_id, member_id=member_id)
    return _open_one(found, now)


def _open_one(found: Round | None, now: datetime) -> Round:
    """Refuse a round that is not open to this person. Raises UserFacing."""
    if found is None or found.state is not RoundState.OPEN or now >= found.closes_at:
        raise UserFacing(NOT_FOR_YOU)
    return found


async def cast(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    answers: Mapping[str, object],
    now: datetime,
) -> Round:
    """Seal the answers and lay them into the box, over this person's earlier ballot.

    Writes one row of `pulse_ballot` and nothing else. Raises UserFacing as `round_to_answer` does,
    and for answers off the scale or off the form; KeyLost when the box can never be opened.
    """

    def seal(round_: Round, tag: bytes) -> bytes:
        return sealing.seal(round_, tag, _accepted(round_, answers))

    return await _lay(
        database, vault, workspace_id, round_id, member_id=member_id, seal=seal, now=now
    )


async def cast_sealed(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    sealed: bytes,
    now: datetime,
) -> Round:
    """Cast a ballot that `sealed_for` made for this person, as they have seen it."""

    def as_it_is(round_: Round, _tag: bytes) -> bytes:
        if len(sealed) != sealing.sealed_bytes(round_):
            raise UserFacing(UNREADABLE)
        return sealed

    return await _lay(
        database, vault, workspace_id, round_id, member_id=member_id, seal=as_it_is, now=now
    )


async def sealed_for(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    answers: Mapping[str, object],
    comment: str,
    now: datetime,
) -> SealedPaper:
    """Seal what this person would put into the box, to be looked at. Nothing is written.

    Raises what `cast` raises, and UserFacing for a comment that is too long or not asked for.
    """
    async with database.reading() as connection:
        round_ = await round_to_answer(
            connection, workspace_id, round_id, member_id=member_id, now=now
        )
        keys = await ballots.keys_of(connection, vault, round_id)
    paper = _accepted(round_, answers, comment)
    tag = sealing.tag_of(keys, workspace_id, member_id)
    return SealedPaper(round_, paper, sealing.seal(round_, tag, paper))


def _accepted(round_: Round, answers: Mapping[str, object], comment: str = "") -> Paper:
    """Read a paper, its comment as it will appear. Raises UserFacing for anything not asked."""
    read, told = acceptable(answers, round_.items), as_it_will_appear(comment)
    if read is None or (told and not round_.comments):
        raise UserFacing(UNREADABLE)
    if not is_acceptable(told):
        raise UserFacing(TOO_LONG)
    return Paper(read, told)


async def _lay(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    seal: Sealing,
    now: datetime,
) -> Round:
    keys = await _keys_if_any(vault, round_id)  # outside, since a vault may be slow to answer
    if keys is None:
        async with database.reading() as connection:
            await round_to_answer(connection, workspace_id, round_id, member_id=member_id, now=now)
            keys = await ballots.keys_of(connection, vault, round_id)
    async with ballots.keep_open(database, round_id) as box:
        found = await box.round_for(workspace_id, member_id)
        round_ = _open_one(found, now)
        tag = sealing.tag_of(keys, workspace_id, member_id)
        await box.put(tag=tag, sealed=seal(round_, tag))
    return round_


async def _keys_if_any(vault: Vault, round_id: RoundId) -> SealedBoxKeys | None:
    """Find the keys; None where there are none, or the id from outside is none at all."""
    try:
        return await vault.recall(round_id)
    except (KeyLost, ValueError):
        return None


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

    Who was eligible stays: releases depend on it. True if they were asked in an open round.
    """
    asked = await store.open_for(connection, workspace_id, member_id)
    for round_ in asked:
        try:
            keys = await ballots.keys_of(connection, vault, round_.id)
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
        keys = await ballots.keys_of(connection, vault, round_.id)
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
        fates = await store.fates_in(connection, [past], None)
        told = [
            fate
            for fate in fates.get(past.id, ())
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
        connection, round_.id, from_states=[RoundState.OPEN, RoundState.CLOSING], to=RoundState.VOID
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
