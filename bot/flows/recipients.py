"""Find what is known of those whom a message is for: their hours, their zone, their absence."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.hours import Presence, Recipient, is_to_person, welcome_from
from bot.delivery.model import Arrival
from bot.delivery.paces import rhythm_in
from bot.delivery.tables import delivery_rhythm
from bot.groups.messages import GROUP
from bot.kernel.database import rows_of
from bot.kernel.ids import GroupId, WorkspaceId
from bot.people.absence import ON_VACATION
from bot.people.model import MemberState
from bot.people.tables import member_table
from bot.programme.digest_channel import DIGESTS
from bot.programme.model import Programme, ProgrammeState
from bot.programme.quiet_hours import (
    THE_LATEST_LAST,
    USUAL_COLUMNS,
    usual_hours_in,
    with_usual_hours,
)
from bot.programme.store import programme_of_group, programme_of_slack_user
from bot.programme.tables import group_table, programme_table
from bot.schedule.model import Rhythm
from bot.schedule.rules import FARTHEST, zone
from bot.schedule.tables import schedule_rest
from bot.schedule.time_off import calendar_of

log = structlog.get_logger("cairn.delivery")
_MORNING_IS_WITHIN = timedelta(days=7)
"""The morning after an absence comes so soon, unless everybody has a long break."""
_PRESENT = {
    MemberState.ACTIVE: Presence.HERE,
    MemberState.PAUSED: Presence.AWAY,
    MemberState.DEACTIVATED: Presence.CLOSED,
    MemberState.LEFT: Presence.GONE,
}


async def arrival_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, names: Collection[str], now: datetime
) -> Arrival:
    """Find when these people may have a message that is sent now, by their quiet hours."""
    known = await recipients(connection, workspace_id, names, now)
    times = [welcome_from(known.get(name), now=now) for name in names]
    later = [at for at in times if at is None or at > now]
    return Arrival(len(times) - len(later), len(later), max(filter(None, later), default=None))


async def recipients(
    connection: AsyncConnection, workspace_id: WorkspaceId, names: Collection[str], now: datetime
) -> Mapping[str, Recipient]:
    """Find what is on record about these people and channels. People who are no members are left
    out."""
    people = [name for name in names if is_to_person(name)]
    channels = [name for name in names if not is_to_person(name)]
    found: dict[str, Recipient] = {}
    if people:
        found |= await _people(connection, workspace_id, people, now)
    if channels:
        found |= await _channels(connection, workspace_id, channels)
    calendar = await calendar_of(connection, workspace_id)
    if calendar.is_empty:
        return found
    return {name: replace(one, days_off=calendar.is_off) for name, one in found.items()}


async def _people(
    connection: AsyncConnection, workspace_id: WorkspaceId, names: Collection[str], now: datetime
) -> dict[str, Recipient]:
    chosen = sa.and_(
        delivery_rhythm.c.workspace_id == member_table.c.workspace_id,
        delivery_rhythm.c.recipient == member_table.c.slack_user_id,
    )
    on_vacation = sa.and_(
        schedule_rest.c.workspace_id == member_table.c.workspace_id,
        schedule_rest.c.subject_id == member_table.c.id,
        schedule_rest.c.reason == ON_VACATION,
        schedule_rest.c.until > now - _MORNING_IS_WITHIN,
    )
    query = (
        sa.select(
            member_table.c.slack_user_id,
            member_table.c.timezone,
            member_table.c.state,
            member_table.c.paused_until,
            schedule_rest.c.until,
            *(delivery_rhythm.c[name] for name in Rhythm.__dataclass_fields__),
            *USUAL_COLUMNS,
        )
        .select_from(
            with_usual_hours(
                member_table.outerjoin(delivery_rhythm, chosen).outerjoin(
                    schedule_rest, on_vacation
                )
            )
        )
        .where(rows_of(member_table, workspace_id, slack_user_id=list(names)))
        .order_by(*THE_LATEST_LAST)
    )
    return {row.slack_user_id: _person(row) for row in await connection.execute(query)}


def _person(row: Any) -> Recipient:
    """Describe a member: a break and a vacation in Slack both count, the later end of the two."""
    presence = _PRESENT[MemberState(row.state)]
    ends = [row.until] if row.until is not None else []
    if presence is Presence.AWAY:
        ends.append(row.paused_until or FARTHEST)
    if ends and presence is Presence.HERE:
        presence = Presence.AWAY
    rhythm = usual_hours_in(row) if row.quiet_from is None else rhythm_in(row)
    away_until = max(ends, default=FARTHEST)
    return _in_zone(row.timezone, rhythm=rhythm, presence=presence, away_until=away_until)


def _in_zone(timezone: str, **known: Any) -> Recipient:
    """Describe a recipient by these clocks; where there are none such, nothing may be sent."""
    try:
        return Recipient(tz=zone(timezone), **known)
    except ValueError:
        log.error("zone_unknown")  # noqa: TRY400 - no values
        return Recipient(tz=ZoneInfo("UTC"), presence=Presence.UNCLEAR)


async def _channels(
    connection: AsyncConnection, workspace_id: WorkspaceId, names: Collection[str]
) -> dict[str, Recipient]:
    """Describe channels by the clocks of their programme, else of the one that is running."""
    programmes = sa.select(programme_table).where(rows_of(programme_table, workspace_id))
    rows = (await connection.execute(programmes)).all()
    running = [row.timezone for row in rows if row.state == ProgrammeState.RUNNING]
    usual = next(iter([*running, *(row.timezone for row in rows)]), "UTC")
    zones = {f"{DIGESTS}{row.id}": row.timezone for row in rows}
    hours = {f"{DIGESTS}{row.id}": _hours_of(row) for row in rows}
    ids = [name.removeprefix(GROUP) for name in names if name.startswith(GROUP)]
    if ids:
        by_id = {row.id: row for row in rows}
        groups = sa.select(group_table.c.id, group_table.c.programme_id).where(
            rows_of(group_table, workspace_id, id=ids)
        )
        for row in await connection.execute(groups):
            zones[f"{GROUP}{row.id}"] = by_id[row.programme_id].timezone
            hours[f"{GROUP}{row.id}"] = _hours_of(by_id[row.programme_id])
    return {
        name: _in_zone(zones.get(name, usual), rhythm=hours.get(name, Rhythm())) for name in names
    }


def _hours_of(row: sa.Row[Any]) -> Rhythm:
    return Rhythm(quiet_from=row.quiet_from, quiet_until=row.quiet_until)


async def programme_of_recipient(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str
) -> Programme | None:
    """Find the programme of a person, running or their last, or that of a group; None for other
    channels."""
    if is_to_person(recipient):
        return await programme_of_slack_user(connection, workspace_id, recipient)
    if recipient.startswith(GROUP):
        group_id = GroupId(recipient.removeprefix(GROUP))
        return await programme_of_group(connection, workspace_id, group_id)
    return None
