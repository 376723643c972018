"""The demo: a local Slack workspace, a programme under way in it, and the bot."""

import asyncio
import gc
import os
import random
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bot.kernel.clock import SetClock
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import ids_drawn_by
from config.catalogue import load_catalogue
from handlers.capability import Capabilities
from handlers.register import CAPABILITIES
from runtime.commands.schema import migrate
from runtime.demo.cast import Cast
from runtime.demo.colleagues import Colleagues
from runtime.demo.empty import fill_workspace
from runtime.demo.hints import Hinting
from runtime.demo.living import Habit, Living
from runtime.demo.past import OPENS_IN, Past, check_week, demo_cast
from runtime.demo.sandbox import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    Follower,
    Sandbox,
    Work,
    command_of_the_sandbox,
    install_app,
    put_people_in,
    wait_until_it_answers,
)
from runtime.demo.turns import LateStart
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
    "The page says at its top what you can try; begin as Carol, Alice or Bob",
    "Press +1 day or Monday 09:00 there: whoever you have not been acts by themselves",
    "docs/tutorial/a-programme-in-ten-minutes.md leads you through it",
)
FROM_NOTHING = (
    "Be Carol, an administrator: Cairn's Home leads you from here to the introductions",
    f"When it asks for people, hand in {ROOT / 'docs' / 'samples' / 'people.csv'}",
    "Move the clock on an hour after asking for the code of conduct: all but Bob accept by then",
    "docs/tutorial/from-a-list-to-introductions.md has every step",
)
PLAYED_BY_HAND = "Bob Adeyemi"
WEDNESDAY = 2
SEED = 1
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


async def run_demo(
    *,
    port: int,
    over_http: bool,
    open_browser: bool,
    week: int | None = None,
    empty: bool = False,
    hosts: Sequence[str] = (),
) -> None:
    """Start everything, print the page's address, and run until SIGINT or SIGTERM.

    A programme has lived until its `week`; with `empty` none is set up. Nothing is kept when it
    ends. Raises OperatorFacing when a part cannot start.
    """
    if empty and week is not None:
        raise OperatorFacing(
            "With --empty there is no programme yet, so there is no --week; leave one of them out",
            permanent=True,
        )
    week = OPENS_IN if week is None else week
    check_week(week, load_catalogue())
    opens_at = next_wednesday(datetime.now(UTC))
    start = None if empty else opens_at - timedelta(weeks=week - 1)
    stop = asyncio.Event()
    stop_on_signals(stop)
    refuse_a_taken_port(port)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(throw_away_folder()))
        options = replace(demo_options(f"http://{HOST}:{port}", folder), is_throwaway=True)
        sandbox, _ = await asyncio.gather(
            stack.enter_async_context(_sandbox_process(port, hosts, start=start)),
            migrate(options.database_url),
        )
        begin = _empty if empty else partial(_lived, week=week)
        hinting = await begin(stack, sandbox, options, over_http=over_http)
        cast = hinting.cast
        await hinting.tell()
        telling = asyncio.create_task(hinting.run())
        stack.push_async_callback(_cancelled, telling)
        _tell_where(sandbox.url, cast, first_steps=FROM_NOTHING if empty else UNDER_WAY)
        if open_browser:
            webbrowser.open(sandbox.url)
        await stop.wait()


@contextmanager
def unhurried_collection() -> Iterator[None]:
    """Look for garbage more seldom: next to nothing there is any."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def throw_away_folder() -> "TemporaryDirectory[str]":
    """Make a folder that is gone at the end, in memory where there is such a folder."""
    is_there = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK)
    return TemporaryDirectory(prefix="cairn-demo-", dir=IN_MEMORY if is_there else None)


async def _empty(
    stack: AsyncExitStack, sandbox: Sandbox, options: Options, *, over_http: bool
) -> Hinting:
    """Fill a workspace in which nothing is set up; once a programme runs, people live in it."""
    say("Setting up a workspace without a programme …")
    await begin_on_a_wednesday(sandbox)
    cast = await fill_workspace(sandbox)
    cairn, living = await stack.enter_async_context(
        lively_bot(sandbox, options, over_http=over_http)
    )
    living.played = played_at(sandbox)
    await stack.enter_async_context(_colleagues(sandbox, cast))
    return Hinting(cairn=cairn, sandbox=sandbox, cast=cast)


async def _lived(
    stack: AsyncExitStack, sandbox: Sandbox, options: Options, *, over_http: bool, week: int
) -> Hinting:
    """Let a programme live until the Wednesday of its week."""
    people = demo_cast()
    past = Past(sandbox, people, week)
    say(f"Living through the programme until its week {week} …")
    await put_people_in(sandbox, people.cast)
    late = LateStart(people.late_roster)
    cairn, living = await stack.enter_async_context(
        lively_bot(sandbox, options, over_http=over_http, more=(late.join,), seed=SEED)
    )
    with unhurried_collection():
        await past.live(cairn, living)
    living.played = played_at(sandbox)
    return Hinting(cairn=cairn, sandbox=sandbox, cast=people.cast)


def played_at(sandbox: Sandbox) -> Callable[[], Awaitable[Iterable[str]]]:
    """Give what names those as whom the page was opened: the visitor plays them, nobody else."""

    async def played() -> Iterable[str]:
        found: list[str] = (await sandbox.get("visitors"))["users"]
        return found

    return played


@asynccontextmanager
async def lively_bot(
    sandbox: Sandbox,
    options: Options,
    *,
    over_http: bool = False,
    more: Sequence[Habit] = (),
    seed: int = SEED,
) -> AsyncIterator[tuple[Cairn, Living]]:
    """Run a bot among people who act by themselves; the same seed gives the same lives.

    Ids are drawn by it, too: prompts are chosen, and what is alike is ordered, by them.
    """
    made: list[Living] = []

    def work(cairn: Cairn) -> Work:
        made.append(Living(cairn=cairn, more=more, seed=seed))
        return made[0].work

    with ids_drawn_by(random.Random(seed)):  # noqa: S311 - they are thrown away
        bot = bot_in_sandbox(sandbox, options, over_http=over_http, work=work)
        async with bot as cairn:
            yield cairn, made[0]


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
    start = next_wednesday(datetime.fromisoformat((await sandbox.state())["now"]))
    await sandbox.post("clock", {"to": start.isoformat(), "step": False})


def next_wednesday(now: datetime) -> datetime:
    """Give the first Wednesday at ten, in UTC, that is not before `now`."""
    start = now.replace(hour=10, minute=0, second=0, microsecond=0)
    start += timedelta(days=(WEDNESDAY - start.weekday()) % 7)
    return start if start >= now else start + timedelta(weeks=1)


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
    work: Callable[[Cairn], Work] = lambda cairn: cairn.catch_up,
) -> AsyncIterator[Cairn]:
    """Install a bot in a running sandbox, let it listen there and live by its clock.

    `work` gives what is done at each instant of that clock: without it, what Cairn does.
    """
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
        follower = Follower(sandbox.url, clock, work(cairn), woken)
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
async def _sandbox_process(
    port: int, hosts: Sequence[str], *, start: datetime | None = None
) -> AsyncIterator[Sandbox]:
    process = await asyncio.create_subprocess_exec(
        *command_of_the_sandbox(port, hosts, start=start),
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
