"""Bring members in line with Slack's directory, and keep who does not fit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Notice
from bot.kernel.database import delete_rows, put_rows, rows_of
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind
from bot.people import roster_store, store, use_cases
from bot.people.absence import ON_VACATION, away_until
from bot.people.delegation import coordinators_on_duty
from bot.people.model import NAMING_PEOPLE, Member, MemberState
from bot.people.preferences import follow_status
from bot.people.profiles import Account, Directory, Profile
from bot.people.roster_preview import Digests, since_list
from bot.people.tables import misfit
from bot.schedule import store as schedule
from bot.schedule.model import Daily, Once, Rule
from bot.schedule.tables import schedule_rest

READ_AT = time(5)
"""Before anybody works, in UTC: what is read decides who is written to on that day."""


class Misfit(StrEnum):
    """The reasons why a member's account does not fit a programme."""

    LEFT = "left"
    BOT = "bot"
    MISSING = "missing"
    GUEST = "guest"
    SINGLE_CHANNEL_GUEST = "single_channel_guest"
    OUTSIDER = "outsider"


_BY_ACCOUNT: Mapping[Account, Misfit] = {
    Account.BOT: Misfit.BOT,
    Account.GUEST: Misfit.GUEST,
    Account.SINGLE_CHANNEL_GUEST: Misfit.SINGLE_CHANNEL_GUEST,
    Account.OUTSIDER: Misfit.OUTSIDER,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A member for whom the directory does not fit, and since when (UTC) that is known."""

    member: Member
    reason: Misfit
    since: datetime


@dataclass(frozen=True, slots=True)
class Followed:
    """The result of a reading: members who changed, and what was not known before it."""

    changed: int = 0
    news: tuple[Finding, ...] = ()


def misfit_of(profile: Profile | None) -> Misfit | None:
    """Say why an account does not fit, None where it does. None stands for no account at all."""
    if profile is None:
        return Misfit.MISSING
    if profile.is_deactivated:
        return Misfit.LEFT
    return _BY_ACCOUNT.get(profile.account)


async def begin_daily_reading(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Have Slack's directory read every morning; doing it twice changes nothing."""
    if await schedule.rule_of(
        connection, workspace_id, kind=ScheduleKind.DIRECTORY_READING, subject_id=workspace_id
    ):
        return
    await _plan(connection, workspace_id, workspace_id, Daily(READ_AT), now)


async def read_soon(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Have Slack's directory read now, too: who was just brought in may be on vacation."""
    await _plan(connection, workspace_id, f"{workspace_id}:now", Once(now), now)


async def _plan(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject: str, rule: Rule, now: datetime
) -> None:
    kind = ScheduleKind.DIRECTORY_READING
    await schedule.put(
        connection, workspace_id, kind=kind, subject_id=subject, rule=rule, tz="UTC", now=now
    )


async def follow_directory(
    connection: AsyncConnection, workspace_id: WorkspaceId, directory: Directory, *, now: datetime
) -> Followed:
    """Take over names, addresses, zones, closed accounts and breaks, and keep who does not fit.

    Whom a partial reading does not name stays as they are. Nobody is closed for being missing.
    """
    everybody = await store.members(connection, workspace_id, hold=True)
    profiles = await since_lists(connection, everybody, directory.profiles)
    renamed = await _renamed(connection, workspace_id, everybody, profiles)
    away = await _on_vacation(connection, workspace_id)
    changed = 0
    for member in renamed:
        profile = profiles.get(member.slack_user_id)
        if profile is not None:
            changed += await _follow(connection, member, profile, away=away, now=now)
    news = await _keep_misfits(connection, workspace_id, renamed, directory, now=now)
    return Followed(changed, news)


async def since_lists(
    connection: AsyncConnection, members: Sequence[Member], profiles: Mapping[SlackUserId, Profile]
) -> Mapping[SlackUserId, Profile]:
    """Leave out of profiles what a list said otherwise, until Slack says something new."""
    if not members:
        return profiles
    workspace_id = members[0].workspace_id
    its = {"member_id": members[0].id} if len(members) == 1 else {}
    said = await roster_store.said_of(connection, workspace_id, **its)
    found, left = dict(profiles), dict[MemberId, Digests]()
    for member in members:
        before, profile = said.get(member.id), profiles.get(member.slack_user_id)
        if before and profile and not profile.is_deactivated:
            found[member.slack_user_id], after = since_list(profile, before)
            if after != before:
                left[member.id] = after
    await roster_store.put_said(connection, workspace_id, left)
    return found


async def _renamed(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    everybody: Sequence[Member],
    profiles: Mapping[SlackUserId, Profile],
) -> Sequence[Member]:
    """Take over names and addresses, also in wishes and barriers; gives everybody as they are then.

    Without that, a wish or barrier that names an old address would name nobody.
    """
    moved: dict[str, str] = {}
    renamed = []
    for member in everybody:
        profile = profiles.get(member.slack_user_id)
        email = (profile.email if profile else None) or member.email
        if member.email and email != member.email:
            moved[member.email] = member.slack_user_id
        name = (profile.name if profile and not profile.is_deactivated else "") or member.name
        renamed.append(replace(member, name=name, email=email))
    followed = [_named_by_id(member, moved) for member in renamed] if moved else renamed
    changed = [new for old, new in zip(everybody, followed, strict=True) if new != old]
    await store.put_members(connection, workspace_id, changed)
    return followed


def _named_by_id(member: Member, moved: Mapping[str, str]) -> Member:
    lists: dict[str, Any] = {}
    for field in NAMING_PEOPLE:
        lists[field] = tuple(dict.fromkeys(moved.get(one, one) for one in getattr(member, field)))
    return replace(member, **lists)


async def _on_vacation(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> frozenset[MemberId]:
    query = sa.select(schedule_rest.c.subject_id).where(
        rows_of(schedule_rest, workspace_id, reason=ON_VACATION)
    )
    return frozenset((await connection.execute(query)).scalars())


async def _follow(
    connection: AsyncConnection,
    member: Member,
    profile: Profile,
    *,
    away: Collection[MemberId],
    now: datetime,
) -> bool:
    """Follow the account and its zone, and its status; says whether the account or zone changed."""
    if profile.is_deactivated:
        await use_cases.deactivate(connection, member, now=now)
        return member.takes_part
    here = await use_cases.reactivate(connection, member, now=now)
    if profile.timezone is not None:
        here = await use_cases.travel(connection, here, timezone=profile.timezone, now=now)
    until = away_until(profile.status, now=now)
    if until is not None or member.id in away:
        await follow_status(connection, here, until=until, now=now)
    return here != member


async def _keep_misfits(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    everybody: Iterable[Member],
    directory: Directory,
    *,
    now: datetime,
) -> tuple[Finding, ...]:
    """Replace what is known of those who were read; gives what was not known before."""
    before = {row.member_id: row for row in await _rows(connection, workspace_id)}
    kept: list[dict[str, object]] = []
    news: list[Finding] = []
    for member in everybody:
        profile = directory.profiles.get(member.slack_user_id)
        known = before.get(member.id)
        if profile is None and not directory.is_whole:
            reason = Misfit(known.reason) if known else None
        else:
            reason = misfit_of(profile)
        if reason is None or member.state is MemberState.LEFT:
            continue
        is_known = known is not None and known.reason == reason
        since = known.since if known is not None and is_known else now
        if not is_known:
            news.append(Finding(member, reason, since))
        key = {"workspace_id": workspace_id, "member_id": member.id}
        kept.append(key | {"reason": str(reason), "since": since})
    await delete_rows(connection, misfit, workspace_id)
    await put_rows(connection, misfit, kept)
    return tuple(news)


async def _rows(connection: AsyncConnection, workspace_id: WorkspaceId) -> Sequence[sa.Row[Any]]:
    query = sa.select(misfit).where(rows_of(misfit, workspace_id))
    return (await connection.execute(query)).all()


async def findings(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, since: datetime | None = None
) -> list[Finding]:
    """Find the members who do not fit, by name; with `since`, those found at that instant."""
    rows = [row for row in await _rows(connection, workspace_id) if since in (None, row.since)]
    ids = [MemberId(row.member_id) for row in rows]
    people = {one.id: one for one in await store.members(connection, workspace_id, ids=ids)}
    found = [
        Finding(people[row.member_id], Misfit(row.reason), row.since)
        for row in rows
        if row.member_id in people
    ]
    return sorted(found, key=lambda one: (one.reason, one.member.name.casefold()))


async def tell_coordinators(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Put into the outbox, for each coordinator, what the reading at `now` found for the first
    time."""
    kind, subject = MessageKind.DIRECTORY_NEWS, now.isoformat()
    notices = [
        Notice(kind, subject, one.slack_user_id, f"{kind}:{subject}:{one.id}")
        for one in await coordinators_on_duty(connection, workspace_id, now)
    ]
    await use_cases.send_all(connection, workspace_id, notices, now=now)


async def erase(connection: AsyncConnection, member: Member) -> None:
    """Delete what the directory said about a member."""
    await delete_rows(connection, misfit, member.workspace_id, member_id=member.id)
