"""When a schedule is next due, from what is kept of it, what is planned, and who rests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import WorkspaceId
from bot.schedule import rules
from bot.schedule.model import Planned, Rule
from bot.schedule.tables import WHOLE_WORKSPACE, schedule_rest


def row_for(
    workspace_id: WorkspaceId,
    kind: str,
    planned: Planned,
    *,
    kept: sa.Row[Any] | None,
    resting_until: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """The columns of what is `planned` of a kind, in place of the row that is `kept`."""
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "kind": kind,
        "subject_id": planned.subject_id,
        "rule": planned.rule.to_text(),
        "tz": planned.tz,
        "not_before": planned.not_before,
        "served_on": kept.served_on if kept else None,
    }
    unchanged = kept is not None and (kept.rule, kept.tz) == (values["rule"], planned.tz)
    since = still_due(kept, now) if kept is not None and unchanged else now
    return values | following_values(values, since=since, resting_until=resting_until)


def still_due(row: sa.Row[Any], now: datetime) -> datetime:
    """`now`, or when `row` fell due if nobody has claimed that yet."""
    return min(now, row.next_due_at or now)


def following_values(
    values: dict[str, Any], *, since: datetime, resting_until: datetime | None
) -> dict[str, Any]:
    """The columns `next_due_at` and `due_on` of a schedule that is not being claimed."""
    if resting_until is not None and resting_until >= rules.FARTHEST:
        return {"next_due_at": None, "due_on": None}
    held_until = [end for end in (values["not_before"], resting_until) if end is not None]
    found = rules.next_occurrence(
        Rule.from_text(values["rule"]),
        rules.zone(values["tz"]),
        since=max([since, *held_until]),
        served_on=values["served_on"],
    )
    if found is None:
        return {"next_due_at": None, "due_on": None}
    return {"next_due_at": max([found.at, *held_until]), "due_on": found.day}


async def resting_until(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject_id: str, *, now: datetime
) -> datetime | None:
    """Until when this subject rests, None for not at all."""
    return (await resting(connection, workspace_id, [subject_id], now=now))[subject_id]


async def resting(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Sequence[str],
    *,
    now: datetime,
) -> dict[str, datetime | None]:
    """Until when each of these subjects rests, the latest of its rests and the workspace's."""
    query = sa.select(schedule_rest.c.subject_id, schedule_rest.c.until).where(
        schedule_rest.c.workspace_id == workspace_id,
        schedule_rest.c.subject_id.in_([*subject_ids, WHOLE_WORKSPACE]),
        schedule_rest.c.until > now,
    )
    ends: dict[str, list[datetime]] = {}
    for row in await connection.execute(query):
        ends.setdefault(row.subject_id, []).append(row.until)
    everybody = ends.get(WHOLE_WORKSPACE, [])
    return {one: max([*ends.get(one, []), *everybody], default=None) for one in subject_ids}
