"""How often a mentee is asked for a check-in: the stage decides, on the mentee's own clock."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.dates import local_date, monday_of
from bot.kernel.ids import WorkspaceId
from bot.kinds import ScheduleKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.schedule.model import Planned, Weekly
from bot.schedule.rules import instant_of, zone

PROMPT = ScheduleKind.CHECKIN_PROMPT
"""The kind under which prompts are scheduled and sent."""


def first_monday(programme: Programme) -> date:
    """Give the Monday of the week in which the programme's check-ins begin."""
    return monday_of(programme.starts_on) + timedelta(
        weeks=programme.template.checkin_first_week - 1
    )


def opens_on(programme: Programme) -> date:
    """Give the first day on which anybody can be asked."""
    return max(first_monday(programme), programme.starts_on)


def asked_at(
    programme: Programme, stage: str, *, tz: str, next_at: datetime | None
) -> datetime | None:
    """Say when the last prompt before `next_at` fell due, for a mentee at `stage` in zone `tz`.

    None before the first one, and for who is not asked at all.
    """
    if next_at is None:
        return None
    interval = timedelta(weeks=programme.template.checkin_weeks_for(stage))
    asked_on = local_date(next_at, tz) - interval
    if asked_on < opens_on(programme):
        return None
    return instant_of(asked_on, programme.template.checkin_time, zone(tz))


async def plan_prompts(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    programme: Programme,
    stages: Mapping[Member, str],
    now: datetime,
) -> dict[str, datetime | None]:
    """Schedule mentees' prompts by the programme's cadence for the stage of each.

    Returns when each member, by id, is next asked.
    """
    return await schedule.put_all(
        connection,
        workspace_id,
        kind=PROMPT,
        planned=[_prompts(member, programme, stage) for member, stage in stages.items()],
        now=now,
    )


def _prompts(member: Member, programme: Programme, stage: str) -> Planned:
    template = programme.template
    return Planned(
        subject_id=member.id,
        rule=Weekly(
            weekday=template.checkin_weekday,
            at=template.checkin_time,
            anchor=first_monday(programme),
            every_weeks=template.checkin_weeks_for(stage),
        ),
        tz=member.timezone,
        not_before=instant_of(opens_on(programme), time(0), zone(member.timezone)),
    )
