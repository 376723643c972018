"""Record that a mentoring group met."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.meetings import store
from bot.meetings.model import Length, Meeting, MeetingId, Mode
from bot.programme.groups import groups_of_mentor

MAX_AGE = timedelta(days=60)


def check(
    *, held_on: date, today: date, mentees: Collection[MemberId], of_group: Collection[MemberId]
) -> None:
    """Raise UserFacing where this meeting cannot be recorded; `today` is the mentor's date."""
    if held_on > today:
        raise UserFacing("Choose today or an earlier day: only meetings that took place count.")
    if held_on < today - MAX_AGE:
        raise UserFacing(f"Choose a day within the last {MAX_AGE.days} days.")
    if not mentees:
        raise UserFacing("Choose at least one mentee whom you met.")
    if not set(mentees) <= set(of_group):
        raise UserFacing(
            "Somebody chosen is not in your mentoring group any more. Open the form again."
        )


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
    Raises UserFacing when `by` does not mentor one of the groups, or `check` refuses.
    """
    held = []
    circles = await groups_of_mentor(connection, workspace_id, by)
    known = {circle.group_id: circle for circle in circles}
    for group_id, met in mentees.items():
        circle = known.get(group_id)
        if circle is None:
            raise UserFacing("You are not the mentor of this group any more. Nothing was recorded.")
        check(held_on=held_on, today=today, mentees=met, of_group=circle.mentees)
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
