"""Store programmes, mentoring groups and seats. Each function sees one workspace only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import (
    add_row,
    delete_rows,
    insert_into,
    put_rows,
    read_as,
    read_each,
    rows_of,
    values_of,
)
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import MemberState, Role
from bot.people.tables import member_table
from bot.programme.model import (
    Group,
    Programme,
    ProgrammeState,
    Seat,
    Shift,
    last_day,
    template_from_snapshot,
    template_snapshot,
)
from bot.programme.queries import OF_ACCOUNT, OF_MEMBER, PROGRAMME, THIS_PROGRAMME
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table
from bot.schedule.time_off import breaks_of


def _programme(row: sa.Row[Any]) -> Programme:
    breaks = breaks_of(row.breaks or ())
    state, template = ProgrammeState(row.state), template_from_snapshot(row.template)
    shifts = tuple(Shift(date.fromisoformat(monday), weeks) for monday, weeks in row.shifts)
    return read_as(Programme, row, state=state, template=template, breaks=breaks, shifts=shifts)


def _seat(row: sa.Row[Any]) -> Seat:
    return Seat(GroupId(row.group_id), MemberId(row.member_id), Role(row.role))


async def put_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme
) -> None:
    """Write `programme` over what has its id. Raises ValueError for another workspace's."""
    if programme.workspace_id != workspace_id:
        raise ValueError("a programme can be written only into its own workspace")
    template = template_snapshot(programme.template)
    shifts = [[one.monday.isoformat(), one.weeks] for one in programme.shifts]
    row = values_of(programme, programme_table, template=template, shifts=shifts)
    await put_rows(connection, programme_table, [row])


async def programme(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    hold: bool = False,
) -> Programme | None:
    """Find the programme with this id, or None; `hold` it until the transaction ends."""
    query = THIS_PROGRAMME.with_for_update() if hold else THIS_PROGRAMME
    its = {"here": workspace_id, "programme": programme_id}
    row = (await connection.execute(query, its)).one_or_none()
    return None if row is None else _programme(row)


async def programmes(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, state: ProgrammeState | None = None
) -> list[Programme]:
    """Find all programmes of the workspace, the latest start first. None means any state."""
    query = PROGRAMME.where(programme_table.c.workspace_id == workspace_id)
    if state is not None:
        query = query.where(programme_table.c.state == state.value)
    query = query.order_by(programme_table.c.starts_on.desc(), programme_table.c.id)
    return [_programme(row) for row in await connection.execute(query)]


async def running_programmes(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> list[Programme]:
    """Find the workspace's running programmes, the latest start first."""
    return await programmes(connection, workspace_id, state=ProgrammeState.RUNNING)


async def programme_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    state: ProgrammeState = ProgrammeState.RUNNING,
    or_closed: bool = False,
) -> Programme | None:
    """Find the latest programme in which this member has a seat or is enrolled, or None.

    `or_closed`: where there is none in that state, the latest of theirs that has closed.
    """
    states = [state, ProgrammeState.CLOSED] if or_closed else [state]
    return await _latest(connection, OF_MEMBER, workspace_id, member_id, states=states)


async def programme_of_slack_user(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: str
) -> Programme | None:
    """Find the programme of the member behind this Slack account, running or their last."""
    states = [ProgrammeState.RUNNING, ProgrammeState.CLOSED]
    return await _latest(connection, OF_ACCOUNT, workspace_id, slack_user_id, states=states)


async def _latest(
    connection: AsyncConnection,
    query: sa.Select[Any],
    workspace_id: WorkspaceId,
    whose: str,
    *,
    states: Sequence[ProgrammeState],
) -> Programme | None:
    """Find the latest in the first of these states, or else in another of them."""
    values = [one.value for one in states]
    its = {"here": workspace_id, "whose": whose, "states": values, "first_state": values[0]}
    row = (await connection.execute(query, its)).one_or_none()
    return None if row is None else _programme(row)


