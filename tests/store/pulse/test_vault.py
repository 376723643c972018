"""The key directory: who may enter, what loss means, and that destroyed means gone."""

import stat

import pytest

from bot.kernel.errors import OperatorFacing
from bot.kernel.vault import FileVault, KeyLost, SealedBoxKeys

KEYS = SealedBoxKeys(b"p" * 32, b"t" * 32)


async def test_kept_keys_come_back_from_a_directory_that_only_we_may_enter(
    vault: FileVault,
) -> None:
    await vault.keep("round_1", KEYS)

    assert await vault.recall("round_1") == KEYS
    assert stat.S_IMODE(vault.directory.stat().st_mode) == 0o700
    modes = [stat.S_IMODE(path.stat().st_mode) for path in vault.directory.iterdir()]
    assert modes == [0o600]


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
    vault.directory.mkdir(mode=0o755)
    vault.directory.chmod(0o755)

    with pytest.raises(OperatorFacing, match="lets others in; run chmod"):
        await vault.keep("round_1", KEYS)

    assert list(vault.directory.iterdir()) == []


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
