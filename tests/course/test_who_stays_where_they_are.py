"""A move that moves nobody: into their own group, or while there is no seat for them."""

import pytest

from bot.course.people import PersonAhead, PersonChange
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.programme.groups import GroupMembers
from handlers.course import people_views
from tests.course.test_one_person import look
from tests.support.cast import ALICE, BOB
from tests.support.cohort import DRAFT
from tests.support.golden import Golden
from tests.support.groups_under_way import group_of, running, waiting
from tests.support.workspace import all_text


async def test_nobody_moves_into_the_group_where_they_sit(database: Database) -> None:
    await running(database)
    there = await group_of(database, BOB.id)

    with pytest.raises(UserFacing, match="They are in that group already"):
        await look(database, PersonChange(kind="move", member_id=BOB.id, to=there))

    assert await waiting(database) == []


def test_a_mentee_without_a_group_waits_for_a_seat() -> None:
    move = PersonChange(kind="move", member_id=BOB.id)
    nowhere = PersonAhead(member=BOB)

    shown = all_text(people_views.person_preview(nowhere, move))
    done = all_text(people_views.person_done(BOB, nowhere, move, None))

    assert "They wait for a seat until there is one that fits." in shown
    assert "Bob gets a seat as soon as a group has one that fits." in done


def test_who_waits_for_another_seat_keeps_theirs(golden: Golden) -> None:
    seat = GroupMembers(
        programme_id=DRAFT.id,
        group_id=GroupId("group_1"),
        group_name="Group of Alice",
        mentors=frozenset({ALICE.id}),
        mentees=frozenset({BOB.id}),
    )
    found = PersonAhead(member=BOB, groups=(seat,))
    move = PersonChange(kind="move", member_id=BOB.id, seat=seat.group_id)
    undo = PersonChange(kind="stay", member_id=BOB.id, to=seat.group_id)

    shown = people_views.person_done(BOB, found, move, undo)

    assert "for now: no other group has a seat that fits" in all_text(shown)
    golden("course_person_waits", shown)
