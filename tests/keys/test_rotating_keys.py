"""New keys for words and tokens: whenever a rotation dies, all can be read, and it is repeated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.checkins import store
from bot.flows import sealed_words
from bot.kernel import database as databases
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring, made_at_s
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.people import installations
from bot.people.installations import Installation, Tokens
from tests.attacks.test_at_rest import written
from tests.support.cast import BOB, HERE
from tests.support.seated import seat_everybody

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WORKSPACES = (HERE, WorkspaceId("T0OTHER"))


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


@pytest.fixture
async def vault(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileVault:
    """Two workspaces with tokens and four check-ins, resealed one a transaction."""
    monkeypatch.setattr(databases.portions, "__kwdefaults__", {"size": 1})
    found = FileVault(tmp_path / "keys")
    await seat_everybody(database)
    for number in range(4):
        await written(database, key=f"V{number}")
    for workspace_id in WORKSPACES:
        await installations.install(
            database, Keyring(found), installed(workspace_id), given=Tokens(workspace_id), now=NOW
        )
    return found


def installed(workspace_id: WorkspaceId) -> Installation:
    return Installation(
        workspace_id=workspace_id,
        app_id="A1",
        bot_user_id="U0BOT",
        scopes=("chat:write",),
        key_id=None,
        sealed_tokens=None,
        expires_at=None,
        installed_at=NOW,
    )


async def is_all_read(database: Database, vault: FileVault, check_ins: int = 4) -> bool:
    """Say whether a process that starts now reads every check-in and every token."""
    fresh = with_keyring(database, Keyring(vault, WORDS))
    async with fresh.reading() as connection:
        kept = await store.latest_of(connection, HERE, BOB.id, limit=9)
        there = await installations.present(connection)
    tokens = [(await installations.unseal(Keyring(vault), one)).bot for one in there]
    return (
        len(kept) == check_ins
        and all(one.is_readable for one in kept)
        and sorted(tokens) == sorted(WORKSPACES)
        and await sealed_words.count_unreadable(fresh, vault) == {}
    )


async def test_a_rotation_that_dies_at_any_step_loses_nothing_and_is_repeated(
    database: Database, vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = 0

    def dying(method: Any) -> Any:
        async def step(*given: Any) -> Any:
            nonlocal left
            left -= 1
            done = await method(*given)
            if left < 0:
                raise Killed
            return done

        return step

    for holder, name in ((FileVault, "keep"), (FileVault, "destroy"), (Keyring, "seal")):
        monkeypatch.setattr(holder, name, dying(getattr(holder, name)))

    for work in (sealed_words.rotate, sealed_words.destroy_spare):
        for steps in range(50):
            left = steps
            now = NOW if work is sealed_words.rotate else LATER
            try:
                await work(database, vault, now=now)
            except Killed:
                assert await is_all_read(database, vault), f"after step {steps}"
            else:
                break
        assert steps > 3, "it died at several steps"

    async with database.reading() as connection:
        keys = await sealed_words.keys_in_use(connection, vault)
    assert await is_all_read(database, vault)
    assert (len(keys.used), keys.missing, keys.spare) == (2, frozenset(), frozenset())


async def test_what_was_sealed_with_the_key_before_meanwhile_is_sealed_anew_before_that_goes(
    database: Database, vault: FileVault
) -> None:
    """A running process takes the key before for the newest for up to a minute."""
    unaware = Keyring(vault, WORDS)
    before, _ = await unaware.current()
    await sealed_words.rotate(database, vault, now=NOW)
    await written(with_keyring(database, unaware), key="V4")

    assert await sealed_words.destroy_spare(database, vault, now=LATER) == 2

    assert before not in await vault.names()
    assert await is_all_read(database, vault, check_ins=5)


async def test_a_key_made_after_the_clock_was_set_back_is_the_newest_all_the_same(
    database: Database, vault: FileVault
) -> None:
    keyring = Keyring(vault, WORDS)
    ahead = await keyring.rotate(now=LATER)

    await sealed_words.rotate(database, vault, now=NOW)

    newest = (await keyring.names())[-1]
    async with database.reading() as connection:
        used = await sealed_words.keys_in_use(connection, vault)
    assert made_at_s(newest) > made_at_s(ahead)
    assert newest in used.used
    assert ahead in used.spare
    with pytest.raises(OperatorFacing, match="try again in 66 minutes"):
        await sealed_words.destroy_spare(database, vault, now=NOW)
