"""Encrypt a backup to an age public key while it is written, and open it with the private one.

The format is age's (https://age-encryption.org/v1), so that `age` itself opens the file as well.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyrage

from bot.kernel.errors import OperatorFacing

MAGIC = b"age-encryption.org/v1"


def recipient_of(text: str) -> pyrage.x25519.Recipient:
    """Read an age public key. Raises OperatorFacing for anything else, without repeating it."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise OperatorFacing(
            "That is no age public key: it begins with age1, and `age-keygen` prints it",
            permanent=True,
        ) from None


@contextmanager
def encrypted_into(out: IO[bytes], recipient: pyrage.x25519.Recipient) -> Iterator[IO[bytes]]:
    """Encrypt into `out` whatever is written; nothing of it touches the disk in the clear."""
    reading, writing = os.pipe()

    def encrypt() -> None:
        with os.fdopen(reading, "rb") as source:  # closed by a failure, too: the writer must end
            pyrage.encrypt_io(source, out, [recipient])

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(encrypt)
        with os.fdopen(writing, "wb") as plain:
            yield plain
        working.result()


@contextmanager
def opened(file: Path, identity: Path | None) -> Iterator[IO[bytes]]:
    """Open a backup to be read; one that is encrypted is decrypted into a file without a name.

    Raises OperatorFacing without the key, or with one that does not open it.
    """
    if not file.is_file():
        raise OperatorFacing(f"there is no file {file}", permanent=True)
    with file.open("rb") as source, TemporaryFile() as plain:
        is_encrypted = source.read(len(MAGIC)) == MAGIC
        source.seek(0)
        if not is_encrypted:
            yield source
            return
        try:
            pyrage.decrypt_io(source, plain, _identities(file, identity))
        except pyrage.DecryptError:
            raise OperatorFacing(
                f"{file} does not open with the key in {identity}, or is damaged", permanent=True
            ) from None
        plain.seek(0)
        yield plain


def _identities(file: Path, identity: Path | None) -> list[pyrage.x25519.Identity]:
    if identity is None:
        raise OperatorFacing(
            f"{file} is encrypted; name the file of the private key with --identity",
            permanent=True,
        )
    if not identity.exists():
        raise OperatorFacing(
            f"There is no file {identity}; name it with --identity", permanent=True
        )
    try:
        lines = [line.strip() for line in identity.read_text(encoding="ascii").splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (OSError, ValueError, pyrage.IdentityError):
        found = []
    if not found:
        raise OperatorFacing(
            f"{identity} holds no age private key (a line that begins with AGE-SECRET-KEY-1)",
            permanent=True,
        )
    return found
