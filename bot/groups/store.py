"""Store pairings and the waitlist. Each function sees one workspace only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import OutboxState
from bot.delivery.tables import in_state, outbox
from bot.kernel.clock import local_date
from bot.kernel.database import (
    delete_rows,
    put_rows,
    read_as,
    read_each,
    rows_of,
    values_of,
    write_each,
)
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.matching import exclusions
from bot.matching.model import Conflict, EndReason, Method, Pairing, Term, Waiting
from bot.matching.tables import pairing_table, waitlist_table
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme.groups import is_any_without_mentor
from bot.programme.model import Programme
from bot.todos import ToDo, Weight


async def add_pairings(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairings: Iterable[Pairing]
) -> None:
    """Keep new pairings. Raises ValueError for another workspace's, IntegrityError for a second."""
    rows = []
    for one in pairings:
        if one.workspace_id != workspace_id:
            raise ValueError("a pairing can be written only into its own workspace")
        rows.append(values_of(one, pairing_table))
    await write_each(connection, sa.insert(pairing_table), rows)


async def pairings(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId | Collection[ProgrammeId],
    *,
    with_ended: bool = False,
    mentor_id: MemberId | None = None,
    mentee_id: MemberId | None = None,
    group_id: GroupId | None = None,
    of: Collection[MemberId] | None = None,
) -> list[Pairing]:
    """Find the lasting pairings of a programme or several, or all, the oldest first.

    `of`: those of any of these people.
    """
    if not programme_id:
        return []
    wanted = {"mentor_id": mentor_id, "mentee_id": mentee_id, "group_id": group_id}
    given = {name: value for name, value in wanted.items() if value is not None}
    query = (
        sa.select(pairing_table)
        .where(rows_of(pairing_table, workspace_id, programme_id=programme_id, **given))
        .order_by(pairing_table.c.started_at, pairing_table.c.mentee_id, pairing_table.c.id)
    )
    if of is not None:
        query = query.where(
            sa.or_(pairing_table.c.mentee_id.in_(of), pairing_table.c.mentor_id.in_(of))
        )
    if not with_ended:
        query = query.where(pairing_table.c.ended_at.is_(None))
    return await read_each(connection, query, _pairing)


async def pairing(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairing_id: str, *, hold: bool = False
) -> Pairing | None:
    """Find the pairing with this id, lasting or ended, or None.

    `hold` lets others who would hold it wait until the transaction ends.
    """
    query = sa.select(pairing_table).where(rows_of(pairing_table, workspace_id, id=pairing_id))
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _pairing(row)


def _untold() -> sa.CompoundSelect[Any]:
    here, is_waiting = sa.bindparam("here", type_=sa.String), in_state(OutboxState.QUEUED)
    its_groups = sa.bindparam("its_groups", expanding=True, type_=sa.String)
    waits = rows_of(outbox, here, kind=MessageKind.GROUP_INTRODUCTION) & is_waiting
    joined = rows_of(outbox, here, kind=MessageKind.MEMBER_JOINED) & is_waiting
    nobody = sa.cast(sa.null(), sa.String).label("mentee_id")
    introduced_later = sa.select(outbox.c.subject_id, nobody).where(
        waits, outbox.c.subject_id.in_(its_groups)
    )
    joined_later = sa.select(pairing_table.c.group_id, pairing_table.c.mentee_id).where(
        rows_of(pairing_table, here),
        pairing_table.c.group_id.in_(its_groups),
        pairing_table.c.ended_at.is_(None),
        sa.exists().where(joined, outbox.c.subject_id == pairing_table.c.id),
    )
    return introduced_later.union_all(joined_later)


_UNTOLD = _untold()


async def untold(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_ids: Collection[GroupId]
) -> tuple[set[GroupId], dict[GroupId, set[MemberId]]]:
    """Find the groups that are still to be introduced, and the mentees of whom others are to hear.

    In one query: Home and the weekly message ask it each time.
    """
    its = {"here": workspace_id, "its_groups": list(group_ids)}
    groups: set[GroupId] = set()
    mentees: dict[GroupId, set[MemberId]] = {}
    for group_id, mentee_id in await connection.execute(_UNTOLD, its):
        if mentee_id is None:
            groups.add(group_id)
        else:
            mentees.setdefault(group_id, set()).add(mentee_id)
    return groups, mentees


