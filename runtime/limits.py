"""Bounds on the use of a port, and of the process's open files by it."""

import resource
from dataclasses import dataclass

FILES_FOR_OTHERS = 256
"""Open files that are left to the database, to Slack and to Python itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on the use of one port.

    A connection is closed when its request is not whole after `whole_within_s`, and when none
    follows after `idle_s`: proxies close theirs before, so that no request is lost on the way
    (Caddy after 120 s: caddyserver.com/docs/caddyfile/directives/reverse_proxy). When there are
    more `connections`, or more than `held_bytes` of requests that are not whole, those that have
    waited longest are closed first.
    """

    connections: int = 2_000
    whole_within_s: float = 10.0
    idle_s: float = 150.0
    body_bytes: int = 3_000_000
    held_bytes: int = 64_000_000
    headers: int = 64
    line_bytes: int = 8_190

    @property
    def request_bytes(self) -> int:
        return self.body_bytes + self.headers * self.line_bytes


def within_open_files(connections: int) -> int:
    """Say how many connections there may be, after asking for as many open files as they need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES_FOR_OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(16, min(connections, soft - FILES_FOR_OTHERS))
