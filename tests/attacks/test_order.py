"""Where rows lie and what the engine's log says of them: order leads from no ballot to a person."""

import asyncio
import random
import re
from pathlib import Path

import sqlalchemy as sa

from bot.kernel.database import Database, open_database
from bot.kernel.ids import MemberId
from bot.pulse import store as kept
from bot.pulse.model import Round
from runtime.commands.schema import migrate
from tests.pulse.stage import Stage
from tests.support.postgres import superuser_engine

ROUNDS = 25
PEOPLE = 12
AS_BY_CHANCE = ROUNDS + 6 * ROUNDS**0.5
"""Guessing by rank hits one of the people a round, give or take; six deviations are no chance."""


def hits(true: list[str], guessed: list[str]) -> int:
    """How many rows an attacker ties to the right person by comparing ranks."""
    return sum(one == other for one, other in zip(true, guessed, strict=True))


async def physical(database: Database, query: str) -> list[str]:
    """A table's first column in the order in which its rows lie in the file."""
    async with database.reading() as connection:
        return [str(row[0]) for row in await connection.execute(sa.text(query))]


async def answered_in(stage: Stage, round_: Round, order: list[str]) -> dict[bytes, str]:
    """Who answered, by the sealed ballot, which an attacker would have to find out."""
    owner: dict[bytes, str] = {}
    for member in order:
        before = await stage.box(round_)
        await stage.answer(round_, member, {"speak": 4})
        (new,) = set(await stage.box(round_)) - set(before)
        owner[new] = member
    return owner


async def test_the_place_of_a_ballot_tells_no_more_of_its_owner_than_chance(
    stage: Stage,
) -> None:
    chance, by_place, by_list = random.Random(6), 0, 0
    on_sqlite = stage.database.is_sqlite
    tag, lies = ("hex(tag)", "") if on_sqlite else ("encode(tag, 'hex')", "ORDER BY ctid")
    for _ in range(ROUNDS):
        round_ = await stage.open({"A": PEOPLE})
        async with stage.database.reading() as connection:
            asked = [str(one.member_id) for one in await kept.eligible_for(connection, round_.id)]
        order = chance.sample(asked, len(asked))
        owner = await answered_in(stage, round_, order)
        rows = await physical(
            stage.database,
            f"SELECT {tag} FROM pulse_ballot WHERE round_id = '{round_.id}' {lies}",
        )
        true = [owner[bytes.fromhex(tag)] for tag in rows]
        by_place += hits(true, asked)
        by_list += hits(asked, asked)

    assert by_list == ROUNDS * PEOPLE, "the attack finds an order that is there"
    assert by_place <= AS_BY_CHANCE


async def test_the_place_of_what_is_published_tells_nothing_of_when_it_was_written(
    stage: Stage,
) -> None:
    chance, linked = random.Random(7), 0
    sizes = {"A": 4, "B": 4, "C": 4}
    people = [f"{group}{n}" for group, size in sizes.items() for n in range(size)]
    lies = "ctid" if not stage.database.is_sqlite else "rowid"
    for _ in range(ROUNDS):
        round_ = await stage.open(sizes, comments=True)
        order = chance.sample(people, len(people))
        words = [f"{chance.random()}" for _ in order]
        for member, text in zip(order, words, strict=True):
            await stage.comment(round_, member, text, {})
        await stage.close(round_)
        rows = await physical(
            stage.database,
            f"SELECT text FROM pulse_comment WHERE round_id = '{round_.id}' ORDER BY {lies}",
        )
        assert rows == sorted(words)
        linked += hits(rows, words)

    assert linked <= AS_BY_CHANCE


async def test_the_log_of_a_ballot_touches_no_page_of_another_table(stage: Stage) -> None:
    """The frames of SQLite's log, and what pg_waldump makes of Postgres'."""
    round_ = await stage.open({"A": 8})
    await stage.answer(round_, "A7", {"speak": 3})  # pages that are made once are made
    touched = await touched_by(stage, round_)

    assert touched, "the attack sees what was written"
    assert touched <= {"pulse_ballot", "sqlite_autoindex_pulse_ballot_1", "pk_pulse_ballot"}


def log_of(stage: Stage) -> bytes:
    return Path(f"{stage.database.engine.url.database}-wal").read_bytes()


async def touched_by(stage: Stage, round_: Round) -> set[str]:
    """The tables and indexes in whose pages the log says that something was written."""
    if stage.database.is_sqlite:
        return await _frames(stage, round_)
    return await _wal_records(stage, round_)


async def _frames(stage: Stage, round_: Round) -> set[str]:
    before = len(log_of(stage))
    for n in range(7):
        await stage.answer(round_, f"A{n}", {"speak": 5})
    frames = log_of(stage)[before:]
    async with stage.database.reading() as connection:
        size = int((await connection.execute(sa.text("PRAGMA page_size"))).scalar_one())
        owners = await connection.execute(sa.text("SELECT pageno, name FROM dbstat"))
        name_of = {int(row.pageno): str(row.name) for row in owners}
    pages = {int.from_bytes(frames[at : at + 4], "big") for at in range(0, len(frames), size + 24)}
    return {name_of[page] for page in pages - {1}}  # the first page holds how long the file is


async def _wal_records(stage: Stage, round_: Round) -> set[str]:
    async with superuser_engine(stage.database).connect() as connection:
        position = sa.text("SELECT pg_current_wal_insert_lsn()::text")
        start = (await connection.execute(position)).scalar_one()
        for n in range(7):
            await stage.answer(round_, f"A{n}", {"speak": 5})
        end = (await connection.execute(position)).scalar_one()
        places = sa.text(
            "SELECT (SELECT setting FROM pg_config WHERE name = 'BINDIR'), "
            "current_setting('data_directory'), "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        folder, data, number = (await connection.execute(places)).one()
        owners = await connection.execute(sa.text("SELECT relfilenode, relname FROM pg_class"))
        name_of = {str(row.relfilenode): str(row.relname) for row in owners}
    running = await asyncio.create_subprocess_exec(
        f"{folder}/pg_waldump", "--path", f"{data}/pg_wal", "--start", start, "--end", end,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = (await running.communicate())[0].decode()
    return {
        name_of[found]
        for found in re.findall(rf"rel \d+/{number}/(\d+)", told)
        if not name_of[found].startswith("pg_")
    }


async def test_no_member_is_named_in_the_log_of_a_ballot(stage: Stage) -> None:
    if not stage.database.is_sqlite:
        return  # there the records above are of the ballot's table alone
    round_ = await stage.open({"a-group-with-a-name-": 6})
    named = b"a-group-with-a-name-3"
    assert named in log_of(stage), "who is asked stands in the log of the opening"
    before = len(log_of(stage))

    for n in range(6):
        await stage.answer(round_, MemberId(f"a-group-with-a-name-{n}"), {"speak": 5})

    assert named not in log_of(stage)[before:]


async def test_ballots_keep_their_shape_through_all_migrations(empty_database_address: str) -> None:
    if not empty_database_address.startswith("sqlite"):
        return
    await migrate(empty_database_address)

    query = "SELECT sql FROM sqlite_master WHERE name = 'pulse_ballot'"
    database = open_database(empty_database_address)
    (ddl,) = await physical(database, query)
    await database.close()

    assert "WITHOUT ROWID" in ddl
    assert "STRICT" in ddl
