"""A workspace in which the cost of something is measured, and what a case of that is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.measuring import Cost, Hands, Probe
from benchmarks.year import Year
from benchmarks.year_history import HERE, NOW
from bot.delivery.model import Entry
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.kernel.database import Database
from bot.people.model import Member

LATER = NOW + timedelta(minutes=1)
"""After whatever was written at NOW."""
ONE_PERSON, EVERYBODY = 1.5, 15.0
"""How many times as much ten times as many members may cost."""


@dataclass(slots=True)
class Stage:
    """A workspace with its year, and everything a case needs to do something in it."""

    database: Database
    year: Year
    hands: Hands
    probe: Probe
    costs: dict[str, Cost] = field(default_factory=dict)

    def mentee(self, n: int) -> Member:
        return self.year.mentees[n * 7 % len(self.year.mentees)]

    def mentor(self, n: int) -> Member:
        return self.year.mentors[n * 3 % len(self.year.mentors)]

    async def entry(self, kind: str, subject_id: str, recipient: str) -> Entry:
        """An entry as the outbox would hand it out now."""
        query = sa.select(*ENTRY).where(outbox.c.workspace_id == HERE).limit(1)
        async with self.database.reading() as connection:
            sample = entry_from((await connection.execute(query)).one())
        values = {name: getattr(sample, name) for name in Entry.__dataclass_fields__}
        changed = {"kind": kind, "subject_id": subject_id, "recipient": recipient}
        return Entry(**values | changed | {"created_at": LATER, "not_before": LATER})

    async def compose(self, entry: Entry) -> None:
        if await self.hands.composer.compose(entry) is None:
            raise RuntimeError(f"nothing would be sent of {entry.kind}")


Work = Callable[[Stage, int, Any], Awaitable[object]]
Prepare = Callable[[Stage, int], Awaitable[Any]]


async def nothing(_stage: Stage, _n: int) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of work: `work` is measured, with what `prepare` gave. `bound` is its ratio."""

    name: str
    bound: float
    times: int
    work: Work
    prepare: Prepare = nothing
