"""Erasing a member and closing a programme reach every room, and one workspace only."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.delivery.tables import outbox
from bot.endings import close_programme, erase_member
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from tests.cast import ALICE, BOB, ELSEWHERE, GROUP, HERE, PROGRAMME, elsewhere

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)


@pytest.fixture
async def two_bobs(database: Database) -> Database:
    """Bob here with a seat, a Bob with the same ids elsewhere, and a message for each."""
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [ALICE, BOB])
        await people.put_members(connection, ELSEWHERE, [elsewhere(BOB)])
        await programmes.put_programme(connection, HERE, PROGRAMME)
        seats = [Seat(GROUP.id, ALICE.id, Role.MENTOR), Seat(GROUP.id, BOB.id, Role.MENTEE)]
        await programmes.put_groups(connection, HERE, PROGRAMME.id, [GROUP], seats)
        for workspace in (HERE, ELSEWHERE):
            await delivery.enqueue(
                connection,
                workspace,
                kind="conduct_invitation",
                subject_id=BOB.id,
                recipient=BOB.slack_user_id,
                dedupe_key="one",
                lane=Lane.PROMPT,
                now=NOW,
                expires_at=NOW + timedelta(days=1),
            )
    return database


async def messages_of(database: Database, workspace_id: WorkspaceId) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.workspace_id == workspace_id)
    async with database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_an_erased_member_is_gone_here_and_untouched_elsewhere(two_bobs: Database) -> None:
    for _ in range(2):
        await erase_member(two_bobs, HERE, BOB.id, now=NOW)

    async with two_bobs.reading() as connection:
        assert await people.members(connection, HERE) == [ALICE]
        assert await people.members(connection, ELSEWHERE) == [elsewhere(BOB)]
        seats = await programmes.seats(connection, HERE, PROGRAMME.id)
        assert [seat.member_id for seat in seats] == [ALICE.id]
    assert await messages_of(two_bobs, HERE) == 0
    assert await messages_of(two_bobs, ELSEWHERE) == 1


async def test_a_programme_is_closed_from_its_own_workspace_only(two_bobs: Database) -> None:
    with pytest.raises(UserFacing, match="is gone"):
        await close_programme(two_bobs, ELSEWHERE, PROGRAMME.id, now=NOW)
    with pytest.raises(UserFacing, match="is gone"):
        await close_programme(two_bobs, HERE, ProgrammeId("programme_none"), now=NOW)

    closed = await close_programme(two_bobs, HERE, PROGRAMME.id, now=NOW)

    assert closed.state is ProgrammeState.CLOSED
    async with two_bobs.reading() as connection:
        assert await programmes.programme_of(connection, HERE, BOB.id) is None
