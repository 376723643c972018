"""Dates, times and numbers that no form offers get a sentence, and nothing is kept of them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.clock import EARLIEST, LATEST, nearest_instant, read_instant
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from handlers.checkins import answers as checkin_answers
from handlers.checkins import choices, pages
from handlers.course import time_off
from handlers.edge.answers import Answers
from handlers.edge.call import Call
from handlers.edge.dispatch import Listener
from handlers.meetings import plan_forms
from handlers.people import preferences, slack_directory
from handlers.pulse.form_views import answers_from
from handlers.stages import listeners as stages
from tests.support.running_programme import Running, running_programme

HUGE = "9" * 5000
WEEK = {"since": "", "until": "2026-09-14T08:00:00+00:00", "told": "3"}
RHYTHM = {"quiet_from": "20:00", "quiet_until": "08:00", "working_days": [0, 1]}
CHOICE = {"every_weeks": 2, "weekday": 1, "at": "09:00"}
ASK = {
    "number": 1,
    "framework_id": "acgme",
    "stage": "1",
    "prompts": [],
    "at": "2026-09-07T12:00:00Z",
    "was_sent": True,
}


def week(**said: str) -> str:
    return "|".join((WEEK | said).values())


def page(**said: object) -> str:
    return json.dumps({"w": week(), "c": "checkin_1", "t": WEEK["until"]} | said)


def before(choice: dict[str, object] | None = None, **rhythm: object) -> str:
    its = {"kind": "checkin_prompt", "channel_id": None, "message_ts": None}
    return json.dumps(its | {"choice": CHOICE | (choice or {}), "rhythm": RHYTHM | rhythm})


def prompt(number: int) -> str:
    return json.dumps({"number": number, "channel_id": None, "message_ts": None})


def times(*found: str) -> Answers:
    return Answers({"times": {"selected_options": [{"value": one} for one in found]}})


def offer(**said: object) -> str:
    return json.dumps({"g": "group_1", "m": 45} | said)


def a_break(first: str, last: str) -> str:
    return json.dumps(["p", "GB", [[first, last]], True])


def ask(**said: object) -> str:
    asked = ASK | said
    form: dict[str, object] = {"programme_id": "p", "group_id": None, "mentors": [], "ask": asked}
    return json.dumps(form)


ODD_INSTANTS = (
    "9999-12-31T23:59:00+00:00",
    "9999-12-31T23:59:00-14:00",
    "0001-01-01T00:00:00+14:00",
    "1999-12-31T23:59:00+00:00",
    "2026-09-14T08:00:00",
    "2026-09-14T08:00:00+99:00",
    "NaN",
    HUGE,
    "",
)
ODD_WEEKS: tuple[object, ...] = (7, None, [], week(told=""))
ODD_CHOICES: tuple[dict[str, object], ...] = (
    {"every_weeks": 10**9},
    {"every_weeks": 0},
    {"weekday": 99},
    {"weekday": -1},
    {"at": "09:00+02:00"},
)
REGION = Answers({"region": {"selected_option": {"value": "ENG"}}})
MADE_UP: list[tuple[str, Listener, dict[str, Any]]] = [
    *(("mentor", plan_forms.on_times, {"answers": times(one)}) for one in ODD_INSTANTS),
    *(
        ("mentor", plan_forms.on_times, {"metadata": offer().replace("45", one)})
        for one in ("NaN", "Infinity", "1e400", "-1", "0.5", HUGE, "null", "{}", "46")
    ),
    *(("mentor", pages.on_week, {"value": week(until=one)}) for one in ODD_INSTANTS),
    *(("mentor", pages.on_week, {"value": week(since=one)}) for one in ODD_INSTANTS if one),
    *(("mentor", pages.on_week, {"value": week(told=one)}) for one in (HUGE, "-3", "1e3", "٣")),
    *(("mentor", pages.on_next, {"metadata": page(t=one)}) for one in (*ODD_INSTANTS, 7, None)),
    *(("mentor", pages.on_back, {"metadata": page(w=one)}) for one in ODD_WEEKS),
    *(("bob", preferences.on_undo, {"value": before(one)}) for one in ODD_CHOICES),
    ("bob", preferences.on_undo, {"value": before(quiet_from="20:00+02:00")}),
    ("bob", preferences.on_undo, {"value": before(working_days=[9])}),
    ("bob", choices.on_pause_form, {"metadata": prompt(-1)}),
    ("bob", choices.on_pause_form, {"metadata": prompt(10**30)}),
    ("mentor", stages.on_confirm, {"value": f"member_bob:{10**30}"}),
    ("mentor", stages.on_confirm, {"value": "member_bob:-1"}),
    *(
        ("coordinator", time_off.on_region, {"metadata": a_break(*one), "answers": REGION})
        for one in (
            ("0001-01-01", "9999-12-31"),
            ("2026-10-01", "2027-10-01"),
            ("2026-10-02", "2026-10-01"),
            ("2026-10-01", HUGE),
        )
    ),
]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def test_what_no_form_offers_gets_a_sentence(here: Running) -> None:
    cairn = here.slack.cairn
    who = {"mentor": here.mentor, "bob": here.bob, "coordinator": here.coordinator}
    wrong = []
    for name, listener, said in MADE_UP:
        call = Call(
            workspace_id=WorkspaceId(cairn.workspace_id),
            slack_user_id=SlackUserId(who[name]),
            client=AsyncWebClient(),
            **({"metadata": offer()} | said),
        )
        outcome = "taken"
        try:
            await listener(call, cairn.services)
        except UserFacing:
            continue
        except Exception as failure:
            outcome = type(failure).__name__
        wrong.append(f"{listener.__name__} {str(said)[:150]}: {outcome}")

    assert wrong == []


@pytest.mark.parametrize("made_up", [ask(number=10**30), ask(number=0), ask(at="9999-12-31")])
def test_a_check_in_form_carries_what_could_have_been_asked(made_up: str) -> None:
    assert checkin_answers.unpack(ask()).ask.number == 1

    with pytest.raises(UserFacing, match="earlier version"):
        checkin_answers.unpack(made_up)


def test_a_slack_status_that_ends_in_thousands_of_years_has_no_end() -> None:
    for expires_s, until in (
        (253_402_300_799, None),
        (10**30, None),
        (1_800_000_000, datetime.fromtimestamp(1_800_000_000, UTC)),
    ):
        user = {"profile": {"status_text": "On leave", "status_expiration": expires_s}}
        assert slack_directory.status_of(user).until == until


def test_a_point_of_five_thousand_digits_is_left_to_be_refused() -> None:
    assert answers_from({"a": HUGE, "b": "4"}) == {"a": HUGE, "b": 4}


def test_an_instant_is_read_in_utc_and_the_nearest_one_is_found() -> None:
    assert read_instant("2026-09-14T10:00:00+02:00") == datetime(2026, 9, 14, 8, tzinfo=UTC)
    assert nearest_instant(LATEST + timedelta(days=1)) == LATEST
    assert nearest_instant(EARLIEST - timedelta(days=1)) == EARLIEST
