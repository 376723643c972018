"""The facts about the channel for digests, and whether digests may go there."""

from collections.abc import Collection
from enum import StrEnum

DIGESTS = "digests:"
"""Prefix of the recipients that are a programme's channel for digests."""


class Fact(StrEnum):
    """The objections to a channel, in the order in which they are said."""

    ARCHIVED = "archived"
    NOT_IN = "not_in"
    GENERAL = "general"
    PUBLIC = "public"
    OUTSIDE = "outside"
    GUESTS = "guests"
    MANY = "many"
    UNREAD = "unread"


NEVER = frozenset({Fact.ARCHIVED, Fact.NOT_IN})
"""Nobody can confirm these: Cairn cannot write there."""


def joined(facts: Collection[Fact]) -> str:
    """Write facts as one word, always in the same order."""
    return ",".join(fact for fact in Fact if fact in facts)


def facts_in(word: str | None) -> frozenset[Fact]:
    """Read what `joined` wrote."""
    return frozenset(Fact(one) for one in (word or "").split(",") if one)


def against(facts: Collection[Fact], confirmed: Collection[Fact]) -> frozenset[Fact]:
    """Find what speaks against a channel, but for what a coordinator has confirmed."""
    return frozenset(facts) - (frozenset(confirmed) - NEVER)


def still_confirmed(facts: Collection[Fact], confirmed: Collection[Fact]) -> frozenset[Fact]:
    """Keep of a confirmation what still holds: when it comes back, it is asked about again.

    While Cairn cannot see into the channel, nothing is known about the rest.
    """
    facts, confirmed = frozenset(facts), frozenset(confirmed)
    return confirmed if NEVER & facts else confirmed & facts
