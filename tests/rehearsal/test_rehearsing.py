"""A programme is played before it starts, and what is told agrees with its calendar."""

import asyncio
import csv
import io
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import app
from bot.rehearsal.model import Rehearsal
from runtime.rehearsal import play, report, tables
from runtime.rehearsal.plan import planned

pytestmark = pytest.mark.xdist_group("rehearsing")

SAMPLE = Path(__file__).parents[2] / "docs/samples/roster.csv"
FIRST_DAY = date(2026, 9, 7)


@pytest.fixture(scope="module")
def played() -> Rehearsal:
    plan = planned(SAMPLE, template="term_12", starts_on=FIRST_DAY, seed=1)
    steps: list[float] = []
    found = asyncio.run(play.rehearse(plan, told=lambda share, _step: steps.append(share)))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    return found


@pytest.fixture(scope="module")
def told(played: Rehearsal) -> dict[str, Any]:
    return json.loads(report.as_json(played))  # type: ignore[no-any-return]


def test_every_mentor_gets_one_nudge_in_each_week_on_monday_at_nine(played: Rehearsal) -> None:
    rows = list(csv.DictReader(io.StringIO(report.as_csv(played))))
    nudges = [row for row in rows if row["message"] == "mentor nudge" and int(row["week"]) <= 12]

    per_mentor = Counter(row["name"] for row in nudges)

    assert set(per_mentor.values()) == {12}
    assert len(per_mentor) == 4
    assert {row["local_time"][-5:] for row in nudges} == {"09:00"}


def test_mentees_are_asked_in_the_rhythm_of_the_template(played: Rehearsal) -> None:
    asked = Counter(
        (one.recipient.name, one.week)
        for one in played.sent
        if one.message == "checkin prompt" and one.week <= 12
    )

    assert set(asked.values()) == {1}
    assert {week for _, week in asked} == {2, 4, 6, 8, 10, 12}
    assert len({name for name, _ in asked}) == 7


def test_a_pulse_opens_every_four_weeks_because_what_was_done_is_told(
    told: dict[str, Any],
) -> None:
    rounds = told["pulse_rounds"]

    assert [one["week"] for one in rounds] == [3, 7, 11]
    assert {one["eligible"] for one in rounds} == {7}


def test_small_groups_are_named_as_too_small_to_be_reported_alone(
    told: dict[str, Any],
) -> None:
    cells = {one["cell"]: one for one in told["pulse_rounds"][0]["cells"]}

    together = cells.pop("small groups together")

    assert (together["eligible"], together["if_all_answer"]) == (7, "reported")
    assert len(cells) == 4
    assert {one["if_all_answer"] for one in cells.values()} == {"too small to be reported alone"}
    assert sum(one["eligible"] for one in cells.values()) == 7


def test_who_has_no_mentor_and_what_is_unset_is_said(told: dict[str, Any]) -> None:
    [eve] = told["unseated"]

    assert (eve["name"], "Capacity 3 instead of 2" in eve["smallest_change"]) == (
        "Eve Moreau",
        True,
    )
    assert any("crisis contact" in one for one in told["unset"])
    assert all(one["mentees"] <= one["capacity"] for one in told["mentors"])
    assert told["not_sent"] == {}
    assert told["after_the_end"] == {"programme ends": 1}


def test_the_terminal_shows_the_calendar_and_what_to_look_at(played: Rehearsal) -> None:
    console = Console(width=120, file=io.StringIO(), record=True)
    tables.show(played, console)
    said = console.export_text()

    for words in (
        "A mentoring term",
        "small",
        "4 groups get no result of a pulse, with fewer than six mentees: ",
        "Eve Moreau",
        "Still to be decided",
        "after week 12",
    ):
        assert words in said


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands in this process, whose logs would otherwise go to the runner's own streams."""
    monkeypatch.setattr("runtime.logs.set_up_logs", lambda _level: None)
    return CliRunner()


OWN = """\
id: own
name: Two weeks
description: To be seen at a glance.
weeks: 2
framework: miller_is
checkins: {first_week: 1, every_weeks: 1, weekday: friday, time: "22:30"}
nudges: {weekday: monday, time: "09:00"}
pulse: {instrument: safety, first_week: 1, every_weeks: 4, weekday: tuesday, time: "10:00",
  open_days: 6, cell_level: programme}
groups: {mentees_min: 1, mentees_max: 8, mentors: 1, stages: any, company: []}
calendar: []
"""


