"""Acts of coordinators: written once, read newest first, naming nobody who was erased."""

from datetime import UTC, datetime, timedelta

from bot.audit import store
from bot.audit.model import Act
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, WorkspaceId

HERE, THERE = WorkspaceId("T0HERE"), WorkspaceId("T0THERE")
CAROL, BOB = MemberId("member-carol"), MemberId("member-bob")
NOW = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)


async def test_acts_are_read_newest_first_page_by_page(database: Database) -> None:
    async with database.writing() as connection:
        for number in range(3):
            at, what = NOW + timedelta(minutes=number), f"{number} weeks"
            extended = Act.PROGRAMME_EXTENDED
            await store.record(connection, HERE, extended, by=CAROL, now=at, what=what)
        await store.record(connection, THERE, Act.PROGRAMME_STARTED, by=CAROL, now=NOW)

    async with database.reading() as connection:
        first = await store.entries(connection, HERE, most=2)
        last = first[-1]
        rest = await store.entries(connection, HERE, before=(last.at, last.id), most=2)

    assert [one.what for one in first + rest] == ["2 weeks", "1 weeks", "0 weeks"]


async def test_nobody_who_was_erased_is_named(database: Database) -> None:
    async with database.writing() as connection:
        closed, both = Act.PROGRAMME_CLOSED, [BOB, CAROL]
        await store.record(connection, HERE, closed, by=CAROL, now=NOW, about=both)
        await store.record(connection, THERE, closed, by=CAROL, now=NOW, about=both)

        await store.forget_member(connection, HERE, CAROL)

    async with database.reading() as connection:
        [here] = await store.entries(connection, HERE)
        [there] = await store.entries(connection, THERE)

    assert (here.by, here.about) == (None, (BOB,))
    assert (there.by, there.about) == (CAROL, (BOB, CAROL))
