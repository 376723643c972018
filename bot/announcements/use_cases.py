"""Prepare, look at, send and take back announcements, as coordinators do."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import store
from bot.announcements.model import (
    MAX_CHARS,
    ROLES,
    Addressees,
    Announcement,
    AnnouncementId,
    AnnouncementProgress,
    AnnouncementReach,
    AnnouncementState,
)
from bot.delivery import store as delivery
from bot.delivery.hours import Presence, ReadRecipients, Recipient, welcome_from
from bot.delivery.model import Lane, Notice, OutboxState
from bot.delivery.outcomes import sent_this_week, states_about
from bot.delivery.rules import ALWAYS, WEEKLY_MESSAGES
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.use_cases import current_programme, the_programme

KIND = MessageKind.ANNOUNCEMENT
USEFUL_FOR = timedelta(days=7)
LATEST = timedelta(days=90)
"""How far ahead an announcement can be planned."""
KEPT_FOR, DRAFTS_KEPT_FOR = timedelta(days=90), timedelta(days=1)
GONE = (
    "This announcement is not there any more: drafts are kept for a day. Open Tools on your Home "
    "tab to write it again."
)
TAKEN_BACK = "This announcement was taken back already. Nobody gets it any more."
ALL_HAVE_IT = "Everybody has this announcement by now, so it cannot be taken back."
NOBODY = (
    "Nobody is left who could get it: who is away, has left or has no Slack account any more gets "
    "nothing. Choose others, or write to them yourself."
)
CLOSED = "This programme is closed, so nothing is announced in it any more. Nothing was sent."
NO_PROGRAMME = "There is no programme yet to announce something in. Set it up on the Home tab."


class AudienceChanged(UserFacing):
    """Other people would get it now than when its author looked."""

    def __init__(self) -> None:
        super().__init__(
            "Who gets it has changed since you looked: somebody joined, left or went on a break. "
            "Nothing was sent. Look again, then send."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachFacts:
    """How to read what is known of recipients, and the kinds that leave their week as it is."""

    read: ReadRecipients
    uncounted: Collection[str]


async def the_current_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> Programme:
    """Find the programme that something can be announced in. Raises UserFacing for none."""
    programme = await current_programme(connection, workspace_id)
    if programme is None:
        raise UserFacing(NO_PROGRAMME)
    return programme


def check_text(text: str) -> str:
    """Give the words of an announcement. Raises UserFacing for none, and for too many."""
    if not text or len(text) > MAX_CHARS:
        raise UserFacing(f"Write 1 to {MAX_CHARS:,} characters.")
    return text


def check_time(at: datetime | None, *, now: datetime) -> datetime | None:
    """Give when it is to go out. Raises UserFacing for what has passed, or is far ahead."""
    if at is not None and not now < at <= now + LATEST:
        raise UserFacing("Choose a time to come, within 90 days, or leave it empty for now.")
    return at


async def keep_draft(
    connection: AsyncConnection, drafted: Announcement, reach: AnnouncementReach
) -> Announcement:
    """Keep a draft with whom it would reach.

    Raises UserFacing once it is none any more, and where its author or somebody whom it names was
    erased meanwhile.
    """
    named = drafted.named if drafted.audience is Addressees.PEOPLE else ()
    workspace_id = drafted.workspace_id
    await people.must_stay(connection, workspace_id, drafted.by, *map(MemberId, named))
    before = await store.find(connection, drafted.workspace_id, drafted.id, hold=True)
    is_none = before is not None and before.state is not AnnouncementState.DRAFT
    if is_none or (before is not None and before.by != drafted.by):
        raise UserFacing(GONE)
    kept = replace(drafted, count=len(reach.there), digest=digest_of(reach))
    await store.put(connection, kept)
    return kept


async def reach_of(
    connection: AsyncConnection, one: Announcement, *, facts: ReachFacts, now: datetime
) -> AnnouncementReach:
    """Find whom an announcement reaches, and when. Raises UserFacing where that is nobody."""
    workspace_id, at = one.workspace_id, max(now, one.send_at or now)
    audience = await _audience(connection, one)
    names = [member.slack_user_id for member in audience]
    known = await facts.read(connection, workspace_id, names, now)
    there = tuple(m for m in audience if _is_there(known.get(m.slack_user_id), at))
    if not there:
        raise UserFacing(NOBODY)
    week = await sent_this_week(connection, workspace_id, names, uncounted=facts.uncounted, now=now)
    report = await delivery.queue_report(connection, workspace_id, now=now)
    begins = max(at, report.expected_finish or at)
    paced = begins + timedelta(minutes=len(there) / report.rate_per_min)
    welcomes = (welcome_from(known[member.slack_user_id], now=at) for member in there)
    return AnnouncementReach(
        there=there,
        away=tuple(m for m in audience if not _is_there(known.get(m.slack_user_id), at)),
        crowded=sum(week.get(member.slack_user_id, 0) >= WEEKLY_MESSAGES for member in there),
        last_at=max(paced, *(welcome for welcome in welcomes if welcome)),
    )


def _is_there(recipient: Recipient | None, at: datetime) -> bool:
    if recipient is None or recipient.presence is Presence.AWAY:
        return recipient is not None and recipient.away_until <= at
    return recipient.presence is Presence.HERE


async def _audience(connection: AsyncConnection, one: Announcement) -> list[Member]:
    """Find everybody whom an announcement is for, by name, but its author."""
    workspace_id, programme_id = one.workspace_id, one.programme_id
    ids: set[MemberId]
    if one.audience is Addressees.PEOPLE:
        ids = set(map(MemberId, one.named))
    else:
        seats = await programmes.seats(connection, workspace_id, programme_id)
        ids = {
            seat.member_id
            for seat in seats
            if one.audience is not Addressees.GROUPS or seat.group_id in one.named
        }
    if roles := ROLES.get(one.audience):
        ids |= await programmes.enrolled(connection, workspace_id, programme_id)
    found = await people.members(connection, workspace_id, ids=list(ids - {one.by}))
    return sorted(
        (member for member in found if not roles or member.roles & roles),
        key=lambda member: (member.name.casefold(), member.id),
    )


def digest_of(reach: AnnouncementReach) -> str:
    """Write down who would get it, and who not, to see whether that changes."""
    ids = ",".join(member.id for member in reach.there)
    away = ",".join(member.id for member in reach.away)
    return hashlib.sha256(f"{ids}|{away}".encode()).hexdigest()


async def send(
    connection: AsyncConnection, drafted: Announcement, *, facts: ReachFacts, now: datetime
) -> Announcement:
    """Put a draft into the outbox, for each a message of their own; the second time nothing more.

    Raises AudienceChanged where others would get it than its author saw, and UserFacing once it is
    taken back or its programme closed.
    """
    if drafted.state is AnnouncementState.SENT:
        return drafted
    if drafted.state is AnnouncementState.TAKEN_BACK:
        raise UserFacing(TAKEN_BACK)
    its = (connection, drafted.workspace_id)
    await people.must_stay(*its, drafted.by)
    programme = await the_programme(*its, drafted.programme_id, hold=True)
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing(CLOSED)
    reach = await reach_of(connection, drafted, facts=facts, now=now)
    here = await people.keep(*its, [one.id for one in reach.there])
    if digest_of(reach) != drafted.digest or len(here) < len(reach.there):
        raise AudienceChanged
    at = max(now, drafted.send_at or now)
    notices = [
        Notice(KIND, drafted.id, one.slack_user_id, f"{KIND}:{drafted.id}:{one.id}")
        for one in reach.there
    ]
    await delivery.enqueue_all(
        *its,
        notices,
        lane=Lane.PROMPT,
        now=now,
        not_before=at,
        expires_at=at + USEFUL_FOR,
        priority=ALWAYS,
    )
    named = () if drafted.audience is Addressees.PEOPLE else drafted.named
    sent = replace(drafted, state=AnnouncementState.SENT, send_at=at, named=named)
    await store.put(connection, sent)
    return sent


async def take_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    its_id: AnnouncementId,
    *,
    now: datetime,
) -> tuple[Announcement, AnnouncementProgress]:
    """Take back what still waits; gives who had it already (`sent`) and who gets it no more.

    Raises UserFacing once everybody has it.
    """
    one = await the_announcement(connection, workspace_id, its_id, hold=True)
    if one.state is not AnnouncementState.SENT:
        raise UserFacing(TAKEN_BACK)
    withdrawn = await delivery.withdraw(
        connection, workspace_id, subject_id=one.id, kind=KIND, now=now
    )
    if not withdrawn:
        raise UserFacing(ALL_HAVE_IT)
    taken = replace(one, state=AnnouncementState.TAKEN_BACK)
    await store.put(connection, taken)
    progress = (await progress_of(connection, workspace_id, [taken]))[taken.id]
    had = progress.sent + progress.waiting  # what is on its way at this moment still arrives
    return taken, AnnouncementProgress(sent=had, waiting=withdrawn, failed=progress.failed)


async def the_announcement(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    its_id: AnnouncementId,
    *,
    by: MemberId | None = None,
    hold: bool = False,
) -> Announcement:
    """Find an announcement, one of `by`. Raises UserFacing for none."""
    one = await store.find(connection, workspace_id, its_id, hold=hold)
    if one is None or (by is not None and one.by != by):
        raise UserFacing(GONE)
    return one


async def progress_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, many: Sequence[Announcement]
) -> dict[AnnouncementId, AnnouncementProgress]:
    """Count for each announcement who has it, who still gets it, and who could not."""
    states = await states_about(connection, workspace_id, [one.id for one in many], kind=KIND)
    waiting = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
    failed = (OutboxState.FAILED, OutboxState.EXPIRED)
    counted = {}
    for one in many:
        its = states.get(one.id, {})
        counted[one.id] = AnnouncementProgress(
            sent=its.get(OutboxState.SENT, 0),
            waiting=sum(its.get(state, 0) for state in waiting),
            failed=sum(its.get(state, 0) for state in failed),
        )
    return counted


async def erase(connection: AsyncConnection, member: Member, now: datetime) -> None:
    """Delete what a member announced, before it reaches anybody else, and drafts to them."""
    workspace_id = member.workspace_id
    theirs = await store.ids_of(connection, workspace_id, member.id)
    await delivery.withdraw(connection, workspace_id, subject_id=theirs, kind=KIND, now=now)
    await store.remove_of(connection, workspace_id, member.id)


def draft(
    author: Member,
    programme_id: ProgrammeId,
    audience: Addressees,
    *,
    text: str,
    now: datetime,
    its_id: str = "",
    named: Collection[str] = (),
    send_at: datetime | None = None,
) -> Announcement:
    """Make a draft of what a coordinator wrote, in place of the one with `its_id`."""
    return Announcement(
        id=AnnouncementId(its_id or new_id("note")),
        workspace_id=author.workspace_id,
        programme_id=programme_id,
        by=author.id,
        written_at=now,
        audience=audience,
        text=text,
        named=tuple(named),
        send_at=send_at,
    )


async def forget_old(connection: AsyncConnection, *, now: datetime) -> None:
    """Delete, in all workspaces, what was sent KEPT_FOR ago, and drafts after a day."""
    await store.forget(connection, drafts_before=now - DRAFTS_KEPT_FOR, sent_before=now - KEPT_FOR)
