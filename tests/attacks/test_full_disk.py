"""A full disk at every step of closing: nothing lost, nothing linked, nothing told by halves."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.kernel.errors import OperatorFacing
from bot.keys.vault import FileVault
from bot.pulse import ballots
from bot.pulse import store as kept
from bot.pulse.model import RoundState
from tests.attacks.forensics import files_of, found_in
from tests.attacks.test_crashes import EVERYWHERE
from tests.pulse.stage import key_files
from tests.pulse.year import FIRST_OPENING, MENTEES, Year

FULL = OSError(28, "No space left on device")
STEPS: dict[str, tuple[Any, str]] = {
    "shutting the box": (ballots, "hold_shut"),
    "moving the round on": (kept, "move"),
    "reading the ballots": (ballots, "box"),
    "writing the results": (kept, "put_results"),
    "emptying the box": (ballots, "empty"),
    "writing the digest's place": (round_news, "tell_coordinators"),
    "writing the results' places": (round_news, "tell_mentees"),
    "clearing the log": (ballots, "scrub"),
}
ON_POSTGRES = STEPS if EVERYWHERE else ("writing the results", "emptying the box")
CASES = [("sqlite", step) for step in STEPS] + [("postgres", step) for step in ON_POSTGRES]


async def full(*_args: object, **_more: object) -> None:
    raise FULL


async def is_whole(year: Year, vault: FileVault, papers: list[bytes], secrets: list[bytes]) -> bool:
    """Released once, told once, keys gone and nothing readable left."""
    (round_,) = await year.rounds()
    async with year.database.reading() as connection:
        published = await kept.published(connection, round_)
    assert published is not None
    assert len(published.results.releases) == len(round_.items)
    assert len(await year.told(round_news.DIGEST)) == 2
    assert len(await year.told(round_news.RESULT)) == len(MENTEES)
    assert key_files(vault) == []
    files = [*await files_of(year.database), *vault.directory.glob("*")]
    return found_in(files, [*papers, *secrets]) == set()


@pytest.mark.parametrize(("database_address", "step"), CASES, indirect=["database_address"])
async def test_a_close_on_a_full_disk_is_finished_when_there_is_room(
    year: Year, vault: FileVault, papers: list[bytes], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    keys = await vault.recall(round_.id)
    secrets = [keys.private_key, keys.tag_key]
    closes = round_.closes_at

    with monkeypatch.context() as broken:
        broken.setattr(*STEPS[step], full)
        with pytest.raises(OSError, match="No space"):
            await rounds.finish_rounds(year.means, now=closes)
        assert found_in(await files_of(year.database), [*papers, *secrets]) == set()

    (round_,) = await year.rounds()
    is_released = round_.state is RoundState.RELEASED
    assert is_released == (step == "clearing the log")
    assert bool(await year.told(round_news.DIGEST)) == is_released
    await rounds.finish_rounds(year.means, now=closes + timedelta(minutes=1))
    assert await is_whole(year, vault, papers, secrets)


async def test_keys_are_unlinked_even_where_they_cannot_be_overwritten(
    year: Year, vault: FileVault, papers: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()

    write = os.write

    def only_files(descriptor: int, content: bytes) -> int:
        """Room for a file of its own, and none to write over an old one."""
        if not content.startswith(b"cairn-key"):
            raise FULL
        return write(descriptor, content)

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", only_files)
        await rounds.finish_rounds(year.means, now=round_.closes_at)

    assert await is_whole(year, vault, papers, [])


async def test_a_round_waits_for_room_to_note_its_result(
    year: Year, vault: FileVault, papers: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()

    def write(*_args: object) -> int:
        raise FULL

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", write)
        with pytest.raises(OperatorFacing, match="No space left"):
            await rounds.finish_rounds(year.means, now=round_.closes_at)
    await rounds.finish_rounds(year.means, now=round_.closes_at)

    assert await is_whole(year, vault, papers, [])


async def test_a_round_does_not_open_without_room_for_its_keys(
    year: Year, vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_args: object) -> int:
        raise FULL

    await vault.set_up()
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", write)
        with pytest.raises(OperatorFacing, match="No space left"):
            async with year.database.writing() as connection:
                programme = await year.programme(connection)
                await rounds.open_or_hold(year.means, connection, programme, now=FIRST_OPENING)

    assert await year.rounds() == []
    assert [path.name for path in vault.directory.iterdir()] == ["this-vault"]


@contextmanager
def no_file_grows_beyond(size_bytes: int) -> Iterator[None]:
    """The kernel refuses this process to write further into any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_a_log_that_cannot_grow_leaves_the_round_for_the_next_try(
    year: Year, vault: FileVault, papers: list[bytes]
) -> None:
    """The kernel's own refusal, at the first write of closing and at a later one."""
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    wal = f"{year.database.engine.url.database}-wal"

    for room in (0, 12_000):
        most = os.path.getsize(wal) + room  # noqa: ASYNC240
        with no_file_grows_beyond(most), pytest.raises(OperationalError, match="disk"):
            await rounds.finish_rounds(year.means, now=round_.closes_at)
        assert (await year.rounds())[0].state in (RoundState.OPEN, RoundState.CLOSING)
        assert await year.told(round_news.DIGEST, round_news.VOID) == []

    await rounds.finish_rounds(year.means, now=round_.closes_at)
    assert await is_whole(year, vault, papers, [])


async def test_a_truncated_key_file_voids_the_round_and_all_are_told(
    year: Year, vault: FileVault
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    file = vault.directory / f"{round_.id}.key"
    file.write_bytes(file.read_bytes()[:40])

    await rounds.finish_rounds(year.means, now=round_.closes_at)

    assert (await year.rounds())[0].state is RoundState.VOID
    assert len(await year.told(round_news.VOID)) == len(MENTEES) + 1
    assert key_files(vault) == []


async def test_a_clock_moved_back_after_the_close_opens_and_tells_nothing_again(
    year: Year,
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    await rounds.finish_rounds(year.means, now=round_.closes_at)
    told = await year.told(round_news.DIGEST, round_news.RESULT)

    for back in (timedelta(hours=1), timedelta(days=30)):
        assert not await rounds.finish_rounds(year.means, now=round_.closes_at - back)
        async with year.database.writing() as connection:
            programme = await year.programme(connection)
            earlier = round_.closes_at - back
            assert await rounds.open_or_hold(year.means, connection, programme, now=earlier) is None

    assert [one.state for one in await year.rounds()] == [RoundState.RELEASED]
    assert await year.told(round_news.DIGEST, round_news.RESULT) == told