def test_a_template_of_ones_own_is_played_by_the_command(
    command: CliRunner, tmp_path: Path
) -> None:
    own, out = tmp_path / "own.yaml", tmp_path / "out.json"
    own.write_text(OWN)
    words = ["rehearse", "--roster", str(SAMPLE), "--template", str(own), "--out", str(out)]

    done = command.invoke(app, [*words, "--starts-on", "2026-09-07"])

    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert found["outside_hours"] == {}
    assert found["weekly_budget"]["held"] > 0
    assert [one["cell"] for one in found["pulse_rounds"][0]["cells"]] == ["everybody"]


def test_a_break_and_public_holidays_move_what_falls_due(
    command: CliRunner, tmp_path: Path
) -> None:
    own, out = tmp_path / "own.yaml", tmp_path / "out.json"
    own.write_text(OWN)
    words = ["rehearse", "--roster", str(SAMPLE), "--template", str(own), "--out", str(out)]
    off = ["--holidays", "DE-BE", "--break", "2026-10-12..2026-10-16"]

    done = command.invoke(app, [*words, "--starts-on", "2026-10-05", *off])

    assert done.exit_code == 0, done.output
    weeks = {one["week"]: one for one in json.loads(out.read_text())["weeks"]}
    assert weeks[2]["begins"] == "2026-10-19"
    assert ["2026-10-14", "Break"] in weeks[1]["days_off"]
    assert "12 Oct to 16 Oct" in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"--roster": "nowhere.csv"}, 1, "nowhere.csv cannot be read"),
        ({"--template": "no_such"}, 1, "choose one of term_12, year_40"),
        ({"--template": "nowhere.yaml"}, 1, "nowhere.yaml cannot be read"),
        ({"--out": "out.txt"}, 1, "neither .csv, .json, .html"),
        ({"--out": "nowhere/out.html"}, 1, "a folder that is there"),
        ({"--people": "40"}, 1, "Name a roster with --roster, or how many people"),
        ({"--response": "101"}, 1, "a whole number from 0 to 100"),
        ({"--response": "-1"}, 1, "a whole number from 0 to 100"),
        ({"--rate": "pulse"}, 1, "write --response 70"),
        ({"--rate": "joy=40"}, 1, "choose of conduct"),
        ({"--starts-on": "soon"}, 2, "--starts-on"),
        ({"--holidays": "Atlantis"}, 1, "write --holidays DE"),
        ({"--break": "2026-12-24"}, 1, "write --holidays DE"),
        ({"--break": "2026-12-24..2026-12-01"}, 1, "a break cannot end before it begins"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(
    command: CliRunner, changed: dict[str, str], code: int, words: str
) -> None:
    given = {"--roster": str(SAMPLE)} | changed

    done = command.invoke(app, ["rehearse", *(word for pair in given.items() for word in pair)])

    assert done.exit_code == code
    assert words in done.stderr


def test_a_roster_with_a_mistake_or_without_mentors_is_refused(
    command: CliRunner, tmp_path: Path
) -> None:
    broken, alone = tmp_path / "broken.csv", tmp_path / "alone.csv"
    broken.write_text("slack_id,name,email,role\nU1,One,,wizard\n")
    alone.write_text("slack_id,name,email,role\nU1,One,,mentee\nU2,Two,,coordinator\n")

    said = [command.invoke(app, ["rehearse", "--roster", str(one)]) for one in (broken, alone)]

    assert [one.exit_code for one in said] == [1, 1]
    assert "line 2, role: “wizard”" in said[0].stderr
    assert "at least one of each" in said[1].stderr


def test_a_rehearsals_file_is_safe_in_a_spreadsheet(command: CliRunner, tmp_path: Path) -> None:
    roster, out = tmp_path / "roster.csv", tmp_path / "messages.csv"
    mentees = "".join(f"U0TEE{n},@SUM(A1:A9) {n},mentee,\n" for n in range(4))
    head = "slack_id,name,role,capacity\nU0CLEO,Cleo,coordinator,\n"
    roster.write_text(f"{head}U0MEN1,=cmd|/C calc,mentor,8\n{mentees}")

    done = command.invoke(app, ["rehearse", "--roster", str(roster), "--out", str(out)])

    assert done.exit_code == 0, done.stderr
    with out.open(newline="") as written:
        cells = [cell for row in csv.reader(written) for cell in row]
    assert "'=cmd|/C calc" in cells
    assert not any(cell.startswith(("=", "@")) for cell in cells)
