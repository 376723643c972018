"""What people type after a slash command: read without doing anything."""

from collections.abc import Mapping
from enum import StrEnum

_AROUND_A_WORD = " \t\n\r\"'`*_.,;:!?-–—/“”‘’«»()"


class CheckinVerb(StrEnum):
    """What `/checkin` can be asked for."""

    OPEN = "open"
    PAST = "past"
    HELP = "help"
    UNKNOWN = "unknown"


_CHECKIN: Mapping[CheckinVerb, tuple[str, ...]] = {
    CheckinVerb.OPEN: ("", "open", "new", "start", "now", "write"),
    CheckinVerb.PAST: ("past", "history", "list", "mine", "my check-ins", "my checkins", "read"),
    CheckinVerb.HELP: ("help", "h", "how", "what", "usage", "info"),
}


def read_checkin(text: str) -> CheckinVerb:
    """The verb in what was typed after `/checkin`; UNKNOWN for anything that is not one.

    Capitals, white space and punctuation around it do not matter. A reflection typed here is
    UNKNOWN: it is neither kept nor repeated.
    """
    if text.strip() in {"?", "-h", "--help"}:
        return CheckinVerb.HELP
    word = " ".join(text.strip(_AROUND_A_WORD).casefold().split())
    if not word and text.strip():
        return CheckinVerb.UNKNOWN
    found = (verb for verb, words in _CHECKIN.items() if word in words)
    return next(found, CheckinVerb.UNKNOWN)
