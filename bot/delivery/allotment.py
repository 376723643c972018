"""Who among the candidates of one claim may go: seconds of channels and weeks of members."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery import rules
from bot.delivery.model import Entry, KindPolicy, Lane
from bot.kernel import leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every claim goes by: how long it is held, and what a member may get in a week."""

    lease: timedelta = leases.OUTBOX
    weekly_messages: int = rules.WEEKLY_MESSAGES
    policies: Mapping[str, KindPolicy] = field(default_factory=dict)

    def policy(self, kind: str) -> KindPolicy:
        return self.policies.get(kind, KindPolicy())


@dataclass(slots=True)
class Allotment:
    """What is being decided about the candidates of one claim."""

    now: datetime
    terms: Terms
    last_at: dict[str, datetime] = field(default_factory=dict)
    given_until: dict[str, datetime] = field(default_factory=dict)
    sent_at: dict[str, list[datetime]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    later: list[tuple[Entry, datetime, bool]] = field(default_factory=list)

    def may_go(self, entry: Entry) -> bool:
        """Decide about one candidate, and note what that takes from those after it."""
        if self._is_over_budget(entry):
            again_at = rules.fits_again_at(
                self.sent_at[entry.recipient],
                weekly_messages=self.terms.weekly_messages,
                priority=entry.priority,
            )
            self.later.append((entry, again_at, True))
            return False
        slot = rules.free_slot(
            last_at=self.last_at.get(entry.recipient),
            given_until=None if _has_slot(entry) else self.given_until.get(entry.recipient),
            now=self.now,
        )
        self.touched.add(entry.recipient)
        self.given_until[entry.recipient] = max(
            slot + rules.CHANNEL_EVERY, self.given_until.get(entry.recipient, slot)
        )
        if slot > self.now:
            self.later.append((entry, slot, entry.is_folded))
            return False
        self.last_at[entry.recipient] = self.now
        self.sent_at.setdefault(entry.recipient, []).append(self.now)
        return True

    def _is_over_budget(self, entry: Entry) -> bool:
        return counts(entry, self.terms) and not rules.fits_budget(
            sent_this_week=len(self.sent_at.get(entry.recipient, ())),
            weekly_messages=self.terms.weekly_messages,
            priority=entry.priority,
        )


def _has_slot(entry: Entry) -> bool:
    """Whether this entry's time was moved already. It then waits for nobody's second but the one
    after the channel's last message: it would wait for ever if each second went to the next."""
    return entry.ready_at > entry.not_before


def counts(entry: Entry, terms: Terms) -> bool:
    """Whether an entry uses up one of a member's weekly messages. Channels have no such limit."""
    to_member = entry.recipient[:1] in {"U", "W"}
    return to_member and entry.lane != Lane.INTERACTIVE and terms.policy(entry.kind).counts
