"""The messages of check-ins, written at the moment they are sent."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.model import CheckInId, ProgrammeSeat, Visibility, Writer
from bot.checkins.store import writer_of
from bot.delivery import store as delivery
from bot.delivery.model import Entry as OutboxEntry
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kernel.ports import Message
from bot.people import store as people
from bot.people.model import Member
from bot.schedule import choices
from bot.stages.changes import PROMPT
from bot.stages.model import Framework, Level
from bot.stages.rules import level_after
from handlers.checkins import form_views as views
from handlers.checkins import page_views as pages
from handlers.edge.services import Services


def framework_of(services: Services, framework_id: str) -> Framework:
    framework = services.catalogue.frameworks.get(framework_id)
    if framework is None:
        raise OperatorFacing(f"no framework {framework_id} in the catalogue", permanent=True)
    return framework


def stage_of(services: Services, who: Writer, place: ProgrammeSeat) -> Level:
    framework = framework_of(services, place.framework_id)
    return level_after(framework, place.moved_to, initial=who.initial_stage)


async def compose_prompt(
    services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """The prompt for a check-in; None once it was written, or for who is away or has left."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    slack_user_id = SlackUserId(entry.recipient)
    who = await writer_of(connection, entry.workspace_id, slack_user_id)
    place = rules.writing_seat(who) if who else None
    if member is None or who is None or place is None or member.is_away(services.clock.now()):
        return None
    written = await store.last_written(connection, entry.workspace_id, member_ids=[member.id])
    if (
        written.get(member.id, datetime.min.replace(tzinfo=entry.created_at.tzinfo))
        >= entry.created_at
    ):
        return None
    if rules.asks_about_rhythm(await _ignored(connection, member, written.get(member.id))):
        return views.ask_about_rhythm(member.name, kind=PROMPT)
    level = stage_of(services, who, place)
    asked = rules.prompts_for(level, member.id, turn=who.turn)
    return views.prompt(member.name, question=asked[0].prompt)


async def _ignored(connection: AsyncConnection, member: Member, written_at: datetime | None) -> int:
    """How many prompts came since the last check-in, or since the member chose their rhythm."""
    its = {"kind": PROMPT, "subject_id": member.id}
    _, chosen_at = await choices.choice_of(connection, member.workspace_id, **its)
    return await delivery.sent_since(
        connection,
        member.workspace_id,
        kind=PROMPT,
        recipient=member.slack_user_id,
        since=max((at for at in (written_at, chosen_at) if at), default=None),
    )


async def compose_shared(
    _services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """The message in the group's channel; None once it is deleted or shown to fewer people."""
    found = await store.find(connection, entry.workspace_id, CheckInId(entry.subject_id))
    if found is None or found.entry.visibility is not Visibility.GROUP:
        return None
    writer = await people.member(connection, entry.workspace_id, found.member_id)
    return pages.shared(found, name=writer.name) if writer else None
