"""Save a check-in, show it to fewer people, delete it, and ask for the next one."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.rules import Audience, CheckIn, CheckInId, MentorsNow, Reflection, Visibility
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.groups import store as seated
from bot.groups.joining import is_private
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, running_groups_of
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
CHANGED_MEANWHILE = "This check-in was changed meanwhile. Open it again, and look who can read it."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInForm:
    """The subject of a form; it travels in the modal and holds no words of the member."""

    programme_id: ProgrammeId
    group_id: GroupId | None
    stage: str
    turn: int


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
    if entry.visibility is Visibility.GROUP and await is_private(
        connection, workspace_id, place.programme_id, who.member_id
    ):
        raise UserFacing(
            "Your group hears of you only when you are introduced, a day after you got your seat. "
            "Choose your mentor or only you for now, and save it again."
        )
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
        shared_at=now,
    )
    if not await store.add(connection, saved):
        # The form came a second time (Slack did not hear our answer to the first). What stands
        # is what was saved then: to say anything else about who can read it would be a lie.
        before = await store.find(connection, workspace_id, saved.id)
        return _same_or_refused(before, saved)
    if entry.visibility is Visibility.GROUP:
        told = Notice(SHARED, saved.id, f"group:{saved.group_id}", f"{SHARED}:{saved.id}")
        until = now + SHARED_USEFUL_FOR
        await delivery.enqueue_all(
            connection, workspace_id, [told], lane=Lane.INTERACTIVE, now=now, expires_at=until
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
    member: Member,
    checkin_id: CheckInId,
    *,
    to: Visibility,
    now: datetime,
) -> CheckIn:
    """Show one's own check-in to fewer people; they read it no more from this moment on."""
    kept = await own(connection, member, checkin_id)
    before = kept.entry.visibility
    if to not in rules.narrower_than(before):
        raise UserFacing(
            "A check-in can only be shown to fewer people than before. To share it with more, "
            "write a new one."
        )
    narrowed = replace(kept, entry=replace(kept.entry, visibility=to))
    if not await store.change(connection, kept, narrowed):
        raise UserFacing(CHANGED_MEANWHILE)
    await delivery.withdraw(
        connection, member.workspace_id, subject_id=kept.id, kind=SHARED, now=now
    )
    return narrowed


async def delete(
    connection: AsyncConnection, member: Member, checkin_id: CheckInId, *, now: datetime
) -> None:
    """Delete one's own check-in for good. Raises UserFacing when it is gone or another's."""
    kept, workspace_id = await own(connection, member, checkin_id), member.workspace_id
    await delivery.withdraw(connection, workspace_id, subject_id=kept.id, kind=SHARED, now=now)
    await store.remove(connection, workspace_id, checkin_id)


async def share_again(
    connection: AsyncConnection, member: Member, checkin_id: CheckInId, *, now: datetime
) -> CheckIn:
    """Show a check-in that was for a former mentor to the mentors of now; raises UserFacing."""
    kept = await own(connection, member, checkin_id)
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    seat = rules.writing_seat(who) if who else None
    of_this = seat is not None and seat.programme_id == kept.programme_id
    if not of_this or seat is None or not seat.group_id or kept.entry.visibility != "mentor":
        raise UserFacing("There is no mentor whom you could show this check-in to now.")
    again = replace(kept, group_id=seat.group_id, shared_at=now)
    if not await store.change(connection, kept, again):
        raise UserFacing(CHANGED_MEANWHILE)
    return again


async def mentors_now(
    connection: AsyncConnection, kept: Sequence[CheckIn]
) -> dict[CheckInId, MentorsNow]:
    """Say whether the mentors of now can read each of one member's check-ins."""
    pairings = {
        one.programme_id: await seated.pairings(
            connection,
            one.workspace_id,
            one.programme_id,
            with_ended=True,
            mentee_id=one.member_id,
        )
        for one in {each.programme_id: each for each in kept}.values()
    }
    return {one.id: rules.mentors_now(one, pairings[one.programme_id]) for one in kept}


async def own(connection: AsyncConnection, member: Member, checkin_id: CheckInId) -> CheckIn:
    """Find one's own check-in. Raises UserFacing when it is gone or another's."""
    kept = await store.find(connection, member.workspace_id, checkin_id)
    if kept is None or kept.member_id != member.id:
        raise UserFacing("This check-in is not there any more. Nothing was changed.")
    return kept


async def prompt_when_due(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Queue the prompt that fell due for a mentee; nothing for who is away or has left."""
    member = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if member is None or member.is_away(now):
        return
    day = local_date(due.due_at, due.tz)
    if await programmes.is_past_its_end(connection, due.workspace_id, member.id, day):
        return
    key = f"{PROMPT}:{member.id}:{due.due_at.isoformat()}"
    prompt = Notice(PROMPT, member.id, member.slack_user_id, key)
    until = due.due_at + PROMPT_USEFUL_FOR
    await delivery.enqueue_all(
        connection, due.workspace_id, [prompt], lane=Lane.PROMPT, now=now, expires_at=until
    )


async def shown_to_mentor(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
) -> list[CheckIn]:
    """Find what the mentees of these groups share with this mentor in that time, in its order."""
    found = await store.shared_with_mentors(
        connection,
        mentor.workspace_id,
        group_ids=[group.group_id for group in groups],
        since=since,
        until=until,
    )
    theirs = {each for group in groups for each in group.mentees}
    readable = await _readable(connection, mentor, groups, found)
    return [one for one in readable if one.member_id in theirs]


async def open_shared(
    connection: AsyncConnection, reader: Member, checkin_id: CheckInId
) -> CheckIn | None:
    """Find a check-in that this person may read at this moment; None for any other."""
    found = await store.find(connection, reader.workspace_id, checkin_id)
    if found is None:
        return None
    groups = await running_groups_of(connection, reader.workspace_id, reader.id)
    readable = await _readable(connection, reader, groups, [found])
    return readable[0] if readable else None


async def _readable(
    connection: AsyncConnection,
    reader: Member,
    groups: Sequence[GroupMembers],
    found: Sequence[CheckIn],
) -> list[CheckIn]:
    """Keep what somebody may read who sits in these groups."""
    pairings = [
        pairing
        for programme_id in sorted({group.programme_id for group in groups})
        for pairing in await seated.pairings(
            connection, reader.workspace_id, programme_id, with_ended=True, mentor_id=reader.id
        )
    ]
    sits_in = {group.group_id for group in groups}
    mentored = [group for group in groups if reader.id in group.mentors]
    mentors = {(group.group_id, each) for group in mentored for each in group.mentees}
    return [
        one
        for one in found
        if rules.may_read(one, reader, sits_in=sits_in, mentors=mentors, pairings=pairings)
    ]


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
    if programme is None or not member.is_mentee:
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
