"""The way out of this machine's network: through which proxy, and which certificates count."""

import re
import ssl
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A `proxy` for https alone, names that are reached `around` it, and an authority beside those
    that this machine trusts, in a file.

    `around` is as in NO_PROXY, with commas between: names, which stand for all that end in them,
    addresses, networks such as 10.0.0.0/8, or `*`.
    """

    proxy: str | None = field(default=None, repr=False)
    around: str = ""
    ca_file: Path | None = None

    def proxy_for(self, url: str) -> str | None:
        """Name the proxy through which an address is reached, None for the direct way."""
        try:
            parts = urlsplit(url)
        except ValueError:  # said by whoever opens it
            return None
        if self.proxy is None or parts.scheme not in {"https", "wss"}:
            return None
        host = (parts.hostname or "").rstrip(".")
        is_around = any(_covers(one.strip().casefold(), host) for one in self.around.split(","))
        return None if is_around else self.proxy

    @property
    def trusts(self) -> ssl.SSLContext:
        """Give what every connection to an https address checks the server's certificate with."""
        return _trusting(self.ca_file)


DIRECT = Network()


def _covers(one: str, host: str) -> bool:
    """Say whether an entry of NO_PROXY is about this host, given in small letters.

    A port counts for nothing: the host is what is reached directly.
    """
    one = re.sub(r"^\[(.+)\](:\d+)?$|^([^:]+):\d+$", r"\1\3", one)
    try:
        return ip_address(host) in ip_network(one, strict=False)
    except ValueError:  # one of them is a name
        name = one.removeprefix("*").removeprefix(".")
        return one == "*" or (name != "" and (host == name or host.endswith(f".{name}")))


@cache
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
