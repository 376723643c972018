"""Write a file that appears under its name when it is whole, for its owner alone."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bot.kernel.errors import OperatorFacing


def refuse_what_is_there(file: Path, what: str) -> None:
    """Raise OperatorFacing for a file that exists, or in whose folder none can be made."""
    if os.path.lexists(file):
        raise OperatorFacing(f"{file} exists already; name a new file for {what}", permanent=True)
    if not os.access(file.parent, os.W_OK | os.X_OK):
        why = "it may not be written there" if file.parent.is_dir() else "there is no such folder"
        raise OperatorFacing(f"{file} cannot be written: {why}", permanent=True)


@contextmanager
def new_file(file: Path, what: str) -> Iterator[IO[bytes]]:
    """Open a file that only its owner may read, which appears under its name when it is whole.

    Raises OperatorFacing where it exists or cannot be written, and leaves nothing then.
    """
    refuse_what_is_there(file, what)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError as failure:
        raise OperatorFacing(f"{file} cannot be written: {failure.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink()
