"""A database that is slow, silent or away: how long it is waited for, and what the log says."""

import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from bot.kernel import refusals
from bot.kernel.database import Database, open_database
from bot.kernel.postgres import taking_long
from bot.kernel.refusals import Outage, refused
from handlers.edge.inbox import answers
from tests.support.strange_servers import silence, strange_server

SHOWN = ("statement_timeout", "idle_in_transaction_session_timeout")


async def shown(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [
            str((await connection.execute(sa.text(f"SHOW {name}"))).scalar_one()) for name in SHOWN
        ]


async def test_a_statement_has_its_time_at_the_server(database_address: str) -> None:
    if database_address.startswith("sqlite"):
        return
    own = sa.make_url(database_address).update_query_dict(
        {"options": "-c statement_timeout=100ms", "connect_timeout": "9"}
    )
    hasty, patient, chosen = (
        open_database(database_address, is_patient=False),
        open_database(database_address),
        open_database(own.render_as_string(hide_password=False), is_patient=False),
    )

    assert await shown(hasty) == ["30s", "1min"]
    assert await shown(patient) == ["1h", "30min"]
    assert await shown(chosen) == ["100ms", "1min"]
    with pytest.raises(DBAPIError) as slow:
        async with chosen.writing() as connection:
            await connection.execute(sa.text("SELECT pg_sleep(30)"))
    async with hasty.outside() as connection, taking_long(connection):
        long = (await connection.execute(sa.text("SHOW statement_timeout"))).scalar_one()

    assert refused(slow.value, own).cause == "too_slow"
    assert long == "1h"
    assert await shown(hasty) == ["30s", "1min"]
    for database in (hasty, patient, chosen):
        await database.close()


async def test_a_database_that_says_nothing_is_not_waited_for() -> None:
    with strange_server(silence) as server:
        database = open_database(f"postgresql://c:hush@127.0.0.1:{server.port}/c")
        began_s = time.monotonic()

        assert not await answers(database, within_s=0.1)

        assert server.visited.is_set()
        assert time.monotonic() - began_s < 5, "less than the driver gives a connection"
        await database.close()


async def test_a_database_that_is_away_is_told_once_by_its_cause_and_when_it_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "STEADY_S", 0.0)
    failures = []
    for statement in ("SELECT * FROM nowhere", "SELECT * FROM nowhere", "INSERT INTO member (id)"):
        with pytest.raises(DBAPIError) as caught:
            async with database.reading() as connection:
                await connection.execute(sa.text(statement))
        failures.append(caught.value)

    with capture_logs() as logs:
        for failure in failures:
            database.outage.note(failure)
        async with database.writing():
            pass
        async with database.writing():
            pass

    assert [(line["event"], line.get("kind")) for line in logs] == [
        ("database_refuses", "wrong_schema"),
        ("database_refuses", "unexpected"),
        ("database_answers", None),
    ]
    assert "run `python app.py migrate`" in logs[0]["advice"]


async def test_a_change_where_only_reading_is_allowed_is_told_so(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.reading() as connection:
            await connection.execute(sa.text("DELETE FROM outbox"))

    found = refused(caught.value, database.engine.url)

    assert found.cause == "read_only"
    assert found.permanent


CODES = {
    "53100": ("full", True),
    "57P01": ("gone", False),
    "40P01": ("locked", False),
    "XX001": ("damaged", True),
    "53200": ("failing", True),
    "P0001": ("unexpected", True),
}


async def test_causes_have_codes_and_words_about_rows_are_never_repeated(
    database: Database,
) -> None:
    if database.is_sqlite:
        return
    for code, (cause, is_permanent) in CODES.items():
        raised = f"DO $$ BEGIN RAISE EXCEPTION 'Bob wrote this' USING ERRCODE = '{code}'; END $$"
        with pytest.raises(DBAPIError) as caught:
            async with database.writing() as connection:
                await connection.exec_driver_sql(raised)

        found = refused(caught.value, database.engine.url)

        assert (found.cause, found.permanent) == (cause, is_permanent)
        if cause == "unexpected":
            assert "Bob" not in found.reason


async def test_an_outage_is_told_again_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    outage, failure = Outage(sa.make_url("postgresql://a@b/c")), OSError("connection refused")

    with capture_logs() as logs:
        outage.note(failure)
        outage.note(failure)
        monkeypatch.setattr(refusals, "TOLD_AGAIN_S", -1.0)
        outage.note(failure)

    assert len(logs) == 2
