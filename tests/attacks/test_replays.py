"""Somebody has recorded what Slack sent, and sends it once more while its time still counts."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web

from bot.checkins.tables import checkin
from handlers.edge import dispatch
from runtime import http_mode
from runtime.door import whole_body
from tests.attacks.knocking import FORM, answered, request, status
from tests.install.test_several_workspaces import check_in
from tests.support.two_workspaces import HERE, TwoWorkspaces, two_workspaces

SIGNED = ("X-Slack-Request-Timestamp", "X-Slack-Signature")


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every signed request from now on, as it came."""
    tape: list[bytes] = []

    async def listened(at: web.BaseRequest) -> bytes:
        body = await whole_body(at)
        head = "".join(f"{name}: {at.headers[name]}\r\n" for name in SIGNED)
        tape.append(request(body, head.encode() + b"Connection: close\r\n", kind=FORM))
        return body

    monkeypatch.setattr(http_mode, "whole_body", listened)
    return tape


async def check_ins(both: TwoWorkspaces) -> int:
    async with both.slack.cairn.database.reading() as connection:
        rows = await connection.execute(sa.select(sa.func.count()).select_from(checkin))
        return int(rows.scalar_one())


async def test_what_slack_sent_is_not_done_again_once_its_answer_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute, say, and before the five in which the signature still counts."""
    monkeypatch.setattr(dispatch, "REMEMBERED_S", 0.0)
    async with two_workspaces(tmp_path) as both:
        await both.browser.install(HERE)
        await both.set_up(HERE)
        bob = both.casts[HERE].mentees[0]
        tape = recorded(monkeypatch)
        await check_in(both, bob, "What I told you, and then took back")
        await both.slack.settle()
        written = await check_ins(both)
        async with both.slack.cairn.database.writing() as connection:
            await connection.execute(sa.delete(checkin))

        said = [status(await answered(both.browser.cairn_url, one)) for one in tape.copy()]
        await both.slack.settle()

        assert (written, len(said)) == (1, 2)
        assert await check_ins(both) == 0
