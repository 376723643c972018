"""Save a check-in, change it, share it, show it to fewer people, and delete it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import reading, rules, store
from bot.checkins.prompts import answered
from bot.checkins.reading import MentorsNow, as_read_by, may_read, narrower_than
from bot.checkins.rules import Ask, Audience, CheckIn, CheckInId, Reflection, Topic, Visibility
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.goals.model import GoalId
from bot.goals.use_cases import note_progress
from bot.groups import store as seated
from bot.groups.joining import is_private
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, ProgrammeId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching import exclusions
from bot.matching.model import Pairing
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import GroupMembers, running_groups_of
from bot.stages.changes import mentors_of

SHARED = MessageKind.CHECKIN_SHARED
PROMPT_USEFUL_FOR = timedelta(days=3)
SHARED_USEFUL_FOR = timedelta(days=2)
READ_MEANWHILE = (
    "Somebody whom you shared this check-in with has read it, so its words stay as they are. You "
    "can still show it to fewer people, or delete it."
)
CHANGED_MEANWHILE = "This check-in was changed meanwhile. Open it again, and look who can read it."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInForm:
    """The subject of a form; it travels in the modal and holds no words of the member."""

    programme_id: ProgrammeId
    group_id: GroupId | None
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


async def share(
    connection: AsyncConnection,
    member: Member,
    checkin_id: CheckInId,
    *,
    left_out: frozenset[Topic] | None = None,
    now: datetime,
) -> CheckIn:
    """Show one's own check-in to the mentors of now, all but what is left out.

    Without `left_out`, what was left out stays out, and a check-in for the group stays for it.
    Raises UserFacing.
    """
    kept = await own(connection, member, checkin_id)
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
    if not await store.change(connection, kept, again):
        raise UserFacing(CHANGED_MEANWHILE)
    return again


async def edit(
    connection: AsyncConnection, member: Member, checkin_id: CheckInId, entry: Reflection
) -> CheckIn:
    """Change the words of one's own check-in until somebody else has read it; raises UserFacing."""
    kept = await own(connection, member, checkin_id)
    if kept.read_at is not None or not kept.is_readable:
        raise UserFacing(READ_MEANWHILE)
    entry = replace(entry, visibility=kept.entry.visibility)
    rules.check(entry, allowed=tuple(Visibility))
    changed = replace(kept, entry=entry)
    if not await store.change(connection, kept, changed, unread=True):
        raise UserFacing(READ_MEANWHILE)
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
    """Find one's own check-in. Raises UserFacing when it is gone or another's."""
    kept = await store.find(connection, member.workspace_id, checkin_id)
    if kept is None or kept.member_id != member.id:
        raise UserFacing("This check-in is not there any more. Nothing was changed.")
    return kept


async def shown_to_mentor(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
    pairings: Sequence[Pairing] | None = None,
) -> list[CheckIn]:
    """Find what the mentees of these groups share with this mentor in that time, in its order.

    `pairings` are the mentor's, lasting and ended, where they are at hand.
    """
    found = await store.shared_with_mentors(
        connection,
        mentor.workspace_id,
        group_ids=[group.group_id for group in groups],
        since=since,
        until=until,
    )
    theirs = {each for group in groups for each in group.mentees}
    readable = await _readable(connection, mentor, groups, found, pairings=pairings)
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


async def mark_read(
    connection: AsyncConnection, reader: Member, found: CheckIn, *, now: datetime
) -> None:
    """Note that a reader opened a check-in of another, so that its words stay as they are."""
    if found.member_id != reader.id and found.read_at is None:
        await store.mark_read(connection, found, now=now)


async def _readable(
    connection: AsyncConnection,
    reader: Member,
    groups: Sequence[GroupMembers],
    found: Sequence[CheckIn],
    *,
    pairings: Sequence[Pairing] | None = None,
) -> list[CheckIn]:
    """Keep what somebody may read who sits in these groups, without what is kept from them.

    Raises WishesUnreadable: nothing is shown while nobody knows who is blocked.
    """
    blocks = await exclusions.blocks(connection, reader.workspace_id) if found else {}
    if pairings is None:
        its = sorted({group.programme_id for group in groups})
        pairings = await seated.pairings(
            connection, reader.workspace_id, its, with_ended=True, mentor_id=reader.id
        )
    sits_with = {(group.group_id, each) for group in groups for each in group.mentees}
    mentored = [group for group in groups if reader.id in group.mentors]
    mentors = {(group.group_id, each) for group in mentored for each in group.mentees}
    return [
        as_read_by(one, reader.id)
        for one in found
        if reader.id not in blocks.get(one.member_id, ())
        and may_read(one, reader, sits_with=sits_with, mentors=mentors, pairings=pairings)
    ]
