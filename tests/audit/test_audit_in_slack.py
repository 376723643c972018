"""Coordinators read and download what coordinators did; nobody else does."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.audit import store
from bot.audit.model import Act
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people.model import Role
from bot.people.permissions import ONLY_COORDINATORS
from bot.people.store import member_by_slack_id, put_members
from runtime.demo.sandbox import BOT_TOKEN
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def acts(here: Running, **which: Any) -> list[Act]:
    async with here.slack.cairn.database.reading() as connection:
        found = await store.entries(connection, workspace_of(here), **which)
    return [one.act for one in found]


def workspace_of(here: Running) -> WorkspaceId:
    return WorkspaceId(here.slack.cairn.workspace_id)


async def id_of(here: Running, user: str) -> MemberId:
    async with here.slack.cairn.database.reading() as connection:
        found = await member_by_slack_id(connection, workspace_of(here), SlackUserId(user))
    assert found is not None
    return found.id


async def extend(here: Running) -> None:
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Extend or close")
    form = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, form["id"], {"next": "extend", "weeks": "2"})
    await here.slack.submit(here.coordinator, (await here.slack.view(here.coordinator))["id"], {})
    await here.slack.close(here.coordinator)


async def look(here: Running, user: str) -> str:
    await here.slack.press(user, "Look", tools=True)
    return all_text(await here.slack.view(user))


async def test_what_a_coordinator_does_is_read_by_coordinators(here: Running) -> None:
    await extend(here)

    shown = await look(here, here.coordinator)

    assert "changed on the way: The programme ends with the week of Sunday" in shown
    assert "approved the groups." in shown


async def test_what_is_refused_is_not_written_down(here: Running) -> None:
    before = await acts(here)
    await here.slack.press(here.coordinator, "Extend or close")
    form = await here.slack.view(here.coordinator)

    await here.slack.submit(here.coordinator, form["id"], {"next": "extend"})

    assert await acts(here) == before


async def test_it_can_be_looked_through_by_kind_and_person_and_page(here: Running) -> None:
    await here.slack.advance(minutes=1)
    async with here.slack.cairn.database.writing() as connection:
        for number in range(30):
            await store.record(
                connection,
                workspace_of(here),
                Act.MENTEE_MOVED,
                by=None,
                now=here.slack.clock.now(),
                about=[await id_of(here, here.bob)] if number == 7 else [],
            )
    await look(here, here.coordinator)
    page = await here.slack.view(here.coordinator)
    assert all_text(page).count("another seat") == 25

    await here.slack.press(here.coordinator, "Earlier", modal=True)
    assert all_text(await here.slack.view(here.coordinator)).count("another seat") == 5

    await here.slack.press(here.coordinator, "Newest", modal=True)
    await here.slack.submit(here.coordinator, page["id"], {"person": here.bob})
    assert all_text(await here.slack.view(here.coordinator)).count("another seat") == 1

    await here.slack.submit(here.coordinator, page["id"], {"kind": "The programme"})
    assert "another seat" not in all_text(await here.slack.view(here.coordinator))


async def test_the_file_runs_no_formula_and_comes_to_who_asked(here: Running) -> None:
    cairn, at = here.slack.cairn, here.slack.clock.now()
    async with cairn.database.writing() as connection:
        framework, evil = Act.COURSE_CHANGED, "=HYPERLINK(1)"
        await store.record(connection, workspace_of(here), framework, by=None, now=at, what=evil)
    await here.slack.advance(minutes=1)
    await look(here, here.coordinator)

    await here.slack.press(here.coordinator, "Download as CSV", modal=True)

    [file] = [
        file
        for message in await here.slack.messages(user=here.coordinator)
        for file in message.get("files", [])
    ]
    token = {"Authorization": f"Bearer {BOT_TOKEN}"}
    answer = await here.slack.http.get(file["url_private"], headers=token)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["kind"] == "acts_exported"
    assert {one["detail"] for one in rows} >= {f"'{evil}"}
    assert await acts(here, acts=[Act.ACTS_EXPORTED]) == [Act.ACTS_EXPORTED]


async def test_who_coordinates_no_more_reads_no_more(here: Running) -> None:
    await look(here, here.coordinator)
    async with here.slack.cairn.database.writing() as connection:
        its = (connection, workspace_of(here))
        carol = await member_by_slack_id(*its, SlackUserId(here.coordinator))
        assert carol is not None
        await put_members(*its, [replace(carol, roles=frozenset({Role.MENTEE}))])

    await here.slack.press(here.coordinator, "Download as CSV", modal=True)

    assert ONLY_COORDINATORS in all_text(await here.slack.view(here.coordinator))
    assert Act.ACTS_EXPORTED not in await acts(here)
