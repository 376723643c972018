"""Write and read the papers of rounds that were opened before ballots were authenticated.

Such a round ends as it began, so that all its ballots stay of one form and length. Delete this
when no key of the first version (see bot/keys/vault.py) can be left.
"""

import json

from bot.pulse.comment_text import is_acceptable
from bot.pulse.model import Paper, Round
from bot.pulse.rules import acceptable

ANSWERS_BYTES = 1024
_LENGTH_BYTES = 2


def write(round_: Round, paper: Paper) -> bytes:
    """Write the answers as JSON and then the comment, each behind its length."""
    answers = json.dumps(dict(sorted(paper.answers.items())), separators=(",", ":")).encode()
    parts = [answers, paper.comment.encode()] if round_.comments else [answers]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)


def read(round_: Round, padded: bytes) -> Paper | None:
    """Read a paper; None for one that is not acceptable."""
    first, rest = _split(padded)
    second = _split(rest)[0] if round_.comments else b""
    try:
        found, comment = json.loads(first), second.decode()
    except (ValueError, RecursionError):
        return None
    answers = acceptable(found, round_.items) if isinstance(found, dict) else None
    return None if answers is None or not is_acceptable(comment) else Paper(answers, comment)


def _split(padded: bytes) -> tuple[bytes, bytes]:
    """Split off what its length announces from what comes after it."""
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES:end], padded[end:]
