"""What a piece of text may mention, and for whom and when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Names of a workspace as one person sees them.

    ``users``, ``channels`` and ``groups`` map ids to shown names (without @ or #);
    ``conversations`` maps what the person can choose in a conversation menu; ``base`` is the
    path under which the page shows places; ``now`` is aware UTC, ``zone`` an IANA name.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    conversations: Mapping[str, str] = field(default_factory=dict)
    viewer: str | None = None
    base: str = ""
    zone: str = "Etc/UTC"
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def local(self, epoch_s: float) -> datetime | None:
        """Return the instant in the person's zone, None when it is outside of the calendar."""
        try:
            return datetime.fromtimestamp(epoch_s, UTC).astimezone(ZoneInfo(self.zone))
        except (ValueError, OverflowError, OSError):
            return None
