"""What a preview says is what comes, whatever is changed; and undo restores exactly."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.course.model import (
    Change,
    NewCheckins,
    NewEnd,
    NewFramework,
    NewNudges,
    NewPulses,
    NewShift,
    NewStart,
    NewTemplate,
    NewTimeOff,
    NewUses,
    change_from_snapshot,
    change_snapshot,
    course_from_snapshot,
    course_snapshot,
)
from bot.course.preview import CoursePreview
from bot.kernel.database import Database, open_database
from bot.kernel.errors import UserFacing
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Use
from bot.schedule.calendar import Break, Calendar
from tests.course.under_way import (
    NOW,
    UNDER_WAY,
    apply,
    begin,
    course_now,
    everything_scheduled,
    play,
    preview,
    undo,
)
from tests.support.cast import HERE, PROGRAMME

DAYS = st.dates(date(2026, 9, 1), date(2027, 1, 31))
TIMES = st.sampled_from([time(8, 30), time(9), time(16)])
WEEKDAYS = st.integers(0, 4)
BREAKS = st.builds(
    lambda first, days: Break(first, first + timedelta(days=days)), DAYS, st.integers(0, 20)
)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(NewEnd, last_day=DAYS),
    st.builds(NewShift, day=DAYS, weeks=st.integers(-4, 5)),
    st.builds(
        NewUses,
        uses=st.lists(st.sampled_from([Use.CHECKINS, Use.NUDGES, Use.GOALS]), unique=True).map(
            tuple
        ),
    ),
    st.builds(NewCheckins, every_weeks=st.integers(1, 4), weekday=WEEKDAYS, at=TIMES),
    st.builds(NewNudges, weekday=WEEKDAYS, at=TIMES),
    st.builds(NewPulses, every_weeks=st.integers(1, 6), next_on=DAYS),
    st.builds(NewTemplate, template_id=st.sampled_from(["term", "short", "year_40"])),
    st.builds(NewFramework, framework_id=st.sampled_from(["rime", "dreyfus"])),
    st.builds(
        NewTimeOff,
        calendar=st.builds(
            Calendar,
            country=st.sampled_from(["", "GB", "US"]),
            breaks=st.lists(BREAKS, max_size=2).map(tuple),
            moves=st.booleans(),
        ),
    ),
)


def seen(found: CoursePreview) -> Counter[tuple[str, date]]:
    """How much of each kind the preview has on each day."""
    counted: Counter[tuple[str, date]] = Counter()
    for one in found.after.coming:
        counted[one.kind, one.day] += one.people
    return counted


async def try_out(database: Database, changes: list[Change]) -> None:
    await begin(database)
    for change in changes:
        course, scheduled = await course_now(database), await everything_scheduled(database)
        try:
            found = await preview(database, change)
        except UserFacing:
            assert await course_now(database) == course
            continue
        assert (await course_now(database), await everything_scheduled(database)) == (
            course,
            scheduled,
        )
        made = await apply(database, change, token=found.token)
        assert await course_now(database) == made.after != course
        if made.undo_until > NOW:
            await undo(database, made)
            assert await course_now(database) == course
            falls_due = [row[:-1] for row in await everything_scheduled(database)]
            assert falls_due == [row[:-1] for row in scheduled], "but for when it was served last"
            made = await apply(database, change, token=found.token)
        assert change_from_snapshot(change_snapshot(change)) == change
        assert course_from_snapshot(course_snapshot(made.after)) == made.after
    last = await preview(database, NewNudges(weekday=3, at=time(11, 11)))
    await apply(database, NewNudges(weekday=3, at=time(11, 11)), token=last.token)
    until = datetime.combine(last.mondays[-1] + timedelta(weeks=1), time(), UTC)

    came = await play(database, until=until - timedelta(hours=12))

    foreseen = Counter({key: n for key, n in seen(last).items() if key[1] < until.date()})
    near = {until.date() - timedelta(days=1)}
    assert {k: n for k, n in came.items() if k[1] not in near} == {
        k: n for k, n in foreseen.items() if k[1] not in near
    }


@pytest.fixture(scope="module")
def fresh(sqlite_template: Path) -> Callable[[Path], Database]:
    def make(folder: Path) -> Database:
        path = folder / "cairn.db"
        shutil.copy(sqlite_template, path)
        return open_database(f"sqlite:///{path}")

    return make


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_what_is_previewed_comes_whatever_is_changed(
    fresh: Callable[[Path], Database], changes: list[Change]
) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            database = fresh(Path(folder))
            await try_out(database, changes)
            await database.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "change",
    [
        NewShift(day=date(2026, 10, 12), weeks=2),
        NewShift(day=date(2026, 10, 26), weeks=-2),
        NewUses(uses=(Use.NUDGES,)),
        NewPulses(every_weeks=3, next_on=date(2026, 10, 22)),
        NewTimeOff(
            calendar=Calendar(country="GB", breaks=(Break(date(2026, 10, 12), date(2026, 10, 23)),))
        ),
    ],
)
async def test_on_both_engines(database: Database, change: Change) -> None:
    await try_out(database, [change])


async def test_after_the_clocks_have_gone_back_all_comes_at_the_same_hour(
    database: Database,
) -> None:
    """London's clocks go back on 25 October: ten o'clock is 9:00 UTC before, 10:00 UTC after."""
    await begin(database)
    pulses = NewPulses(every_weeks=3, next_on=date(2026, 10, 8))

    found = await preview(database, pulses)

    opens = [one.at for one in found.after.coming if one.kind == "pulse_open"]
    assert opens == [datetime(2026, 10, 8, 9, tzinfo=UTC), datetime(2026, 10, 29, 10, tzinfo=UTC)]


async def test_another_first_day_is_not_undone_once_the_programme_has_begun(
    database: Database,
) -> None:
    draft = replace(UNDER_WAY, state=ProgrammeState.DRAFT, starts_on=date(2026, 10, 12))
    await begin(database, draft)
    change = NewStart(starts_on=date(2026, 10, 5))
    made = await apply(database, change, token=(await preview(database, change)).token)
    async with database.writing() as connection:
        programme = await programmes.programme(connection, HERE, PROGRAMME.id, hold=True)
        assert programme is not None
        begun = replace(programme, state=ProgrammeState.RUNNING)
        await programmes.put_programme(connection, HERE, begun)

    with pytest.raises(UserFacing, match="has begun since"):
        await undo(database, made)

    assert (await course_now(database)).starts_on == date(2026, 10, 5)
