"""Save a check-in, change it, share it, show it to fewer people, and delete it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import reading, rules, store
from bot.checkins.prompts import answered
from bot.checkins.reading import MentorsNow, SeenCheckIn, narrower_than
from bot.checkins.rules import Ask, Audience, CheckIn, CheckInId, Reflection, Topic, Visibility
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.goals.disclosure import read_by_mentors
from bot.goals.model import GoalId
from bot.goals.use_cases import note_progress
from bot.groups import store as seated
from bot.groups.joining import is_private
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member
from bot.schedule.claims import served_ahead
from bot.stages.changes import mentors_of

SHARED = MessageKind.CHECKIN_SHARED
SHARED_USEFUL_FOR = timedelta(days=2)
ANSWERS_AHEAD = timedelta(days=2)
"""A check-in answers the prompt of the next two days, which does not come then."""
READ_MEANWHILE = (
    "Somebody whom you shared this check-in with has read it, so its words stay as they are. You "
    "can still show it to fewer people, or delete it."
)
CHANGED_MEANWHILE = "This check-in was changed meanwhile. Open it again, and look who can read it."
CHANGED_BESIDE_THE_FORM = (
    "This check-in was changed while this form was open, so nothing was saved now. Copy what you "
    "changed here, close the form, and use /checkin past to open it again."
)
NEW_MENTOR = (
    "Your mentor changed while this form was open, so this was not saved, and nobody has read it. "
    "Copy what you wrote, close the form and open /checkin again."
)
NOT_SHARED = (
    "Your mentor changed meanwhile, so nothing was shared. Use /checkin past to open this check-in "
    "again: then you share it with your mentor of now."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInForm:
    """The subject of a form; it travels in the modal and holds no words of the member.

    `mentors` are those of whom the form speaks as "my mentor".
    """

    programme_id: ProgrammeId
    group_id: GroupId | None
    mentors: frozenset[MemberId]
    ask: Ask


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
    filled in, when the person may no longer write in the group that the form was opened for, or
    when it is to be shared and their mentors are others than then.
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
    if entry.visibility is not Visibility.ONLY_ME and form.mentors != await mentors_of(
        connection, workspace_id, who.member_id
    ):
        raise UserFacing(NEW_MENTOR)
    if entry.visibility is Visibility.GROUP and await is_private(
        connection, workspace_id, place.programme_id, who.member_id
    ):
        raise UserFacing(
            "Your group hears of you only when you are introduced, a day after you got your seat. "
            "Choose your mentor or only you for now, and save it again."
        )
    await people.must_stay(connection, workspace_id, who.member_id)
    saved = CheckIn(
        id=_id_of(workspace_id, form_key),
        workspace_id=workspace_id,
        member_id=who.member_id,
        programme_id=place.programme_id,
        group_id=place.group_id,
        framework_id=place.framework_id,
        stage=form.ask.stage,
        entry=entry,
        written_at=now,
        shared_at=now,
    )
    if not await store.add(connection, saved):
        # The form came a second time (Slack did not hear our answer to the first). What stands
        # is what was saved then: to say anything else about who can read it would be a lie.
        before = await store.find(connection, workspace_id, saved.id)
        return _same_or_refused(before, saved)
    await store.change_asks(
        connection, workspace_id, who.member_id, lambda asks: answered(asks, form.ask)
    )
    await served_ahead(
        connection,
        workspace_id,
        kind=ScheduleKind.CHECKIN_PROMPT,
        subject_id=who.member_id,
        until=now + ANSWERS_AHEAD,
        now=now,
    )
    if entry.goals:
        progress = {GoalId(one.goal_id): one.moved for one in entry.goals}
        await note_progress(connection, workspace_id, who.member_id, progress, now=now)
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
    if to not in narrower_than(before):
        raise UserFacing(
            "This can only show a check-in to fewer people than before, and nothing was changed. "
            "Open it again, and look who can read it."
        )
    narrowed = replace(kept, entry=replace(kept.entry, visibility=to))
    changed = await store.change(connection, kept, narrowed)
    if changed is None:
        raise UserFacing(CHANGED_MEANWHILE)
    await delivery.withdraw(
        connection, member.workspace_id, subject_id=kept.id, kind=SHARED, now=now
    )
    return changed


async def delete(
    connection: AsyncConnection, member: Member, checkin_id: CheckInId, *, now: datetime
) -> None:
    """Delete one's own check-in for good. Raises UserFacing when it is gone or another's."""
    kept, workspace_id = await own(connection, member, checkin_id), member.workspace_id
    await delivery.withdraw(connection, workspace_id, subject_id=kept.id, kind=SHARED, now=now)
    await store.remove(connection, workspace_id, checkin_id)


async def share(
    connection: AsyncConnection,
    member: Member,
    checkin_id: CheckInId,
    *,
    left_out: frozenset[Topic] | None = None,
    shown: SeenCheckIn | None = None,
    now: datetime,
) -> CheckIn:
    """Show one's own check-in to the mentors of now, all but what is left out.

    Without `left_out`, what was left out stays out, and a check-in for the group stays for it.
    Raises UserFacing, also where it or the mentors are not those any more that were `shown`.
    """
    kept = await own(connection, member, checkin_id)
    if shown is not None:
        await _refuse_other_than(connection, kept, shown)
    who = await writer_of(connection, member.workspace_id, member.slack_user_id)
    seat = rules.writing_seat(who) if who and rules.audience(who) is Audience.WRITER else None
    of_this = seat is not None and seat.programme_id == kept.programme_id
    is_wider = kept.entry.visibility is Visibility.GROUP and left_out is not None
    if not of_this or seat is None or not seat.group_id or is_wider or not kept.is_readable:
        raise UserFacing("There is no mentor whom you could show this check-in to now.")
    out = kept.entry.left_out if left_out is None else left_out
    to_group = kept.entry.visibility is Visibility.GROUP and kept.group_id == seat.group_id
    visibility = Visibility.GROUP if to_group else Visibility.MENTOR
    entry = replace(kept.entry, visibility=visibility, left_out=out)
    rules.check(entry, allowed=rules.open_to(seat))
    again = replace(kept, group_id=seat.group_id, shared_at=now, entry=entry)
    changed = await store.change(connection, kept, again)
    if changed is None:
        raise UserFacing(CHANGED_MEANWHILE)
    return changed


async def _refuse_other_than(
    connection: AsyncConnection, kept: CheckIn, shown: SeenCheckIn
) -> None:
    """Raise UserFacing where a check-in, or its writer's mentors, are not as they were shown."""
    if kept.revision != shown.revision:
        raise UserFacing(CHANGED_MEANWHILE)
    if (await mentors_now(connection, [kept]))[kept.id].mentors != shown.mentors:
        raise UserFacing(NOT_SHARED)


