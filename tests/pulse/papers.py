"""A small instrument and a way to write down who is in which group."""

from collections.abc import Mapping

from bot.kernel.ids import MemberId
from bot.pulse.model import CellId, Eligible, Instrument, Item, ItemUse, Stratum


def item(name: str, place: ItemUse = ItemUse.CORE, *, reverse: bool = False) -> Item:
    return Item(id=name, construct=name, label=name, text=f"{name}?", reverse=reverse, place=place)


INSTRUMENT = Instrument(
    id="small",
    version=1,
    title="Small",
    note="adapted, unvalidated",
    purpose="To test.",
    scale=("1", "2", "3", "4", "5"),
    decline="Prefer not to say",
    items=(
        item("speak"),
        item("mistakes", reverse=True),
        item("belong", ItemUse.ROTATING),
        item("roles", ItemUse.ROTATING),
        item("more", ItemUse.FULL),
    ),
)


def groups(sizes: Mapping[str, int], *, mentors: int = 0) -> list[Eligible]:
    """`sizes` mentees per group, named after it, and as many mentors beside them."""
    people = [
        Eligible(MemberId(f"{name}{n}"), CellId(name))
        for name, size in sizes.items()
        for n in range(size)
    ]
    guides = [
        Eligible(MemberId(f"{name}-mentor{n}"), CellId(name), Stratum.OTHER)
        for name in sizes
        for n in range(mentors)
    ]
    return people + guides
