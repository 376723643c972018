"""A list is looked at, applied as it was shown, and taken back: never half of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.flows.imports import take_back_import
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.matching import exclusions
from bot.people import roster_store, store, use_cases
from bot.people.model import Member, MemberState, Role
from bot.people.profiles import Directory
from bot.people.roster import read_roster
from bot.people.roster_columns import Mapped
from bot.people.roster_import import NO_DIRECTORY, TakenBack, apply, look_at
from bot.people.roster_preview import Preview
from bot.people.roster_text import read_table
from bot.people.tables import roster_import
from bot.programme import store as programmes
from bot.schedule.model import Due
from tests.support.cast import ALICE, BOB, CAROL, HERE, PROGRAMME
from tests.support.members import as_member

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
HEAD = "slack_id,name,email,role,capacity,timezone,avoid"
ASHA = "U0ASHA,Asha Rao,asha@example.org,mentor,4,Asia/Kolkata,"
EDIE = "U0EDIE,Edie Marsh,edie@example.org,mentee,,Europe/London,"


def text(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


async def seen(
    database: Database,
    content: str,
    *,
    directory: Directory = NO_DIRECTORY,
    mapping: Mapping[str, Mapped] | None = None,
) -> Preview:
    async with database.reading() as connection:
        reading = read_roster(read_table(content), mapping)
        return await look_at(connection, HERE, reading, directory=directory)


async def applied(database: Database, shown: Preview, **options: Any) -> str | None:
    async with database.writing() as connection:
        return await apply(connection, HERE, shown, by=CAROL.id, **({"now": NOW} | options))


async def imported(database: Database, content: str, **options: Any) -> str | None:
    return await applied(database, await seen(database, content), **options)


async def taken_back(database: Database, import_id: str, *, now: datetime = NOW) -> TakenBack:
    async with database.writing() as connection:
        return await take_back_import(connection, HERE, import_id, now=now)


async def members(database: Database) -> dict[str, Member]:
    async with database.reading() as connection:
        return {str(one.slack_user_id): one for one in await store.members(connection, HERE)}


async def put(database: Database, *people: Member) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, people)


async def test_looking_changes_nothing(database: Database) -> None:
    shown = await seen(database, text(ASHA, EDIE))

    assert [one.name for one in shown.new] == ["Asha Rao", "Edie Marsh"]
    assert await members(database) == {}


async def test_what_slack_and_members_changed_since_survives_the_same_list(
    database: Database,
) -> None:
    await imported(database, text(ASHA, EDIE))
    asha, edie = (await members(database))["U0ASHA"], (await members(database))["U0EDIE"]
    async with database.writing() as connection:
        its: dict[str, Any] = {"slack_user_id": asha.slack_user_id, "now": NOW}
        await as_member(connection, use_cases.travel, HERE, timezone="Asia/Tokyo", **its)
        await as_member(connection, use_cases.pause, HERE, until=None, **its)
    await put(database, replace(edie, name="Edie M.", stage="Does"))
    before = await members(database)

    shown = await seen(database, text(EDIE, ASHA))
    import_id = await applied(database, shown)

    assert shown.changes_nothing
    assert import_id is None
    assert await members(database) == before


async def test_a_list_that_says_something_new_is_followed_again(database: Database) -> None:
    await imported(database, text(ASHA))
    await put(database, replace((await members(database))["U0ASHA"], capacity=2))

    await imported(database, text(ASHA.replace(",4,", ",5,")))

    assert (await members(database))["U0ASHA"].capacity == 5


async def test_a_dash_clears_and_an_empty_cell_keeps(database: Database) -> None:
    await imported(database, text(ASHA, EDIE + "U0ASHA"))

    await imported(database, text(EDIE))
    kept = (await members(database))["U0EDIE"].avoid
    await imported(database, text(EDIE + "-"), barriers_confirmed=True)

    assert kept == ("U0ASHA",)
    assert (await members(database))["U0EDIE"].avoid == ()


async def test_changes_of_barriers_stand_first_and_need_a_confirmation(database: Database) -> None:
    await imported(database, text(ASHA, EDIE))
    shown = await seen(database, text(ASHA.replace(",4,", ",5,"), EDIE + "Asha Rao"))

    with pytest.raises(UserFacing, match="who must never be matched"):
        await applied(database, shown)

    assert shown.confirms_barriers
    assert [one.name for one in shown.changed] == ["Edie Marsh", "Asha Rao"]
    [change] = shown.barriers
    assert shown.shown("avoid", change.fields[0].after) == "Asha Rao"
    assert (await members(database))["U0EDIE"].avoid == ()
    await applied(database, shown, barriers_confirmed=True)
    assert (await members(database))["U0EDIE"].avoid == ("U0ASHA",)


async def test_a_preview_is_kept_for_an_hour_as_it_was_seen(database: Database) -> None:
    shown = await seen(database, text(ASHA, EDIE + "Asha Rao"))
    async with database.writing() as connection:
        import_id = await roster_store.keep(connection, HERE, shown, by=CAROL.id, now=NOW)
        within = await roster_store.kept_content(
            connection, HERE, import_id, Preview, now=NOW + timedelta(minutes=59)
        )
        with pytest.raises(UserFacing, match="more than an hour"):
            await roster_store.kept_content(
                connection, HERE, import_id, Preview, now=NOW + timedelta(hours=1)
            )

    assert within == shown


async def test_a_preview_does_not_apply_once_a_member_it_changes_has_changed(
    database: Database,
) -> None:
    await imported(database, text(ASHA, EDIE))
    shown = await seen(database, text(ASHA.replace(",4,", ",5,"), "U0NEW1,Nia,n@x.org,mentee,,,"))
    await put(database, replace((await members(database))["U0ASHA"], capacity=3))

    with pytest.raises(UserFacing, match="Somebody changed people of this list"):
        await applied(database, shown)

    assert sorted(await members(database)) == ["U0ASHA", "U0EDIE"]


async def test_a_preview_applies_once(database: Database) -> None:
    shown = await seen(database, text(ASHA))
    await applied(database, shown)

    with pytest.raises(UserFacing, match="Somebody changed people of this list"):
        await applied(database, shown)


async def test_an_import_is_taken_back_within_the_hour(database: Database) -> None:
    await imported(database, text(ASHA))
    before = await members(database)
    import_id = await imported(database, text(ASHA.replace(",4,", ",5,"), EDIE))
    assert import_id is not None

    done = await taken_back(database, import_id, now=NOW + timedelta(minutes=59))

    assert ([one.name for one in done.removed], done.restored) == (["Edie Marsh"], 1)
    assert await members(database) == before
    again = await seen(database, text(ASHA.replace(",4,", ",5,"), EDIE))
    assert (len(again.new), len(again.changed)) == (1, 1)


async def test_after_an_hour_it_cannot_be_taken_back_and_nothing_is_left(
    database: Database,
) -> None:
    import_id = await imported(database, text(ASHA))
    assert import_id is not None
    later = NOW + timedelta(hours=1)

    with pytest.raises(UserFacing, match="an hour has passed"):
        await taken_back(database, import_id, now=later)
    async with database.writing() as connection:
        due = Due(
            workspace_id=HERE,
            kind="roster_forgotten",
            subject_id=import_id,
            due_at=later,
            first_due_at=later,
            tz="UTC",
        )
        await roster_store.forget_imports(connection, due, later)
        assert (await connection.execute(roster_import.select())).all() == []


async def test_what_others_changed_since_and_who_did_something_stays(database: Database) -> None:
    await imported(database, text(ASHA))
    fern = "U0FERN,Fern,f@example.org,mentee,,,"
    gil = "U0GIL1,Gil,g@example.org,mentee,,,"
    import_id = await imported(
        database,
        text(ASHA.replace("4,Asia", "5,Europe").replace("Kolkata", "London"), EDIE, fern, gil),
    )
    assert import_id is not None
    people = await members(database)
    await put(database, replace(people["U0ASHA"], capacity=7))
    async with database.writing() as connection:
        await as_member(
            connection,
            use_cases.accept_conduct,
            HERE,
            slack_user_id=people["U0EDIE"].slack_user_id,
            now=NOW,
        )
        await exclusions.wish_apart(
            connection, HERE, member=people["U0FERN"].id, avoided=[SlackUserId("U0ASHA")]
        )

    done = await taken_back(database, import_id)

    after = await members(database)
    assert [one.name for one in done.removed] == ["Gil"]
    assert done.stay == ("Edie Marsh", "Fern")
    assert done.changed_since == ("Asha Rao",)
    assert (after["U0ASHA"].capacity, after["U0ASHA"].timezone) == (7, "Asia/Kolkata")


async def test_the_last_import_is_taken_back_first_and_once(database: Database) -> None:
    first = await imported(database, text(ASHA))
    second = await imported(database, text(EDIE), now=NOW + timedelta(minutes=1))
    assert first is not None
    assert second is not None

    with pytest.raises(UserFacing, match="Take that one back first"):
        await taken_back(database, first)
    await taken_back(database, second)
    with pytest.raises(UserFacing, match="Another list was imported since"):
        await taken_back(database, second)


async def test_whom_an_import_added_is_in_no_programme_afterwards(database: Database) -> None:
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, PROGRAMME)
    import_id = await imported(database, text(ASHA, EDIE))
    assert import_id is not None
    async with database.writing() as connection:
        await programmes.enrol_everybody(connection, HERE, PROGRAMME.id)

    await taken_back(database, import_id)

    async with database.reading() as connection:
        assert await programmes.enrolled(connection, HERE, PROGRAMME.id) == set()


async def test_an_erased_members_lists_are_gone(database: Database) -> None:
    await imported(database, text(ASHA, EDIE + "Asha Rao"))
    asha = (await members(database))["U0ASHA"]

    async with database.writing() as connection:
        await use_cases.erase(connection, asha, NOW)
        assert (await connection.execute(roster_import.select())).all() == []
        said = await roster_store.said_of(connection, HERE)

    assert asha.id not in said
    assert (await members(database))["U0EDIE"].avoid == ()


async def test_what_a_column_holds_is_remembered_for_the_same_head(database: Database) -> None:
    table = read_table("Name,Email,Role,Buddy\nAsha,a@example.org,mentor,Bo\n")
    other = read_table("name , E-mail address,role,buddy \nBo,b@example.org,mentee,\n")
    async with database.writing() as connection:
        await roster_store.remember_mapping(connection, HERE, table, {"Buddy": "prefers"}, now=NOW)
        told = await roster_store.mapping_for(connection, HERE, table)
        nothing = await roster_store.mapping_for(connection, HERE, other)

    assert told == {"Buddy": "prefers"}
    assert nothing == {}


async def test_who_has_left_stays_away_and_is_named(database: Database) -> None:
    await put(database, replace(BOB, state=MemberState.LEFT))

    shown = await seen(database, text("U0BOB,Bob,,mentee,,,"))
    await applied(database, shown)

    assert shown.left == ("Bob",)
    assert (await members(database))["U0BOB"].state is MemberState.LEFT


async def test_a_mentors_capacity_given_elsewhere_is_not_the_lists_to_guess(
    database: Database,
) -> None:
    await put(database, replace(ALICE, capacity=2))

    shown = await seen(database, text("U0ALICE,Alice,,mentor,,,"))

    assert shown.changes_nothing
    assert not any("No capacity" in one for one in shown.warnings)


async def test_a_role_is_added_and_none_taken(database: Database) -> None:
    await put(database, CAROL)

    await imported(database, text("U0CAROL,Carol,,mentor; mentee,2,,"))

    assert (await members(database))["U0CAROL"].roles == {
        Role.COORDINATOR,
        Role.MENTOR,
        Role.MENTEE,
    }


async def test_a_barrier_that_somebody_changed_meanwhile_is_neither_lost_nor_hidden(
    database: Database,
) -> None:
    first = text(ASHA, EDIE + "Asha Rao")
    await imported(database, first)
    more = await seen(database, first + "\nU0NEW1,Noa Lim,,mentee,,,")
    await imported(database, text(EDIE + "-"), barriers_confirmed=True)

    with pytest.raises(UserFacing, match="while you looked at it"):
        await applied(database, more)
    again = await seen(database, first)

    [change] = again.barriers
    assert change.fields[0].after == ("U0ASHA",)


async def test_a_list_that_names_the_same_barriers_in_another_order_changes_nothing(
    database: Database,
) -> None:
    await imported(database, text(ASHA, EDIE + "Asha Rao; Edie Two", "U0EDI2,Edie Two,,mentor,,,"))

    again = await seen(database, text(EDIE + "U0EDI2; U0ASHA"))

    assert again.changes_nothing
