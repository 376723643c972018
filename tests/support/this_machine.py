"""Keep a test run on this machine: whatever reaches for another one fails, and is written down.

It is an audit hook, so that it sees the connections of all that uses Python's sockets
(https://docs.python.org/3/library/audit_events.html); libraries in C that connect by themselves,
such as Postgres' own, names given to a socket itself, and other processes are not seen. Names and
addresses that are reserved for examples (RFC 2606, RFC 5737) are what tests of unreachable machines
use: they only fail.
"""

import errno
import socket
import sys
from contextlib import suppress
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network

EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
EXAMPLE_NAMES = (".invalid", ".test", ".example", "example.org", "example.com", "example.net")
LOCAL_NAMES = frozenset({"", "localhost", socket.gethostname().casefold()})

reached: list[str] = []
"""The other machines for which something in this process has reached."""


def stay_here() -> None:
    """Let nothing leave this machine from now on, until the process ends."""
    sys.addaudithook(_watch)


def _watch(event: str, given: tuple[object, ...]) -> None:
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        _resolve(given[0])
    elif event == "socket.getnameinfo":
        _reach(given[0])
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        sock, address = given
        if getattr(sock, "family", None) in {socket.AF_INET, socket.AF_INET6}:
            _reach(address)


def _resolve(host: object) -> None:
    """Look up nothing but this machine. Raises gaierror as for a name that there is not."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name.casefold() in LOCAL_NAMES or _is_a_number(name):
        return
    if not name.casefold().endswith(EXAMPLE_NAMES):
        reached.append(name)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _reach(address: object) -> None:
    if not isinstance(address, tuple):  # a datagram without one goes where it was connected to
        return
    host = _address(str(address[0]))
    if host is None:  # a name, or another spelling of an address, which C looks up
        _resolve(address[0])
        host = _address(socket.inet_ntoa(socket.inet_aton(str(address[0]) or "0")))
    if host is None or host.is_loopback or host.is_unspecified:
        return
    if not any(host in each for each in EXAMPLES):
        reached.append(str(host))
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


def _is_a_number(name: str) -> bool:
    """Say whether a name needs no name server: an address in any spelling that C knows."""
    with suppress(OSError):
        return bool(socket.inet_aton(name))
    return _address(name) is not None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except (ValueError, AddressValueError):
        return None
