"""Record that a mentoring group met."""

import hashlib
from datetime import date, datetime

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.meetings import rules, store
from bot.meetings.model import Length, Meeting, MeetingId, Mode
from bot.stages.mentoring import circles_of_mentor


async def record(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    by: MemberId,
    group_id: GroupId,
    held_on: date,
    mentees: frozenset[MemberId],
    mode: Mode | None = None,
    length: Length | None = None,
    form_key: str,
    today: date,
    now: datetime,
) -> Meeting:
    """Keep that a mentor met these mentees of their group on a day.

    The same `form_key` is kept once, however often it arrives. `today` is the mentor's local date.
    Raises UserFacing when `by` does not mentor that group, or `rules.check` refuses.
    """
    async with database.writing() as connection:
        circles = await circles_of_mentor(connection, workspace_id, by)
        circle = next((each for each in circles if each.group_id == group_id), None)
        if circle is None:
            raise UserFacing("You are not the mentor of this group any more. Nothing was recorded.")
        rules.check(held_on=held_on, today=today, mentees=mentees, of_group=circle.mentees)
        digest = hashlib.sha256(f"{workspace_id}|{form_key}".encode()).hexdigest()
        held = Meeting(
            id=MeetingId(f"meeting_{digest[:20]}"),
            workspace_id=workspace_id,
            programme_id=circle.programme_id,
            group_id=group_id,
            held_on=held_on,
            mode=mode,
            length=length,
            mentees=mentees,
            recorded_by=by,
            recorded_at=now,
        )
        await store.add(connection, held)
    return held
