"""Let a mentee choose what a new mentor may read of what they shared with a mentor before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.reading import SeenCheckIn
from bot.checkins.rules import CheckIn, Visibility
from bot.checkins.use_cases import mentors_now, share, with_goals_of_now
from bot.goals import rules as goal_rules
from bot.goals import use_cases as goals
from bot.goals.model import Goal, GoalStatus
from bot.groups.joining import is_private, known_groups_of
from bot.groups.store import pairings
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.matching.exclusions import WishesUnreadable, blocks
from bot.matching.model import Pairing
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import GroupMembers
from bot.todos import ToDo, Weight

ASKED_FOR = timedelta(weeks=4)
"""How long a mentee who chooses later is asked; then nothing is handed over."""
MOST_OFFERED = 100
"""The latest check-ins; a select holds no more."""
CHOSEN = (
    "You have chosen already, or your mentor has changed again. Nothing was changed. You can share "
    "a single check-in with your mentor from /checkin past at any time."
)
CHANGED = (
    "A check-in that you chose was changed meanwhile, so nothing is handed over yet. Close this "
    "and open it again from your Home tab."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """All that a mentee shared with mentors before, and that a new mentor does not read.

    `mentors` are the names of the new mentors, `mentor_ids` who they are, and `since` when the
    latest of them came (UTC). Of goals the check-ins tell only what is read of them anyhow.
    """

    mentors: tuple[str, ...]
    mentor_ids: frozenset[MemberId]
    since: datetime
    checkins: tuple[CheckIn, ...]
    goals: tuple[Goal, ...]

    def todo(self) -> ToDo:
        """Ask the mentee to choose."""
        kind, weight = ToDoKind.CHOOSE_HANDOVER, Weight.IS_DUE
        return ToDo(kind=kind, weight=weight, since=self.since, names=self.mentors)


async def handover_of(
    connection: AsyncConnection,
    member: Member,
    *,
    now: datetime,
    groups: Sequence[GroupMembers] | None = None,
) -> Handover | None:
    """Find what a mentee can let a new mentor read; None without one, and once they have chosen.

    Nothing before the two are introduced, nor while blocks cannot be read. `groups` are those that
    the member knows of, where they are at hand.
    """
    if groups is None:
        groups = await known_groups_of(connection, member.workspace_id, member.id)
    group = next((one for one in groups if member.id in one.mentees), None)
    if group is None:
        return None
    workspace_id, programme_id = member.workspace_id, group.programme_id
    every = await pairings(
        connection, workspace_id, programme_id, with_ended=True, mentee_id=member.id
    )
    came = _newcomers(every, group.mentors, now=now)
    since = max((one.started_at for one in came), default=now)
    if not came or await _is_answered(connection, member, group, since=since):
        return None
    try:
        blocked = (await blocks(connection, workspace_id)).get(member.id, frozenset())
        kept = await _shared_before(connection, member, since=since)
    except WishesUnreadable:
        return None
    came = [one for one in came if one.mentor_id not in blocked]
    aims = _goals_before(await goals.goals_of(connection, member), came)
    if not (kept or aims):
        return None
    new = await people.members(connection, workspace_id, ids={one.mentor_id for one in came})
    names = tuple(one.name for one in new)
    return Handover(
        mentors=names,
        mentor_ids=frozenset(one.id for one in new),
        since=since,
        checkins=tuple(kept),
        goals=tuple(aims),
    )


async def _is_answered(
    connection: AsyncConnection, member: Member, group: GroupMembers, *, since: datetime
) -> bool:
    """Say whether a mentee has chosen since then, or is still to be introduced."""
    chosen_at = await store.handed_over_at(connection, member.workspace_id, member.id)
    if chosen_at is not None and chosen_at >= since:
        return True
    return await is_private(connection, member.workspace_id, group.programme_id, member.id)


def _newcomers(
    every: Sequence[Pairing], mentors: Collection[MemberId], *, now: datetime
) -> list[Pairing]:
    """Find the mentors of now who came after another one, and lately. `every` is oldest first."""
    return [
        one
        for one in every
        if one.ended_at is None
        and one.mentor_id in mentors
        and every[0].started_at < one.started_at <= now < one.started_at + ASKED_FOR
    ]


async def _shared_before(
    connection: AsyncConnection, member: Member, *, since: datetime
) -> list[CheckIn]:
    """Find the check-ins that were shared before, and that not every mentor of now can read."""
    latest = await store.latest_of(connection, member.workspace_id, member.id, limit=MOST_OFFERED)
    shared = [
        one
        for one in latest
        if one.is_readable
        and one.entry.visibility is not Visibility.ONLY_ME
        and one.shared_at < since
    ]
    now = await mentors_now(connection, shared)
    offered = [one for one in shared if now[one.id].some_cannot]
    return [
        one
        for one in await with_goals_of_now(connection, offered)
        if not rules.shares_nothing(one.entry)
    ]


def _goals_before(every: Sequence[Goal], came: Sequence[Pairing]) -> list[Goal]:
    """Find the goals that were shared before, and that a new mentor does not read."""
    new = {one.mentor_id for one in came}
    return [
        one
        for one in every
        if one.shared_at is not None
        and one.is_readable
        and one.status is not GoalStatus.LET_GO
        and not new <= goal_rules.readers(one, came)
    ]


async def hand_over(
    connection: AsyncConnection,
    member: Member,
    *,
    mentors: Collection[MemberId],
    checkins: Collection[SeenCheckIn] = (),
    goal_ids: Collection[str] = (),
    now: datetime,
) -> int:
    """Let these new mentors read what was chosen, as it was shared before; choosing none counts.

    What was never offered is left out. Returns how many things there are. Raises UserFacing, also
    where the new mentors are others by now, or what was chosen was changed.
    """
    offered = await handover_of(connection, member, now=now)
    if offered is None or offered.mentor_ids != set(mentors):
        raise UserFacing(CHOSEN)
    revisions = {one.checkin_id: one.revision for one in checkins}
    chosen = [one for one in offered.checkins if one.id in revisions]
    if any(one.revision != revisions[one.id] for one in chosen):
        raise UserFacing(CHANGED)
    aims = [one for one in offered.goals if one.id in goal_ids]
    for each in chosen:
        await share(connection, member, each.id, now=now)
    for goal in aims:
        await goals.share(connection, member, goal.id, now=now)
    await store.note_handover(connection, member.workspace_id, member.id, now=now)
    return len(chosen) + len(aims)
