"""Somebody notices when it stops: log, metrics, queue, Home and heartbeat, and when it goes on."""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.heartbeat import Heartbeat
from bot.kinds import ScheduleKind
from bot.programme.model import Use
from bot.schedule.tables import schedule
from runtime import probing
from runtime.commands.queue import look_at_queue
from runtime.health import Fault
from runtime.monitoring import listening_to_monitors
from runtime.scrape import Registry
from runtime.serving import watch_over
from runtime.stock import Shared
from runtime.watch import Watch, ping, watching
from tests.edge.test_faults import break_slack
from tests.edge.test_the_database_is_away import away
from tests.support.running_programme import Running, running_programme
from tests.support.two_workspaces import HERE, THERE, two_workspaces

REFUSED = ("auth.test", "chat.postMessage")
REFUSAL = {"kind": "error", "error": "token_revoked", "when": "before"}


@dataclass(slots=True)
class Watched:
    """A programme under way, what watches over it, and the pings that a monitor got."""

    here: Running
    watch: Watch
    monitor: httpx.AsyncClient
    pings: list[str]

    async def pings_of_a_look(self) -> int:
        """Look once, when the next ping is due; how many went out."""
        before = len(self.pings)
        assert self.watch.heartbeat
        self.watch.heartbeat.every = timedelta(0)
        await self.watch.look()
        return len(self.pings) - before

    async def figure(self, series: str) -> float | None:
        """The value of one series in /metrics; None where it is not there."""
        text = (await self.monitor.get("/metrics")).text
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else None


@asynccontextmanager
async def watched_over(folder: Path) -> AsyncIterator[Watched]:
    pings: list[str] = []

    def heard(request: httpx.Request) -> httpx.Response:
        pings.append(request.url.path)
        return httpx.Response(200)

    async with AsyncExitStack() as stack:
        uses = {Use.CHECKINS, Use.NUDGES}
        here = await stack.enter_async_context(running_programme(folder, uses=uses))
        registry = Registry("sqlite", "socket")
        watch = watch_over(here.slack.cairn, sockets=None)
        watch.figures = registry
        watch.stock.fresh_for_s = 0
        watch.heartbeat = Heartbeat(
            url="https://monitor.example/ping", transport=httpx.MockTransport(heard)
        )
        stack.push_async_callback(watch.close)
        monitored = listening_to_monitors(lambda: watch, registry, host="127.0.0.1", port=0)
        address = await stack.enter_async_context(monitored)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=address))
        yield Watched(here, watch, http, pings)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched_over(tmp_path) as ready:
        yield ready


async def nudge(here: Running) -> None:
    """Let the mentor's weekly message fall due now."""
    database, now = here.slack.cairn.database, here.slack.clock.now()
    async with database.writing() as connection:
        theirs = schedule.c.kind == ScheduleKind.MENTOR_NUDGE
        await connection.execute(schedule.update().where(theirs).values(next_due_at=now))
    await here.slack.settle()


async def nudges(here: Running) -> int:
    return sum(text.startswith("Your mentoring week") for text in await here.texts(here.mentor))


