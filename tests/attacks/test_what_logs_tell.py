"""What a reader of Postgres' own log learns, before and after the settings of the page."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.kernel.database import Database, metadata, open_database
from tests.attacks.test_row_security import ON_POSTGRES, TABLES, fill, row_of
from tests.conftest import HERE
from tests.support.postgres import SUPERUSER, administer, as_role, superuser_engine

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "what-logs-tell.md"
PRINTED = re.findall(r"^ALTER DATABASE .*;$", PAGE.read_text(), re.MULTILINE)


def _since(log: Path, position: int) -> str:
    return log.read_text(encoding="latin-1")[position:]


async def _logged(database: Database, log: Path, *, words: str) -> str:
    """Publish a comment in these words, and let it fail twice; what the log says of it."""
    position = len(_since(log, 0))
    opened = open_database(database.engine.url.render_as_string(hide_password=False))
    comment = metadata.tables["pulse_comment"]
    row = row_of(comment, HERE) | {"text": words, "number": 7}
    async with opened.writing() as connection:
        await connection.execute(comment.insert().values(row))
    for wrong in (row, row | {"number": None}):
        with pytest.raises(IntegrityError):
            async with opened.writing() as connection:
                await connection.execute(comment.insert().values(wrong))
    async with opened.writing() as connection:
        await connection.execute(sa.delete(comment).where(comment.c.number == 7))
    await opened.close()
    return _since(log, position)


@ON_POSTGRES
async def test_a_log_of_all_statements_holds_words_until_values_are_left_out(
    database: Database, database_address: str
) -> None:
    await fill(database)
    name = database.engine.url.database
    async with superuser_engine(database).connect() as connection:
        log = Path(
            str((await connection.execute(sa.text("SHOW data_directory"))).scalar_one()), "log"
        )
    elsewhere = as_role(database_address, SUPERUSER, database="postgres")
    await administer(elsewhere, f"ALTER DATABASE {name} SET log_statement = 'all'")
    loud = await _logged(database, log, words="words before")

    for statement in PRINTED:
        await administer(elsewhere, statement.replace("DATABASE cairn", f"DATABASE {name}"))
    quiet = await _logged(database, log, words="words after")
    await administer(elsewhere, f"ALTER DATABASE {name} SET log_statement = 'all'")
    all_but_values = await _logged(database, log, words="words at last")

    assert len(PRINTED) == 4
    assert len(TABLES) > 30
    assert "words before" in loud
    assert "words after" not in quiet
    assert "words at last" not in all_but_values
    assert "INSERT INTO pulse_comment" in all_but_values
