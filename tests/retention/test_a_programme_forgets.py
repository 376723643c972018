"""After its end a programme forgets words, later names: told before, and only its own."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.audit import store as audit
from bot.delivery.tables import outbox
from bot.flows import purge as purging
from bot.flows.purge import Purge, retention_due
from bot.kernel.database import Database, all_tables
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import ProgrammeId
from bot.keys.vault import FileVault
from bot.kinds import MessageKind, ScheduleKind
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.pulse.tables import release_table
from bot.retention import store, use_cases
from bot.retention.model import RetentionPlan
from bot.schedule.model import Due
from handlers.register import CAPABILITIES
from tests.research.agreeing import MARK, MENTEES, MENTORS, NOW, STUDY, fill
from tests.support.cast import CAROL, HERE, MALLORY
from tests.support.transactions import write

ENDED = replace(STUDY, state=ProgrammeState.CLOSED)
NEXT = replace(STUDY, id=ProgrammeId("programme_next"), name="The next year")
WORDS = (
    *("checkin", "checkin_reply", "goal", "goal_note", "compass", "agreement", "agreement_side"),
    *("looking_back", "closing_thanks", "relationship_rating"),
)


@pytest.fixture
async def ended(database: Database, tmp_path: Path) -> tuple[Database, Purge]:
    await fill(database)
    await write(database, programmes.put_programme, HERE, ENDED)
    await write(database, use_cases.begin, ENDED, now=NOW)
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()
    return database, Purge(database, vault, CAPABILITIES.erasers)


async def morning(purge: Purge, days: int) -> RetentionPlan:
    """Do what falls due so many days after the close."""
    at = NOW + timedelta(days=days)
    due = Due(
        workspace_id=HERE,
        kind=ScheduleKind.RETENTION,
        subject_id=STUDY.id,
        due_at=at,
        first_due_at=at,
        tz="UTC",
    )
    await retention_due(due, at, purge=purge)
    return await plan_of(purge.database)


async def plan_of(database: Database) -> RetentionPlan:
    async with database.reading() as connection:
        return await store.plan_of(connection, ENDED)


async def counts(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        return {
            table.name: (
                await connection.execute(sa.select(sa.func.count()).select_from(table))
            ).scalar_one()
            for table in all_tables().sorted_tables
        }


async def told(database: Database, kind: MessageKind) -> list[str]:
    query = sa.select(outbox.c.recipient).where(outbox.c.kind == kind)
    async with database.reading() as connection:
        return sorted((await connection.execute(query)).scalars())


async def test_everybody_is_told_once_and_before(ended: tuple[Database, Purge]) -> None:
    database, purge = ended
    before = await counts(database)

    assert (await morning(purge, 75)).told_on is None
    plan = await morning(purge, 76)
    await morning(purge, 77)
    assert (await morning(purge, 89)).words_gone_at is None

    assert plan.words_on == date(2026, 11, 16) + timedelta(days=90)
    everybody = sorted(one.slack_user_id for one in (*MENTORS, *MENTEES))
    assert await told(database, MessageKind.RETENTION_NOTICE) == everybody
    assert await told(database, MessageKind.RETENTION_NEWS) == [CAROL.slack_user_id]
    after = await counts(database)
    assert {name: after[name] for name in WORDS} == {name: before[name] for name in WORDS}


async def test_words_go_on_their_day_and_what_is_owed_stays(
    ended: tuple[Database, Purge],
) -> None:
    database, purge = ended
    await morning(purge, 76)
    before = await counts(database)

    plan = await morning(purge, 90)

    after = await counts(database)
    assert {name: after[name] for name in WORDS} == dict.fromkeys(WORDS, 0)
    for name in ("member", "pairing", "meeting", "stage_event", "pulse_release", "mentoring_group"):
        assert after[name] == before[name], name
    assert plan.words_gone_at is not None
    assert plan.counts["checkin"] == 36
    assert plan.counts["words to stages"] == 24
    async with database.reading() as connection:
        [entry] = await audit.entries(connection, HERE)
    assert (entry.act, entry.by) == ("purged", None)
    assert "36 checkin" in entry.what


async def test_names_go_later_and_those_who_have_work_here_stay(
    ended: tuple[Database, Purge],
) -> None:
    database, purge = ended
    await morning(purge, 76)
    await morning(purge, 90)
    await morning(purge, 364)
    assert (await counts(database))["member"] == 19

    plan = await morning(purge, 365)

    async with database.reading() as connection:
        left = await people.members(connection, HERE)
        everything = [
            str(row)
            for table in all_tables().sorted_tables
            for row in await connection.execute(sa.select(table))
            if table.name not in {"programme", "pulse_comment"}
        ]
        released = (await connection.execute(sa.select(release_table))).all()
    assert [one.id for one in left] == [CAROL.id]
    assert plan.names_gone_at is not None
    assert plan.counts["members"] == 18
    assert [one for one in everything if MARK in one] == []
    assert len(released) == 2
    assert await morning(purge, 366) == plan


async def test_whoever_is_in_another_programme_keeps_what_it_needs(
    ended: tuple[Database, Purge],
) -> None:
    database, purge = ended
    await write(database, programmes.put_programme, HERE, NEXT)
    await write(database, programmes.enrol, HERE, NEXT.id, [MENTEES[0].id])
    await morning(purge, 76)
    await morning(purge, 90)
    await morning(purge, 365)

    async with database.reading() as connection:
        left = {one.id for one in await people.members(connection, HERE)}
    found = await counts(database)
    assert left == {CAROL.id, MENTEES[0].id}
    assert found["stage_event"] == 2
    assert found["checkin"] == 0


async def test_a_purge_that_breaks_off_says_so_and_goes_on_where_it_was(
    ended: tuple[Database, Purge], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, purge = ended
    monkeypatch.setattr(purging, "AT_ONCE", 5)
    await morning(purge, 76)
    before, done = purging.delete_words, []

    async def breaks(*args: Any) -> dict[str, int]:
        done.append(1)
        if len(done) == 3:
            raise OperatorFacing("the disk is full")
        return await before(*args)

    monkeypatch.setattr(purging, "delete_words", breaks)
    with pytest.raises(OperatorFacing):
        await morning(purge, 90)
    halfway = await plan_of(database)
    left = (await counts(database))["checkin"]
    plan = await morning(purge, 90)

    assert halfway.failed_at is not None
    assert halfway.words_gone_at is None
    assert 0 < left < 36
    assert plan.failed_at is None
    assert plan.counts["checkin"] == 36
    assert (await counts(database))["checkin"] == 0
    assert await told(database, MessageKind.RETENTION_NEWS) == [CAROL.slack_user_id] * 3


async def test_a_notice_that_comes_late_moves_the_day(ended: tuple[Database, Purge]) -> None:
    _, purge = ended

    plan = await morning(purge, 200)

    assert plan.words_gone_at is None
    assert plan.words_on == date(2026, 11, 16) + timedelta(days=214)
    assert (await morning(purge, 213)).words_gone_at is None
    assert (await morning(purge, 214)).words_gone_at is not None


async def test_a_coordinator_postpones_once(ended: tuple[Database, Purge]) -> None:
    database, purge = ended
    await morning(purge, 76)
    its: Any = {"by": CAROL.id, "now": NOW}

    await write(database, use_cases.postpone, HERE, STUDY.id, **its)
    with pytest.raises(UserFacing, match="postponed before"):
        await write(database, use_cases.postpone, HERE, STUDY.id, **its)

    assert (await morning(purge, 119)).words_gone_at is None
    assert (await morning(purge, 120)).words_gone_at is not None
    for somebody in (MENTORS[0].id, MALLORY.id):
        with pytest.raises(UserFacing):
            await write(database, use_cases.postpone, HERE, STUDY.id, by=somebody, now=NOW)


async def test_days_are_changed_before_the_end_alone(database: Database) -> None:
    await fill(database)
    its: Any = {"by": CAROL.id, "now": NOW}
    await write(database, use_cases.change, HERE, STUDY.id, days=(30, 400, 10), **its)
    for wrong in ((10, 400, 7), (30, 20, 10), (30, 9999, 10), (30, 400, 3), (30, 400, 31)):
        with pytest.raises(UserFacing):
            await write(database, use_cases.change, HERE, STUDY.id, days=wrong, **its)
    assert (await plan_of(database)).words_days == 30

    await write(database, programmes.put_programme, HERE, ENDED)
    with pytest.raises(UserFacing, match="has ended"):
        await write(database, use_cases.change, HERE, STUDY.id, days=(60, 400, 10), **its)


def test_every_table_of_words_is_deleted_or_belongs_to_one_that_is() -> None:
    gone = {one.name for one, _ in purging.BY_MEMBER + purging.OF_MEMBER_ALONE}
    gone |= {one.name for one in purging.BY_PAIR + purging.BY_GROUP} | {"announcement"}
    kept = {
        "concern": "the contact people's own work; goes with its author",
        "installation": "tokens",
        "pairing_wish": "for the matching of the next programme; goes with its author",
        "roster_feed": "the address of the workspace's list, while it is read",
        "stage_event": "the words alone are deleted",
    }
    for table in all_tables().sorted_tables:
        if "sealed" in table.columns and table.name not in {*gone, *kept, "pulse_ballot"}:
            parents = {key.column.table.name for key in table.foreign_keys}
            assert parents & gone, f"{table.name} is kept for ever: say so, or delete it"


async def test_a_programme_closed_before_there_were_plans_counts_from_now_and_says_so(
    database: Database, tmp_path: Path
) -> None:
    await fill(database)
    await write(database, programmes.put_programme, HERE, ENDED)
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()
    purge = Purge(database, vault, CAPABILITIES.erasers)
    before = await counts(database)

    plan = await morning(purge, 400)

    assert plan.closed_on == (NOW + timedelta(days=400)).date()
    assert (plan.told_on, plan.words_on) == (None, plan.closed_on + timedelta(days=90))
    assert await told(database, MessageKind.RETENTION_NEWS) == [CAROL.slack_user_id]
    assert (await morning(purge, 475)).told_on is None
    assert (await morning(purge, 476)).told_on is not None
    assert (await morning(purge, 489)).words_gone_at is None
    after = await counts(database)
    assert {name: after[name] for name in WORDS} == {name: before[name] for name in WORDS}
    assert (await morning(purge, 490)).words_gone_at is not None


async def test_what_goes_within_thirty_days_is_among_what_comes_next(
    ended: tuple[Database, Purge],
) -> None:
    database, purge = ended

    async def ahead(days: int) -> list[str]:
        async with database.reading() as connection:
            found = await use_cases.days_ahead(connection, HERE, NOW + timedelta(days=days))
        return [f"{one.on:%d %B}: {one.what}" for one in found]

    assert await ahead(59) == []
    assert await ahead(60) == [f"14 February: The words of {STUDY.name} are deleted"]
    await morning(purge, 76)
    await morning(purge, 90)
    assert await ahead(334) == []
    assert await ahead(336) == [f"16 November: The names of {STUDY.name} are deleted"]
    await morning(purge, 365)
    assert await ahead(366) == []
