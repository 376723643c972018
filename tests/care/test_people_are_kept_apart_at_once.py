"""A block acts at once, and tells nobody who made it; on both engines."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa

from bot.care import blocks
from bot.care.model import Block
from bot.checkins import store as checkins
from bot.checkins.disclosure import open_shared, shown_to_mentor
from bot.checkins.replies import reply
from bot.checkins.rules import Answer, CheckIn, CheckInId, Reflection, Visibility
from bot.checkins.use_cases import mentors_now
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.groups import store as seated
from bot.groups.joining import who_moves
from bot.groups.messages import news, tell
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import MessageKind, ToDoKind
from bot.matching import exclusions
from bot.matching.erasure import erase
from bot.matching.tables import wish_table
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme.groups import running_groups_of
from bot.programme.model import Seat
from bot.stages.model import Lens
from handlers.checkins.messages import write_replied
from handlers.edge.services import Services
from tests.care.people_of_care import MONDAY, arrive, change, looked_after, pairing
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA

GRACE = replace(
    CAROL, id=MemberId("member_grace"), slack_user_id=SlackUserId("U0GRACE"), name="Grace"
)
OTTO = replace(ALICE, id=MemberId("member_otto"), slack_user_id=SlackUserId("U0OTTO"), name="Otto")


async def block(database: Database, owner: Member, other: Member) -> Block:
    async with database.writing() as connection:
        return await blocks.block(connection, owner, other.slack_user_id, now=MONDAY)


async def asked(database: Database) -> list[tuple[str, str]]:
    """Who was asked to part whom."""
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.select(outbox.c.recipient, outbox.c.subject_id)
            .where(outbox.c.kind == MessageKind.GROUP_CONFLICT)
            .order_by(outbox.c.recipient, outbox.c.subject_id)
        )
        return [(row.recipient, row.subject_id) for row in rows]


async def todos(database: Database, reader: Member = CAROL) -> list[tuple[str, ...]]:
    async with database.reading() as connection:
        found = await seated.todos(connection, reader, PROGRAMME, MONDAY)
    assert {one.kind for one in found} <= {ToDoKind.RESOLVE_CONFLICT}
    return [one.names for one in found]


@pytest.mark.parametrize(
    ("owner", "other", "subject", "names"),
    [
        (BOB, ALICE, "pair_Bob_Alice", ("Bob", "Alice")),
        (ALICE, BOB, "pair_Bob_Alice", ("Bob", "Alice")),
        (BOB, DANA, "pair_Dana_Alice:member_bob", ("Dana", "Bob")),
        (DANA, BOB, "pair_Dana_Alice:member_bob", ("Dana", "Bob")),
    ],
    ids=lambda one: one.name if isinstance(one, Member) else "",
)
async def test_coordinators_are_asked_the_same_whoever_blocked_whom(
    database: Database, owner: Member, other: Member, subject: str, names: tuple[str, str]
) -> None:
    await arrive(database)

    done = await block(database, owner, other)

    assert (done.share_a_group, done.somebody_parts_them) == (True, True)
    assert await asked(database) == [(CAROL.slack_user_id, subject)]
    assert await todos(database) == [names]


async def test_it_is_asked_once_and_of_a_new_coordinator_the_next_day(database: Database) -> None:
    await arrive(database)
    await block(database, BOB, ALICE)
    await block(database, BOB, ALICE)
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [GRACE])

    await looked_after(database, MONDAY + timedelta(hours=1))

    assert [who for who, _ in await asked(database)] == [CAROL.slack_user_id, GRACE.slack_user_id]
    assert await todos(database, GRACE) == [("Bob", "Alice")]


async def test_a_block_taken_back_leaves_nothing_to_do(database: Database) -> None:
    await arrive(database)
    await block(database, BOB, ALICE)
    async with database.writing() as connection:
        await blocks.unblock(connection, BOB, ALICE.id)
        with pytest.raises(UserFacing, match="not blocked"):
            await blocks.unblock(connection, BOB, ALICE.id)

    assert await todos(database) == []
    async with database.reading() as connection:
        assert await exclusions.vetoes(connection, HERE) == {}


async def test_the_blocked_person_is_not_asked_even_where_they_coordinate(
    database: Database,
) -> None:
    await arrive(database)
    both = await change(database, ALICE, roles=ALICE.roles | {Role.COORDINATOR})
    await block(database, BOB, both)
    assert [who for who, _ in await asked(database)] == [CAROL.slack_user_id]

    await change(database, CAROL, roles=frozenset())
    alone = await block(database, DANA, both)
    assert (alone.share_a_group, alone.somebody_parts_them) == (True, False)
    assert both.slack_user_id not in [who for who, _ in await asked(database)]


async def test_two_who_mentor_one_group_are_parted_by_a_person(database: Database) -> None:
    await arrive(database, OTTO)
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [pairing(BOB, OTTO)])

    done = await block(database, ALICE, OTTO)

    assert (done.share_a_group, done.somebody_parts_them) == (True, False)
    assert await asked(database) == []


@pytest.mark.parametrize(("owner", "other"), [(BOB, ALICE), (ALICE, BOB), (BOB, DANA)])
async def test_they_are_never_introduced_to_one_another(
    database: Database, owner: Member, other: Member
) -> None:
    await arrive(database)
    await block(database, owner, other)
    async with database.reading() as connection:
        wishes = await exclusions.vetoes(connection, HERE)

    roles = {ALICE.id: Role.MENTOR, BOB.id: Role.MENTEE, DANA.id: Role.MENTEE}
    seats = [Seat(GROUP.id, one.id, roles[one.id]) for one in (owner, other)]
    (leaving,) = who_moves(seats, {owner.id, other.id}, wishes)
    assert leaving.member_id in {owner.id, other.id}


async def test_a_block_and_a_wish_do_not_undo_one_another(database: Database) -> None:
    await arrive(database)
    await block(database, BOB, ALICE)
    async with database.writing() as connection:
        await exclusions.set_vetoes(connection, HERE, BOB.id, [DANA.id])
        await exclusions.set_vetoes(connection, HERE, BOB.id, [])
        assert await exclusions.own_wishes(connection, HERE, BOB.id) == frozenset()
        assert await blocks.blocked_by(connection, BOB) == {ALICE.id}
        await exclusions.set_vetoes(connection, HERE, BOB.id, [DANA.id])
        await blocks.unblock(connection, BOB, ALICE.id)
        assert await exclusions.vetoes(connection, HERE) == {BOB.id: {DANA.id}}


def checkin(name: str, author: Member, visibility: Visibility) -> CheckIn:
    return CheckIn(
        id=CheckInId(name),
        workspace_id=HERE,
        member_id=author.id,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        framework_id="miller_is",
        stage="Knows",
        entry=Reflection(answers=(Answer(Lens.FEEL, "How?", "Well"),), visibility=visibility),
        written_at=MONDAY + timedelta(minutes=1),
        shared_at=MONDAY + timedelta(minutes=1),
    )


async def test_the_blocked_person_reads_nothing_that_was_shared_and_others_do(
    database: Database,
) -> None:
    await arrive(database)
    to_mentor = checkin("one", BOB, Visibility.MENTOR)
    to_group = checkin("two", BOB, Visibility.GROUP)
    danas = checkin("three", DANA, Visibility.GROUP)
    async with database.writing() as connection:
        for one in (to_mentor, to_group, danas):
            await checkins.add(connection, one)

    async def readable(reader: Member) -> set[str]:
        async with database.reading() as connection:
            found = [
                await open_shared(connection, reader, one.id)
                for one in (to_mentor, to_group, danas)
            ]
            groups = await running_groups_of(connection, HERE, reader.id)
            until = MONDAY + timedelta(days=1)
            listed = await shown_to_mentor(connection, reader, groups, since=None, until=until)
        one_by_one = {one.id for one in found if one}
        if reader.is_mentor:
            assert {one.id for one in listed} == one_by_one
        return {*one_by_one}

    assert await readable(ALICE) == {"one", "two", "three"}
    assert await readable(DANA) == {"two", "three"}
    await block(database, BOB, ALICE)
    assert await readable(ALICE) == {"three"}
    assert await readable(DANA) == {"two", "three"}
    await block(database, BOB, DANA)
    assert await readable(DANA) == {"three"}
    async with database.reading() as connection:
        assert not (await mentors_now(connection, [to_mentor]))[to_mentor.id].can_read


async def test_while_nobody_knows_who_is_blocked_nothing_is_shown(database: Database) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await checkins.add(connection, checkin("one", BOB, Visibility.MENTOR))
    await block(database, BOB, DANA)
    async with database.writing() as connection:
        await connection.execute(sa.update(wish_table).values(sealed=b"altered"))

    async with database.reading() as connection:
        with pytest.raises(exclusions.WishesUnreadable):
            await open_shared(connection, ALICE, CheckInId("one"))
    await looked_after(database, MONDAY + timedelta(hours=1))  # it does not stop concerns


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (SlackUserId("U0NOBODY"), "takes part in mentoring"),
        (MALLORY.slack_user_id, "takes part in mentoring"),
        (BOB.slack_user_id, "somebody else than yourself"),
    ],
)
async def test_only_somebody_who_is_known_here_can_be_blocked(
    database: Database, other: SlackUserId, sentence: str
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await people.put_members(connection, MALLORY.workspace_id, [MALLORY])
        with pytest.raises(UserFacing, match=sentence):
            await blocks.block(connection, BOB, other, now=MONDAY)


async def test_a_row_names_nobody_and_is_forgotten_with_either(database: Database) -> None:
    await arrive(database)
    await block(database, BOB, ALICE)
    await block(database, DANA, ALICE)
    async with database.writing() as connection:
        rows = repr((await connection.execute(sa.select(wish_table))).all())
        assert not any(one.id in rows for one in (BOB, ALICE, DANA))
        await erase(connection, ALICE, MONDAY)
        assert await exclusions.blocks(connection, HERE) == {}


async def test_on_the_private_day_nobody_is_asked_anything(database: Database) -> None:
    await arrive(database)
    async with database.writing() as connection:
        kind, at = MessageKind.MEMBER_JOINED, MONDAY + timedelta(days=1)
        joins = news(kind, "pair_Bob_Alice", "group:group_one", now=MONDAY)
        await tell(connection, HERE, [joins], now=MONDAY, at=at)

    done = await block(database, BOB, ALICE)

    assert not done.share_a_group
    assert await asked(database) == []


async def test_words_back_that_still_wait_are_not_told_of_once_their_writer_is_blocked(
    database: Database,
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await checkins.add(connection, checkin("one", BOB, Visibility.MENTOR))
        await reply(connection, ALICE, CheckInId("one"), text="Well done", now=MONDAY)
        replied = sa.select(*ENTRY).where(outbox.c.kind == MessageKind.CHECKIN_REPLIED)
        entry = entry_from((await connection.execute(replied)).one())
        before = await write_replied(cast("Services", None), connection, entry)
        await blocks.block(connection, BOB, ALICE.slack_user_id, now=MONDAY)
        after = await write_replied(cast("Services", None), connection, entry)

    assert ALICE.name in str(before)
    assert after is None
