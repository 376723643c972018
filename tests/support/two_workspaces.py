"""Two workspaces in one sandbox, one Cairn over HTTP, and a browser that installs it by OAuth."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.kernel.clock import SetClock
from bot.kernel.ids import WorkspaceId
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.run import bot_in_sandbox, demo_options
from runtime.demo.sandbox import NO_TLS, Sandbox
from runtime.tenancy import Options
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.support.scopes import no_scope
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace

START = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
HERE, THERE = WorkspaceId("T0CAIRN"), WorkspaceId("T0OTHER")
CLIENT = {"client_id": "111.222", "client_secret": "hush-client-secret"}


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows: status, text, and the address it was sent on to, if any."""

    status: int
    text: str
    location: str = ""


@dataclass(slots=True)
class Browser:
    """Follows the install by hand, with the one cookie that httpx would not send over http."""

    http: httpx.AsyncClient
    cairn_url: str
    cookie: str = ""

    async def get(self, url: str) -> Page:
        answer = await self.http.get(url, headers={"Cookie": self.cookie} if self.cookie else {})
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return Page(answer.status_code, answer.text, answer.headers.get("location", ""))

    async def begin(self) -> str:
        """Open Cairn's page; the address of Slack's page that it leads to."""
        page = await self.get(f"{self.cairn_url}/slack/install")
        assert page.status == 200, page.text
        [link] = re.findall(r'<a class="do" href="([^"]+)"', page.text)
        return html.unescape(link)

    async def allow(self, link: str, team: str) -> str:
        """Choose a workspace on Slack's page; the address on Cairn that leads back."""
        return (await self.get(f"{link}&team={team}")).location

    async def install(self, team: str) -> Page:
        return await self.get(await self.allow(await self.begin(), team))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoWorkspaces:
    """The sandbox, the bot, and the people of each workspace."""

    slack: SlackWorkspace
    browser: Browser
    sandbox: Sandbox
    options: Options
    casts: dict[WorkspaceId, Cast]

    async def set_up(self, workspace_id: WorkspaceId) -> None:
        """Let a programme be under way in the workspace."""
        cairn = self.slack.cairn
        await set_up_programme(
            cairn.database,
            cairn.services.catalogue,
            self.casts[workspace_id],
            workspace_id=workspace_id,
            now=self.slack.clock.now(),
        )
        cairn.services.wake()
        await self.slack.settle()

    async def calls_in(self, team: str) -> list[dict[str, Any]]:
        """What Cairn asked of Slack with this workspace's token, oldest first."""
        answer = await self.slack.http.get(
            "/_sandbox/calls", params={"team": team, "limit": "100000"}
        )
        found: list[dict[str, Any]] = answer.json()["calls"]
        return found


def cast_of(team: str, *, mentors: int = 1, mentees: int = 2) -> Cast:
    """Some mentors and mentees and a coordinator, with other ids and names in each workspace."""
    cast = made_up_cast(mentors=mentors, mentees=mentees, seed=1 if team == HERE else 2)
    if team == HERE:
        return cast

    def other(text: str) -> str:
        return re.sub(r"\bU0", "U9", text).replace("Carol", "Mallory").replace("carol", "mallory")

    return replace(
        cast,
        people=tuple((other(a), other(b), other(c), d, e) for a, b, c, d, e in cast.people),
        roster=other(cast.roster),
        mentors=tuple(map(other, cast.mentors)),
        mentees=tuple(map(other, cast.mentees)),
        coordinator=other(cast.coordinator),
        contacts=tuple((other(a), other(b), other(c), d, e) for a, b, c, d, e in cast.contacts),
    )


@asynccontextmanager
async def two_workspaces(
    folder: Path,
    *,
    address: str = "",
    world: World | None = None,
    mentors: int = 1,
    mentees: int = 2,
    allowed: frozenset[str] = frozenset({HERE, THERE}),
) -> AsyncIterator[TwoWorkspaces]:
    """Both workspaces with their people, and a bot that is installed in neither.

    Without an `address` on SQLite; `world` is an empty one that stands at START.
    """
    address = address or f"sqlite:///{folder / 'data' / 'cairn.db'}"
    await with_all_tables(address)
    world = world or World(start=START, rate=0)
    populate(world)
    async with (
        running(world) as url,
        httpx.AsyncClient(base_url=url, timeout=180, verify=NO_TLS) as http,
        httpx.AsyncClient(timeout=30, verify=NO_TLS) as browser,
    ):
        sandbox = Sandbox(url, http)
        await sandbox.post("workspaces", {"name": "Elsewhere", "id": THERE, "install": False})
        await sandbox.post("uninstall", {"team": HERE})
        casts = {team: cast_of(team, mentors=mentors, mentees=mentees) for team in (HERE, THERE)}
        for team, cast in casts.items():
            await sandbox.post(
                "users", {"users": [account(team, one) for one in (*cast.people, *cast.contacts)]}
            )
        await sandbox.post("app", CLIENT)
        options = replace(
            demo_options(url, folder, database_url=address),
            bot_token=None,
            app_token=None,
            client_id=CLIENT["client_id"],
            client_secret=CLIENT["client_secret"],
            allowed_workspaces=allowed,
        )
        async with AsyncExitStack() as stack:
            with no_scope():
                bot = bot_in_sandbox(sandbox, options, over_http=True)
                cairn = await stack.enter_async_context(bot)
            [app] = (await sandbox.state())["apps"]
            cairn_url = app["request_urls"]["all"].removesuffix("/slack/events")
            await sandbox.post("app", {"redirect_urls": [f"{cairn_url}/slack/oauth_redirect"]})
            clock = cairn.services.clock
            assert isinstance(clock, SetClock)
            yield TwoWorkspaces(
                slack=SlackWorkspace(url=url, http=http, cairn=cairn, clock=clock),
                browser=Browser(browser, cairn_url),
                sandbox=sandbox,
                options=options,
                casts=casts,
            )


def account(team: str, person: tuple[str, str, str, str, str]) -> dict[str, Any]:
    slack_id, name, email, zone, title = person
    return {
        "id": slack_id,
        "team": team,
        "name": name.lower().replace(" ", "."),
        "real_name": name,
        "email": email,
        "tz": zone,
        "title": title,
        "is_admin": title == "Coordinator",
    }
