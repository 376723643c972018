"""Do what follows when people join, or have another role: enrol, invite and tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import roles, roster_import, store, use_cases
from bot.people.directory import begin_daily_reading, read_soon
from bot.people.model import PAIRED, Member
from bot.people.roster_preview import Preview
from bot.programme.model import Programme, ProgrammeState
from bot.programme.store import enrol_everybody
from bot.programme.use_cases import current_programme

Change = tuple[Member | None, Member]
"""A member before, None for a new one, and after."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The number of those who are asked for the code of conduct, and the new coordinators."""

    asked: int = 0
    coordinators: tuple[Member, ...] = ()


async def join(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    changes: Sequence[Change],
    *,
    by: SlackUserId,
    now: datetime,
) -> Joined:
    """Enrol everybody, tell new coordinators, and ask who joins late for the code of conduct.

    While a programme is prepared and nobody has been asked, its coordinator asks everybody at
    once; from then on newcomers are asked by themselves. `by` is not told what they just did.
    """
    await begin_daily_reading(connection, workspace_id, now=now)
    if any(before is None for before, _ in changes):
        await read_soon(connection, workspace_id, now=now)
    coordinators = tuple(
        after
        for before, after in changes
        if after.is_coordinator and not (before and before.is_coordinator)
    )
    told = [one for one in coordinators if one.slack_user_id != by]
    await roles.welcome_coordinators(connection, workspace_id, told, now=now)
    programme = await current_programme(connection, workspace_id)
    if programme is None:
        return Joined(coordinators=coordinators)
    await enrol_everybody(connection, workspace_id, programme.id)
    if not await _has_begun_asking(connection, programme):
        return Joined(coordinators=coordinators)
    late = {
        after.id
        for before, after in changes
        if after.roles & PAIRED and not (before and before.roles & PAIRED)
    }
    asked = await use_cases.invite_to_conduct(connection, workspace_id, now=now, only=late)
    return Joined(asked, coordinators)


async def _has_begun_asking(connection: AsyncConnection, programme: Programme) -> bool:
    if programme.state is ProgrammeState.RUNNING:
        return True
    kind = MessageKind.CONDUCT_INVITATION
    return bool(await store.last_asked(connection, programme.workspace_id, kind=kind))


async def bring_in(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    shown: Preview,
    *,
    by: str,
    slack_user_id: SlackUserId,
    now: datetime,
    barriers_confirmed: bool,
    kept_as: str | None = None,
) -> tuple[str | None, Joined]:
    """Apply a preview, see `roster_import.apply`, with what follows for those who join.

    `by` names the importer to the undo, `slack_user_id` is theirs where they are in Slack.
    """
    before = {one.id: one for one in await store.members(connection, workspace_id, hold=True)}
    undo_id = await roster_import.apply(
        connection,
        workspace_id,
        shown,
        by=by,
        now=now,
        barriers_confirmed=barriers_confirmed,
        kept_as=kept_as,
    )
    after = await store.members(connection, workspace_id)
    changes: list[Change] = [
        (before.get(one.id), one) for one in after if one != before.get(one.id)
    ]
    who = await store.member_by_slack_id(connection, workspace_id, slack_user_id)
    await audit.record(
        connection,
        workspace_id,
        Act.PEOPLE_IMPORTED,
        by=who.id if who else None,
        now=now,
        what=str(len(changes)),
        count=len(changes),
    )
    return undo_id, await join(connection, workspace_id, changes, by=slack_user_id, now=now)
