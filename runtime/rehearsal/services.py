"""A Cairn on a clock and in a database of its own, with everything but Slack."""

import asyncio
import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Composer, Entry
from bot.delivery.store import release
from bot.errands import store as errands
from bot.errands.store import Done, Want
from bot.flows import pulse_rounds as rounds
from bot.flows.recipients import recipients
from bot.groups.joining import hold_back
from bot.groups.messages import GROUP
from bot.jobs import Jobs
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, all_tables
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kernel.ports import Message, Receipt
from bot.kernel.reading import throwaway_database
from bot.keys.vault import FileVault
from bot.kinds import MessageKind
from bot.programme import store as programme_rows
from config.catalogue import Catalogue
from handlers.edge.services import Services
from handlers.register import CAPABILITIES
from handlers.sending.messenger import SlackComposer
from runtime.tenancy import with_words_keys


@dataclass(slots=True)
class Recorder:
    """A Messenger that takes every message and sends none."""

    clock: SetClock

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        """Say where the message would stand."""
        channel = f"C{recipient.removeprefix(GROUP)}"
        return Receipt(channel=channel, ts=f"{self.clock.now().timestamp():.6f}")

    async def find(
        self,
        workspace_id: WorkspaceId,
        recipient: str,
        *,
        send_id: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> Receipt | None:
        """Find nothing: what was taken is known to be taken."""
        return None


ALIKE = frozenset(
    {
        MessageKind.CHECKIN_PROMPT,
        MessageKind.MENTOR_NUDGE,
        MessageKind.PULSE_INVITATION,
        MessageKind.PULSE_REMINDER,
        MessageKind.PULSE_RESULT,
        MessageKind.PULSE_ACTION,
        MessageKind.CONDUCT_INVITATION,
        MessageKind.SEAT_PREVIEW,
    }
)
"""Kinds that are wanted by everybody whom they come to: one of a day stands for the others.

A test compares with a rehearsal in which each is written."""


@dataclass(slots=True)
class Writer:
    """A Composer that writes one of many messages that are alike, since they are counted alone."""

    composer: Composer
    clock: SetClock
    each: bool = False
    _day: date = date.min
    _written: dict[str, Message] = field(default_factory=dict)
    _writing: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def compose(self, entry: Entry) -> Message | None:
        """Write the message, or give the day's first of its kind, which may be under way."""
        if self.each or entry.kind not in ALIKE:
            return await self.composer.compose(entry)
        today = self.clock.now().date()
        if today != self._day:
            self._day, self._written = today, {}
        async with self._writing[entry.kind]:
            if entry.kind not in self._written:
                written = await self.composer.compose(entry)
                if written is None:
                    return None
                self._written[entry.kind] = written
            return self._written[entry.kind]


async def run_errands(database: Database, clock: SetClock) -> None:
    """Do all that is owed, as in a Slack that refuses nothing: a group gets its channel."""
    now = clock.now()
    async with database.writing() as connection:
        while claimed := await errands.claim(connection, now=now, limit=100):
            for one in claimed:
                if one.want is Want.OPENED:
                    await programme_rows.set_group_channel(
                        connection,
                        one.workspace_id,
                        GroupId(one.place.removeprefix(GROUP)),
                        slack_channel=f"C{one.place.removeprefix(GROUP)}",
                    )
                    await release(connection, one.workspace_id, one.place, now=now)
                await errands.end(connection, one, Done(), now=now)


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """A Cairn on a clock of its own, with everything but Slack."""

    services: Services
    clock: SetClock
    jobs: Jobs
    pulses: rounds.PulseServices

    @property
    def database(self) -> Database:
        return self.services.database


def _in_memory() -> str | None:
    """Name a folder that lies in memory, where the system has one."""
    shared = "/dev/shm"  # noqa: S108 - a folder of one's own is made in it
    return shared if os.access(shared, os.W_OK) else None


@asynccontextmanager
async def rehearsing(
    catalogue: Catalogue, *, starts_at: datetime, seed: int, each: bool = False
) -> AsyncIterator[Rehearsing]:
    """Set Cairn up in a temporary folder that is gone at the end. It reaches no network."""
    with TemporaryDirectory(prefix="cairn-rehearsal-", dir=_in_memory()) as folder:
        clock, vault = SetClock(starts_at), FileVault(Path(folder) / "keys")
        await vault.set_up()
        opened = throwaway_database(f"sqlite:///{folder}/rehearsal.db")
        try:
            async with opened.writing() as connection:
                await connection.run_sync(all_tables().create_all)
            database = await with_words_keys(opened, vault)
            services = Services(
                database=database,
                clock=clock,
                catalogue=catalogue,
                vault=vault,
                weekly=CAPABILITIES.weekly,
            )
            pulses = rounds.PulseServices(database, vault, catalogue.instruments)
            jobs = Jobs(
                database=database,
                clock=clock,
                duties=CAPABILITIES.duties(services),
                dispatcher=_dispatcher(services, clock, seed=seed, each=each),
                run_errands=partial(run_errands, database, clock),
                finish_rounds=lambda: rounds.finish_rounds(pulses, now=clock.now()),
            )
            yield Rehearsing(services=services, clock=clock, jobs=jobs, pulses=pulses)
        finally:
            await opened.close()


def _dispatcher(services: Services, clock: SetClock, *, seed: int, each: bool) -> Dispatcher:
    return Dispatcher(
        database=services.database,
        messenger=Recorder(clock),
        composer=Writer(SlackComposer(services, CAPABILITIES.writers), clock, each=each),
        clock=clock,
        terms=ClaimLimits(
            policies=CAPABILITIES.policies, recipients=recipients, hold_back=hold_back
        ),
        rng=random.Random(seed),  # noqa: S311 - decides pauses, and nothing is secret
    )
