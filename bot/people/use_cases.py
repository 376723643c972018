"""Accept the code of conduct, pause, resume, leave and travel, as members do for themselves.

A member is given as the transaction holds them.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces as rhythms
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId, new_id
from bot.kinds import MessageKind, ScheduleKind
from bot.people import conduct, delegation, roster_store, store
from bot.people.model import NAMING_PEOPLE, CodeOfConduct, Member, MemberState, Role
from bot.people.permissions import HAS_COORDINATOR, coordinates, coordinator, known, may_set_up
from bot.people.roster_answers import ANSWERED, marked
from bot.people.time_zones import account_zone
from bot.schedule import store as schedule
from bot.schedule.claims import AfterCommit
from bot.schedule.model import Due, Once

PAUSE_END = ScheduleKind.PAUSE_END
"""The schedule kind, its subject a member's id and `:pause`: the member's schedules are paused."""
WELCOME_BACK = MessageKind.WELCOME_BACK
INVITATION = MessageKind.CONDUCT_INVITATION
LONGEST_PAUSE = timedelta(days=366)
WORTH_SENDING_FOR = timedelta(days=14)
AWAY_IN_SLACK = "deactivated"
"""Why the schedules are paused of somebody whose Slack account was closed."""


async def the_member(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    slack_user_id: SlackUserId,
    *,
    hold: bool = False,
) -> Member:
    """Find the member whom Slack calls this. Raises UserFacing for a stranger.

    `hold` keeps others from changing the member until the transaction ends.
    """
    return known(await store.member_by_slack_id(connection, workspace_id, slack_user_id, hold=hold))


async def the_coordinator(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: SlackUserId
) -> Member:
    """Find the coordinator whom Slack calls this. Raises UserFacing for anybody else."""
    return coordinator(await store.member_by_slack_id(connection, workspace_id, slack_user_id))


async def must_coordinate(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> Member:
    """Find the coordinator with this id. Raises UserFacing for anybody else."""
    return coordinator(await store.member(connection, workspace_id, member_id))


async def become_first_coordinator(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    slack_user_id: SlackUserId,
    name: str,
    timezone: str,
) -> Member:
    """Make the person who sets Cairn up a coordinator, while the workspace has none.

    The caller has made sure that they administer the workspace in Slack. Doing it twice changes
    nothing. Raises UserFacing once somebody else coordinates.
    """
    everybody = await store.members(connection, workspace_id)
    found = next((one for one in everybody if one.slack_user_id == slack_user_id), None)
    if found is not None and coordinates(found):
        return found
    if not may_set_up(found, everybody):
        raise UserFacing(HAS_COORDINATOR)
    first = found or Member(
        id=MemberId(new_id("member")),
        workspace_id=workspace_id,
        slack_user_id=slack_user_id,
        name=name,
        roles=frozenset(),
        timezone=account_zone(timezone) or "UTC",
    )
    roles = first.roles | {Role.COORDINATOR}
    return await _put(connection, first, roles=roles, state=MemberState.ACTIVE)


async def accept_conduct(
    connection: AsyncConnection,
    member: Member,
    *,
    now: datetime,
    code: CodeOfConduct | None = None,
) -> Member:
    """Note that this member accepts the code of conduct, and which words; the first time counts."""
    if member.conduct_accepted_at is None:
        member = await _put(connection, member, conduct_accepted_at=now)
    if code is not None:
        member = await _put(connection, member, conduct_text=code.digest)
        await conduct.keep_acceptance(connection, member, code, now=now)
    its = {"subject_id": member.id, "kind": INVITATION}
    await delivery.withdraw(connection, member.workspace_id, **its, now=now)
    return member


async def say_of_oneself(connection: AsyncConnection, before: Member, after: Member) -> bool:
    """Keep what a member says about themselves over what lists say. False if nothing changed."""
    workspace_id = before.workspace_id
    changed = [one for one in ANSWERED if getattr(before, one) != getattr(after, one)]
    if changed:
        await store.put_members(connection, workspace_id, [after])
        said = await roster_store.said_of(connection, workspace_id, member_id=before.id)
        digests = {**said.get(before.id, {}), **marked(changed)}
        await roster_store.put_said(connection, workspace_id, {before.id: digests})
    return bool(changed)


async def invite_to_conduct(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    only: Collection[MemberId] | None = None,
) -> int:
    """Ask everybody to be paired who has not accepted the code of conduct; returns how many.

    With `only`, those of them alone. Asking again on the same day asks nobody twice.
    """
    waiting = await store.yet_to_accept(connection, workspace_id)
    notices = [
        Notice(INVITATION, member_id, recipient, _asked_on(member_id, now))
        for member_id, recipient in waiting
        if only is None or member_id in only
    ]
    return await send_all(connection, workspace_id, notices, now=now)


async def send_all(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    notices: Sequence[Notice],
    *,
    now: datetime,
) -> int:
    """Put notices that are worth sending for some days into the outbox; how many are new."""
    until = now + WORTH_SENDING_FOR
    return await delivery.enqueue_all(
        connection, workspace_id, notices, lane=Lane.PROMPT, now=now, expires_at=until
    )


async def to_be_invited(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> set[MemberId]:
    """Find whom `invite_to_conduct` would ask now: who was asked today is left in peace."""
    keys = {
        _asked_on(one, now): one for one, _ in await store.yet_to_accept(connection, workspace_id)
    }
    asked = await store.were_queued(connection, workspace_id, keys)
    return {member_id for key, member_id in keys.items() if key not in asked}


def _asked_on(member_id: MemberId, now: datetime) -> str:
    return f"{INVITATION}:{member_id}:{now:%Y-%m-%d}"


async def pause(
    connection: AsyncConnection, member: Member, *, until: datetime | None, now: datetime
) -> Member:
    """Pause the member until `until` (None: until they come back by themselves).

    Nothing is sent to them meanwhile. Raises UserFacing for an end that has passed or is more
    than LONGEST_PAUSE away, and for somebody who has left.
    """
    if until is not None and not now < until <= now + LONGEST_PAUSE:
        raise UserFacing("Choose a day after today, and at most a year away.")
    if not member.takes_part:
        raise UserFacing("You have left the programme, so there is nothing to pause.")
    workspace_id = member.workspace_id
    since = member.away_from if member.state is MemberState.PAUSED else now
    its = {"state": MemberState.PAUSED, "paused_until": until, "away_from": since}
    paused = await _put(connection, member, **its)
    await schedule.pause(connection, workspace_id, subject_id=member.id, until=until, now=now)
    await _forget_pause_end(connection, member)
    if until is not None:
        await schedule.put(
            connection,
            workspace_id,
            kind=PAUSE_END,
            subject_id=f"{member.id}:pause",
            rule=Once(until),
            tz=member.timezone,
            now=now,
        )
    return paused


async def resume(connection: AsyncConnection, member: Member, *, now: datetime) -> Member:
    """End the member's pause now, or take them in again after they left.

    What they missed meanwhile is not caught up. Somebody who left has no group; the coordinator
    gives them a new one.
    """
    back_at = member.back_at if member.state is MemberState.ACTIVE else now
    its = {"state": MemberState.ACTIVE, "paused_until": None, "back_at": back_at}
    here = await _put(connection, member, **its)
    await _forget_pause_end(connection, member)
    await delegation.end(connection, member.workspace_id, member.id, now=now)
    await _resume(connection, here, schedule.ASKED, AWAY_IN_SLACK, now=now)
    return here


async def leave(connection: AsyncConnection, member: Member, *, now: datetime) -> Member:
    """Let a member go, without a reason and without a trace of blame.

    Nothing more is sent to them.
    """
    if member.state is MemberState.LEFT:
        return member
    await delegation.end(connection, member.workspace_id, member.id, now=now)
    its = {"state": MemberState.LEFT, "paused_until": None, "away_from": now}
    gone = await _put(connection, member, **its)
    await schedule.remove_subject(connection, member.workspace_id, subject_id=member.id)
    await _forget_pause_end(connection, member)
    return gone


async def deactivate(connection: AsyncConnection, member: Member, *, now: datetime) -> None:
    """Send nothing to somebody whose Slack account was closed.

    A break that they are on stays on record: it goes on when the account is opened again.
    """
    if member.takes_part:
        since = member.away_from if member.state is MemberState.PAUSED else now
        await _put(connection, member, state=MemberState.DEACTIVATED, away_from=since)
        its = {"subject_id": member.id, "reason": AWAY_IN_SLACK}
        await schedule.pause(connection, member.workspace_id, **its, until=None, now=now)


async def reactivate(connection: AsyncConnection, member: Member, *, now: datetime) -> Member:
    """Take somebody back whose Slack account was opened again; everybody else stays as they are.

    Who was on a break that is not over is on it again.
    """
    if member.state is not MemberState.DEACTIVATED:
        return member
    workspace_id = member.workspace_id
    asked = {"subject_id": member.id, "reason": schedule.ASKED}
    on_a_break = replace(member, state=MemberState.PAUSED)
    if on_a_break.is_away(now) and await schedule.is_paused(connection, workspace_id, **asked):
        back = await _put(connection, on_a_break)
        await _resume(connection, back, AWAY_IN_SLACK, now=now)
        return back
    return await resume(connection, member, now=now)


async def reconcile_pauses(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Pause the schedules of members who are on a break or have a closed account, and no others.

    Repeating it changes nothing. A closed account keeps the break that its member is on.
    """
    reasons = (schedule.ASKED, AWAY_IN_SLACK)
    paused = await schedule.paused_subjects(connection, workspace_id, reasons)
    ids = {MemberId(subject) for subject, _ in paused}
    for member in await store.absent_members(connection, workspace_id, or_of=ids):
        for reason in reasons:
            is_paused = (member.id, reason) in paused
            is_closed = member.state is MemberState.DEACTIVATED
            is_on_a_break = reason == schedule.ASKED and member.state is MemberState.PAUSED
            its = {"subject_id": member.id, "reason": reason}
            if not is_paused and (is_on_a_break or (is_closed and reason == AWAY_IN_SLACK)):
                until = member.paused_until if is_on_a_break else None
                await schedule.pause(connection, workspace_id, **its, until=until, now=now)
            elif is_paused and not (is_on_a_break or is_closed):
                await _resume(connection, member, reason, now=now)


