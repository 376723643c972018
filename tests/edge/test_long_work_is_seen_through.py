"""Long work is answered at once, shows what came of it, and never stays at "working"."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.matching.rules import proposals as engine
from handlers.edge import errors
from handlers.edge.answers import WrongAnswer
from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text

PATIENCE_S = 20


@pytest.fixture
async def here(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Draft]:
    monkeypatch.setattr(errors, "ACK_WITHIN_S", 0.2)
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        await draft.approve()
        await draft.slack.advance(days=1, minutes=6)
        for mentor in draft.cast.mentors:
            await draft.change_roster(mentor, capacity=4)
        await draft.slack.close(draft.carol)
        yield draft


async def rematch_asked(here: Draft, bob: str) -> dict[str, Any]:
    """Submit the wish for another mentor, and do not wait for what comes of it; the ack."""
    await here.slack.press(bob, "Ask for another mentor", settings=True)
    form = await here.slack.view(bob)
    body = {"user": bob, "view_id": form["id"], "state": {}}
    answer = await here.slack.http.post("/_sandbox/submit", json=body)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_a_long_rematch_is_acked_before_it_is_done(
    here: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, let_go, real = here.cast.mentees[0], threading.Event(), engine.propose
    before = await here.mentor_of(bob)

    def held(*args: Any, **kwargs: Any) -> Any:
        let_go.wait(PATIENCE_S)
        return real(*args, **kwargs)

    monkeypatch.setattr(engine, "propose", held)
    try:
        await rematch_asked(here, bob)

        assert "Looking for another group" in all_text(await here.slack.view(bob))
        assert await here.mentor_of(bob) == before
    finally:
        let_go.set()
    await here.slack.settle()

    assert await here.mentor_of(bob) != before
    assert "Looking for" not in all_text(await here.slack.view(bob))


async def test_a_failure_of_long_work_is_said_in_its_modal(
    here: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, let_go = here.cast.mentees[0], threading.Event()

    def broken(*_args: Any, **_kwargs: Any) -> Any:
        let_go.wait(PATIENCE_S)
        raise RuntimeError("no answer")

    monkeypatch.setattr(engine, "propose", broken)
    try:
        await rematch_asked(here, bob)
    finally:
        let_go.set()
    await here.slack.settle()

    said = all_text(await here.slack.view(bob))
    assert "Looking for" not in said
    assert "something went wrong on our side" in said
    assert "give your coordinator the code" in said


async def test_what_long_work_finds_wrong_is_said_in_its_own_words(
    here: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = here.cast.mentees[0]

    def wrong(*_args: Any, **_kwargs: Any) -> Any:
        raise WrongAnswer(mentee="Choose a mentee who has a group.")

    monkeypatch.setattr(engine, "propose", wrong)
    await rematch_asked(here, bob)
    await here.slack.settle()

    said = all_text(await here.slack.view(bob))
    assert "Choose a mentee who has a group." in said
    assert "something went wrong" not in said


async def test_a_click_that_takes_long_opens_its_modal_first_and_fills_it(
    here: Draft,
) -> None:
    bob = here.cast.mentees[0]

    await here.slack.press(bob, "Leave the programme", settings=True)

    assert "You have left" in all_text(await here.slack.view(bob))
    calls = await here.slack.calls("views.update")
    first, last = [str(one["args"]["view"]) for one in calls[-2:]]
    assert "You are leaving the programme." in first
    assert "You have left" in last
