import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.stages import changes, store
from bot.stages.changes import MenteeStage
from bot.stages.model import Framework, Level, StageEvent, StageEventKind
from bot.stages.rules import current_level
from tests.support import cast
from tests.support.cast import ELSEWHERE, HERE, PROGRAMME
from tests.support.seated import seat_everybody

ALICE, BOB, CAROL = cast.ALICE.id, cast.BOB.id, cast.CAROL.id
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
FRAMEWORK = Framework(
    id="small",
    name="Small",
    about="",
    levels=tuple(
        Level(name=n, summary="", lenses=(), mentor_questions=()) for n in ("Low", "Middle", "High")
    ),
)
BOBS = MenteeStage(replace(cast.BOB, stage=None), PROGRAMME, FRAMEWORK)


@pytest.fixture(autouse=True)
async def bob_has_a_mentor(database: Database) -> None:
    await seat_everybody(database)


async def claim_as_bob(database: Database, to_level: str = "Middle") -> StageEvent:
    async with database.writing() as connection:
        return await changes.claim(
            connection,
            BOBS,
            to_level=to_level,
            evidence="Seen & heard.",
            now=NOW,
        )


async def answer(
    database: Database, number: int, *, by: MemberId = ALICE, confirm: bool = True
) -> None:
    async with database.writing() as connection:
        await changes.answer(
            connection,
            BOBS,
            claim_number=number,
            confirm=confirm,
            note="Well deserved.",
            by=by,
            now=NOW,
        )


async def stage_of_bob(database: Database, workspace: WorkspaceId = HERE) -> str:
    async with database.reading() as connection:
        events = await store.history(connection, workspace, BOB)
    return current_level(FRAMEWORK, events, initial=None).name


async def test_a_claim_counts_once_the_mentor_confirms_it(database: Database) -> None:
    made = await claim_as_bob(database)

    assert await stage_of_bob(database) == "Low"
    await answer(database, made.number)

    assert await stage_of_bob(database) == "Middle"
    assert await stage_of_bob(database, ELSEWHERE) == "Low"


async def test_asking_to_talk_leaves_the_claim_open_for_a_confirmation(database: Database) -> None:
    made = await claim_as_bob(database)

    await answer(database, made.number, confirm=False)
    assert await stage_of_bob(database) == "Low"

    await answer(database, made.number)
    assert await stage_of_bob(database) == "Middle"


async def test_nobody_but_the_mentor_confirms(database: Database) -> None:
    made = await claim_as_bob(database)

    for somebody in (BOB, CAROL):
        with pytest.raises(UserFacing, match="Only a mentor"):
            await answer(database, made.number, by=somebody)
    assert await stage_of_bob(database) == "Low"


async def test_a_withdrawn_claim_makes_room_for_another(database: Database) -> None:
    made = await claim_as_bob(database)

    async with database.writing() as connection:
        await changes.withdraw(connection, BOBS, claim_number=made.number, now=NOW)
    again = await claim_as_bob(database, "High")

    assert again.number == 3
    with pytest.raises(UserFacing, match="not open any more"):
        await answer(database, made.number)


async def test_stepping_back_counts_at_once_and_keeps_the_history(database: Database) -> None:
    made = await claim_as_bob(database, "High")
    await answer(database, made.number)

    async with database.writing() as connection:
        await changes.step_back(connection, BOBS, to_level="Middle", now=NOW)

    assert await stage_of_bob(database) == "Middle"
    async with database.reading() as connection:
        events = await store.history(connection, HERE, BOB)
    assert [event.kind for event in events] == [
        StageEventKind.CLAIMED,
        StageEventKind.CONFIRMED,
        StageEventKind.STEPPED_BACK,
    ]
    assert events[0].note == "Seen & heard."
    assert events[2].from_level == "High"


async def test_of_two_claims_at_once_one_is_kept(database: Database) -> None:
    results = await asyncio.gather(
        claim_as_bob(database, "Middle"), claim_as_bob(database, "High"), return_exceptions=True
    )

    assert sum(isinstance(result, StageEvent) for result in results) == 1
    assert sum(isinstance(result, UserFacing) for result in results) == 1


async def test_erasing_a_mentee_leaves_nothing(database: Database) -> None:
    await claim_as_bob(database)

    async with database.writing() as connection:
        untouched = await store.erase(connection, cast.elsewhere(cast.BOB), NOW)
        erased = await store.erase(connection, cast.BOB, NOW)

    assert (untouched, erased) == (0, 1)
    async with database.reading() as connection:
        assert await store.history(connection, HERE, BOB) == ()


async def test_erasing_a_mentor_keeps_the_mentees_stage_without_their_words(
    database: Database,
) -> None:
    made = await claim_as_bob(database)
    await answer(database, made.number)

    async with database.writing() as connection:
        await store.erase(connection, cast.ALICE, NOW)

    assert await stage_of_bob(database) == "Middle"
    async with database.reading() as connection:
        confirmation = (await store.history(connection, HERE, BOB))[-1]
    assert (confirmation.by, confirmation.note) == ("", "")
