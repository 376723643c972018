"""What a rehearsal's messages come to: counted per person and week."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from bot.rehearsal import rules as report
from bot.rehearsal.model import CHANNEL, Load, Reader, Rehearsal, Sent

BOB = Reader("U1", "Bob", "mentee", "Europe/London")
DANA = Reader("U2", "Dana", "mentee", "Europe/London")
ALICE = Reader("U3", "Alice", "mentor", "Europe/London")
GROUP = Reader("group:1", "Group 1", CHANNEL, "Europe/London")
MONDAY = date(2026, 9, 7)


def sent(who: Reader, week: int, message: str = "checkin prompt", **changed: object) -> Sent:
    known: dict[str, object] = {
        "counts": True,
        "folded": False,
        "held": timedelta(),
        "outside_hours": False,
    }
    at = datetime(2026, 9, 7, 8, tzinfo=UTC) + timedelta(weeks=week - 1)
    return Sent(recipient=who, message=message, week=week, at=at, **known | changed)  # type: ignore[arg-type]


def rehearsal(messages: Iterable[Sent], *, loads: tuple[Load, ...] = ()) -> Rehearsal:
    return Rehearsal(
        template="A term",
        first_monday=MONDAY,
        weeks=3,
        weekly_messages=3,
        recipients=(BOB, DANA, ALICE, GROUP),
        sent=tuple(messages),
        rounds=(),
        loads=loads,
        unseated=(),
        unset=(),
        lost={},
    )


def test_a_week_says_the_least_and_the_most_for_one_person_of_a_kind() -> None:
    found = rehearsal([sent(BOB, 1), sent(BOB, 1, "pulse invitation"), sent(ALICE, 1)])

    [week] = report.weeks(found)
    kinds = week.kinds

    assert (kinds["mentee"].people, kinds["mentee"].least, kinds["mentee"].most) == (2, 0, 2)
    assert kinds["mentee"].messages == {"checkin prompt": 1, "pulse invitation": 1}
    assert (kinds["mentor"].least, kinds["mentor"].most) == (1, 1)
    assert (kinds[CHANNEL].least, kinds[CHANNEL].most) == (0, 0)
    assert "coordinator" not in kinds


def test_quiet_weeks_stand_between_the_first_message_and_the_last() -> None:
    found = rehearsal([sent(BOB, -1), sent(BOB, 2)])

    weeks = report.weeks(found)

    assert [one.week for one in weeks] == [-1, 0, 1, 2]
    assert [one.begins for one in weeks][2] == MONDAY


def test_what_is_folded_into_another_message_is_no_message_of_its_own() -> None:
    found = rehearsal([sent(BOB, 1), sent(BOB, 1, folded=True), sent(DANA, 1)])

    [week] = report.weeks(found)

    assert (week.kinds["mentee"].least, week.kinds["mentee"].most) == (1, 1)
    assert report.folded(found) == 1
    assert {one.messages for one in report.busiest(found)} == {1}


def test_everybodys_fullest_week_is_named_the_fullest_of_all_first() -> None:
    found = rehearsal([sent(BOB, 1), sent(BOB, 2), sent(BOB, 2), sent(DANA, 1), sent(DANA, 3)])

    assert [(one.recipient, one.week, one.messages) for one in report.busiest(found)] == [
        (BOB, 2, 2),
        (DANA, 1, 1),
    ]


def test_what_waited_an_hour_counts_as_held_unless_it_was_folded() -> None:
    found = rehearsal(
        [
            sent(BOB, 1, held=timedelta(minutes=59)),
            sent(BOB, 2, held=timedelta(hours=1)),
            sent(BOB, 3, held=timedelta(days=2), folded=True),
        ]
    )

    assert report.waited(found) == 1


def test_what_comes_at_night_or_after_the_end_is_counted_by_kind() -> None:
    found = rehearsal(
        [sent(BOB, 1, outside_hours=True), sent(BOB, 4), sent(ALICE, 4, "mentor nudge")]
    )

    assert report.outside_hours(found) == {"checkin prompt": 1}
    assert report.after_the_end(found) == {"checkin prompt": 1, "mentor nudge": 1}


def test_a_mentor_with_more_mentees_than_places_is_named() -> None:
    full, over = Load("Alice", 6, 6), Load("Mia", 3, 2)

    assert report.over_capacity(rehearsal([], loads=(full, over))) == (over,)


def test_a_rehearsal_without_a_message_has_no_weeks() -> None:
    assert report.weeks(rehearsal([])) == ()
