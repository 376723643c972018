"""Name arrays, take chance as a parameter, and order ids by a seed."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]
    Points: TypeAlias = NDArray[np.float64]
else:  # numpy is heavy and only the rules that compute with it load it
    Numbers = Flags = Points = Any


class Rng(Protocol):
    """The part of `random.Random` that rules use; created, with a recorded seed, at the edge."""

    def random(self) -> float:
        """Draw a float in [0, 1)."""
        ...

    def randrange(self, stop: int, /) -> int:
        """Draw an integer in [0, stop)."""
        ...


def shuffled_by(seed: int, ids: Sequence[str]) -> list[int]:
    """Order `ids` by the seed and the ids alone, not by how they came."""

    def rank(at: int) -> tuple[bytes, str]:
        digest = hashlib.blake2b(f"{seed}\x1f{ids[at]}".encode(), digest_size=8).digest()
        return digest, ids[at]

    return sorted(range(len(ids)), key=rank)
