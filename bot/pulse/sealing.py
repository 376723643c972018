"""Seal and open ballots, and authenticate them and the terms of their round.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode (RFC 9180), which
names no author. So a ballot also carries an HMAC of the round's second key, which is in no
database; the keys of these codes are derived from it (HKDF, RFC 5869), one for each use.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.vault import SealedBoxKeys
from bot.pulse import json_paper
from bot.pulse.comment_text import MOST_CHARS, is_acceptable
from bot.pulse.model import NAME_CHARS, CellId, Eligible, Paper, Pseudonym, Results, Round
from bot.pulse.rules import HIGHEST, LOWEST

ANSWERS_BYTES = 64
"""One byte for each statement in the order of the round, 0 for none; the rest is random."""
COMMENT_BYTES = 2 + 4 * MOST_CHARS
"""Room for any comment: a character takes 4 bytes of UTF-8 at most."""
SEAL_BYTES = 32 + 16
"""The encapsulated key and the authentication tag."""
CODE_BYTES = 32

_LENGTH_BYTES = 2
_CHANGES = {"state", "closes_at"}
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_TERMS, _BALLOT, _PERSON = b"cairn pulse terms", b"cairn pulse ballot", b"cairn pulse person"
_ACCOUNT = b"cairn pulse account"


def new_keys() -> SealedBoxKeys:
    """Make keys for one round, from the operating system's randomness."""
    private = X25519PrivateKey.generate()
    return SealedBoxKeys(private.private_bytes_raw(), secrets.token_bytes(32))


def tag_of(keys: SealedBoxKeys, workspace_id: WorkspaceId, member_id: MemberId) -> bytes:
    """Name a person's one ballot in the box; the name means nothing without the key."""
    return hmac.digest(keys.tag_key, f"{workspace_id}|{member_id}".encode(), hashlib.sha256)


def pseudonyms_of(keys: SealedBoxKeys, members: Iterable[MemberId]) -> dict[MemberId, Pseudonym]:
    """Name people for the terms of the round: unlike tags, and meaningless without the key."""
    key = _derived(keys, _PERSON)
    return {one: Pseudonym(_name(key, one)) for one in members}


def code_of_account(keys: SealedBoxKeys, member_id: MemberId, account: str) -> str:
    """Bind a person to the Slack account that answers for them; none where no code is needed."""
    return _name(_derived(keys, _ACCOUNT), f"{member_id}|{account}") if keys.authenticates else ""


def code_of_round(
    keys: SealedBoxKeys,
    round_: Round,
    asked: Iterable[Eligible],
    before: Mapping[CellId, Iterable[Pseudonym]],
) -> bytes:
    """Authenticate all that decides what a round publishes, except the ballots.

    That is the round itself, who is asked where, and who was when cells were last told of. Left
    out is what may change: its state, and the close, which may become later than announced.
    """
    terms = {
        "round": {name: value for name, value in asdict(round_).items() if name not in _CHANGES},
        "asked": sorted(
            [str(one.pseudonym), one.account, one.cell_id, one.stratum] for one in asked
        ),
        "before": {cell: sorted(people) for cell, people in before.items()},
    }
    text = json.dumps(terms, sort_keys=True, default=datetime.isoformat)
    return hmac.digest(_derived(keys, _TERMS), text.encode(), hashlib.sha256)


def digest_of(results: Results) -> bytes:
    """Shorten all that a round publishes to 32 bytes."""
    return hashlib.sha256(json.dumps(asdict(results), sort_keys=True).encode()).digest()


def sealed_bytes(round_: Round, keys: SealedBoxKeys) -> int:
    """Fix the length of every sealed ballot of this round, so that length tells nothing."""
    code = CODE_BYTES if keys.authenticates else 0
    return _paper_bytes(round_, keys) + SEAL_BYTES + code


def seal(round_: Round, tag: bytes, paper: Paper, keys: SealedBoxKeys) -> bytes:
    """Encrypt the paper to the round and authenticate it; of one length whatever is on it.

    Bound to round, tag and version: in any other place it does not open. The public key is taken
    from the private one, since whatever the database has might be somebody else's.
    """
    key = X25519PrivateKey.from_private_bytes(keys.private_key).public_key()
    sealed = _SUITE.encrypt(_padded(round_, paper, keys), key, info=_info(round_, tag, keys))
    return sealed + _code_of_ballot(round_, tag, sealed, keys)


