"""A programme's life, on both engines, with a second workspace."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.flows.closing import close_programme
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, ProgrammeId
from bot.people import store as people
from bot.people.model import MemberState, Role
from bot.programme import store, use_cases
from bot.programme.contacts import ContactPeople
from bot.programme.model import Programme, ProgrammeState, Seat
from bot.schedule import store as schedule
from bot.schedule.model import Daily
from tests.support.cast import (
    ALICE,
    BOB,
    CAROL,
    ELSEWHERE,
    GROUP,
    HERE,
    MALLORY,
    OKAFOR,
    PARK,
    PROGRAMME,
    TEMPLATE,
)
from tests.support.transactions import write

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
LEFT = replace(CAROL, state=MemberState.LEFT)
HERE_ALREADY = {ALICE.id, BOB.id, OKAFOR.id, PARK.id}


@pytest.fixture
async def draft(database: Database) -> Programme:
    """A draft with Alice and Bob in it; Carol has left."""
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [ALICE, BOB, LEFT, OKAFOR, PARK])
        await people.put_members(connection, ELSEWHERE, [MALLORY])
    return await write(
        database,
        use_cases.create_programme,
        HERE,
        template=TEMPLATE,
        name=" Mentoring 2026 ",
        starts_on=date(2026, 9, 7),
        timezone="Europe/London",
        now=NOW,
    )


async def kept(database: Database, programme: Programme) -> Programme | None:
    async with database.reading() as connection:
        return await store.programme(connection, HERE, programme.id)


async def with_contacts(database: Database, programme: Programme) -> Programme:
    return await write(
        database,
        use_cases.set_contacts,
        HERE,
        programme.id,
        crisis_contact=" Occupational Health ",
        concern_contact="Dr Okafor",
        people=ContactPeople(person=OKAFOR.id, deputy=PARK.id, hours=8),
    )


async def test_a_programme_is_made_from_a_template(database: Database, draft: Programme) -> None:
    assert await kept(database, draft) == draft
    assert (draft.name, draft.state, draft.weeks) == ("Mentoring 2026", ProgrammeState.DRAFT, 40)
    assert (draft.template, draft.framework_id) == (TEMPLATE, "miller_is")
    async with database.reading() as connection:
        assert await store.enrolled(connection, HERE, draft.id) == HERE_ALREADY
        assert await use_cases.current_programme(connection, HERE) == draft
        assert await use_cases.current_programme(connection, ELSEWHERE) is None


async def test_a_programme_without_contacts_does_not_start(
    database: Database, draft: Programme
) -> None:
    with pytest.raises(UserFacing, match="crisis contact"):
        await write(database, use_cases.start, HERE, draft.id)

    assert await kept(database, draft) == draft


async def test_with_both_contacts_it_starts_once(database: Database, draft: Programme) -> None:
    named = await with_contacts(database, draft)
    assert (named.crisis_contact, named.concern_contact) == ("Occupational Health", "Dr Okafor")

    started = await write(database, use_cases.start, HERE, draft.id)
    again = await write(database, use_cases.start, HERE, draft.id)

    assert started == again == replace(named, state=ProgrammeState.RUNNING)
    async with database.reading() as connection:
        assert await store.programme_of(connection, HERE, BOB.id) == started


async def test_who_joined_before_the_start_takes_part(database: Database, draft: Programme) -> None:
    await with_contacts(database, draft)
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [CAROL])

    await write(database, use_cases.start, HERE, draft.id)

    async with database.reading() as connection:
        assert await store.enrolled(connection, HERE, draft.id) == {*HERE_ALREADY, CAROL.id}


async def test_a_draft_can_be_changed_and_a_running_programme_cannot(
    database: Database, draft: Programme
) -> None:
    term = replace(TEMPLATE, id="term_12", weeks=12)

    async def change() -> Programme:
        return await write(
            database,
            use_cases.change_draft,
            HERE,
            draft.id,
            template=term,
            name="A term",
            starts_on=date(2026, 9, 14),
            now=NOW,
        )

    changed = await change()
    assert (changed.name, changed.weeks, changed.template) == ("A term", 12, term)

    await with_contacts(database, draft)
    await write(database, use_cases.start, HERE, draft.id)
    with pytest.raises(UserFacing, match="has started"):
        await change()


async def test_when_a_programme_closes_nothing_more_falls_due(database: Database) -> None:
    other = replace(PROGRAMME, id=ProgrammeId("programme_other"))
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [ALICE, BOB])
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_programme(connection, HERE, other)
        await store.put_groups(
            connection,
            HERE,
            PROGRAMME.id,
            [GROUP],
            [Seat(GROUP.id, ALICE.id, Role.MENTOR), Seat(GROUP.id, BOB.id, Role.MENTEE)],
        )
        theirs = replace(GROUP, id=GroupId("group_other"), programme_id=other.id)
        seat = Seat(theirs.id, BOB.id, Role.MENTEE)
        await store.put_groups(connection, HERE, other.id, [theirs], [seat])
        for workspace in (HERE, ELSEWHERE):
            for kind, subject in (
                ("pulse_open", PROGRAMME.id),
                ("mentor_nudge", ALICE.id),
                ("checkin_prompt", BOB.id),
            ):
                await schedule.put(
                    connection,
                    workspace,
                    kind=kind,
                    subject_id=subject,
                    rule=Daily(time(9)),
                    tz="UTC",
                    now=NOW,
                )

    closed = await close_programme(database, HERE, PROGRAMME.id, now=NOW)

    assert closed == replace(PROGRAMME, state=ProgrammeState.CLOSED)
    subjects = [PROGRAMME.id, ALICE.id, BOB.id]
    async with database.reading() as connection:
        due = await schedule.upcoming(connection, HERE, subject_ids=subjects)
        assert {(one.subject_id, one.kind) for one in due} == {
            (BOB.id, "checkin_prompt"),  # the other programme goes on
            (PROGRAMME.id, "retention_due"),
        }
        assert len(await schedule.upcoming(connection, ELSEWHERE, subject_ids=subjects)) == 3
    with pytest.raises(UserFacing, match="closed and stays"):
        await with_contacts(database, PROGRAMME)
    with pytest.raises(UserFacing, match="closed and cannot start"):
        await write(database, use_cases.start, HERE, PROGRAMME.id)


async def test_a_programme_of_another_workspace_is_not_found(
    database: Database, draft: Programme
) -> None:
    with pytest.raises(UserFacing, match="is gone"):
        await write(database, use_cases.start, ELSEWHERE, draft.id)
    with pytest.raises(UserFacing, match="is gone"):
        await write(database, use_cases.close, ELSEWHERE, draft.id)

    assert await kept(database, draft) == draft


async def test_an_erased_member_is_in_no_programme(database: Database, draft: Programme) -> None:
    async with database.writing() as connection:
        await store.remove_member(connection, HERE, BOB.id)

        assert await store.enrolled(connection, HERE, draft.id) == HERE_ALREADY - {BOB.id}
