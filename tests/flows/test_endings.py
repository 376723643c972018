"""Erasing a member and closing a programme reach every room, and one workspace only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.delivery.tables import outbox
from bot.flows.closing import close_programme
from bot.flows.erasure import (
    ERASURE,
    TRY_AGAIN_AFTER,
    erase_member,
    erasure_due,
    promise_erasure,
)
from bot.jobs import tick
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from bot.pulse import sealing
from bot.pulse import store as kept
from bot.pulse.ballots import keep_open
from bot.pulse.model import Fate, Paper
from bot.pulse.tables import eligible_table
from bot.schedule import store as schedule
from bot.schedule.claims import Duty, Outside
from handlers.register import CAPABILITIES
from tests.pulse.stage import Stage
from tests.support.cast import ALICE, BOB, ELSEWHERE, GROUP, HERE, PROGRAMME, elsewhere

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
        await erase_member(
            two_bobs, vault, HERE, member_id=BOB.id, erasers=CAPABILITIES.erasers, now=NOW
        )

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

    await erase_member(
        database, vault, HERE, member_id=leaver, erasers=CAPABILITIES.erasers, now=NOW
    )

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


async def test_a_members_end_is_one_transaction_beside_the_ballots_own(
    two_bobs: Database, vault: FileVault
) -> None:
    """So a member is whole or gone, and no ballot is deleted beside a name."""
    written: list[tuple[int, str]] = []
    transactions: list[None] = []

    @sa.event.listens_for(two_bobs.engine.sync_engine, "begin")
    def _begin(_connection: sa.Connection) -> None:
        transactions.append(None)

    @sa.event.listens_for(two_bobs.engine.sync_engine, "before_cursor_execute")
    def _watch(_c: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("DELETE", "UPDATE", "INSERT")):
            written.append((len(transactions), statement))

    round_ = await Stage(two_bobs, vault).open({"A": 5})
    a0 = eligible_table.c.member_id == "A0"
    async with two_bobs.writing() as connection:
        await connection.execute(sa.update(eligible_table).where(a0).values(member_id=BOB.id))
    keys = await vault.recall(round_.id)
    tag = sealing.tag_of(keys, HERE, BOB.id)
    async with keep_open(two_bobs, round_.id) as box:
        await box.put(tag=tag, sealed=sealing.seal(round_, tag, Paper(GOOD), keys))
    written.clear()

    await erase_member(
        two_bobs, vault, HERE, member_id=BOB.id, erasers=CAPABILITIES.erasers, now=NOW
    )

    ballots = {number for number, statement in written if "pulse_ballot" in statement}
    others = {number for number, statement in written if "pulse_ballot" not in statement}
    assert (len(ballots), len(others)) == (1, 1)
    assert ballots.isdisjoint(others)
    assert await Stage(two_bobs, vault).box(round_) == {}


@pytest.mark.parametrize("done_before", range(len(CAPABILITIES.erasers) + 1))
async def test_an_erasure_that_fails_half_way_has_done_nothing_and_is_taken_up_again(
    two_bobs: Database, vault: FileVault, done_before: int
) -> None:
    async def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    erasers = [*CAPABILITIES.erasers[:done_before], full]
    await promise_erasure(two_bobs, HERE, member_id=BOB.id, now=NOW)
    with pytest.raises(OSError, match="No space"):
        await erase_member(two_bobs, vault, HERE, member_id=BOB.id, erasers=erasers, now=NOW)
    async with two_bobs.reading() as connection:
        assert await people.member(connection, HERE, BOB.id) == BOB
        assert len(await programmes.seats(connection, HERE, PROGRAMME.id)) == 2
    assert await messages_of(two_bobs, HERE) == 1

    assert await tick_erasures(two_bobs, vault, NOW + TRY_AGAIN_AFTER) == 1

    async with two_bobs.reading() as connection:
        assert await people.members(connection, HERE) == [ALICE]
        assert await schedule.subjects(connection, HERE, [ERASURE]) == set()


async def test_an_erasure_whose_process_died_twice_is_still_due(
    two_bobs: Database, vault: FileVault
) -> None:
    await promise_erasure(two_bobs, HERE, member_id=BOB.id, now=NOW)

    async def die(_workspace_id: WorkspaceId, _member_id: MemberId) -> None:
        raise RuntimeError("killed after the claim")

    for attempt in (1, 2):
        duties: dict[str, Duty] = {ERASURE: Outside(partial(erasure_due, erase=die))}
        assert await tick(two_bobs, duties, now=NOW + attempt * TRY_AGAIN_AFTER) == 1

    assert await tick_erasures(two_bobs, vault, NOW + 3 * TRY_AGAIN_AFTER) == 1
    async with two_bobs.reading() as connection:
        assert await people.members(connection, HERE) == [ALICE]


async def tick_erasures(database: Database, vault: FileVault, now: datetime) -> int:
    async def erase(workspace_id: WorkspaceId, member_id: MemberId) -> None:
        await erase_member(
            database,
            vault,
            workspace_id,
            member_id=member_id,
            erasers=CAPABILITIES.erasers,
            now=now,
        )

    duties: dict[str, Duty] = {ERASURE: Outside(partial(erasure_due, erase=erase))}
    return await tick(database, duties, now=now)


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
