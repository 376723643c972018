"""What a coordinator sees on Home of messages that wait, or that failed."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.delivery.model import Lane, LaneReport, OutboxState, QueueReport
from bot.errands.store import Want
from handlers.blocks import home
from handlers.queue import views
from handlers.queue.views import Undone
from tests.delivery.test_delivery_rules import entry
from tests.support.cast import HERE
from tests.support.golden import Golden

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
REPORT = QueueReport(
    workspace_id=HERE,
    lanes=(LaneReport(Lane.PROMPT, OutboxState.QUEUED, 12, NOW),),
    rate_per_min=300,
    sent_last_minute=0,
    paused_until=None,
    expected_finish=NOW,
)


def test_what_waits_and_what_failed(golden: Golden) -> None:
    failed = replace(entry(), last_error="channel_not_found")
    owed = [Undone("in", "cant_invite", has_failed=True)]

    blocks = views.queue_blocks(REPORT, [failed], owed, names={}, tz="Europe/London")

    golden("home", home(blocks))


def test_whatever_cairn_owes_in_slack_has_its_words() -> None:
    for want in Want:
        owed = [Undone(want, "ratelimited", has_failed=False)]

        said = str(views.queue_blocks(REPORT, [], owed, names={}, tz="UTC"))

        assert "it is tried again" in said


def test_a_message_to_a_person_does_not_speak_of_a_channel() -> None:
    for reason in ("channel_not_found", "not_in_channel", "is_archived"):
        to_bob = replace(entry(), recipient="U0BOB", last_error=reason)
        to_group = replace(to_bob, recipient="group:group_1")

        person, group = (
            str(views.queue_blocks(REPORT, [one], names={}, tz="UTC")) for one in (to_bob, to_group)
        )

        assert "Slack does not let Cairn write to this person" in person
        assert "channel" not in person
        assert "channel" in group


def test_nothing_is_said_while_all_is_sent() -> None:
    assert views.queue_blocks(replace(REPORT, lanes=()), [], names={}, tz="UTC") == []
