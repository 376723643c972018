"""Let a programme live for weeks while Slack, the database and the bot break, and judge each week.

The bot is a process that is killed; the clock is the sandbox's, so that weeks take minutes.
"""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx

from bot.kernel.clock import SetClock
from bot.kernel.database import open_database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from config.catalogue import load_catalogue
from runtime.commands.schema import migrate
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.past import demo_template
from runtime.demo.sandbox import NO_TLS, Sandbox, coordinators_channel, install_app, put_people_in
from runtime.process import Cairn
from tests.crash.databases import Place
from tests.crash.harness import sandbox
from tests.e2e.reading import ToDosSaid
from tests.soak.evidence import Evidence
from tests.soak.invariants import Vitals, slope_per_week
from tests.soak.judging import LIMITS, WARM_UP, judge
from tests.soak.people import NEWCOMER, Crowd, WorkspaceOutside
from tests.soak.plan import PLAYED, Soak, SoakPlan
from tests.soak.process import Bot
from tests.soak.the_bot import BotsOrders
from tests.soak.week import START, live_a_week

WORKSPACE = WorkspaceId("T0CAIRN")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakReport:
    """What a run came to; `broken` is what the first week that broke something broke."""

    plan: SoakPlan
    week: int
    seconds: float
    messages: int
    kills: int
    blows: int
    faults: dict[str, int]
    acted: dict[str, int]
    given_up: dict[str, int]
    why: dict[str, str]
    vitals: list[Vitals]
    slopes: dict[str, float | None]
    broken: list[str]


async def soak(plan: SoakPlan, place: Place, *, tell: Callable[[str], object] = len) -> SoakReport:
    """Live through the weeks of `plan` on the empty database at `place`; `tell` hears of each."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, sandbox(start=START) as base:
        async with httpx.AsyncClient(base_url=base, timeout=180, verify=NO_TLS) as http:
            run = await _begin(plan, place, Path(folder), base, http)
            broken: list[str] = []
            week = 0
            try:
                for week in range(1, plan.weeks + 1):
                    await live_a_week(run, week)
                    broken = await judge(run)
                    tell(f"week {week}: {_so_far(run)}")
                    if broken:
                        break
            finally:
                await run.bot.die()
                await run.evidence.database.close()
            queued = len(await run.evidence.posted())
    return SoakReport(
        plan=plan,
        week=week,
        seconds=time.monotonic() - began,
        messages=queued,
        kills=run.bot.kills,
        blows=run.blows,
        faults=dict(run.fired),
        acted=dict(run.crowd.acted),
        given_up=dict(run.crowd.given_up),
        why=run.crowd.why,
        vitals=run.vitals,
        slopes={name: slope_per_week(run.vitals, name, warm_up=WARM_UP) for name in LIMITS},
        broken=broken,
    )


def _so_far(run: Soak) -> str:
    seen = run.vitals[-1] if run.vitals else None
    memory = f", {seen.rss_mb:.0f} MB in life {seen.life}" if seen else ""
    gave_up = [f"{what} ({run.crowd.why[what]})" for what in run.crowd.given_up]
    return f"{run.bot.kills} kills{memory}; given up so far: {', '.join(gave_up) or 'nothing'}"


async def _begin(
    plan: SoakPlan, place: Place, folder: Path, base: str, http: httpx.AsyncClient
) -> Soak:
    """Put people and a programme under way into an empty database, and start the bot."""
    rng = random.Random(plan.seed)
    cast_ = made_up_cast(mentors=plan.mentors, mentees=plan.mentees, seed=plan.seed)
    box = Sandbox(base, http)
    await put_people_in(box, cast_)
    newcomer = {"id": NEWCOMER, "name": "nadia", "real_name": "Nadia Newcomer"}
    await box.post("users", {"users": [newcomer | {"tz": "Europe/Berlin"}]})
    await install_app(box)
    await migrate(place.url)
    keys = Keyring(FileVault(folder / "keys"), WORDS)
    database = with_keyring(open_database(place.url), keys)
    catalogue = load_catalogue()
    await set_up_programme(
        database,
        catalogue,
        cast_,
        workspace_id=WORKSPACE,
        now=START,
        coordinator_channel=await coordinators_channel(box, cast_),
        template=demo_template(catalogue),
    )
    played = (cast_.coordinator, *cast_.mentees[:PLAYED], NEWCOMER)
    bot = Bot(BotsOrders(base, place.url, str(folder), played, plan.seed), http)
    await bot.start()
    return Soak(
        plan=plan,
        place=place,
        crowd=_crowd(http, base, cast_, rng),
        bot=bot,
        evidence=Evidence(http, database, WORKSPACE),
        rng=rng,
    )


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """All that hands in Slack need to know of a bot in another process."""

    workspace_id: WorkspaceId


def _crowd(http: httpx.AsyncClient, base: str, cast_: Cast, rng: random.Random) -> Crowd:
    cairn = cast(Cairn, _Elsewhere(WORKSPACE))
    slack = WorkspaceOutside(url=base, http=http, cairn=cairn, clock=SetClock(START))
    return Crowd(slack=slack, cast=cast_, said=ToDosSaid(), rng=rng)
