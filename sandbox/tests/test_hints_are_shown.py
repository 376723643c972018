"""A program proposes what to try; each person reads theirs, goes there, and can hide them."""

from __future__ import annotations

import pytest

from sandbox_support.asking import TEAM
from sandbox_support.box import Box

APP = "A0SANDBOX"
HERE = f"/client/{TEAM}/U0BOB/{APP}"
LINES = [
    {"text": "Open *Home* & look <around>", "place": "home", "label": "Home"},
    {"text": "Write to the app", "place": "messages", "label": "Messages"},
    {"text": "Read what is new", "place": "#general", "label": "#general"},
    {"text": "Move the clock on"},
]


async def test_each_person_reads_their_own_lines_and_goes_where_they_lead(box: Box) -> None:
    await box.control("hints", user="bob", about="Be him first", hints=LINES)
    told = await box.read("hints", user="bob")

    bobs = (await box.http.get(HERE)).text
    alices = (await box.http.get(f"/client/{TEAM}/U0ALICE/{APP}")).text

    assert [one["text"] for one in told["hints"]] == [one["text"] for one in LINES]
    assert "<strong>Home</strong> &amp; look &lt;around&gt;" in bobs
    for place in filter(None, told["places"]):
        address = f"/client/{TEAM}/U0BOB/{place}"
        assert f'href="{address}"' in bobs
        assert (await box.http.get(address)).status_code == 200
    assert "What to try" not in alices


async def test_lines_stand_in_place_of_those_before_and_are_hidden_and_shown_again(
    box: Box,
) -> None:
    await box.control("hints", user="bob", hints=LINES)
    await box.control("hints", user="bob", hints=[{"text": "Only this"}])

    await box.http.post(f"{HERE}/hints", json={"what": "hide"})
    hidden = (await box.http.get(f"{HERE}/hints")).text
    await box.http.post(f"{HERE}/hints", json={"what": "show"})
    shown = (await box.http.get(f"{HERE}/hints")).text

    assert "Only this" not in hidden
    assert "What to try" in hidden
    assert "Only this" in shown
    assert "Move the clock on" not in shown


async def test_the_first_page_begins_with_those_who_have_lines(box: Box) -> None:
    await box.control("hints", user="bob", about="Write to the app & see", hints=LINES)

    html = (await box.http.get("/")).text

    assert html.index("Begin with one of these") < html.index("Write to the app &amp; see")
    assert html.index("Write to the app &amp; see") < html.index("U0ALICE")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ("look", "hints"),
        ([{"text": "x"}] * 7, "hints"),
        (["look"], "hints[0]"),
        ([{"place": "home"}], "hints[0]"),
        ([{"text": "x", "place": "#nowhere"}], "hints[0].place"),
    ],
)
async def test_lines_that_make_no_sense_are_refused(box: Box, wanted: object, field: str) -> None:
    answer = await box.http.post("/_sandbox/hints", json={"user": "bob", "hints": wanted})

    assert answer.status_code == 400
    assert answer.json()["field"] == field


async def test_a_line_leads_to_no_channel_that_its_reader_may_not_see(box: Box) -> None:
    await box.control("channels", name="secret", is_private=True, members=["U0ALICE"])

    lines = [{"text": "x", "place": "#secret"}]
    answer = await box.http.post("/_sandbox/hints", json={"user": "bob", "hints": lines})

    assert answer.status_code == 400


async def test_who_was_looked_at_as_is_known(box: Box) -> None:
    await box.http.get(f"/client/{TEAM}/U0BOB/{APP}")
    await box.http.get(f"/client/{TEAM}/U0ALICE/{APP}")

    assert (await box.read("visitors"))["users"] == ["U0BOB", "U0ALICE"]


async def test_titles_stand_beside_names_where_people_are_chosen(box: Box) -> None:
    await box.control("user", user="bob", title="Mentee")

    assert "Bob · Mentee</option>" in (await box.http.get(HERE)).text
