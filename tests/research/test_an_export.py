"""An export holds those who agreed, in figures, and nothing that leads back to anybody."""

import csv
import io
import json
import random
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from bot.audit import store as audit
from bot.goals import store as goals
from bot.kernel.csv_text import safe_cell
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.people import store as people
from bot.people.model import MemberState
from bot.programme import store as programmes
from bot.programme.model import Use
from bot.research import store, use_cases
from bot.research.model import K
from bot.research.participants import made_up_ids
from bot.research.use_cases import make_export
from bot.stages.model import Framework
from tests.research.agreeing import (
    AGREED,
    CATALOGUE,
    MARK,
    MENTEES,
    MENTORS,
    NEVER_SAID,
    NOW,
    SAID_NO,
    STUDY,
    TEXT,
    fill,
)
from tests.support.cast import CAROL, HERE, MALLORY
from tests.support.transactions import write

Tables = dict[str, list[dict[str, str]]]
TRAITS = (
    *("role", "cohort", "training_band", "framework"),
    *("entry_week", "exit_week", "exit_reason"),
)


@pytest.fixture
async def filled(database: Database) -> Database:
    await fill(database)
    return database


async def export(
    database: Database, *, frameworks: dict[str, Framework] | None = None
) -> tuple[bytes, Tables]:
    file = io.BytesIO()
    await make_export(
        database,
        HERE,
        STUDY.id,
        file,
        frameworks=frameworks or CATALOGUE.frameworks,
        usual=TEXT,
        by=CAROL.id,
        now=NOW,
    )
    return file.getvalue(), tables_in(file.getvalue())


def tables_in(package: bytes) -> Tables:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(opened.read(name).decode(), newline=""))
            )
            for name in opened.namelist()
            if name.endswith(".csv")
        }


