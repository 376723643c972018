"""Read small text files that somebody names: whole ones only, and never without end."""

import os
import stat
from pathlib import Path


class UnreadableFile(Exception):
    """The file is none that can be read, as a clause that follows its name."""


def read_text(path: Path, *, most_bytes: int) -> str:
    """Read a file of UTF-8, with or without a byte order mark. Raises UnreadableFile."""
    try:
        return read_bytes(path, most_bytes=most_bytes).decode("utf-8-sig")
    except UnicodeError:
        raise UnreadableFile("is not in UTF-8; save it again as UTF-8") from None


def read_bytes(path: Path, *, most_bytes: int) -> bytes:
    """Read a whole file. Raises UnreadableFile.

    A folder, a device and a pipe, which may never end, are no files.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFile("is no file")
            content = file.read(most_bytes + 1)
    except IsADirectoryError:
        raise UnreadableFile("is a folder and no file") from None
    except (OSError, ValueError):
        raise UnreadableFile(
            "cannot be read; check that it is there and that Cairn may read it"
        ) from None
    if len(content) > most_bytes:
        raise UnreadableFile(f"is larger than {most_bytes:,} bytes; make it shorter")
    return content
