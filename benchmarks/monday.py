"""A Monday morning: everybody is due at once while people use Home and `/checkin`.

The limits: no modal is lost and none takes more than a second, on both engines; and of 200
workspaces with 500 members each, the last prompt is in the outbox within a minute.
"""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from slack_bolt.request.async_request import AsyncBoltRequest

from benchmarks.grow_cases import all_due
from benchmarks.grow_stage import Stage
from benchmarks.measuring import Cost, Hands, Probe, hands, watching_the_loop
from benchmarks.tick import empty_database
from benchmarks.year import fill
from benchmarks.year_history import HERE, NOW
from bot import jobs
from bot.delivery.tables import outbox
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, metadata, open_database
from bot.keys.vault import FileVault
from bot.people.model import Role
from bot.people.tables import member_table
from bot.schedule.tables import schedule
from config.catalogue import load_catalogue
from handlers.register import CAPABILITIES

NAME = "monday"
AT_ONCE = 50
LONGEST_S = 1.0
PATIENCE_S = 10.0
WORKSPACES, EACH = 200, 500
RULE = "weekly 0 08:30:00 every 1 from 2026-09-07"


def run(
    *,
    quick: bool,
    sizes: Sequence[int] = (),
    engines: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[dict[str, object]]:
    """A row for each engine: one large workspace in use, and many workspaces at once.

    `sizes` are the members of the one, and then the number of workspaces.
    """
    members, workspaces = [*sizes, *((500, 20) if quick else (5_000, WORKSPACES))[len(sizes) :]]
    rows: list[dict[str, object]] = []
    for engine in engines or ("sqlite", "postgres"):
        if not only or "people" in only:
            rows.append(asyncio.run(_people(engine, members)))
        if not only or "workspaces" in only:
            rows.append(asyncio.run(_workspaces(engine, workspaces)))
    return rows


async def _all_ticks(database: Database, user: Hands) -> int:
    """Do what is due, batch after batch, as the loop does."""
    done = 0
    while claimed := await jobs.tick(database, CAPABILITIES.duties(user.services), now=NOW):
        done += claimed
    return done


async def _people(engine: str, members: int) -> dict[str, object]:
    with empty_database(engine) as address, tempfile.TemporaryDirectory() as folder:
        database = open_database(address)
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
        vault = FileVault(Path(folder))
        year = await fill(database, load_catalogue(), vault, members=members)
        user = hands(database, SetClock(NOW), vault, workspace_id=HERE)
        stage = Stage(database, year, user, Probe(database))
        await all_due(stage, 0)
        cost = Cost()
        started = time.perf_counter()
        async with watching_the_loop(cost):
            ticking = asyncio.create_task(_all_ticks(database, user))
            numbers = itertools.count()
            waited = [_use(stage, n, numbers, ticking) for n in range(AT_ONCE)]
            waited_s = [one for some in await asyncio.gather(*waited) for one in some]
        due, seconds = await ticking, time.perf_counter() - started
        await database.close()
    waited_s.sort()
    return {
        "what": "everybody due while 50 use Home and /checkin",
        "engine": engine,
        "members": members,
        "due": due,
        "seconds": seconds,
        "used": len(waited_s),
        "lost": sum(one >= PATIENCE_S for one in waited_s),
        "p50_s": waited_s[len(waited_s) // 2],
        "worst_s": waited_s[-1],
        "block_s": cost.longest_block_s,
        "holds": "yes" if waited_s[-1] <= LONGEST_S else "no",
    }


async def _use(
    stage: Stage, n: int, numbers: Iterator[int], ticking: "asyncio.Task[int]"
) -> list[float]:
    """One person who opens Home and `/checkin` in turn, until all that was due is done."""
    waited_s: list[float] = []
    whose = stage.year.mentees[n].slack_user_id
    while not waited_s or not ticking.done():
        number = next(numbers)
        trigger = f"monday-{number}"
        about = {"team_id": HERE, "user_id": whose, "team": {"id": HERE}}
        body: dict[str, object] = {"command": "/checkin", "text": "", "trigger_id": trigger}
        key = trigger
        if len(waited_s) % 2:
            event = {"type": "app_home_opened", "user": whose, "tab": "home"}
            body = {"type": "event_callback", "event_id": trigger, "event": event}
            key = whose
        stage.hands.slack.arrived.pop(key, None)
        started = time.perf_counter()
        await stage.hands.app.async_dispatch(
            AsyncBoltRequest(body=body | about, mode="socket_mode")
        )
        waited_s.append(await _until_shown(stage.hands, key, started))
        await asyncio.sleep(0.5)
    return waited_s


async def _until_shown(user: Hands, key: str, started: float) -> float:
    while time.perf_counter() - started < PATIENCE_S:
        if key in user.slack.arrived:
            return user.slack.arrived[key] - started
        await asyncio.sleep(0.002)
    return PATIENCE_S


async def _workspaces(engine: str, workspaces: int) -> dict[str, object]:
    with empty_database(engine) as address, tempfile.TemporaryDirectory() as folder:
        database = open_database(address)
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
            for number in range(workspaces):
                people, due = _members_and_prompts(f"T{number:05d}")
                await connection.execute(member_table.insert(), people)
                await connection.execute(schedule.insert(), due)
        user = hands(database, SetClock(NOW), FileVault(Path(folder)), workspace_id=HERE)
        started = time.perf_counter()
        await _all_ticks(database, user)
        seconds = time.perf_counter() - started
        async with database.reading() as connection:
            count = sa.select(sa.func.count()).select_from(outbox)
            queued = (await connection.execute(count)).scalar_one()
        await database.close()
    return {
        "what": f"{workspaces} workspaces due at 08:30, to the last prompt in the outbox",
        "engine": engine,
        "members": EACH,
        "due": queued,
        "seconds": seconds,
        "holds": "yes" if seconds <= 60 else "no",
    }


def _members_and_prompts(workspace: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    names = ("interests", "languages", "prefers", "avoid", "supervised_by")
    lists: dict[str, list[str]] = {name: [] for name in names}
    plain = {"capacity": 0, "department": "", "site": "", "timezone": "UTC", "state": "active"}
    at = NOW - timedelta(minutes=1)
    people = [
        {
            "workspace_id": workspace,
            "id": f"m{n}",
            "slack_user_id": f"U{n}",
            "name": f"Mentee {n}",
            **{f"is_{role}": role is Role.MENTEE for role in Role},
            **plain,
            **lists,
        }
        for n in range(EACH)
    ]
    due = [
        {
            "workspace_id": workspace,
            "kind": "checkin_prompt",
            "subject_id": f"m{n}",
            "rule": RULE,
            "tz": "UTC",
            "next_due_at": at,
            "due_on": at.date(),
        }
        for n in range(EACH)
    ]
    return people, due
