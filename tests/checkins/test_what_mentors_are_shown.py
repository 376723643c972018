"""Which check-ins a mentor is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.checkins import rules
from bot.checkins.rules import CheckIn, CheckInId, Reflection, Visibility
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId

GROUP, OTHER = GroupId("group_one"), GroupId("group_two")
STARTED = datetime(2026, 9, 7, tzinfo=UTC)
BEFORE, AFTER = STARTED - timedelta(days=1), STARTED + timedelta(days=1)


def written(at: datetime, visibility: Visibility, group: GroupId | None = GROUP) -> CheckIn:
    return CheckIn(
        id=CheckInId("checkin"),
        workspace_id=WorkspaceId("T1"),
        programme_id=ProgrammeId("programme"),
        group_id=group,
        member_id=MemberId("bob"),
        framework_id="miller_is",
        stage="Knows",
        written_at=at,
        entry=Reflection(visibility=visibility, wish="More time"),
    )


@pytest.mark.parametrize(
    ("checkin", "shown"),
    [
        (written(AFTER, Visibility.MENTOR), True),
        (written(STARTED, Visibility.MENTOR), True),
        (written(BEFORE, Visibility.MENTOR), False),
        (written(BEFORE, Visibility.GROUP), True),
        (written(AFTER, Visibility.ONLY_ME), False),
        (written(AFTER, Visibility.MENTOR, OTHER), False),
        (written(AFTER, Visibility.GROUP, OTHER), False),
        (written(AFTER, Visibility.GROUP, None), False),
    ],
)
def test_a_later_mentor_is_not_shown_what_an_earlier_one_was(checkin: CheckIn, shown: bool) -> None:
    since = {MemberId("bob"): STARTED}

    assert rules.is_shown_to(checkin, groups={GROUP}, mentor_since=since) is shown


def test_who_never_mentored_the_writer_reads_what_the_group_reads() -> None:
    by_visibility = {
        each: rules.is_shown_to(written(AFTER, each), groups={GROUP}, mentor_since={})
        for each in Visibility
    }

    assert [each for each, shown in by_visibility.items() if shown] == [Visibility.GROUP]
