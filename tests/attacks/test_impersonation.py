"""A writer of the database who answers a pulse as somebody else, through Slack's own door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.kernel.database import Database
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.workspace import all_text


@pytest.fixture
async def pulse(tmp_path: Path, database_address: str) -> AsyncIterator[Pulse]:
    async with open_pulse(tmp_path, mentors=1, mentees=6, address=database_address) as found:
        await found.until_it_opens()
        yield found


async def lend(database: Database, mine: str, theirs: str) -> None:
    """Let the rows of two members have each other's Slack account."""
    async with database.writing() as connection:
        for one, other in ((mine, "UNOBODY"), (theirs, mine), ("UNOBODY", theirs)):
            await connection.execute(
                sa.text("UPDATE member SET slack_user_id = :other WHERE slack_user_id = :one"),
                {"one": one, "other": other},
            )


async def test_nobody_answers_as_another_by_putting_their_account_on_anothers_row(
    pulse: Pulse,
) -> None:
    """With one account of their own, a writer answered for five of six and read the sixth."""
    database, (target, mallory, *others) = pulse.slack.cairn.database, pulse.mentees
    await pulse.answer(target)
    await pulse.answer(mallory)
    said = []

    for number, other in enumerate(others):
        await lend(database, mallory, other)
        said.append(all_text(await pulse.answer(mallory, "5" if number < 2 else "1")))
        await lend(database, mallory, other)

    assert await pulse.ballots() == 2
    assert all("not open to you" in one for one in said)