def is_ours(round_: Round, tag: bytes, sealed: bytes, keys: SealedBoxKeys) -> bool:
    """Say whether `seal` made this ballot, for this round and tag.

    Ballots of rounds from before there were codes are told by their length alone.
    """
    if len(sealed) != sealed_bytes(round_, keys):
        return False
    end = len(sealed) - (CODE_BYTES if keys.authenticates else 0)
    code = _code_of_ballot(round_, tag, sealed[:end], keys)
    return hmac.compare_digest(code, sealed[end:])


def unseal(round_: Round, tag: bytes, sealed: bytes, keys: SealedBoxKeys) -> Paper | None:
    """Open a ballot; None if it was made for another round or tag, by others, or unacceptable."""
    if not is_ours(round_, tag, sealed, keys):
        return None
    end = len(sealed) - (CODE_BYTES if keys.authenticates else 0)
    private = X25519PrivateKey.from_private_bytes(keys.private_key)
    try:
        padded = _SUITE.decrypt(sealed[:end], private, info=_info(round_, tag, keys))
    except InvalidTag:
        return None
    if not keys.authenticates:
        return json_paper.read(round_, padded)
    return _read(round_, padded)


def _name(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:NAME_CHARS]


def _derived(keys: SealedBoxKeys, use: bytes) -> bytes:
    return HKDF(SHA256(), CODE_BYTES, salt=None, info=use).derive(keys.tag_key)


def _code_of_ballot(round_: Round, tag: bytes, sealed: bytes, keys: SealedBoxKeys) -> bytes:
    if not keys.authenticates:
        return b""
    content = b"|".join((round_.id.encode(), tag, sealed))  # tags are of one length
    return hmac.digest(_derived(keys, _BALLOT), content, hashlib.sha256)


def _info(round_: Round, tag: bytes, keys: SealedBoxKeys) -> bytes:
    form = b"cairn pulse 2" if keys.authenticates else b"cairn pulse 1"
    version = f"{round_.instrument.id}/{round_.instrument.version}"
    return b"|".join((form, str(round_.id).encode(), version.encode(), tag))


def _paper_bytes(round_: Round, keys: SealedBoxKeys) -> int:
    answers = ANSWERS_BYTES if keys.authenticates else json_paper.ANSWERS_BYTES
    return answers + (COMMENT_BYTES if round_.comments else 0)


def _padded(round_: Round, paper: Paper, keys: SealedBoxKeys) -> bytes:
    text = _written(round_, paper) if keys.authenticates else json_paper.write(round_, paper)
    padding = _paper_bytes(round_, keys) - len(text)
    if padding < 0:
        raise ValueError("what is on the paper is longer than a ballot")
    return text + secrets.token_bytes(padding)


def _written(round_: Round, paper: Paper) -> bytes:
    """Write a paper in its fixed form: bytes at fixed positions, and nothing to parse."""
    points = bytes(paper.answers.get(item, 0) for item in round_.items)
    if not round_.comments:
        return points
    comment = paper.comment.encode()
    filling = secrets.token_bytes(ANSWERS_BYTES - len(points))
    return points + filling + len(comment).to_bytes(_LENGTH_BYTES, "big") + comment


def _read(round_: Round, padded: bytes) -> Paper | None:
    answers = _points(round_.items, padded)
    comment = ""
    if round_.comments:
        rest = padded[ANSWERS_BYTES:]
        length = int.from_bytes(rest[:_LENGTH_BYTES], "big")
        try:
            comment = rest[_LENGTH_BYTES : _LENGTH_BYTES + length].decode()
        except UnicodeDecodeError:
            return None
    return None if answers is None or not is_acceptable(comment) else Paper(answers, comment)


def _points(items: Sequence[str], padded: bytes) -> dict[str, int] | None:
    found = {item: point for item, point in zip(items, padded, strict=False) if point}
    return found if all(LOWEST <= point <= HIGHEST for point in found.values()) else None
