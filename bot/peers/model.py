"""What a plan of peer rounds is. Frozen, without I/O."""

from dataclasses import dataclass
from typing import TypeAlias

Groups: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPlan:
    """Peer rounds, each a partition of the members into groups.

    `repeats` counts each meeting after a pair's first, history included; no plan can have fewer
    than `lower_bound`. `method` says how the plan was made.
    """

    rounds: tuple[Groups, ...]
    repeats: int
    lower_bound: int
    method: str
    seed: int
    notes: tuple[str, ...] = ()
