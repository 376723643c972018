"""`app.py report`: files that are whole, and one sentence for everything that is wrong."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.kernel.ids import ProgrammeId
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from tests.portfolio.test_portfolio_papers import words_of
from tests.reports.lived_programme import live
from tests.support.cast import ELSEWHERE, HERE, PROGRAMME
from tests.support.source import ROOT


@pytest.fixture
async def lived(database: Database) -> Database:
    await live(database)
    return database


def run(address: str, *words: str, workspace: str = HERE) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "app.py", "report", "--workspace", workspace, *words]
    set_to = {"DATABASE_URL": address, "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=ROOT, env=set_to, capture_output=True, text=True, check=False
    )


async def test_every_kind_of_file_is_written(
    lived: Database, database_address: str, tmp_path: Path
) -> None:
    for kind, name in (("accreditation", "a.pdf"), ("accreditation", "a.zip"), ("year", "y.csv")):
        out = tmp_path / name
        done = run(
            database_address, "--programme", PROGRAMME.name, "--kind", kind, "--out", str(out)
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stderr)["act"] == "report_made"
        assert done.stdout.strip().replace("\n", "") == (
            f"The report of {PROGRAMME.name} is in {out}."
        )
    assert "Mentoring report: Mentoring 2026" in words_of((tmp_path / "a.pdf").read_bytes())
    rows = [*csv.DictReader(io.StringIO((tmp_path / "y.csv").read_text("utf-8-sig")))]
    assert [one["value"] for one in rows if one["chart"] == "groups"] == ["4", "3"]


async def test_what_is_wrong_is_said_in_one_sentence_and_nothing_is_written(
    lived: Database, database_address: str, tmp_path: Path
) -> None:
    out = str(tmp_path / "r.pdf")
    twin = replace(PROGRAMME, id=ProgrammeId("twin"))
    draft = replace(PROGRAMME, id=ProgrammeId("d"), name="Next", state=ProgrammeState.DRAFT)
    async with lived.writing() as connection:
        for one in (twin, draft):
            await programmes.put_programme(connection, HERE, one)
    its = ("--programme", "twin")

    for words, workspace, code, said in (
        ((*its, "--out", str(tmp_path / "r.zip"), "--kind", "year"), HERE, 2, ".pdf or .csv"),
        ((*its, "--out", str(tmp_path)), HERE, 2, ".pdf or .zip"),
        ((*its, "--out", str(tmp_path / "no" / "r.pdf")), HERE, 1, "There is no folder"),
        ((*its, "--out", out), ELSEWHERE, 1, "No programme has started in workspace T0OTHER"),
        ((*its, "--out", out), "not a team", 1, "Slack team id"),
        (("--programme", PROGRAMME.name, "--out", out), HERE, 1, "Several programmes are called"),
        (("--programme", "Next", "--out", out), HERE, 1, "No programme that has started is called"),
        (("--out", out), HERE, 2, "--programme"),
        ((*its, "--out", out, "--kind", "month"), HERE, 2, "accreditation"),
    ):
        done = run(database_address, *words, workspace=workspace)
        assert done.returncode == code, done.stderr
        assert said in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
    assert not {"r.pdf", "r.zip"} & {*os.listdir(tmp_path)}


async def test_a_file_that_cannot_be_written_and_a_database_that_is_not_there_are_said(
    tmp_path: Path, sqlite_template: Path
) -> None:
    folder = tmp_path / "sealed.pdf"
    folder.mkdir()
    its = ("--programme", "x", "--out")

    assert "is a folder" in run(f"sqlite:///{sqlite_template}", *its, str(folder)).stderr
    missing = run(f"sqlite:///{tmp_path / 'none.db'}", *its, str(tmp_path / "r.pdf"))
    assert missing.returncode == 1
    assert "migrate" in missing.stderr


def test_the_help_has_an_example() -> None:
    done = run("", "--help")

    assert done.returncode == 0
    assert "python app.py report --workspace T0123ABCD" in " ".join(done.stdout.split())
