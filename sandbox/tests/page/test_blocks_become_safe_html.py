"""Block Kit as HTML: what each block shows, and that nothing breaks out of any."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox_support.hostile import faults_of, text_of, texts, values
from slack_sandbox.page import blocks
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.surface import Surface

NAMES = Directory(
    users={"U1": "Alice"},
    people={"U1": "Alice", "U2": "Bob"},
    channels={"C1": "general"},
    conversations={"C1": "#general", "D1": "Bob"},
    viewer="U1",
    base="/client/T1/U1",
    zone="Europe/Berlin",
)


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(f"Option {value}"), "value": value}


OPTIONS = [option("a"), option("b")]
_SAMPLES = yaml.safe_load(Path(__file__).with_name("every_block.yaml").read_text())
INPUTS: dict[str, dict[str, Any]] = _SAMPLES["inputs"]
SERIES = {
    "series": [
        {"name": "March", "data": [{"label": "Ask", "value": 3}, {"label": "Raise", "value": 5}]}
    ],
    "axis_config": {"categories": ["Ask", "Raise"], "x_label": "Item", "y_label": "Count"},
}


def input_block(kind: str, **more: Any) -> dict[str, Any]:
    element = {"action_id": "a", **more, "type": kind}
    label, hint = plain("How was it?"), plain("Briefly")
    return {"type": "input", "block_id": kind, "label": label, "hint": hint, "element": element}


EVERY: list[dict[str, Any]] = _SAMPLES["blocks"] + [
    input_block(kind, **more) for kind, more in INPUTS.items()
]


def first(**wanted: object) -> dict[str, Any]:
    """Return the first sample that has all these fields."""
    return next(block for block in EVERY if wanted.items() <= block.items())


def html_of(
    *shown: dict[str, Any],
    kind: Literal["message", "home", "modal"] = "modal",
    state: dict[str, Any] | None = None,
) -> str:
    return blocks.render(shown, Surface(kind=kind, names=NAMES, state=state or {}))


@pytest.mark.parametrize(
    "block", EVERY, ids=lambda block: str(block.get("block_id", block["type"]))
)
def test_every_block_is_shown_and_well_formed(block: dict[str, Any]) -> None:
    html = html_of(block)

    assert faults_of(html) == []
    assert "is not shown here" not in html


@pytest.mark.parametrize("kind", INPUTS)
def test_every_input_is_named_by_its_label_and_described_by_its_hint(kind: str) -> None:
    html = html_of(input_block(kind, **INPUTS[kind]))

    named = re.search(r'<label class="label" for="([^"]+)">How was it\?', html)
    if named:
        assert f'id="{named[1]}"' in html
    else:
        assert '<legend class="visually-hidden">How was it?</legend>' in html
    assert 'data-action-id="a"' in html
    described = re.search(r'aria-describedby="(\S+) (\S+)"', html)
    assert described
    assert f'id="{described[1]}"' in html
    assert f'id="{described[2]}"' in html


def test_an_optional_input_says_so_and_a_required_one_tells_screen_readers() -> None:
    optional = html_of({**input_block("plain_text_input"), "optional": True})
    required = html_of(input_block("plain_text_input"))

    assert "(optional)" in optional
    assert "aria-required" not in optional
    assert 'aria-required="true"' in required


@pytest.mark.parametrize(
    ("element", "state", "shown"),
    [
        ({"type": "plain_text_input", "initial_value": "old"}, {"value": "new"}, 'value="new"'),
        ({"type": "plain_text_input", "initial_value": "old"}, None, 'value="old"'),
        ({"type": "plain_text_input", "initial_value": "old"}, {"value": None}, 'value=""'),
        (
            {"type": "static_select", "options": OPTIONS},
            {"selected_option": option("b")},
            '<option value="b" selected>',
        ),
        (
            {"type": "checkboxes", "options": OPTIONS},
            {"selected_options": [option("a")]},
            'value="a" checked',
        ),
        ({"type": "multi_users_select"}, {"selected_users": ["U2"]}, 'value="U2" checked'),
        ({"type": "datepicker"}, {"selected_date": "2026-04-01"}, 'value="2026-04-01"'),
        (
            {"type": "datetimepicker"},
            {"selected_date_time": 1772442000},
            'value="2026-03-02T10:00"',
        ),
    ],
)
def test_what_was_entered_comes_back(
    element: dict[str, Any], state: dict[str, Any] | None, shown: str
) -> None:
    held = {"b": {"a": {"type": element["type"], **state}}} if state is not None else None
    block = {
        "type": "input",
        "block_id": "b",
        "label": plain("L"),
        "element": {**element, "action_id": "a"},
    }

    assert shown in html_of(block, state=held)


def test_a_button_carries_its_ids_its_value_and_its_spoken_name() -> None:
    button = {
        "type": "button",
        "action_id": "go",
        "text": plain("Go"),
        "value": "7",
        "accessibility_label": "Go to week seven",
        "style": "danger",
    }

    html = html_of({"type": "actions", "block_id": "b", "elements": [button]}, kind="message")

    assert 'data-block-id="b" data-action-id="go"' in html
    assert 'data-value="7"' in html
    assert 'aria-label="Go to week seven"' in html
    assert "btn-danger" in html


def test_a_confirmation_waits_in_a_template() -> None:
    html = html_of(first(type="actions"))

    assert 'data-style="btn-danger"' in html
    assert "This <strong>cannot</strong> be undone." in html
    assert '<span data-part="deny">Stop</span>' in html


def test_a_menu_of_people_lists_the_workspace() -> None:
    html = html_of({"type": "actions", "elements": [{"type": "users_select", "action_id": "u"}]})

    assert '<option value="U1">Alice</option><option value="U2">Bob</option>' in html


def test_an_icon_button_is_hidden_from_others() -> None:
    button = {"type": "icon_button", "action_id": "x", "icon": "trash", "text": plain("Bin")}
    button["visible_to_user_ids"] = ["U2"]

    assert "Bin" not in html_of({"type": "context_actions", "elements": [button]})


def test_an_unknown_block_and_element_are_named() -> None:
    html = html_of({"type": "hologram"}, {"type": "actions", "elements": [{"type": "lever"}]})

    assert "hologram" in text_of(html)
    assert "lever" in text_of(html)


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_a_chart_says_its_figures_in_words_and_as_a_table(kind: str) -> None:
    html = html_of(
        {"type": "data_visualization", "title": "Chart", "chart": {"type": kind, **SERIES}}
    )

    assert f'aria-label="Chart, {kind} chart. March: Ask 3, Raise 5"' in html
    assert '<th scope="row">Raise</th><td class="align-right">5</td>' in html


def test_a_pie_shows_shares() -> None:
    html = html_of(first(title="Share"))

    assert "25%" in html
    assert "75%" in html


@pytest.mark.parametrize("figures", [[], [0], [-2, 3], [None, 1e308], [1e-12, 2e-12]])
def test_a_chart_of_strange_figures_is_still_drawn(figures: list[float | None]) -> None:
    points = [{"label": str(n), "value": value} for n, value in enumerate(figures)]
    chart = {
        "type": "line",
        "series": [{"name": "s", "data": points}],
        "axis_config": {"categories": [point["label"] for point in points]},
    }

    html = html_of({"type": "data_visualization", "title": "T", "chart": chart})

    assert faults_of(html) == []
    assert "nan" not in html.lower()


def test_the_first_column_heads_the_rows_of_a_data_table() -> None:
    html = html_of(first(type="data_table"))

    assert '<th scope="row">Ask</th>' in html
    assert 'data-sort="3.0"' in html
    assert "<caption>Figures</caption>" in html


def test_the_fingerprint_changes_with_the_block_alone() -> None:
    one = html_of({"type": "header", "text": plain("A")})
    same = html_of({"type": "header", "text": plain("A")}, state={"x": {}})
    other = html_of({"type": "header", "text": plain("B")})

    found = [re.search(r'data-hash="(\w+)"', html) for html in (one, same, other)]
    hashes = [match[1] for match in found if match]
    assert hashes[0] == hashes[1] != hashes[2]


def poisoned(value: Any, poison: Iterator[str]) -> Any:
    """Return the same shape with every text but the types replaced."""
    if isinstance(value, dict):
        return {
            key: inner if key in ("type", "level") else poisoned(inner, poison)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [poisoned(inner, poison) for inner in value]
    return next(poison) if isinstance(value, str) else value


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=3, max_size=9))
def test_no_text_breaks_out_of_any_block(bad: list[str]) -> None:
    def endless() -> Iterator[str]:
        while True:
            yield from bad

    hostile = poisoned(copy.deepcopy(EVERY), endless())

    assert faults_of(html_of(*hostile)) == []


ELEMENT_FIELDS = ["confirm", "initial_option", "option_groups", "options", "placeholder", "text"]
BLOCK_FIELDS = ["accessory", "chart", "element", "elements", "fields", "label", "rows", "text"]


@settings(deadline=None)
@given(
    st.sampled_from([block["type"] for block in EVERY]),
    st.sampled_from([*INPUTS, "button", "overflow", "image", "feedback_buttons"]),
    st.dictionaries(st.sampled_from(ELEMENT_FIELDS), values),
    st.dictionaries(st.sampled_from(BLOCK_FIELDS), values),
)
def test_no_shape_of_block_stops_the_page(
    kind: str, element: str, inner: dict[str, Any], fields: dict[str, Any]
) -> None:
    used = {**inner, "type": element, "action_id": inner.get("text")}
    block = {"element": used, "elements": [used], "accessory": used, **fields, "type": kind}

    assert faults_of(html_of(block)) == []
