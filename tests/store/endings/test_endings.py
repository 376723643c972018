"""Erasing a member and closing a programme reach every room, and one workspace only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.delivery.tables import outbox
from bot.endings import close_programme, erase_member
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.vault import FileVault
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from bot.pulse.model import Fate
from bot.pulse.store import rounds as kept
from tests.cast import ALICE, BOB, ELSEWHERE, GROUP, HERE, PROGRAMME, elsewhere
from tests.store.pulse.stage import Stage

GOOD = {"speak": 5, "mistakes": 1}
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "keys")


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


async def test_an_erased_member_is_gone_here_and_untouched_elsewhere(
    two_bobs: Database, vault: FileVault
) -> None:
    for _ in range(2):
        await erase_member(two_bobs, vault, HERE, member_id=BOB.id, now=NOW)

    async with two_bobs.reading() as connection:
        assert await people.members(connection, HERE) == [ALICE]
        assert await people.members(connection, ELSEWHERE) == [elsewhere(BOB)]
        seats = await programmes.seats(connection, HERE, PROGRAMME.id)
        assert [seat.member_id for seat in seats] == [ALICE.id]
    assert await messages_of(two_bobs, HERE) == 0
    assert await messages_of(two_bobs, ELSEWHERE) == 1


async def test_an_erased_member_takes_an_open_ballot_along_and_leaves_results_alone(
    database: Database, vault: FileVault
) -> None:
    stage = Stage(database, vault)
    leaver = MemberId("A0")
    first = await stage.open({"A": 7})
    await stage.all_answer(first, GOOD)
    published = await stage.close(first)
    second = await stage.open({"A": 7}, at=first.closes_at + timedelta(days=10))
    await stage.all_answer(second, GOOD)
    await put_member(database, leaver)

    await erase_member(database, vault, HERE, member_id=leaver, now=NOW)

    assert len(await stage.box(second)) == 6
    assert await stage.published(first) == published
    async with database.reading() as connection:
        lists = [await kept.eligible_for(connection, one.id) for one in (first, second)]
    names = [{person.member_id for person in asked} for asked in lists]
    assert [len(asked) for asked in names] == [7, 7]
    assert names[0] == names[1]
    assert leaver not in names[0]
    third_at = second.closes_at + timedelta(days=10)
    assert (await stage.close(second)).results.fates[0].fate is Fate.RELEASED
    third = await stage.open({"A": 7}, at=third_at, without=(leaver,))
    await stage.all_answer(third, GOOD)
    assert (await stage.close(third)).results.fates[0].fate is Fate.CHANGED


async def put_member(database: Database, member_id: MemberId) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [replace(BOB, id=member_id)])


async def test_a_programme_is_closed_from_its_own_workspace_only(two_bobs: Database) -> None:
    with pytest.raises(UserFacing, match="is gone"):
        await close_programme(two_bobs, ELSEWHERE, PROGRAMME.id, now=NOW)
    with pytest.raises(UserFacing, match="is gone"):
        await close_programme(two_bobs, HERE, ProgrammeId("programme_none"), now=NOW)

    closed = await close_programme(two_bobs, HERE, PROGRAMME.id, now=NOW)

    assert closed.state is ProgrammeState.CLOSED
    async with two_bobs.reading() as connection:
        assert await programmes.programme_of(connection, HERE, BOB.id) is None
