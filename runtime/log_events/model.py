"""An event as it is logged, and the fields that a line may have: there are no others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NOTHING = "Nothing."


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event: its level, the fields that it may have, its meaning, and what to do about it."""

    name: str
    level: str
    fields: tuple[str, ...]
    meaning: str
    remedy: str = NOTHING


@dataclass(frozen=True, slots=True)
class LogValue:
    """The content of a field: the shape that a text must have, and what it means."""

    shape: str
    meaning: str

    def takes(self, value: object) -> bool:
        """Say whether a value may stand in this field."""
        if isinstance(value, int | float):
            return True
        return (
            isinstance(value, str)
            and re.fullmatch(self.shape, value, re.ASCII) is not None
            and NEVER.search(value) is None
        )


NEVER = re.compile(r"xox[a-z]-|xapp-|@|\b[UW][A-Z0-9]{7,}\b", re.ASCII)
"""Tokens, addresses of people and their Slack ids stand in no field, whatever its shape."""

WORD, PHRASE = r"[a-z0-9_.]{1,60}", r"[ -~]{1,400}"
SENTENCE = r"[ -~…]{1,600}"
POSITION = r"[\w./<>-]{1,120}:\d+ [\w<>]+"
FIELDS: Mapping[str, LogValue] = {
    "workspace": LogValue(r"[TE][A-Z0-9]{1,20}", "the Slack team id"),
    "entry": LogValue(
        r"send_[0-9a-f]{20}",
        "the id of a message, in the table `outbox`, in `queue` and in the metadata of the message "
        "in Slack; once its recipient is erased, or the message forgotten, it leads nowhere",
    ),
    "kind": LogValue(WORD, "the kind of message, schedule, errand or event"),
    "lane": LogValue(WORD, "`interactive`, `prompt` or `digest`: how urgent a message is"),
    "act": LogValue(WORD, "what a coordinator or the command line did"),
    "library": LogValue(r"[\w.]{1,80}", "the name under which a library logs"),
    "reason": LogValue(PHRASE, "Slack's own word for a refusal, or a phrase of Cairn's"),
    "advice": LogValue(SENTENCE, "a sentence of Cairn's own: what was seen, and what to do"),
    "failure": LogValue(rf"[\w.]+( at {POSITION})?", "the type of an error, never its text"),
    "source": LogValue(POSITION, "where in Cairn it arose: file, line and function"),
    "incident": LogValue(r"[0-9a-f]{8}", "the code that the person was shown with an apology"),
    "listener": LogValue(r"[\w.:-]{1,80}", "the function that dealt with a request"),
    "count": LogValue(r"", "how many"),
    "attempts": LogValue(r"", "how often it was tried to send the message"),
    "rows": LogValue(r"", "rows of the database"),
    "lasted_s": LogValue(r"", "seconds that it lasted"),
    "mode": LogValue(WORD, "`socket` or `http`: how Slack's requests come"),
    "address": LogValue(r"(https?://)?[\w.:\[\]-]{1,260}", "where a port is open"),
    "version": LogValue(r"[\w.+-]{1,40}", "the version of Cairn"),
    "engine": LogValue(WORD, "`sqlite` or `postgresql`"),
    "schema": LogValue(WORD, "the last migration of the database"),
    "habit": LogValue(WORD, "what a made-up member of the demo tried"),
}  # fmt: skip
"""In the order in which they stand in a line, after `timestamp`, `level` and `event`."""
