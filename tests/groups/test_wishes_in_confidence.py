"""Nobody is introduced to somebody whom they would rather not be with, and nobody else moves."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups.approval import UNDO_FOR
from bot.groups.joining import hold_back, known_groups_of_mentor, seating_of, who_moves
from bot.groups.messages import PRIVATE_FOR
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId
from bot.matching import exclusions
from bot.matching import proposals as proposing
from bot.matching.model import ANOTHER_GROUP
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Programme, Seat
from handlers.groups.messages import groups_shown
from handlers.groups.views import GroupShown
from tests.support.cast import ALICE, CAROL
from tests.support.cohort import COHORT, DRAFT, HERE, NOW, arrive, mentee
from tests.support.groups_under_way import (
    LATER,
    group_of,
    join,
    lasting,
    reconcile,
    running,
    waiting,
)

IDS = [MemberId(f"member_{n}") for n in range(6)]
SOME = st.sets(st.sampled_from(IDS))


@given(mentors=SOME, mentees=SOME, new=SOME, wishes=st.dictionaries(st.sampled_from(IDS), SOME))
def test_no_wish_about_somebody_new_is_left_and_nobody_moves_without_one(
    mentors: set[MemberId],
    mentees: set[MemberId],
    new: set[MemberId],
    wishes: Mapping[MemberId, set[MemberId]],
) -> None:
    wishes = {one: others - {one} for one, others in wishes.items()}
    role = dict.fromkeys(mentors, Role.MENTOR) | dict.fromkeys(mentees, Role.MENTEE)
    seats = [Seat(GroupId("group_1"), one, its) for one, its in role.items()]

    gone = {seat.member_id for seat in who_moves(seats, new, wishes)}

    def touches(one: MemberId, other: MemberId) -> bool:
        wished = other in wishes.get(one, ()) or one in wishes.get(other, ())
        return wished and bool({one, other} & new)

    stay = role.keys() - gone
    assert not any(touches(one, other) for one in stay for other in stay)
    for one in gone:
        about = [other for other in role if touches(one, other)]
        assert about
        if role[one] is Role.MENTOR:
            assert any(role[other] is Role.MENTOR for other in about)
        elif one not in new:
            assert any(role[other] is Role.MENTOR or one not in new for other in about)


async def wish(database: Database, owner: str, *about: str) -> None:
    async with database.writing() as connection:
        avoided = [MemberId(one) for one in about]
        await exclusions.set_vetoes(connection, HERE, MemberId(owner), avoided)


async def introduce(database: Database, *, after: timedelta, since: object = None) -> None:
    """Let what is due by then go as far as the gate before groups' channels."""
    now = (NOW if since is None else LATER) + after
    async with database.writing() as connection:
        rows = await connection.execute(sa.select(*ENTRY).where(outbox.c.not_before <= now))
        await hold_back(connection, HERE, [entry_from(row) for row in rows], now)


async def approved(database: Database) -> None:
    await arrive(database)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)


@pytest.mark.parametrize("whose", ["mentee about mentor", "mentor about mentee", "mentees"])
async def test_a_wish_keeps_its_owner_from_being_introduced(database: Database, whose: str) -> None:
    await approved(database)
    theirs = [m for m, p in (await lasting(database)).items() if p.mentor_id == ALICE.id]
    one, other = MemberId(theirs[0]), MemberId(theirs[1])
    owner, about = {
        "mentee about mentor": (one, ALICE.id),
        "mentor about mentee": (ALICE.id, one),
        "mentees": (one, other),
    }[whose]
    await wish(database, owner, about)

    await introduce(database, after=PRIVATE_FOR)
    assert {*theirs} <= (await lasting(database)).keys(), "before its time nothing is seen of it"
    await introduce(database, after=UNDO_FOR + PRIVATE_FOR)

    assert one not in await lasting(database)
    assert other in await lasting(database)
    assert await waiting(database) == [one]
    async with database.reading() as connection:
        seats = await programmes.seats(connection, HERE, DRAFT.id)
        waits = await seated.waiting_of(connection, HERE, DRAFT.id, one)
        kinds = sa.select(outbox.c.kind).where(outbox.c.created_at > NOW)
        told = list((await connection.execute(kinds)).scalars())
    assert one not in {seat.member_id for seat in seats}
    assert waits
    assert (waits.reason, waits.keeps_group) == (ANOTHER_GROUP, None)
    assert told == ["unmatched_notice"]


async def hal_joins(database: Database) -> MemberId:
    """Let Hal get a seat in a group under way."""
    await running(database)
    await join(database, mentee("Hal"))
    await reconcile(database)
    return mentee("Hal").id


async def test_who_joins_later_is_let_in_only_where_no_wish_speaks_against_it(
    database: Database,
) -> None:
    hal = await hal_joins(database)
    group = await group_of(database, hal)
    async with database.reading() as connection:
        sitting = await programmes.seats(connection, HERE, DRAFT.id, group_id=group)
    friend = next(s.member_id for s in sitting if s.member_id != hal and s.role is Role.MENTEE)
    await wish(database, friend, hal)

    await introduce(database, after=PRIVATE_FOR, since=LATER)

    assert hal not in await lasting(database)
    assert friend in await lasting(database)
    assert await waiting(database) == [hal]


async def test_who_has_met_before_stays_together_whatever_is_wished_since(
    database: Database,
) -> None:
    await running(database)
    before = await lasting(database)
    first = next(iter(before.values()))
    await wish(database, first.mentee_id, *(one.id for one in COHORT if one.id != first.mentee_id))
    await join(database, mentee("Hal"))
    await reconcile(database)

    await introduce(database, after=PRIVATE_FOR, since=LATER)

    assert {*before} == (await lasting(database)).keys() - {mentee("Hal").id}


async def shown_to(
    connection: AsyncConnection, programme: Programme, member_id: MemberId
) -> list[GroupShown]:
    """What Home shows a member of their groups in this programme."""
    seating = await seating_of(connection, HERE, member_id, programme=programme)
    return await groups_shown(connection, programme, member_id, seating)


async def test_nobody_sees_on_home_who_may_not_come(database: Database) -> None:
    """Else a mentor would know whose name was there one day and not the next."""
    await approved(database)
    pairs = await lasting(database)

    async def seen_by(member: str) -> set[str]:
        async with database.reading() as connection:
            programme = await programmes.programme(connection, HERE, DRAFT.id)
            assert programme
            (own,) = await shown_to(connection, programme, MemberId(member))
        assert own.is_private
        return {one.id for one in (*own.mentors, *own.mentees)}

    for mentee_id, pairing in pairs.items():
        assert await seen_by(pairing.mentor_id) == {pairing.mentor_id}
        assert await seen_by(mentee_id) == {mentee_id, pairing.mentor_id}


async def test_who_joins_later_is_named_to_nobody_else_until_the_group_is_told(
    database: Database,
) -> None:
    hal = await hal_joins(database)
    mentor = (await lasting(database))[hal].mentor_id

    async with database.reading() as connection:
        (of_the_week,) = await known_groups_of_mentor(connection, HERE, mentor)
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        assert programme
        (theirs,) = await shown_to(connection, programme, mentor)
        (own,) = await shown_to(connection, programme, hal)

    assert hal not in of_the_week.mentees
    assert of_the_week.mentees == {one.id for one in theirs.mentees}
    assert not theirs.is_private
    assert own.is_private
    assert mentor in {one.id for one in own.mentors}
