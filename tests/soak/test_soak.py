"""The short form of a soak: two weeks with a kill and some faults, and what must hold in each."""

import shutil
from pathlib import Path

import pytest

from bot.kernel.scope import everywhere
from tests.crash.databases import Place
from tests.soak.plan import SoakPlan
from tests.soak.soaking import soak


@pytest.mark.slow
async def test_two_weeks_with_kills_and_faults_break_nothing(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "cairn.db"
    shutil.copy(sqlite_template, file)
    plan = SoakPlan(weeks=2, mentors=2, mentees=6, kills=2, blows=1)

    with everywhere():
        report = await soak(plan, Place(f"sqlite:///{file}"))

    assert report.broken == []
    assert report.kills >= 1
    assert sum(report.faults.values()) > 5
    assert report.messages > 20
    assert {"check in", "open Home"} <= report.acted.keys()
