"""Cast a ballot. Nothing here logs, and one row is all that is written."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.vault import KeyLost, SealedBoxKeys, Vault
from bot.pulse import sealing, store
from bot.pulse.ballots import keep_open
from bot.pulse.keys import keys_of
from bot.pulse.model import Paper, Round, RoundId, RoundState, SealedPaper
from bot.pulse.rules import MOST_CHARS, acceptable, as_it_will_appear, is_acceptable

NOT_FOR_YOU = (
    "This pulse is not open to you. It may have ended, or it belongs to another group. "
    "Your Home tab shows what is open."
)
UNREADABLE = "That answer could not be read. Please open the pulse again from your Home tab."
TOO_LONG = f"A comment has room for {MOST_CHARS} characters. Please shorten yours."

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
    return open_one(found, now)


def open_one(found: Round | None, now: datetime) -> Round:
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
        return sealing.seal(round_, tag, accepted(round_, answers))

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
        keys = await keys_of(connection, vault, round_id)
    paper = accepted(round_, answers, comment)
    tag = sealing.tag_of(keys, workspace_id, member_id)
    return SealedPaper(round_, paper, sealing.seal(round_, tag, paper))


def accepted(round_: Round, answers: Mapping[str, object], comment: str = "") -> Paper:
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
            keys = await keys_of(connection, vault, round_id)
    async with keep_open(database, round_id) as box:
        found = await box.round_for(workspace_id, member_id)
        round_ = open_one(found, now)
        tag = sealing.tag_of(keys, workspace_id, member_id)
        await box.put(tag=tag, sealed=seal(round_, tag))
    return round_


async def _keys_if_any(vault: Vault, round_id: RoundId) -> SealedBoxKeys | None:
    """Find the keys; None where there are none, or the id from outside is none at all."""
    try:
        return await vault.recall(round_id)
    except (KeyLost, ValueError):
        return None
