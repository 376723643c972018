from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.schedule import claims, store
from bot.schedule.model import Due, Once, Rule, Weekly
from tests.conftest import ELSEWHERE, HERE

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)  # a Wednesday
MONDAYS = Weekly(weekday=0, at=time(9), anchor=date(2026, 9, 7))
MONDAY = datetime(2026, 9, 7, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


async def put(
    database: Database,
    rule: Rule = MONDAYS,
    *,
    subject_id: str = "bob",
    workspace_id: WorkspaceId = HERE,
    tz: str = "UTC",
    now: datetime = NOW,
    not_before: datetime | None = None,
) -> datetime | None:
    async with database.writing() as connection:
        return await store.put(
            connection,
            workspace_id,
            kind="checkin_prompt",
            subject_id=subject_id,
            rule=rule,
            tz=tz,
            now=now,
            not_before=not_before,
        )


async def claim(database: Database, now: datetime, *, limit: int = 100) -> list[Due]:
    async with database.writing() as connection:
        return await claims.claim_due(connection, now=now, limit=limit)


async def first(database: Database) -> datetime | None:
    async with database.reading() as connection:
        return await claims.next_due_at(connection)


async def test_a_schedule_is_due_at_its_local_time_and_then_a_week_later(
    database: Database,
) -> None:
    assert await put(database, tz="Asia/Singapore") == MONDAY - timedelta(hours=8)

    assert await claim(database, MONDAY - timedelta(hours=8, seconds=1)) == []
    due = await claim(database, MONDAY - timedelta(hours=8))

    assert [(one.workspace_id, one.kind, one.subject_id) for one in due] == [
        (HERE, "checkin_prompt", "bob")
    ]
    assert due[0].due_at == MONDAY - timedelta(hours=8)
    assert await first(database) == MONDAY + WEEK - timedelta(hours=8)


async def test_what_was_missed_is_caught_up_once(database: Database) -> None:
    await put(database)

    due = await claim(database, MONDAY + 3 * WEEK + timedelta(days=2))
    again = await claim(database, MONDAY + 3 * WEEK + timedelta(days=2))

    assert [(one.first_due_at, one.due_at) for one in due] == [(MONDAY, MONDAY + 3 * WEEK)]
    assert again == []
    assert await first(database) == MONDAY + 4 * WEEK


async def done_ahead(database: Database, at: datetime, *, until: datetime) -> datetime | None:
    """Take Bob's as served `at` an instant, if it comes until another; when the first is due."""
    bobs = {"kind": "checkin_prompt", "subject_id": "bob"}
    async with database.writing() as connection:
        await claims.served_ahead(connection, HERE, **bobs, until=until, now=at)
    return await first(database)


async def test_what_is_done_ahead_of_its_date_is_not_due_on_it(database: Database) -> None:
    await put(database)
    await put(database, workspace_id=ELSEWHERE, tz="Asia/Tokyo")
    elsewhere, early, late = MONDAY - timedelta(hours=9), timedelta(days=3), timedelta(minutes=5)

    assert await done_ahead(database, MONDAY - early, until=MONDAY - early / 3) == elsewhere
    assert await claim(database, MONDAY - timedelta(hours=1)) != []  # another workspace's
    assert await done_ahead(database, MONDAY - late, until=MONDAY + early) == elsewhere + WEEK
    assert await claim(database, MONDAY) == []
    assert [one.due_at for one in await claim(database, MONDAY + WEEK)][-1] == MONDAY + WEEK


async def test_what_is_due_already_or_comes_once_is_not_passed_over(database: Database) -> None:
    for rule, at in ((MONDAYS, MONDAY), (Once(MONDAY), NOW)):
        await put(database, rule)
        assert await done_ahead(database, at, until=MONDAY + WEEK / 2) == MONDAY


async def test_a_claim_takes_the_longest_due_first_and_no_more_than_its_limit(
    database: Database,
) -> None:
    for hours, subject in ((3, "c"), (1, "a"), (2, "b")):
        await put(database, Once(NOW + timedelta(hours=hours)), subject_id=subject)

    due = await claim(database, NOW + timedelta(hours=9), limit=2)

    assert [one.subject_id for one in due] == ["a", "b"]
    assert [one.subject_id for one in await claim(database, NOW + timedelta(hours=9))] == ["c"]
    assert await first(database) is None


async def test_a_claim_that_is_rolled_back_is_claimed_again(database: Database) -> None:
    await put(database)

    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            assert await claims.claim_due(connection, now=MONDAY, limit=9)
            raise ZeroDivisionError

    assert len(await claim(database, MONDAY)) == 1


async def test_two_replicas_never_claim_the_same(database: Database) -> None:
    for number in range(40):
        await put(database, subject_id=f"m{number}")

    if database.is_sqlite:
        both = [await claim(database, MONDAY, limit=25) for _ in range(2)]
    else:
        async with database.writing() as one, database.writing() as other:
            both = [
                await claims.claim_due(one, now=MONDAY, limit=25),
                await claims.claim_due(other, now=MONDAY, limit=25),
            ]

    subjects = [due.subject_id for claimed in both for due in claimed]
    assert len(subjects) == len(set(subjects)) == 40


async def test_a_single_time_that_is_past_is_due_at_once(database: Database) -> None:
    await put(database, Once(datetime(2026, 9, 1, 9, tzinfo=UTC)))

    assert len(await claim(database, NOW)) == 1
    assert await first(database) is None


async def test_a_second_put_changes_the_rule_and_does_not_add_one(database: Database) -> None:
    await put(database)

    await put(database, Weekly(weekday=1, at=time(9), anchor=date(2026, 9, 7)))

    assert [one.due_at for one in await claim(database, MONDAY + timedelta(days=2))] == [
        MONDAY + timedelta(days=1)
    ]


async def test_putting_the_same_rule_again_does_not_lose_what_is_due(database: Database) -> None:
    await put(database)

    await put(database, now=MONDAY + timedelta(minutes=5))

    assert [one.due_at for one in await claim(database, MONDAY + timedelta(minutes=6))] == [MONDAY]


async def test_a_new_rule_does_not_serve_the_same_date_twice(database: Database) -> None:
    await put(database)
    await claim(database, MONDAY)

    later_that_day = Weekly(weekday=0, at=time(15), anchor=date(2026, 9, 7))
    await put(database, later_that_day, now=MONDAY + timedelta(hours=1))

    assert await first(database) == MONDAY + WEEK + timedelta(hours=6)


async def test_nothing_is_due_before_not_before(database: Database) -> None:
    await put(database, not_before=MONDAY + timedelta(days=1))

    assert await first(database) == MONDAY + WEEK


async def rest(database: Database, until: datetime | None, *, now: datetime = NOW) -> None:
    async with database.writing() as connection:
        await store.pause(connection, HERE, subject_id="bob", until=until, now=now)


async def back(database: Database, now: datetime) -> None:
    async with database.writing() as connection:
        await store.resume(connection, HERE, subject_id="bob", now=now)


async def test_a_pause_ends_by_itself_at_the_next_time_after_it(database: Database) -> None:
    await put(database)

    await rest(database, MONDAY + timedelta(days=9))

    assert await claim(database, MONDAY + WEEK) == []
    assert await first(database) == MONDAY + 2 * WEEK


async def test_a_pause_without_an_end_lasts_until_it_is_ended(database: Database) -> None:
    await put(database)

    await rest(database, None)
    await put(database)
    assert await first(database) is None
    await back(database, MONDAY + timedelta(days=1))

    assert await first(database) == MONDAY + WEEK


async def test_ending_a_pause_early_brings_the_next_time_back(database: Database) -> None:
    await put(database)
    await rest(database, MONDAY + 5 * WEEK)

    await back(database, NOW + timedelta(days=1))

    assert await first(database) == MONDAY


async def test_a_single_time_within_a_pause_comes_at_its_end(database: Database) -> None:
    await put(database, Once(MONDAY))

    await rest(database, MONDAY + timedelta(days=1))

    assert await first(database) == MONDAY + timedelta(days=1)


async def test_a_schedule_put_during_a_pause_rests_too(database: Database) -> None:
    await rest(database, MONDAY + timedelta(days=1))

    assert await put(database) == MONDAY + WEEK


async def test_a_vacation_and_a_pause_end_with_the_later(database: Database) -> None:
    await put(database)
    async with database.writing() as connection:
        await store.pause(
            connection, HERE, subject_id="bob", until=MONDAY + 2 * WEEK, now=NOW, reason="vacation"
        )

    await rest(database, MONDAY + timedelta(days=1))
    await back(database, NOW)

    assert await first(database) == MONDAY + 2 * WEEK


async def travel(database: Database, tz: str, now: datetime) -> None:
    async with database.writing() as connection:
        await store.change_zone(connection, HERE, subject_id="bob", tz=tz, now=now)


async def test_a_traveller_who_had_monday_already_does_not_get_it_again(
    database: Database,
) -> None:
    await put(database, tz="Asia/Singapore")
    served_at = MONDAY - timedelta(hours=8)
    await claim(database, served_at)

    await travel(database, "America/New_York", served_at + timedelta(hours=1))

    assert await first(database) == MONDAY + WEEK + timedelta(hours=4)


async def test_a_traveller_whose_hour_has_passed_gets_it_at_once(database: Database) -> None:
    await put(database, tz="America/New_York")
    sunday_evening = MONDAY - timedelta(hours=7)

    await travel(database, "Asia/Singapore", sunday_evening)

    assert len(await claim(database, sunday_evening)) == 1
    assert await first(database) == MONDAY + WEEK - timedelta(hours=8)


@pytest.mark.parametrize("tz", ["Mars/Olympus", "", "../etc/passwd", "not a zone"])
async def test_an_unknown_zone_is_refused(database: Database, tz: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        await put(database, tz=tz)


async def test_another_workspace_is_never_touched(database: Database) -> None:
    await put(database)
    await put(database, workspace_id=ELSEWHERE)

    async with database.writing() as connection:
        await store.pause(connection, ELSEWHERE, subject_id="bob", until=None, now=NOW)
        await store.remove(connection, ELSEWHERE, kind="checkin_prompt", subject_id="bob")
        await store.remove_subject(connection, ELSEWHERE, subject_id="bob")
        await store.change_zone(connection, ELSEWHERE, subject_id="bob", tz="Asia/Tokyo", now=NOW)
        mallorys = await store.upcoming(connection, ELSEWHERE, subject_ids=["bob"])
        bobs = await store.upcoming(connection, HERE, subject_ids=["bob"])

    assert mallorys == []
    assert [(one.due_at, one.tz) for one in bobs] == [(MONDAY, "UTC")]


async def test_a_removed_schedule_never_falls_due(database: Database) -> None:
    await put(database)

    async with database.writing() as connection:
        await store.remove(connection, HERE, kind="checkin_prompt", subject_id="bob")

    assert await claim(database, MONDAY + WEEK) == []


async def test_the_rule_is_kept_as_it_was_put(database: Database) -> None:
    await put(database)

    async with database.reading() as connection:
        kept = await store.rule_of(connection, HERE, kind="checkin_prompt", subject_id="bob")
        none = await store.rule_of(connection, HERE, kind="mentor_nudge", subject_id="bob")

    assert kept == MONDAYS
    assert none is None


async def test_a_claim_reads_what_is_due_and_not_what_exists(owned: Database) -> None:
    many = [
        {
            "workspace_id": HERE,
            "kind": "checkin_prompt",
            "subject_id": f"m{number}",
            "rule": MONDAYS.to_text(),
            "tz": "UTC",
            "next_due_at": MONDAY + timedelta(minutes=number),
            "due_on": date(2026, 9, 7),
        }
        for number in range(5000)
    ]
    statement = (
        sa.select(store.schedule)
        .where(store.schedule.c.next_due_at <= MONDAY)
        .order_by(store.schedule.c.next_due_at)
        .limit(10)
    )
    async with owned.writing() as connection:
        await connection.execute(store.schedule.insert(), many)
        await connection.exec_driver_sql("ANALYZE")
        dialect = connection.dialect
        text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        how = "EXPLAIN QUERY PLAN " if owned.is_sqlite else "EXPLAIN "
        plan = "\n".join(
            " ".join(map(str, row)) for row in await connection.exec_driver_sql(how + text)
        )

    assert "ix_schedule_next_due_at" in plan
    assert "SCAN schedule\n" not in plan
    assert "Seq Scan" not in plan
