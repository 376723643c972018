"""What counts as wrong, and what does not: from facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.backlog import Backlog
from bot.delivery.model import Lane, Pace
from bot.delivery.rules import paused, slowed
from bot.kernel.ids import WorkspaceId
from runtime.health import Facts, Fault, judge, lateness
from runtime.probing import again_after_s
from tests.support.cast import HERE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE = timedelta()
THERE = WorkspaceId("T0THERE")
WELL = Facts(
    loop_silent=timedelta(seconds=9),
    database_answers=True,
    workspaces=2,
    slack_silent=4 * MINUTE,
    refused={},
    sockets_silent=NONE,
    due_late=MINUTE,
    events_late=MINUTE,
    lanes_late=dict.fromkeys(Lane, NONE),
)
FREE = Pace(workspace_id=HERE, rate=300, free_at=NOW, changed_at=NOW)


def test_nothing_is_wrong_with_what_is_well() -> None:
    assert judge(WELL) == {}
    assert judge(replace(WELL, workspaces=0, slack_silent=None, sockets_silent=None)) == {}


@pytest.mark.parametrize(
    ("seen", "fault", "said"),
    [
        ({"loop_silent": 6 * MINUTE}, Fault.LOOP, "no whole pass for 6 minutes; restart Cairn"),
        ({"database_answers": False}, Fault.DATABASE, "The database does not answer; look whether"),
        ({"slack_silent": 13 * MINUTE}, Fault.SLACK, "Slack has not answered for 13 minutes"),
        ({"sockets_silent": 3 * MINUTE}, Fault.SOCKETS, "No socket to Slack has been open for 3"),
        ({"keys_away": "The key directory /keys is not there."}, Fault.KEYS, "/keys is not there"),
        ({"watch_failed": True}, Fault.WATCH, "Watching over Cairn has failed; restart it"),
        ({"due_late": 16 * MINUTE}, Fault.SCHEDULES, "has been due for 16 minutes"),
        (
            {"duties_failing": {"weekly": 31 * MINUTE, "checkin": MINUTE}},
            Fault.SCHEDULES,
            "of the kind weekly fails each time",
        ),
        ({"events_late": 150 * MINUTE}, Fault.EVENTS, "has waited for 2 hours"),
        ({"lanes_late": {Lane.PROMPT: 20 * MINUTE}}, Fault.MESSAGES, "lane prompt has been ready"),
        ({"errands_late": 400 * MINUTE}, Fault.SCHEDULES, "invitation, could be done for 6 hours"),
        (
            {"failures": (20, "restricted_action")},
            Fault.MESSAGES,
            "The last 20 attempts to send a message failed, the last one because an administrator",
        ),
        (
            {"refused": {HERE: "token_revoked", THERE: "token_revoked"}},
            Fault.TOKEN,
            "Slack has revoked Cairn's token. Install the app again",
        ),
    ],
)
def test_each_fault_is_named_with_what_to_do(
    seen: dict[str, object], fault: Fault, said: str
) -> None:
    found = judge(replace(WELL, **seen))  # type: ignore[arg-type]

    assert list(found) == [fault]
    assert said in found[fault]


def test_one_workspaces_dead_token_is_no_fault_while_another_is_served() -> None:
    assert judge(replace(WELL, refused={HERE: "token_revoked"})) == {}


def test_nothing_is_said_of_what_waits_while_the_database_cannot_be_asked() -> None:
    away = replace(WELL, database_answers=False, due_late=60 * MINUTE)

    assert list(judge(away)) == [Fault.DATABASE]


def late(lane: Lane, waited: timedelta, pace: Pace | None) -> timedelta:
    backlog = Backlog(HERE, lane, 3, NOW - waited)
    return lateness([backlog], {HERE: pace} if pace else {}, now=NOW)[lane]


def idle(pace: Pace, since: timedelta) -> Pace:
    return replace(pace, free_at=NOW - since)


def test_a_message_is_late_when_nothing_was_sent_there_for_its_lanes_time() -> None:
    assert late(Lane.INTERACTIVE, 6 * MINUTE, idle(FREE, 6 * MINUTE)) == 6 * MINUTE
    assert late(Lane.INTERACTIVE, 4 * MINUTE, idle(FREE, 60 * MINUTE)) == NONE
    assert late(Lane.PROMPT, 14 * MINUTE, idle(FREE, 60 * MINUTE)) == NONE
    assert late(Lane.PROMPT, 16 * MINUTE, None) == 16 * MINUTE, "nothing ever went there"
    assert late(Lane.DIGEST, 61 * MINUTE, idle(FREE, 61 * MINUTE)) == 61 * MINUTE


def test_a_line_that_moves_is_not_late_for_six_hours() -> None:
    assert late(Lane.PROMPT, 167 * MINUTE, FREE) == NONE, "50,000 to one workspace"
    assert late(Lane.PROMPT, 361 * MINUTE, FREE) == 361 * MINUTE


def test_what_waits_for_its_own_hour_or_for_a_pause_is_not_late() -> None:
    long_idle = idle(FREE, 600 * MINUTE)
    asked = slowed(long_idle, now=NOW, retry_after=30 * MINUTE, claimed_at=NOW)
    refused = paused(long_idle, reason="token_revoked", now=NOW)
    ended = replace(asked, paused_until=NOW - 2 * MINUTE)

    assert late(Lane.INTERACTIVE, -60 * MINUTE, long_idle) == NONE, "a quiet hour"
    for pace in (asked, refused, ended):
        assert late(Lane.INTERACTIVE, 300 * MINUTE, pace) == NONE
    assert late(Lane.INTERACTIVE, 600 * MINUTE, refused) == NONE, "which is told by itself"
    assert late(Lane.INTERACTIVE, 600 * MINUTE, asked) == 600 * MINUTE, "no pause is for ever"
    long_ended = replace(asked, paused_until=NOW - 20 * MINUTE)
    assert late(Lane.INTERACTIVE, 300 * MINUTE, long_ended) == 20 * MINUTE


def test_a_refused_workspace_is_asked_soon_and_then_every_quarter_of_an_hour() -> None:
    waits = [again_after_s(count, workspaces=1) for count in range(1, 9)]

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert again_after_s(0, workspaces=1) == 300
    assert again_after_s(0, workspaces=1000) == 4000, "one call in four seconds"
