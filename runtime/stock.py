"""Take stock of the database and the keys for monitoring: seldom, once for all who ask, in time."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import backlog
from bot.delivery.backlog import Backlog
from bot.delivery.model import Lane, OutboxState, Pace
from bot.errands import store as errands
from bot.errands.store import Want
from bot.inbox import store as inbox
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.keys.keyring import TOKENS, WORDS
from bot.keys.vault import MARK, Vault
from bot.people import installations
from bot.pulse import ballots
from bot.pulse import store as pulse
from bot.schedule import claims

Answer = TypeVar("Answer")
GIVEN_UP_S = 30.0
"""After so long a question to the database is given up, and may be asked anew."""
AGAIN_AFTER_S = 300.0
"""A question that cannot even be given up holds a connection: the next is asked so much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """All that the database and the keys say at an instant, of all workspaces together."""

    at: datetime
    due: tuple[int, datetime | None]
    inbox: tuple[int, datetime | None]
    backlogs: tuple[Backlog, ...]
    under_way: Mapping[tuple[Lane, OutboxState], int]
    dead: Mapping[str, int]
    errands: Mapping[tuple[Want, bool], int]
    errand_since: datetime | None
    """Since when the first errand could be done that is not."""
    paces: Mapping[WorkspaceId, Pace]
    installed: frozenset[WorkspaceId]
    rounds: int
    keys: Mapping[str, int] | None
    """None where the keys cannot be seen."""
    keys_away: str | None = None
    """A sentence where the keys of this database cannot be reached, or others lie there."""


async def take_stock(database: Database, vault: Vault, clock: Clock) -> Stock:
    """Read all figures in one transaction. Raises SQLAlchemyError or OSError without a database."""
    keys = await _keys(vault)
    now = clock.now()
    with everywhere():
        async with database.reading() as connection:
            keys_away = await _keys_away(connection, vault)
            return Stock(
                at=now,
                due=await claims.overdue(connection, now=now),
                inbox=await inbox.overdue(connection, now=now),
                backlogs=tuple(await backlog.backlogs(connection)),
                under_way=await backlog.under_way(connection),
                dead=await backlog.dead_letters(connection),
                errands=await errands.count_owed(connection),
                errand_since=await errands.next_at(connection),
                paces=await backlog.every_pace(connection),
                installed=frozenset(
                    one.workspace_id for one in await installations.present(connection)
                ),
                rounds=len(await pulse.under_way(connection)),
                keys=None if keys_away else keys,
                keys_away=keys_away,
            )


async def _keys_away(connection: AsyncConnection, vault: Vault) -> str | None:
    """Say what is wrong where the vault is not the one that this database's keys were put in."""
    try:
        async with asyncio.timeout(1):
            await ballots.refuse_another(connection, vault)
    except OperatorFacing as problem:
        return problem.reason
    except (OSError, TimeoutError):
        return "The keys did not answer within a second; look whether their place can be reached"
    return None


async def _keys(vault: Vault) -> Mapping[str, int] | None:
    """Count keys by what they are for; those of pulses are named by their rounds alone."""
    try:
        async with asyncio.timeout(1):
            names = await vault.names()
    except (OperatorFacing, OSError, TimeoutError):
        return None
    kinds = (name.partition("-")[0] for name in names if name != MARK)
    return {WORDS: 0, TOKENS: 0, "pulses": 0} | Counter(
        kind if kind in {WORDS, TOKENS} else "pulses" for kind in kinds
    )


@dataclass(slots=True)
class Shared(Generic[Answer]):
    """Asks the database at most one question at a time, and gives everybody its answer.

    Nobody waits longer than they want, whatever the database does meanwhile: a question that hangs
    goes on by itself.
    """

    ask: Callable[[], Awaitable[Answer]]
    fresh_for_s: float
    _asking: "asyncio.Task[Answer | None] | None" = None
    _began_s: float = 0.0
    _known: Answer | None = None
    _known_s: float = field(default=float("-inf"))

    async def get(self, *, within_s: float) -> Answer | None:
        """Find the answer, not older than `fresh_for_s`; None where there is none in time."""
        now_s = time.monotonic()
        if now_s - self._known_s <= self.fresh_for_s:
            return self._known
        asking = self._asking
        if asking is not None and now_s - self._began_s > GIVEN_UP_S:
            asking.cancel()
        if asking is None or asking.done() or now_s - self._began_s > AGAIN_AFTER_S:
            self._began_s = now_s
            asking = self._asking = asyncio.create_task(self._asked())
        await asyncio.wait({asking}, timeout=within_s)
        return asking.result() if asking.done() and not asking.cancelled() else None

    async def close(self) -> None:
        """Give up what is being asked; what cannot be given up is left behind."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking}, timeout=1)

    async def _asked(self) -> Answer | None:
        try:
            found = await self.ask()
        except (SQLAlchemyError, OSError, TimeoutError):
            return None
        self._known, self._known_s = found, time.monotonic()
        return found
