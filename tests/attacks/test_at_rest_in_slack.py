"""What people see of it in Slack, and the operator at the command line."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.checkins.tables import checkin
from bot.kernel.errors import OperatorFacing
from bot.matching.tables import wish_table
from runtime.commands import keys as commands
from runtime.doctor.examination import examine
from tests.attacks.forensics import files_of, found_in
from tests.checkins.test_checkins import write
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

WORDS = "I froze at the arrest on ward nine and told nobody at all"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def past(here: Running) -> str:
    await here.slack.slash(here.bob, "past")
    return all_text(await here.slack.view(here.bob))


async def delete_the_latest(here: Running) -> str:
    await past(here)
    await here.slack.press(here.bob, "Open", modal=True)
    await here.slack.press(here.bob, "Delete", modal=True)
    return all_text(await here.slack.view(here.bob))


async def test_a_check_in_that_was_altered_says_so_and_everything_else_opens(
    here: Running,
) -> None:
    await write(here, here.bob, first=WORDS)
    async with here.slack.cairn.database.writing() as connection:
        await connection.execute(sa.update(checkin).values(visibility="group"))

    assert "cannot be read any more" in await past(here)
    assert "My check-ins" in all_text(await here.slack.home(here.bob))
    assert WORDS not in all_text(await here.slack.home(here.mentor))
    assert "The check-in is deleted" in await delete_the_latest(here)
    assert "have not written" in await past(here)


async def test_deleted_means_gone_or_says_what_is_left_and_who_clears_it(here: Running) -> None:
    database = here.slack.cairn.database
    for meanwhile in (False, True):
        await write(here, here.bob, first=WORDS)
        async with database.reading() as connection:
            sealed = (await connection.execute(sa.select(checkin.c.sealed))).scalars().all()
        with closing(sqlite3.connect(str(database.engine.url.database))) as reader:
            if meanwhile:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM checkin").fetchall()
            said = await delete_the_latest(here)
            assert ("another program" in said) is meanwhile
            assert bool(found_in(await files_of(database), sealed)) is meanwhile
        await here.slack.close(here.bob)
    await here.slack.advance(minutes=6)

    assert found_in(await files_of(database), sealed) == set()


async def test_the_doctor_tells_open_files_lost_keys_and_who_is_not_matched(
    here: Running, tmp_path: Path
) -> None:
    await write(here, here.bob, first=WORDS)
    options = here.slack.cairn.options
    before = [one.sentence for one in await examine(options) if not one.is_well]
    assert any("KEY_DIR lies inside" in one for one in before), "they lie in one folder here"
    async with here.slack.cairn.database.writing() as connection:
        row = {"workspace_id": here.slack.cairn.workspace_id, "id": "wish_1"}
        await connection.execute(
            sa.insert(wish_table).values(**row, key_id="words-k0-gone", sealed=b"x" * 540)
        )
    (tmp_path / "cairn.db").chmod(0o644)
    for person in (here.coordinator, here.mentor, here.bob):
        assert len((await here.slack.home(person))["blocks"]) > 3, "Home opens all the same"

    wrong = " ".join(one.sentence for one in await examine(options) if not one.is_well)

    assert f"chmod go-rwx {tmp_path}/cairn.db" in wrong
    assert (
        "Nobody can read some members' wishes (1); these keys are missing: words-k0-gone" in wrong
    )
    now = here.slack.clock.now()
    with pytest.raises(OperatorFacing, match="gives up 1 wish, block or concern for good"):
        await commands.start_anew(options, now=now)
    assert "1 wish, block or concern could not be read" in await commands.start_anew(
        options, now=now, sure=True
    )
    assert "words-k0-gone" not in await commands.look(options)


async def test_keys_in_memory_are_refused_beside_a_database_on_a_disk(
    here: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(here.slack.cairn.options, key_folder=tmp_path / "keys")
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(commands, "MOUNTS", mounts)
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path}/keys tmpfs rw 0 0\n")

    with pytest.raises(OperatorFacing, match="lies in memory"):
        commands.refuse_keys_in_memory(options)

    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    commands.refuse_keys_in_memory(options)