async def ended_known(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    programme_id: ProgrammeId | None = None,
    member_id: MemberId | None = None,
    pairing_id: str | None = None,
) -> list[Pairing]:
    """Find the pairings that ended after their group had been told of the mentee.

    Of any other only the owner of the seat knew. Who joins later has a message of their own, and
    no introduction names them before it.
    """
    together = pairing_table.alias("together")
    same = ("workspace_id", "group_id", "mentee_id", "started_at")
    begun_together = (
        sa.select(together.c.id)
        .where(*(together.c[name] == pairing_table.c[name] for name in same))
        .correlate(pairing_table)
    )
    its_group = outbox.c.workspace_id == pairing_table.c.workspace_id
    joins = sa.and_(
        its_group,
        outbox.c.kind == MessageKind.MEMBER_JOINED.value,
        outbox.c.subject_id.in_(begun_together),
    )
    introduces = sa.and_(
        its_group,
        outbox.c.kind == MessageKind.GROUP_INTRODUCTION.value,
        outbox.c.subject_id == pairing_table.c.group_id,
    )
    in_time = sa.and_(
        in_state(OutboxState.SENT),
        outbox.c.ended_at >= pairing_table.c.started_at,
        outbox.c.ended_at < pairing_table.c.ended_at,
    )
    by_introduction = sa.exists().where(introduces, in_time) & ~sa.exists().where(joins)
    was_told = sa.exists().where(joins, in_time) | by_introduction
    wanted = {"programme_id": programme_id, "id": pairing_id}
    given = {name: value for name, value in wanted.items() if value is not None}
    query = sa.select(pairing_table).where(rows_of(pairing_table, workspace_id, **given), was_told)
    if member_id is not None:
        of_member = (pairing_table.c.mentee_id, pairing_table.c.mentor_id)
        query = query.where(sa.or_(*(column == member_id for column in of_member)))
    return await read_each(connection, query, _pairing)


