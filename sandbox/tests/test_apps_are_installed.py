"""Installing an app by OAuth, and its tokens."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

from sandbox_support.box import BOT_TOKEN, Box

HEADERS = {"Authorization": f"Bearer {BOT_TOKEN}"}


async def test_an_app_is_installed_by_oauth(box: Box) -> None:
    await box.control("workspaces", id="T0ELSE", name="Elsewhere", install=False)
    app = (await box.read("state"))["apps"][0]
    ask = {"client_id": app["client_id"], "state": "s1", "redirect_uri": "http://x.test/done"}

    allowed = await box.http.get("/oauth/v2/authorize", params={**ask, "team": "T0ELSE"})
    back = parse_qs(urlparse(allowed.headers["location"]).query)
    secrets = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    form = {**secrets, "code": back["code"][0]}
    granted = (await box.http.post("/api/oauth.v2.access", data=form)).json()
    again = (await box.http.post("/api/oauth.v2.access", data=form)).json()

    assert back["state"] == ["s1"]
    assert granted["team"] == {"id": "T0ELSE", "name": "Elsewhere"}
    assert (await box.api("auth.test", token=granted["access_token"]))["team_id"] == "T0ELSE"
    assert again["error"] == "invalid_code"


async def test_the_client_secret_may_come_as_basic_authentication(box: Box) -> None:
    app = box.world.app_in("T0CAIRN")

    async def refused(secret: str) -> object:
        answer = await box.http.post(
            "/api/oauth.v2.access", data={"code": "none"}, auth=(app.client_id, secret)
        )
        return answer.json()["error"]

    assert await refused(app.client_secret) == "invalid_code"
    assert await refused("wrong") == "bad_client_secret"


async def test_tokens_rotate_and_expire(box: Box) -> None:
    await box.control("app", token_rotation=True)
    app = box.world.app_in("T0CAIRN")
    box.world.oauth_codes["c"] = {
        "app_id": app.app_id,
        "team_id": "T0CAIRN",
        "user_id": "U0ALICE",
        "redirect_uri": "",
        "until_s": box.world.clock.time() + 60,
    }
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    first = (await box.http.post("/api/oauth.v2.access", data={**secrets, "code": "c"})).json()
    await box.control("clock", advance_s=43_300)

    late = await box.api("auth.test", token=first["access_token"])
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await box.http.post("/api/oauth.v2.access", data={**secrets, **refresh})).json()

    assert late["error"] == "token_expired"
    assert (await box.api("auth.test", token=second["access_token"]))["ok"]


async def test_an_uninstalled_app_s_token_is_revoked(box: Box) -> None:
    await box.control("uninstall", team="T0CAIRN")

    assert (await box.api("auth.test"))["error"] == "token_revoked"
