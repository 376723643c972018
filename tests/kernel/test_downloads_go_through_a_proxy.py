"""A file is downloaded through a proxy, which is led to nothing private either."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.kernel.download import DownloadFailure, Downloads, NotDownloaded
from bot.kernel.network import Network
from tests.support.https_server import UNKNOWN_NAME, FileServer, file_server, loopback_too
from tests.support.proxy_server import ProxyServer, proxy_server

MOST = 10_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FileServer]:
    async with file_server(tmp_path) as running:
        running.body = b"name,email\nAda,ada@example.org\n"
        yield running


@pytest.fixture
async def proxy() -> AsyncIterator[ProxyServer]:
    async with proxy_server() as running:
        yield running


def there(server: FileServer) -> str:
    """The address by the name that only the proxy knows."""
    return server.url.replace("localhost", UNKNOWN_NAME) + "/list.csv"


def through(proxy: ProxyServer) -> Network:
    return Network(proxy=proxy.url)


def downloads(server: FileServer, proxy: ProxyServer, *, within_s: float = 10) -> Downloads:
    return Downloads(
        allows=loopback_too, trusts=server.trusts, within_s=within_s, network=through(proxy)
    )


async def failure(found: Downloads, url: str) -> DownloadFailure:
    with pytest.raises(NotDownloaded) as refused:
        await found.get(url, most_bytes=MOST)
    return refused.value.reason


async def test_a_name_that_only_the_proxy_knows_is_read_and_the_proxy_reads_nothing(
    server: FileServer, proxy: ProxyServer
) -> None:
    secret = {"Authorization": "Bearer Xylophone"}

    found = await downloads(server, proxy).get(there(server), most_bytes=MOST, headers=secret)

    assert found
    assert found.content == server.body
    assert server.asked[0]["authorization"] == "Bearer Xylophone"
    assert proxy.targets == [f"{UNKNOWN_NAME}:{server.url.rpartition(':')[2]}"]
    assert "Xylophone" not in "".join(proxy.asked)
    assert not any(word in proxy.carried for word in (b"Xylophone", b"list.csv"))


async def test_a_proxy_is_given_the_password_of_its_address(
    server: FileServer, proxy: ProxyServer
) -> None:
    proxy.url = proxy.url.replace("http://", "http://cairn:hush@")

    assert await downloads(server, proxy).get(there(server), most_bytes=MOST)

    assert "Proxy-Authorization: Basic " in proxy.asked[0]
    assert "hush" not in repr(downloads(server, proxy))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "2130706433", "0x7f.1", "[::1]", "localhost"),
        *("intranet", "db.internal", "printer.local", "nas.lan", "x.in-addr.arpa", "a.b.0x7f"),
        *("１２７.0.0.1", "1.2.3.4.5", "999.1.1.1"),
    ],
)
@pytest.mark.reaches_out
async def test_a_proxy_is_led_to_nothing_private(proxy: ProxyServer, host: str) -> None:
    found = Downloads(within_s=10, network=through(proxy))

    reason = await failure(found, f"https://{host}/list.csv")

    assert reason in (DownloadFailure.PRIVATE, DownloadFailure.ADDRESS)
    assert proxy.asked == []


async def test_each_hop_is_checked_through_a_proxy_too(
    server: FileServer, proxy: ProxyServer
) -> None:
    server.status, server.headers = 302, {"Location": "https://169.254.169.254/latest/"}

    assert await failure(downloads(server, proxy), there(server)) is DownloadFailure.PRIVATE
    server.headers = {"Location": "http://example.org/list.csv"}
    assert await failure(downloads(server, proxy), there(server)) is DownloadFailure.ADDRESS

    assert len(proxy.asked) == 2


async def test_size_and_certificate_are_checked_through_a_proxy(
    tmp_path: Path, server: FileServer, proxy: ProxyServer
) -> None:
    server.body = b"x" * (MOST + 1)
    assert await failure(downloads(server, proxy), there(server)) is DownloadFailure.LARGE

    async with file_server(tmp_path, days=-1) as expired:
        its = there(expired)
        assert await failure(downloads(server, proxy), its) is DownloadFailure.CERTIFICATE


@pytest.mark.parametrize("status", [403, 407, 502, 503])
async def test_a_proxy_that_refuses_is_named(
    server: FileServer, proxy: ProxyServer, status: int
) -> None:
    proxy.status = status

    assert await failure(downloads(server, proxy), there(server)) is DownloadFailure.PROXY


async def test_a_proxy_that_says_nothing_or_is_not_there_may_be_back_in_an_hour(
    server: FileServer, proxy: ProxyServer
) -> None:
    proxy.is_silent = True
    silent = downloads(server, proxy, within_s=0.5)
    assert await failure(silent, there(server)) is DownloadFailure.SLOW

    proxy.url = "http://127.0.0.1:9"
    assert await failure(downloads(server, proxy), there(server)) is DownloadFailure.UNREACHABLE
