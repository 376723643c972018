"""A programme in its fourth week: what comes of it, day by day, as the loop would have it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from bot.course import use_cases
from bot.course.model import Change, Course, CourseChange, course_of
from bot.course.preview import CoursePreview
from bot.course.rules import Catalogued
from bot.groups.schedule import begin_schedules, follow_weeks
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import (
    Milestone,
    Programme,
    ProgrammeState,
    Template,
    Use,
    in_use,
    last_day,
)
from bot.schedule import claims
from bot.schedule.calendar import Calendar
from bot.schedule.store import schedule
from bot.schedule.time_off import calendar_of, put_calendar
from config.catalogue import load_catalogue
from tests.support.cast import CAROL, HERE, PROGRAMME, TEMPLATE
from tests.support.seated import seat_everybody

NOW = datetime(2026, 9, 30, 15, tzinfo=UTC)
"""A Wednesday of the fourth week, the afternoon before the first pulse."""
USES = (
    (Use.CHECKINS, 1),
    (Use.NUDGES, 1),
    (Use.STAGES, 1),
    (Use.GOALS, 6),
    (Use.MEETINGS, 1),
)
TERM = replace(
    TEMPLATE,
    id="term",
    name="A term",
    weeks=14,
    pulse_first_week=5,
    checkin_every_weeks=3,
    uses=USES[:2],
    milestones=(
        Milestone(audience=Role.MENTEE, first_week=8, last_week=9, text="Half way."),
        Milestone(audience=Role.MENTOR, first_week=13, last_week=14, text="Say goodbye."),
    ),
)
SHORT = replace(TERM, id="short", name="A short one", weeks=3)
YEAR = replace(TERM, id="year_40", name="A year", weeks=40, checkin_every_weeks=2, uses=USES)
UNDER_WAY = replace(PROGRAMME, template=YEAR, weeks=14, framework_id="miller_is")
TEMPLATES: dict[str, Template] = {one.id: one for one in (TERM, SHORT, YEAR)}
CATALOGUED = Catalogued(templates=TEMPLATES, frameworks=load_catalogue().frameworks)


async def begin(
    database: Database,
    programme: Programme = UNDER_WAY,
    *,
    calendar: Calendar | None = None,
    now: datetime = NOW,
) -> None:
    """Seat everybody, and let what falls due have begun on the first day."""
    await seat_everybody(database, programme=programme)
    async with database.writing() as connection:
        if calendar is not None:
            await put_calendar(connection, HERE, calendar)
        if programme.state is ProgrammeState.RUNNING:
            first = datetime.combine(programme.starts_on, datetime.min.time(), UTC)
            current = await programmes.programme(connection, HERE, programme.id)
            assert current is not None
            framework = CATALOGUED.frameworks[programme.framework_id]
            await begin_schedules(connection, current, framework=framework, now=first)
    if programme.state is ProgrammeState.RUNNING:
        await play(database, until=now)


async def play(database: Database, *, until: datetime) -> Counter[tuple[str, date]]:
    """Let what falls due come until then; how much of each kind came on each local day."""
    came: Counter[tuple[str, date]] = Counter()
    while True:
        async with database.writing() as connection:
            at = await claims.next_due_at(connection)
            if at is None or at >= until:
                return came
            programme = await programmes.programme(connection, HERE, PROGRAMME.id)
            assert programme is not None
            for due in await claims.claim_due(connection, now=at, limit=1000):
                if due.kind == "pairing_settle":
                    await follow_weeks(connection, programme, now=at)
                elif _is_written(programme, due.kind, due.due_at, due.tz):
                    came[due.kind, local_date(due.due_at, due.tz)] += 1


def _is_written(programme: Programme, kind: str, at: datetime, tz: str) -> bool:
    """The messages of members are written as long as the programme lasts and uses them."""
    use = {"checkin_prompt": Use.CHECKINS, "mentor_nudge": Use.NUDGES}.get(kind)
    if use is None and kind != "pulse_open":
        return True
    if local_date(at, tz) > last_day(programme):
        return False
    return use is None or in_use(programme, use, at)


def asked(
    *, now: datetime = NOW, by: MemberId = CAROL.id, where: WorkspaceId = HERE
) -> use_cases.CourseOrder:
    return use_cases.CourseOrder(
        workspace_id=where, programme_id=PROGRAMME.id, by=by, catalogued=CATALOGUED, now=now
    )


async def preview(database: Database, change: Change, *, now: datetime = NOW) -> CoursePreview:
    return await use_cases.preview(database, asked(now=now), change)


async def apply(
    database: Database, change: Change, *, token: str, now: datetime = NOW
) -> CourseChange:
    async with database.writing() as connection:
        return await use_cases.apply(connection, asked(now=now), change, token=token)


async def undo(database: Database, made: CourseChange, *, now: datetime = NOW) -> CourseChange:
    async with database.writing() as connection:
        return await use_cases.undo(connection, asked(now=now), made.number)


async def course_now(database: Database) -> Course:
    async with database.reading() as connection:
        programme = await programmes.programme(connection, HERE, PROGRAMME.id)
        assert programme is not None
        return course_of(programme, await calendar_of(connection, HERE))


async def everything_scheduled(database: Database) -> list[tuple[object, ...]]:
    """Every row of what falls due, for comparing."""
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(schedule).order_by(*schedule.primary_key))
        return [tuple(row) for row in rows]
