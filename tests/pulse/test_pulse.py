"""The pulse as people meet it in Slack: real Bolt, a real sandbox, a real database."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.kernel.database import metadata
from bot.kernel.errors import UserFacing
from bot.kernel.figures import Figure
from bot.kernel.ids import SlackUserId
from handlers.edge.call import Call
from handlers.pulse.listeners import on_cancel, on_tell, on_told
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.workspace import all_text, texts


@pytest.fixture
async def pulse(tmp_path: Path) -> AsyncIterator[Pulse]:
    async with open_pulse(tmp_path, mentors=1, mentees=6) as found:
        await found.until_it_opens()
        yield found


async def test_six_answers_become_a_digest_and_a_result(pulse: Pulse) -> None:
    for mentee in pulse.mentees:
        await pulse.answer(mentee)
    assert await pulse.ballots() == 6
    round_ = await pulse.round()

    with capture_logs() as lines:
        await pulse.slack.go_to(round_.closes_at + timedelta(hours=1))

    told = [one for one in lines if one["event"].startswith("pulse_")]
    here = {"workspace": round_.workspace_id, "log_level": "info"}
    assert told == [{"event": "pulse_closed"} | here, {"event": "pulse_released"} | here]
    digest = await pulse.digest()
    assert "Hard topics can be raised: High" in digest["text"]
    assert any(block["type"] == "table" for block in digest["blocks"])
    assert "5 or more responses" in digest["text"]
    for mentee in pulse.mentees:
        assert any(
            "What the pulse of" in one for one in texts(await pulse.slack.messages(user=mentee))
        )
    assert await pulse.ballots() == 0


async def test_no_key_is_left_a_minute_after_the_close(pulse: Pulse) -> None:
    vault = pulse.slack.cairn.services.vault
    round_ = await pulse.round()
    await pulse.answer(pulse.mentees[0])
    assert round_.id in await vault.names()

    await pulse.slack.go_to(round_.closes_at + timedelta(seconds=60))

    assert not [name for name in await vault.names() if not name.startswith("words-")]


async def test_a_member_reads_all_about_it_over_the_form_and_from_the_invitation(
    pulse: Pulse,
) -> None:
    bob = pulse.mentees[0]
    await pulse.form(bob)
    await pulse.slack.press(bob, "Who sees this?", modal=True)
    over_the_form = await pulse.slack.views(bob)
    await pulse.slack.close(bob)
    await pulse.slack.press(bob, "Who sees this?", message=await pulse.invitation(bob))
    from_the_invitation = await pulse.slack.view(bob)

    assert [view["callback_id"] for view in over_the_form] == ["pulse.form", "pulse.who"]
    said = all_text(over_the_form[-1])
    assert said == all_text(from_the_invitation)
    for part in ("Who is asked", "Your coordinator", "your coordinator will read"):
        assert part in said
    assert all(f"<@{mentee}>" in said for mentee in pulse.mentees)
    assert "5 or more responses" in said


async def test_members_read_what_the_coordinator_reads_about_their_group(pulse: Pulse) -> None:
    for mentee in pulse.mentees:
        await pulse.answer(mentee)
    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=1))

    digest = (await pulse.digest())["text"].splitlines()
    (line,) = [one for one in digest if "(5 or more responses)" in one]
    for mentee in pulse.mentees:
        results = texts(await pulse.slack.messages(user=mentee))
        (result,) = [one for one in results if "What the pulse of" in one]
        assert line in result.splitlines()


async def test_a_change_of_mind_reads_like_a_first_answer(pulse: Pulse) -> None:
    bob = pulse.mentees[0]

    first = await pulse.answer(bob, "5")
    again = await pulse.form(bob)
    assert not any("initial_option" in one.get("element", {}) for one in again["blocks"])
    await pulse.slack.close(bob)
    second = await pulse.answer(bob, "1")

    assert await pulse.ballots() == 1
    assert _shape(first) == _shape(second)
    said = "\n".join(texts(await pulse.slack.messages(user=bob)))
    assert "It is in the box" not in said


def _shape(answer: Mapping[str, Any]) -> list[str]:
    return sorted(answer)


async def test_slack_sees_the_same_calls_whoever_answers(pulse: Pulse) -> None:
    bob, eve = pulse.mentees[:2]
    await pulse.answer(pulse.mentees[2])  # the first of all asks Slack who the bot is
    seen = []
    for mentee in (bob, eve, bob):
        before = len(await pulse.calls())
        await pulse.answer(mentee, "5" if mentee == bob else "1")
        methods = [call["method"] for call in (await pulse.calls())[before:]]
        seen.append(methods)

    assert seen[0] == seen[1] == seen[2]
    assert "chat.postMessage" not in seen[0]


class Noted:
    """A ledger that keeps the names of all that is counted, but for the loop's own work."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def add(self, figure: Figure, *labels: str, amount: float = 1) -> None:
        if amount:
            self.seen.append(" ".join((figure, *labels)))

    def observe(self, figure: Figure, seconds: float, *labels: str) -> None:
        if figure != Figure.TICK:
            self.add(figure, *labels)


