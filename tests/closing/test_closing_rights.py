from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.closing import store, use_cases
from bot.closing.model import ThanksId
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people.model import Member
from bot.people.use_cases import the_member
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, PROGRAMME
from tests.support.seated import DANA, PETE, seat_everybody

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
MALLORY = replace(BOB, workspace_id=ELSEWHERE, id=MemberId("member_mallory"), name="Mallory")


@pytest.fixture
async def thanks_id(database: Database) -> ThanksId:
    await seat_everybody(database)
    async with database.writing() as connection:
        await use_cases.thank(connection, BOB, PROGRAMME, to=ALICE.id, text="You stayed", now=NOW)
        found = await store.thanks_of(connection, HERE, BOB.id, PROGRAMME.id)
    assert found is not None
    return found.id


@pytest.mark.parametrize("who", [BOB, DANA, PETE, CAROL, MALLORY], ids=lambda one: one.name)
async def test_only_the_one_who_is_thanked_reads_it(
    database: Database, thanks_id: ThanksId, who: Member
) -> None:
    async with database.writing() as connection:
        with pytest.raises(UserFacing, match="not there any more"):
            await use_cases.read(connection, who, thanks_id, now=NOW)
        assert (await use_cases.read(connection, ALICE, thanks_id, now=NOW)).text == "You stayed"


@pytest.mark.parametrize("who", [ALICE, DANA, PETE, CAROL, MALLORY], ids=lambda one: one.name)
async def test_only_the_giver_takes_it_back(
    database: Database, thanks_id: ThanksId, who: Member
) -> None:
    async with database.writing() as connection:
        with pytest.raises(UserFacing):
            await use_cases.take_back(connection, who, thanks_id, now=NOW)
        await use_cases.take_back(connection, BOB, thanks_id, now=NOW)
        assert await store.find_thanks(connection, HERE, thanks_id) is None


@pytest.mark.parametrize(
    ("to", "text", "said"),
    [
        (MALLORY.id, "Hello", "not in the programme"),
        (BOB.id, "To myself", "not in the programme"),
        (MemberId("made_up"), "Hello", "not in the programme"),
        (ALICE.id, "", "Write a few words"),
        (ALICE.id, "x" * 3001, "under 3,000 characters"),
    ],
)
async def test_thanks_go_to_somebody_of_ones_own_and_say_something(
    database: Database, to: MemberId, text: str, said: str
) -> None:
    await seat_everybody(database)
    async with database.writing() as connection:
        with pytest.raises(UserFacing, match=said):
            await use_cases.thank(connection, BOB, PROGRAMME, to=to, text=text, now=NOW)


async def test_words_of_the_close_are_sealed_and_gone_with_their_writer(
    database: Database, thanks_id: ThanksId
) -> None:
    async with database.writing() as connection:
        await use_cases.look_back(
            connection, BOB, PROGRAMME, changed="\U0001f331 שלום", next_network="", now=NOW
        )
        its = (connection, HERE, BOB.id, PROGRAMME.id)
        found = await store.find_looking_back(*its)
        assert found is not None
        assert found.changed == "\U0001f331 שלום"
        assert await store.find_looking_back(connection, WorkspaceId("T9"), *its[2:]) is None

        await store.erase(connection, BOB, NOW)

        assert await store.find_looking_back(*its) is None
        assert await store.find_thanks(connection, HERE, thanks_id) is None
        assert await the_member(connection, HERE, ALICE.slack_user_id)
