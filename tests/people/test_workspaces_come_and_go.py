"""Installations: sealed tokens, states that count once, and the rest of a workspace that left."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import outcomes as records
from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import Keyring
from bot.keys.vault import FileVault, KeyLost
from bot.people import installations
from bot.people.installations import Installation, Tokens
from bot.people.tables import install_state
from bot.schedule import claims
from bot.schedule import store as schedule
from bot.schedule.model import Weekly
from tests.conftest import ELSEWHERE, HERE

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)
GIVEN = Tokens(bot="xoxb-marker-bot", refresh="xoxe-marker-refresh")


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    (tmp_path / "keys").mkdir(mode=0o700)
    return Keyring(FileVault(tmp_path / "keys"))


def installation(workspace_id: WorkspaceId, *, at: datetime = NOW) -> Installation:
    return Installation(
        workspace_id=workspace_id,
        app_id="A1",
        bot_user_id="U1",
        scopes=("chat:write", "commands"),
        key_id=None,
        sealed_tokens=None,
        expires_at=None,
        installed_at=at,
    )


async def installed(
    database: Database, keyring: Keyring, workspace_id: WorkspaceId, *, at: datetime = NOW
) -> Installation:
    await installations.install(
        database, keyring, installation(workspace_id, at=at), given=GIVEN, now=at
    )
    return await found(database, workspace_id)


async def found(database: Database, workspace_id: WorkspaceId) -> Installation:
    async with database.reading() as connection:
        kept = await installations.find(connection, workspace_id)
    assert kept is not None
    return kept


async def opened(keyring: Keyring, kept: Installation) -> Tokens:
    return await installations.unseal(keyring, kept)


async def test_a_token_is_kept_sealed_and_opens_on_every_replica(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    kept = await installed(database, keyring, HERE)

    other_replica = Keyring(FileVault(tmp_path / "keys"))

    assert await opened(other_replica, kept) == GIVEN
    assert b"marker" not in (kept.sealed_tokens or b"")
    assert "marker" not in repr(kept)
    assert "marker" not in repr(GIVEN)


async def test_a_sealed_token_opens_for_no_other_workspace(
    database: Database, keyring: Keyring
) -> None:
    kept = await installed(database, keyring, HERE)

    with pytest.raises(KeyLost):
        await opened(keyring, replace(kept, workspace_id=ELSEWHERE))


async def test_without_its_key_a_token_is_lost_and_the_next_install_gets_another(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    kept = await installed(database, keyring, HERE)
    assert kept.key_id is not None
    await keyring.vault.destroy(kept.key_id)
    restarted = Keyring(FileVault(tmp_path / "keys"))

    with pytest.raises(KeyLost):
        await opened(restarted, kept)

    again = await installed(database, restarted, HERE)
    assert again.key_id != kept.key_id
    assert await opened(restarted, again) == GIVEN


async def test_a_state_counts_until_slack_has_answered_whichever_replica_is_asked(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    other_replica = Keyring(FileVault(tmp_path / "keys"))
    state = await installations.begin_install(keyring, now=NOW)

    before = await installations.was_begun_here(database, other_replica, state, now=NOW)
    used = [await installations.use_up(database, state, now=NOW) for _ in range(2)]
    after = await installations.was_begun_here(database, keyring, state, now=NOW)

    assert (before, used, after) == (True, [True, False], False)


@pytest.mark.parametrize(
    "state", ["", "x", "a.b.c", "../x.y.z", "0" * 2000, "\ud800.1.x.y", "0a1b2c3d.1.\0.x", "é.é"]
)
async def test_a_state_of_somebody_elses_making_is_refused(
    database: Database, keyring: Keyring, state: str
) -> None:
    await installations.begin_install(keyring, now=NOW)

    assert not await installations.was_begun_here(database, keyring, state, now=NOW)


async def test_a_state_that_ends_later_than_it_was_signed_for_is_refused(
    database: Database, keyring: Keyring
) -> None:
    key, end, rest = (await installations.begin_install(keyring, now=NOW)).split(".", 2)

    assert not await installations.was_begun_here(
        database, keyring, f"{key}.{int(end) + 9}.{rest}", now=NOW
    )


async def test_a_state_that_nobody_used_in_time_is_refused_and_one_that_was_is_forgotten(
    database: Database, keyring: Keyring
) -> None:
    unused = await installations.begin_install(keyring, now=NOW)
    state = await installations.begin_install(keyring, now=NOW)
    late = NOW + installations.STATE_LASTS
    await installations.use_up(database, state, now=NOW)

    assert not await installations.was_begun_here(database, keyring, unused, now=late)
    await installations.use_up(database, unused, now=late)

    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(install_state))).all()
    assert len(rows) == 1
    assert state not in str(rows)


async def keep_busy(database: Database, workspace_id: WorkspaceId) -> None:
    """Something due every Monday, and something that waits to be sent."""
    async with database.writing() as connection:
        await schedule.put(
            connection,
            workspace_id,
            kind="nudge",
            subject_id="m_1",
            rule=Weekly(weekday=0, at=time(9), anchor=date(2026, 9, 7)),
            tz="UTC",
            now=NOW,
        )
        await delivery.enqueue(
            connection,
            workspace_id,
            kind="nudge",
            subject_id="m_1",
            recipient="C1",
            dedupe_key="one",
            lane=Lane.PROMPT,
            now=NOW,
            expires_at=NOW + timedelta(weeks=8),
        )


async def busy(database: Database, *, at: datetime) -> tuple[set[str], set[str]]:
    """In which workspaces something is due at `at`, and in which something may be sent."""
    async with database.writing() as connection:
        due = {one.workspace_id for one in await claims.claim_due(connection, now=at, limit=99)}
    async with database.reading() as connection:
        outlook = await records.look(connection, now=at)
    return {str(one) for one in due}, {str(one) for one, _ in outlook.workspaces}


async def test_a_workspace_that_left_rests_and_the_other_goes_on(
    database: Database, keyring: Keyring
) -> None:
    for workspace_id in (HERE, ELSEWHERE):
        await installed(database, keyring, workspace_id)
        await keep_busy(database, workspace_id)

    done = await installations.uninstall(database, await found(database, HERE), now=NOW)

    assert done
    assert (await found(database, HERE)).sealed_tokens is None
    assert (await found(database, ELSEWHERE)).sealed_tokens is not None
    assert await busy(database, at=NOW + timedelta(weeks=1)) == ({ELSEWHERE}, {ELSEWHERE})
    async with database.reading() as connection:
        outlook = await records.look(connection, now=NOW - timedelta(days=1))
        present = await installations.present(connection)
    assert outlook.next_at is not None
    assert outlook.next_at < NOW + timedelta(weeks=1)
    assert [one.workspace_id for one in present] == [ELSEWHERE]


async def test_what_is_planned_while_a_workspace_rests_does_not_fall_due(
    database: Database, keyring: Keyring
) -> None:
    await installations.uninstall(database, await installed(database, keyring, HERE), now=NOW)

    await keep_busy(database, HERE)

    assert await busy(database, at=NOW + timedelta(weeks=1)) == (set(), set())


async def test_a_workspace_that_is_back_goes_on_and_catches_nothing_up(
    database: Database, keyring: Keyring
) -> None:
    await installed(database, keyring, HERE)
    await keep_busy(database, HERE)
    await installations.uninstall(database, await found(database, HERE), now=NOW)
    back_at = NOW + timedelta(weeks=3, days=1)

    await installed(database, keyring, HERE, at=back_at)

    assert await busy(database, at=back_at) == (set(), {HERE})
    assert (await busy(database, at=NOW + timedelta(weeks=4, hours=2)))[0] == {HERE}


async def test_who_paused_before_the_app_left_is_still_resting_when_it_is_back(
    database: Database, keyring: Keyring
) -> None:
    await installed(database, keyring, HERE)
    await keep_busy(database, HERE)
    async with database.writing() as connection:
        await schedule.pause(connection, HERE, subject_id="m_1", until=None, now=NOW)
    await installations.uninstall(database, await found(database, HERE), now=NOW)

    await installed(database, keyring, HERE, at=NOW + timedelta(days=1))

    assert (await busy(database, at=NOW + timedelta(weeks=2)))[0] == set()


async def test_tokens_that_were_replaced_meanwhile_are_not_purged(
    database: Database, keyring: Keyring
) -> None:
    before = await installed(database, keyring, HERE)
    await installed(database, keyring, HERE)

    assert not await installations.uninstall(database, before, now=NOW)
    assert (await found(database, HERE)).sealed_tokens is not None


async def test_one_replica_alone_renews_a_token(database: Database, keyring: Keyring) -> None:
    ends_at = NOW + timedelta(hours=1)
    rotating = replace(installation(HERE), expires_at=ends_at)
    await installations.install(database, keyring, rotating, given=GIVEN, now=NOW)
    soon = NOW + timedelta(hours=2)

    async with database.writing() as connection:
        won = [
            await installations.take_renewal(connection, HERE, before=soon, now=NOW)
            for _ in range(2)
        ]
    following = Tokens(bot="xoxb-next", refresh="xoxe-next")
    await installations.renewed(
        database,
        keyring,
        await found(database, HERE),
        given=following,
        expires_at=NOW + timedelta(hours=12),
    )
    async with database.writing() as connection:
        again = await installations.take_renewal(connection, HERE, before=soon, now=NOW)

    assert (won, again) == ([True, False], False)
    assert await opened(keyring, await found(database, HERE)) == following
