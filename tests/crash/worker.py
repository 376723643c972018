"""One replica of the bot's schedule and delivery, over the real database and the real messenger."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as outbox_store
from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Claim, Entry, KindPolicy, Lane
from bot.flows import pulse_rounds as rounds
from bot.jobs import Jobs
from bot.kernel.database import Database, open_database
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Message, Receipt
from bot.keys.vault import FileVault
from bot.schedule.claims import Duty
from bot.schedule.model import Due
from handlers.edge.clients import FixedClients, open_session, slack_client
from handlers.register import CAPABILITIES
from handlers.sending.messenger import SlackMessenger
from tests.crash.steps import Steps
from tests.pulse.papers import INSTRUMENT
from tests.support.scopes import see_all_workspaces

WORKSPACE = WorkspaceId("T0CAIRN")
TOKEN = f"xoxb-sandbox-{WORKSPACE}"
KIND = "crash_test"
LEASE = timedelta(seconds=5)
CALL_TIMEOUT_S = 2.0
POLL_S = 0.2
LASTS = timedelta(hours=1)
POLICIES = {**CAPABILITIES.policies, KIND: KindPolicy(counts=False)}
MOST_STEPS_OF_A_POST = 24
AT_ONCE = 12
"""So little that a worker can finish a tick before it dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What one worker is told: where things are, and after how many steps to stop or to die."""

    database_url: str
    api_url: str
    key_folder: str
    seed: int
    die_at: int | None = None
    die_in_post: int | None = None
    """Instead of `die_at`: in which post to die."""
    stop_at: int | None = None
    commit_after_send: bool = False
    clock_jumps: bool = False


@dataclass(slots=True)
class JumpyClock:
    """The operating system's clock, which somebody sets forward now and then."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class NumberedMessages:
    """Composes a message that can be recognised in Slack."""

    async def compose(self, entry: Entry) -> Message | None:
        if entry.kind == KIND:
            return Message(text=entry.subject_id)
        return Message(text=f"{entry.kind} {entry.subject_id} {entry.recipient}")


class CommitsAfterSending(Dispatcher):
    """The mistake that the proof must notice: the claim is committed only once Slack was called."""

    async def _claim(
        self,
        connection: AsyncConnection,
        ready: Sequence[tuple[WorkspaceId, tuple[Lane, ...]]],
        *,
        now: datetime,
        room: int,
    ) -> list[Claim]:
        claimed = await super()._claim(connection, ready, now=now, room=room)
        self._set_out(claimed, self._send)
        if claimed:
            await asyncio.wait(list(self._in_flight))
        return []


@dataclass(frozen=True, slots=True)
class LastMessenger(SlackMessenger):
    """Dies some steps after a certain post has begun, so that enough deaths meet one: most steps
    are the database's."""

    dies: "DeathInPost"

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        self.dies.post_began()
        messenger = SlackMessenger(self.clients, self.channel_of)
        return await messenger.post(workspace_id, recipient, message=message, send_id=send_id)


@dataclass(slots=True)
class DeathInPost:
    """Sets the last step once that many posts have begun."""

    steps: Steps
    posts_left: int
    steps_left: int

    def post_began(self) -> None:
        self.posts_left -= 1
        if self.posts_left == 0:
            self.steps.last = self.steps.taken + self.steps_left


def work(orders: Orders) -> None:
    """Run one worker until it is done, stopped or dead."""
    see_all_workspaces()
    asyncio.run(_work(orders))


async def _work(orders: Orders) -> None:
    stop, steps = asyncio.Event(), Steps(orders.die_at)
    loop = asyncio.get_running_loop()
    rng = random.Random(orders.seed)
    if orders.die_at is not None or orders.die_in_post is not None:
        steps.watch(loop)
    elif orders.stop_at is not None:
        Steps(orders.stop_at, at_last=stop.set).watch(loop)
    database = open_database(orders.database_url)
    clock = JumpyClock()
    async with open_session() as session:
        client = slack_client(session, token=TOKEN, api_url=orders.api_url)
        dies = DeathInPost(steps, orders.die_in_post or 0, rng.randint(1, MOST_STEPS_OF_A_POST))
        messenger = LastMessenger(FixedClients({WORKSPACE: client}), _no_channel, dies)
        kind = CommitsAfterSending if orders.commit_after_send else Dispatcher
        dispatcher = kind(
            database=database,
            messenger=messenger,
            composer=NumberedMessages(),
            clock=clock,
            terms=ClaimLimits(lease=LEASE, policies=POLICIES),
            call_timeout_s=CALL_TIMEOUT_S,
            poll_s=POLL_S,
            max_in_flight=6,
            rng=rng,
        )
        ticking = asyncio.create_task(_tick(database, dispatcher, clock, orders))
        # in a task of its own: the one that is running was made before its steps were counted
        await asyncio.create_task(dispatcher.run(stop))
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
    await database.close()


async def _tick(
    database: Database, dispatcher: Dispatcher, clock: JumpyClock, orders: Orders
) -> None:
    """The metronome: what is due becomes entries of the outbox, and rounds that end are closed."""
    rng = random.Random(orders.seed)
    means = rounds.PulseServices(
        database, FileVault(Path(orders.key_folder)), {INSTRUMENT.id: INSTRUMENT}
    )
    duties: dict[str, Duty] = {KIND: _queue, **rounds.duties(means)}
    jobs = Jobs(
        database=database,
        clock=clock,
        duties=duties,
        dispatcher=dispatcher,
        finish_rounds=lambda: rounds.finish_rounds(means, now=clock.now()),
        batch=AT_ONCE,
    )
    while True:
        if orders.clock_jumps and rng.random() < 0.1:
            clock.ahead += timedelta(seconds=rng.uniform(0, 30))
        await jobs.beat()
        await asyncio.sleep(POLL_S)


async def _queue(connection: AsyncConnection, due: Due, now: datetime) -> None:
    await outbox_store.enqueue(
        connection,
        due.workspace_id,
        kind=due.kind,
        subject_id=due.subject_id,
        recipient=recipient(int(due.subject_id.removeprefix("message "))),
        dedupe_key=f"{due.kind}:{due.subject_id}:{due.due_at.isoformat()}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + LASTS,
    )


def recipient(number: int) -> str:
    """Whom message number `number` is for."""
    return f"U0CRASH{number % 200:03d}"


async def _no_channel(_workspace_id: WorkspaceId, recipient: str, _client: object) -> str:
    raise LookupError(recipient)
