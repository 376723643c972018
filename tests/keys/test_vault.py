"""The key directory: who may enter, what loss means, and that destroyed means gone."""

import asyncio
import stat
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.keys.vault import MARK, FileVault, KeyLost, SealedBoxKeys

KEYS = SealedBoxKeys(b"p" * 32, b"t" * 32)


async def test_kept_keys_come_back_from_a_directory_that_only_we_may_enter(
    vault: FileVault,
) -> None:
    await vault.keep("round_1", KEYS)

    assert await vault.recall("round_1") == KEYS
    assert stat.S_IMODE(vault.directory.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in vault.directory.iterdir()}
    assert modes == {0o600}


async def test_destroyed_keys_are_gone_and_destroying_twice_is_harmless(vault: FileVault) -> None:
    await vault.keep("round_1", KEYS)
    still_open = (vault.directory / "round_1.key").open("rb")

    await vault.destroy("round_1")
    await vault.destroy("round_1")

    assert await vault.names() == frozenset()
    with still_open:
        assert b"p" * 8 not in still_open.read()
    with pytest.raises(KeyLost):
        await vault.recall("round_1")


async def test_keys_are_never_replaced(vault: FileVault) -> None:
    await vault.keep("round_1", KEYS)

    with pytest.raises(OperatorFacing, match="kept already"):
        await vault.keep("round_1", SealedBoxKeys(b"x" * 32, b"y" * 32))

    assert await vault.recall("round_1") == KEYS
    assert await vault.names() == {"round_1"}


@pytest.mark.parametrize("content", [b"", b"cairn-key-1\n" + b"p" * 40, b"x" * 76])
async def test_a_broken_key_file_says_so_without_showing_it(
    vault: FileVault, content: bytes
) -> None:
    await vault.keep("round_1", KEYS)
    (vault.directory / "round_1.key").write_bytes(content)

    with pytest.raises(KeyLost, match="damaged") as failure:
        await vault.recall("round_1")

    assert "ppp" not in str(failure.value)


async def test_a_directory_that_others_may_enter_is_refused(vault: FileVault) -> None:
    vault.directory.chmod(0o755)

    for refused in (vault.keep("round_1", KEYS), vault.set_up()):
        with pytest.raises(OperatorFacing, match="lets others in; run chmod"):
            await refused

    assert await vault.names() == frozenset()


async def test_a_directory_that_is_gone_is_not_made_anew_for_a_key(vault: FileVault) -> None:
    vault.directory.rename(vault.directory.with_name("elsewhere"))

    with pytest.raises(OperatorFacing, match="No such file"):
        await vault.keep("round_1", KEYS)

    assert await vault.mark() is None
    assert not vault.directory.exists()


async def test_replicas_that_set_up_at_once_agree_on_the_mark(tmp_path: Path) -> None:
    vaults = [FileVault(tmp_path / "shared") for _ in range(8)]

    marks = await asyncio.gather(*(vault.set_up() for vault in vaults))

    assert len(set(marks)) == 1
    assert await vaults[0].mark() == marks[0]


async def test_a_damaged_mark_is_no_mark_and_is_not_written_over(vault: FileVault) -> None:
    (vault.directory / MARK).write_bytes(b"\x00" * 32)

    assert await vault.mark() is None
    with pytest.raises(OperatorFacing, match="damaged"):
        await vault.set_up()


async def test_a_key_file_that_others_may_read_is_refused(vault: FileVault) -> None:
    await vault.keep("round_1", KEYS)
    (vault.directory / "round_1.key").chmod(0o644)

    with pytest.raises(OperatorFacing, match="lets others in"):
        await vault.recall("round_1")


async def test_a_name_cannot_lead_out_of_the_directory(vault: FileVault) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        await vault.keep("../escape", KEYS)


def test_keys_do_not_show_themselves() -> None:
    assert "p" * 8 not in repr(KEYS)


async def test_a_directory_that_takes_no_file_is_one_sentence() -> None:
    with pytest.raises(OperatorFacing, match="cannot be used"):
        await FileVault(Path("/proc/self/fd")).set_up()
