"""Put a comment into the form in which it is published, so that it tells less of its author."""

import unicodedata

MOST_CHARS = 250
"""Short, since the longer a text is, the more its style tells of its author."""
_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "..."}
)
_JOINERS = "\u200c\u200d"
"""Invisible, and yet part of the spelling of Persian, Hindi and of some emoji."""


def as_it_will_appear(text: str) -> str:
    """Put the comment on one line, without what tells of a keyboard or a device.

    White space becomes single spaces, letters their composed form, curly quotation marks straight
    ones; characters that nobody sees are left out. Doing it twice changes nothing.
    """
    seen = "".join(" " if one.isspace() else one for one in text if _is_seen(one))
    return " ".join(unicodedata.normalize("NFC", seen).translate(_PLAIN).split())


def _is_seen(character: str) -> bool:
    return (
        character.isspace()
        or character in _JOINERS
        or not unicodedata.category(character).startswith("C")
    )


def is_acceptable(comment: object) -> bool:
    """Say whether this is a comment as it will appear, and short enough; empty is one too."""
    return (
        isinstance(comment, str)
        and len(comment) <= MOST_CHARS
        and comment == as_it_will_appear(comment)
    )
