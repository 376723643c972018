"""The peer-mentor role is offered to finished and trained mentees, and never given unasked."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.community import peer_mentors
from bot.community.model import OfferAnswer
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, PROGRAMME
from tests.support.seated import DANA, seat_everybody

NOW = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
CLOSED = replace(PROGRAMME, state=ProgrammeState.CLOSED)


async def do(database: Database, verb: Callable[..., Awaitable[Any]], *args: Any, **by: Any) -> Any:
    async with database.writing() as connection:
        return await verb(connection, *args, **by)


async def tick(database: Database, *members: Member, now: datetime = NOW) -> Any:
    ids = [one.slack_user_id for one in members]
    return await do(database, peer_mentors.tick, HERE, ids, now=now)


async def told(database: Database) -> list[str]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient).where(
            outbox.c.kind == MessageKind.PEER_MENTOR_OFFER.value
        )
        return list((await connection.execute(query)).scalars())


async def present(database: Database, member: Member) -> Member:
    found: Member = await do(database, people.member, HERE, member.id)
    return found


async def test_a_trained_mentee_is_offered_the_role_once_their_programme_has_closed(
    database: Database,
) -> None:
    await seat_everybody(database)
    await tick(database, BOB)
    assert await do(database, peer_mentors.offer_of, BOB, now=NOW) is None
    assert await told(database) == []

    await do(database, programmes.put_programme, HERE, CLOSED)
    await do(database, peer_mentors.offer_to, HERE, [BOB.id, DANA.id], now=NOW)

    offer = await do(database, peer_mentors.offer_of, BOB, now=NOW)
    assert [one.kind for one in peer_mentors.todos(BOB, offer, NOW)] == [ToDoKind.ANSWER_OFFER]
    assert await told(database) == [BOB.slack_user_id]
    assert await do(database, peer_mentors.offer_of, DANA, now=NOW) is None
    assert Role.PEER_MENTOR not in (await present(database, BOB)).roles


async def test_a_yes_gives_the_role_and_keeps_the_others(database: Database) -> None:
    await seat_everybody(database, programme=CLOSED)
    await tick(database, BOB)
    assert await told(database) == [BOB.slack_user_id]

    _, after = await do(database, peer_mentors.answer, BOB, OfferAnswer.YES, now=NOW)

    assert after == await present(database, BOB)
    assert after.roles == {Role.MENTEE, Role.PEER_MENTOR}
    with pytest.raises(UserFacing, match="not open any more"):
        await do(database, peer_mentors.answer, after, OfferAnswer.NO, now=NOW)


async def test_not_now_comes_again_and_no_is_final_for_a_year(database: Database) -> None:
    await seat_everybody(database, programme=CLOSED)
    await tick(database, BOB, DANA)
    await do(database, peer_mentors.answer, BOB, OfferAnswer.LATER, now=NOW)
    await do(database, peer_mentors.answer, DANA, OfferAnswer.NO, now=NOW)
    later = NOW + timedelta(weeks=5)

    assert await do(database, peer_mentors.offer_of, BOB, now=NOW) is None
    assert await do(database, peer_mentors.offer_of, BOB, now=later) is not None
    counted, left = await tick(database, BOB, DANA, now=later)
    assert ([one.name for one in counted], [one.name for one in left]) == (["Bob"], ["Dana"])
    assert await do(database, peer_mentors.offer_of, DANA, now=later) is None
    assert (await present(database, DANA)).roles == {Role.MENTEE}

    next_year = NOW + timedelta(days=366)
    await tick(database, DANA, now=next_year)
    assert await do(database, peer_mentors.offer_of, DANA, now=next_year) is not None


async def test_a_tick_is_for_mentees_and_can_be_taken_back_until_they_have_answered(
    database: Database,
) -> None:
    await seat_everybody(database, programme=CLOSED)
    stranger = replace(BOB, slack_user_id=SlackUserId("U0NOBODY"))
    for other in (ALICE, CAROL, stranger):
        with pytest.raises(UserFacing, match="not a mentee"):
            await tick(database, BOB, other)
    assert await do(database, peer_mentors.trainings, HERE) == []

    await tick(database, BOB, DANA)
    await do(database, peer_mentors.answer, DANA, OfferAnswer.NO, now=NOW)
    for member in (BOB, DANA):
        await do(database, peer_mentors.untick, HERE, member.id)

    assert [one.member_id for one in await do(database, peer_mentors.trainings, HERE)] == [DANA.id]
    await do(database, peer_mentors.erase, DANA)
    assert await do(database, peer_mentors.trainings, HERE) == []


RIGHTS = {
    "the mentee who was trained": (BOB, True),
    "they, on a break": (replace(BOB, state=MemberState.PAUSED), True),
    "they, after leaving": (replace(BOB, state=MemberState.LEFT), False),
    "a mentee who was not": (DANA, False),
    "their mentor": (ALICE, False),
    "a coordinator": (CAROL, False),
    "the same id in another workspace": (replace(BOB, workspace_id=ELSEWHERE), False),
}


@pytest.mark.parametrize("who", RIGHTS)
async def test_only_the_mentee_answers_their_offer(database: Database, who: str) -> None:
    member, may = RIGHTS[who]
    await seat_everybody(database, programme=CLOSED)
    await seat_everybody(database, ELSEWHERE, programme=CLOSED)
    await tick(database, BOB)

    try:
        await do(database, peer_mentors.answer, member, OfferAnswer.YES, now=NOW)
    except UserFacing:
        assert not may
        assert await do(database, peer_mentors.offer_of, BOB, now=NOW) is not None
    else:
        assert may
