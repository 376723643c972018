"""Requests that are not as they should be: always an answer, nothing half-written, memory flat.

`--fuzz 1000000` makes it long, `--fuzz-seed` draws other cases.
"""

from itertools import islice

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.recording import Recording

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("fuzz")]
MOST_GROWTH_MB = 40
"""Between the end of warming up and the last case, however many there are."""


async def test_whatever_is_sent_is_answered_and_changes_nothing_it_must_not(
    recorded: Recording, database_address: str, request: pytest.FixtureRequest
) -> None:
    cases, seed = (request.config.getoption(one) for one in ("--fuzz", "--fuzz-seed"))
    async with campaign(recorded, database_address, seed=seed) as ready:
        report = await ready.run(islice(ready.cases(), cases))

    assert not report.findings, "\n\n".join([str(report), *report.findings.values()])
    assert max(report.tasks) == report.tasks[0], "no task stays behind"
    assert report.growth_mb < MOST_GROWTH_MB


async def test_nothing_crosses_from_one_workspace_to_another(
    recorded: Recording, database_address: str, is_short: bool
) -> None:
    async with campaign(recorded, database_address, seed=0) as ready:
        report = await ready.run(ready.crossings(of_each_name=is_short))

    assert set(report.by_name) == recorded.names
    assert not report.findings, "\n\n".join([str(report), *report.findings.values()])


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_twice_too_late_or_with_any_text_nothing_is_lost_and_nothing_fails(
    recorded: Recording, database_address: str
) -> None:
    async with campaign(recorded, database_address, seed=0) as ready:
        report = await ready.run(ready.misuse())

    assert not report.findings, "\n\n".join([str(report), *report.findings.values()])
