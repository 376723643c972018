"""Close a round: shut its box, count, publish or void, and destroy the keys. Nothing here logs.

What takes a connection runs in the caller's transaction.
"""

import asyncio
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import SealedBoxKeys, Vault
from bot.pulse import ballots, closing_store, rules, sealing, store
from bot.pulse.model import (
    CellFate,
    CellId,
    Eligible,
    Ending,
    Fate,
    Paper,
    Pseudonym,
    Results,
    Round,
    RoundKey,
    RoundState,
    Stratum,
)

ROUND, ERASED = "round", "erased"
"""How the ids of rounds, and of people who were erased, begin."""


class Altered(OperatorFacing):
    """A round's rows are not those that Cairn wrote: it can have no result."""

    def __init__(self) -> None:
        super().__init__("a pulse round's rows are not those that were written", permanent=True)


async def begin_closing(connection: AsyncConnection, round_: Round, *, now: datetime) -> bool:
    """Shut the box for good. False while the round must stay open, or when it is shut already.

    Waits for ballots that are being cast, so each is wholly in or wholly out.
    """
    if now < round_.closes_at:
        return False
    await ballots.hold_shut(connection, round_.id)
    return await store.move(
        connection, round_.id, from_state=RoundState.OPEN, to=RoundState.CLOSING
    )


async def count(
    database: Database, vault: Vault, round_: Round, *, readers: Collection[MemberId] = ()
) -> Results:
    """Count what a shut round will publish. Opened ballots never leave this function.

    `readers` of the digest are not counted. The same box and readers give the same results, so a
    close that was interrupted can be taken up again. Raises KeyLost when the box can never be
    opened, KeysAway when only the vault is not here, Altered when the rows are not Cairn's.
    """
    async with database.reading() as connection:
        keys = await ballots.keys_of(connection, vault, round_.id)
        eligible = await store.eligible_for(connection, round_.id)
        of_bytes = sealing.sealed_bytes(round_, keys)
        sealed = await ballots.box(connection, round_.id, of_bytes=of_bytes)
        if keys.authenticates:
            code = await closing_store.code_of(connection, round_.id)
            past = await closing_store.before_in(connection, round_.id)
            _refuse_altered(round_, eligible, past, keys=keys, code=code)
        else:
            before = await told_before(connection, round_)
            past = {cell: frozenset(map(Pseudonym, those)) for cell, those in before.items()}
    papers = await asyncio.to_thread(_opened, round_, eligible, sealed=sealed, keys=keys)
    people = [_as_counted(one, readers) for one in eligible]
    found = rules.results(
        instrument=round_.instrument,
        asked=round_.items,
        eligible=people,
        ballots={member: paper.answers for member, paper in papers.items()},
        before={cell: frozenset(map(MemberId, those)) for cell, those in past.items()},
        threshold=round_.threshold,
        level=round_.cell_level,
    )
    comments = rules.pooled(people, papers, round_.threshold, round_.cell_level)
    results = replace(found, comments=comments)
    if not await ballots.pin(vault, round_.id, sealing.digest_of(results)):
        raise Altered
    return results


def _as_counted(person: Eligible, readers: Collection[MemberId]) -> Eligible:
    """Name a person as the terms do; who reads the digest by now is of another stratum."""
    stratum = Stratum.OTHER if person.member_id in readers else person.stratum
    return replace(person, member_id=_counted_as(person), stratum=stratum)


def _counted_as(person: Eligible) -> MemberId:
    return MemberId(person.pseudonym or person.member_id)


def _refuse_altered(
    round_: Round,
    eligible: Sequence[Eligible],
    before: Mapping[CellId, Collection[Pseudonym]],
    *,
    keys: SealedBoxKeys,
    code: bytes | None,
) -> None:
    """Raise Altered unless the terms are those of the opening, and each name belongs to its row.

    Only the name of an erased person may be another one.
    """
    expected = sealing.code_of_round(keys, round_, eligible, before)
    known_as = sealing.pseudonyms_of(keys, [one.member_id for one in eligible])
    renamed = [one for one in eligible if one.pseudonym != known_as[one.member_id]]
    if (
        not hmac.compare_digest(code or b"", expected)
        or round_.closes_not_before is None
        or round_.closes_at < round_.closes_not_before
        or not all(one.member_id.startswith(ERASED) for one in renamed)
    ):
        raise Altered


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
            paper = sealing.unseal(round_, tag, sealed[tag], keys)
            if paper is not None:
                found[_counted_as(person)] = paper
    return found


async def told_before(connection: AsyncConnection, round_: Round) -> dict[CellId, rules.People]:
    """Find who was eligible in each cell when it was last released or withheld.

    Where that cannot be read of a round, each of its groups counts as told of.
    """
    earlier = await store.rounds_of(connection, round_.workspace_id, round_.programme_id)
    found: dict[CellId, rules.People] = {}
    for past in reversed(earlier):
        if past.state is not RoundState.RELEASED or past.id == round_.id:
            continue
        people = await store.eligible_for(connection, past.id)
        try:
            fates = (await store.fates_in(connection, [past], None)).get(past.id, ())
        except store.UNREADABLE:
            fates = tuple(CellFate(one, Fate.RELEASED) for one in {p.cell_id for p in people})
        told = [
            fate
            for fate in fates
            if fate.fate in (Fate.RELEASED, Fate.CHANGED) and fate.cell_id not in found
        ]
        found |= {fate.cell_id: rules.people_of(fate, people) for fate in told}
    return found


async def publish(
    connection: AsyncConnection,
    round_: Round,
    results: Results,
    *,
    now: datetime,
    readers: Collection[MemberId] = (),
) -> bool:
    """Write the releases, empty the box and mark the round released. False if that was done."""
    if not await store.move(
        connection, round_.id, from_state=RoundState.CLOSING, to=RoundState.RELEASED
    ):
        return False
    await closing_store.set_aside(connection, round_.id, readers)
    await store.put_results(connection, round_.id, results, released_on=now.date())
    await ballots.empty(connection, round_.id)
    return True


async def make_void(
    connection: AsyncConnection, round_: RoundKey, ending: Ending = Ending.ENDED
) -> bool:
    """End a round without results and empty its box. False if it had ended already."""
    await ballots.hold_shut(connection, round_.id)
    if not await store.make_void(connection, round_.id, ending):
        return False
    await ballots.empty(connection, round_.id)
    return True


async def shred(database: Database, vault: Vault) -> bool:
    """Destroy the keys of every round that has ended, and clear what their ballots left behind.

    Run after each close and at each start, so that a crash in between leaves no key alive. True
    if there were any.
    """
    kept = {one.removesuffix(ballots.PIN) for one in await vault.names()}
    rounds = [one for one in kept if one.startswith(f"{ROUND}_")]  # other keys are not ours to end
    if not rounds:
        return False
    async with database.reading() as connection:
        over = await store.ended(connection, rounds)
    for round_id in over:
        await ballots.destroy_keys(vault, round_id)
    if over:
        await ballots.scrub(database)
    return bool(over)
