"""Ask Slack now and then whether it still takes each workspace's token, and what the app may do."""

import asyncio
import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import paces
from bot.delivery.reasons import WORKSPACE_SHUT
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Refused
from bot.kernel.scope import one_workspace
from bot.people import installations
from handlers.edge.clients import CALL_FAILURES, Clients, Contact, send_failure
from handlers.people.slack_directory import scopes_of

log = structlog.get_logger("cairn.probing")

PROBE_EVERY_S = 300.0
APART_S = 4.0
"""With very many workspaces each is asked less often, so that one call is made in so long."""
FIRST_AGAIN_S, LAST_AGAIN_S = 30.0, 900.0
"""A workspace that Slack refuses is asked again after these, doubled each time."""
AT_ONCE = 5
ANSWER_WITHIN_S = 15.0
OUT_OF_REACH = "token_out_of_reach"


def again_after_s(refusals: int, *, workspaces: int) -> float:
    """Say when to ask a workspace again, by how often in a row it was refused."""
    if refusals:
        return min(LAST_AGAIN_S, math.ldexp(FIRST_AGAIN_S, min(refusals - 1, 8)))
    return max(PROBE_EVERY_S, APART_S * workspaces)


@dataclass(slots=True, kw_only=True)
class Prober:
    """Asks each workspace in turn; what is refused is paused, and goes on once it is not.

    `needed` are the scopes without which something fails. Any number of replicas may ask.
    """

    database: Database
    clock: Clock
    clients: Clients
    contact: Contact
    needed: frozenset[str]
    wake: Callable[[], None]
    _refusals: dict[WorkspaceId, int] = field(default_factory=dict)
    _next_s: dict[WorkspaceId, float] = field(default_factory=dict)
    _noted_at: dict[WorkspaceId, datetime] = field(default_factory=dict)
    """When a refusal was put on record from here; who takes it off the record wants a try."""

    async def ask_some(
        self,
        workspaces: Collection[WorkspaceId],
        *,
        refused: Collection[WorkspaceId],
        at: datetime,
    ) -> None:
        """Ask those whose turn has come, a few at a time; `refused` were on record as such `at`."""
        for gone in self._next_s.keys() - set(workspaces):
            del self._next_s[gone]
            self._refusals.pop(gone, None)
            self._noted_at.pop(gone, None)
            self.contact.forget(gone)
        now_s = time.monotonic()
        due = [one for one in workspaces if self._turn_of(one, refused, at) <= now_s]
        due.sort(key=lambda one: self._next_s.get(one, 0.0))
        for one in due[:AT_ONCE]:
            await self._ask(one, is_refused=one in refused)
            count = self._refusals.get(one, 0)
            wait_s = again_after_s(count, workspaces=len(workspaces))
            self._next_s[one] = time.monotonic() + wait_s

    def _turn_of(self, one: WorkspaceId, refused: Collection[WorkspaceId], at: datetime) -> float:
        """Say when a workspace is asked: at once what others were refused, or want to be tried."""
        noted_at = self._noted_at.get(one)
        is_new = one in refused and one not in self._refusals
        is_to_be_tried = noted_at is not None and noted_at < at and one not in refused
        return 0.0 if is_new or is_to_be_tried else self._next_s.get(one, 0.0)

    async def _ask(self, workspace_id: WorkspaceId, *, is_refused: bool) -> None:
        try:
            with one_workspace(workspace_id):
                reason, scopes = await self._answer_of(workspace_id)
                if reason is not None:
                    self._refusals[workspace_id] = self._refusals.get(workspace_id, 0) + 1
                    await self._refused(workspace_id, reason)
                elif scopes is not None:
                    await self._accepted(workspace_id, scopes, is_refused=is_refused)
        except (SQLAlchemyError, OSError, TimeoutError) as failure:  # it is asked again
            log.warning("probe_broken_off", failure=type(failure).__name__)

    async def _answer_of(
        self, workspace_id: WorkspaceId
    ) -> tuple[str | None, frozenset[str] | None]:
        """Ask Slack; why it refuses this workspace, if it does, and the scopes, if it answers."""
        try:
            client = await self.clients.of(workspace_id)
        except OperatorFacing:
            self.contact.refused[workspace_id] = OUT_OF_REACH
            return OUT_OF_REACH, None
        if client is None:
            self.contact.forget(workspace_id)
            return None, None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                granted = await scopes_of(client)
        except SlackApiError as failure:
            known = send_failure(failure)
            is_shut = isinstance(known, Refused) and known.reason in WORKSPACE_SHUT
            return (known.reason if is_shut else None), None
        except CALL_FAILURES:
            return None, None
        return None, self.needed if granted is None else granted

    async def _refused(self, workspace_id: WorkspaceId, reason: str) -> None:
        is_news = self._refusals[workspace_id] == 1
        if reason in WORKSPACE_SHUT:
            async with self.database.writing() as connection:
                its = (connection, workspace_id)
                is_news = await paces.refuse(*its, reason=reason, now=self.clock.now())
            self._noted_at[workspace_id] = self.clock.now()
        if is_news:
            log.warning("workspace_refused", workspace=workspace_id, reason=reason)

    async def _accepted(
        self, workspace_id: WorkspaceId, granted: frozenset[str], *, is_refused: bool
    ) -> None:
        was_refused = self._refusals.pop(workspace_id, 0) > 0 or is_refused
        self._noted_at.pop(workspace_id, None)
        lacking, now = self.needed - granted, self.clock.now()
        async with self.database.writing() as connection:
            its = (connection, workspace_id)
            goes_on = was_refused and await installations.go_on(*its, now=now)
            is_news = await paces.note_lacking(*its, lacking, now=now)
        if goes_on:
            log.info("workspace_accepted", workspace=workspace_id)
            self.wake()
        if is_news and lacking:
            log.warning("scopes_missing", workspace=workspace_id, reason=", ".join(sorted(lacking)))
        elif is_news:
            log.info("scopes_complete", workspace=workspace_id)
