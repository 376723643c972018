"""Write a file that appears under its name when it is whole, for its owner alone."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bot.kernel.errors import OperatorFacing


@contextmanager
def new_file(file: Path, what: str) -> Iterator[IO[bytes]]:
    """Open a file that only its owner may read, which appears under its name when it is whole.

    Raises OperatorFacing where it exists or cannot be written, and leaves nothing then.
    """
    if os.path.lexists(file):
        raise OperatorFacing(f"{file} exists already; name a new file for {what}", permanent=True)
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
