"""Open a round, answer it and withdraw from it. Nothing here logs.

`bot/flows/pulse_rounds.py` composes these with schedules and messages. What takes a
connection runs in the caller's transaction.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import as_utc
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId, new_id
from bot.keys.vault import KeyLost, SealedBoxKeys, Vault
from bot.pulse import ballots, sealing, store
from bot.pulse.closing import ERASED, ROUND, told_before
from bot.pulse.comment_text import MOST_CHARS, as_it_will_appear, is_acceptable
from bot.pulse.model import (
    CellLevel,
    Eligible,
    Instrument,
    Paper,
    Round,
    RoundId,
    RoundState,
    SealedPaper,
    Threshold,
)
from bot.pulse.rules import acceptable

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
    keys = sealing.new_keys()
    closes_at = as_utc(closes_at)
    round_ = Round(
        id=RoundId(new_id(ROUND)),
        workspace_id=workspace_id,
        programme_id=programme_id,
        state=RoundState.OPEN,
        opens_at=as_utc(opens_at),
        closes_at=closes_at,
        closes_not_before=closes_at,
        instrument=instrument,
        items=items,
        threshold=threshold,
        cell_level=cell_level,
        comments=comments,
    )
    asked = list(eligible)
    before = await told_before(connection, round_)
    everybody = frozenset[MemberId]().union(*before.values(), (one.member_id for one in asked))
    known_as = sealing.pseudonyms_of(keys, everybody)
    asked = [
        replace(
            one,
            pseudonym=known_as[one.member_id],
            account=sealing.code_of_account(keys, one.member_id, one.account),
        )
        for one in asked
    ]
    past = {cell: frozenset(known_as[one] for one in people) for cell, people in before.items()}
    code = sealing.code_of_round(keys, round_, asked, past)
    await ballots.move_in(connection, vault)
    await vault.keep(round_.id, keys)
    await store.put_round(connection, round_, asked, before=past, terms_code=code)
    return round_


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
    account: SlackUserId,
    answers: Mapping[str, object],
    now: datetime,
) -> Round:
    """Seal the answers and lay them into the box, over this person's earlier ballot.

    Writes one row of `pulse_ballot` and nothing else. Raises UserFacing as `round_to_answer` does,
    for another account than this person had when the round opened, and for answers off the scale
    or off the form; KeyLost when the box can never be opened.
    """
    round_, keys = await _round_and_keys(
        database, vault, workspace_id, round_id, member_id=member_id, account=account, now=now
    )
    paper, tag = _accepted(round_, answers), sealing.tag_of(keys, workspace_id, member_id)
    sealed = sealing.seal(round_, tag, paper, keys)
    return await _lay(database, round_, tag=tag, sealed=sealed, now=now)


async def cast_sealed(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    account: SlackUserId,
    sealed: bytes,
    now: datetime,
) -> Round:
    """Cast a ballot that `sealed_for` made for this person, as they have seen it."""
    round_, keys = await _round_and_keys(
        database, vault, workspace_id, round_id, member_id=member_id, account=account, now=now
    )
    tag = sealing.tag_of(keys, workspace_id, member_id)
    if not sealing.is_ours(round_, tag, sealed, keys):
        raise UserFacing(UNREADABLE)
    return await _lay(database, round_, tag=tag, sealed=sealed, now=now)


async def sealed_for(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    account: SlackUserId,
    answers: Mapping[str, object],
    comment: str,
    now: datetime,
) -> SealedPaper:
    """Seal what this person would put into the box, to be looked at. Nothing is written.

    Raises what `cast` raises, and UserFacing for a comment that is too long or not asked for.
    """
    round_, keys = await _round_and_keys(
        database, vault, workspace_id, round_id, member_id=member_id, account=account, now=now
    )
    paper = _accepted(round_, answers, comment)
    tag = sealing.tag_of(keys, workspace_id, member_id)
    return SealedPaper(round_, paper, sealing.seal(round_, tag, paper, keys))


def _accepted(round_: Round, answers: Mapping[str, object], comment: str = "") -> Paper:
    """Read a paper, its comment as it will appear. Raises UserFacing for anything not asked."""
    read, told = acceptable(answers, round_.items), as_it_will_appear(comment)
    if read is None or (told and not round_.comments):
        raise UserFacing(UNREADABLE)
    if not is_acceptable(told):
        raise UserFacing(TOO_LONG)
    return Paper(read, told)


async def _round_and_keys(
    database: Database,
    vault: Vault,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
    account: SlackUserId,
    now: datetime,
) -> tuple[Round, SealedBoxKeys]:
    """Find the round and its keys for this person in their own Slack account.

    Which account that is was fixed when the round opened: a writer of the database could put
    another one on a member's row.
    """
    keys = await _keys_if_any(vault, round_id)  # outside, since a vault may be slow to answer
    async with database.reading() as connection:
        round_ = _open_one(await store.round_of(connection, workspace_id, round_id), now)
        codes = await store.account_codes_of(connection, round_id)
        if member_id not in codes:
            raise UserFacing(NOT_FOR_YOU)
        if keys is None:
            keys = await ballots.keys_of(connection, vault, round_id)
    expected = sealing.code_of_account(keys, member_id, account)
    if not hmac.compare_digest(codes[member_id], expected):
        raise UserFacing(NOT_FOR_YOU)
    return round_, keys


async def _lay(
    database: Database, round_: Round, *, tag: bytes, sealed: bytes, now: datetime
) -> Round:
    """Lay a sealed ballot into the box, unless the round has been shut meanwhile."""
    async with ballots.keep_open(database, round_.id) as box:
        found = _open_one(await box.round_in(round_.workspace_id), now)
        await box.put(tag=tag, sealed=sealed)
    return found


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
    await store.rename(connection, workspace_id, member_id=member_id, to=MemberId(new_id(ERASED)))


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
