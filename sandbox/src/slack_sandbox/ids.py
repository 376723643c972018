"""Ids in the shapes that Slack uses, repeatable from a seed."""

from __future__ import annotations

import itertools
import random
import string

_ALPHABET = string.digits + string.ascii_uppercase


class Ids:
    """A source of unique ids; the same seed gives the same sequence."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing here guards a secret
        self._count = itertools.count(1)

    def position(self) -> int:
        """Return how many ids have been given out; ``skip`` goes there again."""
        number = next(self._count)
        self._count = itertools.count(number)
        return number - 1

    def skip(self, position: int) -> None:
        """Go on after the id at ``position``."""
        self._count = itertools.count(position + 1)
        self._random.seed(f"{position}")

    def slack(self, prefix: str) -> str:
        """Return an id such as ``U07A1B2C3D4``; unique, because it carries a counter."""
        number = next(self._count)
        tail = ""
        while number:
            number, digit = divmod(number, 36)
            tail = _ALPHABET[digit] + tail
        noise = "".join(self._random.choices(_ALPHABET, k=5))
        return f"{prefix}{noise}{tail.rjust(5, '0')}"

    def trigger(self) -> str:
        """Return a trigger id: three parts, parted by dots."""
        return f"{next(self._count)}.{self._random.getrandbits(40)}.{self.token(32)}"

    def token(self, length: int = 24) -> str:
        """Return hexadecimal noise of ``length`` characters."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def uuid(self) -> str:
        """Return an envelope id in the shape of a UUID."""
        noise = self.token(32)
        return "-".join((noise[:8], noise[8:12], noise[12:16], noise[16:20], noise[20:]))