async def travel(
    connection: AsyncConnection, member: Member, *, timezone: str, now: datetime
) -> Member:
    """Let everything due for the member follow the clocks of `timezone` (IANA).

    An unknown zone is passed over.
    """
    there = account_zone(timezone)
    if there is None or there == member.timezone:
        return member
    moved = await _put(connection, member, timezone=there)
    await follow_zone(connection, moved, now=now)
    return moved


async def follow_zone(connection: AsyncConnection, member: Member, *, now: datetime) -> None:
    """Let what is due and what waits for a member follow the clocks of their zone."""
    workspace_id, tz = member.workspace_id, member.timezone
    await schedule.change_zone(connection, workspace_id, subject_id=member.id, tz=tz, now=now)
    await rhythms.change_zone(connection, workspace_id, member.slack_user_id, tz=tz)
    await delivery.release(connection, workspace_id, member.slack_user_id, now=now)


async def end_pause(connection: AsyncConnection, due: Due, now: datetime) -> AfterCommit | None:
    """End a pause that has run out, and tell the member what comes next."""
    member_id = MemberId(due.subject_id.removesuffix(":pause"))
    member = await store.member(connection, due.workspace_id, member_id, hold=True)
    if member is None or member.state is not MemberState.PAUSED:
        return None
    await resume(connection, member, now=now)
    key = f"{WELCOME_BACK}:{member.id}:{due.due_at.isoformat()}"
    notice = Notice(WELCOME_BACK, member.id, member.slack_user_id, key)
    await send_all(connection, due.workspace_id, [notice], now=now)
    return None


