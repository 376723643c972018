"""Keep the address from which a workspace's list is read on a schedule, and how that went."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Notice
from bot.kernel.clock import local_date
from bot.kernel.database import delete_rows, is_writing, put_rows, read_as, rows_of, values_of
from bot.kernel.download import PASSING, Download, DownloadFailure
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.kinds import MessageKind, ScheduleKind
from bot.people import store, use_cases
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member
from bot.people.roster_preview import Preview
from bot.people.tables import roster_feed
from bot.schedule import store as schedule
from bot.schedule.model import Daily, Once, Rule, Weekly

log = structlog.get_logger("cairn.roster")

READ_AT = time(6)
TRIED_AGAIN_AFTER = (timedelta(hours=1), timedelta(hours=4))
TOLD_AFTER = 3
"""Failures that may pass by themselves are told when they have come so often, the last in hours."""
SEALED = SealedRows(roster_feed, ("workspace_id", "made_at"))
NEWS = MessageKind.ROSTER_NEWS
KIND = ScheduleKind.ROSTER_READING
CHANGED, FAILED, WORKS = "changed", "failed", "works"
NOBODY = MemberId("")
"""Stands for who set up a feed, once they are erased."""


class FeedEvery(StrEnum):
    """The intervals at which a list is read."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An address, how often it is read, and how the last reading went; instants in UTC.

    `headers` are secret, and so is `address`: both are sealed. `digest` knows the file again,
    `announced` the difference that coordinators were told of last. `named` are the Slack ids of
    its people, `gone` of members that it named earlier and does not any more.
    """

    workspace_id: WorkspaceId
    made_by: MemberId
    made_at: datetime
    every: FeedEvery
    timezone: str
    address: str = ""
    headers: Mapping[str, str]
    is_paused: bool = False
    etag: str = ""
    modified: str = ""
    digest: str = ""
    announced: str = ""
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    named: tuple[SlackUserId, ...] = ()
    gone: tuple[SlackUserId, ...] = ()
    read_at: datetime | None = None
    failure: str = ""
    failures: int = 0
    is_failure_told: bool = False

    @property
    def known(self) -> Download | None:
        """Give the marks of the file that was read last; None where the server gave none."""
        if not self.digest or not (self.etag or self.modified):
            return None
        return Download(content=b"", etag=self.etag, modified=self.modified)


async def feed_of(connection: AsyncConnection, workspace_id: WorkspaceId) -> Feed | None:
    """Read the feed of a workspace; one whose key is gone has no address.

    A transaction that may write keeps others from changing it. Raises OperatorFacing while the
    keys cannot be reached.
    """
    query = sa.select(roster_feed).where(rows_of(roster_feed, workspace_id))
    query = query.with_for_update() if is_writing(connection) else query
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        log.error("roster_feed_unreadable", workspace=workspace_id)  # noqa: TRY400 - no values
        content = {"address": "", "headers": {}}
    its = {"counts": tuple(row.counts), "named": tuple(row.named), "gone": tuple(row.gone)}
    return read_as(Feed, row, every=FeedEvery(row.every), **its, **content)


async def begin_feed(connection: AsyncConnection, feed: Feed, *, now: datetime) -> None:
    """Keep a new feed. Raises UserFacing once who made it is erased."""
    await store.must_stay(connection, feed.workspace_id, feed.made_by)
    await put_feed(connection, feed, now=now)


async def put_feed(connection: AsyncConnection, feed: Feed, *, now: datetime) -> None:
    """Keep a feed in place of the one before, and plan its readings."""
    content = {"address": feed.address, "headers": dict(feed.headers)}
    lists = {name: list(getattr(feed, name)) for name in ("counts", "named", "gone")}
    values = values_of(feed, roster_feed, every=feed.every.value, **lists)
    await put_rows(connection, roster_feed, [await SEALED.seal(connection, values, content)])
    if feed.is_paused:
        await _plan_nothing(connection, feed.workspace_id)
        return
    rule: Rule = Daily(READ_AT)
    if feed.every is FeedEvery.WEEK:
        rule = Weekly(weekday=0, at=READ_AT, anchor=local_date(feed.made_at, feed.timezone))
    await _plan(connection, feed, feed.workspace_id, rule, now=now)


async def _plan(
    connection: AsyncConnection, feed: Feed, subject: str, rule: Rule, *, now: datetime
) -> None:
    tz = feed.timezone
    await schedule.put(
        connection, feed.workspace_id, kind=KIND, subject_id=subject, rule=rule, tz=tz, now=now
    )


async def _plan_nothing(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    subjects = [str(workspace_id), f"{workspace_id}:again"]
    await schedule.remove(connection, workspace_id, kind=KIND, subject_id=subjects)


async def stop_feed(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    """Forget the address with its header; the people stay as they are."""
    await delete_rows(connection, roster_feed, workspace_id)
    await _plan_nothing(connection, workspace_id)


async def note_failure(
    connection: AsyncConnection, feed: Feed, reason: str, *, now: datetime
) -> None:
    """Note a failed reading, try again sooner, and tell coordinators once for each reason."""
    failures = feed.failures + 1
    passes = reason in {DownloadFailure(one).value for one in PASSING}
    is_told = feed.is_failure_told and feed.failure == reason
    tells = not is_told and (not passes or failures >= TOLD_AFTER)
    after = replace(
        feed,
        failure=reason,
        failures=failures,
        is_failure_told=is_told or tells,
        read_at=now,
    )
    await put_feed(connection, after, now=now)
    if failures <= len(TRIED_AGAIN_AFTER):
        again = Once(now + TRIED_AGAIN_AFTER[failures - 1])
        await _plan(connection, feed, f"{feed.workspace_id}:again", again, now=now)
    if tells:
        await _tell(connection, feed, FAILED, now=now)


async def note_reading(connection: AsyncConnection, feed: Feed, *, now: datetime) -> Feed:
    """Note that the list was read, and tell who heard of a failure that it works again."""
    if feed.is_failure_told:
        await _tell(connection, feed, WORKS, now=now)
    after = replace(feed, failure="", failures=0, is_failure_told=False, read_at=now)
    await put_feed(connection, after, now=now)
    return after


async def note_difference(
    connection: AsyncConnection, feed: Feed, shown: Preview, *, now: datetime
) -> bool:
    """Compare a preview with what was announced last, and announce it where it is another."""
    after, difference = await compared(connection, feed, shown)
    is_news = any(after.counts) and difference != feed.announced
    after = replace(after, announced=difference)
    await put_feed(connection, after, now=now)
    if is_news:
        await _tell(connection, after, CHANGED, now=now)
    return is_news


async def compared(connection: AsyncConnection, feed: Feed, shown: Preview) -> tuple[Feed, str]:
    """Say what a preview would change and whom the list names no more, with a mark of it all."""
    named = {SlackUserId(one) for one in shown.said} | {one.slack_user_id for one in shown.new}
    members = {one.slack_user_id: one for one in await store.members(connection, feed.workspace_id)}
    missed = ({*feed.gone} | {*feed.named}) - named
    gone = sorted(one for one in missed if one in members and members[one].takes_part)
    counts = (len(shown.new), len(shown.changed), len(gone), len(shown.problems))
    said = [
        sorted(
            (one.slack_user_id, *sorted(shown.said.get(one.slack_user_id, {}).items()))
            for one in shown.new
        ),
        [(one.member_id, [str(each) for each in one.fields]) for one in shown.changed],
        gone,
        list(shown.problems),
    ]
    difference = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
    kept = named if not shown.problems else {*feed.named}
    return replace(feed, counts=counts, gone=tuple(gone), named=tuple(sorted(kept))), difference


async def gone_members(connection: AsyncConnection, feed: Feed) -> list[Member]:
    """Find the members whom the list named earlier and does not any more; they stay."""
    every = await store.members(connection, feed.workspace_id) if feed.gone else []
    return [one for one in every if one.slack_user_id in feed.gone and one.takes_part]


async def _tell(connection: AsyncConnection, feed: Feed, what: str, *, now: datetime) -> None:
    """Tell the coordinators on duty, in place of older news that they have not read."""
    workspace_id = feed.workspace_id
    subjects = [f"{one}:{workspace_id}" for one in (CHANGED, FAILED, WORKS)]
    await delivery.withdraw(connection, workspace_id, subject_id=subjects, kind=NEWS, now=now)
    once = f"{NEWS}:{what}:{now.isoformat()}"
    found = await coordinators_on_duty(connection, workspace_id, now)
    notices = [
        Notice(NEWS, f"{what}:{workspace_id}", one.slack_user_id, f"{once}:{one.id}")
        for one in found
    ]
    await use_cases.send_all(connection, workspace_id, notices, now=now)


async def forget_member(connection: AsyncConnection, member: Member) -> None:
    """Let a feed name a member no more, since they are erased."""
    its = rows_of(roster_feed, member.workspace_id)
    query = sa.select(roster_feed).where(its).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return
    left: dict[str, object] = {
        name: [one for one in getattr(row, name) if one != member.slack_user_id]
        for name in ("named", "gone")
    }
    if row.made_by == member.id:
        left["made_by"] = NOBODY
    await connection.execute(sa.update(roster_feed).where(its).values(**left, etag="", digest=""))
