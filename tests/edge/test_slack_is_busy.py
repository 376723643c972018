"""A Slack that is busy or out of order is not taken for one that refuses, whoever asks it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.kernel.clock import SystemClock
from bot.kernel.errors import OperatorFacing
from runtime.process import assembled, listening_on_sockets
from tests.edge.test_faults import break_slack, struck
from tests.edge.test_the_database_is_away import deliver
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

BUSY: dict[str, dict[str, Any]] = {
    "429": {"kind": "ratelimit", "retry_after_s": 1},
    "503": {"kind": "status", "status": 503},
    "fatal_error": {"kind": "error", "error": "fatal_error"},
}
AWAY: dict[str, dict[str, Any]] = {**BUSY, "no answer": {"kind": "drop"}}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY.keys())
async def test_requests_are_answered_though_slack_refuses_to_say_who_we_are(
    here: Running, fault: dict[str, Any]
) -> None:
    await break_slack(here, on="auth.test", **fault)

    assert await deliver(here, "Ev1") == 200
    view = await here.open_form(here.bob)
    saved = await here.slack.submit(here.bob, view["id"], {"wish": "Said to a busy Slack"})

    assert saved["error"] is None
    assert await struck(here) == []
    assert len(await here.slack.calls("auth.test")) == 1, "asked once, when the process began"


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY.keys())
async def test_a_start_waits_for_slack_with_one_sentence_and_blames_no_token(
    here: Running, fault: dict[str, Any]
) -> None:
    await break_slack(here, on="auth.test", count=2, **fault)

    with capture_logs() as logs:
        async with assembled(here.slack.cairn.options, SystemClock()) as second:
            assert second.workspace_id == here.slack.cairn.workspace_id

    assert [(line["event"], line["kind"]) for line in logs] == [
        ("waiting", "slack"),
        ("waiting_over", "slack"),
    ]
    assert "Slack" in logs[0]["advice"]
    assert "TOKEN" not in str(logs)


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY.keys())
async def test_a_start_goes_on_while_slack_gives_no_socket(
    here: Running, fault: dict[str, Any]
) -> None:
    async with assembled(here.slack.cairn.options, SystemClock()) as second:
        await break_slack(here, on="apps.connections.open", **fault)

        with capture_logs() as logs:
            async with listening_on_sockets(second) as sockets:
                assert not sockets.is_listening

    assert [(line["event"], line["kind"]) for line in logs] == [("waiting", "sockets")]
    assert "TOKEN" not in str(logs)


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("invalid_auth", "make one with the scope connections:write"),
        ("missing_scope", "make one with the scope connections:write"),
        ("feature_not_enabled", "docs.slack.dev/reference/methods"),
    ],
)
async def test_a_start_with_a_refused_app_token_ends_with_what_to_do(
    here: Running, word: str, remedy: str
) -> None:
    await break_slack(here, kind="error", error=word, on="apps.connections.open")

    with pytest.raises(OperatorFacing, match=rf"refused SLACK_APP_TOKEN \({word}\); {remedy}"):
        async with (
            assembled(here.slack.cairn.options, SystemClock()) as second,
            listening_on_sockets(second),
        ):
            pass


@pytest.mark.parametrize(
    "word", ["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"]
)
async def test_a_start_with_a_dead_token_ends_with_what_to_do(here: Running, word: str) -> None:
    await break_slack(here, kind="error", error=word, on="auth.test")

    with pytest.raises(OperatorFacing, match=rf"refused SLACK_BOT_TOKEN \({word}\); copy the Bot"):
        async with asyncio.timeout(20), assembled(here.slack.cairn.options, SystemClock()):
            pass


async def test_a_refusal_for_another_reason_does_not_blame_the_token(here: Running) -> None:
    await break_slack(here, kind="error", error="enterprise_is_restricted", on="auth.test")

    with pytest.raises(OperatorFacing) as refused:
        async with asyncio.timeout(20), assembled(here.slack.cairn.options, SystemClock()):
            pass

    assert "enterprise_is_restricted" in refused.value.reason
    assert "copy" not in refused.value.reason


REFUSED: dict[str, dict[str, Any]] = {
    "hash_conflict": {"kind": "error", "error": "hash_conflict", "when": "before"},
    "429": {"kind": "ratelimit", "retry_after_s": 1},
    "503 before taking": {"kind": "status", "status": 503, "when": "before"},
    "503 after taking": {"kind": "status", "status": 503},
    "no answer": {"kind": "drop"},
}


async def past_of_bob(here: Running, words: str) -> dict[str, Any]:
    """Let Bob write a check-in, and open it from the list of his own."""
    view = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    answers = {lens: words, "visibility": "group"}
    await here.slack.submit(here.bob, view["id"], answers)
    await here.slack.advance(minutes=1)
    await here.slack.close(here.bob)
    await here.slack.slash(here.bob, "past")
    listed = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.read", view_id=listed["id"])
    return await here.slack.view(here.bob)


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED.keys())
async def test_a_view_that_is_refused_after_a_change_is_drawn_again(
    here: Running, fault: dict[str, Any]
) -> None:
    shown = await past_of_bob(here, "To be deleted")
    before = await here.texts(here.bob)
    await break_slack(here, on="views.update", count=1, **fault)

    await here.slack.click(here.bob, "checkin.delete", view_id=shown["id"])

    assert await struck(here) == [fault["kind"]]
    assert "deleted" in all_text(await here.slack.view(here.bob))
    assert await here.texts(here.bob) == before, "nothing had to be explained"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "ratelimit", "retry_after_s": 60},
        {"kind": "status", "status": 503, "when": "before"},
        {"kind": "error", "error": "invalid_arguments", "when": "before"},
    ],
    ids=["429", "503", "refused"],
)
async def test_what_was_done_is_called_done_though_slack_does_not_show_it(
    here: Running, fault: dict[str, Any]
) -> None:
    shown = await past_of_bob(here, "To be deleted")
    for method in ("views.update", "views.push", "views.open"):
        await break_slack(here, on=method, **fault)

    await here.slack.click(here.bob, "checkin.delete", view_id=shown["id"])

    said = (await here.texts(here.bob))[-1]
    assert "This is done" in said
    assert "not done" not in said
    await break_slack(here, clear=True)
    await here.slack.close(here.bob)
    await here.slack.slash(here.bob, "past")
    assert "To be deleted" not in all_text(await here.slack.view(here.bob))


async def test_what_was_not_done_is_called_so(here: Running) -> None:
    await break_slack(here, kind="status", status=503, when="before", on="views.open")

    await here.slack.slash(here.bob)

    assert "this was not done" in (await here.texts(here.bob))[-1]


async def test_long_work_is_told_where_its_form_is_not_shown(here: Running) -> None:
    await here.slack.press(here.bob, "Ask for another mentor", settings=True)
    asked = await here.slack.view(here.bob)
    await break_slack(here, kind="status", status=503, when="before", on="views.*")

    await here.slack.submit(here.bob, asked["id"], {})

    view = await here.slack.view(here.bob)
    assert "Noted. There is no seat in another group" in all_text(view)


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED.keys())
async def test_a_home_that_is_refused_is_published_again(
    here: Running, fault: dict[str, Any]
) -> None:
    view = await here.open_form(here.bob)
    await here.home_text(here.bob, until="My check-ins")
    await break_slack(here, on="views.publish", count=2, **fault)

    answers = {"wish": "To be seen on Home", "visibility": "only_me"}
    saved = await here.slack.submit(here.bob, view["id"], answers)
    await here.slack.advance(minutes=5)

    assert saved["error"] is None
    assert await struck(here) == [fault["kind"]] * 2
    published = (await here.slack.calls("views.publish"))[-1]
    assert published["answer"]["ok"]
    assert "Last check-in: 7 September" in str(published)
