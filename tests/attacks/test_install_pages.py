"""Strangers open the pages of an installation: nothing is written before Slack has answered."""

import asyncio
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.people.tables import install_state
from tests.attacks.knocking import answered, request, status
from tests.support.two_workspaces import HERE, TwoWorkspaces, two_workspaces

ODD_QUERIES = (
    "",
    "state=",
    "state=x&code=y",
    "state=%00&code=%00",
    "state=%ff&code=%ff",
    "state=%ED%A0%80&code=x",
    "state=0a1b2c3d.99999999999." + "a" * 32 + ".é&code=x",
    "state[]=x&state=y",
    "code=" + "x" * 7_000,
    "error=%00%ff",
    "&".join(f"a{number}=1" for number in range(1_500)),
)


def written(folder: Path) -> dict[str, str]:
    """The database, its log and the keys, by what is in them; -shm changes by reading, too."""
    kept = [*(folder / "data").glob("*[!m]"), *(folder / "keys").iterdir()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


async def states(both: TwoWorkspaces) -> int:
    async with both.slack.cairn.database.reading() as connection:
        rows = await connection.execute(sa.select(sa.func.count()).select_from(install_state))
        return int(rows.scalar_one())


async def test_nothing_is_written_for_those_who_only_open_a_page(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as both:
        before = written(tmp_path)
        for _ in range(20):
            await both.browser.begin()
        back = await both.browser.allow(await both.browser.begin(), HERE)
        cookie = both.browser.cookie
        made_up = await both.browser.get(back.replace("code=", "code=made-up"))

        assert "Nothing was installed" in made_up.text
        assert written(tmp_path) == before
        assert await states(both) == 0

        both.browser.cookie = cookie
        page = await both.browser.get(back)

        assert (page.status, await states(both)) == (200, 1)


async def test_odd_answers_of_slack_are_refused_with_a_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_workspaces(tmp_path) as both:
        address = both.browser.cairn_url
        cookies = [b"", b"Cookie: slack-app-oauth-state=x\r\n", b"Cookie: " + b"a=b;" * 1_000]
        answers = {
            (path, query[:40], cookie[:20]): await answered(
                address,
                request(
                    headers=cookie.rstrip() + b"\r\n" if cookie else b"",
                    line=f"GET {path}?{query} HTTP/1.1",
                ),
            )
            for path in ("/slack/install", "/slack/oauth_redirect")
            for query in ODD_QUERIES
            for cookie in cookies
        }

        assert {key for key, one in answers.items() if status(one) not in (200, 400, 401)} == set()
        assert {one for one in answers.values() if b"aiohttp" in one} == set()
        assert caplog.text == ""


async def test_made_up_answers_keep_neither_slack_nor_the_log_busy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever opens the page has a state that counts for ten minutes, however often."""
    async with two_workspaces(tmp_path) as both:
        back = await both.browser.allow(await both.browser.begin(), HERE)
        cookie = f"Cookie: {both.browser.cookie}\r\nConnection: close\r\n".encode()
        path = back.replace("code=", "code=made-up").removeprefix(both.browser.cairn_url)
        knock = request(headers=cookie, line=f"GET {path} HTTP/1.1")
        await both.sandbox.post(
            "faults", {"kind": "delay", "delay_s": 1.0, "on": "oauth.v2.access"}
        )
        capfd.readouterr()

        crowd = [answered(both.browser.cairn_url, knock) for _ in range(200)]
        said = await asyncio.gather(*crowd)
        asked = len(await both.slack.calls("oauth.v2.access"))
        lines = caplog.text.count("\n") + capfd.readouterr().err.count("\n")

        assert {status(one) for one in said} <= {400, 503}
        assert asked <= 10
        assert lines <= 2


async def test_a_link_of_a_strangers_making_puts_no_words_on_the_page(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as both:
        page = await both.browser.get(
            f"{both.browser.cairn_url}/slack/oauth_redirect?error=Please+call+0800+EVIL"
        )

        assert "EVIL" not in page.text
        assert "Nothing was installed" in page.text
