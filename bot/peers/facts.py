"""Read who could take part in a peer round, and who must not meet whom."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import told_later
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.matching import exclusions
from bot.matching.exclusions import WishesUnreadable
from bot.matching.participants import Roll, barred_on_record, read_roll, unclear_in
from bot.peers.model import Pair, PeerFacts, PeerReach, SeriesPlan
from bot.peers.rules import ANNOUNCED_AT, RoundCandidate, in_order, pools_of
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.schedule.rules import instant_of, zone
from bot.stages.model import Framework
from bot.stages.rules import current_level


async def read_peer_facts(
    connection: AsyncConnection,
    programme: Programme,
    plan: SeriesPlan,
    *,
    on: date,
    seed: int,
    framework: Framework | None,
) -> PeerFacts:
    """Read who takes part in a round on this day, in pools, and who must not meet.

    Left out are those on a break then, those who have not accepted the code of conduct, and those
    of whom their group is still to be told. Raises WishesUnreadable: no round goes past a wish.
    """
    with_stages = plan.reach is PeerReach.STAGE
    roll = await read_roll(connection, programme, with_stages=with_stages)
    groups = await _known_groups(connection, programme, plan.roles)
    unclear = unclear_in(roll)
    chosen = [one for one in roll.members if one.id in groups and one.has_accepted_conduct]
    morning = instant_of(on, ANNOUNCED_AT, zone(programme.timezone))
    here = [one for one in chosen if not one.is_away(morning)]
    clear = [one for one in here if one.id not in unclear]
    candidates = [_candidate(one, roll, groups[one.id], framework) for one in clear]
    ids = {one.id for one in clear}
    apart = barred_on_record(roll) | await _in_confidence(connection, programme.workspace_id, ids)
    return PeerFacts(
        pools=tuple(pools_of(candidates, plan.reach, size=plan.size, seed=seed)),
        apart=frozenset(pair for pair in apart if ids.issuperset(pair)),
        away=len(chosen) - len(here),
        unclear=len(here) - len(clear),
    )


async def kept_from_meeting(
    connection: AsyncConnection, programme: Programme, ids: Collection[MemberId]
) -> frozenset[Pair]:
    """Find the pairs among these members who must not meet now. Raises WishesUnreadable."""
    roll = await read_roll(connection, programme, with_stages=False, ids=ids)
    confidence = await _in_confidence(connection, programme.workspace_id, ids)
    return barred_on_record(roll) | confidence


async def present_and_apart(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> tuple[frozenset[MemberId], frozenset[Pair]]:
    """Find who is there now, and all pairs who must not meet, as far as it can be read.

    What is on record counts also while wishes cannot be read: those were kept apart who had said
    so when the round was planned, and no message names anybody until they can be.
    """
    roll = await read_roll(connection, programme, with_stages=False)
    here = frozenset(one.id for one in roll.members if not one.is_away(now))
    apart = barred_on_record(roll)
    with suppress(WishesUnreadable):
        apart |= await _in_confidence(connection, programme.workspace_id, None)
    return here, apart


async def _in_confidence(
    connection: AsyncConnection, workspace_id: WorkspaceId, ids: Collection[MemberId] | None
) -> frozenset[Pair]:
    """Find the pairs of whom one wishes not to meet the other, or blocked them."""
    wishes = await exclusions.vetoes(connection, workspace_id, of=ids)
    return frozenset(in_order(one, other) for one, named in wishes.items() for other in named)


async def _known_groups(
    connection: AsyncConnection, programme: Programme, roles: Collection[Role]
) -> dict[MemberId, list[GroupId]]:
    """Read in which groups members with these roles sit, as far as the groups know of them."""
    seats = await programmes.seats(connection, programme.workspace_id, programme.id)
    sitting: dict[GroupId, set[MemberId]] = {}
    for seat in seats:
        sitting.setdefault(seat.group_id, set()).add(seat.member_id)
    later = await told_later(connection, programme.workspace_id, sitting) if sitting else {}
    found: dict[MemberId, list[GroupId]] = {}
    for seat in seats:
        if seat.role in roles and seat.member_id not in later.get(seat.group_id, ()):
            found.setdefault(seat.member_id, []).append(seat.group_id)
    return found


def _candidate(
    member: Member, roll: Roll, groups: Sequence[GroupId], framework: Framework | None
) -> RoundCandidate:
    """Describe a member by what decides among whom they meet."""
    stage = ""
    if framework is not None and member.id in roll.histories and member.is_mentee:
        stage = current_level(framework, roll.histories[member.id], initial=member.stage).name
    interests = member.interests
    return RoundCandidate(
        member_id=member.id, groups=tuple(groups), interests=interests, stage=stage
    )
