"""What lies on the disk of what people wrote: nothing readable, and nothing once it is erased."""

import asyncio
import os
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.checkins import disclosure, store
from bot.checkins.rules import Answer, Blocker, CheckIn, Reflection, Visibility
from bot.checkins.tables import checkin
from bot.checkins.use_cases import delete, save
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.flows import sealed_words
from bot.flows.erasure import clear_traces, erase_member, traces_due
from bot.groups import approval as deciding
from bot.groups.joining import hold_back
from bot.groups.messages import INTRODUCTION, PRIVATE_FOR
from bot.jobs import tick
from bot.kernel.database import Database, metadata, open_database, portions
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.keys import keyring
from bot.keys.keyring import WORDS as WORDS_KEYS
from bot.keys.keyring import Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault, KeyLost
from bot.kinds import ScheduleKind
from bot.matching import exclusions
from bot.matching import proposals as proposing
from bot.people import store as people
from bot.people.model import Member
from bot.schedule.claims import Duty, Outside
from bot.stages.model import Lens
from handlers.register import CAPABILITIES
from tests.attacks.forensics import dumped, files_of, found_in, rows_of
from tests.checkins.test_checkins_are_kept import FORM
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE
from tests.support.cohort import DRAFT, STARTED, arrive
from tests.support.seated import DANA, seat_everybody
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
WORDS = b"I froze at the arrest on ward nine and told nobody at all"
WISH = b"Please never tell the others that I asked for half an hour"
NAME = "Bobinette Marker-Featherstonehaugh of the ward"


def entry(visibility: Visibility, words: str) -> Reflection:
    answer = Answer(Lens.THINK, "What did you learn?", words)
    return Reflection(
        answers=(answer,),
        confidence=3,
        blocker=Blocker.TEAM,
        wish=WISH.decode(),
        visibility=visibility,
    )


async def written(
    database: Database,
    visibility: Visibility = Visibility.ONLY_ME,
    *,
    key: str = "V1",
    who: Member = BOB,
    words: str = WORDS.decode(),
) -> CheckIn:
    return await write(
        database,
        save,
        HERE,
        slack_user_id=who.slack_user_id,
        form=FORM,
        entry=entry(visibility, words),
        form_key=key,
        now=NOW,
    )


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_no_words_of_a_check_in_are_in_the_files_or_a_dump(
    database: Database, tmp_path: Path, visibility: Visibility
) -> None:
    await seat_everybody(database)
    await written(database, visibility)

    files = [*await files_of(database), *await dumped(database, tmp_path)]

    assert found_in(files, [WORDS, WISH]) == set()
    assert found_in(files, [b"Occupational Health"]), "the search itself must find what is there"


async def test_no_row_tells_who_wishes_to_be_kept_from_whom(database: Database) -> None:
    await seat_everybody(database)
    before = await rows_of(database)

    await write(database, exclusions.set_vetoes, HERE, BOB.id, [ALICE.id, DANA.id])

    new = [
        row
        for name, rows in (await rows_of(database)).items()
        for row in rows
        if row not in before[name]
    ]
    named = [one.id for one in (ALICE, BOB, DANA) if any(one.id in row for row in new)]
    assert new, "the search itself must find the wishes"
    assert named == []


async def sealed_of(database: Database) -> list[bytes]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(checkin.c.sealed))).scalars())


async def test_what_was_deleted_is_in_no_file_once_its_writer_is_told_so(
    database: Database, tmp_path: Path
) -> None:
    await seat_everybody(database)
    kept = await written(database, Visibility.GROUP)
    sealed = await sealed_of(database)
    await write(database, delete, BOB, kept.id, now=NOW)

    assert await clear_traces(database, HERE, ["checkin"], now=NOW)

    files = [*await files_of(database), *await dumped(database, tmp_path)]
    assert found_in(files, [WORDS, WISH]) == set()
    if database.is_sqlite:
        assert found_in(files, sealed) == set()


async def erase(database: Database, tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()
    await erase_member(
        database, vault, HERE, member_id=BOB.id, erasers=CAPABILITIES.erasers, now=NOW
    )


async def test_whoever_is_erased_is_in_no_file_of_sqlite_once_told_so(
    database: Database, tmp_path: Path
) -> None:
    if not database.is_sqlite:
        pytest.skip("Postgres' log keeps what its own settings say")
    await seat_everybody(database)
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [replace(BOB, name=NAME)])
    await erase(database, tmp_path)

    assert await clear_traces(database, HERE, metadata.tables, now=NOW)

    assert found_in(await files_of(database), [NAME.encode(), b"bob@example.org."[:16]]) == set()


