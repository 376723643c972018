"""Store check-ins, whole and sealed. Nothing here is read by a machine to judge anybody."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.queries import STANDING
from bot.checkins.reading import mentor_may_read
from bot.checkins.rules import (
    Answer,
    Asks,
    Blocker,
    CheckIn,
    CheckInId,
    GoalProgress,
    MenteesTurn,
    ProgrammeSeat,
    Reflection,
    Topic,
    Visibility,
    Writer,
)
from bot.checkins.tables import checkin, checkin_turn
from bot.goals.model import Progress
from bot.kernel.database import (
    Instant,
    add_row,
    delete_rows,
    insert_into,
    read_as,
    rows_of,
    values_of,
)
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.kinds import ScheduleKind
from bot.people.model import Member, MemberState, Role
from bot.people.tables import member_table
from bot.programme.model import Use
from bot.schedule.tables import schedule
from bot.stages.model import Lens

SEALED = SealedRows(
    checkin,
    (
        *("workspace_id", "id", "member_id", "programme_id", "group_id"),
        *("framework_id", "stage", "visibility", "written_at", "shared_at"),
    ),
)


async def add(connection: AsyncConnection, saved: CheckIn) -> bool:
    """Write a check-in and move its writer's turn on; False when that id is there already."""
    if not await add_row(connection, checkin, await _row(connection, saved)):
        return False
    row = {"workspace_id": saved.workspace_id, "member_id": saved.member_id, "turn": 1}
    first = insert_into(connection, checkin_turn).values(row)
    await connection.execute(
        first.on_conflict_do_update(
            index_elements=["workspace_id", "member_id"], set_={"turn": checkin_turn.c.turn + 1}
        )
    )
    return True


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, checkin_id: CheckInId
) -> CheckIn | None:
    """Find the check-in with this id, or None."""
    query = sa.select(checkin).where(rows_of(checkin, workspace_id, id=checkin_id))
    found = await _read(connection, query)
    return found[0] if found else None


async def latest_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId | Collection[MemberId],
    *,
    limit: int | None,
    **which: object,
) -> list[CheckIn]:
    """Find a member's own check-ins, or those of several, newest first, at most `limit`."""
    query = (
        sa.select(checkin)
        .where(rows_of(checkin, workspace_id, member_id=member_id, **which))
        .order_by(checkin.c.written_at.desc(), checkin.c.id)
        .limit(limit)
    )
    return await _read(connection, query)


async def shared_with_mentors(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    group_ids: Collection[GroupId],
    since: datetime | None = None,
    until: datetime,
) -> list[CheckIn]:
    """Find what was shared in these groups, or with their mentors, in that time, in its order."""
    readable = [each.value for each in Visibility if mentor_may_read(each)]
    query = (
        sa.select(checkin)
        .where(
            rows_of(checkin, workspace_id, group_id=group_ids, visibility=readable),
            checkin.c.shared_at < until,
        )
        .order_by(checkin.c.shared_at, checkin.c.id)
    )
    if since is not None:
        query = query.where(checkin.c.shared_at >= since)
    return [one for one in await _read(connection, query) if one.is_readable]


async def last_written(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_ids: Iterable[MemberId]
) -> dict[MemberId, datetime]:
    """Find when each member last wrote a check-in, whoever may read it; others are left out."""
    query = (
        sa.select(checkin.c.member_id, sa.func.max(checkin.c.written_at, type_=Instant()))
        .where(checkin.c.workspace_id == workspace_id, checkin.c.member_id.in_(sorted(member_ids)))
        .group_by(checkin.c.member_id)
    )
    return {MemberId(member_id): at for member_id, at in await connection.execute(query)}


async def change(
    connection: AsyncConnection, before: CheckIn, after: CheckIn, *, unread: bool = False
) -> CheckIn | None:
    """Change it and who may read it, if it is as it was, and seal it anew for them.

    With `unread`, only as long as nobody else has opened it. Returns its next revision, None where
    nothing was changed.
    """
    after = replace(after, revision=before.revision + 1)
    its = rows_of(checkin, before.workspace_id, id=before.id, revision=before.revision)
    row = await _row(connection, after)
    changed = await connection.execute(
        sa.update(checkin)
        .where(its, checkin.c.read_at.is_(None) if unread else sa.true())
        .values({name: value for name, value in row.items() if name != "read_at"})
    )
    return after if changed.rowcount else None


async def mark_read(connection: AsyncConnection, read: CheckIn, *, now: datetime) -> None:
    """Note that somebody else has opened this revision; the first time counts."""
    its = rows_of(checkin, read.workspace_id, id=read.id, revision=read.revision, read_at=None)
    await connection.execute(sa.update(checkin).where(its).values(read_at=now))


_HERE, _WHOSE = sa.bindparam("here", type_=sa.String), sa.bindparam("whose", type_=sa.String)
_THEIR_TURN = rows_of(checkin_turn, _HERE, member_id=_WHOSE)
_HELD_ASKS = sa.select(checkin_turn.c.asks).where(_THEIR_TURN).with_for_update()
_CHANGE_TURN = sa.update(checkin_turn).where(_THEIR_TURN)


async def change_asks(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    change: Callable[[Asks], Asks],
) -> Asks:
    """Change what a member was asked of late, one change after the other; returns it."""
    its = {"here": workspace_id, "whose": member_id}
    held = (await connection.execute(_HELD_ASKS, its)).one_or_none()
    if held is None:
        await _begin_turns(connection, workspace_id, member_id)
        held = (await connection.execute(_HELD_ASKS, its)).one()
    before = _asks(held.asks)
    after = change(before)
    if after != before:
        values = _ASKS.dump_python(after, mode="json")
        await connection.execute(_CHANGE_TURN, its | {"asks": values})
    return after


