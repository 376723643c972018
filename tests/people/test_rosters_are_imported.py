"""A roster becomes members: all of it or nothing, and twice is once."""

from dataclasses import replace
from datetime import UTC, datetime, time

from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId
from bot.people import store
from bot.people.model import MemberState, Role
from bot.schedule import store as schedule
from bot.schedule.model import Daily
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, elsewhere
from tests.support.cohort import mentee
from tests.support.rosters import import_roster

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
HEADER = "slack_id,name,role,capacity,stage,timezone,prefers"
CAROLS = "U0CAROL,Carol,coordinator,,,,"
ALICES = "U0ALICE,Alice,mentor,4,,Europe/London,"
BOBS = "U0BOB,Bob,mentee,,Knows,,U0ALICE"


def roster(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


async def test_a_roster_becomes_members(database: Database) -> None:
    done = await import_roster(
        database, HERE, roster(CAROLS, ALICES, BOBS), now=NOW, timezone="Europe/Berlin"
    )

    async with database.reading() as connection:
        alice, bob, carol = await store.members(connection, HERE)
    assert {one.name for one in done.new} == {"Alice", "Bob", "Carol"}
    assert (set(alice.roles), alice.capacity, alice.timezone) == ({Role.MENTOR}, 4, "Europe/London")
    assert (bob.stage, bob.timezone, bob.prefers) == ("Knows", "Europe/Berlin", ("U0ALICE",))
    assert (set(carol.roles), carol.state, carol.conduct_accepted_at) == (
        {Role.COORDINATOR},
        MemberState.ACTIVE,
        None,
    )
    assert len({alice.id, bob.id, carol.id}) == 3


async def test_importing_the_same_roster_again_changes_nothing(database: Database) -> None:
    await import_roster(database, HERE, roster(CAROLS, ALICES, BOBS), now=NOW)
    async with database.reading() as connection:
        before = await store.members(connection, HERE)

    done = await import_roster(database, HERE, roster(BOBS, CAROLS, ALICES), now=NOW)

    async with database.reading() as connection:
        assert await store.members(connection, HERE) == before
    assert (done.new, done.changed, done.unchanged) == ((), (), 3)


async def test_what_changed_is_told_and_what_members_decided_stays(database: Database) -> None:
    paused = replace(
        BOB, state=MemberState.PAUSED, conduct_accepted_at=NOW, stage="Knows", prefers=()
    )
    async with database.writing() as connection:
        dana = mentee("Dana", workspace_id=HERE)
        await store.put_members(connection, HERE, [ALICE, paused, dana, CAROL])

    done = await import_roster(database, HERE, roster(ALICES, "U0BOB,Robert,mentee,,,,"), now=NOW)

    async with database.reading() as connection:
        bob = await store.member(connection, HERE, BOB.id)
    assert bob == replace(paused, name="Robert")
    assert {one.member_id for one in done.changed} == {ALICE.id, BOB.id}
    assert done.absent == 1  # Dana: a coordinator need not be on a list of people to pair


async def test_with_one_bad_line_nothing_is_imported(database: Database) -> None:
    done = await import_roster(database, HERE, roster(ALICES, "U0BOB,Bob,boss,,,,"), now=NOW)

    async with database.reading() as connection:
        assert await store.members(connection, HERE) == []
    assert [problem[:7] for problem in done.problems] == ["Line 3,"]


async def test_a_roster_adds_roles_and_takes_none_away(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [CAROL])

    await import_roster(database, HERE, roster("U0CAROL,Carol,mentor; mentee,2,,,"), now=NOW)

    async with database.reading() as connection:
        [carol] = await store.members(connection, HERE)
        counted = await store.count(connection, HERE, [{role} for role in Role], now=NOW)
    assert set(carol.roles) == {Role.COORDINATOR, Role.MENTOR, Role.MENTEE}
    assert [one.members for one in counted] == [1, 1, 0, 1]


async def test_what_had_to_be_assumed_is_a_warning(database: Database) -> None:
    lines = ("U0ALICE,Alice,mentor,,,,", "U0BOB,Bob,mentee,,Knows everything,,")

    done = await import_roster(database, HERE, roster(*lines), now=NOW, stages=["Knows", "Does"])

    assert done.new[0].capacity == 6
    assert done.warnings == (
        "No capacity is given on line 2; a new mentor is taken to have room for 6 mentees.",
        "Line 3: stage “Knows everything” is in no framework; the first stage is used.",
    )


async def test_a_corrected_time_zone_moves_what_falls_due(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE])
        await schedule.put(
            connection,
            HERE,
            kind="mentor_nudge",
            subject_id=ALICE.id,
            rule=Daily(time(9)),
            tz=ALICE.timezone,
            now=datetime(2026, 9, 2, 12, tzinfo=UTC),
        )

    await import_roster(database, HERE, roster("U0ALICE,Alice,mentor,6,,Asia/Tokyo,"), now=NOW)

    async with database.reading() as connection:
        (due,) = await schedule.upcoming(connection, HERE, subject_ids=[ALICE.id])
    assert due.due_at == datetime(2026, 9, 3, 0, tzinfo=UTC)


async def test_another_workspace_keeps_its_own_people(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, ELSEWHERE, [elsewhere(BOB)])

    await import_roster(database, HERE, roster(BOBS), now=NOW)

    async with database.reading() as connection:
        assert await store.members(connection, ELSEWHERE) == [elsewhere(BOB)]
        mine = await store.member_by_slack_id(connection, HERE, SlackUserId("U0BOB"))
    assert mine is not None
    assert mine.id != BOB.id
