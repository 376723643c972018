"""Comments: which may be published, and in which words and order.

Nothing that is written decides whether it is published; only how many people answered, and in how
many groups, does.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from bot.kernel.ids import MemberId
from bot.pulse.model import Eligible, Paper, Stratum, Threshold

MOST_CHARS = 250
"""Short, since the longer a text is, the more its style tells of its author."""
LEAST_PEOPLE, LEAST_GROUPS = 10, 3

_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "..."}
)
_JOINERS = "\u200c\u200d"
"""Invisible, and yet part of the spelling of Persian, Hindi and of some emoji."""


def as_it_will_appear(text: str) -> str:
    """The comment on one line, without what tells of a keyboard or a device.

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
    """Whether this is a comment as it will appear, no longer than it may be; empty is one too."""
    return (
        isinstance(comment, str)
        and len(comment) <= MOST_CHARS
        and comment == as_it_will_appear(comment)
    )


def pooled(
    eligible: Iterable[Eligible], papers: Mapping[MemberId, Paper], threshold: Threshold
) -> tuple[str, ...]:
    """The comments of the whole programme, or none unless enough mentees of enough groups answered.

    Their order follows from their words alone. Mentors and other strata are never counted or read.
    """
    group_of = {
        one.member_id: one.cell_id
        for one in eligible
        if one.stratum is Stratum.MENTEE and one.member_id in papers
    }
    too_few = len(group_of) < max(LEAST_PEOPLE, threshold.k)
    if too_few or len(set(group_of.values())) < LEAST_GROUPS:
        return ()
    written = (papers[member].comment for member in group_of)
    return tuple(sorted(filter(None, written), key=lambda text: (text.casefold(), text)))