async def _begin_turns(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    key = {"workspace_id": workspace_id, "member_id": member_id}
    await add_row(connection, checkin_turn, key | {"turn": 0})


async def turns_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_ids: Iterable[MemberId]
) -> dict[MemberId, MenteesTurn]:
    """Find what each member was asked of late, when they wrote last and are asked next."""
    who = member_table.c.id
    turn = rows_of(checkin_turn, workspace_id) & (checkin_turn.c.member_id == who)
    is_prompt = rows_of(schedule, workspace_id, kind=ScheduleKind.CHECKIN_PROMPT.value)
    prompt = is_prompt & (schedule.c.subject_id == who)
    last_at = sa.select(sa.func.max(checkin.c.written_at, type_=Instant()))
    last_at = last_at.where(rows_of(checkin, workspace_id), checkin.c.member_id == who)
    query: sa.Select[Any] = (
        sa.select(
            who,
            checkin_turn.c.asks,
            schedule.c.next_due_at.label("next_at"),
            last_at.scalar_subquery().label("last_at"),
        )
        .select_from(member_table.outerjoin(checkin_turn, turn).outerjoin(schedule, prompt))
        .where(rows_of(member_table, workspace_id, id=list(member_ids)))
    )
    rows = await connection.execute(query)
    return {MemberId(row.id): read_as(MenteesTurn, row, asks=_asks(row.asks)) for row in rows}


async def handed_over_at(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> datetime | None:
    """Find when a member last chose what a new mentor reads, or None."""
    query = sa.select(checkin_turn.c.handed_over_at).where(_THEIR_TURN)
    its = {"here": workspace_id, "whose": member_id}
    return (await connection.execute(query, its)).scalar_one_or_none()


async def note_handover(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, now: datetime
) -> None:
    """Note that a member has chosen what their new mentor reads."""
    await _begin_turns(connection, workspace_id, member_id)
    its = {"here": workspace_id, "whose": member_id, "handed_over_at": now}
    await connection.execute(_CHANGE_TURN, its)


_ASKS = TypeAdapter(Asks)


def _asks(values: object) -> Asks:
    return _ASKS.validate_python(values or ())


async def remove(
    connection: AsyncConnection, workspace_id: WorkspaceId, checkin_id: CheckInId
) -> bool:
    """Delete a check-in with its answers. True if it was there."""
    return await delete_rows(connection, checkin, workspace_id, id=checkin_id) > 0


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete everything that the member wrote; returns how many check-ins that were."""
    gone = await delete_rows(connection, checkin, member.workspace_id, member_id=member.id)
    await delete_rows(connection, checkin_turn, member.workspace_id, member_id=member.id)
    return gone


async def _row(connection: AsyncConnection, one: CheckIn) -> dict[str, Any]:
    """Make the row of a check-in: what was written is sealed for its writer and its audience."""
    entry = one.entry
    content = {
        "answers": [[each.lens, each.prompt, each.text] for each in entry.answers],
        "confidence": entry.confidence,
        "blocker": entry.blocker,
        "wish": entry.wish,
        "goals": [[each.goal_id, each.title, each.moved, each.is_shared] for each in entry.goals],
        "wellbeing": entry.wellbeing,
        "left_out": sorted(entry.left_out),
    }
    row = values_of(one, checkin, visibility=entry.visibility.value)
    return await SEALED.seal(connection, row, content)


async def _read(connection: AsyncConnection, query: sa.Select[tuple[object, ...]]) -> list[CheckIn]:
    return [await _checkin(connection, row) for row in await connection.execute(query)]


async def _checkin(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> CheckIn:
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        nobodys = Reflection(visibility=Visibility.ONLY_ME)
        return read_as(CheckIn, row, entry=nobodys, is_readable=False)
    entry = Reflection(
        answers=tuple(Answer(Lens(each[0]), *each[1:]) for each in content["answers"]),
        confidence=content["confidence"],
        blocker=Blocker(content["blocker"]) if content["blocker"] else None,
        wish=content["wish"],
        goals=tuple(
            GoalProgress(each[0], each[1], Progress(each[2]), *each[3:])
            for each in content.get("goals", ())
        ),
        wellbeing=content.get("wellbeing"),
        left_out=frozenset(map(Topic, content.get("left_out", ()))),
        visibility=Visibility(row.visibility),
    )
    return read_as(CheckIn, row, entry=entry)


async def writer_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: SlackUserId
) -> Writer | None:
    """Read all that the form needs of a person in a single query; None for somebody unknown."""
    parameters = {"workspace": workspace_id, "slack_user_id": slack_user_id}
    rows = (await connection.execute(STANDING, parameters)).all()
    if not rows:
        return None
    return read_as(
        Writer,
        rows[0],
        state=MemberState(rows[0].state),
        initial_stage=rows[0].stage,
        asks=_asks(rows[0].asks),
        places=tuple(_place(row) for row in rows if row.programme_id),
    )


def _place(row: sa.Row[tuple[object, ...]]) -> ProgrammeSeat:
    seat_role = Role(row.seat_role) if row.seat_role else None
    used = row.uses is None or Use.CHECKINS in dict(
        row.uses
    )  # None: made before there was a choice
    return read_as(ProgrammeSeat, row, seat_role=seat_role, uses_checkins=used)
