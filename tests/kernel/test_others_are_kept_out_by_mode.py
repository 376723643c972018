"""Modes of files and folders: a group lets nobody in where it is this process's alone."""

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import lets_others_in
from bot.keys.vault import FileVault, SealedBoxKeys

OURS, NOT_OURS = "ours", "not ours"
NOBODY: tuple[str, ...] = ()


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """The group of the files made here, in which the system knows nobody and this process is."""
    found = tmp_path.stat().st_gid
    monkeypatch.setattr(os, "getegid", lambda: 65_001)
    monkeypatch.setattr(os, "getgroups", lambda: [65_001, found])
    known_as(monkeypatch)
    return found


def known_as(
    monkeypatch: pytest.MonkeyPatch, *names: str, users: dict[str, tuple[int, int]] | None = None
) -> None:
    """Let the system know members of every group by name, and users with a uid and a group."""
    given = {name: SimpleNamespace(pw_uid=a, pw_gid=b) for name, (a, b) in (users or {}).items()}
    monkeypatch.setattr(pwd, "getpwall", lambda: list(given.values()))
    monkeypatch.setattr(pwd, "getpwnam", given.__getitem__)
    monkeypatch.setattr(grp, "getgrgid", lambda _: SimpleNamespace(gr_mem=list(names)))


@pytest.mark.parametrize(
    ("mode", "refused"),
    [
        (0o700, False),
        (0o2770, False),
        (0o770, False),
        (0o750, False),
        (0o2775, True),
        (0o2771, True),
        (0o707, True),
        (0o777, True),
    ],
    ids=oct,
)
async def test_a_folder_as_kubernetes_mounts_it_is_taken_and_one_of_others_is_not(
    group: int, tmp_path: Path, mode: int, refused: bool
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)

    assert lets_others_in(folder) is refused
    if refused:
        with pytest.raises(OperatorFacing, match=f"mode {mode:04o} lets others in; run chmod"):
            await FileVault(folder).set_up()
    else:
        await FileVault(folder).set_up()


async def test_a_key_that_the_group_may_read_is_read_while_the_group_is_ours_alone(
    group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, keys = FileVault(tmp_path / "keys"), SealedBoxKeys(b"p" * 32, b"t" * 32)
    await vault.set_up()
    await vault.keep("round_1", keys)
    (tmp_path / "keys" / "round_1.key").chmod(0o660)

    assert await vault.recall("round_1") == keys
    monkeypatch.setattr(os, "getgroups", lambda: [65_001])
    with pytest.raises(OperatorFacing, match="lets others in"):
        await vault.recall("round_1")


def test_somebody_else_in_the_group_is_let_in_by_it(
    group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o770)
    us = os.geteuid()
    cases: list[tuple[tuple[str, ...], dict[str, tuple[int, int]], bool]] = [
        (NOBODY, {"cairn": (us, group), "root": (0, 0)}, False),
        (("cairn", "root"), {"cairn": (us, 5), "root": (0, 0)}, False),
        (("cairn", "mallory"), {"cairn": (us, 5), "mallory": (65_002, 5)}, True),
        (("mallory",), {}, True),
        (NOBODY, {"mallory": (65_002, group)}, True),
    ]
    for names, users, refused in cases:
        known_as(monkeypatch, *names, users=users)
        assert lets_others_in(tmp_path) is refused, (names, users)
