"""A year of check-ins, nudges, meetings and sent messages: a statement for each, for all weeks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.store import SEALED
from bot.checkins.tables import checkin, checkin_turn
from bot.delivery.tables import delivery_recipient, outbox
from bot.kernel.database import Instant, rows_of, write_each
from bot.kernel.ids import WorkspaceId
from bot.meetings.tables import meeting, meeting_mentee
from bot.nudges.tables import nudge
from bot.people.model import Role
from bot.people.tables import member_table
from bot.programme.model import Programme
from bot.programme.tables import seat_table
from bot.pulse.tables import round_table
from bot.stages.tables import stage_event

HERE = WorkspaceId("T0GROW")
NOW = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
"""A Monday, after everybody's morning messages."""
WEEKS_RUN = 50
OUTBOX_WEEKS = 57
"""400 days: what is older is forgotten."""

_week = sa.Table(
    "bench_week",
    sa.MetaData(),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
)


async def write_history(
    connection: AsyncConnection, programme: Programme, *, weeks: int = OUTBOX_WEEKS
) -> None:
    """Check-ins, nudges, meetings and what was sent in the last `weeks`: a statement for each."""
    await connection.run_sync(_week.create)
    rows = [
        {"n": n, "at": NOW - timedelta(weeks=n), "day": (NOW - timedelta(weeks=n)).date()}
        for n in range(1, weeks + 1)
    ]
    await connection.execute(_week.insert(), rows)
    mentee = sa.and_(
        seat_table.c.workspace_id == HERE,
        seat_table.c.member_id == member_table.c.id,
        seat_table.c.role == Role.MENTEE.value,
    )
    seated = member_table.join(seat_table, mentee)
    run = _week.c.n < WEEKS_RUN
    second = sa.and_(_week.c.n % 2 == 0, run)
    number = sa.cast(_week.c.n, sa.String)
    await _checkins(connection, programme, seated.join(_week, second), number)
    await _mentors_weeks(connection, programme, second, number)
    is_mentor = member_table.c.is_mentor
    mentors = member_table.join(_week, is_mentor)
    rounds_of = member_table.join(round_table, member_table.c.is_mentee)
    nudge_id = "nudge-" + member_table.c.id + "-" + number
    prompts = seated.join(_week, _week.c.n % 2 == 0)
    await _sent(
        connection,
        "checkin_prompt",
        prompts,
        subject=member_table.c.id,
        at=_week.c.at,
        number=number,
    )
    await _sent(connection, "mentor_nudge", mentors, subject=nudge_id, at=_week.c.at, number=number)
    for kind in ("pulse_invitation", "pulse_reminder", "pulse_result", "pulse_action"):
        its = round_table.c
        recent = rounds_of.join(_week, sa.and_(_week.c.n == weeks, its.opens_at >= _week.c.at))
        await _sent(connection, kind, recent, subject=its.id, at=its.opens_at, number=its.id)
    recipients = sa.select(
        sa.literal(HERE), member_table.c.slack_user_id, _at(NOW), _at(NOW)
    ).select_from(member_table)
    await connection.execute(
        delivery_recipient.insert().from_select(
            ["workspace_id", "recipient", "last_at", "free_at"], recipients
        )
    )
    await connection.run_sync(_week.drop)


def _at(instant: datetime) -> sa.ColumnElement[datetime]:
    return sa.literal(instant, Instant())


async def _copy(
    connection: AsyncConnection, table: sa.Table, source: Any, columns: dict[str, Any]
) -> None:
    """Insert a row of `columns` for every row of `source`."""
    chosen = [
        value if isinstance(value, sa.ColumnElement) else sa.literal(value)
        for value in columns.values()
    ]
    labelled = [one.label(f"c{n}") for n, one in enumerate(chosen)]
    query = sa.select(*labelled).select_from(source)
    await connection.execute(table.insert().from_select(list(columns), query))


async def _seal(connection: AsyncConnection) -> None:
    """Write words into all check-ins."""
    text = "I led the round and was asked what I had thought about beforehand."
    answers = [[lens, "What went well this week?", text] for lens in ("think", "feel", "act")]
    said = {"answers": answers, "confidence": 7, "blocker": "none", "wish": "A word."}
    its = rows_of(checkin, sa.bindparam("workspace"), id=sa.bindparam("checkin"))
    update = sa.update(checkin).where(its)
    rows = []
    for row in (await connection.execute(sa.select(checkin))).all():
        sealed = await SEALED.seal(connection, row._asdict(), said)
        names = {"workspace": row.workspace_id, "checkin": row.id}
        rows.append({**names, "key_id": sealed["key_id"], "sealed": sealed["sealed"]})
    await write_each(connection, update, rows)


