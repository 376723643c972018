from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.schedule import store as schedule
from bot.schedule.model import Weekly
from bot.stages import changes
from bot.stages.changes import PROMPT, MenteeStage
from bot.stages.model import Framework, Level, StageEvent
from tests.support.cast import ALICE, BOB, HERE, PROGRAMME
from tests.support.seated import PETE, seat_everybody
from tests.support.transactions import write

NOW = datetime(2026, 9, 16, 8, tzinfo=UTC)
FRAMEWORK = Framework(
    id="miller_is",
    name="Small",
    about="",
    levels=tuple(
        Level(name=name, summary="", lenses=(), mentor_questions=())
        for name in ("Knows", "Knows how", "Shows how")
    ),
)
BOBS = MenteeStage(BOB, PROGRAMME, FRAMEWORK)


async def claim(database: Database) -> StageEvent:
    return await write(
        database,
        changes.claim,
        BOBS,
        to_level="Shows how",
        evidence="Three visits.",
        now=NOW,
    )


async def messages(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as connection:
        columns = (outbox.c.kind, outbox.c.recipient, outbox.c.state)
        query = sa.select(*columns).order_by(outbox.c.kind, outbox.c.recipient)
        return [tuple(row) for row in await connection.execute(query)]


async def weeks_between(database: Database) -> int | None:
    async with database.reading() as connection:
        rule = await schedule.rule_of(connection, HERE, kind=PROMPT, subject_id=BOB.id)
    return rule.every_weeks if isinstance(rule, Weekly) else None


async def test_a_claim_is_told_to_the_mentor_and_to_nobody_else(database: Database) -> None:
    await seat_everybody(database)

    await claim(database)

    assert await messages(database) == [("stage_claimed", "U0ALICE", "queued")]


async def test_a_claim_without_a_mentor_is_not_made(database: Database) -> None:
    await seat_everybody(database, seats=[])

    with pytest.raises(UserFacing, match="no mentor yet"):
        await claim(database)

    assert await messages(database) == []


async def test_a_peer_mentor_does_not_answer_where_there_is_a_mentor(database: Database) -> None:
    await seat_everybody(database)
    made = await claim(database)

    with pytest.raises(UserFacing, match="Only a mentor"):
        await write(
            database,
            changes.answer,
            BOBS,
            claim_number=made.number,
            confirm=True,
            note="",
            by=PETE.id,
            now=NOW,
        )


async def test_a_confirmed_stage_is_told_and_changes_the_rhythm(database: Database) -> None:
    await seat_everybody(database)
    made = await claim(database)
    assert await weeks_between(database) is None

    await write(
        database,
        changes.answer,
        BOBS,
        claim_number=made.number,
        confirm=True,
        note="",
        by=ALICE.id,
        now=NOW,
    )

    assert await weeks_between(database) == 2
    assert ("stage_answered", "U0BOB", "queued") in await messages(database)


async def test_stepping_back_changes_the_rhythm_and_tells_nobody(database: Database) -> None:
    await seat_everybody(database)

    await write(database, changes.step_back, BOBS, to_level="Knows", now=NOW)

    assert await weeks_between(database) == 1
    assert await messages(database) == []


async def test_a_withdrawn_claim_takes_its_message_back(database: Database) -> None:
    await seat_everybody(database)
    made = await claim(database)

    await write(database, changes.withdraw, BOBS, claim_number=made.number, now=NOW)

    assert await messages(database) == [("stage_claimed", "U0ALICE", "withdrawn")]
