"""Change a member's own rhythm: how often, when, and never in their quiet hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces as rhythms
from bot.delivery.store import release
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.people.absence import ON_VACATION
from bot.people.model import Member
from bot.schedule import choices
from bot.schedule import store as schedule
from bot.schedule.model import Choice, Rhythm, Weekly
from bot.schedule.rules import instant_of, is_quiet, zone


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRhythm:
    """The choices of a member. `choice` and `rhythm` are None where nothing was chosen, and
    `rule` is how it is at present, None while nothing of this kind is scheduled."""

    rule: Weekly | None
    choice: Choice | None
    rhythm: Rhythm | None


async def own_rhythm(connection: AsyncConnection, member: Member, *, kind: str) -> OwnRhythm:
    """Find what a member has chosen for messages of `kind`."""
    workspace_id = member.workspace_id
    its = {"kind": kind, "subject_id": member.id}
    rule = await schedule.rule_of(connection, workspace_id, **its)
    choice, _ = await choices.choice_of(connection, workspace_id, **its)
    rhythm = await rhythms.rhythm_of(connection, workspace_id, member.slack_user_id)
    weekly = rule if isinstance(rule, Weekly) else None
    return OwnRhythm(rule=weekly, choice=choice, rhythm=rhythm)


async def change_rhythm(
    connection: AsyncConnection,
    member: Member,
    *,
    kind: str,
    choice: Choice | None,
    rhythm: Rhythm,
    now: datetime,
) -> datetime | None:
    """Ask the member as they chose from now on (None: as the programme plans); when it is next due.

    Raises UserFacing for a time that falls into the quiet hours or on a day off.
    """
    if choice is not None and _clashes(choice, rhythm, tz=member.timezone, now=now):
        raise UserFacing(
            "This time lies in your quiet hours or on a day off. Choose another time, or other "
            "quiet hours."
        )
    workspace_id, slack_user_id = member.workspace_id, member.slack_user_id
    await rhythms.put_rhythm(
        connection, workspace_id, slack_user_id, rhythm=rhythm, tz=member.timezone
    )
    await release(connection, workspace_id, slack_user_id, now=now)
    return await schedule.choose(
        connection, workspace_id, kind=kind, subject_id=member.id, choice=choice, now=now
    )


def _clashes(choice: Choice, rhythm: Rhythm, *, tz: str, now: datetime) -> bool:
    today = local_date(now, tz)
    day = today + timedelta(days=(choice.weekday - today.weekday()) % 7)
    return is_quiet(instant_of(day, choice.at, zone(tz)).astimezone(zone(tz)), rhythm)


async def keep_rhythm(
    connection: AsyncConnection, member: Member, *, kind: str, now: datetime
) -> None:
    """Note that the member was asked about their rhythm and wants it as it is."""
    its = {"kind": kind, "subject_id": member.id}
    choice, _ = await choices.choice_of(connection, member.workspace_id, **its)
    await schedule.choose(connection, member.workspace_id, **its, choice=choice, now=now)


async def follow_status(
    connection: AsyncConnection, member: Member, *, until: datetime | None, now: datetime
) -> None:
    """Pause a member's schedules until then, as their Slack status says; None: they are there.

    They return by themselves when it ends, or as soon as the status is cleared.
    """
    if not member.takes_part:
        return
    workspace_id = member.workspace_id
    its = {"subject_id": member.id, "reason": ON_VACATION}
    if until is not None and until > now:
        await schedule.pause(connection, workspace_id, **its, until=until, now=now)
    elif await schedule.is_paused(connection, workspace_id, **its):
        await schedule.resume(connection, workspace_id, **its, now=now)
        await release(connection, workspace_id, member.slack_user_id, now=now)
