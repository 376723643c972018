from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from bot.delivery import store
from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Entry, KindPolicy, Lane
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.kernel.clock import SetClock
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from tests.conftest import HERE
from tests.delivery.slack_edge import Composed, SlackEdge

FREE = ClaimLimits(
    policies={
        "approval": KindPolicy(resend_unknown=True, counts=False),
        "notice": KindPolicy(counts=False),
    }
)


@dataclass(slots=True)
class Office:
    """A dispatcher over a real database, with the clock and Slack's edge in one's hands."""

    database: Database
    clock: SetClock
    slack: SlackEdge
    composed: Composed
    dispatcher: Dispatcher

    async def put(
        self,
        subject_id: str,
        *,
        recipient: str = "U0BOB",
        kind: str = "notice",
        lane: Lane = Lane.PROMPT,
        workspace_id: WorkspaceId = HERE,
        after: timedelta = timedelta(0),
        lasts: timedelta = timedelta(days=30),
        priority: int = 1,
    ) -> None:
        now = self.clock.now()
        async with self.database.writing() as connection:
            assert await store.enqueue(
                connection,
                workspace_id,
                kind=kind,
                subject_id=subject_id,
                recipient=recipient,
                dedupe_key=f"{kind}:{subject_id}",
                lane=lane,
                now=now,
                not_before=now + after,
                expires_at=now + lasts,
                priority=priority,
            )

    async def entry(self, subject_id: str) -> Entry:
        async with self.database.reading() as connection:
            rows = await connection.execute(
                outbox.select().with_only_columns(*ENTRY).where(outbox.c.subject_id == subject_id)
            )
            return entry_from(rows.one())

    async def play(self, *, until: timedelta = timedelta(hours=1)) -> None:
        """Drain, jump to the next work, and so on, until there is none before `until`."""
        end = self.clock.now() + until
        while (next_at := await self.dispatcher.drain()) is not None and next_at <= end:
            self.clock.set(max(next_at, self.clock.now()))

    def another_dispatcher(self, **changed: object) -> Dispatcher:
        return Dispatcher(
            database=self.database,
            messenger=self.slack,
            composer=self.composed,
            clock=self.clock,
            terms=FREE,
            rng=Random(7),
            **changed,  # type: ignore[arg-type]
        )


@pytest.fixture
def office(database: Database, clock: SetClock) -> Office:
    slack, composed = SlackEdge(clock), Composed()
    dispatcher = Dispatcher(
        database=database,
        messenger=slack,
        composer=composed,
        clock=clock,
        terms=FREE,
        rng=Random(6),
    )
    return Office(database, clock, slack, composed, dispatcher)
