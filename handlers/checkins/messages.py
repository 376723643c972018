"""Write the messages about check-ins, at the moment they are sent."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.rules import CheckInId, ProgrammeSeat, Visibility, Writer
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Entry
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.schedule import choices
from bot.stages.changes import PROMPT
from bot.stages.model import Level
from bot.stages.rules import level_after
from handlers.checkins import page_views, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


def stage_of(services: Services, who: Writer, seat: ProgrammeSeat) -> Level:
    """Find the stage at which a mentee writes."""
    framework = services.framework(seat.framework_id)
    return level_after(framework, seat.moved_to, initial=who.initial_stage)


async def write_prompt(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask for a check-in; nothing once it is written, or to a member who is away or has left."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    slack_user_id = SlackUserId(entry.recipient)
    who = await writer_of(connection, entry.workspace_id, slack_user_id)
    seat = rules.writing_seat(who) if who else None
    if member is None or who is None or seat is None or member.is_away(services.clock.now()):
        return None
    found = await store.last_written(connection, entry.workspace_id, member_ids=[member.id])
    written_at = found.get(member.id)
    if written_at is not None and written_at >= entry.created_at:
        return None
    if rules.asks_about_rhythm(await _ignored(connection, member, written_at)):
        return views.ask_about_rhythm(member.name, kind=PROMPT)
    level = stage_of(services, who, seat)
    asked = rules.prompts_for(level, member.id, turn=who.turn)
    return views.prompt(member.name, question=asked[0].prompt)


async def _ignored(connection: AsyncConnection, member: Member, written_at: datetime | None) -> int:
    """Count the prompts since the last check-in, or since the member chose their rhythm."""
    its = {"kind": PROMPT, "subject_id": member.id}
    _, chosen_at = await choices.choice_of(connection, member.workspace_id, **its)
    return await delivery.sent_since(
        connection,
        member.workspace_id,
        kind=PROMPT,
        recipient=member.slack_user_id,
        since=max((at for at in (written_at, chosen_at) if at), default=None),
    )


async def write_shared(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a group of a check-in; nothing once it is deleted, shown to fewer people, or its
    writer has no seat there."""
    found = await store.find(connection, entry.workspace_id, CheckInId(entry.subject_id))
    if found is None or found.entry.visibility is not Visibility.GROUP:
        return None
    group = await programmes.group_of(
        connection, entry.workspace_id, found.programme_id, found.member_id
    )
    if group is None or group.id != found.group_id:
        return None
    writer = await people.member(connection, entry.workspace_id, found.member_id)
    return page_views.shared(found, name=writer.name) if writer else None