async def test_many_names_and_no_copy_of_one_that_was_erased(
    database: Database, tmp_path: Path
) -> None:
    """SQLite moves rows about to make room for others; a copy that it left would not be cleared."""
    if not database.is_sqlite:
        pytest.skip("Postgres' log keeps what its own settings say")
    await seat_everybody(database)
    chance = random.Random(3)
    many = [
        replace(
            BOB,
            id=MemberId(f"{chance.getrandbits(64):016x}"),
            slack_user_id=SlackUserId(f"U{chance.getrandbits(64):016X}"),
            email=None,
            name=f"Name{number:05}-{chance.getrandbits(64):016x}",
        )
        for number in range(1_500)
    ]
    chance.shuffle(many)
    longer = [replace(one, name=one.name + "x" * chance.randrange(900)) for one in many]
    for state in (many, chance.sample(longer, len(many))):
        for some in portions(state, size=10):
            async with database.writing() as connection:
                await people.put_members(connection, HERE, some)
    gone, table = many[:500], metadata.tables["member"]
    async with database.writing() as connection:
        ids = [one.id for one in gone]
        await connection.execute(sa.delete(table).where(table.c.id.in_(ids)))

    assert await clear_traces(database, HERE, metadata.tables, now=NOW)

    markers = [text.encode() for one in gone for text in (one.name, one.slack_user_id)]
    [content] = [path.read_bytes() for path in await files_of(database) if path.suffix == ".db"]
    assert [one for one in markers if one in content] == []


