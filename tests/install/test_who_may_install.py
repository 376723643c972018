"""Only workspaces that the operator named can install Cairn; a stranger's token is thrown away."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.keys.keyring import Keyring
from bot.keys.vault import FileVault
from bot.people import installations
from bot.people.installations import Installation, Tokens
from runtime.commands.installations import NONE_YET, list_installations
from runtime.demo.run import demo_options
from runtime.doctor.examination import examine
from runtime.logs import set_up_logs
from runtime.tenancy import needed_scopes
from tests.install.test_several_workspaces import tokens_kept
from tests.support.two_workspaces import HERE, THERE, Browser, two_workspaces


async def test_a_stranger_gets_a_page_and_nothing_is_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with two_workspaces(tmp_path, allowed=frozenset({HERE})) as both:
        set_up_logs("INFO")
        ours, theirs = await both.browser.install(HERE), await both.browser.install(THERE)
        await both.slack.settle()

        assert (ours.status, theirs.status) == (200, 403)
        assert "named, and yours is not among them" in theirs.text
        assert f"Its id is <b>{THERE}</b>" in theirs.text
        assert await tokens_kept(both) == {HERE: True}
        assert [call["answer"]["ok"] for call in await both.slack.calls("apps.uninstall")] == [True]
        [app] = (await both.sandbox.state())["apps"]
        assert THERE not in json.dumps(app["installations"])
        assert await both.slack.cairn.services.clients.of(THERE) is None

        logged = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
        told = [(line["event"], line["workspace"]) for line in logged if "workspace" in line]
        assert told == [("workspace_installed", HERE), ("install_refused", THERE)]


async def test_an_organisation_on_the_list_stands_for_its_workspaces(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path, allowed=frozenset({"E0ORG"})) as both:
        await both.sandbox.post("workspace", {"team": HERE, "enterprise_id": "E0ORG"})

        pages = [await both.browser.install(team) for team in (HERE, THERE)]

        assert [page.status for page in pages] == [200, 403]


async def test_a_workspace_that_is_taken_off_the_list_goes_on_and_is_not_installed_anew(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with two_workspaces(tmp_path) as both:
        await both.browser.install(HERE)
        flow = both.slack.cairn.bolt.oauth_flow
        flow.allowed = frozenset({THERE})  # type: ignore[union-attr]

        page = await both.browser.install(HERE)

        assert page.status == 403
        assert await both.slack.calls("apps.uninstall") == []
        client = await both.slack.cairn.services.clients.of(HERE)
        assert client is not None
        assert (await client.auth_test())["team_id"] == HERE

        await both.sandbox.post("uninstall", {"team": HERE})
        set_up_logs("INFO")
        await both.slack.settle()
        assert '"event": "workspace_uninstalled", "workspace": "T0CAIRN"' in capfd.readouterr().err


async def test_without_a_list_nobody_is_led_to_slack_and_the_doctor_says_so(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path, allowed=frozenset()) as both:
        page = await Browser(both.browser.http, both.browser.cairn_url).get(
            f"{both.browser.cairn_url}/slack/install"
        )

        assert page.status == 403
        assert "oauth" not in page.text
        found = [one.sentence for one in await examine(both.options) if not one.is_well]
        assert any("ALLOWED_WORKSPACES is not set" in sentence for sentence in found)


async def test_the_installations_are_listed_without_a_token(
    database: Database, database_address: str, tmp_path: Path
) -> None:
    options = replace(
        demo_options("http://localhost", tmp_path, database_url=database_address),
        bot_token=None,
        client_id="111.222",
        allowed_workspaces=frozenset({"T1"}),
    )
    assert await list_installations(options) == NONE_YET
    (tmp_path / "keys").mkdir(exist_ok=True, mode=0o700)
    keyring = Keyring(FileVault(tmp_path / "keys"))
    at = datetime(2026, 9, 7, 8, tzinfo=UTC)
    for name, scopes in (("T1", needed_scopes()), ("T2", needed_scopes() - {"im:write"})):
        made = Installation(
            workspace_id=name,  # type: ignore[arg-type]
            app_id="A1",
            bot_user_id="U1",
            scopes=tuple(scopes),
            key_id=None,
            sealed_tokens=None,
            expires_at=None,
            installed_at=at,
        )
        await installations.install(database, keyring, made, given=Tokens(bot="xoxb-1"), now=at)
    async with database.reading() as connection:
        [first, _] = await installations.every(connection)
    await installations.uninstall(database, first, now=at)

    gone, other = (await list_installations(options)).splitlines()

    assert gone == "T1  by OAuth since 2026-09-07, uninstalled on 2026-09-07"
    assert other.startswith("T2  by OAuth since 2026-09-07, at work, lacks im:write, ")
    assert other.endswith("not by its own id in ALLOWED_WORKSPACES")
    assert "xoxb" not in gone + other
