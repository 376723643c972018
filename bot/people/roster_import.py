"""Look at what a list would change, apply exactly that, and take it back for an hour."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.kernel.database import delete_rows
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.people import roster_store, store, use_cases
from bot.people.model import Member, Role
from bot.people.profiles import Directory
from bot.people.roster import RosterReading
from bot.people.roster_preview import (
    Preview,
    as_said,
    field_value,
    may_be_taken_back,
    preview,
    with_value,
)
from bot.people.roster_store import Applied
from bot.people.tables import roster_import
from bot.schedule import store as schedule

CHANGED_MEANWHILE = (
    "Somebody changed people of this list while you looked at it, so nothing was imported. Look at "
    "the list again; then import it."
)
CONFIRM_BARRIERS = (
    "This list changes who must never be matched. Confirm that first; nothing was imported."
)
NO_DIRECTORY = Directory()
BY_COMMAND = "command"
"""The importer of a list that nobody in Slack imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The result: `removed` people, `restored` members. `stay` names new people who have done
    something since, `changed_since` the members with fields that somebody changed since."""

    removed: tuple[Member, ...] = ()
    restored: int = 0
    stay: tuple[str, ...] = ()
    changed_since: tuple[str, ...] = ()


async def look_at(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    reading: RosterReading,
    *,
    directory: Directory = NO_DIRECTORY,
    role: Role | None = None,
    stages: Collection[str] | None = None,
    zone: str = "UTC",
) -> Preview:
    """Make the preview of a list from the members as they are; see `roster_preview.preview`.

    Changes nothing.
    """
    members = await store.members(connection, workspace_id)
    return await asyncio.to_thread(
        preview,
        reading,
        workspace_id,
        members,
        directory=directory,
        said=await roster_store.said_by_slack_id(connection, workspace_id, members),
        role=role,
        stages=stages,
        zone=zone,
    )


async def apply(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    shown: Preview,
    *,
    by: str,
    now: datetime,
    barriers_confirmed: bool = False,
    kept_as: str | None = None,
) -> str | None:
    """Do what a preview shows, all of it; gives the id by which it can be taken back for an hour.

    `kept_as` is the id of a preview that was kept: it can then be applied but once. None where it
    changes nothing. Raises UserFacing, and changes nothing, for a preview with problems, for
    barriers that nobody confirmed, and when what it was made from has changed.
    """
    if shown.problems:
        raise UserFacing(" ".join(shown.problems[:3]))
    if shown.confirms_barriers and not barriers_confirmed:
        raise UserFacing(CONFIRM_BARRIERS)
    everybody = await store.members(connection, workspace_id, hold=True)
    changed = _as_shown(shown, everybody)
    after = {str(one.slack_user_id): one for one in (*everybody, *changed)}
    if not all(as_said(after[key], said) for key, said in shown.said.items() if key in after):
        raise UserFacing(CHANGED_MEANWHILE)
    new = [replace(one, id=MemberId(new_id("member"))) for one in shown.new]
    await store.put_members(connection, workspace_id, [*new, *changed])
    before = {one.id: one for one in everybody}
    for member in changed:
        if member.timezone != before[member.id].timezone:
            await use_cases.follow_zone(connection, member, now=now)
    said = await roster_store.said_of(connection, workspace_id)
    ids = {str(one.slack_user_id): one.id for one in (*everybody, *new)}
    told = {ids[key]: digests for key, digests in shown.said.items() if key in ids}
    merged = {who: {**said.get(who, {}), **digests} for who, digests in told.items()}
    await roster_store.put_said(connection, workspace_id, merged)
    if shown.changes_nothing:
        return None
    applied = Applied(
        new=tuple(new), changed=shown.changed, said={who: said.get(who, {}) for who in told}
    )
    return await roster_store.keep(
        connection, workspace_id, applied, by=by, now=now, import_id=kept_as
    )


def _as_shown(shown: Preview, everybody: Sequence[Member]) -> list[Member]:
    """Make the changed members. Raises UserFacing where one is not as the preview found them."""
    known = {one.id: one for one in everybody}
    here = {one.slack_user_id for one in everybody}
    if any(one.slack_user_id in here for one in shown.new):
        raise UserFacing(CHANGED_MEANWHILE)
    changed = []
    for change in shown.changed:
        member = known.get(change.member_id)
        if member is None:
            raise UserFacing(CHANGED_MEANWHILE)
        for one in change.fields:
            if field_value(member, one.field) != one.before:
                raise UserFacing(CHANGED_MEANWHILE)
            member = with_value(member, one.field, one.after)
        changed.append(member)
    return changed


async def take_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    import_id: str,
    *,
    now: datetime,
    active: Collection[MemberId] = (),
) -> TakenBack:
    """Take an import back: what it changed is as before, and whom it added is gone.

    What somebody changed since stays, and who has done something since: accepted the code of
    conduct, left or taken a break, or is one of `active`. The caller removes what other rooms keep
    about `removed`. Raises UserFacing once its hour has passed, or a later list was imported.
    """
    held = await store.members(connection, workspace_id, hold=True)
    applied = await roster_store.applied_import(connection, workspace_id, import_id, now=now)
    everybody = {one.id: one for one in held}
    restored, changed_since = _restored(applied, everybody)
    here = [(everybody[one.id], one) for one in applied.new if one.id in everybody]
    gone = [m for m, then in here if may_be_taken_back(m, then) and m.id not in active]
    stay = tuple(m.name for m, _ in here if m not in gone)
    await store.put_members(connection, workspace_id, restored)
    for member in restored:
        if member.timezone != everybody[member.id].timezone:
            await use_cases.follow_zone(connection, member, now=now)
    for member in gone:
        await schedule.remove_subject(connection, workspace_id, subject_id=member.id)
        await delivery.withdraw(connection, workspace_id, subject_id=member.id, now=now)
        await store.remove_member(connection, workspace_id, member.id)
    left = everybody.keys() - {one.id for one in gone}
    said = {who: digests for who, digests in applied.said.items() if who in left}
    await roster_store.put_said(connection, workspace_id, said)
    await delete_rows(connection, roster_import, workspace_id, id=import_id)
    return TakenBack(
        removed=tuple(gone),
        restored=len(restored),
        stay=stay,
        changed_since=tuple(changed_since),
    )


def _restored(
    applied: Applied, everybody: Mapping[MemberId, Member]
) -> tuple[list[Member], list[str]]:
    """Make the members as they were, and name those with fields that somebody changed since."""
    restored, changed_since = [], []
    for change in applied.changed:
        member = everybody.get(change.member_id)
        if member is None:
            continue
        before = member
        for one in change.fields:
            if field_value(member, one.field) == one.after:
                before = with_value(before, one.field, one.before)
            elif member.name not in changed_since:
                changed_since.append(member.name)
        if before != member:
            restored.append(before)
    return restored, changed_since