async def _checkins(
    connection: AsyncConnection, programme: Programme, source: Any, number: Any
) -> None:
    its_id = "checkin-" + member_table.c.id + "-" + number
    by_turn = sa.case((_week.c.n % 4 == 0, "mentor"), (_week.c.n % 6 == 0, "only_me"))
    columns: dict[str, Any] = {
        "workspace_id": HERE,
        "id": its_id,
        "member_id": member_table.c.id,
        "programme_id": programme.id,
        "group_id": seat_table.c.group_id,
        "framework_id": programme.framework_id,
        "stage": member_table.c.stage,
        "visibility": sa.func.coalesce(by_turn, "group"),
        "written_at": _week.c.at,
        "shared_at": _week.c.at,
        "key_id": "",
        "sealed": b"",
    }
    await _copy(connection, checkin, source, columns)
    await _seal(connection)
    mentees = member_table.c.is_mentee
    turn = {"workspace_id": HERE, "member_id": member_table.c.id, "turn": WEEKS_RUN // 2}
    once = member_table.join(_week, sa.and_(_week.c.n == 1, mentees))
    await _copy(connection, checkin_turn, once, turn)
    claim = {
        "workspace_id": HERE,
        "member_id": member_table.c.id,
        "number": 1,
        "framework_id": programme.framework_id,
        "kind": "claimed",
        "from_level": member_table.c.stage,
        "to_level": "Is",
        "key_id": sa.null(),
        "sealed": sa.null(),
        "by_member_id": member_table.c.id,
        "at": _at(NOW - timedelta(days=30)),
    }
    third = sa.and_(_week.c.n == 1, sa.func.substr(member_table.c.id, 6, 1) == "3", mentees)
    await _copy(connection, stage_event, member_table.join(_week, third), claim)


async def _mentors_weeks(
    connection: AsyncConnection, programme: Programme, second: Any, number: Any
) -> None:
    """A nudge every week and a meeting every second, for every mentor."""
    columns: dict[str, Any] = {
        "workspace_id": HERE,
        "id": "nudge-" + member_table.c.id + "-" + number,
        "mentor_id": member_table.c.id,
        "week_on": _week.c.day,
        "due_at": _week.c.at,
        "shared_since": _week.c.at,
        "put_off": sa.false(),
    }
    is_mentor = member_table.c.is_mentor
    await _copy(connection, nudge, member_table.join(_week, is_mentor), columns)
    met = {
        "workspace_id": HERE,
        "id": "meeting-" + seat_table.c.group_id + "-" + number,
        "programme_id": programme.id,
        "group_id": seat_table.c.group_id,
        "held_on": _week.c.day,
        "mode": "in_person",
        "length": sa.null(),
        "recorded_by": seat_table.c.member_id,
        "recorded_at": _week.c.at,
    }
    mentor_seats = sa.and_(seat_table.c.role == Role.MENTOR.value, second)
    await _copy(connection, meeting, seat_table.join(_week, mentor_seats), met)
    there = {
        "workspace_id": HERE,
        "meeting_id": "meeting-" + seat_table.c.group_id + "-" + number,
        "member_id": seat_table.c.member_id,
    }
    mentee_seats = sa.and_(seat_table.c.role == Role.MENTEE.value, second)
    await _copy(connection, meeting_mentee, seat_table.join(_week, mentee_seats), there)


async def _sent(
    connection: AsyncConnection, kind: str, source: Any, *, subject: Any, at: Any, number: Any
) -> None:
    """A message of this kind that reached the member, for every row of `source`."""
    key = sa.literal(kind + "-") + member_table.c.id + "-" + number
    columns: dict[str, Any] = {
        "workspace_id": HERE,
        "id": "send-" + key,
        "kind": kind,
        "subject_id": subject,
        "recipient": member_table.c.slack_user_id,
        "dedupe_key": key,
        "lane": "prompt",
        "priority": 1,
        "created_at": at,
        "not_before": at,
        "expires_at": at,
        "state": "sent",
        "ready_at": at,
        "attempts": 1,
        "lookups": 0,
        "claimed_at": at,
        "is_folded": sa.false(),
        "slack_channel": "D" + member_table.c.slack_user_id,
        "slack_ts": "1." + number,
        "ended_at": at,
    }
    await _copy(connection, outbox, source, columns)
