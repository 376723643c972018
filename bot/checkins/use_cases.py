"""Save a check-in, show it to fewer people, delete it, and ask for the next one."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.rules import Audience, CheckIn, CheckInId, Reflection, Visibility
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.delivery.tables import SET_OUT, in_state, outbox
from bot.errands import store as errands
from bot.errands.store import Errand, Want
from bot.groups import store as seated
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.schedule.model import Due
from bot.stages.changes import PROMPT, asked_at
from bot.stages.model import Framework
from bot.stages.rules import level_after
from bot.todos import ToDo, Weight

SHARED = MessageKind.CHECKIN_SHARED
PROMPT_USEFUL_FOR = timedelta(days=3)
SHARED_USEFUL_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInForm:
    """What a form was opened for; it travels in the modal and holds no words of the member."""

    programme_id: ProgrammeId
    group_id: GroupId | None
    stage: str
    turn: int


@dataclass(frozen=True, slots=True)
class ChangedCheckIn:
    """A check-in after a change, and the errand of removing it from the channel, if it is there."""

    checkin: CheckIn
    removal: Errand | None


Also = Callable[[AsyncConnection, CheckIn], Awaitable[object]]
"""What else follows from a change, in its transaction; given the check-in as it was."""


async def save(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    slack_user_id: SlackUserId,
    form: CheckInForm,
    entry: Reflection,
    form_key: str,
    now: datetime,
) -> CheckIn:
    """Keep what was filled in, and let it be posted to the group when that was chosen.

    The same `form_key` is saved once, however often it arrives. Raises UserFacing when nothing was
    filled in, or when the person may no longer write in the group that the form was opened for.
    """
    who = await writer_of(connection, workspace_id, slack_user_id)
    place = rules.writing_seat(who) if who else None
    if who is None or place is None or rules.audience(who) is not Audience.WRITER:
        raise UserFacing(
            "You are not a mentee in a running programme any more, so this was not saved. "
            "Copy what you want to keep before you close the form."
        )
    if (place.programme_id, place.group_id) != (form.programme_id, form.group_id):
        raise UserFacing(
            "Your mentoring group changed while this form was open, so this was not saved. "
            "Copy what you wrote, close the form and open /checkin again."
        )
    rules.check(entry, allowed=rules.open_to(place))
    saved = CheckIn(
        id=_id_of(workspace_id, form_key),
        workspace_id=workspace_id,
        member_id=who.member_id,
        programme_id=place.programme_id,
        group_id=place.group_id,
        framework_id=place.framework_id,
        stage=form.stage,
        entry=entry,
        written_at=now,
    )
    if not await store.add(connection, saved):
        # The form came a second time (Slack did not hear our answer to the first). What stands
        # is what was saved then: to say anything else about who can read it would be a lie.
        before = await store.find(connection, workspace_id, saved.id)
        return _same_or_refused(before, saved)
    if entry.visibility is Visibility.GROUP:
        await delivery.enqueue(
            connection,
            workspace_id,
            kind=SHARED,
            subject_id=saved.id,
            recipient=f"group:{saved.group_id}",
            dedupe_key=f"{SHARED}:{saved.id}",
            lane=Lane.INTERACTIVE,
            now=now,
            expires_at=now + SHARED_USEFUL_FOR,
        )
    return saved


def _same_or_refused(before: CheckIn | None, again: CheckIn) -> CheckIn:
    if before is not None and before.member_id == again.member_id and before.entry == again.entry:
        return before
    raise UserFacing(
        "This check-in was saved already, as you first sent it. Copy what you changed, close the "
        "form, and use /checkin past to show it to fewer people or delete it."
    )


def _id_of(workspace_id: WorkspaceId, form_key: str) -> CheckInId:
    digest = hashlib.sha256(f"{workspace_id}|{form_key}".encode()).hexdigest()
    return CheckInId(f"checkin_{digest[:20]}")


async def narrow(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    checkin_id: CheckInId,
    to: Visibility,
    now: datetime,
    also: Also | None = None,
) -> ChangedCheckIn:
    """Show one's own check-in to fewer people, and take back what is or waits to be posted."""
    kept = await _own(connection, workspace_id, member_id=member_id, checkin_id=checkin_id)
    before = kept.entry.visibility
    if to not in rules.narrower_than(before):
        raise UserFacing(
            "A check-in can only be shown to fewer people than before. To share it with more, "
            "write a new one."
        )
    await store.set_visibility(connection, workspace_id, checkin_id, before=before, after=to)
    removal = await _take_back(connection, kept, now=now)
    if also is not None:
        await also(connection, kept)
    narrowed = await store.find(connection, workspace_id, checkin_id)
    return ChangedCheckIn(narrowed or kept, removal)


