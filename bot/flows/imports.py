"""Say which people of an import sit together, and take an import back in every room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, portions, rows_of
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.matching.exclusions import vetoes
from bot.matching.tables import conflict_table, forbid_table, waitlist_table
from bot.people import roster_import
from bot.people import store as people
from bot.people.roster_import import TakenBack
from bot.people.roster_preview import Preview
from bot.profiles.store import owners
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.programme.tables import enrolment_table, seat_table

_DONE_SINCE: Sequence[sa.Column[str]] = (
    conflict_table.c.senior_id,
    conflict_table.c.junior_id,
    forbid_table.c.mentee_id,
    forbid_table.c.mentor_id,
    seat_table.c.member_id,
)
"""Where somebody is named about whom something was done since they came."""


TOGETHER = (
    "{one} and {other} sit together in {group} now. Nobody is moved automatically: after the "
    "import, the Home tab has a button to find another seat."
)


async def take_back_import(
    connection: AsyncConnection, workspace_id: WorkspaceId, import_id: str, *, now: datetime
) -> TakenBack:
    """Take the last import back, see `roster_import.take_back`; whom it added is in no programme.

    Who has a seat, a profile, or wishes or conflicts on record, stays. Raises UserFacing.
    """
    wishes = await vetoes(connection, workspace_id)
    active = {*wishes, *(one for avoided in wishes.values() for one in avoided)}
    active |= await owners(connection, workspace_id)
    for column in _DONE_SINCE:
        query = sa.select(column).where(rows_of(column.table, workspace_id)).distinct()
        active.update(map(MemberId, (await connection.execute(query)).scalars()))
    done = await roster_import.take_back(
        connection, workspace_id, import_id, now=now, active=active
    )
    for some in portions([one.id for one in done.removed]):
        await delete_rows(connection, waitlist_table, workspace_id, member_id=list(some))
        await delete_rows(connection, enrolment_table, workspace_id, member_id=list(some))
    return done


async def with_groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, shown: Preview
) -> Preview:
    """Add to a preview who sits together now and, by the list, must not."""
    together = await sits_together(connection, workspace_id, shown)
    return replace(shown, warnings=(*together, *shown.warnings))


async def sits_together(
    connection: AsyncConnection, workspace_id: WorkspaceId, shown: Preview
) -> tuple[str, ...]:
    """Write a sentence for each pair in one group that a barrier of the list is to keep apart.

    Only what the list itself says is looked at, never a wish given in confidence.
    """
    everybody = await people.members(connection, workspace_id) if shown.barriers else []
    names = {one.id: one.name for one in everybody}
    ids = {str(one.slack_user_id): one.id for one in everybody}
    pairs = {
        frozenset((one.member_id, ids[other]))
        for one in shown.barriers
        for field in one.fields
        if field.is_barrier and isinstance(field.after, tuple)
        for other in field.after
        if ids.get(other) not in (None, one.member_id)
    }
    found = set()
    for programme in await programmes.programmes(connection, workspace_id) if pairs else ():
        if programme.state is ProgrammeState.CLOSED:
            continue
        sitting: dict[GroupId, set[MemberId]] = {}
        for seat in await programmes.seats(connection, workspace_id, programme.id):
            sitting.setdefault(seat.group_id, set()).add(seat.member_id)
        for group in await programmes.groups(connection, workspace_id, programme.id):
            for pair in pairs:
                if pair <= sitting.get(group.id, set()):
                    one, other = sorted(names[member_id] for member_id in pair)
                    found.add(TOGETHER.format(one=one, other=other, group=group.name))
    return tuple(sorted(found))
