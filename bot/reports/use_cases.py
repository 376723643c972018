"""Make a programme's report: count, and keep which stages were shown."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kinds import ReportKind
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.use_cases import the_programme
from bot.pulse import actions
from bot.pulse import results as released
from bot.reports import rules, store
from bot.reports.disclosure import stage_cells
from bot.reports.model import Report, RoundRow, StageRelease
from bot.reports.pulse import round_row
from bot.stages.model import Framework

FindFramework = Callable[[Programme], Framework | None]

NOT_STARTED = "This programme has not started, so there is nothing to report yet."


async def reportable(connection: AsyncConnection, workspace_id: WorkspaceId) -> list[Programme]:
    """Find the programmes of which there is something to report, the latest start first."""
    every = await programmes.programmes(connection, workspace_id)
    return [one for one in every if one.state is not ProgrammeState.DRAFT]


async def make_report(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    kind: ReportKind,
    *,
    framework_of: FindFramework,
    by: MemberId | None,
    now: datetime,
) -> Report:
    """Count what a programme's report says, for a coordinator, or None for the command line.

    Raises UserFacing for a programme that is not there or has not started, and for anybody else.
    """
    async with database.writing() as connection:
        programme = await the_programme(connection, workspace_id, programme_id, hold=True)
        if by is not None:
            await must_coordinate(connection, workspace_id, by)
        if programme.state is ProgrammeState.DRAFT:
            raise UserFacing(NOT_STARTED)
        stages = await _stages(connection, programme, framework_of(programme), now=now)
        await audit.record(
            connection,
            workspace_id,
            Act.REPORT_MADE,
            by=by,
            now=now,
            programme_id=programme.id,
            what=kind.value,
        )
    async with database.reading() as connection:
        facts = await store.facts_of(connection, programme)
        rounds = await _rounds(connection, programme)
    shown = [one for one in stages if one.cells]
    return await asyncio.to_thread(  # seconds with thousands of people
        rules.report_of,
        programme,
        facts,
        rounds=rounds,
        stages=shown[-1] if shown else None,
        stages_due=stages[-1].on if stages else None,
        now=now,
    )


async def latest_stages(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    framework_of: FindFramework,
    now: datetime,
) -> StageRelease | None:
    """Find which distribution of stages was shown last, counting a month that has ended since.

    The caller's transaction writes. None where nothing may be shown yet.
    """
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    every = await _stages(connection, programme, framework_of(programme), now=now)
    return next((one for one in reversed(every) if one.cells), None)


async def _stages(
    connection: AsyncConnection,
    programme: Programme,
    framework: Framework | None,
    *,
    now: datetime,
) -> list[StageRelease]:
    """Find what came of each day on which stages were counted; count the last one if it is new.

    The programme is held, so that no two count at once.
    """
    every = await store.stage_releases(connection, programme)
    its = [one for one in every if one.framework_id == programme.framework_id]
    seats = await store.pairings_of(connection, programme)
    on = rules.stages_on(programme, seats, now=now)
    if framework is None or on is None or (every and every[-1].on >= on):
        return its
    end = rules.end_of(on, programme)
    counts = rules.counts_by_stage(
        framework,
        seats,
        end=end,
        initial=await store.initial_stages(connection, programme),
        moves=await store.moves_before(connection, programme, end=end),
    )
    new = StageRelease(
        on=on,
        framework_id=framework.id,
        levels=tuple(one.name for one in framework.levels),
        cells=stage_cells(counts, [one.cells for one in its]),
    )
    await store.put_stage_release(connection, programme, new, now=now)
    return [*its, new]


async def _rounds(connection: AsyncConnection, programme: Programme) -> list[RoundRow]:
    """Find what the released rounds published, the earliest first, and what was done after each."""
    rounds = await released.latest(connection, programme.workspace_id, programme.id, limit=None)
    return [
        round_row(one, await actions.action_on(connection, one.round.id), tz=programme.timezone)
        for one in await released.published_in(connection, rounds[::-1], ())
    ]
