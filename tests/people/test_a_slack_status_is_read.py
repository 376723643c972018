from datetime import UTC, datetime, timedelta

import pytest

from bot.people.absence import WITHOUT_END, SlackStatus, away_until

NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)
FRIDAY = NOW + timedelta(days=4)


@pytest.mark.parametrize(
    "status",
    [
        SlackStatus(emoji=":palm_tree:", until=FRIDAY),
        SlackStatus(text="Out of office until Friday", until=FRIDAY),
        SlackStatus(text="OOO", emoji=":wave:", until=FRIDAY),
        SlackStatus(text="on annual leave", until=FRIDAY),
    ],
)
def test_a_status_of_absence_counts_until_it_ends(status: SlackStatus) -> None:
    assert away_until(status, now=NOW) == FRIDAY
    assert away_until(status, now=FRIDAY) is None


@pytest.mark.parametrize(
    "status",
    [
        SlackStatus(),
        SlackStatus(text="In a meeting", emoji=":spiral_calendar_pad:", until=FRIDAY),
        SlackStatus(text="Working remotely", emoji=":house_with_garden:"),
        SlackStatus(text="planning the holidaymakers' clinic"),
        SlackStatus(text="igloooo"),
    ],
)
def test_any_other_status_means_that_somebody_is_there(status: SlackStatus) -> None:
    assert away_until(status, now=NOW) is None


def test_an_absence_without_an_end_is_not_believed_for_ever() -> None:
    status = SlackStatus(emoji=":palm_tree:")

    assert away_until(status, now=NOW) == NOW + WITHOUT_END
