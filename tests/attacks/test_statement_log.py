"""What somebody reads who has the database's log of statements: who is tied to which ballot."""

import re
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.pulse import sealing
from bot.pulse import store as kept
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.postgres import superuser_engine

HEX = re.compile(r"\\x([0-9a-f]{64})\b")


def tied(statements: Collection[str], people: dict[str, str], tags: Collection[str]) -> set[str]:
    """Tags that a reader ties to a person: the last who was named alone before the ballot.

    `people` gives, for every id of somebody, their tag.
    """
    hits, last = set(), None
    for statement in statements:
        named = {tag for name, tag in people.items() if re.search(rf"\b{name}\b", statement)}
        if len(named) == 1:
            (last,) = named
        if "pulse_ballot" in statement and "INSERT" in statement:
            written = [tag for tag in HEX.findall(statement) if tag in tags]
            hits |= {tag for tag in written if tag == last}
            last = None
    return hits


@pytest.fixture
async def pulse(tmp_path: Path, empty_database_address: str) -> AsyncIterator[Pulse]:
    address = empty_database_address
    if address.startswith("sqlite"):
        pytest.skip("SQLite keeps no log of statements")
    async with open_pulse(tmp_path, mentors=1, mentees=6, address=address) as found:
        await found.until_it_opens()
        yield found


async def logged(pulse: Pulse) -> Path:
    """Have Postgres log each statement from now on, with its parameters, and find its log."""
    database = pulse.slack.cairn.database
    name = database.engine.url.database
    other = superuser_engine(database)
    async with other.connect() as outside:
        await outside.execute(sa.text(f"ALTER DATABASE {name} SET log_statement = 'all'"))
        folder = (await outside.execute(sa.text("SHOW data_directory"))).scalar_one()
    await other.dispose()
    await database.engine.dispose()  # what connects from now on is logged
    return Path(folder) / "log"


def statements_in(log: Path, *, since: int) -> list[str]:
    """One text for each statement, with the parameters that stand beneath it."""
    text = log.read_bytes()[since:].decode(errors="replace")
    return re.split(r"\n(?=[^\n]*LOG:  (?:statement|execute|duration))", text)


async def test_no_statement_names_whose_the_next_ballot_is(pulse: Pulse) -> None:
    """The lookup of the member and the tag of the next statement tied 54 of 54."""
    cairn, round_ = pulse.slack.cairn, await pulse.round()
    keys = await cairn.services.vault.recall(round_.id)
    people: dict[str, str] = {}
    async with cairn.database.reading() as connection:
        rows = await connection.execute(sa.text("SELECT id, slack_user_id FROM member"))
        for row in rows:
            tag = sealing.tag_of(keys, round_.workspace_id, row.id).hex()
            people |= {row.id: tag, row.slack_user_id: tag}
        asked = await kept.cells_of(connection, round_.id)
    tags = {people[member] for member in asked}
    log = await logged(pulse)
    start = log.stat().st_size

    for mentee in pulse.mentees:
        await pulse.answer(mentee)

    statements = statements_in(log, since=start)
    written = {tag for one in statements for tag in HEX.findall(one)}
    assert tags <= written, "the log holds the tags of all ballots"
    assert tied(statements, people, tags) == set()
    naming = [f"SELECT {name}\nINSERT INTO pulse_ballot \\x{tag}" for name, tag in people.items()]
    split = [line for pair in naming for line in pair.split("\n")]
    assert tags <= tied(split, people, tags), "a lookup by name would have been found"
