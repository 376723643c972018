"""Sealing and opening ballots: HPKE to a key that dies with the round.

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
from bot.kernel.vault import SealedBoxKeys
from bot.pulse.model import Answers, Round
from bot.pulse.rules.items import acceptable

PAPER_BYTES = 1024
"""Every ballot is padded to this length before it is sealed, so that length tells nothing."""
SEALED_BYTES = PAPER_BYTES + 32 + 16
"""The encapsulated key and the authentication tag come on top."""

_LENGTH_BYTES = 2
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True)
class Box:
    """A fresh key pair: the public half goes to the round, the keys to the vault."""

    public_key: bytes
    keys: SealedBoxKeys


def new_box() -> Box:
    """Keys for one round, from the operating system's randomness."""
    private = X25519PrivateKey.generate()
    keys = SealedBoxKeys(private.private_bytes_raw(), secrets.token_bytes(32))
    return Box(private.public_key().public_bytes_raw(), keys)


def tag_of(keys: SealedBoxKeys, workspace_id: WorkspaceId, member_id: MemberId) -> bytes:
    """The name under which a person's one ballot lies in the box; means nothing without the key."""
    person = f"{workspace_id}|{member_id}".encode()
    return hmac.new(keys.tag_key, person, hashlib.sha256).digest()


def seal(round_: Round, tag: bytes, answers: Answers) -> bytes:
    """The answers, padded and encrypted to the round; SEALED_BYTES long whatever they are.

    Bound to round, tag and version: in any other place it does not open.
    """
    return _SUITE.encrypt(
        _padded(answers),
        X25519PublicKey.from_public_bytes(round_.box_public_key),
        info=_info(round_, tag),
    )


def unseal(round_: Round, tag: bytes, sealed: bytes, private_key: bytes) -> Answers | None:
    """The answers in a ballot; None if it was made for another place or is not acceptable."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        paper = _SUITE.decrypt(sealed, key, info=_info(round_, tag))
    except InvalidTag:
        return None
    return acceptable(_unpadded(paper), round_.items)


def _info(round_: Round, tag: bytes) -> bytes:
    version = f"{round_.instrument.id}/{round_.instrument.version}"
    return b"|".join((b"cairn pulse 1", str(round_.id).encode(), version.encode(), tag))


def _padded(answers: Answers) -> bytes:
    text = json.dumps(dict(sorted(answers.items())), separators=(",", ":")).encode()
    room = PAPER_BYTES - _LENGTH_BYTES - len(text)
    if room < 0:
        raise ValueError("the answers are longer than a ballot")
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text + secrets.token_bytes(room)


def _unpadded(paper: bytes) -> dict[str, object]:
    length = int.from_bytes(paper[:_LENGTH_BYTES], "big")
    try:
        read = json.loads(paper[_LENGTH_BYTES : _LENGTH_BYTES + length])
    except ValueError:
        return {"": None}
    return read if isinstance(read, dict) else {"": None}
