"""A coordinator's to-dos about groups: people in one group who should not be."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import outbox
from bot.groups import store
from bot.kernel.dates import local_date
from bot.kernel.ids import ProgrammeId
from bot.kinds import MessageKind, ToDoKind
from bot.matching import exclusions
from bot.matching.records import Pairing, StoredConflict
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme.model import Programme
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> list[ToDo]:
    """Find the pairings that a coordinator was told of and that still should not be.

    A mentee who waits for another seat already is being seen to. Wishes given in confidence are
    told to nobody, so they are not among these.
    """
    if programme is None or not coordinates(member):
        return []
    workspace_id = member.workspace_id
    told = await _told(connection, member, programme.id)
    if not told:
        return []
    waiting = {w.member_id for w in await store.waitlist(connection, workspace_id, programme.id)}
    ids = {id_ for pairing, _ in told for id_ in (pairing.mentee_id, pairing.mentor_id)}
    names = {one.id: one for one in await people.members(connection, workspace_id, ids=list(ids))}
    conflicts = await exclusions.conflicts(connection, workspace_id)
    today = local_date(now, programme.timezone)
    return [
        ToDo(
            kind=ToDoKind.RESOLVE_CONFLICT,
            weight=Weight.PROTECTS_SOMEBODY,
            since=at,
            about=pairing.id,
            names=(names[pairing.mentee_id].name, names[pairing.mentor_id].name),
        )
        for pairing, at in told
        if pairing.mentee_id not in waiting
        and {pairing.mentee_id, pairing.mentor_id} <= names.keys()
        and stands(names[pairing.mentee_id], names[pairing.mentor_id], conflicts, today=today)
    ]


def stands(
    mentee: Member, mentor: Member, conflicts: Sequence[StoredConflict], *, today: date
) -> bool:
    """Whether what is on record still keeps these two apart today."""
    for one, other in ((mentee, mentor), (mentor, mentee)):
        known_as = {other.slack_user_id.casefold(), (other.email or "").casefold()} - {""}
        if known_as & {named.casefold() for named in one.supervised_by}:
            return True
    return any(
        {c.senior_id, c.junior_id} == {mentee.id, mentor.id}
        and (c.starts is None or c.starts <= today)
        and (c.ends is None or today <= c.ends)
        for c in conflicts
    )


async def _told(
    connection: AsyncConnection, member: Member, programme_id: ProgrammeId
) -> list[tuple[Pairing, datetime]]:
    """The lasting pairings that this coordinator was told of, each with the first time."""
    told = await connection.execute(
        sa.select(outbox.c.subject_id, outbox.c.created_at).where(
            outbox.c.workspace_id == member.workspace_id,
            outbox.c.recipient == member.slack_user_id,
            outbox.c.kind == MessageKind.GROUP_CONFLICT,
        )
    )
    first_at: dict[str, datetime] = {}
    for pairing_id, at in told:
        first_at[pairing_id] = min(at, first_at.get(pairing_id, at))
    found = [await store.pairing(connection, member.workspace_id, id_) for id_ in first_at]
    return [
        (one, first_at[one.id])
        for one in found
        if one is not None and one.ended_at is None and one.programme_id == programme_id
    ]
