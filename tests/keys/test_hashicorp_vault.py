"""Keys in HashiCorp Vault: kept, recalled and destroyed over HTTP, and never lost by mistake."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.keys.hashicorp import HashiCorpVault, VaultAccess
from bot.keys.vault import MARK, KeyLost, SealedBoxKeys
from bot.pulse.model import Fate
from runtime.tenancy import Options, opened_vault
from tests.keys.vault_server import ROLE, SECRET, TOKEN, Server, vault_server
from tests.pulse.stage import Stage

KEYS = SealedBoxKeys(b"p" * 32, b"t" * 32)


@pytest.fixture
def server() -> Iterator[Server]:
    with vault_server() as found:
        yield found


@pytest.fixture
async def remote(server: Server) -> AsyncIterator[HashiCorpVault]:
    found = HashiCorpVault(VaultAccess(address=server.address, token=TOKEN))
    yield found
    await found.close()


async def test_kept_keys_come_back_and_are_listed(remote: HashiCorpVault) -> None:
    assert await remote.names() == frozenset()
    await remote.keep("round_1", KEYS)

    assert await remote.recall("round_1") == KEYS
    assert await remote.names() == {"round_1"}


async def test_destroyed_keys_are_lost_and_destroying_twice_is_harmless(
    remote: HashiCorpVault, server: Server
) -> None:
    await remote.keep("round_1", KEYS)

    await remote.destroy("round_1")
    await remote.destroy("round_1")

    assert set(server.kept) <= {MARK}
    with pytest.raises(KeyLost):
        await remote.recall("round_1")


async def test_keys_are_never_replaced(remote: HashiCorpVault) -> None:
    await remote.keep("round_1", KEYS)

    with pytest.raises(OperatorFacing, match="kept already"):
        await remote.keep("round_1", SealedBoxKeys(b"x" * 32, b"y" * 32))

    assert await remote.recall("round_1") == KEYS


@pytest.mark.parametrize("content", [{}, {"private_key": "?", "tag_key": ""}, {"private_key": 1}])
async def test_damaged_keys_are_lost(
    remote: HashiCorpVault, server: Server, content: dict[str, str]
) -> None:
    server.kept["round_1"] = content

    with pytest.raises(KeyLost):
        await remote.recall("round_1")


@pytest.mark.parametrize("status", [403, 429, 500, 503, 404, 473])
async def test_a_vault_that_refuses_is_never_taken_for_a_lost_key(
    remote: HashiCorpVault, server: Server, status: int
) -> None:
    await remote.keep("round_1", KEYS)
    server.instead = status

    with pytest.raises(OperatorFacing) as caught:
        await remote.recall("round_1")

    assert not isinstance(caught.value, KeyLost)
    assert TOKEN not in caught.value.reason


async def test_a_vault_out_of_reach_is_one_sentence_without_the_token() -> None:
    remote = HashiCorpVault(VaultAccess(address="http://127.0.0.1:9", token=TOKEN))

    with pytest.raises(OperatorFacing, match="check VAULT_ADDR") as caught:
        await remote.set_up()

    assert TOKEN not in repr(remote) + caught.value.reason
    await remote.close()


async def test_an_engine_that_cannot_destroy_is_refused(
    remote: HashiCorpVault, server: Server
) -> None:
    server.is_version_1 = True

    with pytest.raises(OperatorFacing, match="KV version 2"):
        await remote.keep("round_1", KEYS)


async def test_an_approle_logs_in_again_when_its_token_has_run_out(server: Server) -> None:
    access = VaultAccess(address=server.address, role_id=ROLE, secret_id=SECRET)
    remote = HashiCorpVault(access)
    await remote.keep("round_1", KEYS)
    server.tokens = set()

    assert await remote.recall("round_1") == KEYS
    assert server.logins == 2
    await remote.close()
    wrong = HashiCorpVault(replace(access, secret_id="old"))
    with pytest.raises(OperatorFacing, match="VAULT_SECRET_ID"):
        await wrong.set_up()
    await wrong.close()


async def test_a_round_lives_on_keys_in_vault(
    database: Database, remote: HashiCorpVault, server: Server
) -> None:
    stage = Stage(database, remote)
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, {"speak": 5})
    assert set(server.kept) == {MARK, round_.id}

    published = await stage.close(round_)

    assert [fate.fate for fate in published.results.fates] == [Fate.RELEASED]
    assert set(server.kept) <= {MARK}


async def test_the_process_uses_vault_where_it_is_set(server: Server, tmp_path: Path) -> None:
    options = Options(
        bot_token=None,
        app_token=None,
        signing_secret=None,
        api_url="",
        database_url="",
        key_folder=tmp_path / "keys",
        vault=VaultAccess(address=server.address, token=TOKEN),
    )

    async with opened_vault(options) as vault:
        await vault.keep("round_1", KEYS)

    assert list(server.kept) == ["round_1"]
    assert not options.key_folder.exists()
