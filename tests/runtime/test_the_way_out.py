"""Behind a proxy that looks into TLS: all that leaves goes through it, and is checked."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import app
from bot.kernel.download import Downloads
from bot.kernel.heartbeat import Heartbeat
from bot.kernel.network import Network
from bot.keys.hashicorp import HashiCorpVault, VaultAccess
from handlers.edge.clients import open_session, slack_client
from runtime.sockets import SOCKETS, open_sockets
from tests.support.https_server import UNKNOWN_NAME, certificate, loopback_too
from tests.support.proxy_server import ProxyServer, proxy_server

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)


@dataclass(slots=True)
class Outside:
    """Slack, a monitor, a vault and a list on one server, under a name that only a proxy knows."""

    proxy: ProxyServer
    ca_file: Path
    url: str = ""
    links: int = 0
    both_linked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def network(self) -> Network:
        return Network(proxy=self.proxy.url, ca_file=self.ca_file)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        answers: Mapping[str, object] = {
            "/api/auth.test": {"ok": True, "team_id": "T1"},
            "/api/apps.connections.open": {
                "ok": True,
                "url": f"{self.url}/link".replace("http", "ws"),
            },
            "/v1/secret/metadata/cairn/pulse-keys": {"data": {"keys": ["round_1"]}},
        }
        if request.path != "/link":
            return web.json_response(answers.get(request.path, {}))
        link = web.WebSocketResponse()
        await link.prepare(request)
        self.links += 1
        if self.links == SOCKETS:
            self.both_linked.set()
        await link.send_json({"type": "hello", "num_connections": 1})
        async for _ in link:
            pass
        return link


@asynccontextmanager
async def outside_world(folder: Path) -> AsyncIterator[Outside]:
    """Run the server, and the proxy that leads to it."""
    chain, key = certificate(folder, days=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    async with proxy_server() as proxy:
        world = Outside(proxy, chain)
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", world.answer)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        world.url = f"https://{UNKNOWN_NAME}:{runner.addresses[0][1]}"
        try:
            yield world
        finally:
            await runner.cleanup()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Outside]:
    async with outside_world(tmp_path) as running:
        yield running


async def call_slack(world: Outside, network: Network) -> None:
    async with open_session(network, api_url=f"{world.url}/api/") as session:
        client = slack_client(session, token="xoxb-1", api_url=f"{world.url}/api/", network=network)
        assert (await client.auth_test())["team_id"] == "T1"


async def fetch_in_slack(world: Outside, network: Network) -> None:
    """As files and answers to a click go: over the session alone."""
    async with open_session(network, api_url=f"{world.url}/api/") as session:
        assert (await session.get(f"{world.url}/files-pri/list.csv")).status == 200


async def listen(world: Outside, network: Network) -> None:
    async with open_session(network, api_url=f"{world.url}/api/") as session:
        client = slack_client(session, token="xoxb-1", api_url=f"{world.url}/api/", network=network)
        bolt = AsyncApp(client=client, request_verification_enabled=False)
        async with asyncio.timeout(10), open_sockets(bolt, "xapp-1"):
            await world.both_linked.wait()


async def ping(world: Outside, network: Network) -> None:
    assert await Heartbeat(url=f"{world.url}/ping", network=network).beat(now=NOW)


async def ask_vault(world: Outside, network: Network) -> None:
    vault = HashiCorpVault(VaultAccess(address=world.url, token="hvs.1"), network=network)
    try:
        assert await vault.names() == {"round_1"}
    finally:
        await vault.close()


async def download(world: Outside, network: Network) -> None:
    found = Downloads(allows=loopback_too, network=network)
    assert await found.get(f"{world.url}/list.csv", most_bytes=100)


Errand = Callable[[Outside, Network], Awaitable[None]]
ERRANDS: tuple[Errand, ...] = (call_slack, fetch_in_slack, listen, ping, ask_vault, download)


@pytest.mark.parametrize("errand", ERRANDS)
async def test_everything_goes_through_the_proxy_and_trusts_the_file(
    world: Outside, errand: Errand
) -> None:
    await errand(world, world.network)

    assert set(world.proxy.targets) == {world.url.removeprefix("https://")}


@pytest.mark.parametrize("errand", [one for one in ERRANDS if one is not listen])
async def test_a_certificate_of_nobody_known_is_refused(world: Outside, errand: Errand) -> None:
    with pytest.raises(Exception, match=r"(?i)certificate|assert|ConnectError"):
        await errand(world, Network(proxy=world.proxy.url))

    assert len(world.proxy.targets) == 1


@pytest.mark.parametrize("errand", ERRANDS)
async def test_a_name_in_no_proxy_is_reached_directly(world: Outside, errand: Errand) -> None:
    world.url = world.url.replace(UNKNOWN_NAME, "localhost")
    around = Network(proxy=world.proxy.url, ca_file=world.ca_file, around="x.org, localhost")

    await errand(world, around)

    assert world.proxy.asked == []


@pytest.mark.parametrize(
    ("around", "url", "is_direct"),
    [
        ("", "https://slack.com/api/", False),
        ("*", "https://slack.com/api/", True),
        (".hospital.org", "https://vault.hospital.org:8200", True),
        ("hospital.org", "https://vault.HOSPITAL.org", True),
        ("*.hospital.org", "https://vault.hospital.org", True),
        ("hospital.org", "https://nohospital.org", False),
        ("10.0.0.0/8,x", "https://10.2.3.4/", True),
        ("10.0.0.0/8,x", "https://11.2.3.4/", False),
        ("::1", "https://[::1]:443/", True),
        ("[::1]", "https://[::1]:443/", True),
        ("hospital.org:8200", "https://vault.hospital.org:8200", True),
        ("hospital.org:8200", "https://slack.com", False),
        (",, .", "https://slack.com", False),
        ("", "http://10.2.3.4:8200", True),
    ],
)
def test_no_proxy_is_read_as_everywhere(around: str, url: str, is_direct: bool) -> None:
    found = Network(proxy="http://proxy:3128", around=around).proxy_for(url)

    assert found == (None if is_direct else "http://proxy:3128")


def test_the_settings_alone_decide_and_slacks_own_library_follows_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chain, _ = certificate(tmp_path, days=30)
    monkeypatch.chdir(tmp_path)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://other:3128")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "hospital.org")
    monkeypatch.setenv("CA_FILE", str(chain))

    network = app.options().network

    assert network.proxy_for("https://slack.com/api/") == "http://proxy:3128"
    assert network.proxy_for("https://vault.hospital.org") is None
    assert network.trusts.get_ca_certs()[-1]["subject"]
    assert "https_proxy" not in os.environ
    assert AsyncWebClient().proxy is None
