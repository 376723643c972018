"""Download a file from an address that somebody gave, and reach nothing but the public internet.

Each hop is resolved here, every address that the name has is checked, and the connection goes to
the address that was checked: a name that points elsewhere a moment later gains nothing. A proxy
resolves the name itself: what is private as seen from here is refused all the same.
"""

import asyncio
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from bot.kernel.errors import UserFacing
from bot.kernel.network import DIRECT, Network

IPAddress = IPv4Address | IPv6Address
MOST_HOPS = 5
MOST_URL_CHARS = 2_000
_NAT64 = IPv6Network("64:ff9b::/96")
_INSIDE = (
    *(".internal", ".local", ".localhost", ".localdomain", ".home.arpa", ".lan", ".intranet"),
    *(".corp", ".home", ".private", ".in-addr.arpa", ".ip6.arpa"),
)
"""Names that only a private network knows: https://www.iana.org/assignments/special-use-domain-names"""
_NUMBER = re.compile(r"\.(\d+|0x[0-9a-f]*)$")
"""The end of an address, however it is written: https://url.spec.whatwg.org/#ends-in-a-number-checker"""
_GZIP = zlib.MAX_WBITS | 32


class DownloadFailure(StrEnum):
    """The reasons why nothing was downloaded."""

    ADDRESS = "address"
    PRIVATE = "private"
    UNKNOWN_HOST = "unknown_host"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    SLOW = "slow"
    BROKEN_OFF = "broken_off"
    HOPS = "hops"
    FORBIDDEN = "forbidden"
    NOT_THERE = "not_there"
    REFUSED = "refused"
    BUSY = "busy"
    LARGE = "large"
    PACKED = "packed"
    PROXY = "proxy"


PASSING = frozenset(
    {
        *(DownloadFailure.UNKNOWN_HOST, DownloadFailure.UNREACHABLE, DownloadFailure.SLOW),
        *(DownloadFailure.BROKEN_OFF, DownloadFailure.BUSY),
    }
)
"""Reasons that may be gone in an hour by themselves."""

_SENTENCES: Mapping[DownloadFailure, str] = {
    DownloadFailure.ADDRESS: "Give an address that begins with https:// and names a server, "
    "without a user name or password in it.",
    DownloadFailure.PRIVATE: "This address leads into a private network, which Cairn never reads. "
    "Give one on the public internet.",
    DownloadFailure.UNKNOWN_HOST: "No server of this name was found. Check the address.",
    DownloadFailure.UNREACHABLE: "The server could not be reached. Check the address, or try "
    "again later.",
    DownloadFailure.CERTIFICATE: "The server's certificate is not valid: it has expired, or "
    "belongs to another name. Ask whoever runs the server to renew it.",
    DownloadFailure.SLOW: "The server took too long. Try again later.",
    DownloadFailure.BROKEN_OFF: "The connection broke off, so only half of the file arrived. "
    "Nothing of it was used; try again later.",
    DownloadFailure.HOPS: "The address leads on to another one too often. Give the last one.",
    DownloadFailure.FORBIDDEN: "The server does not let Cairn read the file. Share it with "
    "everybody who has the link, or give the header that the server asks for.",
    DownloadFailure.NOT_THERE: "There is no file at this address any more. Give the new address.",
    DownloadFailure.REFUSED: "The server refused to give the file. Check the address.",
    DownloadFailure.BUSY: "The server has a fault of its own. Try again later.",
    DownloadFailure.LARGE: "The file is too large; a list of people is smaller.",
    DownloadFailure.PROXY: "The proxy through which Cairn reaches the internet did not let it "
    "through. Ask whoever runs Cairn to have this server allowed there.",
    DownloadFailure.PACKED: "The server packs the file in a form that Cairn does not read.",
}


class NotDownloaded(UserFacing):
    """Nothing was downloaded, and the sentence says what to do."""

    def __init__(self, reason: DownloadFailure) -> None:
        super().__init__(_SENTENCES[reason])
        self.reason = reason


