"""Copy what a rehearsal needs of a workspace: people, one programme, its groups and calendar.

No table is read in which a member's words are kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import OutboxState
from bot.kernel.database import all_tables, read_each, write_each
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kinds import ScheduleKind
from bot.matching.tables import conflict_table
from bot.people.use_cases import must_coordinate
from bot.programme.model import ProgrammeState
from bot.programme.use_cases import current_programme
from bot.rehearsal.model import Rates, RehearsalOrder

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
OF_WORKSPACE = (
    "member", "delivery_rhythm", "schedule_choice", "schedule_rest", "time_off",
    conflict_table.name, "peer_training",
)  # fmt: skip
OF_PROGRAMME = (
    "enrolment", "pairing_forbid", "pairing_proposal", "pairing_waitlist", "pairing",
    "mentoring_group",
)  # fmt: skip
OF_THOSE = {
    "pairing_match": ("proposal_id", "pairing_proposal"),
    "pairing_unseated": ("proposal_id", "pairing_proposal"),
    "seat": ("group_id", "mentoring_group"),
}
"""Rows that belong to rows of another table, by the column that names them."""
BEGUN = (ScheduleKind.DAILY_CHECK, ScheduleKind.PAUSE_END)
"""Kinds that are scheduled before a programme has begun, and do not need Slack."""
ONLY_BEFORE = "A rehearsal is for a programme that has not begun. Home shows how yours is going."


async def copy_draft(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    by: MemberId,
    rates: Rates,
    seed: int,
    now: datetime,
) -> RehearsalOrder:
    """Copy the programme that is being prepared, for a coordinator.

    Raises UserFacing where none is, and for anybody but a coordinator.
    """
    await must_coordinate(connection, workspace_id, by)
    draft = await current_programme(connection, workspace_id)
    if draft is None:
        raise UserFacing("There is no programme to rehearse yet. Choose one on Home first.")
    if draft.state is not ProgrammeState.DRAFT:
        raise UserFacing(ONLY_BEFORE)
    rows = await _rows(connection, workspace_id, draft.id)
    people = rows["member"]
    if not any(one["is_mentee"] for one in people) or not any(
        one["is_mentor"] or one["is_peer_mentor"] for one in people
    ):
        raise UserFacing("A rehearsal needs a mentor and a mentee at least. Bring in people first.")
    return RehearsalOrder(
        workspace_id=workspace_id,
        programme_id=draft.id,
        by=by,
        rows=rows,
        rates=rates,
        seed=seed,
        now=now,
    )


async def _rows(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> dict[str, list[dict[str, Any]]]:
    tables = all_tables().tables
    found: dict[str, list[dict[str, Any]]] = {}

    async def read(name: str, *which: sa.ColumnElement[bool]) -> None:
        table = tables[name]
        query = sa.select(table).where(table.c.workspace_id == workspace_id, *which)
        found[name] = await read_each(connection, query, lambda row: dict(row._asdict()))

    await read("programme", tables["programme"].c.id == programme_id)
    for name in OF_WORKSPACE:
        await read(name)
    for name in OF_PROGRAMME:
        await read(name, tables[name].c.programme_id == programme_id)
    await read("schedule", tables["schedule"].c.kind.in_([one.value for one in BEGUN]))
    await read("outbox", tables["outbox"].c.state == OutboxState.QUEUED.value)
    for name, (column, owner) in OF_THOSE.items():
        ids = {one["id"] for one in found[owner]}
        await read(name)
        found[name] = [one for one in found[name] if one[column] in ids]
    return found


async def put_copy(connection: AsyncConnection, rows: Rows) -> None:
    """Write a copy into an empty database."""
    for table in all_tables().sorted_tables:
        its = rows.get(table.name)
        if its:
            await write_each(connection, sa.insert(table), its)
