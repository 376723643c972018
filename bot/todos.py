"""Define a to-do, and put to-dos in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Weight(IntEnum):
    """The weight of a to-do: the lower, the earlier it is shown."""

    PROTECTS_SOMEBODY = 0
    STARTS_THE_PROGRAMME = 1
    SOMEBODY_WAITS = 2
    IS_DUE = 3
    CAN_WAIT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """One thing that a member can do now.

    `about` is the id that its button carries, `since` (UTC) the instant from which it could be
    done. `names` are the people that its sentence names, `what` is a stage, a day or the like,
    and `count` how many there are where several are one to-do. No member's words are in it.
    """

    kind: str
    weight: Weight
    since: datetime
    about: str = ""
    names: tuple[str, ...] = ()
    what: str = ""
    count: int = 1


def in_order(todos: Iterable[ToDo]) -> list[ToDo]:
    """Order to-dos by what matters most, then by who has waited longest."""
    return sorted(todos, key=lambda one: (one.weight, one.since, one.kind, one.about))