def is_public(address: IPAddress) -> bool:
    """Say whether an address is one of the public internet, also where it holds another.

    https://www.iana.org/assignments/iana-ipv6-special-registry
    """
    inner: IPv4Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            return False
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None and int(address) >> 32 == 0:
            return False
    if inner is not None:
        return is_public(inner)
    is_special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    return address.is_global and not is_special


def checked_url(text: str) -> httpx.URL:
    """Read an address that somebody wrote. Raises NotDownloaded for all but plain https ones."""
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError, TypeError):
        raise NotDownloaded(DownloadFailure.ADDRESS) from None
    host = url.host.rstrip(".")
    has_odd = any(one.isspace() or not one.isprintable() for one in text.strip())
    if (
        url.scheme != "https"
        or not host
        or url.userinfo
        or has_odd
        or len(text) > MOST_URL_CHARS
        or not 0 < (url.port or 443) < 65_536
        or url.port == 0
    ):
        raise NotDownloaded(DownloadFailure.ADDRESS)
    return url.copy_with(host=host, fragment=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file, and the marks by which the server knows it again."""

    content: bytes
    kind: str = ""
    etag: str = ""
    modified: str = ""


@dataclass(slots=True, kw_only=True)
class Downloads:
    """Downloads files of at most `most_bytes`. `allows` says which addresses may be reached.

    Through a proxy every hop is asked for by its name, by CONNECT: TLS goes to the server itself,
    and the proxy sees neither path nor header. Other settings of proxies are not followed.
    """

    allows: Callable[[IPAddress], bool] = is_public
    trusts: ssl.SSLContext | None = field(default=None, repr=False)
    within_s: float = 60.0
    network: Network = DIRECT

    async def get(
        self,
        text: str,
        *,
        most_bytes: int,
        headers: Mapping[str, str] | None = None,
        known: Download | None = None,
    ) -> Download | None:
        """Download a file; None where it is as `known`. Raises NotDownloaded.

        `headers` are secret: they go to the server of this address, and to no other.
        """
        try:
            async with asyncio.timeout(self.within_s):
                return await self._follow(
                    checked_url(text), most_bytes=most_bytes, secret=headers or {}, known=known
                )
        except TimeoutError:
            raise NotDownloaded(DownloadFailure.SLOW) from None

    async def _follow(
        self,
        first: httpx.URL,
        *,
        most_bytes: int,
        secret: Mapping[str, str],
        known: Download | None,
    ) -> Download | None:
        url, marks = first, _marks(known)
        for _ in range(MOST_HOPS):
            is_first_server = (url.host, url.port) == (first.host, first.port)
            sent = {**marks, **(secret if is_first_server else {})}
            async with self._asked(url, sent) as answer:
                if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
                    return None
                if answer.has_redirect_location:
                    url = _next_hop(url, answer)
                    continue
                _refuse_status(answer.status_code)
                return Download(
                    content=await _content(answer, most_bytes),
                    kind=answer.headers.get("content-type", "").partition(";")[0].strip().lower(),
                    etag=answer.headers.get("etag", "")[:500],
                    modified=answer.headers.get("last-modified", "")[:100],
                )
        raise NotDownloaded(DownloadFailure.HOPS)

    @asynccontextmanager
    async def _asked(
        self, url: httpx.URL, sent: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Ask the server behind a checked address of `url`, by its own name."""
        proxy = self.network.proxy_for(str(url))
        host = await self._host_of(url, is_proxied=proxy is not None)
        verify = self.trusts if self.trusts is not None else self.network.trusts
        headers = {**sent, "Host": url.netloc.decode(), "Accept-Encoding": "gzip, identity"}
        try:
            async with (
                httpx.AsyncClient(
                    verify=verify, trust_env=False, timeout=self.within_s, proxy=proxy
                ) as client,
                client.stream(
                    "GET",
                    url.copy_with(host=host),
                    headers=headers,
                    extensions={"sni_hostname": url.raw_host.decode()},
                ) as answer,
            ):
                yield answer
        except httpx.TimeoutException:
            raise NotDownloaded(DownloadFailure.SLOW) from None
        except httpx.ProxyError:
            raise NotDownloaded(DownloadFailure.PROXY) from None
        except httpx.ConnectError as error:
            raise NotDownloaded(_why(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise NotDownloaded(DownloadFailure.BROKEN_OFF) from None

    async def _host_of(self, url: httpx.URL, *, is_proxied: bool) -> str:
        """Say what is asked: an address that was checked, or a name that only a proxy may know.

        Raises NotDownloaded for what is not public.
        """
        if not is_proxied:
            return str(await self._address_of(url))
        try:
            await self._address_of(url)
        except NotDownloaded as failure:
            if failure.reason is not DownloadFailure.UNKNOWN_HOST:
                raise
            name = url.raw_host.decode().casefold()
            if "." not in name or name.endswith(_INSIDE) or _NUMBER.search(name):
                raise NotDownloaded(DownloadFailure.PRIVATE) from None
        return url.host

    async def _address_of(self, url: httpx.URL) -> IPAddress:
        """Find an address of a server. Raises NotDownloaded where any that it has is not public."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.raw_host.decode(), url.port or 443, type=1)
        except (OSError, UnicodeError):
            raise NotDownloaded(DownloadFailure.UNKNOWN_HOST) from None
        addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not addresses:
            raise NotDownloaded(DownloadFailure.UNKNOWN_HOST)
        if not all(map(self.allows, addresses)):
            raise NotDownloaded(DownloadFailure.PRIVATE)
        return min(addresses, key=lambda one: one.version)


def _marks(known: Download | None) -> dict[str, str]:
    marks = {}
    if known is not None and known.etag:
        marks["If-None-Match"] = known.etag
    if known is not None and known.modified:
        marks["If-Modified-Since"] = known.modified
    return marks


def _next_hop(url: httpx.URL, answer: httpx.Response) -> httpx.URL:
    try:
        return checked_url(str(url.join(answer.headers.get("location", ""))))
    except (httpx.InvalidURL, ValueError):
        raise NotDownloaded(DownloadFailure.ADDRESS) from None


def _refuse_status(status: int) -> None:
    match status:
        case 200:
            return
        case 401 | 403 | 407:
            raise NotDownloaded(DownloadFailure.FORBIDDEN)
        case 404 | 410:
            raise NotDownloaded(DownloadFailure.NOT_THERE)
        case 408 | 425 | 429:
            raise NotDownloaded(DownloadFailure.BUSY)
        case _ if status >= 500:
            raise NotDownloaded(DownloadFailure.BUSY)
    raise NotDownloaded(DownloadFailure.REFUSED)


async def _content(answer: httpx.Response, most_bytes: int) -> bytes:
    """Read a body as it comes, and never more of it than is wanted, packed or not."""
    packing = answer.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise NotDownloaded(DownloadFailure.PACKED)
    unpacker = None if packing in ("identity", "") else zlib.decompressobj(_GZIP)
    content = bytearray()
    async for chunk in answer.aiter_raw():
        try:
            left = most_bytes - len(content) + 1
            content += chunk if unpacker is None else unpacker.decompress(chunk, left)
        except zlib.error:
            raise NotDownloaded(DownloadFailure.PACKED) from None
        if len(content) > most_bytes:
            raise NotDownloaded(DownloadFailure.LARGE)
    if unpacker is not None and not unpacker.eof:
        raise NotDownloaded(DownloadFailure.BROKEN_OFF)
    return bytes(content)


def _why(error: httpx.ConnectError) -> DownloadFailure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return DownloadFailure.CERTIFICATE
        cause = cause.__cause__ or cause.__context__
    is_tls = "certificate" in str(error).lower() or "ssl" in str(error).lower()
    return DownloadFailure.CERTIFICATE if is_tls else DownloadFailure.UNREACHABLE
