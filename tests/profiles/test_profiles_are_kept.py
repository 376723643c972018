"""Profiles are sealed, read by their group, counted without their words, and deleted."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.flows import sealed_words
from bot.flows.imports import take_back_import
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.keys.vault import FileVault
from bot.people import roster_store
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.profiles import store, use_cases
from bot.profiles.model import MOST_ITEM_CHARS, MOST_ITEMS, MemberProfile
from bot.profiles.rules import as_text, check_choices, items_in
from bot.profiles.tables import profile_table
from bot.programme.model import ProgrammeState, Use
from bot.todos import ToDo
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, PROGRAMME
from tests.support.rosters import import_roster
from tests.support.seated import DANA, PETE, seat_everybody

NOW = datetime(2026, 9, 9, 8, tzinfo=UTC)
BOBS = MemberProfile(about="I cycle to work", hope="courage", offer="tea")


async def save(database: Database, member: Member, profile: MemberProfile = BOBS) -> None:
    async with database.writing() as connection:
        await use_cases.save(connection, member, member, profile, now=NOW)


async def seen_by(database: Database, reader: Member) -> dict[MemberId, MemberProfile | None]:
    async with database.reading() as connection:
        shown = await use_cases.people_of(connection, reader, GROUP.id, now=NOW)
    return {one.member.id: one.profile for one in shown.people}


async def test_the_people_of_a_group_read_each_others_profiles(database: Database) -> None:
    await seat_everybody(database)
    await save(database, BOB)

    for reader in (ALICE, BOB, DANA, PETE):
        found = await seen_by(database, reader)
        assert found == {ALICE.id: None, PETE.id: None, BOB.id: BOBS, DANA.id: None}
        assert list(found) == [ALICE.id, PETE.id, BOB.id, DANA.id], "mentors come first"
    with pytest.raises(UserFacing):
        await seen_by(database, CAROL)


async def test_somebody_who_left_neither_reads_nor_is_read(database: Database) -> None:
    gone = replace(BOB, state=MemberState.LEFT)
    await seat_everybody(database)
    await save(database, BOB)
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [gone])

    assert BOB.id not in await seen_by(database, ALICE)
    with pytest.raises(UserFacing):
        await seen_by(database, gone)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ProgrammeState.CLOSED},
        {"template": replace(PROGRAMME.template, uses=((Use.MEETINGS, 1),))},
    ],
)
async def test_nobody_reads_them_when_it_is_over_or_switched_off(
    database: Database, changes: dict[str, object]
) -> None:
    await seat_everybody(database, programme=replace(PROGRAMME, **changes))  # type: ignore[arg-type]
    await save(database, BOB)

    with pytest.raises(UserFacing):
        await seen_by(database, ALICE)


async def test_words_do_not_stand_in_the_database(database: Database) -> None:
    await seat_everybody(database)
    await save(database, BOB)

    async with database.reading() as connection:
        [row] = (await connection.execute(sa.select(profile_table))).all()
    assert not any(word.encode() in row.sealed for word in ("cycle", "courage", "tea"))


async def test_a_row_that_was_moved_to_another_member_is_read_by_nobody(
    database: Database,
) -> None:
    await seat_everybody(database)
    await save(database, BOB)
    async with database.writing() as connection:
        await connection.execute(sa.update(profile_table).values(member_id=DANA.id))

    found = (await seen_by(database, ALICE))[DANA.id]

    assert found == MemberProfile(is_readable=False)


async def test_words_stay_readable_when_keys_are_rotated(
    database: Database, tmp_path: Path
) -> None:
    await seat_everybody(database)
    await save(database, BOB)
    vault = FileVault(tmp_path / "keys")

    assert await sealed_words.rotate(database, vault, now=NOW) == 0
    assert await sealed_words.destroy_spare(database, vault, now=NOW + timedelta(days=1)) == 1

    assert (await seen_by(database, ALICE))[BOB.id] == BOBS


async def test_a_profile_is_deleted_with_its_member(database: Database) -> None:
    await seat_everybody(database)
    for one in (BOB, DANA):
        await save(database, one)

    async with database.writing() as connection:
        await store.erase(connection, BOB, NOW)

    async with database.reading() as connection:
        assert await store.owners(connection, HERE) == {DANA.id}


async def test_another_workspace_reads_and_counts_nothing_of_it(database: Database) -> None:
    await seat_everybody(database)
    await seat_everybody(database, ELSEWHERE)
    await save(database, BOB)
    await save(database, DANA)

    async with database.reading() as connection:
        assert await store.count_written(connection, HERE) == (2, 4)
        assert await store.count_written(connection, ELSEWHERE) == (0, 4)
    found = await seen_by(database, replace(ALICE, workspace_id=ELSEWHERE))
    assert set(found.values()) == {None}


async def test_a_profile_is_asked_for_until_it_is_written_or_its_member_introduced(
    database: Database,
) -> None:
    await seat_everybody(database)

    async def asked(member: Member, *, is_introduced: bool = False) -> list[ToDo]:
        async with database.reading() as connection:
            return await use_cases.todos(connection, member, is_introduced=is_introduced, now=NOW)

    ready = replace(BOB, conduct_accepted_at=NOW)
    assert await asked(ready)
    assert not await asked(BOB), "first the code of conduct"
    assert not await asked(ready, is_introduced=True)
    assert not await asked(replace(ready, roles=frozenset({Role.COORDINATOR})))
    assert not await asked(replace(ready, state=MemberState.LEFT))
    await save(database, BOB)
    assert not await asked(ready)


async def test_an_import_that_is_taken_back_leaves_those_who_wrote_a_profile(
    database: Database,
) -> None:
    await import_roster(
        database, HERE, "slack_id,name,role\nU0EVE,Eve,mentee\nU0SAM,Sam,mentee", now=NOW
    )
    async with database.reading() as connection:
        [eve, _sam] = await people.members(connection, HERE)
        last = await roster_store.last_import(connection, HERE, now=NOW)
    assert last
    await save(database, eve)

    async with database.writing() as connection:
        done = await take_back_import(connection, HERE, last.id, now=NOW)

    assert done.stay == ("Eve",)
    assert [one.name for one in done.removed] == ["Sam"]


@given(st.lists(st.text(min_size=1, max_size=80), max_size=20))
def test_a_list_is_read_whole_or_refused(items: Collection[str]) -> None:
    try:
        found = items_in("; ".join(items))
    except UserFacing:
        return

    assert len(found) <= MOST_ITEMS
    assert all(0 < len(one) <= MOST_ITEM_CHARS for one in found)
    assert len({one.casefold() for one in found}) == len(found)
    assert items_in("; ".join(found)) == found
    assert items_in(as_text(found), before=found) == found


def test_what_a_list_says_stays_when_its_box_is_left_as_it_was() -> None:
    many = tuple(map(str, range(40)))

    for said in (("Ethics, law",), ("Ethics, law", "Tea"), many, ("x" * 90,)):
        assert items_in(as_text(said), before=said) == said
    assert items_in(as_text(("Ethics, law", "Tea"))) == ("Ethics, law", "Tea")


def test_a_list_keeps_its_order_and_the_first_spelling() -> None:
    assert items_in("Tea, poetry , TEA,القهوة,🚲") == ("Tea", "poetry", "القهوة", "🚲")


@pytest.mark.parametrize(
    ("member", "chosen", "is_fine"),
    [
        (BOB, ALICE, True),
        (BOB, PETE, True),
        (BOB, DANA, False),
        (BOB, CAROL, False),
        (ALICE, BOB, True),
        (ALICE, PETE, False),
        (replace(PETE, roles=PETE.roles | BOB.roles), ALICE, True),
        (replace(PETE, roles=PETE.roles | BOB.roles), DANA, True),
        (BOB, replace(ALICE, state=MemberState.LEFT), False),
    ],
)
def test_a_mentee_chooses_mentors_and_a_mentor_mentees(
    member: Member, chosen: Member, is_fine: bool
) -> None:
    known = {SlackUserId(chosen.slack_user_id): chosen}
    if is_fine:
        check_choices(member, list(known), known)
    else:
        with pytest.raises(UserFacing):
            check_choices(member, list(known), known)
