"""A file is downloaded from the public internet alone, in whatever way its address is written."""

import gzip
from collections.abc import AsyncIterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.download import (
    Download,
    DownloadFailure,
    Downloads,
    NotDownloaded,
    checked_url,
    is_public,
)
from tests.support.https_server import FileServer, file_server, loopback_too

MOST = 10_000
PRIVATE = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "192.0.2.1"),
)


def spellings(address: IPv4Address) -> list[str]:
    """The ways in which a resolver or a URL can write one IPv4 address."""
    number, octets = int(address), address.packed
    return [
        str(address),
        f"{address}.",
        str(number),
        hex(number),
        oct(number).replace("o", ""),
        ".".join(f"0{one:o}" for one in octets),
        ".".join(hex(one) for one in octets),
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{octets[0]:02x}{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}::1]",
    ]


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.reaches_out
async def test_no_spelling_of_a_private_address_is_reached(address: str) -> None:
    for host in spellings(IPv4Address(address)):
        with pytest.raises(NotDownloaded) as refused:
            await Downloads(within_s=5).get(f"https://{host}:44/list.csv", most_bytes=MOST)
        assert refused.value.reason in (
            DownloadFailure.PRIVATE,
            DownloadFailure.ADDRESS,
            DownloadFailure.UNKNOWN_HOST,
        ), host


PRIVATE_6 = (
    *("[::]", "[::1]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[2001:db8::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "localhost", "localhost."),
)


@pytest.mark.parametrize("host", PRIVATE_6)
async def test_no_private_name_or_address_of_version_6_is_reached(host: str) -> None:
    with pytest.raises(NotDownloaded):
        await Downloads(within_s=5).get(f"https://{host}/list.csv", most_bytes=MOST)


@given(number=st.integers(0, 2**32 - 1))
def test_an_address_within_another_is_as_public_as_it_is_alone(number: int) -> None:
    address = IPv4Address(number)
    within = [
        IPv6Address(f"::ffff:{address}"),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(int(IPv6Address("2002::")) | number << 80),
    ]

    assert {is_public(one) for one in within} == {is_public(address)}


@given(number=st.integers(0, 2**128 - 1))
def test_what_is_public_is_global_and_nothing_else(number: int) -> None:
    address = IPv6Address(number)

    assert not is_public(address) or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "1.1.1.1"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("", "list.csv", "http://example.org/a", "ftp://example.org/a", "file:///etc/passwd"),
        *("https://", "https:///a", "https://bob@example.org/a", "https://bob:x@example.org/a"),
        *("https://example.org:0/a", "https://example.org:99999/a", "https://exa mple.org/a"),
        *("https://example.org/\na", "javascript:alert(1)", "https://" + "a" * 3_000),
        *("//example.org/a", "https://[::1/a", "https://."),
    ],
)
def test_only_a_plain_https_address_is_taken(text: str) -> None:
    with pytest.raises(NotDownloaded) as refused:
        checked_url(text)
    assert refused.value.reason is DownloadFailure.ADDRESS


@given(text=st.text())
def test_no_text_is_taken_for_an_address_with_a_user_or_without_tls(text: str) -> None:
    for one in (text, f"https://{text}", f"https://{text}@example.org/", f"http://{text}"):
        try:
            url = checked_url(one)
        except NotDownloaded:
            continue
        assert (url.scheme, url.userinfo) == ("https", b"")
        assert url.host


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FileServer]:
    async with file_server(tmp_path) as running:
        yield running


def downloads(server: FileServer) -> Downloads:
    return Downloads(allows=loopback_too, trusts=server.trusts, within_s=10)


async def failure(server: FileServer, url: str = "") -> DownloadFailure:
    with pytest.raises(NotDownloaded) as refused:
        await downloads(server).get(url or f"{server.url}/list.csv", most_bytes=MOST)
    assert server.url not in refused.value.sentence
    return refused.value.reason


async def test_a_file_comes_with_its_marks_and_is_not_sent_again(server: FileServer) -> None:
    server.body, server.etag = b"name,email\nAda,ada@example.org\n", '"one"'
    server.headers = {"Content-Type": "text/csv; charset=utf-8"}
    secret = {"Authorization": "Bearer Xylophone"}

    first = await downloads(server).get(server.url, most_bytes=MOST, headers=secret)
    assert first == Download(content=server.body, kind="text/csv", etag='"one"')
    again = await downloads(server).get(server.url, most_bytes=MOST, known=first)

    assert again is None
    assert server.asked[0]["authorization"] == "Bearer Xylophone"
    assert server.asked[0]["host"] == server.url.removeprefix("https://")
    assert "authorization" not in server.asked[1]