async def edit(
    connection: AsyncConnection, member: Member, shown: SeenCheckIn, entry: Reflection
) -> CheckIn:
    """Change the words of one's own check-in until somebody else has read it.

    Raises UserFacing, also where it was changed since it was `shown`: what was left out or shared
    meanwhile stays so.
    """
    kept = await own(connection, member, shown.checkin_id)
    if kept.read_at is not None or not kept.is_readable:
        raise UserFacing(READ_MEANWHILE)
    entry = replace(entry, visibility=kept.entry.visibility)
    if kept.revision != shown.revision:
        if kept.entry == entry:
            return kept  # the form came a second time
        raise UserFacing(CHANGED_BESIDE_THE_FORM)
    rules.check(entry, allowed=tuple(Visibility))
    changed = await store.change(connection, kept, replace(kept, entry=entry), unread=True)
    if changed is None:
        raise UserFacing(CHANGED_BESIDE_THE_FORM)
    return changed


async def mentors_now(
    connection: AsyncConnection, kept: Sequence[CheckIn]
) -> dict[CheckInId, MentorsNow]:
    """Say whether the mentors of now can read each of one member's check-ins.

    A mentor whom the member blocked cannot, and a peer-mentor beside a mentor is none of them.
    """
    if not kept:
        return {}
    first = kept[0]
    blocks = await exclusions.blocks(connection, first.workspace_id)
    mentors = await mentors_of(connection, first.workspace_id, first.member_id)
    mentors -= blocks.get(first.member_id, frozenset())
    pairings = {
        one.programme_id: [
            pairing
            for pairing in await seated.pairings(
                connection,
                one.workspace_id,
                one.programme_id,
                with_ended=True,
                mentee_id=one.member_id,
            )
            if pairing.mentor_id in mentors
        ]
        for one in {each.programme_id: each for each in kept}.values()
    }
    return {one.id: reading.mentors_now(one, pairings[one.programme_id]) for one in kept}


async def own(connection: AsyncConnection, member: Member, checkin_id: CheckInId) -> CheckIn:
    """Find one's own check-in. Raises UserFacing when it is gone or another's.

    Of its goals those count as shared that a mentor may read at this moment.
    """
    kept = await store.find(connection, member.workspace_id, checkin_id)
    if kept is None or kept.member_id != member.id:
        raise UserFacing("This check-in is not there any more. Nothing was changed.")
    return (await with_goals_of_now(connection, [kept]))[0]


async def with_goals_of_now(connection: AsyncConnection, kept: Sequence[CheckIn]) -> list[CheckIn]:
    """Count as shared, in one member's check-ins, the goals that a mentor may read now."""
    if not any(goal.is_shared for one in kept for goal in one.entry.goals):
        return list(kept)
    readable = await read_by_mentors(connection, kept[0].workspace_id, kept[0].member_id)
    return [replace(one, entry=rules.with_goals_read(one.entry, readable)) for one in kept]