async def test_postgres_keeps_no_dead_row_of_what_was_erased(
    database: Database, tmp_path: Path
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite overwrites what is deleted")
    await seat_everybody(database)
    await written(database)
    await erase(database, tmp_path)

    assert await clear_traces(database, HERE, metadata.tables, now=NOW)

    async with database.reading() as connection:
        size = sa.text("SELECT pg_relation_size('checkin')")
        assert (await connection.execute(size)).scalar_one() == 0


async def test_while_another_program_reads_nobody_is_told_that_it_is_all_gone(
    database: Database,
) -> None:
    """A backup under way, say: what it may still read stays in SQLite's log."""
    if not database.is_sqlite:
        pytest.skip("Postgres lets nobody wait for a reader")
    await seat_everybody(database)
    kept = await written(database)
    sealed = await sealed_of(database)
    with closing(sqlite3.connect(str(database.engine.url.database))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM checkin").fetchall()
        await write(database, delete, BOB, kept.id, now=NOW)
        assert not await clear_traces(database, HERE, ["checkin"], now=NOW)
        assert found_in(await files_of(database), sealed)

    duties: dict[str, Duty] = {ScheduleKind.TRACES: Outside(partial(traces_due, database=database))}
    assert await tick(database, duties, now=NOW + timedelta(minutes=6)) == 1
    assert found_in(await files_of(database), sealed) == set()


async def test_who_writes_into_the_database_shows_no_check_in_to_more_people(
    database: Database,
) -> None:
    await seat_everybody(database)
    kept = await written(database)
    async with database.writing() as connection:
        await connection.execute(sa.update(checkin).values(visibility="group"))

    async with database.reading() as connection:
        found = await disclosure.open_shared(connection, DANA, kept.id)

    assert found is None


def test_no_folder_on_the_way_to_keys_or_database_is_open_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        asyncio.run(FileVault(tmp_path / "made" / "here" / "keys").set_up())
        open_database(f"sqlite:///{tmp_path}/other/here/data/cairn.db")
    finally:
        os.umask(before)

    modes = {path.name: path.stat().st_mode & 0o022 for path in tmp_path.rglob("*")}
    assert {name for name, mode in modes.items() if mode} == set()


async def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        database = open_database(f"sqlite:///{tmp_path}/made/cairn.db")
        async with database.writing() as connection:
            await connection.execute(sa.text("CREATE TABLE one (a TEXT)"))
            modes = {
                path.name: oct(path.stat().st_mode & 0o777)
                for path in (tmp_path / "made", *(tmp_path / "made").iterdir())
            }
        await database.close()
    finally:
        os.umask(before)

    assert modes == {
        "made": "0o700",
        "cairn.db": "0o600",
        "cairn.db-wal": "0o600",
        "cairn.db-shm": "0o600",
    }


@pytest.mark.parametrize("column", ["sealed", "member_id", "shared_at", "key_id"])
async def test_a_check_in_that_was_moved_or_altered_opens_for_nobody(
    database: Database, column: str
) -> None:
    await seat_everybody(database)
    mine = await written(database, Visibility.MENTOR)
    other = await written(database, Visibility.MENTOR, key="V2", who=DANA)
    async with database.writing() as connection:
        theirs = sa.select(checkin.c[column]).where(checkin.c.id == other.id).scalar_subquery()
        moved: object = "words-k0-gone" if column == "key_id" else theirs
        moved = NOW - timedelta(days=1) if column == "shared_at" else moved
        its = sa.update(checkin).where(checkin.c.id == mine.id)
        await connection.execute(its.values({column: moved}))

    async with database.reading() as connection:
        everybody = [
            one
            for who in (BOB, DANA)
            for one in await store.latest_of(connection, HERE, who.id, limit=9)
        ]
        shared = await store.shared_with_mentors(
            connection, HERE, group_ids=[GROUP.id], until=NOW + timedelta(days=1)
        )
    assert {one.id: one.is_readable for one in everybody} == {mine.id: False, other.id: True}
    assert [one.id for one in shared] == [other.id]
    assert [one.entry.answers for one in everybody if one.id == mine.id] == [()]


async def test_the_length_of_what_is_sealed_tells_little(database: Database) -> None:
    await seat_everybody(database)
    await written(database)
    await written(database, key="V2", words="No.")
    for named in ([ALICE.id], [ALICE.id, DANA.id]):
        await write(database, exclusions.set_vetoes, HERE, BOB.id, named)
        async with database.reading() as connection:
            wish = await connection.execute(sa.select(exclusions.SEALED.table.c.sealed))
            assert len(wish.scalar_one()) == 512 + 28
    assert {len(one) for one in await sealed_of(database)} == {512 + 28}


async def test_without_the_key_of_wishes_nobody_is_introduced_and_nothing_is_forgotten(
    database: Database, tmp_path: Path
) -> None:
    await arrive(database)
    its, before = (database, HERE), STARTED - timedelta(days=5)
    kept = await proposing.propose(*its, DRAFT.id, by=CAROL.id, seed=7, now=before)
    await deciding.approve(*its, kept.id, by=CAROL.id, now=before)
    await write(database, exclusions.set_vetoes, HERE, BOB.id, [ALICE.id])
    restarted, keys = reopened(database, tmp_path), tmp_path / "keys"
    (key,) = keys.glob("words-*.key")
    key.rename(tmp_path / "aside")
    due = before + PRIVATE_FOR + timedelta(hours=1)
    async with restarted.writing() as connection:
        rows = (await connection.execute(sa.select(*ENTRY).where(outbox.c.not_before <= due))).all()
        entries = [entry_from(row) for row in rows]
        held = await hold_back(connection, HERE, entries, due)
    introduced = {one.recipient for one in entries if one.kind == INTRODUCTION}
    assert len(introduced) > 1
    assert introduced <= {*held}
    with pytest.raises(UserFacing, match="no wish"):
        await write(restarted, exclusions.set_vetoes, HERE, BOB.id, [])
    (tmp_path / "aside").rename(key)

    async with reopened(database, tmp_path).reading() as connection:
        assert await exclusions.vetoes(connection, HERE) == {BOB.id: {ALICE.id}}


def reopened(database: Database, tmp_path: Path) -> Database:
    """The database as a process sees it that has just started."""
    return with_keyring(database, Keyring(FileVault(tmp_path / "keys"), WORDS_KEYS))


async def test_new_keys_open_everything_and_the_old_copy_opens_to_nobody(
    database: Database, tmp_path: Path
) -> None:
    vault = FileVault(tmp_path / "keys")
    await seat_everybody(database)
    kept = await written(database)
    await write(database, exclusions.set_vetoes, HERE, BOB.id, [ALICE.id])
    async with database.reading() as connection:
        old = (await connection.execute(sa.select(checkin))).one()
    was = old.key_id

    assert await sealed_words.rotate(database, vault, now=NOW) == 0
    with pytest.raises(OperatorFacing, match="try again in 5 minutes"):
        await sealed_words.destroy_spare(database, vault, now=NOW)
    assert await sealed_words.destroy_spare(database, vault, now=NOW + timedelta(hours=1)) == 1

    restarted = reopened(database, tmp_path)
    async with restarted.reading() as connection:
        found = await store.find(connection, HERE, kept.id)
        assert found == kept
        assert await exclusions.vetoes(connection, HERE) == {BOB.id: {ALICE.id}}
        keys = await sealed_words.keys_in_use(connection, vault)
        with pytest.raises(KeyLost):
            await store.SEALED.open(connection, old)
    assert was not in keys.used
    assert (len(keys.used), keys.missing, keys.spare) == (1, frozenset(), frozenset())


async def test_a_process_hears_of_new_keys_and_writes_on_while_the_vault_is_away(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "KNOWN_FOR_S", 0.0)
    vault = FileVault(tmp_path / "keys")
    await seat_everybody(database)
    first = await written(database)
    await sealed_words.rotate(database, vault, now=NOW)
    (tmp_path / "keys").rename(tmp_path / "aside")
    meanwhile = await written(database, key="V2")
    (tmp_path / "aside").rename(tmp_path / "keys")
    last = await written(database, key="V3")

    async with reopened(database, tmp_path).reading() as connection:
        query = sa.select(checkin.c.id, checkin.c.key_id)
        used = {row.id: row.key_id for row in await connection.execute(query)}
        kept = await store.latest_of(connection, HERE, BOB.id, limit=9)
    assert used[first.id] == used[last.id] > used[meanwhile.id]
    assert all(one.is_readable for one in kept)