async def test_this_machine_is_reached_by_nobody_who_does_not_say_so(server: FileServer) -> None:
    with pytest.raises(NotDownloaded) as refused:
        await Downloads(trusts=server.trusts).get(server.url, most_bytes=MOST)

    assert refused.value.reason is DownloadFailure.PRIVATE
    assert server.asked == []


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://localhost/list.csv", DownloadFailure.ADDRESS),
        ("https://169.254.169.254/latest/meta-data/", DownloadFailure.PRIVATE),
        ("https://10.0.0.1/", DownloadFailure.PRIVATE),
        ("https://u:p@localhost/", DownloadFailure.ADDRESS),
        ("/again", DownloadFailure.HOPS),
        ("", DownloadFailure.HOPS),
    ],
)
async def test_each_hop_is_checked(server: FileServer, to: str, reason: DownloadFailure) -> None:
    server.status, server.headers = 302, {"Location": to}

    assert await failure(server) is reason


async def test_a_secret_header_goes_to_its_own_server_alone(tmp_path: Path) -> None:
    async with file_server(tmp_path) as one, file_server(tmp_path, days=31) as other:
        one.status, one.headers = 302, {"Location": f"{other.url}/list.csv"}
        other.body = b"name\n"
        one.trusts.load_verify_locations(tmp_path / "cert31.pem")
        secret = {"X-Key": "Xylophone"}

        await downloads(one).get(one.url, most_bytes=MOST, headers=secret)

        assert one.asked[0]["x-key"] == "Xylophone"
        assert "x-key" not in other.asked[0]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, DownloadFailure.FORBIDDEN),
        (403, DownloadFailure.FORBIDDEN),
        (404, DownloadFailure.NOT_THERE),
        (410, DownloadFailure.NOT_THERE),
        (418, DownloadFailure.REFUSED),
        (429, DownloadFailure.BUSY),
        (503, DownloadFailure.BUSY),
        (204, DownloadFailure.REFUSED),
        (304, DownloadFailure.REFUSED),
    ],
)
async def test_a_refusal_is_a_reason(
    server: FileServer, status: int, reason: DownloadFailure
) -> None:
    server.status = status

    assert await failure(server) is reason


async def test_half_a_file_is_none(server: FileServer) -> None:
    server.body, server.breaks_off = b"name,email\n" * 100, True

    assert await failure(server) is DownloadFailure.BROKEN_OFF


async def test_a_large_file_is_left_while_it_comes(server: FileServer) -> None:
    server.body = b"x" * (MOST + 1)

    assert await failure(server) is DownloadFailure.LARGE


async def test_a_file_that_unpacks_to_much_is_left_while_it_unpacks(server: FileServer) -> None:
    server.body = gzip.compress(b"x" * 50_000_000)
    server.headers = {"Content-Encoding": "gzip"}

    assert await failure(server) is DownloadFailure.LARGE


async def test_a_packed_file_is_unpacked_and_half_of_one_is_none(server: FileServer) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    server.body = packed = gzip.compress(b"name,email\n")
    found = await downloads(server).get(server.url, most_bytes=MOST)
    assert found
    assert found.content == b"name,email\n"

    server.body = packed[:-6]
    assert await failure(server) is DownloadFailure.BROKEN_OFF
    server.body = b"no gzip"
    assert await failure(server) is DownloadFailure.PACKED


async def test_a_certificate_that_has_expired_or_that_nobody_knows_is_refused(
    tmp_path: Path, server: FileServer
) -> None:
    async with file_server(tmp_path, days=-1) as expired:
        assert await failure(expired) is DownloadFailure.CERTIFICATE
    with pytest.raises(NotDownloaded) as refused:
        await Downloads(allows=loopback_too).get(server.url, most_bytes=MOST)
    assert refused.value.reason is DownloadFailure.CERTIFICATE


async def test_a_server_without_tls_or_none_at_all_is_not_reached(
    tmp_path: Path, server: FileServer
) -> None:
    async with file_server(tmp_path, is_secure=False) as bare:
        url = bare.url.replace("http:", "https:")
        assert await failure(server, url) is DownloadFailure.CERTIFICATE
    assert await failure(server, url) is DownloadFailure.UNREACHABLE
