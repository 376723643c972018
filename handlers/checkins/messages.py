"""Write the messages about check-ins, at the moment they are sent."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import prompts, rules, store
from bot.checkins.replies import reply_by
from bot.checkins.rules import Came, CheckInId, ProgrammeSeat, Visibility, Writer
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Entry
from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId, SlackUserId
from bot.kernel.ports import Message
from bot.kernel.words import day_and_month
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.schedule import choices
from bot.stages.changes import PROMPT
from bot.stages.rules import level_after
from handlers.checkins import page_views, reply_views, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


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
    if prompts.asks_about_rhythm(await _ignored(connection, member, who, written_at)):
        return views.ask_about_rhythm(member.name, kind=PROMPT)
    return prompt_of(services, who, seat, name=member.name)


def prompt_of(services: Services, who: Writer, seat: ProgrammeSeat, *, name: str) -> Message:
    """Write the prompt as it is now: with the question that begins the form behind its button."""
    framework = services.framework(seat.framework_id)
    level = level_after(framework, seat.moved_to, initial=who.initial_stage)
    ask, asked = prompts.current_ask(who, framework, level, now=services.clock.now())
    return views.prompt(name, question=asked[0].prompt, number=ask.number)


async def _ignored(
    connection: AsyncConnection, member: Member, who: Writer, written_at: datetime | None
) -> int:
    """Count the prompts since the last check-in, or since the member skipped or chose a rhythm."""
    its = {"kind": PROMPT, "subject_id": member.id}
    _, chosen_at = await choices.choice_of(connection, member.workspace_id, **its)
    skipped_at = next((ask.at for ask in reversed(who.asks) if ask.came is Came.SKIPPED), None)
    since = max((at for at in (written_at, chosen_at, skipped_at) if at), default=None)
    sent = await delivery.sent_since(
        connection,
        member.workspace_id,
        kind=PROMPT,
        recipient=member.slack_user_id,
        since=since,
    )
    return max(0, sent - 1) if since is not None and since == skipped_at else sent


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


async def write_replied(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell the writer of a check-in that a mentor wrote back; nothing once they have read it.

    Nothing from a mentor whom they have blocked since.
    """
    checkin_id, _colon, mentor_id = entry.subject_id.partition(":")
    found = await store.find(connection, entry.workspace_id, CheckInId(checkin_id))
    mentor = await people.member(connection, entry.workspace_id, MemberId(mentor_id))
    if found is None or mentor is None:
        return None
    its_reply = await reply_by(connection, mentor, found.id)
    writer = await people.member(connection, entry.workspace_id, found.member_id)
    if its_reply is None or its_reply.seen_at is not None or writer is None:
        return None
    if mentor.id in (await exclusions.blocks(connection, entry.workspace_id)).get(writer.id, ()):
        return None
    on = day_and_month(local_date(found.written_at, writer.timezone))
    return reply_views.replied_to(mentor.name, found.id, on)
