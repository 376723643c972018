"""What a proposal comes to, in words: how many are seated, how many points, how sure that is."""

from collections.abc import Sequence

from bot.kernel.words import plural
from bot.matching.model import Composition, Proposal, Totals
from handlers.blocks import Block, context


def summary(found: Proposal) -> str:
    """How many have a mentor, the total, and how sure it is that nothing is better."""
    people = len(found.matches) + len(found.unseated)
    seated = f"*{len(found.matches)} of {people} mentees have a mentor.*"
    total = f"Total {found.total:,.1f} points"
    if not found.matches:
        return seated
    proof = f", {found.gap:,.1f} below the best that is possible."
    if found.gap <= 0.05:
        proof = "; it is proven that no other proposal has more."
    groups = f"\n{_group_proof(found.composition)}" if found.composition else ""
    return f"{seated}\n{total}{proof}{groups}"


def _group_proof(found: Composition) -> str:
    """How well the groups meet the programme's wishes, and how far from the best they may be."""
    said = f"Groups: {_exceptions(found.exceptions)} to the programme's wishes"
    if found.exceptions:
        fewest = found.fewest_exceptions
        proven = "fewer are not possible"
        said += f" ({proven if found.exceptions <= fewest else f'{fewest} may be possible'})"
    if found.gap <= 0.05:
        return f"{said}; it is proven that no such groups have more points."
    return (
        f"{said}; {found.value:,.1f} points with stages counted, at most "
        f"{found.upper_bound:,.1f} are possible (a gap of {found.gap:,.1f})."
    )


def _exceptions(count: int) -> str:
    return plural(count, "exception") if count else "no exceptions"


def comparison(totals: Sequence[Totals], version: int) -> list[Block]:
    """This version beside the one before it."""
    before = next((t for t in totals if t.version < version), None)
    now = next((t for t in totals if t.version == version), None)
    if before is None or now is None:
        return []
    change = now.total - before.total
    return [context(f"{_version(before)}. {_version(now)} ({change:+,.1f}).")]


def _version(one: Totals) -> str:
    groups = "" if one.exceptions is None else f", {_exceptions(one.exceptions)} in the groups"
    return f"Version {one.version}: {one.seated} seated, {one.total:,.1f} points{groups}"
