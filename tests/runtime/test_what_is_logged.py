"""A busy hour at DEBUG: every line is of the list, a message can be followed, nobody is named."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from runtime.demo.sandbox import BOT_TOKEN
from runtime.log_events import EVENTS
from runtime.log_events.model import FIELDS
from runtime.logs import WITHHELD
from tests.support.running_programme import Running, running_programme

ROOT = Path(__file__).parents[2]
WORDS = "I was passed over on the ward round"
FIRST = ["timestamp", "level", "event"]
A_PERSON = re.compile(r"\b[UW][A-Z0-9]{6,}\b")


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def refuse_what_is_not_on_the_list(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        event = EVENTS[line["event"]]
        fields = [name for name in line if name not in FIRST]
        assert list(line)[:3] == FIRST
        assert line["level"] == event.level or event.name == "library"
        assert fields == [name for name in FIELDS if name in fields], "in the one order"
        assert set(fields) <= set(event.fields)
        assert WITHHELD not in line.values(), line


async def busy_hour(here: Running) -> None:
    """Check in, fail to, wait for the pulse and for a Monday, and lose a message and a database."""
    form = await here.open_form(here.bob)
    await here.slack.submit(here.bob, form["id"], {"wish": WORDS})
    fault = {"kind": "error", "error": "channel_not_found", "on": "chat.postMessage", "count": 1}
    assert (await here.slack.http.post("/_sandbox/faults", json=fault)).status_code == 200
    await here.slack.advance(days=8)
    logging.getLogger("slack_sdk.web").warning("the request of %s said %s", here.bob, WORDS)


@pytest.mark.usefixtures("as_in_production")
async def test_a_busy_hour_is_told_in_lines_of_the_list_that_name_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_programme(tmp_path, mentees=6) as here:
        await busy_hour(here)
        people = [one for one in (await here.slack.state())["users"] if not one["is_bot"]]

    said = capsys.readouterr().err
    lines = lines_of(said)
    refuse_what_is_not_on_the_list(lines)
    names = {word for one in people for word in one["real_name"].split()}
    assert len(names) > 8
    for private in (*names, *WORDS.split(" on "), BOT_TOKEN, *(one["id"] for one in people)):
        assert private not in said
    assert A_PERSON.findall(said) == []
    sent = next(line for line in lines if line["event"] == "message_sent")
    story = [line["event"] for line in lines if line.get("entry") == sent["entry"]]
    assert story == ["message_queued", "message_claimed", "message_sent"]
    failed = next(line for line in lines if line["event"] == "message_failed")
    assert failed["reason"] == "channel_not_found"
    assert {line["workspace"] for line in lines if "workspace" in line} == {"T0CAIRN"}


@pytest.mark.usefixtures("as_in_production")
def test_what_is_not_on_the_list_is_left_out_and_said_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = structlog.get_logger("x")

    log.info(f"Bob wrote {WORDS}", name="Bob")
    log.info("message_sent", workspace="T0CAIRN", name="Bob", kind="Bob Stone", attempts=1)
    log.warning("install_failed", reason="xoxb-123 of U0BOB1234", failure=None)

    unlisted, sent, failed = lines_of(capsys.readouterr().err)
    assert unlisted["event"] == "unlisted"
    assert unlisted["source"].startswith("test_what_is_logged.py:")
    assert {key: sent[key] for key in list(sent)[2:]} == {
        "event": "message_sent",
        "workspace": "T0CAIRN",
        "kind": WITHHELD,
        "attempts": 1,
    }
    assert failed["reason"] == WITHHELD
    assert "failure" not in failed


@pytest.mark.usefixtures("as_in_production")
def test_a_library_is_heard_by_name_and_kind_of_failure_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        int(WORDS)
    except ValueError:
        logging.getLogger("asyncio").exception("the task of %s failed", "Bob")
    logging.getLogger("slack_sdk.web").debug("payload")

    (line,) = lines_of(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("library", "error")
    assert (line["library"], line["failure"]) == ("asyncio", "ValueError")
    assert line["source"].startswith("runtime/test_what_is_logged.py:")


ENDS_BADLY = """
import threading, warnings
from runtime.logs import log_crashes
log_crashes()
class Freed:
    def __del__(self):
        raise ValueError("Bob's words")
def work():
    raise KeyError("Bob's words")
thread = threading.Thread(target=work)
thread.start()
thread.join()
del (freed := [Freed()])[:]
raise LookupError("Bob's words")
"""


def test_whatever_ends_badly_is_one_line_without_its_words() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS_BADLY], cwd=ROOT, capture_output=True, text=True, check=False
    )

    lines = lines_of(done.stderr)
    assert done.returncode == 1
    assert [line["event"] for line in lines] == ["crashed"] * 3
    assert [line["failure"] for line in lines] == ["KeyError", "ValueError", "LookupError"]
    assert "Bob" not in done.stderr