@pytest.mark.usefixtures("as_in_production")
async def test_a_submission_leaves_the_ballot_in_the_database_and_nothing_else(
    pulse: Pulse, capsys: pytest.CaptureFixture[str]
) -> None:
    bob = pulse.mentees[0]
    await pulse.slack.settle()
    cairn, noted = pulse.slack.cairn, Noted()
    object.__setattr__(cairn.services, "figures", noted)
    cairn.dispatcher.figures = cairn.jobs.figures = cairn.contact.figures = noted
    answered_s = dict(cairn.contact.answered_s)
    fault = {"kind": "duplicate", "on": "view_submission", "count": 1}
    await pulse.slack.http.post("/_sandbox/faults", json=fault)
    before = await _everything(pulse)
    capsys.readouterr()

    await pulse.answer(bob)

    assert capsys.readouterr().err == "", "the log does not say that anybody answered, nor when"

    after = await _everything(pulse)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"pulse_ballot"}
    assert len(after["pulse_ballot"]) == 1
    assert noted.seen == [], "and no figure"
    assert cairn.contact.answered_s == answered_s, "nor when Slack was last called"
    await pulse.slack.slash(bob)
    assert noted.seen == ["cairn_listener_seconds /checkin"]


async def _everything(pulse: Pulse) -> dict[str, list[str]]:
    """Every row of every table."""
    async with pulse.slack.cairn.database.reading() as connection:
        return {
            table.name: [str(row) for row in await connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
        }


async def test_reminders_reach_everybody_alike(pulse: Pulse) -> None:
    await pulse.answer(pulse.mentees[0])
    round_ = await pulse.round()

    await pulse.slack.go_to(round_.closes_at - timedelta(hours=1))

    reminders = []
    for mentee in pulse.mentees:
        found = texts(await pulse.slack.messages(user=mentee))
        reminders.append([one for one in found if "A pulse is still open" in one])
    assert len(reminders[0]) in (1, 2)
    assert all(one == reminders[0] for one in reminders)


async def test_a_mentor_and_a_late_mentee_read_one_sentence(pulse: Pulse) -> None:
    round_ = await pulse.round()
    bob = pulse.mentees[0]
    invitation, view = await pulse.invitation(bob), await pulse.form(bob)

    await pulse.slack.go_to(round_.closes_at + timedelta(hours=1))
    await pulse.slack.submit(bob, view["id"], {round_.items[0]: "5"})

    shown = all_text(await pulse.slack.view(bob))
    assert "This pulse is not open to you" in shown
    await pulse.slack.close(bob)
    await pulse.slack.press(bob, "Answer the pulse", message=invitation)
    after = all_text((await pulse.slack.messages(user=bob))[-1])
    assert "This pulse is not open to you" in after


async def test_what_was_done_reaches_members_word_for_word(pulse: Pulse) -> None:
    for mentee in pulse.mentees:
        await pulse.answer(mentee)
    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=1))
    digest = await pulse.digest()

    await pulse.slack.press(pulse.coordinator, "Say what was done", message=digest)
    form = await pulse.slack.view(pulse.coordinator)
    await pulse.slack.submit(pulse.coordinator, form["id"], {"said": "More time & <!here> less"})
    await pulse.slack.advance(minutes=5)

    for mentee in pulse.mentees:
        said = texts(await pulse.slack.messages(user=mentee))
        assert any("More time &amp; &lt;!here&gt; less" in one for one in said)


async def test_only_a_coordinator_says_what_was_done_or_cancels(pulse: Pulse) -> None:
    round_ = await pulse.round()
    services = pulse.slack.cairn.services

    for listener in (on_tell, on_told, on_cancel):
        call = Call(
            workspace_id=round_.workspace_id,
            slack_user_id=SlackUserId(pulse.mentor),
            client=AsyncWebClient(),
            value=round_.id,
            metadata=round_.id,
        )
        with pytest.raises(UserFacing, match="Only coordinators can do this"):
            await listener(call, services)

    assert (await pulse.round()).state == round_.state


@pytest.mark.usefixtures("as_in_production")
async def test_logs_hold_no_answer_and_no_member_even_when_it_fails(
    pulse: Pulse, capsys: pytest.CaptureFixture[str]
) -> None:
    bob, eve = pulse.mentees[:2]

    await pulse.answer(bob, "4")
    await pulse.slack.cairn.services.vault.destroy((await pulse.round()).id)
    await pulse.answer(eve, "4")

    said = capsys.readouterr().err
    assert "incident" in said, "the lost key must have been reported"
    for secret in (bob, eve, "selected_option", "raise_issues", (await pulse.round()).id):
        assert secret not in said
