"""How often and when a subject wants something, in place of what the programme plans."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Choice, Rule, Weekly
from bot.schedule.tables import schedule_choice


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
    keys = {"workspace_id": workspace_id, "kind": kind, "subject_id": subject_id}
    values = {
        "every_weeks": choice.every_weeks if choice else None,
        "weekday": choice.weekday if choice else None,
        "at": choice.at if choice else None,
        "chosen_at": now,
    }
    await connection.execute(
        insert_into(connection, schedule_choice)
        .values(keys | values)
        .on_conflict_do_update(index_elements=list(keys), set_=values)
    )


async def choice_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> tuple[Choice | None, datetime | None]:
    """What the subject chose (None: as planned), and when they last decided (None: never)."""
    row = await _row(connection, workspace_id, kind=kind, subject_id=subject_id)
    return (_choice(row), row.chosen_at) if row else (None, None)


async def planned_rule(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> Rule | None:
    """What was planned when the schedule was last put, for a subject that has decided."""
    row = await _row(connection, workspace_id, kind=kind, subject_id=subject_id)
    return Rule.from_text(row.planned) if row and row.planned else None


async def applied(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    planned: Mapping[str, Rule],
) -> dict[str, Rule]:
    """The rule to go by for each subject: what is `planned`, or the subject's choice in its place.

    For as many subjects as fit into one statement.
    """
    weekly = {subject: rule for subject, rule in planned.items() if isinstance(rule, Weekly)}
    found = dict(planned)
    if not weekly:
        return found
    query = sa.select(schedule_choice).where(
        schedule_choice.c.workspace_id == workspace_id,
        schedule_choice.c.kind == kind,
        schedule_choice.c.subject_id.in_(list(weekly)),
    )
    changed = []
    for row in (await connection.execute(query)).all():
        rule, choice = weekly[row.subject_id], _choice(row)
        if row.planned != rule.to_text():
            changed.append(
                {"its_workspace": workspace_id, "its_kind": kind, "its_subject": row.subject_id}
                | {"to_planned": rule.to_text()}
            )
        if choice is not None:
            found[row.subject_id] = replace(
                rule, weekday=choice.weekday, at=choice.at, every_weeks=choice.every_weeks
            )
    if changed:
        await connection.execute(_REPLAN, changed)
    return found


_REPLAN = (
    schedule_choice.update()
    .where(
        schedule_choice.c.workspace_id == sa.bindparam("its_workspace"),
        schedule_choice.c.kind == sa.bindparam("its_kind"),
        schedule_choice.c.subject_id == sa.bindparam("its_subject"),
    )
    .values(planned=sa.bindparam("to_planned"))
)


async def _row(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> sa.Row[Any] | None:
    query = sa.select(schedule_choice).where(
        schedule_choice.c.workspace_id == workspace_id,
        schedule_choice.c.kind == kind,
        schedule_choice.c.subject_id == subject_id,
    )
    return (await connection.execute(query)).one_or_none()


def _choice(row: sa.Row[Any]) -> Choice | None:
    if row.every_weeks is None:
        return None
    return Choice(every_weeks=row.every_weeks, weekday=row.weekday, at=row.at)
