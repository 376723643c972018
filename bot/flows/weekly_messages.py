"""Schedule and queue weekly messages to everybody of a role, while a programme runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.schedule import store as schedule
from bot.schedule.claims import Light
from bot.schedule.model import Due, Planned, Weekly


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyMessage:
    """A message to each member of `role` on a weekday (0 is Monday), `at` a time in their own zone.

    `queue` puts it into the outbox, or leaves it when there is nothing to say.
    """

    role: Role
    weekday: int
    at: time
    queue: Callable[[AsyncConnection, Member, datetime], Awaitable[None]]


async def begin_weekly(
    database: Database,
    workspace_id: WorkspaceId,
    messages: Mapping[str, WeeklyMessage],
    *,
    now: datetime,
) -> None:
    """Schedule each kind for everybody of its role, if a programme runs. Repeating changes nothing.

    Pauses, journeys, leaving and erasure follow, since the subject is the member.
    """
    if not messages:
        return
    async with database.writing() as connection:
        running = await programmes.running_programmes(connection, workspace_id)
        for kind, message in messages.items() if running else ():
            rule = Weekly(weekday=message.weekday, at=message.at, anchor=running[0].starts_on)
            found = await people.members(
                connection,
                workspace_id,
                roles=[message.role],
                states=[MemberState.ACTIVE, MemberState.PAUSED],
            )
            planned = [Planned(subject_id=one.id, rule=rule, tz=one.timezone) for one in found]
            await schedule.put_all(connection, workspace_id, kind=kind, planned=planned, now=now)


def weekly_duty(kind: str, message: WeeklyMessage) -> Light:
    """Make the duty of `kind`: it ends with the programme, and with the member's role."""

    async def queue(connection: AsyncConnection, due: Due, now: datetime) -> None:
        member = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
        running = await programmes.running_programmes(connection, due.workspace_id)
        if (
            member is None
            or not running
            or not member.takes_part
            or message.role not in member.roles
        ):
            await schedule.remove(
                connection, due.workspace_id, kind=kind, subject_id=due.subject_id
            )
        elif not member.is_away(now):
            await message.queue(connection, member, now)

    return queue
