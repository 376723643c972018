"""Record that a mentoring group met."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.meetings import rules, store
from bot.meetings.model import Length, Meeting, MeetingId, Mode
from bot.programme.groups import circles_of_mentor


async def record(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    by: MemberId,
    held_on: date,
    mentees: Mapping[GroupId, frozenset[MemberId]],
    mode: Mode | None = None,
    length: Length | None = None,
    form_key: str,
    today: date,
    now: datetime,
) -> list[Meeting]:
    """Keep that a mentor met these mentees, by group, on a day: all of it or nothing.

    The same `form_key` is kept once, however often it arrives. `today` is the mentor's local date.
    Raises UserFacing when `by` does not mentor one of the groups, or `rules.check` refuses.
    """
    held = []
    circles = await circles_of_mentor(connection, workspace_id, by)
    known = {circle.group_id: circle for circle in circles}
    for group_id, met in mentees.items():
        circle = known.get(group_id)
        if circle is None:
            raise UserFacing("You are not the mentor of this group any more. Nothing was recorded.")
        rules.check(held_on=held_on, today=today, mentees=met, of_group=circle.mentees)
        meeting = Meeting(
            id=_id_of(workspace_id, form_key, group_id),
            workspace_id=workspace_id,
            programme_id=circle.programme_id,
            group_id=group_id,
            held_on=held_on,
            mode=mode,
            length=length,
            mentees=met,
            recorded_by=by,
            recorded_at=now,
        )
        await store.add(connection, meeting)
        held.append(meeting)
    return held


def _id_of(workspace_id: WorkspaceId, form_key: str, group_id: GroupId) -> MeetingId:
    digest = hashlib.sha256(f"{workspace_id}|{form_key}|{group_id}".encode()).hexdigest()
    return MeetingId(f"meeting_{digest[:20]}")
