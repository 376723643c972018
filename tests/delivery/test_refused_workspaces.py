"""A workspace that Slack refuses is put aside, and goes on as soon as it is accepted."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.delivery import outcomes, paces, store
from bot.delivery.model import Lane, OutboxState
from bot.delivery.tables import outbox
from bot.errands import store as errands
from bot.errands.store import Impossible, Later, Want
from bot.kernel.clock import SetClock
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Paused, Refused
from bot.keys.vault import FileVault
from bot.people import installations
from runtime.stock import take_stock
from tests.conftest import ELSEWHERE, HERE
from tests.delivery.test_outbox_store import NOW, put

MINUTE = timedelta(minutes=1)
REVOKED = Refused("token_revoked")


async def refuse(database: Database, workspace_id: WorkspaceId, *, minutes: int = 0) -> bool:
    """Let a message meet a dead token: it waits, and its workspace is paused."""
    now = NOW + minutes * MINUTE
    async with database.writing() as connection:
        await connection.execute(
            outbox.update()
            .where(outbox.c.workspace_id == workspace_id, outbox.c.dedupe_key == "refused")
            .values(ready_at=now + 15 * MINUTE, last_error="token_revoked")
        )
        row = await connection.execute(
            sa.select(outbox.c.id).where(
                outbox.c.workspace_id == workspace_id, outbox.c.dedupe_key == "refused"
            )
        )
        entry = await store.entry(connection, workspace_id, row.scalar_one())
        assert entry
        return await outcomes.slow_down(connection, entry, REVOKED, now=now)


async def ready_at(database: Database, workspace_id: WorkspaceId) -> dict[str, timedelta]:
    """By key, how long after NOW each message of a workspace may go."""
    async with database.reading() as connection:
        theirs = outbox.c.workspace_id == workspace_id
        return {
            row.dedupe_key: row.ready_at - NOW
            for row in await connection.execute(sa.select(outbox).where(theirs))
        }


async def test_what_met_a_dead_token_goes_at_once_where_it_counts_again(
    database: Database,
) -> None:
    for workspace_id in (HERE, ELSEWHERE):
        await put(database, "refused", workspace_id=workspace_id)
        await put(database, "tomorrow", workspace_id=workspace_id, not_before=NOW + 600 * MINUTE)
        assert await refuse(database, workspace_id), "news"
    assert not await refuse(database, HERE, minutes=15), "and no news"
    async with database.writing() as connection:
        for place, outcome in (("C1", Later("token_revoked")), ("C2", Impossible("is_archived"))):
            owed = await errands.ask(connection, HERE, Want.OPENED, place=place, now=NOW)
            await errands.end(connection, owed, outcome, now=NOW)

    async with database.reading() as connection:
        report = await store.queue_report(connection, HERE, now=NOW + 20 * MINUTE)
    assert (report.refused_for, report.refused_since) == ("token_revoked", NOW)
    assert report.paused_until == NOW + 30 * MINUTE

    async with database.writing() as connection:
        assert await installations.go_on(connection, HERE, now=NOW + 20 * MINUTE)
        assert not await installations.go_on(connection, HERE, now=NOW + 20 * MINUTE)
        report = await store.queue_report(connection, HERE, now=NOW + 20 * MINUTE)
        left = {one.place: one.failed_at for one in await errands.owed(connection, HERE)}

    assert (report.refused_for, report.paused_until) == (None, None)
    assert left == {"C1": None, "C2": NOW}
    assert await ready_at(database, HERE) == {"refused": 0 * MINUTE, "tomorrow": 600 * MINUTE}
    assert (await ready_at(database, ELSEWHERE))["refused"] == 15 * MINUTE


async def test_a_pause_that_slack_asked_for_is_kept(database: Database) -> None:
    await put(database, "refused")
    async with database.writing() as connection:
        (entry,) = [
            await store.entry(connection, HERE, one)
            for one in (await connection.execute(sa.select(outbox.c.id))).scalars()
        ]
        assert entry
        await outcomes.slow_down(connection, entry, Paused(5 * MINUTE), now=NOW)
        assert not await installations.go_on(connection, HERE, now=NOW)
        report = await store.queue_report(connection, HERE, now=NOW)

    assert report.paused_until == NOW + 5 * MINUTE
    assert report.refused_for is None


async def test_stock_is_taken_of_all_workspaces(database: Database, tmp_path: Path) -> None:
    for workspace_id in (HERE, ELSEWHERE):
        await put(database, "refused", workspace_id=workspace_id)
    await put(database, "answer", lane=Lane.INTERACTIVE)
    await refuse(database, ELSEWHERE)
    async with database.writing() as connection:
        failed = outbox.update().where(outbox.c.dedupe_key == "answer")
        gone = {"state": str(OutboxState.FAILED), "last_error": "user_disabled", "ended_at": NOW}
        await connection.execute(failed.values(**gone))
        await errands.ask(connection, HERE, Want.OPENED, place="C1", now=NOW)
        await paces.note_lacking(connection, HERE, {"im:write", "chat:write"}, now=NOW)
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()

    stock = await take_stock(database, vault, SetClock(NOW))

    assert {(one.workspace_id, one.lane, one.count) for one in stock.backlogs} == {
        (HERE, Lane.PROMPT, 1),
        (ELSEWHERE, Lane.PROMPT, 1),
    }
    assert stock.dead == {"user_disabled": 1, "other": 0}
    assert stock.errands == {(Want.OPENED, False): 1}
    assert stock.paces[HERE].lacking == "chat:write,im:write"
    assert stock.paces[ELSEWHERE].paused_for == "token_revoked"
    assert (stock.due, stock.inbox, stock.rounds) == ((0, None), (0, None), 0)
    assert stock.keys == {"words": 0, "tokens": 0, "pulses": 0}