async def programme_of_group(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> Programme | None:
    """Find the programme that this mentoring group is in, or None."""
    query = PROGRAMME.join(group_table).where(rows_of(group_table, workspace_id, id=group_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _programme(row)


async def is_past_its_end(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, day: date
) -> bool:
    """Say whether `day`, by the member's own clocks, comes after the last week of their programme.

    The end of a programme is seen in the programme's zone; some of its members are ahead of it.
    """
    programme = await programme_of(connection, workspace_id, member_id)
    return programme is not None and day > last_day(programme)


async def taking_part(connection: AsyncConnection, workspace_id: WorkspaceId) -> set[MemberId]:
    """Find everybody with a seat or enrolled in a running programme of the workspace."""
    running = rows_of(programme_table, workspace_id, state=ProgrammeState.RUNNING)
    seats = seat_table.join(group_table).join(programme_table)
    seated = sa.select(seat_table.c.member_id).select_from(seats)
    enrolled = sa.select(enrolment_table.c.member_id).join(programme_table)
    query = seated.where(running).union(enrolled.where(running))
    return set((await connection.execute(query)).scalars())


async def groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Group]:
    """Find the programme's mentoring groups, by name, then id."""
    query = sa.select(group_table).where(
        rows_of(group_table, workspace_id, programme_id=programme_id)
    )
    found = [read_as(Group, row) for row in await connection.execute(query)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


async def group(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> Group | None:
    """Find the mentoring group with this id, or None."""
    query = sa.select(group_table).where(rows_of(group_table, workspace_id, id=group_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Group, row)


async def group_in(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_channel: str
) -> Group | None:
    """Find the mentoring group whose channel this is, or None."""
    query = sa.select(group_table).where(
        rows_of(group_table, workspace_id, slack_channel=slack_channel)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else read_as(Group, row)


async def without_channel(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_ids: Iterable[GroupId]
) -> set[GroupId]:
    """Find which of these groups are there and have no channel yet."""
    query = sa.select(group_table.c.id).where(
        rows_of(group_table, workspace_id, id=group_ids), group_table.c.slack_channel.is_(None)
    )
    return set((await connection.execute(query)).scalars())


async def group_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_id: MemberId,
) -> Group | None:
    """Find the group in which this member sits, or None. With several, the first by id."""
    theirs = sa.select(seat_table.c.group_id).where(
        rows_of(seat_table, workspace_id, member_id=member_id)
    )
    query = (
        sa.select(group_table)
        .where(
            rows_of(group_table, workspace_id, programme_id=programme_id),
            group_table.c.id.in_(theirs),
        )
        .order_by(group_table.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Group, row)


async def seats(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    group_id: GroupId | None = None,
    role: Role | None = None,
    of: tuple[Collection[MemberId], Collection[GroupId]] | None = None,
) -> list[Seat]:
    """Find the programme's seats, by group and member id; `of` any of these people and groups."""
    query = (
        sa.select(seat_table.c.group_id, seat_table.c.member_id, seat_table.c.role)
        .join(group_table)
        .where(rows_of(group_table, workspace_id, programme_id=programme_id))
        .order_by(seat_table.c.group_id, seat_table.c.member_id)
    )
    if group_id is not None:
        query = query.where(seat_table.c.group_id == group_id)
    if role is not None:
        query = query.where(seat_table.c.role == role.value)
    if of is not None:
        people, groups = of
        query = query.where(
            sa.or_(seat_table.c.member_id.in_(people), seat_table.c.group_id.in_(groups))
        )
    return await read_each(connection, query, _seat)


async def put_groups(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    groups: Iterable[Group],
    seats: Iterable[Seat],
) -> None:
    """Write groups, but not their channels, and seats over what stood there.

    Raises ValueError for a group of another programme, and for a seat in none of `groups`.
    """
    group_rows, seat_rows = [], []
    for one in groups:
        if (one.workspace_id, one.programme_id) != (workspace_id, programme_id):
            raise ValueError("a group can be written only into its own programme")
        group_rows.append(values_of(one, group_table))
    known = {row["id"] for row in group_rows}
    for seat in seats:
        if seat.group_id not in known:
            raise ValueError("a seat needs its group beside it")
        seat_rows.append(values_of(seat, seat_table, workspace_id=workspace_id))
    await put_rows(connection, group_table, group_rows, changing=["name"])
    await put_rows(connection, seat_table, seat_rows)


async def set_group_channel(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    group_id: GroupId,
    *,
    slack_channel: str | None,
    instead_of: str | None = None,
) -> bool:
    """Remember the private channel that was opened for this group, or that it has none (None).

    With `instead_of`, only where that is its channel; False where it is not.
    """
    query = sa.update(group_table).where(rows_of(group_table, workspace_id, id=group_id))
    if instead_of is not None:
        query = query.where(group_table.c.slack_channel == instead_of)
    return (await connection.execute(query.values(slack_channel=slack_channel))).rowcount > 0


async def enrol_everybody(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Enrol every member of the workspace who takes part; call it after an import, too."""
    here = rows_of(member_table, workspace_id, state=[MemberState.ACTIVE, MemberState.PAUSED])
    everybody = sa.select(
        member_table.c.workspace_id, sa.literal(programme_id), member_table.c.id
    ).where(here)
    insert = insert_into(connection, enrolment_table).from_select(
        ["workspace_id", "programme_id", "member_id"], everybody
    )
    await connection.execute(insert.on_conflict_do_nothing())


async def enrolled(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    of: Collection[MemberId] | None = None,
) -> set[MemberId]:
    """Find the ids of all members enrolled in the programme, or of those among `of`."""
    query = sa.select(enrolment_table.c.member_id).where(
        rows_of(enrolment_table, workspace_id, programme_id=programme_id)
    )
    if of is not None:
        query = query.where(enrolment_table.c.member_id.in_(of))
    return set((await connection.execute(query)).scalars())


async def newcomers(connection: AsyncConnection, programme: Programme) -> set[MemberId]:
    """Find members of the workspace who are in none of its running programmes.

    They belong to the programme that started last; for any other one there are none.
    """
    workspace_id = programme.workspace_id
    running = await running_programmes(connection, workspace_id)
    if not running or running[0].id != programme.id:
        return set()
    theirs = rows_of(enrolment_table, workspace_id, programme_id=[one.id for one in running])
    enrolled_ids = sa.select(enrolment_table.c.member_id).where(theirs)
    query = sa.select(member_table.c.id).where(
        rows_of(member_table, workspace_id, state=[MemberState.ACTIVE, MemberState.PAUSED]),
        member_table.c.id.not_in(enrolled_ids),
    )
    return set((await connection.execute(query)).scalars())


async def enrol(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    members: Iterable[MemberId],
) -> None:
    """Enrol these members; who is enrolled stays so."""
    key = {"workspace_id": workspace_id, "programme_id": programme_id}
    for one in members:
        await add_row(connection, enrolment_table, {**key, "member_id": one})


async def remove_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Take the member out of every programme and every group, and out of those named there."""
    for table in (seat_table, enrolment_table):
        await delete_rows(connection, table, workspace_id, member_id=member_id)
    for name in ("concern_person", "concern_deputy"):
        theirs = rows_of(programme_table, workspace_id, **{name: member_id})
        await connection.execute(sa.update(programme_table).where(theirs).values({name: None}))


async def remove_groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_ids: Collection[GroupId]
) -> None:
    """Delete these groups with their seats. A Slack channel that was opened stays in Slack."""
    await delete_rows(connection, group_table, workspace_id, id=group_ids)


async def remove_seat(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId, member_id: MemberId
) -> bool:
    """Take the member out of this group. True if they sat there."""
    theirs = {"group_id": group_id, "member_id": member_id}
    return await delete_rows(connection, seat_table, workspace_id, **theirs) > 0
