"""Log what becomes of a pulse round, and in which workspace: nothing of who was asked."""

from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.commits import once_committed
from bot.pulse.model import Ending, RoundKey

log = structlog.get_logger("cairn.pulse")


def opened(connection: AsyncConnection, round_: RoundKey) -> None:
    """Log, once it is committed, that a round has opened."""
    once_committed(connection, partial(log.info, "pulse_opened", workspace=round_.workspace_id))


def closed(connection: AsyncConnection, round_: RoundKey) -> None:
    """Log, once it is committed, that nobody can answer any more."""
    once_committed(connection, partial(log.info, "pulse_closed", workspace=round_.workspace_id))


def released(connection: AsyncConnection, round_: RoundKey) -> None:
    """Log, once it is committed, that the bands are published."""
    once_committed(connection, partial(log.info, "pulse_released", workspace=round_.workspace_id))


def ended(connection: AsyncConnection, round_: RoundKey, ending: Ending) -> None:
    """Log, once it is committed, that a round ended without results, and why."""
    its, reason = round_.workspace_id, ending.value
    once_committed(connection, partial(log.info, "pulse_ended", workspace=its, reason=reason))
