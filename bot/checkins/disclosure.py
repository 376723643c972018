"""Find what somebody may read of others' check-ins at this moment, and note that they did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import reading, rules, store
from bot.checkins.reading import as_read_by, may_read
from bot.checkins.rules import CheckIn, CheckInId
from bot.goals.disclosure import shared_goals
from bot.groups import store as seated
from bot.matching import exclusions
from bot.matching.model import Pairing
from bot.people.model import Member
from bot.programme.groups import GroupMembers, running_groups_of


async def shown_to_mentor(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
    pairings: Sequence[Pairing] | None = None,
) -> list[CheckIn]:
    """Find what the mentees of these groups share with this mentor in that time, in its order.

    `pairings` are the mentor's, lasting and ended, where they are at hand.
    """
    found = await store.shared_with_mentors(
        connection,
        mentor.workspace_id,
        group_ids=[group.group_id for group in groups],
        since=since,
        until=until,
    )
    theirs = {each for group in groups for each in group.mentees}
    readable = await _readable(connection, mentor, groups, found, pairings=pairings)
    return [one for one in readable if one.member_id in theirs]


async def open_shared(
    connection: AsyncConnection, reader: Member, checkin_id: CheckInId
) -> CheckIn | None:
    """Find a check-in that this person may read at this moment; None for any other."""
    found = await store.find(connection, reader.workspace_id, checkin_id)
    if found is None:
        return None
    groups = await running_groups_of(connection, reader.workspace_id, reader.id)
    readable = await _readable(connection, reader, groups, [found])
    return readable[0] if readable else None


async def mark_read(
    connection: AsyncConnection, reader: Member, found: CheckIn, *, now: datetime
) -> None:
    """Note that a reader opened a check-in of another, so that its words stay as they are.

    Not where other words stand there by now: those nobody has read.
    """
    if found.member_id == reader.id or found.read_at is not None:
        return
    kept = await store.find(connection, found.workspace_id, found.id)
    if kept is not None and reading.shows_still(kept, found):
        await store.mark_read(connection, kept, now=now)


async def _readable(
    connection: AsyncConnection,
    reader: Member,
    groups: Sequence[GroupMembers],
    found: Sequence[CheckIn],
    *,
    pairings: Sequence[Pairing] | None = None,
) -> list[CheckIn]:
    """Keep what somebody may read who sits in these groups, without what is kept from them.

    Of goals only those that they may read themselves. Raises WishesUnreadable: nothing is shown
    while nobody knows who is blocked.
    """
    blocks = await exclusions.blocks(connection, reader.workspace_id) if found else {}
    if pairings is None:
        its = sorted({group.programme_id for group in groups})
        pairings = await seated.pairings(
            connection, reader.workspace_id, its, with_ended=True, mentor_id=reader.id
        )
    sits_with = {(group.group_id, each) for group in groups for each in group.mentees}
    mentored = [group for group in groups if reader.id in group.mentors]
    mentors = {(group.group_id, each) for group in mentored for each in group.mentees}
    readable = [
        as_read_by(one, reader.id)
        for one in found
        if reader.id not in blocks.get(one.member_id, ())
        and may_read(one, reader, sits_with=sits_with, mentors=mentors, pairings=pairings)
    ]
    return await _with_goals_read(connection, reader, groups, readable)


async def _with_goals_read(
    connection: AsyncConnection,
    reader: Member,
    groups: Sequence[GroupMembers],
    readable: Sequence[CheckIn],
) -> list[CheckIn]:
    """Keep in the check-ins of others the goals that this person may read at this moment.

    One that tells of nothing else is left out.
    """
    if not any(one.entry.goals for one in readable if one.member_id != reader.id):
        return list(readable)
    goal_ids = {goal.id for goal in await shared_goals(connection, reader, groups)}

    def as_of_now(one: CheckIn) -> CheckIn:
        if one.member_id == reader.id:
            return one
        return replace(one, entry=rules.as_shared(rules.with_goals_read(one.entry, goal_ids)))

    shown = map(as_of_now, readable)
    return [one for one in shown if one.member_id == reader.id or not rules.is_empty(one.entry)]
