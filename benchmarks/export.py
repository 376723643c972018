"""The export for research of a year of 5,000 members by its command, beside writing bare rows.

The limits: 60 s and 300 MB for the largest. `year_history` writes check-ins, meetings and claims;
here everybody agrees, rates at four waves and shares two goals.
"""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.year import Year, fill
from benchmarks.year_history import HERE, NOW
from bot.goals import store as goals
from bot.goals.model import Goal, GoalDomain, GoalId, GoalStatus
from bot.kernel.database import open_database, write_each
from bot.kernel.ids import GroupId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.people.model import Member
from bot.programme import store as programmes
from bot.relationship import store as relationships
from bot.relationship.model import Domain, Rating, Side, Wave
from bot.research.tables import consent_answer
from config.catalogue import load_catalogue
from runtime.commands.schema import migrate

NAME = "export"
SIZES = (500, 5_000)
MOST_S, MOST_MB = 60.0, 300.0


def run(*, quick: bool) -> list[dict[str, object]]:
    """A row for each size: the command's seconds and memory, and seconds for the rows alone."""
    return [_row(size) for size in (SIZES[:1] if quick else SIZES)]


def _row(size: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(_prepare(folder, size))
        seconds, cpu, megabytes = _command(folder)
        rows, bare = _bare(folder / "export.zip")
        return {
            "members": size,
            "rows": rows,
            "seconds": seconds,
            "cpu_seconds": cpu,
            "bare_seconds": bare,
            "ratio": seconds / bare,
            "peak_mb": megabytes,
            "zip_kb": (folder / "export.zip").stat().st_size / 1000,
            "holds": seconds <= MOST_S and megabytes <= MOST_MB,
        }


async def _prepare(folder: Path, size: int) -> None:
    url = f"sqlite:///{folder}/cairn.db"
    await migrate(url)
    database, vault = open_database(url), FileVault(folder / "keys")
    await vault.set_up()
    year = await fill(database, load_catalogue(), vault, members=size)
    async with with_keyring(database, Keyring(vault, WORDS)).writing() as connection:
        running = replace(year.programme, weeks=40)
        await programmes.put_programme(connection, HERE, running)
        await _agree(connection, year)
        for n, mentee in enumerate(year.mentees):
            await _write(connection, year, mentee, n)
    await database.close()


async def _agree(connection: AsyncConnection, year: Year) -> None:
    text = load_catalogue().consent
    rows = [
        {
            "workspace_id": HERE,
            "member_id": one.id,
            "number": 1,
            "is_yes": True,
            "version": text.version,
            "text": text.digest,
            "answered_at": NOW,
        }
        for one in year.everybody
    ]
    await write_each(connection, consent_answer.insert(), rows)


async def _write(connection: AsyncConnection, year: Year, mentee: Member, n: int) -> None:
    mentor, group = year.mentors[n % len(year.mentors)], year.groups[n % len(year.groups)]
    for number, wave in enumerate(Wave):
        at = NOW - timedelta(weeks=40 - 10 * number)
        for rater, other, side in (
            (mentee, mentor, Side.MENTEE),
            (mentor, mentee, Side.MENTOR),
        ):
            rating = Rating(
                workspace_id=HERE,
                programme_id=year.programme.id,
                wave=wave,
                rater_id=rater.id,
                other_id=other.id,
                group_id=GroupId(group.id),
                side=side,
                rated_at=at,
                answers=dict.fromkeys(Domain, 1 + n % 7),
            )
            await relationships.put(connection, rating)
    for number in range(2):
        goal = Goal(
            id=GoalId(f"goal-{n}-{number}"),
            workspace_id=HERE,
            member_id=mentee.id,
            programme_id=year.programme.id,
            status=GoalStatus.OPEN,
            due_on=NOW.date(),
            set_at=NOW,
            shared_at=NOW,
            title="Lead the round",
            next_step="Ask for it",
            domain=GoalDomain.PRACTICE,
            importance=3,
        )
        await goals.add(connection, goal)


_MEASURE = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
seconds = time.perf_counter() - began
print(json.dumps([status, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]))
"""
"""Starts a command from a process that is small itself.

Linux counts what the process that starts another had in memory as the other's: this one has filled
a database before."""


def _command(folder: Path) -> tuple[float, float, float]:
    """Run the command in a process of its own: seconds, those of them at work, and most MB."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{folder}/cairn.db",
        "KEY_DIR": str(folder / "keys"),
        "TMPDIR": str(folder),
    }
    given = ["--workspace", HERE, "--programme", "The year", "--out", str(folder / "export.zip")]
    command = [sys.executable, "-c", _MEASURE, sys.executable, "app.py", "export", *given]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    status, seconds, cpu, megabytes = json.loads(said.stdout.splitlines()[-1])
    if status:
        raise RuntimeError("the export failed")
    return seconds, cpu, megabytes


def _bare(export: Path) -> tuple[int, float]:
    """Write the rows of an export anew from memory: how many, and seconds."""
    tables: dict[str, list[list[str]]] = {}
    with zipfile.ZipFile(export) as opened:
        for name in opened.namelist():
            if name.endswith(".csv"):
                tables[name] = list(csv.reader(io.StringIO(opened.read(name).decode())))
    began = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as out:
        for name, rows in tables.items():
            with out.open(name, "w") as binary, io.TextIOWrapper(binary, "utf-8") as text:
                csv.writer(text, lineterminator="\n").writerows(rows)
    return sum(map(len, tables.values())) - len(tables), time.perf_counter() - began
