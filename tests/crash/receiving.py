"""Kills the whole bot while events and check-ins come in: what Slack was told "ok" about is done.

Each wave opens forms, then submits them all and changes people's accounts at once, and the bot
dies at a random step of its event loop meanwhile. At the end one bot lives on, Slack repeats what
was not acknowledged, and the database is compared with what was acknowledged and what is so.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from bot.checkins import store as checkins
from bot.inbox.tables import inbox as inbox_table
from bot.kernel.database import open_database
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from config.catalogue import load_catalogue
from runtime.commands.schema import migrate
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.run import demo_options
from runtime.demo.sandbox import Sandbox, install_app, put_people_in
from runtime.tenancy import Options
from tests.crash.databases import Place
from tests.crash.harness import FORK, sandbox
from tests.crash.whole_bot import LEASE, BotOrders, serve

WORKSPACE = WorkspaceId("T0CAIRN")
WRITERS = 4
ZONES = ("Asia/Tokyo", "Europe/Paris", "America/Lima", "Africa/Lagos", "Australia/Perth")
FAULTS: list[dict[str, Any]] = [
    {"kind": "duplicate", "on": "user_change", "probability": 0.2},
    {"kind": "duplicate", "on": "view_submission", "probability": 0.2},
    {"kind": "lose", "on": "user_change", "probability": 0.1},
]
LIMITS = {"methods_per_minute": {"views.open": 6000, "apps.connections.open": 6000}}
SLACK_REPEATS_AFTER_S = (61, 301)
MOST_STEPS = 1200
TOLD_OF_EACH_WAVE = 8
"""Every other one moves, and the rest have their accounts closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. With `restarts`, Postgres crashes too, in every third wave."""

    engine: str
    mode: str
    kills: int
    seed: int = 1
    restarts: bool = False
    ack_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`lost` check-ins were acknowledged and are not there; `strayed` people are not known as
    Slack last told about them; `left` events are still waiting."""

    engine: str
    mode: str
    checkins: int
    events: int
    kills: int
    lost: int
    doubled: int
    strayed: int
    left: int
    seconds: float

    @property
    def holds(self) -> bool:
        return self.lost == self.doubled == self.strayed == self.left == 0


