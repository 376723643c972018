"""Log how each message fares, so that one can be followed by its id.

Never to whom it goes. That is safe for the pulse, too: what asks and tells goes to everybody whom a
round concerns, whoever answered, so a line about one says nothing about its recipient. Of notes
about a concern only failures are logged: that one was sent would say that somebody raised one.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Claim, Entry, OutboxState, Outcome
from bot.delivery.tables import outbox
from bot.kernel.commits import once_committed
from bot.kernel.errors import origin_of
from bot.kernel.ids import WorkspaceId
from bot.kinds import MessageKind

log = structlog.get_logger("cairn.delivery")

UNTOLD = frozenset({MessageKind.PERSONAL_NOTE})
"""Kinds of which the log tells failures alone."""

LOGGED = (outbox.c.workspace_id, outbox.c.id, outbox.c.kind)
"""The columns that a line about a message is made of."""


def queued(
    connection: AsyncConnection, rows: Sequence[dict[str, Any]], added: Collection[sa.Row[Any]]
) -> None:
    """Log those of `rows` that were `added`, once they are committed."""
    if not added or not log.is_enabled_for(logging.DEBUG):
        return
    new = {row.id for row in added}
    for row in (row for row in rows if row["id"] in new and row["kind"] not in UNTOLD):
        say = partial(
            log.debug,
            "message_queued",
            workspace=row["workspace_id"],
            entry=row["id"],
            kind=row["kind"],
            lane=row["lane"],
        )
        once_committed(connection, say)


def claimed(claims: Iterable[Claim]) -> None:
    """Log what is about to be sent."""
    if not log.is_enabled_for(logging.DEBUG):
        return
    every = (entry for claim in claims for entry in (claim.entry, *claim.riders))
    for entry in (entry for entry in every if entry.kind not in UNTOLD):
        log.debug(
            "message_claimed",
            workspace=entry.workspace_id,
            entry=entry.id,
            kind=entry.kind,
            attempts=entry.attempts,
        )


def recorded(outcomes: Iterable[Outcome]) -> None:
    """Log how messages fared that were sent or looked up, once that is on record."""
    failed = OutboxState.FAILED
    for one in (one for one in outcomes if one.entry.kind not in UNTOLD or one.state is failed):
        its = one.entry.workspace_id, one.entry.id, one.entry.kind
        if one.entry.state is OutboxState.UNKNOWN:
            _looked_up(*its, one)
        else:
            _sent_or_not(*its, one)


def _looked_up(workspace: str, entry: str, kind: str, outcome: Outcome) -> None:
    match outcome.state:
        case OutboxState.SENT:
            log.info("message_found", workspace=workspace, entry=entry, kind=kind)
        case OutboxState.QUEUED:
            log.info(
                "message_absent",
                workspace=workspace,
                entry=entry,
                kind=kind,
                reason=outcome.reason,
            )
        case _:
            _sent_or_not(workspace, entry, kind, outcome)


def _sent_or_not(workspace: str, entry: str, kind: str, outcome: Outcome) -> None:
    tried, reason = outcome.attempts, outcome.reason
    match outcome.state:
        case OutboxState.SENT:
            log.info("message_sent", workspace=workspace, entry=entry, kind=kind, attempts=tried)
        case OutboxState.QUEUED:
            log.info(
                "message_postponed",
                workspace=workspace,
                entry=entry,
                kind=kind,
                attempts=tried,
                reason=reason,
            )
        case OutboxState.UNKNOWN:
            log.warning(
                "message_unknown",
                workspace=workspace,
                entry=entry,
                kind=kind,
                attempts=tried,
                reason=reason,
            )
        case OutboxState.FAILED:
            log.warning(
                "message_failed",
                workspace=workspace,
                entry=entry,
                kind=kind,
                attempts=tried,
                reason=reason,
            )
        case OutboxState.EXPIRED:
            log.warning("message_expired", workspace=workspace, entry=entry, kind=kind)
        case OutboxState.WITHDRAWN:
            log.info("message_withdrawn", workspace=workspace, entry=entry, kind=kind)


def _told(rows: Iterable[sa.Row[Any]]) -> Iterator[sa.Row[Any]]:
    return (row for row in rows if row.kind not in UNTOLD)


def withdrawn(connection: AsyncConnection, rows: Sequence[sa.Row[Any]]) -> int:
    """Log what is taken back, once that is committed; returns how many."""
    for row in _told(rows):
        say = partial(
            log.info, "message_withdrawn", workspace=row.workspace_id, entry=row.id, kind=row.kind
        )
        once_committed(connection, say)
    return len(rows)


def resent(connection: AsyncConnection, rows: Sequence[sa.Row[Any]]) -> int:
    """Log dead letters that wait again, once that is committed; returns how many."""
    for row in _told(rows):
        say = partial(
            log.info, "message_resent", workspace=row.workspace_id, entry=row.id, kind=row.kind
        )
        once_committed(connection, say)
    return len(rows)


def expired(rows: Iterable[sa.Row[Any]]) -> None:
    """Log what came too late."""
    for row in _told(rows):
        log.warning("message_expired", workspace=row.workspace_id, entry=row.id, kind=row.kind)


def lapsed(rows: Iterable[sa.Row[Any]]) -> None:
    """Log what was being sent by a process that is gone."""
    for row in _told(rows):
        log.warning("lease_ran_out", workspace=row.workspace_id, entry=row.id, kind=row.kind)


def not_rendered(entry: Entry, failure: Exception) -> None:
    """Log that a message could not be written, without the values that a traceback holds."""
    log.error(
        "rendering_failed",
        workspace=entry.workspace_id,
        entry=entry.id,
        kind=entry.kind,
        failure=type(failure).__name__,
        source=origin_of(failure),
    )


def not_posted(entry: Entry, failure: Exception) -> None:
    """Log that sending broke off in an unexpected way."""
    log.error(
        "posting_failed",
        workspace=entry.workspace_id,
        entry=entry.id,
        kind=entry.kind,
        failure=type(failure).__name__,
        source=origin_of(failure),
    )


def left(count: int) -> None:
    """Log that messages on their way are left as a crash leaves them, to be looked up later."""
    log.warning("left_on_their_way", count=count)


def workspace_refused(workspace_id: WorkspaceId, reason: str) -> None:
    """Log that Slack refuses a workspace, to which nothing is sent for now."""
    log.warning("workspace_refused", workspace=workspace_id, reason=reason)
