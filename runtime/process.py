"""One running Cairn: every part built once, started and stopped in order."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Restored
from bot.delivery.recovery import last_restore
from bot.flows import pulse_rounds as rounds
from bot.flows.recipients import recipients
from bot.groups.joining import hold_back
from bot.jobs import Jobs
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.download import Downloads
from bot.kernel.errors import OperatorFacing
from bot.kernel.figures import UNMONITORED, Ledger
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.kernel.traces import scrub
from config.catalogue import load_catalogue
from handlers.capability import Capabilities
from handlers.course.preview import show_change
from handlers.edge.clients import Contact, open_session
from handlers.edge.inbox import Inbox
from handlers.edge.services import Services
from handlers.home import HomeTab
from handlers.register import CAPABILITIES, bolt_app
from handlers.sending.digest_channel import channel_of_recipient
from handlers.sending.errands import Errands
from handlers.sending.messenger import SlackComposer, SlackMessenger, follow_refusals
from runtime.commands.schema import current_database
from runtime.http_mode import listening_to_slack
from runtime.limits import Limits
from runtime.locks import running_on
from runtime.rehearsal.process import Rehearsals
from runtime.tenancy import (
    Options,
    opened_vault,
    require_our_vault,
    tenancy,
    with_words_keys,
)

if TYPE_CHECKING:
    from runtime.sockets import Sockets

log = structlog.get_logger("cairn.process")

METRONOME_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cairn:
    """The parts of a running bot."""

    only_workspace: WorkspaceId | None
    options: Options
    services: Services
    capabilities: Capabilities
    bolt: AsyncApp
    inbox: Inbox
    dispatcher: Dispatcher
    jobs: Jobs
    contact: Contact

    @property
    def workspace_id(self) -> WorkspaceId:
        """The workspace of the one token. Raises LookupError where there may be several."""
        if self.only_workspace is None:
            raise LookupError("this process serves whatever workspaces install Cairn")
        return self.only_workspace

    @property
    def database(self) -> Database:
        return self.services.database

    async def catch_up(self) -> datetime | None:
        """Let requests finish, do and send all there is; the instant of what comes next."""
        await self.services.in_flight.none()
        return await self.jobs.catch_up()


@asynccontextmanager
async def assembled(
    options: Options,
    clock: Clock,
    *,
    wake: Callable[[], None] | None = None,
    capabilities: Capabilities = CAPABILITIES,
    figures: Ledger = UNMONITORED,
) -> AsyncIterator[Cairn]:
    """Build every part and take it down again at the end.

    `wake` is called when there is something to send; without it the dispatcher is woken. While
    Slack does not say whose token it is, it is asked again. Raises OperatorFacing with one sentence
    for a wrong token, a database that refuses, a schema that is not up to date, a key directory
    that cannot be used, or one that is not mounted.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            current_database(
                options.database_url, is_throwaway=options.is_throwaway, is_patient=False
            )
        )
        if not options.is_throwaway:
            mark = partial(_last_restore, database)
            await stack.enter_async_context(running_on(options.database_url, mark=mark))
        vault = await stack.enter_async_context(opened_vault(options))
        await require_our_vault(database, vault)
        database = await with_words_keys(database, vault)
        if database.is_sqlite:  # a process that died may have left what it had deleted
            await scrub(database, ())
        session = await stack.enter_async_context(
            open_session(options.network, api_url=options.api_url)
        )

        def nudge() -> None:
            (wake or dispatcher.nudge)()

        contact = Contact(figures)
        tenants = await tenancy(
            options,
            session,
            database,
            vault=vault,
            clock=clock,
            wake=nudge,
            contact=contact,
        )
        home = HomeTab(capabilities)
        rehearsals = Rehearsals(options.config_folder)
        services = Services(
            database=database,
            clock=clock,
            catalogue=load_catalogue(own=options.config_folder),
            vault=vault,
            wake=nudge,
            clients=tenants.clients,
            publish_home=home.publish,
            home_page=home.page,
            message_names=capabilities.names,
            erasers=capabilities.erasers,
            to_dos=capabilities.to_dos,
            following=capabilities.following,
            uncounted=capabilities.uncounted,
            weekly=capabilities.weekly,
            agenda=capabilities.agenda,
            public_url=options.public_url,
            downloads=Downloads(network=options.network),
            figures=figures,
            rehearse=rehearsals.play,
            show_change=show_change,
        )
        composer = SlackComposer(services, capabilities.writers)
        dispatcher = Dispatcher(
            database=database,
            messenger=SlackMessenger(tenants.clients, partial(channel_of_recipient, services)),
            composer=composer,
            clock=clock,
            terms=ClaimLimits(
                policies=capabilities.policies, recipients=recipients, hold_back=hold_back
            ),
            on_refused=follow_refusals(clock),
            figures=figures,
            restored=await _last_restore(database),
        )
        stack.push_async_callback(services.in_flight.none)
        stack.push_async_callback(rehearsals.close)  # before what waits for them
        inbox = Inbox(services, capabilities.events)

        async def end_rounds() -> None:
            if await finish_rounds(services):
                jobs.failing_since_s.pop("rounds", None)
            else:
                jobs.failing_since_s.setdefault("rounds", time.monotonic())

        jobs = Jobs(
            database=database,
            clock=clock,
            duties=capabilities.duties(services),
            dispatcher=dispatcher,
            take_in=inbox.work,
            run_errands=Errands(services, composer).run,
            finish_rounds=end_rounds,
            figures=figures,
        )
        stack.push_async_callback(jobs.close)
        await jobs.finish_rounds()
        await jobs.take_in()
        yield Cairn(
            only_workspace=tenants.workspace_id,
            options=options,
            services=services,
            capabilities=capabilities,
            bolt=bolt_app(
                services,
                inbox,
                capabilities=capabilities,
                client=tenants.client,
                authorize=tenants.authorize,
                flow=tenants.flow,
            ),
            inbox=inbox,
            dispatcher=dispatcher,
            jobs=jobs,
            contact=contact,
        )