@dataclass(slots=True)
class Run:
    """What a run has done and been told so far. `open` holds forms and the words for them."""

    plan: Plan
    http: httpx.Client
    options: Options
    port: int
    cast: Cast
    rng: random.Random
    kills: int = 0
    events: int = 0
    acked: set[str] = field(default_factory=set)
    open: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    zone_of: dict[str, str] = field(default_factory=dict)
    is_gone: set[str] = field(default_factory=set)

    @property
    def writers(self) -> tuple[str, ...]:
        return self.cast.mentees

    def act(self, what: str, **body: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.http.post(f"/_sandbox/{what}", json=body).json()
        assert found.get("ok"), found
        return found

    def open_forms(self, wave: str) -> None:
        """A form for every writer who has none, with words that are used once."""
        for user in self.writers:
            if user not in self.open and (view := self.form(user)):
                self.open[user] = (view, f"Words of {user} in wave {wave}")

    def form(self, user: str) -> dict[str, Any] | None:
        """The form that `/checkin` opens within a second; a deaf socket may swallow the command."""
        self.act("slash", user=user, command="/checkin", text="")
        for _ in range(20):
            views = self.http.get("/_sandbox/views", params={"user": user}).json()["views"]
            if views:
                found: dict[str, Any] = views[-1]
                return found
            time.sleep(0.05)
        return None

    def submit(self, user: str) -> None:
        """Submit a form; one that was not acknowledged stays open, as in Slack."""
        view, words = self.open[user]
        block = next(b for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
        state = {block["block_id"]: {block["element"]["action_id"]: words}}
        said = self.act("submit", user=user, view_id=view["id"], state=state)
        if said["acked"] and (said["response"] or {}).get("response_action") == "update":
            self.acked.add(words)
            del self.open[user]
            self.act("close", user=user, view_id=view["id"], clear=True)

    def change(self, user: str, number: int) -> None:
        """Move somebody to another zone, or close their account."""
        self.events += 1
        if number % 2:
            self.is_gone.add(user)
            self.act("user", user=user, deleted=True)
        else:
            self.zone_of[user] = ZONES[number % len(ZONES)]
            self.act("user", user=user, tz=self.zone_of[user])


def prove(plan: Plan, place: Place) -> Verdict:
    """Run `plan` on the empty database at `place`, against a sandbox of its own."""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        sandbox() as base,
        httpx.Client(base_url=base, timeout=30) as http,
    ):
        options = demo_options(base, Path(folder), database_url=place.url)
        run = Run(
            plan=plan,
            http=http,
            options=options,
            port=_free_port(),
            cast=made_up_cast(mentors=2, mentees=WRITERS),
            rng=random.Random(plan.seed),
        )
        asyncio.run(_set_up(run, base))
        for wave in range(plan.kills):
            _wave(run, place, wave)
        _see_through(run)
        return asyncio.run(_verdict(run, seconds=time.monotonic() - started))


def _wave(run: Run, place: Place, wave: int) -> None:
    with _bot(run) as bot:
        run.open_forms(str(wave))
        if run.plan.mode == "socket" and wave % 3 == 2:
            run.act("faults", kind="deaf", sockets="one")
        if run.plan.restarts and wave % 3 == 1:
            place.restart()
        with ThreadPoolExecutor(16) as hands:
            done = [hands.submit(run.submit, user) for user in list(run.open)]
            done += [
                hands.submit(run.change, _other(wave, number), number)
                for number in range(TOLD_OF_EACH_WAVE)
            ]
            assert bot.pid
            os.kill(bot.pid, signal.SIGUSR1)
            bot.join(1.5)
            for one in done:
                one.result()
    run.kills += bot.exitcode == -signal.SIGKILL


def _see_through(run: Run) -> None:
    """Let a bot live, people submit again what failed, and Slack repeat its events."""
    with _bot(run):
        for user in list(run.open):
            run.submit(user)
        for seconds in SLACK_REPEATS_AFTER_S:
            run.act("clock", advance_s=seconds)
        give_up_at = time.monotonic() + 6 * LEASE.total_seconds() + 20
        while asyncio.run(_left(run)) and time.monotonic() < give_up_at:
            time.sleep(0.2)
        time.sleep(1)


@contextlib.contextmanager
def _bot(run: Run) -> Iterator[BaseProcess]:
    """The whole bot in a process that dies some steps after SIGUSR1."""
    http = ("127.0.0.1", run.port) if run.plan.mode == "http" else None
    steps = run.rng.randint(1, MOST_STEPS)
    orders = BotOrders(steps, run.plan.ack_first)
    process = FORK.Process(target=serve, args=(run.options, http, orders))
    process.start()
    try:
        _await_ready(run, process)
        yield process
    finally:
        process.kill()
        process.join()


def _await_ready(run: Run, process: BaseProcess) -> None:
    for _ in range(600):
        assert process.exitcode is None, "the bot did not start"
        with contextlib.suppress(httpx.TransportError):
            if run.plan.mode == "http":
                httpx.get(f"http://127.0.0.1:{run.port}/healthz")
                return
            (app,) = run.http.get("/_sandbox/state").json()["apps"]
            if app["connections"] == 2:
                return
        time.sleep(0.05)
    raise TimeoutError("the bot does not listen")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def _set_up(run: Run, base: str) -> None:
    """A programme under way, and the app installed."""
    await migrate(run.options.database_url)
    async with httpx.AsyncClient(base_url=base, timeout=30) as http:
        box = Sandbox(base, http)
        await put_people_in(box, run.cast)
        others = [_other(w, n) for w in range(run.plan.kills) for n in range(TOLD_OF_EACH_WAVE)]
        names = [{"id": one, "name": one.lower(), "tz": "UTC"} for one in others]
        await box.post("users", {"users": names})
        over_http = run.plan.mode == "http"
        address = f"http://127.0.0.1:{run.port}/slack/events"
        await install_app(box, events_url=address if over_http else None)
        await box.post("faults", {"faults": FAULTS})
        await box.post("limits", LIMITS)
    words = Keyring(FileVault(run.options.key_folder), WORDS)
    database = with_keyring(open_database(run.options.database_url), words)
    await set_up_programme(
        database,
        load_catalogue(),
        run.cast,
        workspace_id=WORKSPACE,
        now=datetime.now(UTC),
    )
    async with database.writing() as connection:
        await people.put_members(connection, WORKSPACE, [_member(one) for one in others])
    await database.close()


def _other(wave: int, number: int) -> str:
    """Somebody of whom Slack tells once, in this wave."""
    return f"U0OTHER{wave:03}{number}"


def _member(slack_id: str) -> Member:
    return Member(
        id=MemberId(f"member_{slack_id}"),
        workspace_id=WORKSPACE,
        slack_user_id=SlackUserId(slack_id),
        name=slack_id,
        roles=frozenset({Role.MENTOR}),
    )


async def _left(run: Run) -> int:
    database = open_database(run.options.database_url)
    waiting = sa.select(sa.func.count()).where(inbox_table.c.done_at.is_(None))
    async with database.reading() as connection:
        found = (await connection.execute(waiting)).scalar_one()
    await database.close()
    return int(found)


async def _verdict(run: Run, *, seconds: float) -> Verdict:
    words = Keyring(FileVault(run.options.key_folder), WORDS)
    database = with_keyring(open_database(run.options.database_url), words)
    saved: Counter[str] = Counter()
    known: dict[str, Member] = {}
    async with database.reading() as connection:
        for user in (*run.writers, *run.zone_of, *run.is_gone):
            found = await people.member_by_slack_id(connection, WORKSPACE, SlackUserId(user))
            assert found
            known[user] = found
            for one in await checkins.latest_of(connection, WORKSPACE, found.id, limit=10_000):
                saved.update(answer.text for answer in one.entry.answers)
    await database.close()
    strayed = sum(known[user].timezone != zone for user, zone in run.zone_of.items())
    strayed += sum(known[user].state is not MemberState.DEACTIVATED for user in run.is_gone)
    return Verdict(
        engine=run.plan.engine,
        mode=run.plan.mode,
        checkins=len(run.acked),
        events=run.events,
        kills=run.kills,
        lost=len(run.acked - saved.keys()),
        doubled=saved.total() - len(saved),
        strayed=strayed,
        left=await _left(run),
        seconds=seconds,
    )
