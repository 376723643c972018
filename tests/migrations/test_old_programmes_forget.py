"""Programmes that were closed before there were plans to forget are looked at after the upgrade."""

from dataclasses import replace
from datetime import date

import pytest

from bot.kernel.database import open_database
from bot.kernel.ids import ProgrammeId
from bot.kinds import ScheduleKind
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.retention import store
from bot.schedule import store as schedule
from runtime.commands.schema import migrate
from tests.migrations.test_migrations import downgrade
from tests.support.cast import HERE, PROGRAMME


@pytest.mark.parametrize("times", [1, 2])
async def test_closed_programmes_without_a_plan_fall_due_and_others_do_not(
    empty_database_address: str, times: int
) -> None:
    address = empty_database_address
    await migrate(address)
    database = open_database(address)
    closed, known, running = (
        replace(PROGRAMME, id=ProgrammeId(name), state=state)
        for name, state in (
            ("closed", ProgrammeState.CLOSED),
            ("known", ProgrammeState.CLOSED),
            ("running", ProgrammeState.RUNNING),
        )
    )
    async with database.writing() as connection:
        for one in (closed, known, running):
            await programmes.put_programme(connection, HERE, one)
        plan = await store.plan_of(connection, known)
        await store.put(connection, replace(plan, closed_on=date(2026, 1, 5)))

    for _ in range(times):
        await downgrade(address, "0050")
        await migrate(address)

    async with database.reading() as connection:
        ids = ["closed", "known", "running"]
        found = await schedule.upcoming(connection, HERE, subject_ids=ids)
    await database.close()
    assert [(one.kind, one.subject_id) for one in found] == [(ScheduleKind.RETENTION, "closed")]
