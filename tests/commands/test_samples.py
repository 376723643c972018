"""The commands of docs/how-to/match-and-rotate.md give what it shows."""

import json
from datetime import UTC, datetime
from pathlib import Path

from runtime.commands.matching_commands import run_match, run_rotate, yardstick

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/match-and-rotate.md").read_text(encoding="utf-8")


def test_the_sample_roster_is_matched_as_the_page_shows(tmp_path: Path) -> None:
    out, report = tmp_path / "proposal.csv", tmp_path / "report.json"

    found = run_match(
        ROOT / "docs/samples/roster.csv",
        out=out,
        report=report,
        starts=datetime(2026, 9, 7, 8, tzinfo=UTC),
        by=yardstick(None, None),
    )

    assert all(said in PAGE for said in found["warnings"])
    assert found["gap"] == 0
    assert f"total {found['total']}, upper bound {found['upper_bound']}" in PAGE
    [left] = json.loads(report.read_text(encoding="utf-8"))["unseated"]
    assert all(f'"{name}": "{said}"' in PAGE for name, said in left.items())
    assert "\n".join(out.read_text(encoding="utf-8").splitlines()[:3]) in PAGE


def test_the_sample_members_meet_as_the_page_shows(tmp_path: Path) -> None:
    members = ROOT / "docs/samples/members.csv"
    rounds, again = tmp_path / "rounds.csv", tmp_path / "more.csv"

    first = run_rotate(members, size=3, rounds=4, out=rounds, report=tmp_path / "1.json")
    more = run_rotate(
        members, size=3, rounds=1, out=again, report=tmp_path / "2.json", history=rounds
    )

    assert first["repeated_pairs"] == 0
    assert more["repeated_pairs"] == more["lower_bound"] == 9
    assert "4 rounds for 9 members: nobody meets the same person twice" in PAGE
    assert "1 round for 9 members: 9 repeated pairs" in PAGE