async def _last_restore(database: Database) -> Restored | None:
    with everywhere():
        async with database.reading() as connection:
            return await last_restore(connection)


async def finish_rounds(services: Services) -> bool:
    """Finish pulse rounds that a stop or a failure left past their close, and destroy their keys.

    False for what cannot be finished now: it is logged by kind and tried again at the next call.
    """
    means = rounds.PulseServices(services.database, services.vault, services.catalogue.instruments)
    try:
        with everywhere():
            has_news = await rounds.finish_rounds(means, now=services.clock.now())
    except rounds.WAITED_FOR as failure:
        log.error("rounds_not_finished", failure=type(failure).__name__)  # noqa: TRY400 - no values
        return False
    if has_news:
        services.wake()
    return True


@asynccontextmanager
async def listening_on_sockets(cairn: Cairn) -> AsyncIterator["Sockets"]:
    """Receive Slack's requests over Socket Mode.

    Where no socket can be opened for now, it is tried again and again meanwhile. Raises
    OperatorFacing for a refused app token.
    """
    if cairn.options.app_token is None:
        raise OperatorFacing(
            "Socket Mode needs SLACK_APP_TOKEN (it starts with xapp-); set it, or run "
            "`python app.py serve --http`",
            permanent=True,
        )
    from runtime.sockets import open_sockets  # brings aiohttp's client, needed here alone

    async with open_sockets(cairn.bolt, cairn.options.app_token) as sockets:
        yield sockets


def listening_on_http(
    cairn: Cairn, *, host: str, port: int, limits: Limits | None = None
) -> AbstractAsyncContextManager[str]:
    """Receive Slack's requests over HTTP; gives the address.

    Raises OperatorFacing for a busy port or without a signing secret.
    """
    if cairn.options.signing_secret is None:
        raise OperatorFacing(
            "HTTP mode needs SLACK_SIGNING_SECRET; copy it from your app's Basic Information",
            permanent=True,
        )
    return listening_to_slack(
        cairn.bolt,
        cairn.options.signing_secret,
        files=partial(cairn.capabilities.file, cairn.services),
        host=host,
        port=port,
        limits=limits or Limits(),
        figures=cairn.services.figures,
    )


async def beat(cairn: Cairn, stop: asyncio.Event) -> None:
    """Beat the loop, and send, by real time until `stop` is set."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler  # once Slack can be answered

    metronome = AsyncIOScheduler(timezone="UTC")

    metronome.add_job(
        cairn.jobs.beat,
        "interval",
        seconds=METRONOME_S,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    metronome.start()
    try:
        await cairn.dispatcher.run(stop)
    finally:
        metronome.shutdown(wait=False)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGINT and SIGTERM, so that what is under way is finished."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
