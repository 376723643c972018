from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.kernel.ids import GroupId, MemberId, ProgrammeId
from bot.people.model import Role
from bot.programme.groups import GroupMembers, group_of_seats
from bot.stages.changes import asked_at, first_monday, opens_on
from tests.support.cast import PROGRAMME

ALICE, BOB, PETE = MemberId("alice"), MemberId("bob"), MemberId("pete")
NEXT = datetime(2026, 10, 5, 8, tzinfo=UTC)
"""Monday 09:00 in London."""


def circle(**seats: Role) -> GroupMembers:
    return group_of_seats(
        ProgrammeId("p"),
        GroupId("g"),
        "Group",
        seats={MemberId(member): role for member, role in seats.items()},
    )


def test_a_mentors_seat_keeps_peer_mentors_from_reading_along() -> None:
    found = circle(alice=Role.MENTOR, bob=Role.MENTEE, pete=Role.PEER_MENTOR)

    assert found.mentors == {ALICE}
    assert found.mentees == {BOB}


def test_a_group_without_a_mentor_is_mentored_by_its_peer_mentors() -> None:
    assert circle(bob=Role.MENTEE, pete=Role.PEER_MENTOR).mentors == {PETE}
    assert circle(bob=Role.MENTEE).mentors == frozenset()


@pytest.mark.parametrize(
    ("stage", "tz", "next_at", "expected"),
    [
        ("Shows how", "Europe/London", NEXT, datetime(2026, 9, 21, 8, tzinfo=UTC)),
        ("Knows", "Europe/London", NEXT, datetime(2026, 9, 28, 8, tzinfo=UTC)),
        ("Shows how", "Europe/London", None, None),
        ("Shows how", "Europe/London", datetime(2026, 9, 14, 8, tzinfo=UTC), None),
        (
            "Shows how",
            "Europe/London",
            datetime(2026, 11, 2, 9, tzinfo=UTC),
            datetime(2026, 10, 19, 8, tzinfo=UTC),
        ),
    ],
)
def test_the_last_prompt_fell_due_one_interval_ago_on_the_mentees_own_clock(
    stage: str, tz: str, next_at: datetime | None, expected: datetime | None
) -> None:
    assert asked_at(PROGRAMME, stage, tz=tz, next_at=next_at) == expected


def test_check_ins_begin_in_their_week_and_never_before_the_programme() -> None:
    late_start = replace(
        PROGRAMME,
        starts_on=date(2026, 9, 9),
        template=replace(PROGRAMME.template, checkin_first_week=1),
    )

    assert first_monday(PROGRAMME) == date(2026, 9, 14)
    assert first_monday(late_start) == date(2026, 9, 7)
    assert opens_on(late_start) == date(2026, 9, 9)
