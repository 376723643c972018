"""Bolt's own app and adapters work over the sandbox, by Socket Mode and by signed HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from sandbox_support.box import Box, Json
from sandbox_support.small_bolt_app import over_http, over_socket_mode

ALICE = "U0ALICE"


@pytest.fixture(params=[over_socket_mode, over_http], ids=["socket", "http"])
async def bolt(box: Box, request: pytest.FixtureRequest) -> AsyncIterator[AsyncApp]:
    run: Callable[[Box], contextlib.AbstractAsyncContextManager[AsyncApp]] = request.param
    async with run(box) as app:
        yield app


async def eventually(look: Callable[[], Any]) -> Any:
    """Return what ``look`` finds, once it finds something."""
    for _ in range(200):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("It did not happen within two seconds.")


async def open_form(box: Box) -> Json:
    await box.control("slash", user=ALICE, command="/order", text="form")
    views = await eventually(lambda: _views(box))
    return dict(views[-1])


async def _views(box: Box) -> list[Json]:
    return list((await box.read("views", user=ALICE))["views"])


async def _messages(box: Box) -> list[Json]:
    return list((await box.read("messages", user=ALICE))["messages"])


async def test_a_slash_command_is_acknowledged_and_its_text_shown(box: Box, bolt: AsyncApp) -> None:
    result = await box.control("slash", user=ALICE, channel="#general", command="/echo", text="hi")

    assert result["acked"]
    assert 0 < result["ack_ms"] < 3000
    shown = (await _messages(box))[-1]
    assert (shown["text"], shown["ephemeral_to"]) == ("You said hi", ALICE)


async def test_a_modal_is_opened_filled_in_and_answered_with_a_message(
    box: Box, bolt: AsyncApp
) -> None:
    view = await open_form(box)

    sent = await box.control(
        "submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "cake"}}
    )

    assert sent["acked"]
    assert await _views(box) == []
    message = (await eventually(lambda: _messages(box)))[-1]
    assert message["text"] == "One cake"


async def test_a_required_field_left_empty_never_reaches_the_app(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    sent = await box.control("submit", user=ALICE, view_id=view["id"], state={})

    assert sent["response"]["errors"] == {"dish": "Please complete this required field."}
    assert len(await _views(box)) == 1


async def test_errors_keep_the_view_open(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    sent = await box.control(
        "submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "stone"}}
    )

    assert sent["response"]["errors"] == {"dish": "Nobody eats stone."}
    assert [one["id"] for one in await _views(box)] == [view["id"]]


async def test_push_puts_a_view_on_top(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    await box.control("submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "soup"}})

    below, top = await _views(box)
    assert (below["id"], top["previous_view_id"]) == (view["id"], view["id"])
    assert top["callback_id"] == "bowl"


async def test_update_replaces_the_view(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    await box.control("submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "bread"}})

    only = (await _views(box))[0]
    assert (only["id"], only["callback_id"]) == (view["id"], "crust")
    assert only["hash"] != view["hash"]


async def test_clear_closes_everything(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    await box.control("submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "nothing"}})

    assert await _views(box) == []


async def test_closing_a_view_tells_the_app(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)

    await box.control("close", user=ALICE, view_id=view["id"])

    assert bolt.heard[-1] == "closed"  # type: ignore[attr-defined]
    assert await _views(box) == []


async def test_a_button_answers_through_its_response_url(box: Box, bolt: AsyncApp) -> None:
    view = await open_form(box)
    await box.control("submit", user=ALICE, view_id=view["id"], state={"dish": {"name": "cake"}})
    message = (await eventually(lambda: _messages(box)))[-1]

    clicked = await box.control(
        "click", user=ALICE, channel=message["channel"], ts=message["ts"], action_id="done"
    )

    assert clicked["acked"]

    async def replaced() -> bool:
        return bool((await _messages(box))[-1]["text"] == "Done with 42")

    assert await eventually(replaced)


async def test_the_home_tab_is_published_when_it_is_opened(box: Box, bolt: AsyncApp) -> None:
    await box.control("home", user=ALICE)

    async def published() -> Any:
        return (await box.read("home", user=ALICE))["view"]

    assert (await eventually(published))["blocks"][0]["text"]["text"] == "Welcome"


async def test_a_message_in_the_app_s_dm_is_heard_and_answered(box: Box, bolt: AsyncApp) -> None:
    place = (await box.control("direct", user=ALICE))["channel"]["id"]

    await box.control("say", user=ALICE, channel=place, text="hello there")

    async def answered() -> bool:
        return bool((await _messages(box))[-1]["text"] == f"Hello <@{ALICE}>")

    assert await eventually(answered)


async def test_a_global_shortcut_is_heard(box: Box, bolt: AsyncApp) -> None:
    used = await box.control("shortcut", user=ALICE, callback_id="remember")

    assert used["acked"]
    assert bolt.heard == ["shortcut"]  # type: ignore[attr-defined]


async def test_joining_and_leaving_the_workspace_are_told(box: Box, bolt: AsyncApp) -> None:
    await box.control("users", id="U0DAVE", name="dave")
    await box.control("user", user=ALICE, deleted=True)

    async def heard() -> bool:
        return len(bolt.heard) == 2  # type: ignore[attr-defined]

    assert await eventually(heard)
    assert sorted(bolt.heard) == [  # type: ignore[attr-defined]
        f"{ALICE} deleted=True",
        "U0DAVE joined",
    ]


async def test_an_unknown_command_fails_as_slack_shows_it(box: Box, bolt: AsyncApp) -> None:
    result = await box.control("slash", user=ALICE, command="/nobody")

    assert not result["acked"]
    assert result["error"].startswith("/nobody failed")
