"""Rehearsals that coordinators ask for in Slack, each in a process of its own.

The child reads what is asked from its input, which stays open as long as somebody waits for it,
and writes how far it is, a line each, then the summary. Both ends are this code: what is pickled
comes from nowhere else.
"""

import asyncio
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.kernel.errors import UserFacing
from bot.rehearsal.model import RehearsalOrder, Summary, Told

AT_ONCE = 1
AT_MOST_S = 15 * 60
"""So long one may take before it is given up."""
LINE_BYTES = 64 * 1024 * 1024
BUSY = "Another rehearsal is being played. Ask again in a few minutes."
TOO_LONG = "The rehearsal took too long and was given up. Try again when there is less going on."
FAILED = "The rehearsal could not be played to its end. Nothing was changed; try it again."
OVERWRITING = ("PYTHONMALLOC", "GLIBC_TUNABLES")
"""Of a process that holds members' words; the copy that is played with holds none."""


@dataclass(slots=True)
class Rehearsals:
    """Plays a few rehearsals at once and ends them with the bot."""

    config_folder: Path | None = None
    at_once: int = AT_ONCE
    _children: set[asyncio.subprocess.Process] = field(default_factory=set)
    _begun: int = 0

    async def play(self, asked: RehearsalOrder, told: Told) -> Summary:
        """Play one in a process of its own. Raises UserFacing for too many, and where it fails."""
        if self._begun >= self.at_once:
            raise UserFacing(BUSY)
        self._begun += 1
        try:
            async with asyncio.timeout(AT_MOST_S):
                return await self._played(asked, told)
        except TimeoutError:
            raise UserFacing(TOO_LONG) from None
        finally:
            self._begun -= 1

    async def close(self) -> None:
        """End what is under way."""
        for child in tuple(self._children):
            await _end(child)

    async def _played(self, asked: RehearsalOrder, told: Told) -> Summary:
        words = await asyncio.to_thread(pickle.dumps, (asked, self.config_folder))
        environment = {key: at for key, at in os.environ.items() if key not in OVERWRITING}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "runtime.rehearsal.job",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_BYTES,
            cwd=Path(__file__).parents[2],
            env=environment,
        )
        self._children.add(child)
        try:
            assert child.stdin is not None
            child.stdin.write(words)
            with suppress(ConnectionError):
                await child.stdin.drain()
            return await _heard(child, told)
        finally:
            self._children.discard(child)
            await _end(child)


async def _heard(child: asyncio.subprocess.Process, told: Told) -> Summary:
    """Hear a child to its end. Raises UserFacing with what it says, or that it failed."""
    assert child.stdout is not None
    while line := await child.stdout.readline():
        word, _, said = line.rstrip(b"\n").partition(b" ")
        if word == b"at":
            share, _, day = said.decode().partition(" ")
            await told(float(share), day)
        elif word == b"refused":
            raise UserFacing(said.decode())
        elif word == b"played":
            summary = pickle.loads(await child.stdout.readexactly(int(said)))  # noqa: S301
            assert isinstance(summary, Summary)
            return summary
    raise UserFacing(FAILED)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    if child.stdin is not None:
        child.stdin.close()
    await child.wait()
