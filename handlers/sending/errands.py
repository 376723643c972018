"""Does in Slack what is on record as owed: people into and out of channels, messages redrawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import rules as delivery
from bot.delivery.model import Composer, OutboxState
from bot.delivery.reasons import LET_IN, LET_OUT, REDRAWN, WILL_NOT_CHANGE
from bot.delivery.store import Posting, posting_of
from bot.errands import store
from bot.errands.model import Done, Errand, Impossible, Later, Outcome, Want
from bot.kernel.errors import OperatorFacing
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.errors import failure_of
from handlers.edge.services import Services
from handlers.sending.messenger import metadata_of, send_failure

log = structlog.get_logger("cairn.errands")

BATCH = 20
CONTENDED = timedelta(seconds=1)

AS_WANTED = {Want.IN: LET_IN, Want.OUT: LET_OUT, Want.REDRAWN: REDRAWN}
"""Answers that say that nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Errands:
    """Makes attempts at errands; any number may do so on one database."""

    services: Services
    composer: Composer

    async def run(self) -> datetime | None:
        """Attempt all whose turn has come; when there is more to do, None when nothing is owed.

        Raises SQLAlchemyError or OSError while the database is away; nothing is lost by it.
        """
        while True:
            now = self.services.clock.now()
            async with self.services.database.reading() as connection:
                next_at = await store.next_at(connection)
            if next_at is None or next_at > now:
                return next_at
            async with self.services.database.writing() as connection:
                claimed = await store.claim(connection, now=now, limit=BATCH)
            if not claimed:
                return now + CONTENDED
            for one in claimed:
                await self._see_to(one)

    async def _see_to(self, errand: Errand) -> None:
        """Try one; a defect of ours must not keep the others from being done."""
        failure = await failure_of(self.attempt(errand))
        if failure is None:
            return
        log.error("errand_failed", kind=errand.want, failure=failure)
        async with self.services.database.writing() as connection:
            now = self.services.clock.now()
            await store.end(connection, errand, Later("unexpected"), now=now)

    async def attempt(self, errand: Errand) -> Outcome:
        """Try one, and write down how that ended."""
        outcome = await self._try(errand)
        async with self.services.database.writing() as connection:
            await store.end(connection, errand, outcome, now=self.services.clock.now())
        if isinstance(outcome, Impossible):
            log.warning("errand_impossible", kind=errand.want, reason=outcome.reason)
        return outcome

    async def _try(self, errand: Errand) -> Outcome:
        try:
            client = await self.services.clients.of(errand.workspace_id)
            return await self._do(client, errand) if client else Later("app_not_installed")
        except SlackApiError as failure:
            return _answered(errand.want, str(failure.response.get("error")))
        except OperatorFacing:
            return Later("token_out_of_reach")
        except CALL_FAILURES as failure:
            return Later(send_failure(failure).reason)

    async def _do(self, client: AsyncWebClient, errand: Errand) -> Outcome:
        match errand.want:
            case Want.IN:
                await client.conversations_invite(channel=errand.place, users=[errand.person])
            case Want.OUT:
                await client.conversations_kick(channel=errand.place, user=errand.person)
            case Want.REDRAWN:
                return await self._redraw(client, errand)
        return Done()

    async def _redraw(self, client: AsyncWebClient, errand: Errand) -> Outcome:
        async with self.services.database.reading() as connection:
            posting = await posting_of(connection, errand.workspace_id, errand.place)
        if posting is None:
            return Done()
        leader, receipt = posting.leader, posting.receipt
        if leader.state in {OutboxState.SENDING, OutboxState.UNKNOWN}:
            return Later("not_sent_yet")
        if leader.state is OutboxState.FAILED and leader.last_error == delivery.UNVERIFIABLE:
            return Impossible(leader.last_error)
        if leader.state is not OutboxState.SENT or receipt is None:
            return Done()  # what was not sent is drawn when it is
        await self._draw(client, posting, receipt.channel, receipt.ts)
        return Done()

    async def _draw(self, client: AsyncWebClient, posting: Posting, channel: str, ts: str) -> None:
        drawn = [await self.composer.compose(one) for one in posting.entries]
        messages = [message for message in drawn if message is not None]
        if not messages:
            await client.chat_delete(channel=channel, ts=ts)
            return
        message = messages[0] if len(messages) == 1 else delivery.fold(messages)
        await client.chat_update(
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            metadata=metadata_of(posting.leader.id),
        )


def _answered(want: Want, reason: str) -> Outcome:
    if reason in AS_WANTED[want]:
        return Done()
    return Impossible(reason) if reason in WILL_NOT_CHANGE else Later(reason)
