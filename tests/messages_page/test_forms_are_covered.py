"""Every form that is drawn has a golden file, and every form and message keeps to a few habits."""

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.messages_page.page import ROOT, goldens

NOT_SHOWN = {
    "home": "the Home tab, which has goldens of its own",
}
"""Forms without a golden file, each with the reason."""
BEGINS_WITH_WORDS = {
    "care/block_form": "it says first what was taken back a moment ago",
    "course/course_list": "it is a page, with one question at its foot",
    "course/course_list_draft": "it is a page, with one question at its foot",
    "people/absence_form_announced": "it says first what was announced, and takes it back",
    "people/people_conduct": "the code of conduct is read before it is accepted",
    "people/people_conduct_changed": "it says first that what they accepted stays",
    "people/people_list": "it is a page, with one question at its foot",
    "people/people_mapping": "it says what is missing in the file that was handed in",
    "people/people_member": "it names the person whose roles these are",
    "people/people_preview": "it shows what would change, and asks once",
    "pulse/pulse_form": "its promise comes before the answers, as a test of the pulse asks",
    "meetings/meeting_no_times": "it says why there is no time to choose from",
}
LONG = {
    "groups/pairing_introduction": "it has the plan of a first meeting",
    "groups/pairing_introduction_with_profiles": "it has the plan of a first meeting",
    "nudges/nudge": "a mentor's whole week in one message",
    "nudges/nudge_mentor_and_peer": "a mentor's whole week in one message",
    "nudges/nudge_peer": "a peer-mentor's whole week in one message",
    "nudges/nudge_quiet": "a mentor's whole week in one message",
    "overview/digest": "a programme's whole week in one message",
    "overview/digest_of_nobody": "a programme's whole week in one message",
    "overview/monday": "a coordinator's whole week in one message",
    "pulse/pulse_digest": "a result, with what its words mean",
    "pulse/pulse_result": "a result, with what its words mean",
    "pulse/pulse_result_none": "a result, with what its words mean",
}
MOST_WORDS = 70
GOLDENS = goldens()
FORMS = {key: one for key, one in GOLDENS.items() if one.get("type") == "modal"}
MESSAGES = {key: one for key, one in GOLDENS.items() if "type" not in one}


def drawn() -> Iterator[str]:
    """List the name of every form that the code draws, as far as it stands there as a text."""
    for path in sorted((ROOT / "handlers").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for one in ast.walk(tree):
            if isinstance(one, ast.keyword) and one.arg == "callback_id":
                texts = [each for each in ast.walk(one.value) if isinstance(each, ast.Constant)]
                yield from (str(each.value) for each in texts)


def elements(shown: Any) -> Iterator[Mapping[str, Any]]:
    """Walk through everything that a view or message is made of."""
    if isinstance(shown, Mapping):
        yield shown
        for one in shown.values():
            yield from elements(one)
    elif isinstance(shown, list):
        for one in shown:
            yield from elements(one)


def test_every_form_that_is_drawn_has_a_golden_file() -> None:
    shown = {one["callback_id"] for one in FORMS.values()}
    missing = sorted({*drawn()} - shown - NOT_SHOWN.keys())

    assert missing == [], "keep a golden file of these, or say in NOT_SHOWN why not"


def test_only_what_has_no_golden_file_is_excused() -> None:
    assert NOT_SHOWN.keys() <= {*drawn()}
    assert not NOT_SHOWN.keys() & {one["callback_id"] for one in FORMS.values()}


@pytest.mark.parametrize("key", sorted({*FORMS, *MESSAGES}))
def test_at_most_one_button_stands_out(key: str) -> None:
    shown = GOLDENS[key]
    primary = [one for one in elements(shown["blocks"]) if one.get("style") == "primary"]

    assert len(primary) <= 1


@pytest.mark.parametrize("key", sorted(FORMS))
def test_a_form_opens_with_its_first_question(key: str) -> None:
    blocks = FORMS[key]["blocks"]
    questions = [at for at, one in enumerate(blocks) if one["type"] == "input"]

    assert not questions or (questions[0] == 0) != (key in BEGINS_WITH_WORDS)


@pytest.mark.parametrize("key", sorted(FORMS))
def test_who_sees_it_stands_behind_the_first_question(key: str) -> None:
    blocks = FORMS[key]["blocks"]
    questions = [at for at, one in enumerate(blocks) if one["type"] == "input"]
    told = [at for at, one in enumerate(blocks) if "Who sees this" in json.dumps(one)]
    if key in BEGINS_WITH_WORDS or not questions or not told:
        return

    assert told[0] == questions[0] + 1


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_a_message_is_short(key: str) -> None:
    words = len(MESSAGES[key]["text"].split())

    assert (words > MOST_WORDS) == (key in LONG)
