"""Members put into a programme one by one, as only tests need it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.programme.tables import enrolment_table


async def enrol(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_ids: Iterable[MemberId],
) -> None:
    """Let these members take part in the programme. Who already does is left as is."""
    key = {"workspace_id": workspace_id, "programme_id": programme_id}
    insert = insert_into(connection, enrolment_table).on_conflict_do_nothing()
    for member_id in member_ids:
        await connection.execute(insert, key | {"member_id": member_id})
