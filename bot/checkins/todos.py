"""A mentee's to-do: the check-in that was asked for and is not written yet."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.writer import standing
from bot.kinds import ScheduleKind, ToDoKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.stages.cadence import asked_at
from bot.stages.model import Framework
from bot.stages.rules import level_after
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    now: datetime,
    *,
    frameworks: Mapping[str, Framework],
) -> list[ToDo]:
    """Find the check-in that a mentee was asked for and has not written."""
    if programme is None or member.is_away(now):
        return []
    who = await standing(connection, member.workspace_id, member.slack_user_id)
    place = rules.writing_place(who) if who else None
    framework = frameworks.get(place.framework_id) if place else None
    if who is None or place is None or framework is None:
        return []
    upcoming = await schedule.upcoming(connection, member.workspace_id, subject_ids=[member.id])
    next_at = next((d.due_at for d in upcoming if d.kind == ScheduleKind.CHECKIN_PROMPT), None)
    stage = level_after(framework, place.moved_to, initial=who.initial_stage).name
    asked = asked_at(programme, stage, tz=member.timezone, next_at=next_at)
    if asked is None or asked > now:
        return []
    written = await store.last_written(connection, member.workspace_id, member_ids=[member.id])
    if member.id in written and written[member.id] >= asked:
        return []
    return [ToDo(kind=ToDoKind.WRITE_CHECKIN, weight=Weight.IS_DUE, since=asked)]