async def test_a_refused_token_is_said_everywhere_and_what_waits_goes_once_it_counts_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, watch = watched.here, watched.watch
    options = here.slack.cairn.options
    monkeypatch.setattr(probing, "FIRST_AGAIN_S", 0.0)
    await watch.probe()
    before = await nudges(here)
    assert await watched.pings_of_a_look() == 1
    for method in REFUSED:
        await break_slack(here, on=method, **REFUSAL)

    with capture_logs() as logs:
        await nudge(here)
        await watch.probe()
        await watch.probe()
        assert await watched.pings_of_a_look() == 0
        assert await watched.pings_of_a_look() == 0

    refused = [one for one in logs if one["event"] == "workspace_refused"]
    assert [one["reason"] for one in refused] == ["token_revoked"], "said once"
    assert [one["kind"] for one in logs if one["event"] == "fault"] == [Fault.TOKEN]
    assert await watched.figure('cairn_fault{fault="token"}') == 1
    assert await watched.figure("cairn_healthy") == 0
    assert await watched.figure('cairn_workspaces{state="refused"}') == 1
    said = await look_at_queue(options)
    assert "REFUSED (token_revoked) since 2026-09-07" in said
    assert "Slack has revoked Cairn's token. Install the app again" in said
    await here.home_text(here.coordinator, until="Slack has revoked Cairn's token")
    ready = await watched.monitor.get("/readyz")
    assert ready.status_code == 200, "members are still answered"
    assert "revoked" in ready.text

    await break_slack(here, clear=True)
    assert await nudges(here) == before
    with capture_logs() as logs:
        await watch.probe()
    await here.slack.advance(seconds=10)

    assert "workspace_accepted" in [one["event"] for one in logs]
    assert await nudges(here) == before + 1
    assert await watched.pings_of_a_look() == 1
    assert "REFUSED" not in await look_at_queue(options)
    assert await watched.figure('cairn_workspaces{state="refused"}') == 0

    await break_slack(here, on="chat.postMessage", **REFUSAL)
    async with watch.database.writing() as connection:
        same = outbox.update().where(outbox.c.kind == ScheduleKind.MENTOR_NUDGE)
        await connection.execute(same.values(state=str(OutboxState.QUEUED)))
    await here.slack.advance(seconds=10)
    await break_slack(here, clear=True)
    await here.slack.advance(minutes=1)
    assert await nudges(here) == before + 1, "the pause lasts a quarter of an hour"
    said = await look_at_queue(options, retry=True)
    await here.slack.advance(seconds=10)

    assert "1 workspace that Slack refused" in said, "an operator who put it right need not wait"
    assert await nudges(here) == before + 2


async def test_the_heartbeat_stops_with_the_loop_with_slack_and_with_what_is_due(
    watched: Watched,
) -> None:
    here, watch = watched.here, watched.watch
    await watch.probe()
    assert await watched.pings_of_a_look() == 1

    passed_s, watch.jobs.passed_s = watch.jobs.passed_s, time.monotonic() - 400
    assert await watched.pings_of_a_look() == 0
    watch.jobs.passed_s = passed_s

    (workspace_id,) = watch.contact.answered_s
    watch.contact.answered_s[workspace_id] -= 800
    assert await watched.pings_of_a_look() == 0
    watch.contact.answered_s[workspace_id] += 800

    late = here.slack.clock.now() - timedelta(minutes=20)
    async with watch.database.writing() as connection:
        first = sa.select(sa.func.min(schedule.c.subject_id)).scalar_subquery()
        put_off = schedule.update().where(schedule.c.subject_id == first)
        await connection.execute(put_off.values(next_due_at=late))
    assert await watched.pings_of_a_look() == 0
    assert await watched.figure("cairn_due_age_seconds") == 1200
    await here.slack.settle()

    assert await watched.pings_of_a_look() == 1


async def test_keys_that_are_taken_away_from_a_running_bot_stop_the_heartbeat(
    watched: Watched, tmp_path: Path
) -> None:
    await watched.watch.probe()
    assert await watched.pings_of_a_look() == 1

    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    assert await watched.pings_of_a_look() == 0
    assert list(watched.watch.faults) == [Fault.KEYS]
    assert await watched.figure('cairn_keys{kind="words"}') is None
    (tmp_path / "elsewhere").rename(tmp_path / "keys")

    assert await watched.pings_of_a_look() == 1


async def test_a_right_that_the_app_lacks_is_said_before_anything_fails(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, prober = watched.here, watched.watch.prober
    prober.needed = frozenset({*prober.needed, "reactions:write"})
    monkeypatch.setattr(probing, "PROBE_EVERY_S", 0.0)
    monkeypatch.setattr(probing, "APART_S", 0.0)

    with capture_logs() as logs:
        await watched.watch.probe()
        await watched.watch.probe()

    (line,) = [one for one in logs if one["event"] == "scopes_missing"]
    assert line["reason"] == "reactions:write"
    assert "lacks a right here: reactions:write" in await look_at_queue(here.slack.cairn.options)
    await here.home_text(here.coordinator, until="The app lacks a right here: reactions:write")
    assert await watched.figure('cairn_workspaces{state="lacking"}') == 1
    assert await watched.pings_of_a_look() == 1, "all else goes on"
    prober.needed = frozenset()
    await watched.watch.probe()
    assert "lacks" not in await look_at_queue(here.slack.cairn.options)


@contextmanager
def hanging(database: Database) -> Iterator[None]:
    """As when the server, or its disk, answers nothing any more: every statement waits."""
    over = asyncio.Event()
    reading = Database.reading

    @asynccontextmanager
    async def hang(self: Database) -> AsyncIterator[object]:
        await over.wait()
        async with reading(self) as connection:
            yield connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "reading", hang)
        yield
    over.set()


