"""Keep what members say about themselves over what lists say of them. Pure."""

from collections.abc import Iterable, Mapping

from bot.people.roster import Note, RosterReading, RosterRow

ANSWERED = ("interests", "languages", "prefers", "capacity")
"""Fields of a member that lists hold, and that members may change themselves."""


def said_themselves(said: Mapping[str, str]) -> set[str]:
    """Find, in what is kept about lists, the fields that a member changed themselves."""
    return {field for field in ANSWERED if said.get(_key(field))}


def marked(fields: Iterable[str]) -> dict[str, str]:
    """Mark fields, beside the digests of lists, as changed by the member themselves."""
    return {_key(field): "yes" for field in fields}


def taken_back(fields: Iterable[str]) -> dict[str, str]:
    """Mark fields as those of lists again."""
    return {_key(field): "" for field in fields}


def word_of_the_member(row: RosterRow, reading: RosterReading, field: str) -> Note:
    """Say that what a member said themselves stays, and how a list can change it all the same."""
    return Note(
        row.line,
        f", {reading.head(field)}: {row.label} changed this in Cairn, and that stays. To let lists "
        "say it again, write - there first.",
    )


def _key(field: str) -> str:
    return f"member {field}"
