from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.meetings import use_cases
from bot.meetings.model import Length, Meeting, Mode
from bot.meetings.tables import meeting, meeting_mentee
from bot.meetings.use_cases import record
from bot.people.model import Role
from bot.programme.model import Seat
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
TODAY = NOW.date()
BOTH = frozenset({BOB.id, DANA.id})


async def met(
    database: Database,
    *,
    key: str = "V1",
    by: MemberId = ALICE.id,
    mentees: frozenset[MemberId] = BOTH,
    on: date = TODAY,
) -> Meeting:
    (held,) = await write(
        database,
        record,
        HERE,
        by=by,
        held_on=on,
        mentees={GROUP.id: mentees},
        mode=Mode.VIDEO,
        length=Length.FROM_30_TO_60,
        form_key=key,
        today=TODAY,
        now=NOW,
    )
    return held


async def of_groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> list[Meeting]:
    """The meetings of these groups, the latest first."""
    query = (
        sa.select(meeting)
        .where(meeting.c.workspace_id == workspace_id, meeting.c.group_id.in_(list(group_ids)))
        .order_by(meeting.c.held_on.desc(), meeting.c.recorded_at.desc(), meeting.c.id)
    )
    rows = (await connection.execute(query)).all()
    present: dict[str, set[MemberId]] = {row.id: set() for row in rows}
    attendance = sa.select(meeting_mentee).where(
        meeting_mentee.c.workspace_id == workspace_id,
        meeting_mentee.c.meeting_id.in_(list(present)),
    )
    for seen in await connection.execute(attendance) if present else ():
        present[seen.meeting_id].add(seen.member_id)
    return [
        Meeting(
            id=row.id,
            workspace_id=workspace_id,
            programme_id=ProgrammeId(row.programme_id),
            group_id=GroupId(row.group_id),
            held_on=row.held_on,
            mode=Mode(row.mode) if row.mode else None,
            length=Length(row.length) if row.length else None,
            mentees=frozenset(present[row.id]),
            recorded_by=MemberId(row.recorded_by),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


async def kept(database: Database) -> list[Meeting]:
    async with database.reading() as connection:
        assert await of_groups(connection, ELSEWHERE, group_ids=[GROUP.id]) == []
        return await of_groups(connection, HERE, group_ids=[GROUP.id, OTHER_GROUP.id])


async def test_a_meeting_is_kept_once_however_often_it_arrives(database: Database) -> None:
    await seat_everybody(database)

    first = await met(database)
    await met(database)

    assert await kept(database) == [first]
    assert first.mentees == BOTH


async def test_the_latest_meeting_of_a_group_is_known(database: Database) -> None:
    await seat_everybody(database)
    await met(database)
    await met(database, key="V2", on=TODAY - timedelta(days=9))

    async with database.reading() as connection:
        found = await use_cases.last_met(connection, HERE, group_ids=[GROUP.id, OTHER_GROUP.id])

    assert found == {GROUP.id: TODAY}


@pytest.mark.parametrize("by", [BOB.id, CAROL.id, PETE.id, MemberId("member_mallory")])
async def test_only_the_groups_mentor_records(database: Database, by: MemberId) -> None:
    await seat_everybody(database)

    with pytest.raises(UserFacing, match="not the mentor"):
        await met(database, by=by)

    assert await kept(database) == []


async def test_what_cannot_have_taken_place_is_refused(database: Database) -> None:
    await seat_everybody(database)

    with pytest.raises(UserFacing, match="took place"):
        await met(database, on=TODAY + timedelta(days=1))
    with pytest.raises(UserFacing, match="last 60 days"):
        await met(database, on=TODAY - timedelta(days=61))
    with pytest.raises(UserFacing, match="at least one"):
        await met(database, mentees=frozenset())
    with pytest.raises(UserFacing, match="not in your mentoring group"):
        await met(database, mentees=frozenset({BOB.id, CAROL.id}))
    assert await kept(database) == []


async def test_erasing_a_mentee_keeps_the_meeting_for_the_others(database: Database) -> None:
    await seat_everybody(database)
    await met(database)
    await met(database, key="V2", mentees=frozenset({BOB.id}))

    async with database.writing() as connection:
        erased = await use_cases.erase(connection, BOB, NOW)

    assert erased == 2
    assert [each.mentees for each in await kept(database)] == [frozenset({DANA.id})]


async def test_erasing_the_mentor_keeps_only_that_the_group_met(database: Database) -> None:
    await seat_everybody(database)
    await met(database)

    async with database.writing() as connection:
        await use_cases.erase(connection, ALICE, NOW)

    assert [each.recorded_by for each in await kept(database)] == [""]


async def test_of_two_groups_both_are_kept_or_neither(database: Database) -> None:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, PETE.id, Role.MENTEE)]
    await seat_everybody(database, seats=seats)

    with pytest.raises(UserFacing, match="not the mentor"):
        await write(
            database,
            record,
            HERE,
            by=ALICE.id,
            held_on=TODAY,
            mentees={GROUP.id: BOTH, OTHER_GROUP.id: frozenset({PETE.id})},
            form_key="V1",
            today=TODAY,
            now=NOW,
        )

    assert await kept(database) == []