async def delete(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    checkin_id: CheckInId,
    now: datetime,
    also: Also | None = None,
) -> ChangedCheckIn:
    """Delete one's own check-in for good. Raises UserFacing when it is gone or another's."""
    kept = await _own(connection, workspace_id, member_id=member_id, checkin_id=checkin_id)
    removal = await _take_back(connection, kept, now=now)
    if also is not None:
        await also(connection, kept)
    await store.remove(connection, workspace_id, checkin_id)
    return ChangedCheckIn(kept, removal)


async def _own(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId,
    checkin_id: CheckInId,
) -> CheckIn:
    kept = await store.find(connection, workspace_id, checkin_id)
    if kept is None or kept.member_id != member_id:
        raise UserFacing("This check-in is not there any more. Nothing was changed.")
    return kept


async def _take_back(connection: AsyncConnection, kept: CheckIn, *, now: datetime) -> Errand | None:
    """Withdraw what waits for the group's channel; owe a removal of what has set out."""
    await delivery.withdraw(connection, kept.workspace_id, subject_id=kept.id, kind=SHARED, now=now)
    query = sa.select(outbox.c.id).where(
        outbox.c.workspace_id == kept.workspace_id,
        outbox.c.dedupe_key == f"{SHARED}:{kept.id}",
        in_state(*SET_OUT),
    )
    entry_id = (await connection.execute(query)).scalar_one_or_none()
    if entry_id is None:
        return None
    return await errands.ask(
        connection, kept.workspace_id, Want.REDRAWN, place=entry_id, now=now, at_once=True
    )


async def prompt_when_due(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Queue the prompt that fell due for a mentee; nothing for who is away or has left."""
    member = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if member is None or member.is_away(now):
        return
    await delivery.enqueue(
        connection,
        due.workspace_id,
        kind=PROMPT,
        subject_id=member.id,
        recipient=member.slack_user_id,
        dedupe_key=f"{PROMPT}:{member.id}:{due.due_at.isoformat()}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=due.due_at + PROMPT_USEFUL_FOR,
    )


async def shown_to_mentor(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
) -> list[CheckIn]:
    """Find what mentees of these groups show this mentor in that time, the oldest first."""
    found = await store.shared_with_mentors(
        connection,
        mentor.workspace_id,
        group_ids=[group.group_id for group in groups],
        since=since,
        until=until,
    )
    return await _shown(connection, mentor, groups, found)


async def open_as_mentor(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    checkin_id: CheckInId,
) -> CheckIn:
    """Find one check-in that its writer shows this mentor. Raises UserFacing for any other."""
    found = await store.find(connection, mentor.workspace_id, checkin_id)
    shown = await _shown(connection, mentor, groups, [found] if found else [])
    if not shown:
        raise UserFacing("This check-in is not shown to you any more.")
    return shown[0]


async def _shown(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    found: Sequence[CheckIn],
) -> list[CheckIn]:
    mentor_since: dict[MemberId, datetime] = {}
    for programme_id in {group.programme_id for group in groups}:
        for pairing in await seated.pairings(
            connection, mentor.workspace_id, programme_id, mentor_id=mentor.id
        ):
            mentor_since.setdefault(pairing.mentee_id, pairing.started_at)
    ids = {group.group_id for group in groups}
    return [one for one in found if rules.is_shown_to(one, groups=ids, mentor_since=mentor_since)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteesCheckins:
    """A mentee's last check-in, next prompt and last prompt; instants in UTC, or None."""

    last_at: datetime | None
    next_at: datetime | None
    asked_at: datetime | None

    def todos(self) -> list[ToDo]:
        """Say that a check-in is due: it was asked for and is not written."""
        if self.asked_at is None or (self.last_at is not None and self.last_at >= self.asked_at):
            return []
        return [ToDo(kind=ToDoKind.WRITE_CHECKIN, weight=Weight.IS_DUE, since=self.asked_at)]


async def mentees_checkins(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    *,
    frameworks: Mapping[str, Framework],
    now: datetime,
) -> MenteesCheckins | None:
    """Read it for a mentee; None for somebody who writes no check-ins."""
    if programme is None:
        return None
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    place = rules.writing_seat(who) if who else None
    if who is None or place is None:
        return None
    written = await store.last_written(connection, member.workspace_id, member_ids=[member.id])
    upcoming = await schedule.upcoming(connection, member.workspace_id, subject_ids=[member.id])
    next_at = next((d.due_at for d in upcoming if d.kind == ScheduleKind.CHECKIN_PROMPT), None)
    asked = None
    if framework := frameworks.get(place.framework_id):
        stage = level_after(framework, place.moved_to, initial=who.initial_stage).name
        asked = asked_at(programme, stage, tz=member.timezone, next_at=next_at)
    return MenteesCheckins(
        last_at=written.get(member.id),
        next_at=next_at,
        asked_at=asked if asked and asked <= now and not member.is_away(now) else None,
    )
