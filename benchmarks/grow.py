"""What growing costs: the same work in workspaces of 43, 500 and 5,000 members with a year behind.

The limits, from 500 to 5,000 members: at most 1.5 times for what is about one person, at most 15
times for what is about everybody; the event loop is never blocked for more than 0.1 s, and no
write transaction takes more than 0.5 s.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.grow_cases import CASES
from benchmarks.grow_stage import ONE_PERSON, Case, Stage
from benchmarks.measuring import Cost, Probe, hands, watching_the_loop
from benchmarks.tick import empty_database
from benchmarks.year import fill
from benchmarks.year_history import HERE, NOW
from bot.kernel.clock import SetClock
from bot.kernel.database import metadata, open_database
from bot.keys.vault import FileVault
from config.catalogue import load_catalogue

NAME = "grow"
SIZES = (43, 500, 5_000)
ENGINES = ("sqlite", "postgres")
LONGEST_BLOCK_S, LONGEST_WRITE_S = 0.1, 0.5


def run(
    *,
    quick: bool,
    sizes: Sequence[int] = (),
    engines: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[dict[str, object]]:
    """A row for each engine and kind of work, with the ratio of the two largest sizes."""
    sizes = sizes or (SIZES[:2] if quick else SIZES)
    chosen = [case for case in CASES if not only or any(word in case.name for word in only)]
    rows: list[dict[str, object]] = []
    for engine in engines or ENGINES:
        costs = [asyncio.run(_costs(engine, size, chosen)) for size in sizes]
        rows += [
            _row(engine, case, sizes, [one[case.name] for one in costs if case.name in one])
            for case in chosen
        ]
    return rows


def _row(engine: str, case: Case, sizes: Sequence[int], costs: Sequence[Cost]) -> dict[str, object]:
    if len(costs) < len(sizes):
        return {"engine": engine, "case": case.name, "holds": "failed"}
    last = costs[-1]
    ratio = last.p50_ms / costs[-2].p50_ms if len(costs) > 1 else None
    broken = [
        what
        for what, is_broken in (
            ("ratio", ratio is not None and ratio > case.bound),
            ("queries", case.bound == ONE_PERSON and last.most_queries > costs[0].most_queries),
            ("loop", last.longest_block_s > LONGEST_BLOCK_S),
            ("write", last.longest_write_s > LONGEST_WRITE_S),
        )
        if is_broken
    ]
    return {
        "engine": engine,
        "case": case.name,
        **{f"p50_ms_{size:,}": one.p50_ms for size, one in zip(sizes, costs, strict=True)},
        "p99_ms": last.p99_ms,
        "ratio": ratio,
        "bound": case.bound,
        "queries": " ".join(str(one.most_queries) for one in costs),
        "block_s": last.longest_block_s,
        "write_s": last.longest_write_s,
        "holds": "yes" if not broken else "no: " + ", ".join(broken),
    }


async def _costs(engine: str, size: int, cases: Sequence[Case]) -> dict[str, Cost]:
    """What each case costs in a workspace of `size` members; one that fails is said and left."""
    with empty_database(engine) as address, tempfile.TemporaryDirectory() as folder:
        database = open_database(address)
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
        vault = FileVault(Path(folder))
        year = await fill(database, load_catalogue(), vault, members=size)
        user = hands(database, SetClock(NOW), vault, workspace_id=HERE)
        stage = Stage(database, year, user, Probe(database))
        for case in cases:
            try:
                stage.costs[case.name] = await _measure(stage, case)
            except Exception as failure:  # the other figures are worth having all the same
                print(f"{engine} {size} {case.name}: {failure!r}")
        await database.close()
    return stage.costs


async def _measure(stage: Stage, case: Case) -> Cost:
    cost = Cost()
    warm_up = 2 if case.times > 3 else 0
    for n in range(-warm_up, case.times):
        given = await case.prepare(stage, n)
        spent = cost if n >= 0 else Cost()
        async with watching_the_loop(spent):
            with stage.probe.adding_to(spent):
                await case.work(stage, n, given)
    return cost
