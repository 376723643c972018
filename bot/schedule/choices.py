"""Store how often and when a subject wants something, in place of what the programme plans."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import put_rows, rows_of
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Choice, Rule, Weekly
from bot.schedule.tables import KEY, schedule_choice

_AS_PLANNED: dict[str, Any] = dict.fromkeys(Choice.__dataclass_fields__)


async def put_choice(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    choice: Choice | None,
    now: datetime,
) -> None:
    """Note what the subject decided at `now`; None means that it is to be as planned."""
    row = {"workspace_id": workspace_id, "kind": kind, "subject_id": subject_id, "chosen_at": now}
    await put_rows(connection, schedule_choice, [row | (asdict(choice) if choice else _AS_PLANNED)])


async def choice_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> tuple[Choice | None, datetime | None]:
    """Find what the subject chose (None: as planned), and when they last decided (None: never)."""
    row = await _row(connection, workspace_id, kind=kind, subject_id=subject_id)
    return (_choice(row), row.chosen_at) if row else (None, None)


async def planned_rule(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> Rule | None:
    """Find what was planned when the schedule was last put, for a subject that has decided."""
    row = await _row(connection, workspace_id, kind=kind, subject_id=subject_id)
    return Rule.from_text(row.planned) if row and row.planned else None


async def applied(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    planned: Mapping[str, Rule],
) -> dict[str, Rule]:
    """Find each subject's rule: what is `planned`, or the subject's choice in its place.

    For as many subjects as fit into one statement.
    """
    weekly = {subject: rule for subject, rule in planned.items() if isinstance(rule, Weekly)}
    found = dict(planned)
    if not weekly:
        return found
    query = sa.select(schedule_choice).where(
        rows_of(schedule_choice, workspace_id, kind=kind, subject_id=weekly.keys())
    )
    changed = []
    for row in (await connection.execute(query)).all():
        rule, choice = weekly[row.subject_id], _choice(row)
        if row.planned != rule.to_text():
            key = {f"its_{name}": getattr(row, name) for name in KEY}
            changed.append(key | {"to_planned": rule.to_text()})
        if choice is not None:
            found[row.subject_id] = replace(rule, **asdict(choice))
    if changed:
        await connection.execute(_REPLAN, changed)
    return found


_REPLAN = (
    schedule_choice.update()
    .where(*(schedule_choice.c[name] == sa.bindparam(f"its_{name}") for name in KEY))
    .values(planned=sa.bindparam("to_planned"))
)


async def _row(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> sa.Row[Any] | None:
    its = rows_of(schedule_choice, workspace_id, kind=kind, subject_id=subject_id)
    return (await connection.execute(sa.select(schedule_choice).where(its))).one_or_none()


def _choice(row: sa.Row[Any]) -> Choice | None:
    if row.every_weeks is None:
        return None
    return Choice(every_weeks=row.every_weeks, weekday=row.weekday, at=row.at)
