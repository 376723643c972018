from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import sqlalchemy as sa

from bot.closing import store, use_cases
from bot.closing.model import ThanksId
from bot.delivery import store as delivery
from bot.delivery.model import Entry, Lane, OutboxState
from bot.delivery.tables import outbox
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching import exclusions
from bot.matching.model import EndReason
from bot.people.model import Member
from bot.people.use_cases import the_member
from handlers.closing import write_thanks
from handlers.edge.services import Services
from handlers.groups.messages import write_moved
from tests.care.people_of_care import pairing
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, PROGRAMME
from tests.support.seated import DANA, EVERYBODY, PETE, seat_everybody

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


@pytest.mark.parametrize(
    ("days", "kind", "is_known"),
    [
        (2, MessageKind.MEMBER_JOINED, True),
        (2, MessageKind.GROUP_INTRODUCTION, True),
        (5, MessageKind.MEMBER_JOINED, False),
        (-1, MessageKind.GROUP_INTRODUCTION, False),
        (2, MessageKind.MEMBER_MOVED, False),
    ],
)
async def test_who_left_a_group_is_offered_once_it_had_been_told_of_them(
    database: Database, days: int, kind: MessageKind, is_known: bool
) -> None:
    finn = replace(DANA, id=MemberId("m_finn"), slack_user_id=SlackUserId("U0FINN"), name="Finn")
    await seat_everybody(database, members=(*EVERYBODY, finn))
    until = NOW + timedelta(days=4)
    theirs = replace(pairing(finn), started_at=NOW, ended_at=until, end_reason=EndReason.REMATCH)
    about = theirs.id if kind is MessageKind.MEMBER_JOINED else GROUP.id
    at = NOW + timedelta(days=days)
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [theirs])
        await delivery.enqueue(
            connection,
            HERE,
            kind=kind,
            subject_id=about,
            recipient=f"group:{GROUP.id}",
            dedupe_key="told",
            lane=Lane.PROMPT,
            now=at,
            expires_at=NOW + timedelta(days=90),
        )
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT, ended_at=at))

        of_alice = await use_cases.people_to_thank(connection, ALICE, PROGRAMME)
        of_finn = await use_cases.people_to_thank(connection, finn, PROGRAMME)
        elsewhere = await seated.ended_known(connection, ELSEWHERE, member_id=ALICE.id)
        moved = entry(MessageKind.MEMBER_MOVED, theirs.id, ALICE.slack_user_id)
        told = await write_moved(cast("Services", None), connection, moved)

    assert ("Finn" in {one.name for one in of_alice}) == is_known
    assert (ALICE in of_finn) == is_known
    assert ("Finn" in str(told)) == is_known
    assert elsewhere == []


def entry(kind: MessageKind, subject_id: str, recipient: str) -> Entry:
    return Entry(
        id="entry",
        workspace_id=HERE,
        kind=kind,
        subject_id=subject_id,
        recipient=recipient,
        dedupe_key="key",
        lane=Lane.PROMPT,
        priority=0,
        created_at=NOW,
        not_before=NOW,
        expires_at=NOW + timedelta(days=9),
        state=OutboxState.SENDING,
        ready_at=NOW,
    )


async def test_who_was_blocked_is_not_heard_and_learns_nothing_of_it(
    database: Database, thanks_id: ThanksId
) -> None:
    """Bob has thanked Alice, and thinks that it went its way."""
    services = cast("Services", None)
    thanked = entry(MessageKind.THANKS, thanks_id, ALICE.slack_user_id)
    async with database.writing() as connection:
        assert "Bob" in str(await write_thanks(services, connection, thanked))
        await exclusions.set_blocks(connection, HERE, ALICE.id, [BOB.id])

        assert await write_thanks(services, connection, thanked) is None
        with pytest.raises(UserFacing, match="not there any more"):
            await use_cases.read(connection, ALICE, thanks_id, now=NOW)
        kept = await store.thanks_of(connection, HERE, BOB.id, PROGRAMME.id)
        assert kept is not None
        assert kept.read_at is None
        assert ALICE in await use_cases.people_to_thank(connection, BOB, PROGRAMME)


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
