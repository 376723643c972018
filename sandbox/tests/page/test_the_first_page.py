"""The first page: who there is to be."""

from __future__ import annotations

import pytest

from sandbox_support.asking import TEAM
from sandbox_support.box import Box


async def test_the_first_page_lists_people_by_workspace(box: Box) -> None:
    await box.control("workspaces", name="Other Hospital", id="T0OTHER")
    await box.control("users", name="mallory", real_name="Mallory", team="T0OTHER")

    html = (await box.http.get("/")).text

    assert (
        html.index("Cairn Teaching Hospital") < html.index("Alice") < html.index("Other Hospital")
    )
    assert html.index("Other Hospital") < html.index("Mallory")
    assert 'href="/client/T0CAIRN/U0BOB"' in html


async def test_a_workspace_without_people_says_what_to_do(box: Box) -> None:
    await box.control("workspaces", name="Empty Hospital")

    assert "Nobody is here yet. Add the first person below." in (await box.http.get("/")).text


async def test_a_person_can_be_added_and_is_then_at_the_app(box: Box) -> None:
    answer = await box.http.post("/people", data={"real_name": "Zoë Ng", "tz": "Asia/Tokyo"})

    made = next(user for user in box.world.users.values() if user.real_name == "Zoë Ng")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/client/{TEAM}/{made.id}"
    assert (made.name, made.tz) == ("zoe.ng", "Asia/Tokyo")


@pytest.mark.parametrize("fields", [{"real_name": ""}, {"real_name": "Eve", "tz": "Mars/Base"}])
async def test_a_person_who_makes_no_sense_is_not_added(box: Box, fields: dict[str, str]) -> None:
    before = len(box.world.users)

    answer = await box.http.post("/people", data=fields)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert len(box.world.users) == before


async def test_people_stand_by_title_once_somebody_has_one(box: Box) -> None:
    before = (await box.http.get("/")).text
    people = [
        {"name": "mia", "real_name": "Mia", "title": "Mentor"},
        {"name": "ben", "real_name": "Ben", "title": "Mentee", "status_text": "Night shift"},
    ]
    await box.control("users", users=people)

    html = (await box.http.get("/")).text

    assert "people-title" not in before
    order = [">Mentee</h3>", ">Ben<", "Mentee · Night shift", ">Mentor</h3>", ">Mia<"]
    places = [html.index(one) for one in [*order, ">Everybody else</h3>", ">Alice<"]]
    assert places == sorted(places)


async def test_a_title_is_told_to_apps(box: Box) -> None:
    made = await box.control("users", name="mia", real_name="Mia", title="Mentor")

    told = await box.api("users.info", user=made["user"]["id"])

    assert told["user"]["profile"]["title"] == "Mentor"


async def test_a_guest_with_an_address_can_be_added(box: Box) -> None:
    fields = {"real_name": "Gil", "tz": "Asia/Tokyo", "email": "gil@example.org"}
    await box.http.post("/people", data={**fields, "kind": "is_ultra_restricted"})
    wrong = await box.http.post("/people", data={**fields, "kind": "is_god"})

    found = (await box.api("users.lookupByEmail", email="gil@example.org"))["user"]

    assert found["is_ultra_restricted"]
    assert wrong.status_code == 400
    assert ">Guest<" in (await box.http.get("/")).text