async def erase(connection: AsyncConnection, member: Member, now: datetime) -> None:
    """Delete everything this room, the schedule and the waiting outbox know about the member.

    Others' wishes and conflicts no longer name them.
    """
    workspace_id = member.workspace_id
    await schedule.remove_subject(connection, workspace_id, subject_id=member.id)
    await _forget_pause_end(connection, member)
    await delegation.end(connection, workspace_id, member.id, now=now)
    await delegation.erase(connection, member)
    await delivery.withdraw(connection, workspace_id, subject_id=member.id, now=now)
    await store.remove_member(connection, workspace_id, member.id)
    await roster_store.forget_all(connection, workspace_id)
    names = {member.slack_user_id, member.email}
    everybody = await store.members(connection, workspace_id, hold=True)
    changed = [(one, _without(one, names)) for one in everybody]
    await store.put_members(connection, workspace_id, [new for old, new in changed if new != old])


def _without(member: Member, names: Collection[str | None]) -> Member:
    """Copy the member, naming none of these people."""
    lists: dict[str, Any] = {}
    for name in NAMING_PEOPLE:
        lists[name] = tuple(one for one in getattr(member, name) if one not in names)
    return replace(member, **lists)


async def _put(connection: AsyncConnection, member: Member, **changes: Any) -> Member:
    """Change a member's record."""
    changed = replace(member, **changes)
    await store.put_members(connection, member.workspace_id, [changed])
    return changed


async def _resume(
    connection: AsyncConnection, member: Member, *reasons: str, now: datetime
) -> None:
    """End a member's pauses for these reasons, and look at once at what waits for them."""
    for reason in reasons:
        its = {"subject_id": member.id, "reason": reason}
        await schedule.resume(connection, member.workspace_id, **its, now=now)
    await delivery.release(connection, member.workspace_id, member.slack_user_id, now=now)


async def _forget_pause_end(connection: AsyncConnection, member: Member) -> None:
    await schedule.remove(
        connection, member.workspace_id, kind=PAUSE_END, subject_id=f"{member.id}:pause"
    )
