"""Import a roster into a workspace: all of it, or nothing."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId, new_id
from bot.people import store
from bot.people.model import MENTORING, NAMING_PEOPLE, Member, RosterImport
from bot.people.roster import RosterReading, RosterRow, parse_roster
from bot.schedule import store as schedule

USUAL_CAPACITY = 6
"""Mentees that a mentor is taken to have room for when the roster does not say."""
_AS_TOLD = ("name", "department", "site", "interests", "languages", *NAMING_PEOPLE)
_UNLESS_EMPTY = ("email", "stage", "timezone")


async def import_roster(
    database: Database,
    workspace_id: WorkspaceId,
    content: bytes | str,
    *,
    now: datetime,
    timezone: str = "UTC",
    stages: Collection[str] | None = None,
) -> RosterImport:
    """Read a roster and make its people members. Doing it twice changes nothing the second time.

    `timezone` (IANA) is for new members whose cell is empty. With `stages` given, any other
    stage is a warning. Who left, paused or accepted the code of conduct stays so.
    """
    reading = await asyncio.to_thread(parse_roster, content)
    if reading.problems:
        return RosterImport(warnings=reading.warnings, problems=reading.problems)
    async with database.writing() as connection:
        done = await import_rows(connection, workspace_id, reading.rows, now=now, timezone=timezone)
    warnings = () if done.problems else _guessed(reading, stages)
    return replace(done, warnings=(*reading.warnings, *warnings))


async def import_rows(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    rows: Iterable[RosterRow],
    *,
    now: datetime,
    timezone: str = "UTC",
) -> RosterImport:
    """Import rows that were read before, in a transaction under way."""
    everybody = await store.members(connection, workspace_id, hold=True)
    before = {one.slack_user_id: one for one in everybody}
    added, changed, unchanged = [], [], []
    for row in rows:
        known = before.pop(SlackUserId(row.slack_id), None)
        member = _member(workspace_id, row, known=known, timezone=timezone)
        if known is None:
            added.append(member)
        elif member != known:
            changed.append(member)
        else:
            unchanged.append(member)
    zones = {one.id: one.timezone for one in everybody}
    for member in changed:
        if member.timezone != zones[member.id]:
            await schedule.change_zone(
                connection, workspace_id, subject_id=member.id, tz=member.timezone, now=now
            )
    await store.put_members(connection, workspace_id, [*added, *changed])
    return RosterImport(
        added=tuple(added),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        absent=tuple(before.values()),
    )


def _member(
    workspace_id: WorkspaceId, row: RosterRow, *, known: Member | None, timezone: str
) -> Member:
    """Describe the member of `row`; an empty cell keeps what is known already."""
    start = known or Member(
        id=MemberId(new_id("member")),
        workspace_id=workspace_id,
        slack_user_id=SlackUserId(row.slack_id),
        name=row.name,
        roles=row.roles,
        timezone=timezone,
    )
    told = {name: getattr(row, name) for name in _AS_TOLD}
    kept = {name: getattr(row, name) or getattr(start, name) for name in _UNLESS_EMPTY}
    roles = start.roles | row.roles
    return replace(start, roles=roles, capacity=_capacity(row, known), **told, **kept)


def _capacity(row: RosterRow, known: Member | None) -> int:
    if row.capacity is not None:
        return row.capacity
    if known is not None and (known.is_mentor or not row.roles & MENTORING):
        return known.capacity
    return USUAL_CAPACITY if row.roles & MENTORING else 0


def _guessed(reading: RosterReading, stages: Collection[str] | None) -> tuple[str, ...]:
    """Warn about what had to be assumed, or will be passed over, in a good roster."""
    warnings = []
    open_mentors = [r for r in reading.rows if r.roles & MENTORING and r.capacity is None]
    if open_mentors:
        lines = ", ".join(str(row.line) for row in open_mentors[:10])
        more = " and others" if len(open_mentors) > 10 else ""
        warnings.append(
            f"No capacity is given on line {lines}{more}; a new mentor is taken to have room for "
            f"{USUAL_CAPACITY} mentees."
        )
    if stages is not None:
        warnings += unknown_stages(reading, stages)
    return tuple(warnings)


def unknown_stages(reading: RosterReading, stages: Collection[str]) -> list[str]:
    """Write a sentence for each stage of the roster that is not in `stages`."""
    known = {stage.casefold() for stage in stages}
    return [
        f"Line {row.line}: stage “{row.stage}” is in no framework; the first stage is used."
        for row in reading.rows
        if row.stage and row.stage.casefold() not in known
    ]
