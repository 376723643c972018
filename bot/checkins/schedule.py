"""Ask for check-ins when they fall due, let one be skipped, and say when one is due."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.prompts import due_since, next_ask, with_ask
from bot.checkins.rules import Ask, Asks, Came
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.schedule.model import Due
from bot.stages.changes import PROMPT
from bot.stages.model import Framework
from bot.stages.rules import level_after
from bot.todos import ToDo, Weight

PROMPT_USEFUL_FOR = timedelta(days=3)
MissedMeeting = Callable[[AsyncConnection, Member], Awaitable[datetime | None]]
"""Finds when a meeting of a mentee was last said not to have taken place."""
OVER = "This prompt is over. The Home tab shows when you are asked next; you can check in any time."


async def prompt_when_due(
    connection: AsyncConnection,
    due: Due,
    now: datetime,
    *,
    frameworks: Mapping[str, Framework],
    missed: MissedMeeting | None = None,
) -> None:
    """Queue the prompt that fell due for a mentee, and note what it asks.

    Nothing for who is away or has left.
    """
    member = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if member is None or member.is_away(now):
        return
    day = local_date(due.due_at, due.tz)
    if await programmes.is_past_its_end(connection, due.workspace_id, member.id, day):
        return
    key = f"{PROMPT}:{member.id}:{due.due_at.isoformat()}"
    prompt = Notice(PROMPT, member.id, member.slack_user_id, key)
    until = due.due_at + PROMPT_USEFUL_FOR
    if await delivery.enqueue_all(
        connection, due.workspace_id, [prompt], lane=Lane.PROMPT, now=now, expires_at=until
    ):
        await _note_next(connection, member, due.due_at, frameworks=frameworks, missed=missed)


async def _note_next(
    connection: AsyncConnection,
    member: Member,
    at: datetime,
    *,
    frameworks: Mapping[str, Framework],
    missed: MissedMeeting | None,
) -> None:
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    seat = rules.writing_seat(who) if who else None
    framework = frameworks.get(seat.framework_id) if seat else None
    if who is None or seat is None or framework is None:
        return
    missed_at = await missed(connection, member) if missed else None
    level = level_after(framework, seat.moved_to, initial=who.initial_stage)

    def ask_next(asks: Asks) -> Asks:
        ask, _ = next_ask(
            replace(who, asks=asks),
            framework.id,
            level,
            now=at,
            was_sent=True,
            missed_meeting_at=missed_at,
        )
        return with_ask(asks, ask)

    await store.change_asks(connection, member.workspace_id, member.id, ask_next)


async def note_shown(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, ask: Ask
) -> None:
    """Note what a form shows that no message asked for; once, however often it is opened."""

    def add(asks: Asks) -> Asks:
        is_new = not asks or ask.number > asks[-1].number
        return with_ask(asks, ask) if is_new else asks

    await store.change_asks(connection, workspace_id, member_id, add)


async def skip(connection: AsyncConnection, member: Member, number: int) -> None:
    """Skip what a prompt asked, so that it is not due. Raises UserFacing once that is over."""
    await _came(connection, member, number, before=Came.OPEN, after=Came.SKIPPED)


async def undo_skip(connection: AsyncConnection, member: Member, number: int) -> None:
    """Ask again what was skipped. Raises UserFacing once something else was asked."""
    await _came(connection, member, number, before=Came.SKIPPED, after=Came.OPEN)


async def _came(
    connection: AsyncConnection, member: Member, number: int, *, before: Came, after: Came
) -> None:
    def change(asks: Asks) -> Asks:
        if not asks or asks[-1].number != number or asks[-1].came not in (before, after):
            raise UserFacing(OVER)
        return with_ask(asks, replace(asks[-1], came=after))

    await store.change_asks(connection, member.workspace_id, member.id, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteesCheckins:
    """A mentee's last check-in, next prompt, and since when one is due: in UTC, or None."""

    last_at: datetime | None
    next_at: datetime | None
    due_since: datetime | None

    def todos(self) -> list[ToDo]:
        """Say that a check-in is due: it was asked for this week and is not written."""
        if self.due_since is None:
            return []
        return [ToDo(kind=ToDoKind.WRITE_CHECKIN, weight=Weight.IS_DUE, since=self.due_since)]


async def mentees_checkins(
    connection: AsyncConnection, member: Member, programme: Programme | None, *, now: datetime
) -> MenteesCheckins | None:
    """Read it for a mentee; None for somebody who writes no check-ins."""
    if programme is None or not member.is_mentee:
        return None
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    if who is None or rules.writing_seat(who) is None:
        return None
    written = await store.last_written(connection, member.workspace_id, member_ids=[member.id])
    last_at = written.get(member.id)
    since = due_since(who.asks, written_at=last_at, now=now)
    return MenteesCheckins(
        last_at=last_at, next_at=who.next_at, due_since=None if member.is_away(now) else since
    )
