"""A mentee's check-ins as Home shows them: the last, the next, and the one that is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.writer import writer_of
from bot.kinds import ScheduleKind, ToDoKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.stages.cadence import asked_at
from bot.stages.model import Framework
from bot.stages.rules import level_after
from bot.todos.model import ToDo, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteesCheckins:
    """When a mentee last wrote, is asked next, and was last asked. Instants in UTC, or None."""

    last_at: datetime | None
    next_at: datetime | None
    asked_at: datetime | None

    def todos(self) -> list[ToDo]:
        """Say that a check-in is due: it was asked for and is not written."""
        if self.asked_at is None or (self.last_at is not None and self.last_at >= self.asked_at):
            return []
        return [ToDo(kind=ToDoKind.WRITE_CHECKIN, weight=Weight.IS_DUE, since=self.asked_at)]


async def mentees_checkins(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    *,
    frameworks: Mapping[str, Framework],
    now: datetime,
) -> MenteesCheckins | None:
    """Read it for a mentee; None for somebody who writes no check-ins."""
    if programme is None:
        return None
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    place = rules.writing_seat(who) if who else None
    if who is None or place is None:
        return None
    written = await store.last_written(connection, member.workspace_id, member_ids=[member.id])
    upcoming = await schedule.upcoming(connection, member.workspace_id, subject_ids=[member.id])
    next_at = next((d.due_at for d in upcoming if d.kind == ScheduleKind.CHECKIN_PROMPT), None)
    asked = None
    if framework := frameworks.get(place.framework_id):
        stage = level_after(framework, place.moved_to, initial=who.initial_stage).name
        asked = asked_at(programme, stage, tz=member.timezone, next_at=next_at)
    return MenteesCheckins(
        last_at=written.get(member.id),
        next_at=next_at,
        asked_at=asked if asked and asked <= now and not member.is_away(now) else None,
    )
