"""The demo: a local Slack workspace, a programme under way in it, and the bot."""

import asyncio
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bot.kernel.clock import SetClock
from bot.kernel.errors import OperatorFacing
from bot.kernel.scope import one_workspace
from handlers.capability import Capabilities
from handlers.register import CAPABILITIES
from runtime.commands.schema import migrate
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.colleagues import Colleagues
from runtime.demo.empty import fill_workspace
from runtime.demo.sandbox import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    Follower,
    Sandbox,
    command_of_the_sandbox,
    coordinators_channel,
    install_app,
    put_people_in,
    wait_until_it_answers,
)
from runtime.process import (
    Cairn,
    assembled,
    listening_on_http,
    listening_on_sockets,
    stop_on_signals,
)
from runtime.tenancy import Options

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
UNDER_WAY = (
    "Be Bob, a mentee, and type /checkin",
    "Jump to next Monday, be a mentor, and read the weekly nudge",
    "Answer the pulse as the six mentees of one group",
    "Jump on until the round closes, and read the digest as Carol, the coordinator",
)
FROM_NOTHING = (
    "Be Carol, an administrator: Cairn's Home leads you from here to the introductions",
    f"When it asks for people, hand in {ROOT / 'docs' / 'samples' / 'people.csv'}",
    "Move the clock on an hour after asking for the code of conduct: all but Bob accept by then",
    "docs/tutorial/from-a-list-to-introductions.md has every step",
)
PLAYED_BY_HAND = "Bob Adeyemi"
WEDNESDAY = 2


async def run_demo(
    *,
    port: int,
    over_http: bool,
    open_browser: bool,
    empty: bool = False,
    hosts: Sequence[str] = (),
) -> None:
    """Start everything, print the page's address, and run until SIGINT or SIGTERM.

    With `empty` no programme is set up. Nothing is kept when it ends. Raises OperatorFacing when a
    part cannot start.
    """
    stop = asyncio.Event()
    stop_on_signals(stop)
    refuse_a_taken_port(port)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cairn-demo-")))
        sandbox = await stack.enter_async_context(_sandbox_process(port, hosts))
        await begin_on_a_wednesday(sandbox)
        cast = await (_empty(sandbox) if empty else _with_people(sandbox))
        options = demo_options(sandbox.url, folder)
        await migrate(options.database_url)
        cairn = await stack.enter_async_context(
            bot_in_sandbox(sandbox, options, over_http=over_http)
        )
        if empty:
            await stack.enter_async_context(_colleagues(sandbox, cast))
            _tell_where(sandbox.url, cast, first_steps=FROM_NOTHING)
        else:
            await _set_up(cairn, sandbox, cast)
            _tell_where(sandbox.url, cast, first_steps=UNDER_WAY)
        if open_browser:
            webbrowser.open(sandbox.url)
        await stop.wait()


async def _empty(sandbox: Sandbox) -> Cast:
    say("Setting up a workspace without a programme …")
    return await fill_workspace(sandbox)


async def _with_people(sandbox: Sandbox) -> Cast:
    say("Setting up a programme with 6 mentors and 36 mentees …")
    cast = made_up_cast()
    await put_people_in(sandbox, cast)
    return cast


async def _set_up(cairn: Cairn, sandbox: Sandbox, cast: Cast) -> None:
    channel = await coordinators_channel(sandbox, cast)
    with one_workspace(cairn.workspace_id):
        await set_up_programme(
            cairn.database,
            cairn.services.catalogue,
            cast,
            workspace_id=cairn.workspace_id,
            now=cairn.services.clock.now(),
            coordinator_channel=channel,
        )
    cairn.services.wake()


