"""A coordinator keeps the list in step with a file on the web, and approves each difference."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import roster_feed, store
from bot.people.model import MemberState
from bot.people.roster_feed import Feed, FeedEvery
from handlers.people import roster_feed_views
from tests.care.people_of_care import MONDAY
from tests.care.test_care_in_slack import holding
from tests.support.bringing_in import BringingIn
from tests.support.cast import BOB, CAROL, HERE
from tests.support.draft_programme import Draft, draft_programme
from tests.support.golden import Golden
from tests.support.https_server import FileServer, file_server, loopback_too
from tests.support.workspace import all_text, buttons

SECRET = "Bearer Xylophone-47"
FEED = Feed(
    workspace_id=HERE,
    made_by=CAROL.id,
    made_at=MONDAY,
    every=FeedEvery.DAY,
    timezone="UTC",
    address="https://lists.example.org/secret-path/people.csv",
    headers={},
    read_at=MONDAY,
    counts=(3, 2, 1, 0),
)


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=2) as draft:
        await draft.slack.advance(days=5)  # to a Monday
        yield draft


@pytest.fixture
async def server(tmp_path: Path, here: Draft) -> AsyncIterator[FileServer]:
    async with file_server(tmp_path) as running:
        downloads = here.slack.cairn.services.downloads
        downloads.allows, downloads.trusts = loopback_too, running.trusts
        await somebody(here, "U9GRACE", "Grace Lund")
        running.headers = {"Content-Type": "text/csv"}
        yield running


async def somebody(here: Draft, slack_id: str, name: str) -> None:
    person = {"id": slack_id, "name": name.lower().replace(" ", ""), "real_name": name}
    await here.slack.http.post("/_sandbox/users", json=person)


def roster(*rows: str) -> bytes:
    return "\n".join(["slack_id,name,role", *rows]).encode()


async def fill_in(here: Draft, url: str, **more: str) -> str:
    await here.slack.press(here.carol, "Keep the list in step", tools=True)
    view = await here.slack.view(here.carol)
    answers: dict[str, Any] = {"address": url, "every": "day", **more}
    answer = await here.slack.submit(here.carol, view["id"], answers)
    return f"{answer} {all_text(await here.slack.view(here.carol))}"


async def news(here: Draft) -> list[str]:
    said = [one["text"] for one in await here.slack.messages(user=here.carol)]
    return [one for one in said if "he list" in one]


async def next_morning(here: Draft) -> None:
    await here.slack.advance(days=1)


async def test_from_the_address_to_an_approved_difference(here: Draft, server: FileServer) -> None:
    server.body, server.etag = roster("U9GRACE,Grace Lund,mentee"), '"1"'
    said = await fill_in(here, f"{server.url}/a.csv", header="Authorization", value=SECRET)
    assert "Grace Lund" in said  # the preview of an upload
    await BringingIn(here.slack, here.carol).apply()
    await here.slack.close(here.carol)
    assert server.asked[0]["authorization"] == SECRET

    await next_morning(here)
    await next_morning(here)
    assert await news(here) == []
    assert server.asked[-1]["if-none-match"] == '"1"'

    await somebody(here, "U9HUGO", "Hugo Berg")
    server.body, server.etag = roster("U9HUGO,Hugo Berg,mentor"), '"2"'
    await next_morning(here)
    (told,) = await news(here)
    assert "The list has changed: 1 new, 0 changed and 1 no longer in it" in told
    assert "Hugo" not in told
    await next_morning(here)
    assert len(await news(here)) == 1  # the same difference is not told twice

    message = (await here.slack.messages(user=here.carol))[-1]
    await here.slack.press(here.carol, "Look at it", message=message)
    assert "Hugo Berg" in all_text(await here.slack.view(here.carol))
    await BringingIn(here.slack, here.carol).apply()
    await here.slack.close(here.carol)
    members = await BringingIn(here.slack, here.carol).members()
    assert members["Hugo Berg"].is_mentor
    assert members["Grace Lund"].state is MemberState.ACTIVE  # nobody is taken out by a list

    await here.slack.press(here.carol, "Keep the list in step", tools=True)
    page = await here.slack.view(here.carol)
    assert "1 person no longer in the list" in all_text(page)
    await here.slack.press(here.carol, "Decide", modal=True)
    assert "Take out of the programme" in {
        one["text"]["text"] for one in buttons(await here.slack.view(here.carol))
    }


async def test_a_difference_is_dismissed_and_the_next_is_told(
    here: Draft, server: FileServer
) -> None:
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, server.url)
    await here.slack.close(here.carol)
    await next_morning(here)
    (message,) = [
        one for one in await here.slack.messages(user=here.carol) if "he list has" in one["text"]
    ]

    await here.slack.press(here.carol, "Leave it as it is", message=message)
    await next_morning(here)
    assert "you left it as it is" in (await news(here))[-1]
    server.body = roster("U9GRACE,Grace Lund,mentor")
    await next_morning(here)

    assert "1 new, 0 changed" in (await news(here))[-1]


async def test_a_failure_is_told_once_and_again_when_it_works(
    here: Draft, server: FileServer
) -> None:
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, server.url)
    await BringingIn(here.slack, here.carol).apply()
    await here.slack.close(here.carol)
    asked = len(server.asked)

    server.status = 404
    await next_morning(here)
    await next_morning(here)
    (told,) = await news(here)
    assert "There is no file at this address any more" in told
    assert len(server.asked) >= asked + 3  # tried again within hours

    server.status, server.headers = 200, {"Content-Type": "text/html"}
    await next_morning(here)
    assert "At this address is a page, perhaps one to sign in on" in (await news(here))[-1]
    server.headers = {"Content-Type": "text/csv"}
    await next_morning(here)
    assert "can be read again" in (await news(here))[-1]
    assert len(await news(here)) == 3


async def test_a_fault_that_passes_is_not_told_before_it_lasts(
    here: Draft, server: FileServer
) -> None:
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, server.url)
    await BringingIn(here.slack, here.carol).apply()
    await here.slack.close(here.carol)
    server.status = 503
    await here.slack.advance(hours=16)  # to the morning, and an hour more
    assert await news(here) == []

    await here.slack.advance(hours=10)

    assert "has a fault of its own" in (await news(here))[-1]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html><form>Sign in</form></html>", "is a page, perhaps one to sign in"),
        (b"", "The file is empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture"),
    ],
)
async def test_what_is_no_list_is_said_and_no_address_is_kept(
    here: Draft, server: FileServer, body: bytes, said: str
) -> None:
    server.body = body

    assert said.lower() in (await fill_in(here, server.url)).lower()
    async with here.slack.cairn.database.reading() as connection:
        workspace = WorkspaceId(here.slack.cairn.workspace_id)
        assert await roster_feed.feed_of(connection, workspace) is None


async def test_bad_answers_stand_beside_the_question(here: Draft) -> None:
    assert "begins with https" in await fill_in(here, "http://example.org/a.csv")
    view = await here.slack.view(here.carol)
    answers = {"address": "https://10.0.0.1/", "every": "day", "header": "Host", "value": "a"}
    answer = await here.slack.submit(here.carol, view["id"], answers)
    assert "name of a header" in str(answer)
    await here.slack.close(here.carol)
    assert "private network" in await fill_in(here, "https://10.0.0.1/a.csv")


async def test_columns_that_changed_are_said_and_asked_about(
    here: Draft, server: FileServer
) -> None:
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, server.url)
    await BringingIn(here.slack, here.carol).apply()
    await here.slack.close(here.carol)
    await next_morning(here)
    server.body = b"who,thing,kind of person\nU9GRACE,Grace Lund,mentee\n"
    await next_morning(here)

    assert "The columns of the list are not those of before" in (await news(here))[-1]
    await here.slack.press(here.carol, "Keep the list in step", tools=True)
    await here.slack.press(here.carol, "Look at it", modal=True)
    assert (await here.slack.view(here.carol))["callback_id"] == "people.mapping_form"


async def test_it_is_paused_read_again_and_stopped(here: Draft, server: FileServer) -> None:
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, server.url)
    await here.slack.close(here.carol)
    await here.slack.press(here.carol, "Keep the list in step", tools=True)
    page = all_text(await here.slack.view(here.carol))
    assert "The list at *localhost* is read every morning" in page
    await here.slack.press(here.carol, "Pause", modal=True)
    asked = len(server.asked)
    await next_morning(here)
    assert len(server.asked) == asked

    await here.slack.press(here.carol, "Read it again", modal=True)
    await next_morning(here)
    assert len(server.asked) > asked
    await here.slack.press(here.carol, "Stop", modal=True)
    asked = len(server.asked)
    await next_morning(here)
    assert len(server.asked) == asked


async def test_the_address_and_its_header_stand_nowhere_in_the_open(
    here: Draft, server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="cairn")
    server.body = roster("U9GRACE,Grace Lund,mentee")
    await fill_in(here, f"{server.url}/hush-hush.csv", header="X-Key", value="Xylophone-47")
    await here.slack.close(here.carol)
    await here.slack.press(here.carol, "Keep the list in step", tools=True)
    await here.slack.press(here.carol, "Change the address", modal=True)

    shown = str(await here.slack.views(here.carol))
    assert "hush" not in shown
    assert "Xylophone" not in shown
    assert holding(tmp_path, b"Xylophone-47") == []
    assert holding(tmp_path, b"hush-hush") == []


async def test_who_is_erased_is_named_by_no_feed(here: Draft) -> None:
    workspace = WorkspaceId(here.slack.cairn.workspace_id)
    grace = replace(BOB, workspace_id=workspace, slack_user_id=SlackUserId("U9GRACE"))
    account = grace.slack_user_id
    async with here.slack.cairn.database.writing() as connection:
        feed = replace(FEED, workspace_id=workspace, named=(account,), gone=(account,))
        feed = replace(feed, made_by=grace.id)
        await roster_feed.put_feed(connection, feed, now=MONDAY)
        await roster_feed.forget_member(connection, grace)
        after = await roster_feed.feed_of(connection, workspace)
        everybody = await store.members(connection, workspace)

    assert after
    assert (after.named, after.gone, after.made_by) == ((), (), roster_feed.NOBODY)
    assert after.address == FEED.address
    assert everybody


def test_how_it_looks(golden: Golden) -> None:
    golden("feed_form", roster_feed_views.form())
    golden("feed_form_change", roster_feed_views.form(changes=True))
    golden("feed_page", roster_feed_views.page(FEED, [BOB]))
    failing = replace(FEED, failure="certificate", read_at=MONDAY + timedelta(days=1))
    golden("feed_page_failure", roster_feed_views.page(failing, []))
    golden("feed_changed", roster_feed_views.changed(FEED))
    golden("feed_changed_problems", roster_feed_views.changed(replace(FEED, counts=(0, 0, 0, 4))))
    golden("feed_failed", roster_feed_views.failed(failing))
    golden("feed_works", roster_feed_views.works())
    golden("feed_dismissed", roster_feed_views.dismissed())