async def joining(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> set[MemberId]:
    """Find the mentees with a seat in this group of whom its members are still to be told."""
    _, mentees = await untold(connection, workspace_id, [group_id])
    return mentees.get(group_id, set())


async def end_pairings(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    pairing_ids: Collection[str],
    *,
    why: EndReason,
    now: datetime,
) -> None:
    """End these pairings at `now`; those that have ended stay as they are."""
    await connection.execute(
        sa.update(pairing_table)
        .where(
            rows_of(pairing_table, workspace_id, id=pairing_ids), pairing_table.c.ended_at.is_(None)
        )
        .values(ended_at=now, end_reason=why.value)
    )


async def former_mentors(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> dict[GroupId, frozenset[MemberId]]:
    """Find the mentors of each group whom leaving the programme took out of it."""
    left = rows_of(
        pairing_table,
        workspace_id,
        programme_id=programme_id,
        end_reason=EndReason.MENTOR_LEFT.value,
    )
    columns = (pairing_table.c.group_id, pairing_table.c.mentor_id)
    found: dict[GroupId, set[MemberId]] = {}
    for row in await connection.execute(sa.select(*columns).where(left).distinct()):
        found.setdefault(GroupId(row.group_id), set()).add(MemberId(row.mentor_id))
    return {group_id: frozenset(mentors) for group_id, mentors in found.items()}


async def forget_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Delete the programme's pairings and waitlist, as if nothing had been approved."""
    for table in (pairing_table, waitlist_table):
        await delete_rows(connection, table, workspace_id, programme_id=programme_id)


async def wait(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    waiting: Iterable[Waiting],
) -> None:
    """Put mentees on the waitlist; who is on it keeps their turn, with the new reason."""
    key = {"workspace_id": workspace_id, "programme_id": programme_id}
    rows = [key | values_of(one, waitlist_table) for one in waiting]
    await put_rows(connection, waitlist_table, rows, changing=["reason", "keeps_group"])


async def waitlist(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Waiting]:
    """List who waits for a seat in this programme, the longest first."""
    query = _waitlist(workspace_id, programme_id)
    return [read_as(Waiting, row) for row in await connection.execute(query)]


async def first_waiting(
    connection: AsyncConnection, programme: Programme, *, limit: int, offset: int = 0
) -> tuple[list[Waiting], int, bool]:
    """List who has waited longest for a seat, or those after `offset`; count all who do, and say
    if a group lacks a mentor."""
    of = sa.func.count().over().label("of")
    lacks = is_any_without_mentor(programme).label("lacks")
    query = _waitlist(programme.workspace_id, programme.id).add_columns(of, lacks)
    query = query.limit(limit).offset(offset)
    rows = (await connection.execute(query)).all()
    found = [read_as(Waiting, row) for row in rows]
    return found, rows[0].of if rows else 0, bool(rows and rows[0].lacks)


async def waiting_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_id: MemberId,
) -> Waiting | None:
    """Find how this member waits for a seat in this programme; None for others."""
    query = _waitlist(workspace_id, programme_id).where(waitlist_table.c.member_id == member_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Waiting, row)


async def stop_waiting(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_ids: Collection[MemberId],
) -> None:
    """Take these members off the waitlist."""
    await delete_rows(
        connection, waitlist_table, workspace_id, programme_id=programme_id, member_id=member_ids
    )


def _waitlist(workspace_id: WorkspaceId, programme_id: ProgrammeId) -> sa.Select[Any]:
    return (
        sa.select(waitlist_table)
        .where(rows_of(waitlist_table, workspace_id, programme_id=programme_id))
        .order_by(waitlist_table.c.since, waitlist_table.c.member_id)
    )


def _pairing(row: sa.Row[Any]) -> Pairing:
    end_reason = EndReason(row.end_reason) if row.end_reason else None
    return read_as(Pairing, row, method=Method(row.method), end_reason=end_reason)


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> list[ToDo]:
    """Find the pairings that a coordinator was told of and that still should not be.

    `what` says that a seat elsewhere is sought for one of the two. Wishes in confidence are told to
    nobody, so not among these. A block is told, not whose: all look the same whatever the reason.
    """
    if programme is None or not coordinates(member):
        return []
    workspace_id = member.workspace_id
    told = await _told(connection, member, programme.id)
    if not told:
        return []
    waiting = {w.member_id for w in await waitlist(connection, workspace_id, programme.id)}
    lasting = await pairings(connection, workspace_id, programme.id)
    group_of = {p.mentee_id: p.group_id for p in lasting}
    ids = {id_ for pairing, other, _ in told for id_ in (pairing.mentee_id, other)}
    names = {one.id: one for one in await people.members(connection, workspace_id, ids=list(ids))}
    conflicts = await exclusions.conflicts(connection, workspace_id)
    today = local_date(now, programme.timezone)
    blocked = await blocked_pairs(connection, workspace_id)
    return [
        ToDo(
            kind=ToDoKind.RESOLVE_CONFLICT,
            weight=Weight.PROTECTS_SOMEBODY,
            since=at,
            about=pairing.id,
            names=(names[pairing.mentee_id].name, names[other].name),
            what="sought" if waiting & ({pairing.mentee_id, other} - {pairing.mentor_id}) else "",
        )
        for pairing, other, at in told
        if (other == pairing.mentor_id or group_of.get(other) == pairing.group_id)
        and {pairing.mentee_id, other} <= names.keys()
        and (
            blocked is None
            or {pairing.mentee_id, other} in blocked
            or stands(names[pairing.mentee_id], names[other], conflicts, today=today)
        )
    ]


async def blocked_pairs(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> set[frozenset[MemberId]] | None:
    """Find the pairs of whom one blocked the other, whoever did; None while that is unreadable."""
    try:
        blocks = await exclusions.blocks(connection, workspace_id)
    except exclusions.WishesUnreadable:
        return None
    return {frozenset((owner, other)) for owner, named in blocks.items() for other in named}


def stands(mentee: Member, other: Member, conflicts: Sequence[Conflict], *, today: date) -> bool:
    """Say whether what is on record still keeps these two apart today."""
    for one, another in ((mentee, other), (other, mentee)):
        known_as = {another.slack_user_id, another.email or "", another.name}
        named = {text.casefold() for text in (*one.supervised_by, *one.avoid)}
        if named & {text.casefold() for text in known_as if text}:
            return True
    return any(
        {c.senior_id, c.junior_id} == {mentee.id, other.id} and c.touches(Term(today, today))
        for c in conflicts
    )


async def _told(
    connection: AsyncConnection, member: Member, programme_id: ProgrammeId
) -> list[tuple[Pairing, MemberId, datetime]]:
    """Find the barred pairs that this coordinator was told of, each with the first time.

    A pair is a lasting pairing with its mentor, or with another mentee of the group.
    """
    told = await connection.execute(
        sa.select(outbox.c.subject_id, outbox.c.created_at).where(
            rows_of(
                outbox,
                member.workspace_id,
                recipient=member.slack_user_id,
                kind=MessageKind.GROUP_CONFLICT,
            )
        )
    )
    first_at: dict[str, datetime] = {}
    for subject_id, at in told:
        first_at[subject_id] = min(at, first_at.get(subject_id, at))
    found = []
    for subject_id, at in first_at.items():
        one, other = await barred_pair(connection, member.workspace_id, subject_id)
        if one is not None and one.ended_at is None and one.programme_id == programme_id:
            found.append((one, other or one.mentor_id, at))
    return found


async def barred_pair(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject_id: str
) -> tuple[Pairing | None, MemberId | None]:
    """Find the pairing that a message about a barred pair names, and the other mentee, if any."""
    pairing_id, _, other = subject_id.partition(":")
    return await pairing(connection, workspace_id, pairing_id), MemberId(other) if other else None
