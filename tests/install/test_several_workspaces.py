"""Several workspaces install Cairn by OAuth, live apart, and leave without disturbing others."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from bot.flows import sealed_words
from bot.people.tables import installation
from handlers import install
from runtime.doctor.examination import examine
from runtime.process import assembled
from tests.support.two_workspaces import HERE, THERE, Browser, TwoWorkspaces, two_workspaces
from tests.support.workspace import all_text, texts

SECRET = "The night shift was hard, and only those here may know"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[TwoWorkspaces]:
    async with two_workspaces(tmp_path) as ready:
        yield ready


async def check_in(both: TwoWorkspaces, person: str, words: str) -> None:
    slack = both.slack
    await slack.slash(person)
    view = await slack.view(person)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    answers = {lens: words, "visibility": "mentor", "confidence": "5"}
    result = await slack.submit(person, view["id"], answers)
    assert result["error"] is None, result


async def nudges(both: TwoWorkspaces, person: str) -> int:
    return sum(
        text.startswith("Your mentoring week")
        for text in texts(await both.slack.messages(user=person))
    )


async def tokens_kept(both: TwoWorkspaces) -> dict[str, bool]:
    async with both.slack.cairn.database.reading() as connection:
        rows = await connection.execute(sa.select(installation))
        return {row.workspace_id: row.sealed_tokens is not None for row in rows}


async def test_two_workspaces_live_apart_and_one_goes_on_when_the_other_leaves(
    both: TwoWorkspaces, tmp_path: Path
) -> None:
    slack, here, there = both.slack, both.casts[HERE], both.casts[THERE]

    first, second = await both.browser.install(HERE), await both.browser.install(THERE)

    assert (first.status, second.status) == (200, 200)
    assert "Cairn is installed in Elsewhere" in second.text
    assert "Home" in second.text
    assert await slack.calls("auth.test") == []
    await both.set_up(HERE)
    await both.set_up(THERE)
    await check_in(both, here.mentees[0], SECRET)
    await slack.slash(there.mentees[0], "past")
    nothing_yet = all_text(await slack.view(there.mentees[0]))
    await slack.close(there.mentees[0])
    await check_in(both, there.mentees[0], "All is well there")
    await slack.advance(weeks=1)

    assert SECRET not in nothing_yet
    assert SECRET in str(await both.calls_in(HERE))
    assert SECRET not in str(await both.calls_in(THERE))
    assert "All is well there" not in str(await both.calls_in(HERE))
    for mine, theirs, team in ((here, there, HERE), (there, here, THERE)):
        seen = str(await both.calls_in(team)) + str(await slack.home(mine.coordinator))
        assert [one[0] for one in theirs.people if one[0] in seen] == []
        assert await nudges(both, mine.mentors[0]) == 1

    await both.sandbox.post("uninstall", {"team": HERE})
    await slack.settle()
    calls_before = len(await both.calls_in(HERE))
    await slack.advance(weeks=2)

    assert await tokens_kept(both) == {HERE: False, THERE: True}
    assert await nudges(both, here.mentors[0]) == 1
    assert await nudges(both, there.mentors[0]) == 3
    assert len(await both.calls_in(HERE)) == calls_before
    await check_in(both, there.mentees[0], "Still here")

    assert (await both.browser.install(HERE)).status == 200
    await slack.advance(weeks=1)

    assert await nudges(both, here.mentors[0]) == 2
    await check_in(both, here.mentees[0], "Back again")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert b"xoxb-" not in kept


async def test_an_uninstall_that_is_told_after_the_app_is_back_changes_nothing(
    both: TwoWorkspaces,
) -> None:
    await both.browser.install(HERE)
    await both.slack.http.post("/_sandbox/faults", json={"kind": "lose", "on": "*", "count": 4})
    await both.sandbox.post("uninstall", {"team": HERE})
    await both.browser.install(HERE)

    await both.slack.advance(minutes=10)

    assert await tokens_kept(both) == {HERE: True}


async def test_an_uninstall_is_not_lost_while_keys_are_rotated(
    both: TwoWorkspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    await both.browser.install(HERE)
    services = both.slack.cairn.services
    asked: list[str] = []

    async def sealed_anew_meanwhile(*_: object) -> bool:
        if not asked:
            await sealed_words.rotate(services.database, services.vault, now=services.clock.now())
        asked.append("Slack")
        return False

    monkeypatch.setattr(install, "_still_works", sealed_anew_meanwhile)
    await both.sandbox.post("uninstall", {"team": HERE})
    await both.slack.settle()

    assert await tokens_kept(both) == {HERE: False}
    assert asked == ["Slack", "Slack"]


async def back_from_slack(both: TwoWorkspaces, **changed: str) -> str:
    """The address that leads back to Cairn, with some of its parameters changed or left out."""
    url = urlsplit(await both.browser.allow(await both.browser.begin(), HERE))
    query = {name: values[0] for name, values in parse_qs(url.query).items()} | changed
    kept = {name: value for name, value in query.items() if value}
    return url._replace(query=urlencode(kept)).geturl()


async def test_who_does_not_allow_it_is_told_so(both: TwoWorkspaces) -> None:
    link = await both.browser.begin()
    denied = (await both.browser.get(f"{link}&deny=1")).location

    page = await both.browser.get(denied)

    assert "the permissions were not granted" in page.text
    assert await tokens_kept(both) == {}


async def test_a_state_counts_for_ten_minutes(both: TwoWorkspaces) -> None:
    back = await back_from_slack(both)
    await both.slack.advance(minutes=11)

    page = await both.browser.get(back)

    assert (page.status, "more than ten minutes" in page.text) == (401, True)
    assert await tokens_kept(both) == {}


async def test_a_state_counts_once(both: TwoWorkspaces) -> None:
    back = await back_from_slack(both)
    cookie = both.browser.cookie
    first = await both.browser.get(back)
    both.browser.cookie = cookie

    again = await both.browser.get(back)

    assert (first.status, again.status) == (200, 401)


async def test_a_state_that_somebody_made_up_is_refused_even_in_their_own_browser(
    both: TwoWorkspaces,
) -> None:
    real = parse_qs(urlsplit(await back_from_slack(both)).query)["state"][0]
    forged = f"{real[:-1]}{'0' if real[-1] != '0' else '1'}"
    back = await back_from_slack(both, state=forged)
    both.browser.cookie = f"slack-app-oauth-state={forged}"

    page = await both.browser.get(back)

    assert page.status == 401
    assert await tokens_kept(both) == {}


async def test_another_browser_cannot_finish_the_install(both: TwoWorkspaces) -> None:
    back = await back_from_slack(both)

    page = await Browser(both.browser.http, both.browser.cairn_url).get(back)

    assert (page.status, "not the browser" in page.text) == (400, True)
    assert await tokens_kept(both) == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": "made-up"}, "had run out"),
        ({"code": ""}, "was not whole"),
        ({"error": "<b>odd</b>"}, "<p>Nothing was installed.</p>"),
    ],
)
async def test_what_slack_refuses_is_one_sentence(
    both: TwoWorkspaces, changed: dict[str, str], words: str
) -> None:
    page = await both.browser.get(await back_from_slack(both, **changed))

    assert words in page.text
    assert "Start again" in page.text


async def test_a_wrong_client_secret_is_the_operators_to_mend(both: TwoWorkspaces) -> None:
    back = await back_from_slack(both)
    await both.sandbox.post("app", {"client_secret": "another"})

    page = await both.browser.get(back)

    assert "does not know Cairn's client secret" in page.text


async def test_a_token_that_runs_out_is_renewed_before_it_does(both: TwoWorkspaces) -> None:
    await both.sandbox.post("app", {"token_rotation": True})
    await both.browser.install(HERE)
    await both.set_up(HERE)
    bob = both.casts[HERE].mentees[0]

    for _ in range(3):
        await both.slack.advance(hours=11)
        await check_in(both, bob, "Still here")
    await both.slack.advance(days=3)
    await check_in(both, bob, "After a long silence")

    renewals = [
        call
        for call in await both.slack.calls("oauth.v2.access")
        if call["args"].get("grant_type") == "refresh_token"
    ]
    assert len(renewals) >= 4
    assert all(call["answer"]["ok"] for call in renewals)
    failed = [call for call in await both.calls_in(HERE) if not call["answer"]["ok"]]
    assert failed == []


async def test_another_replica_serves_what_this_one_installed(both: TwoWorkspaces) -> None:
    async with assembled(both.options, both.slack.clock) as other:
        assert await other.services.clients.of(HERE) is None

        await both.browser.install(HERE)

        client = await other.services.clients.of(HERE)
        assert client is not None
        assert (await client.auth_test())["team_id"] == HERE


async def test_the_doctor_looks_at_every_workspace(both: TwoWorkspaces) -> None:
    first = await examine(both.options)
    none_yet = [one.sentence for one in first if not one.is_well]
    await both.browser.install(HERE)
    await both.browser.install(THERE)

    well = await examine(both.options, url=both.browser.cairn_url)
    other = replace(both.options, signing_secret="another-secret")
    for options, url, words in (
        (other, both.browser.cairn_url, "refuses what SLACK_SIGNING_SECRET signs: it runs with"),
        (both.options, both.slack.url, "(status 404) is not Cairn; let that address lead"),
        (both.options, "http://127.0.0.1:1", "Nobody answers at http://127.0.0.1:1/slack/events"),
    ):
        wrong = [one.sentence for one in await examine(options, url=url) if not one.is_well]
        assert len(wrong) == 1
        assert words in wrong[0]
    for key in both.options.key_folder.glob("tokens-*"):
        key.unlink()
    without_key = [one.sentence for one in await examine(both.options) if not one.is_well]

    assert any("/slack/install" in sentence for sentence in none_yet)
    assert any("SLACK_SIGNING_SECRET was not tried" in one.sentence for one in first)
    assert [one.sentence for one in well if not one.is_well] == []
    assert any(THERE in one.sentence for one in well)
    assert any("takes what SLACK_SIGNING_SECRET signs" in one.sentence for one in well)
    assert len([sentence for sentence in without_key if "install Cairn again" in sentence]) == 2
