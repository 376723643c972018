"""A rehearsal's stage: a workspace that nobody sees, with everything in it but Slack."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.delivery.allotment import Terms
from bot.delivery.dispatcher import Dispatcher
from bot.flows import pulse_rounds as rounds
from bot.jobs import Jobs
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, open_database
from bot.kernel.ids import GroupId, SlackChannelId, WorkspaceId
from bot.kernel.ports import Message, Receipt
from bot.keys.vault import FileVault
from bot.programme import store as programmes
from config.catalogue import Catalogue
from handlers.edge.services import Services
from handlers.register import CAPABILITIES
from handlers.sending.composer import SlackComposer
from runtime.commands.schema import migrate

WORKSPACE = WorkspaceId("T0REHEARSAL")
GROUP = "group:"


@dataclass(slots=True)
class Recorder:
    """A Messenger that takes every message and sends none."""

    database: Database
    clock: SetClock

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        """Where the message would stand; a group's first one opens its channel."""
        channel = SlackChannelId(f"C{recipient.removeprefix(GROUP)}")
        if recipient.startswith(GROUP):
            async with self.database.writing() as connection:
                await programmes.set_group_channel(
                    connection,
                    workspace_id,
                    GroupId(recipient.removeprefix(GROUP)),
                    slack_channel=channel,
                )
        return Receipt(channel=channel, ts=f"{self.clock.now().timestamp():.6f}")

    async def find(
        self, workspace_id: WorkspaceId, recipient: str, *, send_id: str, since: datetime
    ) -> Receipt | None:
        """Nothing: what was taken is known to be taken."""
        return None


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts that play."""

    services: Services
    clock: SetClock
    jobs: Jobs
    means: rounds.Means

    @property
    def database(self) -> Database:
        return self.services.database


@asynccontextmanager
async def stage(catalogue: Catalogue, *, starts_at: datetime, seed: int) -> AsyncIterator[Stage]:
    """A stage in a temporary folder, which is gone at the end. Nothing on it reaches a network."""
    with TemporaryDirectory(prefix="cairn-rehearsal-") as folder:
        address = f"sqlite:///{folder}/data/rehearsal.db"
        await migrate(address)
        database = open_database(address)
        clock, vault = SetClock(starts_at), FileVault(Path(folder) / "keys")
        await vault.set_up()
        services = Services(
            database=database,
            clock=clock,
            catalogue=catalogue,
            vault=vault,
        )
        means = rounds.Means(database, vault, catalogue.instruments)
        try:
            yield Stage(
                services=services,
                clock=clock,
                jobs=Jobs(
                    database=database,
                    clock=clock,
                    duties=CAPABILITIES.duties(services),
                    dispatcher=_dispatcher(services, clock, seed=seed),
                    finish_rounds=lambda: rounds.settle(means, now=clock.now()),
                ),
                means=means,
            )
        finally:
            await database.close()


def _dispatcher(services: Services, clock: SetClock, *, seed: int) -> Dispatcher:
    return Dispatcher(
        database=services.database,
        messenger=Recorder(services.database, clock),
        composer=SlackComposer(services, CAPABILITIES.writers),
        clock=clock,
        terms=Terms(policies=CAPABILITIES.policies),
        rng=random.Random(seed),  # noqa: S311 - decides pauses, and nothing is secret
    )
