"""What is about one person costs the same among many: every statement is read while it runs."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.grow_cases import CASES
from benchmarks.grow_stage import ONE_PERSON, Stage
from benchmarks.measuring import Probe, hands
from benchmarks.year import fill
from benchmarks.year_history import HERE, NOW
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, open_database
from bot.keys.vault import FileVault
from bot.stages.tables import stage_event
from config.catalogue import load_catalogue

GROWING = (
    "checkin",
    "enrolment",
    "goal",
    "goal_note",
    "meeting",
    "meeting_mentee",
    "member",
    "mentoring_group",
    "nudge",
    "outbox",
    "pairing",
    "pairing_match",
    "pulse_cell",
    "pulse_eligible",
    "pulse_release",
    "schedule",
    "seat",
    "stage_event",
)
DUTIES_AND_MESSAGES = ("one tick, everybody due", "pulse digest rendered")
READS_IT_ALL = re.compile(
    rf"(Seq Scan on|SCAN) ({'|'.join(GROWING)})\b(?! USING (COVERING )?INDEX ix_outbox_)"
)
"""A partial index of the outbox holds what is under way, which is never much."""
READS_A_WORKSPACE = re.compile(
    rf"INDEX (?!ix_outbox_ready)(sqlite_autoindex|ix|uq)_({'|'.join(set(GROWING) - {'member'})})"
    r"_\w+ \(workspace_id=\?\)"
)
"""Nor may SQLite look for something by its workspace alone; members are counted by role so."""


@dataclass(slots=True)
class Statements:
    """Every statement that was run, with its parameters."""

    made: list[tuple[str, Any]] = field(default_factory=list)

    @contextmanager
    def of(self, database: Database) -> Iterator[None]:
        """Note what is run meanwhile."""

        def note(_c: Any, _cur: Any, text: str, parameters: Any, _x: Any, many: bool) -> None:
            if not many and text.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                self.made.append((text, parameters))

        engine = database.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def workspace(database: Database, keys: Path, *, members: int) -> AsyncIterator[Stage]:
    vault = FileVault(keys)
    year = await fill(database, load_catalogue(), vault, members=members)
    user = hands(database, SetClock(NOW), vault, workspace_id=HERE)
    yield Stage(database, year, user, Probe(database))


def sqlite_database(template: Path, path: Path) -> Database:
    shutil.copy(template, path)
    return open_database(f"sqlite:///{path}")


async def plan(database: Database, text: str, parameters: Any) -> str:
    """How the engine would run it; Postgres is kept from scanning what is only small here."""
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        how = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        rows = await connection.exec_driver_sql(how + text, parameters)
        return "\n".join(" ".join(map(str, line)) for line in rows)


async def test_nothing_about_one_person_reads_a_whole_table(
    owned: Database, tmp_path: Path
) -> None:
    statements, database = Statements(), owned
    async with workspace(database, tmp_path / "keys", members=43) as stage:
        for case in CASES:
            if case.bound == ONE_PERSON or case.name in DUTIES_AND_MESSAGES:
                given = await case.prepare(stage, 0)
                with statements.of(database):
                    await case.work(stage, 0, given)

    made = dict(statements.made)
    plans = {text: await plan(database, text, parameters) for text, parameters in made.items()}
    assert len(made) > 40
    assert [
        f"{text}\n\n{shown}"
        for text, shown in plans.items()
        if READS_IT_ALL.search(shown) or READS_A_WORKSPACE.search(shown)
    ] == []


async def test_what_is_about_one_person_takes_no_more_statements_among_many(
    sqlite_template: Path, tmp_path: Path
) -> None:
    counts: list[dict[str, int]] = []
    for members in (22, 150):
        database = sqlite_database(sqlite_template, tmp_path / f"{members}.db")
        async with workspace(database, tmp_path / f"keys{members}", members=members) as stage:
            async with database.writing() as connection:  # a claim that waits takes one more
                await connection.execute(stage_event.delete())
            counts.append(await _counted(stage))
        await database.close()

    few, many = counts
    assert many.keys() == few.keys()
    assert {name: count for name, count in many.items() if count > few[name]} == {}


async def _counted(stage: Stage) -> dict[str, int]:
    found = {}
    for case in CASES:
        if case.bound == ONE_PERSON:
            given = await case.prepare(stage, 0)
            stage.probe.queries = 0
            await case.work(stage, 0, given)
            found[case.name] = stage.probe.queries
    return found


@pytest.mark.parametrize(
    ("case_name", "most"),
    [("home: mentee", 32), ("home: mentor", 31), ("home: coordinator", 32), ("nudge rendered", 15)],
)
async def test_home_and_a_nudge_keep_to_so_many_statements(
    sqlite_template: Path, tmp_path: Path, case_name: str, most: int
) -> None:
    database = sqlite_database(sqlite_template, tmp_path / "cairn.db")
    async with workspace(database, tmp_path / "keys", members=43) as stage:
        case = next(one for one in CASES if one.name == case_name)
        given = await case.prepare(stage, 0)
        stage.probe.queries = 0
        await case.work(stage, 0, given)
        assert 0 < stage.probe.queries <= most
    await database.close()
