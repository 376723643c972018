"""Requests that are not as they should be: always an answer, nothing half-written, memory flat.

`--fuzz 1000000` makes it long, `--fuzz-seed` draws other cases.
"""

from collections.abc import AsyncIterator
from itertools import islice

import pytest
import pytest_asyncio

from tests.fuzz.campaign import SHORT_WALKS, Recording, campaign, recording

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("fuzz")]
SHORT = 2_000
"""Up to so many cases the recording is short, too."""
MOST_GROWTH_MB = 40
"""Between the end of warming up and the last case, however many there are."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recording]:
    walks = SHORT_WALKS if request.config.getoption("--fuzz") <= SHORT else 60
    async with recording(tmp_path_factory.mktemp("recorded"), walks=walks) as found:
        yield found


async def test_whatever_is_sent_is_answered_and_changes_nothing_it_must_not(
    recorded: Recording, database_address: str, request: pytest.FixtureRequest
) -> None:
    cases, seed = (request.config.getoption(one) for one in ("--fuzz", "--fuzz-seed"))
    async with campaign(recorded, database_address, seed=seed) as ready:
        report = await ready.run(islice(ready.cases(), cases))

    assert not report.findings, "\n\n".join([str(report), *report.findings.values()])
    assert len(set(report.tasks)) == 1
    assert report.growth_mb < MOST_GROWTH_MB


async def test_nothing_crosses_from_one_workspace_to_another(
    recorded: Recording, database_address: str, request: pytest.FixtureRequest
) -> None:
    is_short = request.config.getoption("--fuzz") <= SHORT
    async with campaign(recorded, database_address, seed=0) as ready:
        report = await ready.run(ready.crossings(of_each_name=is_short))

    assert set(report.by_name) == recorded.names
    assert not report.findings, "\n\n".join([str(report), *report.findings.values()])
