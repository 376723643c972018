"""Look back, thank somebody, and say when it is time for both."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.rules import CheckIn
from bot.closing import store
from bot.closing.model import MAX_CHARS, LookingBack, Thanks, ThanksId, ThenAndNow
from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.groups import store as seated
from bot.groups.joining import seating_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, new_id
from bot.kinds import MessageKind, ToDoKind
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme.model import Programme, Use, in_use, monday_of_week
from bot.stages.model import Framework, History
from bot.stages.rules import current_level
from bot.todos import ToDo, Weight

THANKS = MessageKind.THANKS
USEFUL_FOR = timedelta(days=14)
NOT_THERE = "These thanks are not there any more, or they are not for you. Nothing was changed."
THANKED = "You have thanked somebody already. Take that back first, if it was not read yet."


async def look_back(
    connection: AsyncConnection,
    member: Member,
    programme: Programme,
    *,
    changed: str,
    next_network: str,
    now: datetime,
) -> None:
    """Keep what a member writes at the close. Raises UserFacing for nothing, or for too much."""
    if not changed and not next_network:
        raise UserFacing("Write a few words to one of the two, or close the form.")
    if max(len(changed), len(next_network)) > MAX_CHARS:
        raise UserFacing(f"Please keep each answer under {MAX_CHARS:,} characters.")
    await people.must_stay(connection, member.workspace_id, member.id)
    await store.put_looking_back(
        connection,
        LookingBack(
            workspace_id=member.workspace_id,
            member_id=member.id,
            programme_id=programme.id,
            changed=changed,
            next_network=next_network,
            written_at=now,
        ),
    )


def then_and_now(
    checkins: Sequence[CheckIn], history: History, framework: Framework | None, first: str | None
) -> ThenAndNow:
    """Compare a member's beginning with now. `checkins` are the newest first."""
    given = [
        (one.written_at, one.entry.confidence)
        for one in reversed(checkins)
        if one.entry.confidence is not None
    ]
    began = current_level(framework, (), initial=first).name if framework else None
    stage = current_level(framework, history, initial=first).name if framework else None
    return ThenAndNow(
        first_confidence=given[0] if given else None,
        last_confidence=given[-1] if len(given) > 1 else None,
        first_stage=began,
        stage=stage,
    )


async def people_to_thank(
    connection: AsyncConnection, member: Member, programme: Programme
) -> list[Member]:
    """Find everybody whom a member got to know in this programme, and the coordinators.

    Those of a group are left out as long as one of the two is still to be introduced to it.
    """
    workspace_id = member.workspace_id
    before = await seated.ended_known(
        connection, workspace_id, programme_id=programme.id, member_id=member.id
    )
    ids = {one for each in before for one in (each.mentee_id, each.mentor_id)}
    here = await seating_of(connection, workspace_id, member.id, programme=programme)
    for group, seats in here.groups:
        later = {*here.later[group.id]}
        if member.id not in later:
            ids |= seats.keys() - later
    found = await people.members(connection, workspace_id, ids=list(ids))
    every = {
        one.id: one
        for one in [
            *found,
            *await people.members(connection, workspace_id, roles=[Role.COORDINATOR]),
        ]
    }
    others = [one for one in every.values() if one.id != member.id and one.takes_part]
    return sorted(others, key=lambda one: (one.name.casefold(), one.id))


async def thank(
    connection: AsyncConnection,
    member: Member,
    programme: Programme,
    *,
    to: MemberId,
    text: str,
    now: datetime,
) -> Member:
    """Keep thanks for one person and tell them of it. Raises UserFacing for anybody else.

    Who blocked the giver hears and reads nothing, and the giver nothing of that: see `reaches`.
    """
    if not text:
        raise UserFacing("Write a few words: what did this person do for you?")
    if len(text) > MAX_CHARS:
        raise UserFacing(f"Please keep it under {MAX_CHARS:,} characters.")
    there = await people_to_thank(connection, member, programme)
    person = next((one for one in there if one.id == to), None)
    if person is None:
        raise UserFacing("This person is not in the programme any more. Choose somebody else.")
    await people.must_stay(connection, member.workspace_id, member.id, person.id)
    one = Thanks(
        id=ThanksId(new_id("note")),
        workspace_id=member.workspace_id,
        programme_id=programme.id,
        member_id=member.id,
        to_member_id=person.id,
        text=text,
        sent_at=now,
    )
    if not await store.add_thanks(connection, one):
        raise UserFacing(THANKED)
    await delivery.enqueue(
        connection,
        member.workspace_id,
        kind=THANKS,
        subject_id=one.id,
        recipient=person.slack_user_id,
        dedupe_key=f"{THANKS}:{one.id}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + USEFUL_FOR,
    )
    return person


async def take_back(
    connection: AsyncConnection, member: Member, thanks_id: ThanksId, *, now: datetime
) -> None:
    """Take back one's own thanks. Raises UserFacing for anybody else's, and once they were read."""
    one = await store.find_thanks(connection, member.workspace_id, thanks_id)
    if one is None or one.member_id != member.id:
        raise UserFacing(NOT_THERE)
    if not await store.take_back(connection, one):
        raise UserFacing("They have been read by now, so they cannot be taken back.")
    await delivery.withdraw(
        connection, member.workspace_id, subject_id=one.id, kind=THANKS, now=now
    )


async def reaches(connection: AsyncConnection, one: Thanks) -> bool:
    """Say whether thanks reach the person whom they are for: not from somebody they blocked.

    Raises WishesUnreadable.
    """
    blocked = await exclusions.blocks(connection, one.workspace_id)
    return one.member_id not in blocked.get(one.to_member_id, ())


async def read(
    connection: AsyncConnection, member: Member, thanks_id: ThanksId, *, now: datetime
) -> Thanks:
    """Read thanks as the one whom they are for.

    Raises UserFacing for anybody else, and for thanks of somebody they blocked; WishesUnreadable.
    """
    one = await store.find_thanks(connection, member.workspace_id, thanks_id)
    if one is None or one.to_member_id != member.id or not await reaches(connection, one):
        raise UserFacing(NOT_THERE)
    await store.note_read(connection, one, at=now)
    return one


def todos(
    member: Member, programme: Programme, *, has_looked_back: bool, now: datetime
) -> list[ToDo]:
    """Ask a mentee to look back once the week has come, until they did."""
    if has_looked_back or not member.is_mentee or not in_use(programme, Use.CLOSING, now):
        return []
    since = monday_of_week(programme, dict(programme.template.uses)[Use.CLOSING])
    return [
        ToDo(
            kind=ToDoKind.LOOK_BACK,
            weight=Weight.IS_DUE,
            since=datetime.combine(since, datetime.min.time(), tzinfo=now.tzinfo),
        )
    ]
