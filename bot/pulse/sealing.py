"""Seal and open ballots: HPKE to a key that dies with the round.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode (RFC 9180).
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.vault import SealedBoxKeys
from bot.pulse.model import Paper, Round
from bot.pulse.rules import MOST_CHARS, acceptable, is_acceptable

ANSWERS_BYTES = 1024
COMMENT_BYTES = 2 + 4 * MOST_CHARS
"""Room for any comment: a character takes 4 bytes of UTF-8 at most."""
SEAL_BYTES = 32 + 16
"""The encapsulated key and the authentication tag."""

_LENGTH_BYTES = 2
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True)
class BoxKeyPair:
    """A fresh key pair: the public half goes to the round, the keys to the vault."""

    public_key: bytes
    keys: SealedBoxKeys


def new_box() -> BoxKeyPair:
    """Make keys for one round, from the operating system's randomness."""
    private = X25519PrivateKey.generate()
    keys = SealedBoxKeys(private.private_bytes_raw(), secrets.token_bytes(32))
    return BoxKeyPair(private.public_key().public_bytes_raw(), keys)


def tag_of(keys: SealedBoxKeys, workspace_id: WorkspaceId, member_id: MemberId) -> bytes:
    """Name a person's one ballot in the box; the name means nothing without the key."""
    person = f"{workspace_id}|{member_id}".encode()
    return hmac.new(keys.tag_key, person, hashlib.sha256).digest()


def sealed_bytes(round_: Round) -> int:
    """Fix the length of every sealed ballot of this round, so that length tells nothing."""
    return ANSWERS_BYTES + (COMMENT_BYTES if round_.comments else 0) + SEAL_BYTES


def seal(round_: Round, tag: bytes, paper: Paper) -> bytes:
    """Pad the paper and encrypt it to the round; `sealed_bytes` long whatever is on it.

    Bound to round, tag and version: in any other place it does not open.
    """
    return _SUITE.encrypt(
        _padded(round_, paper),
        X25519PublicKey.from_public_bytes(round_.box_public_key),
        info=_info(round_, tag),
    )


def unseal(round_: Round, tag: bytes, sealed: bytes, private_key: bytes) -> Paper | None:
    """Open a ballot; None if it was sealed for another round or tag, or is not acceptable."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        padded = _SUITE.decrypt(sealed, key, info=_info(round_, tag))
    except InvalidTag:
        return None
    return _unpadded(round_, padded)


def _info(round_: Round, tag: bytes) -> bytes:
    version = f"{round_.instrument.id}/{round_.instrument.version}"
    return b"|".join((b"cairn pulse 1", str(round_.id).encode(), version.encode(), tag))


def _padded(round_: Round, paper: Paper) -> bytes:
    answers = json.dumps(dict(sorted(paper.answers.items())), separators=(",", ":")).encode()
    parts = [answers, paper.comment.encode()] if round_.comments else [answers]
    text = b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)
    padding = sealed_bytes(round_) - SEAL_BYTES - len(text)
    if padding < 0:
        raise ValueError("what is on the paper is longer than a ballot")
    return text + secrets.token_bytes(padding)


def _unpadded(round_: Round, padded: bytes) -> Paper | None:
    first, rest = _split(padded)
    second = _split(rest)[0] if round_.comments else b""
    try:
        read, comment = json.loads(first), second.decode()
    except ValueError:
        return None
    answers = acceptable(read, round_.items) if isinstance(read, dict) else None
    return None if answers is None or not is_acceptable(comment) else Paper(answers, comment)


def _split(padded: bytes) -> tuple[bytes, bytes]:
    """Split off what its length announces from what comes after it."""
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES:end], padded[end:]
