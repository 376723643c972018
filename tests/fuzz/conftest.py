"""One recording for all that sends requests which nobody of good will would send."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fuzz.recording import Recording, recording

SHORT = 2_000
"""Up to so many cases the recording is short, too."""


@pytest.fixture(scope="session")
def is_short(request: pytest.FixtureRequest) -> bool:
    """Whether the fuzz is one of many tests, and not an evening's work."""
    cases: int = request.config.getoption("--fuzz")
    return cases <= SHORT


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def recorded(
    is_short: bool, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recording]:
    async with recording(tmp_path_factory.mktemp("recorded"), is_thorough=not is_short) as found:
        yield found
