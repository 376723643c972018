"""Slack's published rate limits, enforced per method, workspace and channel.

Sources: docs.slack.dev/apis/web-api/rate-limits (tiers 1-4 are 1, 20, 50 and 100 calls a minute
for each method and workspace; ``chat.postMessage`` takes one message a second for each channel,
with short bursts above it, and several hundred a minute for a workspace) and each method's
page. Where the page says "several hundred" the figure is 525, which others have measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from slack_sandbox.clock import Clock
from slack_sandbox.problems import Problem

TIERS_PER_MIN = {1: 1.0, 2: 20.0, 3: 50.0, 4: 100.0}
POSTS_PER_S_PER_CHANNEL = 1.0
POST_BURST_PER_CHANNEL = 3.0
POSTS_PER_MIN_PER_WORKSPACE = 525.0
# Apps that are distributed outside the Marketplace: docs.slack.dev/changelog, 2025-05-29.
UNLISTED_PER_MIN = 1.0
UNLISTED_MESSAGES = 15
_HISTORY = ("conversations.history", "conversations.replies")

METHOD_TIERS = {
    "api.test": 4,
    "apps.connections.open": 3,
    "apps.uninstall": 1,
    "auth.revoke": 3,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.archive": 2,
    "conversations.close": 2,
    "conversations.create": 2,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.kick": 3,
    "conversations.leave": 3,
    "conversations.list": 2,
    "conversations.mark": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.rename": 2,
    "conversations.replies": 3,
    "conversations.setPurpose": 2,
    "conversations.setTopic": 2,
    "conversations.unarchive": 2,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.conversations": 3,
    "users.getPresence": 3,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}


@dataclass(slots=True)
class Bucket:
    """A store of calls that refills; ``left`` is true as of ``as_of_s`` virtual seconds."""

    per_s: float
    size: float
    left: float
    as_of_s: float

    def refill(self, now_s: float) -> None:
        """Add what has grown since the last look; a clock set back adds nothing."""
        grown = max(0.0, now_s - self.as_of_s) * self.per_s
        self.left = min(self.size, self.left + grown)
        self.as_of_s = now_s


@dataclass(slots=True)
class Tally:
    """How many calls a method made in one workspace."""

    allowed: int = 0
    refused: int = 0


class Limits:
    """Decides whether a call may pass; ``on`` switches all of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Go back to the published figures, with every bucket full."""
        self.on = True
        self.unlisted = False
        self.per_min: dict[str, float] = {
            method: TIERS_PER_MIN[tier] for method, tier in METHOD_TIERS.items()
        }
        self.post_per_s = POSTS_PER_S_PER_CHANNEL
        self.post_burst = POST_BURST_PER_CHANNEL
        self.posts_per_min = POSTS_PER_MIN_PER_WORKSPACE
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._tallies: dict[tuple[str, str], Tally] = {}

    def take(
        self, method: str, *, app_id: str, team_id: str, channel_id: str | None = None
    ) -> int | None:
        """Count one call; return the whole seconds to wait when it must be refused, else None."""
        tally = self._tallies.setdefault((team_id, method), Tally())
        wait_s = self._wait_s(method, app_id, team_id, channel_id) if self.on else 0.0
        if wait_s > 0:
            tally.refused += 1
            return max(1, math.ceil(wait_s))
        tally.allowed += 1
        return None

    def messages_at_once(self, most: int) -> int:
        """Return how many messages a page of history may hold, ``most`` for a listed app."""
        return min(most, UNLISTED_MESSAGES) if self.unlisted else most

    def set(self, wanted: dict[str, Any]) -> None:
        """Change figures; Problem names the field that is not one or has no sensible value."""
        for field, value in wanted.items():
            self._set(field, value)
        self._buckets.clear()

    def report(self) -> dict[str, Any]:
        """Return the figures in force, and what was allowed, used and refused."""
        used: dict[str, dict[str, Any]] = {}
        for (team_id, method), tally in sorted(self._tallies.items()):
            used.setdefault(team_id, {})[method] = {
                "per_minute": self._published(method),
                "allowed": tally.allowed,
                "refused": tally.refused,
            }
        return {
            "ok": True,
            "on": self.on,
            "unlisted": self.unlisted,
            "post_per_second_per_channel": self.post_per_s,
            "post_burst_per_channel": self.post_burst,
            "posts_per_minute_per_workspace": self.posts_per_min,
            "methods_per_minute": self.per_min,
            "used": used,
        }

    def _published(self, method: str) -> float | None:
        if method == "chat.postMessage":
            return self.posts_per_min
        return self.per_min.get(method)

    def _wait_s(self, method: str, app_id: str, team_id: str, channel_id: str | None) -> float:
        key = (method, app_id, team_id)
        if method == "chat.postMessage":
            buckets = [self._bucket(key, self.posts_per_min / 60, self.posts_per_min / 60 * 10)]
            if channel_id:
                of_channel = ("channel", app_id, channel_id)
                buckets.append(self._bucket(of_channel, self.post_per_s, self.post_burst))
        elif method in self.per_min:
            per_min = self.per_min[method]
            buckets = [self._bucket(key, per_min / 60, per_min)]
        else:
            return 0.0
        # A whisker of tolerance: a caller that waited exactly as told must pass.
        wait_s = max((1 - bucket.left - 1e-6) / bucket.per_s for bucket in buckets)
        if wait_s <= 0:
            for bucket in buckets:
                bucket.left -= 1
        return wait_s

    def _bucket(self, key: tuple[str, str, str], per_s: float, size: float) -> Bucket:
        now_s = self._clock.time()
        bucket = self._buckets.get(key)
        if bucket is None:
            full = max(1.0, size)
            bucket = self._buckets[key] = Bucket(per_s, full, full, now_s)
        bucket.refill(now_s)
        return bucket

    def _set(self, field: str, value: Any) -> None:
        if field == "on":
            if not isinstance(value, bool):
                raise Problem("on", "Say true or false.")
            self.on = value
        elif field == "unlisted":
            self._set_unlisted(value)
        elif field == "methods_per_minute":
            if not isinstance(value, dict):
                raise Problem(field, "Give an object of method and calls a minute.")
            for method, per_min in value.items():
                self.per_min[method] = _positive(f"{field}.{method}", per_min)
        elif field == "post_per_second_per_channel":
            self.post_per_s = _positive(field, value)
        elif field == "post_burst_per_channel":
            self.post_burst = _positive(field, value)
        elif field == "posts_per_minute_per_workspace":
            self.posts_per_min = _positive(field, value)
        else:
            raise Problem(field, f"There is no limit called {field!r}.")

    def _set_unlisted(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise Problem("unlisted", "Say true or false.")
        self.unlisted = value
        for method in _HISTORY:
            listed = TIERS_PER_MIN[METHOD_TIERS[method]]
            self.per_min[method] = UNLISTED_PER_MIN if value else listed


def _positive(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise Problem(field, "A limit is a number above 0.")
    return float(value)