def problems_of(package: bytes, folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        opened.extractall(folder)
    report = Package(str(folder / "datapackage.json")).validate()
    found: list[str] = [error.message for task in report.tasks for error in task.errors]
    return [*found, *(error.message for error in report.errors)]


async def test_frictionless_finds_nothing_wrong(filled: Database, tmp_path: Path) -> None:
    package, tables = await export(filled)

    assert problems_of(package, tmp_path / "whole") == []
    assert {name: len(rows) for name, rows in tables.items()} == {
        "participants": 16,
        "pairings": 10,
        "agreements": 10,
        "meetings": 20,
        "checkins": 20,
        "stages": 20,
        "relationship": 20,
        "goals": 10,
        "pulse_releases": 1,
    }


async def test_frictionless_would_find_what_is_wrong(filled: Database, tmp_path: Path) -> None:
    package, _ = await export(filled)
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "pairings.csv":
                text = text.replace("proposed", "invented", 1)
            if name == "participants.csv":
                text = text[: text.rstrip().rindex("\n") + 1]
            new.writestr(name, text)

    assert len(problems_of(broken.getvalue(), tmp_path / "broken")) >= 2


async def test_no_word_name_or_account_of_anybody_is_in_it(filled: Database) -> None:
    package, _ = await export(filled)

    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        everything = "".join(opened.read(name).decode() for name in opened.namelist()).casefold()
    assert MARK not in everything
    for one in (*MENTORS, *MENTEES, CAROL):
        for secret in (one.id, one.slack_user_id, one.name, one.email or one.id):
            assert secret.casefold() not in everything
    for name in ("pairing_", "group_", "checkin_", "round_", "programme_year", "2026-", HERE):
        assert name.casefold() not in everything.replace("group_dynamics", "")
    for never in ("institution", "wellbeing", "compass", "blocker"):
        assert never not in everything.replace("compass, wellbeing", "")


async def test_only_those_are_in_it_whose_last_word_is_yes(filled: Database) -> None:
    _, before = await export(filled)
    await write(filled, store.add_answer, MENTEES[0], TEXT, is_yes=False, now=NOW)
    _, after = await export(filled)
    await write(filled, store.add_answer, NEVER_SAID, TEXT, is_yes=True, now=NOW)
    await write(filled, store.add_answer, SAID_NO, TEXT, is_yes=True, now=NOW)
    _, all_of_them = await export(filled)

    many = [len(one["participants"]) for one in (before, after, all_of_them)]
    assert many == [16, 15, 17]
    assert [len(one["pairings"]) for one in (before, after, all_of_them)] == [10, 9, 11]
    for tables in (before, after):
        pids = {row["pid"] for row in tables["participants"]}
        pairs = {row["pair"] for row in tables["pairings"]}
        for name, rows in tables.items():
            for row in rows:
                assert {row[one] for one in row if one.endswith("pid")} <= pids, name
                assert {row[one] for one in row if one == "pair"} <= pairs, name


async def test_a_yes_to_another_version_of_the_text_is_no_yes(filled: Database) -> None:
    newer = replace(TEXT, version=TEXT.version + 1)
    for one in AGREED[:4]:
        await write(filled, store.add_answer, one, newer, is_yes=True, now=NOW)

    with pytest.raises(UserFacing, match="Fewer than 5"):
        await make_export(
            filled,
            HERE,
            STUDY.id,
            io.BytesIO(),
            frameworks=CATALOGUE.frameworks,
            usual=newer,
            by=CAROL.id,
            now=NOW,
        )


async def test_a_yes_to_a_text_that_has_changed_since_is_not_taken_and_a_no_is(
    filled: Database,
) -> None:
    its: Any = {"read": "an older text", "now": NOW}
    with pytest.raises(UserFacing, match="Read it again"):
        await write(filled, use_cases.answer, NEVER_SAID, TEXT, is_yes=True, **its)
    await write(filled, use_cases.answer, MENTEES[0], TEXT, is_yes=False, **its)

    assert len((await export(filled))[1]["participants"]) == 15


async def test_what_was_kept_private_stays_out(filled: Database) -> None:
    _, tables = await export(filled)

    weeks = Counter(row["week"] for row in tables["checkins"])
    assert weeks == {"5": 10, "7": 10}, "the check-in of week 3 was for its writer alone"
    assert {row["domain"] for row in tables["goals"]} == {"teaching"}
    assert len(tables["goals"]) == 10, "one of two goals was shared"


async def test_the_pulse_is_in_it_as_published_and_not_before(filled: Database) -> None:
    _, tables = await export(filled)

    [row] = tables["pulse_releases"]
    assert (row["wave"], row["band"], row["cells"]) == ("1", "high", "1")


async def test_every_combination_of_traits_is_shared_by_five(filled: Database) -> None:
    left = replace(MENTEES[3], state=MemberState.LEFT, away_from=NOW - timedelta(weeks=3))
    await write(filled, people.put_members, HERE, [left])

    _, tables = await export(filled)

    counts = Counter(tuple(row[one] for one in TRAITS) for row in tables["participants"])
    assert min(counts.values()) >= K
    assert {row["exit_reason"] for row in tables["participants"]} == {""}


async def test_two_exports_share_no_id_and_no_order(filled: Database) -> None:
    first, second = (await export(filled))[1], (await export(filled))[1]

    def ids(tables: Tables) -> set[str]:
        named = ("pid", "pair", "group", "goal", "mentor_pid", "mentee_pid")
        return {row[n] for rows in tables.values() for row in rows for n in row if n in named}

    assert len(ids(first)) == 16 + 10 + 6 + 10
    assert ids(first).isdisjoint(ids(second))
    for name, rows in first.items():
        assert rows == sorted(rows, key=lambda row: next(iter(row.values()))), name


async def test_the_place_of_a_row_says_nothing_of_whose_it_is(filled: Database) -> None:
    """Trust is told by the number of the mentee: over many exports no place has it more often."""
    at_first: Counter[str] = Counter()
    for _ in range(60):
        _, tables = await export(filled)
        mentee = {row["pair"]: row["trust"] for row in tables["relationship"]}
        at_first[mentee[tables["pairings"][0]["pair"]]] += 1

    assert len(at_first) >= 5
    assert max(at_first.values()) < 30


async def test_a_level_that_a_spreadsheet_would_run_is_marked_as_text(
    filled: Database, tmp_path: Path
) -> None:
    framework = CATALOGUE.frameworks["miller_is"]
    first, second, third, *others = framework.levels
    evil = replace(framework, levels=(first, replace(second, name="=1+1"), third, *others))
    formula = replace(STUDY, framework_id="=cmd()")
    await write(filled, programmes.put_programme, HERE, formula)

    package, tables = await export(filled, frameworks={"=cmd()": evil})

    assert {row["framework"] for row in tables["participants"]} <= {"", safe_cell("=cmd()")}
    assert problems_of(package, tmp_path / "formula") == []


async def test_it_is_written_down_who_made_it_and_only_a_coordinator_may(
    filled: Database,
) -> None:
    await export(filled)

    async with filled.reading() as connection:
        [entry] = await audit.entries(connection, HERE)
    assert (entry.act, entry.by, entry.what) == ("research_exported", CAROL.id, "16 participants")
    for somebody in (MENTORS[0].id, MALLORY.id):
        with pytest.raises(UserFacing):
            await make_export(
                filled,
                HERE,
                STUDY.id,
                io.BytesIO(),
                frameworks=CATALOGUE.frameworks,
                usual=TEXT,
                by=somebody,
                now=NOW,
            )


async def test_a_programme_without_research_is_never_exported(filled: Database) -> None:
    uses = tuple((use, 1) for use in Use if use is not Use.RESEARCH)
    without = replace(STUDY, template=replace(STUDY.template, uses=uses))
    await write(filled, programmes.put_programme, HERE, without)

    with pytest.raises(UserFacing, match="has not begun with research"):
        await export(filled)


async def test_whoever_takes_their_yes_back_meanwhile_is_not_in_it(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def no_from_the_first(step: str) -> None:
        if step == "goals" and not told:
            told.append(step)
            await write(filled, store.add_answer, MENTEES[0], TEXT, is_yes=False, now=NOW)

    before: Any = goals.goals_of

    async def slow(*args: object, **given: object) -> object:
        await no_from_the_first("goals")
        return await before(*args, **given)

    monkeypatch.setattr(goals, "goals_of", slow)
    _, tables = await export(filled)

    assert len(tables["participants"]) == 15


async def test_the_codebook_explains_every_column_and_item(filled: Database) -> None:
    package, tables = await export(filled)

    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        book = json.loads(opened.read("codebook.json"))
        page = opened.read("codebook.md").decode()
    for name, rows in tables.items():
        columns = book["tables"][name]["columns"]
        assert list(rows[0]) == list(columns)
        for column, its in columns.items():
            assert f"| `{column}` |" in page
            values = {row[column] for row in rows} - {""}
            assert not its.get("values") or values <= set(its["values"])
    assert "adapted, unvalidated" in page
    assert book["framework"]["levels"] == ["Knows", "Knows how", "Shows how", "Does", "Is"]
    assert book["items"]["safety 1"]["note"] == "adapted, unvalidated"


def test_ids_come_from_chance_alone() -> None:
    ids = [f"member_{n}" for n in range(50)]
    one, other = made_up_ids("p", ids, random.Random(1)), made_up_ids("p", ids, random.Random(2))

    assert len(set(one.values()) | set(other.values())) == 100
    assert list(one.values()) == sorted(one.values())
