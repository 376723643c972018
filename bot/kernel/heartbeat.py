"""Ping a monitoring service, which notices when the pings stop."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import structlog

from bot.kernel.network import DIRECT, Network

log = structlog.get_logger("cairn.heartbeat")
_TIMEOUT_S = 5.0


@dataclass(slots=True, kw_only=True)
class Heartbeat:
    """Pings `url` at most once in `every`. Without a url it does nothing.

    A monitor that cannot be reached stops nothing; it is logged once, and once more when it can be
    reached again. The url is never logged: whoever knows it can pretend that we are alive.
    """

    url: str | None
    every: timedelta = timedelta(seconds=30)
    transport: httpx.AsyncBaseTransport | None = None
    network: Network = DIRECT
    is_failing: bool = False
    _last_at: datetime | None = field(default=None)

    async def beat(self, *, now: datetime) -> bool:
        """Ping if it is time to; says whether a ping went out and was welcome. Never raises."""
        if self.url is None or not self.is_time(now):
            return False
        self._last_at = now
        try:
            async with self._client(self.url) as client:
                (await client.get(self.url)).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if not self.is_failing:
                log.warning("heartbeat_failed", failure=type(error).__name__)
            self.is_failing = True
            return False
        if self.is_failing:
            log.info("heartbeat_recovered")
        self.is_failing = False
        return True

    def _client(self, url: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self.transport,
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=self.network.trusts,
            proxy=self.network.proxy_for(url),
        )

    def is_time(self, now: datetime) -> bool:
        """Say whether the next ping is due."""
        if self._last_at is None or now < self._last_at:
            return True
        return now - self._last_at >= self.every
