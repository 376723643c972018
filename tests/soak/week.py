"""A week of a soak: what breaks in it, and what people do."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from tests.crash.databases import cut_connections
from tests.soak.judging import look
from tests.soak.plan import Soak

T = TypeVar("T")
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
"""A Monday, before anybody's morning."""
LOCKED_S = 0.8
DOWN_FOR = timedelta(hours=7)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop", "on": "chat.postMessage", "probability": 0.05, "when": "after"},
    {"kind": "drop", "on": "chat.postMessage", "probability": 0.05, "when": "before"},
    {"kind": "status", "on": "chat.postMessage", "probability": 0.05, "when": "after"},
    {"kind": "status", "on": "chat.postMessage", "probability": 0.05, "when": "before"},
    {"kind": "error", "on": "chat.postMessage", "probability": 0.05, "when": "after"},
    {"kind": "hang", "on": "chat.postMessage", "count": 1, "when": "after"},
    {"kind": "ratelimit", "on": "chat.postMessage", "skip": 3, "count": 3, "retry_after_s": 30},
    {"kind": "drop", "on": "conversations.*", "probability": 0.1, "when": "after"},
    {"kind": "status", "on": "conversations.*", "probability": 0.1, "when": "before"},
    {"kind": "ratelimit", "on": "conversations.*", "count": 2, "retry_after_s": 20},
    {"kind": "drop", "on": "views.*", "probability": 0.05, "when": "after"},
    {"kind": "status", "on": "views.*", "probability": 0.05, "when": "before"},
    {"kind": "ratelimit", "on": "views.publish", "count": 2, "retry_after_s": 10},
    {"kind": "duplicate", "on": "*", "probability": 0.1},
    {"kind": "kill_socket", "sockets": "one"},
    {"kind": "kill_socket", "sockets": "all"},
    {"kind": "refresh_socket", "sockets": "all", "seconds": 10},
)
"""What Slack may do on a day, of which a few are dealt out."""


async def live_a_week(run: Soak, week: int) -> None:
    """Five working days, on the first four of which things break, and a quiet weekend."""
    monday = START + timedelta(weeks=week - 1)
    for day in range(5):
        noon = monday + timedelta(days=day, hours=7, minutes=30)
        await _deal_out_faults(run, breaks=day < 4)
        async with _blow(run, week, day):
            await run.crowd.slack.go_to(noon)
            await _people_act(run, week, day)
        await run.bot.begin_anew_if_ended()
        await run.crowd.slack.go_to(noon.replace(hour=21, minute=0))
        await look(run)
    await run.crowd.slack.go_to(monday + timedelta(days=6, hours=13))
    await look(run)


async def _deal_out_faults(run: Soak, *, breaks: bool) -> None:
    http = run.crowd.slack.http
    await http.post("/_sandbox/faults", json={"clear": True})
    chosen = run.rng.sample(FAULTS, 4) if breaks else []
    if chosen:
        answer = await http.post("/_sandbox/faults", json={"faults": chosen})
        answer.raise_for_status()


@contextlib.asynccontextmanager
async def _blow(run: Soak, week: int, day: int) -> AsyncIterator[None]:
    """Kill the bot, or strike the database, at some moment of the block; or do nothing."""
    days = 4 * max(1, 2 * run.plan.weeks // 3)
    lasts = 4 * (week - 1) + day
    is_time = day < 4 and lasts < days
    kills = is_time and run.rng.random() < run.plan.kills / days
    strikes = is_time and not kills and run.rng.random() < run.plan.blows / days
    wait_s = run.rng.uniform(0, 1.2)
    if kills and run.rng.random() < 0.2:  # it stays away, as on a machine that is down
        await run.bot.die()
        later = run.now + DOWN_FOR
        await run.crowd.slack.skip_to(later)
        await run.bot.start()
        yield
        return
    async with asyncio.TaskGroup() as both:  # a bot that does not come back ends the run at once
        both.create_task(_strike(run, wait_s, kills=kills, strikes=strikes))
        yield


async def _strike(run: Soak, wait_s: float, *, kills: bool, strikes: bool) -> None:
    if not (kills or strikes):
        return
    await asyncio.sleep(wait_s)
    if kills:
        await run.bot.die()
        await run.bot.start()
        return
    run.blows += 1
    if run.plan.engine == "sqlite":
        await asyncio.to_thread(_lock, run.place.url.removeprefix("sqlite:///"))
        return
    if run.rng.random() < 0.5:
        await asyncio.to_thread(cut_connections, run.place.url)
    else:
        await asyncio.to_thread(run.place.restart)
    await run.evidence.database.engine.dispose()  # the judge's connections were cut, too


def _lock(file: str) -> None:
    """Hold SQLite's write lock for a while, as a backup or a virus scanner may."""
    with contextlib.closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED_S)
        other.execute("ROLLBACK")


async def _through_blows(ask: Callable[[], Awaitable[T]]) -> T:
    """Look at the database while it may be struck, until it answers."""
    for _ in range(60):
        with contextlib.suppress(DBAPIError, OSError):
            return await ask()
        await asyncio.sleep(0.5)
    return await ask()


async def _people_act(run: Soak, week: int, day: int) -> None:
    """Let those who are played do what that day brings."""
    crowd, rng = run.crowd, run.rng
    crowd.look_at_seats(await _through_blows(run.evidence.seats))
    away = await _through_blows(partial(run.evidence.away, run.now))
    mentees = [one for one in run.played if one not in away]
    if day == 1:
        for who in mentees:
            if rng.random() < 0.7:
                await crowd.tries("check in", who, crowd.check_in_now)
    if day == 2:
        for who in mentees:
            await crowd.tries("answer the pulse", who, crowd.answer_pulse)
        for mentor in crowd.cast.mentors:
            await crowd.tries("read", mentor, crowd.read_shared)
    if day == 3:
        for who in (*mentees, *crowd.cast.mentors, crowd.cast.coordinator):
            await crowd.tries("open Home", who, crowd.open_home)
    await _change_lives(run, week, day, mentees)


async def _change_lives(run: Soak, week: int, day: int, mentees: list[str]) -> None:
    """Breaks, leaving and coming back, other mentors, somebody new, and closed accounts."""
    crowd, rng = run.crowd, run.rng
    if day == 2 and week % 3 == 2 and len(mentees) > 2:
        who = rng.choice(mentees)
        await crowd.tries("take a break", who, partial(crowd.pause, weeks=2))
    if day == 3 and week % 6 == 2 and len(mentees) > 2:
        who = rng.choice(mentees)
        if await crowd.tries("leave", who, crowd.leave):
            crowd.left[who] = week
    if day == 3 and week % 5 == 1 and week > 1 and mentees:
        who = rng.choice(mentees)
        await crowd.tries("ask for another mentor", who, crowd.swap)
    for who, since in list(crowd.left.items()):
        if day == 1 and week >= since + 2:
            await crowd.tries("come back", who, crowd.come_back)
            del crowd.left[who]
    if (week, day) == (2, 0):
        await crowd.tries("bring somebody in", crowd.cast.coordinator, crowd.bring_in)
    if (week, day) == (9, 2):
        closed = {"user": crowd.cast.mentees[-1], "deleted": True}
        await crowd.slack.http.post("/_sandbox/user", json=closed)
    if week % 4 == 0 and day == 1:
        zone = rng.choice(("Europe/London", "Europe/Berlin"))
        moved = {"user": crowd.cast.mentees[0], "tz": zone}
        await crowd.slack.http.post("/_sandbox/user", json=moved)
