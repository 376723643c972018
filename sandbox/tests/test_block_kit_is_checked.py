"""Block Kit is refused where Slack refuses it, with the place named."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_sandbox.blockkit import check_message, check_view
from slack_sandbox.problems import ApiError

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": marked(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"{n}"), "value": f"{n}"} for n in range(count)]


def entry(**more: Any) -> Json:
    return {
        "type": "input",
        "label": plain("Name"),
        "element": {"type": "plain_text_input", "action_id": "a"},
        **more,
    }


def modal(blocks: list[Json], **more: Any) -> Json:
    return {"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": blocks, **more}


def chart(**more: Any) -> Json:
    point = {"label": "May", "value": 3}
    plot = {
        "type": "bar",
        "series": [{"name": "Shared", "data": [point]}],
        "axis_config": {"categories": ["May"]},
    }
    return {"type": "data_visualization", "title": "Months", "chart": plot, **more}


def table(rows: int, columns: int = 2) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "data_table", "caption": "Answers", "rows": [[cell] * columns] * rows}


GOOD = [
    section("Hello"),
    section("Hello", accessory=button()),
    {"type": "section", "fields": [marked("a")] * 10},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [marked("a"), plain("b")]},
    {"type": "actions", "elements": [button(f"b{n}") for n in range(25)]},
    {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "A"},
    {"type": "markdown", "text": "# Hello"},
    {"type": "actions", "elements": [{"type": "static_select", "options": options(100)}]},
    {"type": "actions", "elements": [{"type": "overflow", "options": options(5)}]},
    entry(),
    chart(),
    table(101),
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
    },
]
BAD: list[tuple[Json, str, str]] = [
    ({"type": "sparkle"}, "unsupported block type: sparkle", "/blocks/0/type"),
    ({}, "missing required field: type", "/blocks/0"),
    (section("x" * 3001), "must be less than 3001 characters", "/blocks/0/text/text"),
    (section(""), "must be more than 0 characters", "/blocks/0/text/text"),
    ({"type": "section"}, "missing required field: text or fields", "/blocks/0"),
    (
        {"type": "section", "fields": [marked("a")] * 11},
        "no more than 10 items",
        "/blocks/0/fields",
    ),
    (section("a", colour="red"), "invalid additional property: colour", "/blocks/0"),
    ({"type": "section", "text": "bare"}, "must be an object", "/blocks/0/text"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
    ({"type": "header", "text": marked("x")}, "unsupported text type", "/blocks/0/text/type"),
    ({"type": "actions", "elements": [button()] * 26}, "no more than 25", "/blocks/0/elements"),
    ({"type": "actions", "elements": [button()] * 2}, '"go" already exists', "/blocks/0"),
    ({"type": "context", "elements": [plain("a")] * 11}, "no more than 10", "/blocks/0/elements"),
    (
        {"type": "context", "elements": [button()]},
        "unsupported element",
        "/blocks/0/elements/0/type",
    ),
    (section("a", block_id="x" * 256), "less than 256", "/blocks/0/block_id"),
    ({"type": "image", "alt_text": "A"}, "image_url or slack_file", "/blocks/0"),
    (
        {"type": "image", "image_url": "ftp://a", "alt_text": "A"},
        "valid URL",
        "/blocks/0/image_url",
    ),
    (section("a", accessory=button(value="x" * 2001)), "less than 2001", "/accessory/value"),
    (section("a", accessory=button(text=plain("x" * 76))), "less than 76", "/accessory/text/text"),
    (section("a", accessory=button(style="pink")), "must be one of", "/accessory/style"),
    (
        {"type": "actions", "elements": [{"type": "static_select", "options": options(101)}]},
        "no more than 100",
        "/elements/0/options",
    ),
    (
        {"type": "actions", "elements": [{"type": "overflow", "options": options(6)}]},
        "no more than 5",
        "/elements/0/options",
    ),
    (
        {"type": "actions", "elements": [{"type": "checkboxes", "options": options(11)}]},
        "no more than 10",
        "/elements/0/options",
    ),
    (
        {
            "type": "actions",
            "elements": [
                {
                    "type": "radio_buttons",
                    "options": options(2),
                    "initial_option": {"text": plain("9"), "value": "9"},
                }
            ],
        },
        "must exactly match",
        "/elements/0",
    ),
    ({"type": "alert", "text": plain("a")}, "unsupported block type: alert", "/blocks/0/type"),
    (chart(title="x" * 51), "less than 51", "/blocks/0/title"),
    (table(102), "no more than 101", "/blocks/0/rows"),
    (table(1), "no fewer than 2", "/blocks/0/rows"),
    (table(2, 21), "no more than 20", "/blocks/0/rows/0"),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_a_well_formed_block_passes(block: Json) -> None:
    check_message([block])


@pytest.mark.parametrize(("block", "sentence", "place"), BAD)
def test_a_malformed_block_is_refused_with_its_place(
    block: Json, sentence: str, place: str
) -> None:
    with pytest.raises(ApiError) as refused:
        check_message([block])

    assert refused.value.error == "invalid_blocks"
    first = refused.value.extra["response_metadata"]["messages"][0]
    assert sentence in first
    assert first.endswith(f"{place}]")


def test_fifty_blocks_pass_and_one_more_does_not() -> None:
    check_message([{"type": "divider"}] * 50)

    with pytest.raises(ApiError, match="invalid_blocks"):
        check_message([{"type": "divider"}] * 51)


def test_a_block_id_is_taken_once() -> None:
    with pytest.raises(ApiError) as refused:
        check_message([section("a", block_id="same"), section("b", block_id="same")])

    assert "already exists" in refused.value.extra["response_metadata"]["messages"][0]


def test_two_charts_pass_and_three_do_not() -> None:
    check_message([chart()] * 2)

    with pytest.raises(ApiError, match="invalid_blocks"):
        check_message([chart()] * 3)


def test_markdown_is_counted_over_the_whole_message() -> None:
    check_message([{"type": "markdown", "text": "x" * 6000}] * 2)

    with pytest.raises(ApiError, match="invalid_blocks"):
        check_message([{"type": "markdown", "text": "x" * 6001}] * 2)


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (modal([section("a")], title=plain("x" * 25)), "less than 25"),
        (modal([section("a")], private_metadata="x" * 3001), "less than 3001"),
        (modal([section("a")], callback_id="x" * 256), "less than 256"),
        (modal([section("a")], colour="red"), "invalid additional property: colour"),
        (modal([entry()], submit=None), "missing required field: submit"),
        (modal([chart()]), "unsupported block type: data_visualization"),
        (modal([{"type": "divider"}] * 101), "no more than 100"),
        ({"type": "home", "blocks": [], "title": plain("x")}, "additional property: title"),
        ({"type": "window", "blocks": []}, "must be one of: modal, home"),
        ([], "must provide an object"),
    ],
)
def test_a_malformed_view_is_refused(view: Any, sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_view(view)

    assert refused.value.error == "invalid_arguments"
    assert sentence in refused.value.extra["response_metadata"]["messages"][0]


def test_a_view_of_a_hundred_full_sections_is_too_large() -> None:
    with pytest.raises(ApiError, match="view_too_large"):
        check_view(modal([section("x" * 2600)] * 100))


def test_an_alert_is_for_modals() -> None:
    check_view(modal([{"type": "alert", "text": plain("Careful"), "level": "warning"}]))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "element", "blocks", "options", "rows"])
            | st.text(max_size=4),
            inner | st.sampled_from(["section", "actions", "input", "table", "button", "modal"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(anything, max_size=4), anything)
def test_whatever_an_app_sends_is_passed_or_refused_but_breaks_nothing(
    blocks: list[Any], view: Any
) -> None:
    for check, value in ((check_message, blocks), (check_view, view)):
        with contextlib.suppress(ApiError):
            check(value)
