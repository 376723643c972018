"""Does in Slack what is owed: channels opened, people let in and out, messages redrawn."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import folding
from bot.delivery import rules as delivery
from bot.delivery.model import Composer, OutboxState
from bot.delivery.reasons import (
    LET_IN,
    LET_OUT,
    NOT_DRAWN,
    NOT_INVITABLE,
    REDRAWN,
    WILL_NOT_CHANGE,
)
from bot.delivery.store import Posting, posting_of, release
from bot.errands import store
from bot.errands.store import Done, Errand, Impossible, Later, NotBefore, Outcome, Want
from bot.flows.group_channels import (
    channel_shut,
    invitation_refused,
    post_again,
    welcome_in_channels,
)
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.ports import Message, Paused, Refused, SendFailure
from bot.kernel.scope import one_workspace
from bot.kernel.words import cut, utf8_bytes
from handlers.blocks import MESSAGE_BYTES, SECTION_CHARS, paragraph
from handlers.edge.call import Call
from handlers.edge.clients import CALL_FAILURES, reason_of, send_failure
from handlers.edge.errors import failure_of
from handlers.edge.services import Services
from handlers.sending.channels import open_channel
from handlers.sending.messenger import metadata_of

log = structlog.get_logger("cairn.errands")

BATCH = 20
CONTENDED = timedelta(seconds=1)

AS_WANTED = {
    Want.IN: LET_IN,
    Want.OUT: LET_OUT,
    Want.REDRAWN: REDRAWN,
    Want.OPENED: (),
    Want.SHOWN: (),
}
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
            await self._see_to_all(claimed)

    async def _see_to_all(self, claimed: Sequence[Errand]) -> None:
        """Try each. Once Slack asks for a pause, all of that kind in its workspace wait for it."""
        paused: set[tuple[WorkspaceId, Want]] = set()
        for one in claimed:
            if (one.workspace_id, one.want) in paused:
                continue
            with one_workspace(one.workspace_id):
                outcome = await self._see_to(one)
                if isinstance(outcome, Later) and outcome.wait is not None:
                    paused.add((one.workspace_id, one.want))
                    await self._put_off(one, outcome.wait, [other.id for other in claimed])

    async def _put_off(self, one: Errand, wait: timedelta, given_back: Sequence[str]) -> None:
        until = self.services.clock.now() + wait
        async with self.services.database.writing() as connection:
            await store.put_off(
                connection, one.workspace_id, one.want, until=until, given_back=given_back
            )

    async def _see_to(self, errand: Errand) -> Outcome:
        """Try one; a defect of ours must not keep the others from being done."""
        attempt = asyncio.ensure_future(self.attempt(errand))
        failure = await failure_of(attempt)
        if failure is None:
            return attempt.result()
        log.error("errand_failed", workspace=errand.workspace_id, kind=errand.want, failure=failure)
        outcome = Later("unexpected")
        async with self.services.database.writing() as connection:
            await store.end(connection, errand, outcome, now=self.services.clock.now())
        return outcome

    async def attempt(self, errand: Errand) -> Outcome:
        """Try one, and write down how that ended.

        What waits for a group's channel goes on when it is open, and when it never will be; what
        it did not take is posted again when nothing speaks against that any more.
        """
        outcome = await self._try(errand)
        lets_go = errand.want is Want.OPENED and not isinstance(outcome, Later)
        now = self.services.clock.now()
        async with self.services.database.writing() as connection:
            if lets_go:
                await release(connection, errand.workspace_id, errand.place, now=now)
            await store.end(connection, errand, outcome, now=now)
            if errand.want is Want.IN and isinstance(outcome, Impossible):
                await invitation_refused(connection, errand, now=now)
            if errand.want is Want.OPENED and isinstance(outcome, Impossible):
                await channel_shut(connection, errand, outcome.reason, now=now)
            if errand.want is Want.OPENED and isinstance(outcome, Done):
                await post_again(connection, errand.workspace_id, errand.place, now=now)
        if lets_go:
            self.services.wake()
        if isinstance(outcome, Impossible):
            log.warning(
                "errand_impossible",
                workspace=errand.workspace_id,
                kind=errand.want,
                reason=outcome.reason,
            )
        return outcome

    async def _try(self, errand: Errand) -> Outcome:
        try:
            client = await self.services.clients.of(errand.workspace_id)
            return await self._do(client, errand) if client else Later("app_not_installed")
        except SlackApiError as failure:
            return _answered(errand, failure)
        except OperatorFacing:
            return Later("token_out_of_reach")
        except CALL_FAILURES as failure:
            return Later(send_failure(failure).reason)

    async def _do(self, client: AsyncWebClient, errand: Errand) -> Outcome:
        match errand.want:
            case Want.IN:
                now, person = self.services.clock.now(), errand.person
                async with self.services.database.reading() as connection:
                    whose = connection, errand.workspace_id, [person]
                    welcome = (await welcome_in_channels(*whose, now=now)).get(person)
                if welcome is None or welcome > now:
                    return Done() if welcome is None else NotBefore(welcome)
                await client.conversations_invite(channel=errand.place, users=[errand.person])
            case Want.OUT:
                await client.conversations_kick(channel=errand.place, user=errand.person)
            case Want.REDRAWN:
                return await self._redraw(client, errand)
            case Want.OPENED:
                return await open_channel(self.services, client, errand)
            case Want.SHOWN:
                person = SlackUserId(errand.person)
                call = Call(workspace_id=errand.workspace_id, slack_user_id=person, client=client)
                await self.services.publish_home(call, self.services)
        return Done()

    async def _redraw(self, client: AsyncWebClient, errand: Errand) -> Outcome:
        async with self.services.database.reading() as connection:
            posting = await posting_of(connection, errand.workspace_id, id=errand.place)
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
        """Draw a message anew: shortened where Slack refuses it, else deleted."""
        drawn = [await self.composer.compose(one) for one in posting.entries]
        messages = [message for message in drawn if message is not None]
        for message in _ever_shorter(messages):
            try:
                await client.chat_update(
                    channel=channel,
                    ts=ts,
                    text=message.text,
                    blocks=list(message.blocks),
                    metadata=metadata_of(posting.leader.id),
                )
            except SlackApiError as failure:
                if failure.response.get("error") not in NOT_DRAWN:
                    raise
            else:
                return
        await client.chat_delete(channel=channel, ts=ts)


def _ever_shorter(messages: Sequence[Message]) -> Iterator[Message]:
    """Give what is to stand there, then its text alone; nothing where nothing is to stand there."""
    if not messages:
        return
    whole = messages[0] if len(messages) == 1 else folding.fold(messages)
    text = cut(whole.text, MESSAGE_BYTES, measure=utf8_bytes)
    yield replace(whole, text=text)
    yield paragraph(cut(text, SECTION_CHARS))


def _answered(errand: Errand, failure: SlackApiError) -> Outcome:
    want, known = errand.want, send_failure(failure)
    if isinstance(known, Paused):
        return Later(known.reason, known.retry_after)
    reason = reason_of(failure) or known.reason
    if reason in AS_WANTED.get(want, ()):
        return Done()
    if want is Want.SHOWN and _is_to_be_told(known):
        log.warning("home_impossible", workspace=errand.workspace_id, reason=reason)
        return Done()  # nobody waits for it: it is drawn when it is opened the next time
    if want is Want.IN and reason in NOT_INVITABLE:
        return Impossible(reason)
    if reason in WILL_NOT_CHANGE or (want is Want.OPENED and _is_to_be_told(known)):
        return Impossible(reason)
    return Later(reason)


def _is_to_be_told(failure: SendFailure) -> bool:
    """Whether what waits for a channel is to fail by this, so that a coordinator reads of it.

    Nobody else would tell them that the app lacks a right; sending it again opens the channel.
    """
    return isinstance(failure, Refused) and not delivery.concerns_workspace(failure)
