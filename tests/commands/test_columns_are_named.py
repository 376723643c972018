"""`match` and `rehearse` are told what a column holds whose head is not known."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from runtime.commands.matching_commands import run_match
from runtime.rehearsal.plan import Plan, planned

ROSTER = """slack_id,name,role,capacity,Never with
U0BEN,Ben,mentee,,U0ANNA
U0ANNA,Anna,mentor,2,
U0ALICE,Alice,mentor,2,
"""
NAMED = ["Never with=supervised_by"]


def test_match_and_rehearse_name_the_flag_and_take_it(tmp_path: Path) -> None:
    roster, out, report = (tmp_path / one for one in ("list.csv", "out.csv", "report.json"))
    roster.write_text(ROSTER, encoding="utf-8")

    def match(*columns: str) -> None:
        starts = datetime(2027, 1, 4, tzinfo=UTC)
        run_match(roster, out=out, report=report, starts=starts, columns=columns)

    def rehearse(*columns: str) -> Plan:
        first = date(2027, 1, 4)
        return planned(roster, template="term_12", starts_on=first, seed=1, columns=columns)

    for work in (match, rehearse):
        with pytest.raises(OperatorFacing, match="--column 'Never with=FIELD'"):
            work()
    match(*NAMED)

    assert "U0BEN,U0ALICE" in out.read_text()
    assert rehearse(*NAMED).reading.rows[0].supervised_by == ("U0ANNA",)
