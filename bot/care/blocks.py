"""Block somebody: never in one group again, and parted where two sit together now.

Who blocked whom is read by the one who did, and by nobody else.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care.model import Block
from bot.care.use_cases import LOOKED_AT_AGAIN, look_again
from bot.groups import store as seated
from bot.groups.joining import told_later
from bot.groups.messages import news, tell
from bot.groups.seating import BarredPair, barred_in
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching import exclusions
from bot.peers.changes import keep_apart_now
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member
from bot.programme.store import running_programmes

MOST_BLOCKED = 20
NOBODY = "Choose somebody who takes part in mentoring here, or has."


async def block(
    connection: AsyncConnection, owner: Member, other: SlackUserId, *, now: datetime
) -> Block:
    """Keep somebody apart from `owner` from now on; doing it twice changes nothing.

    Raises UserFacing for nobody known, for oneself and for too many, and WishesUnreadable.
    """
    workspace_id = owner.workspace_id
    found = await people.member_by_slack_id(connection, workspace_id, other)
    if found is None:
        raise UserFacing(NOBODY)
    if found.id == owner.id:
        raise UserFacing("Choose somebody else than yourself.")
    before = await blocked_by(connection, owner)
    if len({*before, found.id}) > MOST_BLOCKED:
        raise UserFacing(f"You can block {MOST_BLOCKED} people at most. Take one back first.")
    await exclusions.set_blocks(connection, workspace_id, owner.id, {*before, found.id})
    two = frozenset({owner.id, found.id})
    pairs = await _in_one_group(connection, workspace_id, [two])
    asked = await _ask(connection, workspace_id, pairs, now=now)
    await keep_apart_now(connection, workspace_id, two, now=now)
    await look_again(connection, workspace_id, at=now + LOOKED_AT_AGAIN, now=now)
    share = bool(pairs) or await _mentor_one_group(connection, workspace_id, two)
    return Block(found, share, asked)


async def unblock(connection: AsyncConnection, owner: Member, other: MemberId) -> None:
    """Take a block back. Raises UserFacing where there is none."""
    before = await blocked_by(connection, owner)
    if other not in before:
        raise UserFacing("You have not blocked this person. Nothing was changed.")
    await exclusions.set_blocks(connection, owner.workspace_id, owner.id, before - {other})


async def blocked_by(connection: AsyncConnection, owner: Member) -> frozenset[MemberId]:
    """Find whom a member blocked, for their own eyes. Raises WishesUnreadable."""
    kept = await exclusions.blocks(connection, owner.workspace_id)
    return kept.get(owner.id, frozenset())


async def ask_for_parting(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> bool:
    """Ask coordinators, each once, to part those of whom one blocked the other; whether any did."""
    pairs = await seated.blocked_pairs(connection, workspace_id)
    if pairs is None:
        return True
    if pairs:
        together = await _in_one_group(connection, workspace_id, pairs)
        await _ask(connection, workspace_id, together, now=now)
    return bool(pairs)


async def _in_one_group(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    pairs: Collection[frozenset[MemberId]],
) -> list[BarredPair]:
    """Find those of these pairs who sit in one group and know of one another there.

    On the private day nobody is asked anything: the barrier acts before they are introduced.
    """
    apart = {(min(two), max(two)) for two in pairs}
    ids = {one for two in pairs for one in two}
    found: list[BarredPair] = []
    for programme in await running_programmes(connection, workspace_id):
        lasting = await seated.pairings(connection, workspace_id, programme.id, of=ids)
        found += barred_in(lasting, apart)
    sitting: dict[GroupId, set[MemberId]] = {}
    for one in found:
        sitting.setdefault(one.pairing.group_id, set()).update({one.pairing.mentee_id, one.other})
    later = await told_later(connection, workspace_id, sitting) if sitting else {}
    return [
        one
        for one in found
        if later[one.pairing.group_id].isdisjoint({one.pairing.mentee_id, one.other})
    ]


async def _mentor_one_group(
    connection: AsyncConnection, workspace_id: WorkspaceId, two: frozenset[MemberId]
) -> bool:
    """Say whether two mentor one group: Cairn moves mentees only, so a person has to part them."""
    for programme in await running_programmes(connection, workspace_id):
        groups: dict[GroupId, set[MemberId]] = {}
        for one in await seated.pairings(connection, workspace_id, programme.id, of=two):
            groups.setdefault(one.group_id, set()).add(one.mentor_id)
        if any(two <= mentors for mentors in groups.values()):
            return True
    return False


async def _ask(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    pairs: Collection[BarredPair],
    *,
    now: datetime,
) -> bool:
    """Ask each coordinator, but neither of the two, to part each pair; whether all can be parted.

    They read the two names, in the order in which they came, whoever blocked whom.
    """
    everybody = await coordinators_on_duty(connection, workspace_id, now) if pairs else []
    notices, all_asked = [], bool(pairs)
    for pair in pairs:
        others = [one for one in everybody if one.id not in (pair.pairing.mentee_id, pair.other)]
        all_asked = all_asked and bool(others)
        notices += [
            news(
                MessageKind.GROUP_CONFLICT,
                pair.subject_id,
                one.slack_user_id,
                now=now,
                once="told",
            )
            for one in others
        ]
    await tell(connection, workspace_id, notices, now=now)
    return all_asked
