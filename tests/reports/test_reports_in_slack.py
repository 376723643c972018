"""A coordinator makes a report in Slack of a programme that was played, and nobody else does."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.audit import store as audit
from bot.kernel.ids import WorkspaceId
from bot.programme.model import Use
from tests.portfolio.test_portfolio import files_of
from tests.portfolio.test_portfolio_papers import read, words_of
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses={Use.MEETINGS, Use.CHECKINS}) as running:
        yield running


async def form(here: Running) -> dict[str, object]:
    await here.slack.press(here.coordinator, "Make a report", tools=True)
    return await here.slack.view(here.coordinator)


async def test_what_was_noted_is_in_the_report_that_its_coordinator_gets(here: Running) -> None:
    await here.home_text(here.mentor, until="We met")
    await here.slack.press(here.mentor, "We met")
    met = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, met["id"], {})

    for kind in ("accreditation", "year"):
        shown = await form(here)
        answers = {"programme": here.programme.id, "kind": kind, "format": ["pdf", "csv"]}
        await here.slack.submit(here.coordinator, str(shown["id"]), answers)
        await here.slack.settle()

    assert "Sent: it is in our messages" in all_text(await here.slack.view(here.coordinator))
    found = await files_of(here, here.coordinator)
    day = "2026-09-07"
    assert {*found} == {
        f"mentoring-accreditation-{day}.pdf", f"mentoring-accreditation-{day}.zip",
        f"mentoring-year-{day}.pdf", f"mentoring-year-{day}.csv",
    }  # fmt: skip
    said = words_of(found[f"mentoring-accreditation-{day}.pdf"])
    assert "1 of 1 group met, 1 time in all" in said
    assert len(read(found[f"mentoring-year-{day}.pdf"]).pages) == 1
    with zipfile.ZipFile(io.BytesIO(found[f"mentoring-accreditation-{day}.zip"])) as archive:
        assert b",1,2026-09," in archive.read("meetings.csv")
    for other in (here.mentor, here.bob):
        assert await files_of(here, other) == {}
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        noted = await audit.entries(connection, WorkspaceId(cairn.workspace_id))
    assert {one.what for one in noted if one.act == "report_made"} == {"accreditation", "year"}