def refuse_a_taken_port(port: int) -> None:
    """Refuse a port on which another program listens. Raises OperatorFacing."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise OperatorFacing(
                f"Port {port} is in use, perhaps by another demo; end that one or choose another "
                "with --port",
                permanent=True,
            )


async def begin_on_a_wednesday(sandbox: Sandbox) -> None:
    """Move the clock on to a Wednesday at ten, so that the story goes the same on any day."""
    now = datetime.fromisoformat((await sandbox.state())["now"])
    start = now.replace(hour=10, minute=0, second=0, microsecond=0)
    start += timedelta(days=(WEDNESDAY - start.weekday()) % 7)
    if start < now:
        start += timedelta(weeks=1)
    await sandbox.post("clock", {"to": start.isoformat(), "step": False})


def demo_options(sandbox_url: str, folder: Path, *, database_url: str | None = None) -> Options:
    """Make the options of a bot in the sandbox at `sandbox_url`."""
    return Options(
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SIGNING_SECRET,
        api_url=f"{sandbox_url}/api/",
        database_url=database_url or f"sqlite:///{folder}/data/cairn.db",
        key_folder=folder / "keys",
    )


@asynccontextmanager
async def _colleagues(sandbox: Sandbox, cast: Cast) -> AsyncIterator[None]:
    """Let everybody but the coordinator and Bob answer by themselves, by the sandbox's clock."""
    own = {cast.coordinator, *(one[0] for one in cast.people if one[1] == PLAYED_BY_HAND)}
    clock = SetClock(datetime.fromisoformat((await sandbox.state())["now"]))
    others = tuple(one[0] for one in cast.people if one[0] not in own)
    answering = Colleagues(sandbox, clock, others).answer
    follower = Follower(sandbox.url, clock, answering, asyncio.Event(), name="colleagues")
    following = asyncio.create_task(follower.run(asyncio.Event()))
    try:
        yield
    finally:
        await _cancelled(following)


@asynccontextmanager
async def bot_in_sandbox(
    sandbox: Sandbox,
    options: Options,
    *,
    over_http: bool = False,
    capabilities: Capabilities = CAPABILITIES,
) -> AsyncIterator[Cairn]:
    """Install a bot in a running sandbox, let it listen there and live by its clock."""
    clock = SetClock(datetime.fromisoformat((await sandbox.state())["now"]))
    woken = asyncio.Event()
    async with AsyncExitStack() as stack:
        if not over_http:
            await install_app(sandbox)
        cairn = await stack.enter_async_context(
            assembled(options, clock, wake=woken.set, capabilities=capabilities)
        )
        if over_http:
            address = await stack.enter_async_context(listening_on_http(cairn, host=HOST, port=0))
            await install_app(sandbox, events_url=f"{address}/slack/events")
        else:
            await stack.enter_async_context(listening_on_sockets(cairn))
        follower = Follower(sandbox.url, clock, cairn.catch_up, woken)
        ready = asyncio.Event()
        following = asyncio.create_task(follower.run(ready))
        stack.push_async_callback(_cancelled, following)
        await asyncio.wait(
            {following, asyncio.ensure_future(ready.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        yield cairn


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})


@asynccontextmanager
async def _sandbox_process(port: int, hosts: Sequence[str]) -> AsyncIterator[Sandbox]:
    process = await asyncio.create_subprocess_exec(
        *command_of_the_sandbox(port, hosts),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    url = f"http://{HOST}:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            sandbox = Sandbox(url, http)
            answering = asyncio.ensure_future(wait_until_it_answers(sandbox))
            ended = asyncio.ensure_future(process.wait())
            await asyncio.wait({answering, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                answering.cancel()
                said = (await process.stderr.read()).decode() if process.stderr else ""
                raise OperatorFacing(said.strip() or "The local workspace did not start")
            await answering
            yield sandbox
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell_where(url: str, cast: Cast, *, first_steps: tuple[str, ...]) -> None:
    say(f"\nOpen {url} in a browser.\n")
    say("You can be anybody there, and move the clock. Try this:")
    for number, step in enumerate(first_steps, 1):
        say(f"  {number}. {step}")
    say(f"\n{len(cast.people)} people are there. Press Ctrl-C to end; nothing is kept.")
