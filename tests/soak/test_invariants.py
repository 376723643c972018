"""Each invariant of a soak can be broken: what it says of a week in which one thing went wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.soak import invariants as must
from tests.soak.invariants import Fell, Gone, Posted, Queued, Vitals

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
ALICE, BOB = "U0ALICE", "U0BOB"


def queued(id_: str, to: str = ALICE, **given: Any) -> dict[str, Queued]:
    usual: dict[str, Any] = {
        "kind": "mentor_nudge",
        "lane": "prompt",
        "state": "sent",
        "created_at": MONDAY,
        "expires_at": MONDAY + timedelta(days=3),
        "ready_at": MONDAY,
    }
    return {id_: Queued(id=id_, to=to, **usual | given)}


def test_a_second_nudge_in_a_week_is_seen_and_one_in_the_next_is_not() -> None:
    known = queued("a") | queued("b") | queued("c", kind="other")
    friday, next_week = MONDAY + timedelta(days=4), MONDAY + timedelta(days=7)
    first = Posted("a", ALICE, MONDAY)

    for at, count in ((friday, 1), (next_week, 0)):
        assert len(list(must.one_nudge_a_week([first, Posted("b", ALICE, at)], known))) == count
    others = [first, Posted("c", ALICE, friday), Posted("b", BOB, friday)]
    assert list(must.one_nudge_a_week(others, known)) == []


def test_a_message_to_somebody_away_is_seen_and_an_answer_is_not() -> None:
    away = [Gone(ALICE, MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))]
    known = queued("a") | queued("b", lane=must.ANSWERS)

    def said(entry: str, to: str, at: datetime) -> list[str]:
        return list(must.nothing_to_the_absent([Posted(entry, to, at)], known, away))

    assert said("a", ALICE, MONDAY) == [
        f"{ALICE} was away and got mentor_nudge at 2026-09-07 09:00"
    ]
    assert said("b", ALICE, MONDAY) == []
    assert said("a", BOB, MONDAY) == []
    assert said("a", ALICE, MONDAY + timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("hours", "zone", "count"),
    [(0, "Europe/Berlin", 0), (9, "Europe/London", 0), (10, "Europe/London", 1),
     (9, "Europe/Berlin", 1), (-2, "Europe/London", 0), (-3, "Europe/London", 1),
     (-24, "Europe/Berlin", 1)],
)  # fmt: skip
def test_a_message_at_night_or_on_a_sunday_is_seen(hours: int, zone: str, count: int) -> None:
    posted = [Posted("a", ALICE, MONDAY + timedelta(hours=hours))]

    assert len(list(must.quiet_hours_kept(posted, queued("a"), {ALICE: {zone}}))) == count
    assert (
        list(must.quiet_hours_kept(posted, queued("a", lane=must.ANSWERS), {ALICE: {zone}})) == []
    )


def test_who_moved_may_be_written_to_in_the_day_of_either_zone() -> None:
    evening = [Posted("a", ALICE, MONDAY + timedelta(hours=9))]
    both = {ALICE: {"Europe/London", "Europe/Berlin"}}

    assert list(must.quiet_hours_kept(evening, queued("a"), both)) == []
    assert len(list(must.quiet_hours_kept(evening, queued("a"), {ALICE: {"Europe/Berlin"}}))) == 1


def test_what_is_posted_twice_is_seen() -> None:
    one, other = Posted("a", ALICE, MONDAY), Posted("b", ALICE, MONDAY)

    assert list(must.nothing_doubled([one, other])) == []
    assert list(must.nothing_doubled([one, other, one])) == ["a was posted 2 times"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"state": "sent"}, "counts as sent, and is not in Slack"),
        ({"state": "sent", "rides_on": "gone"}, "counts as sent, and is not in Slack"),
        ({"state": "failed"}, "failed without a reason"),
        ({"state": "queued"}, "is still queued"),
        ({"state": "sending", "expires_at": MONDAY + timedelta(days=60)}, "has been sending since"),
        ({"state": "sent", "rides_on": "leader"}, None),
        ({"state": "failed", "reason": "user_disabled"}, None),
        ({"state": "expired"}, None),
        ({"state": "withdrawn"}, None),
        ({"state": "queued", "expires_at": MONDAY + timedelta(days=60)}, None),
    ],
)
def test_a_message_that_is_lost_or_stuck_is_seen(given: dict[str, Any], says: str | None) -> None:
    leader = [Posted("leader", ALICE, MONDAY)]
    now = MONDAY + timedelta(days=30)

    found = list(must.nothing_lost(leader, queued("a", **given), now=now))

    assert len(found) == (says is not None)
    assert all(str(says) in one for one in found)


def test_a_prompt_that_was_never_queued_is_seen() -> None:
    fell = [Fell("checkin_prompt", ALICE, MONDAY)]

    def said(**given: Any) -> list[str]:
        return list(must.every_prompt_queued(fell, queued("a", **given)))

    assert said(kind="checkin_prompt") == []
    assert said(kind="checkin_prompt", created_at=MONDAY + timedelta(days=2)) == []
    assert len(said(kind="checkin_prompt", created_at=MONDAY + timedelta(days=9))) == 1
    assert len(said(kind="checkin_prompt", to=BOB)) == 1
    assert len(said(kind="mentor_nudge")) == 1


def test_a_dead_letter_without_a_cause_is_seen() -> None:
    causes = {"user_disabled"}

    def said(reason: str, state: str = "failed") -> list[str]:
        dead = queued("a", state=state, reason=reason)
        return list(must.dead_letters_have_a_cause(dead, causes))

    assert said("user_disabled") == []
    assert said("rendering: KeyError", state="sent") == []
    assert said("rendering: KeyError") == [
        f"mentor_nudge for {ALICE} was given up: rendering: KeyError"
    ]


def test_a_schedule_that_is_still_due_is_seen() -> None:
    due = {"nudge of a": MONDAY, "nudge of b": MONDAY + timedelta(seconds=1)}

    assert list(must.schedules_lie_ahead(due, now=MONDAY)) == [
        "nudge of a was due at 2026-09-07 09:00 and was not done"
    ]


def test_a_stranger_in_a_groups_channel_and_somebody_missing_are_seen() -> None:
    seats = {"C1": {ALICE, BOB}}

    assert list(must.channels_are_seats({"C1": {BOB, ALICE}, "C2": {"U0ANY"}}, seats)) == []
    assert list(must.channels_are_seats({"C1": {BOB, "U0M"}}, seats)) == [
        "U0M has no seat in C1, and is in its channel",
        f"{ALICE} has a seat in C1, and is not in its channel",
    ]
    assert len(list(must.channels_are_seats({}, seats))) == 2


def test_words_before_somebody_for_whom_they_are_not_are_seen() -> None:
    readers = {"canary0001": {ALICE}}

    assert list(must.words_stay_private({ALICE: {"canary0001"}}, readers)) == []
    assert len(list(must.words_stay_private({BOB: {"canary0001"}}, readers))) == 1
    assert len(list(must.words_stay_private({ALICE: {"canary0002"}}, readers))) == 1


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('{"event": "duty_failed", "failure": "KeyError", "level": "error"}', 1),
        ('{"event": "duty_failed", "failure": "OperationalError", "level": "error"}', 0),
        ('{"event": "rendering_failed", "error": "KeyError", "level": "error"}', 1),
        ('{"event": "something", "level": "error"}', 1),
        ('{"event": "message_refused", "reason": "is_archived", "level": "warning"}', 0),
        ("pass_broken_off OperationalError", 0),
        ("Traceback (most recent call last):", 1),
    ],
)
def test_a_failure_that_no_fault_explains_is_seen(line: str, count: int) -> None:
    assert len(list(must.nothing_unexpected([line], {"OperationalError"}))) == count


def lived(mb_a_week: float, *, days: int = 40, life: int = 1) -> list[Vitals]:
    return [
        Vitals(
            life=life,
            at=MONDAY + timedelta(days=day),
            rss_mb=100 + 50 * (day < 3) + mb_a_week * day / 7,
            tasks=9,
            connections=4 + day % 2,
            files=20,
        )
        for day in range(days)
    ]


def test_what_grows_after_its_warm_up_is_seen() -> None:
    limits, warm_up = {"rss_mb": 1.0, "connections": 0.5}, timedelta(days=7)

    def said(seen: list[Vitals]) -> list[str]:
        return list(must.stays_flat(seen, limits=limits, warm_up=warm_up))

    assert said(lived(0.5)) == []
    assert said(lived(3)) == ["rss_mb grew by 3.00 a week, and may grow by 1"]
    assert said(lived(3, days=25)) == []
    assert said(lived(0, days=30) + lived(3, life=2)) == [
        "rss_mb grew by 3.00 a week, and may grow by 1"
    ]


def test_a_prompt_fell_due_when_its_time_lies_further_on() -> None:
    later = MONDAY + timedelta(days=7)
    before = {("nudge", name): MONDAY for name in ("a", "gone")}
    before |= {("nudge", name): later for name in ("b", "moved")}
    after = {("nudge", "a"): later, ("nudge", "b"): later}
    after["nudge", "moved"] = later + timedelta(days=7)

    found = must.fell_due(before, after, now=MONDAY)

    assert found == [Fell("nudge", "a", MONDAY)]


def test_who_was_away_at_both_looks_was_away_between_them() -> None:
    evening = MONDAY + timedelta(hours=9)

    assert must.absences([(MONDAY, {ALICE, BOB}), (evening, {BOB})]) == [Gone(BOB, MONDAY, evening)]