async def test_every_question_is_answered_in_time_while_the_database_hangs(
    watched: Watched,
) -> None:
    began_s = time.monotonic()
    with hanging(watched.watch.database):
        alive, ready, metrics = await asyncio.gather(
            *(watched.monitor.get(path) for path in ("/healthz", "/readyz", "/metrics"))
        )
        assert time.monotonic() - began_s < 4, "two seconds, and a busy machine"
        watched.watch.stock_within_s = 0.1
        assert await watched.pings_of_a_look() == 0

    assert (alive.status_code, alive.text) == (200, "alive")
    assert ready.status_code == 503
    assert ready.text.startswith("The database does not answer; look whether")
    assert "cairn_database_up 0.0" in metrics.text
    assert "cairn_due " not in metrics.text, "nothing old is told as new"
    await watched.watch.probe()
    assert await watched.pings_of_a_look() == 1

    with away(watched.watch.database):
        assert (await watched.monitor.get("/readyz")).status_code == 503
        assert await watched.figure("cairn_database_up") == 0
    watched.watch.jobs.beaten_s = time.monotonic() - 400
    alive = await watched.monitor.get("/healthz")

    assert await watched.figure("cairn_database_up") == 1
    assert alive.status_code == 503
    assert alive.text == "The loop has stood still for 6 minutes; restart Cairn."


async def test_one_dead_token_of_two_is_told_and_the_heartbeat_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "PROBE_EVERY_S", 0.0)
    monkeypatch.setattr(probing, "APART_S", 0.0)
    async with two_workspaces(tmp_path) as both:
        watch = watch_over(both.slack.cairn, sockets=None)
        watch.stock.fresh_for_s = 0
        await watch.probe()
        assert await watch.look() == {}, "installed nowhere, so nobody is asked"
        for team in (HERE, THERE):
            await both.browser.install(team)
        await watch.probe()
        assert set(watch.contact.answered_s) == {HERE, THERE}

        await both.sandbox.post("faults", REFUSAL | {"on": "auth.test", "count": 1})
        with capture_logs() as logs:
            await watch.probe()
            assert await watch.look() == {}, "the other is served"
        assert [one["event"] for one in logs] == ["workspace_refused"]
        said = await look_at_queue(both.options)
        assert said.count("REFUSED (token_revoked)") == 1

        await both.sandbox.post("faults", REFUSAL | {"on": "auth.test", "count": 1})
        await watch.probe()

        assert list(await watch.look()) == [Fault.TOKEN], "nobody is served"
        await watch.close()


async def test_watching_that_fails_is_told_and_sends_no_heartbeat(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("runtime.watch.judge", fail)
    with capture_logs() as logs:
        async with watching(watched.watch):
            await asyncio.sleep(0.3)

    assert [one["failure"] for one in logs if one["event"] == "watch_failed"] == ["ArithmeticError"]
    assert watched.pings == []
    assert await watched.figure('cairn_fault{fault="watch"}') == 1


@pytest.mark.parametrize("database_address", ["postgres"], indirect=True)
async def test_a_server_that_stands_still_and_a_pool_that_is_empty_keep_nobody_waiting(
    database: Database,
) -> None:
    asking = Shared(partial(ping, database), 0)
    assert await asking.get(within_s=5)
    async with database.reading() as connection:
        server = (await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()

    os.kill(server, signal.SIGSTOP)
    try:
        began_s = time.monotonic()
        assert await asking.get(within_s=0.2) is None
        assert time.monotonic() - began_s < 3
    finally:
        os.kill(server, signal.SIGCONT)
    assert await asking.get(within_s=5)

    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(database.reading())
        assert await asking.get(within_s=0.2) is None
    assert await asking.get(within_s=5)
    await asking.close()


async def test_a_question_that_hangs_is_asked_once_for_all_and_anew_when_it_is_given_up() -> None:
    asked, over = list[None](), asyncio.Event()

    async def ask() -> bool:
        asked.append(None)
        await over.wait()
        return True

    shared = Shared(ask, fresh_for_s=60)

    assert [await shared.get(within_s=0.01) for _ in range(3)] == [None] * 3
    assert len(asked) == 1
    over.set()
    assert await shared.get(within_s=1) is True
    assert await shared.get(within_s=0) is True, "it is fresh"
    await shared.close()
