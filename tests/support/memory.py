"""What lies in the memory of another process, byte by byte and object by object (Linux alone)."""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

LOOKING_INSIDE = Path(__file__).parent / "looking_inside"
ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")
"""As it travels, and as Python keeps it: one, two or four bytes a character."""


def words_in_memory(pid: int, words: Iterable[str]) -> set[str]:
    """Those of `words` that stand anywhere in memory that the process may read, freed or not."""
    sought = {word: [word.encode(encoding) for encoding in ENCODINGS] for word in words}
    found = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _mapped(pid):
            memory.seek(start)
            try:
                content = memory.read(end - start)
            except OSError:  # what the kernel shows to nobody
                continue
            found |= {w for w, spelled in sought.items() if any(one in content for one in spelled)}
    return found


def _mapped(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, permissions, *_ = line.split()
        start, end = (int(one, 16) for one in span.split("-"))
        if permissions[0] == "r" and end < 1 << 63:
            yield start, end


def with_a_window(folder: Path) -> dict[str, str]:
    """The settings of a Python process whose objects are to be looked at through `folder`."""
    folder.mkdir()
    return {"LOOKING_INSIDE": str(folder), "PYTHONPATH": str(LOOKING_INSIDE)}


async def holders(pid: int, folder: Path, words: Iterable[str]) -> list[str]:
    """What holds a string with one of `words`, of all objects that the process can still reach."""
    (folder / "words").write_text("\n".join(words))
    os.kill(pid, signal.SIGUSR1)
    answer = folder / "found"
    for _ in range(1200):
        if answer.exists():
            break
        await asyncio.sleep(0.05)
    found = answer.read_text().splitlines()
    answer.unlink()
    return found
