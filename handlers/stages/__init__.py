"""Competency stages in Slack: what is sent about them, what Home shows and asks."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.kernel.ids import SlackUserId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.permissions import may_answer_claim
from bot.programme.model import Use
from bot.stages import rules, store
from bot.stages.changes import mentors_of
from bot.stages.model import read_subject
from bot.stages.store import todos
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, MessageType, ToDos, Viewer, groups_of
from handlers.edge.services import Services
from handlers.sending.messenger import Written
from handlers.stages import listeners, views


async def write_claimed(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write to a mentor about a claim; nothing once it is closed or they are no mentor."""
    member_id, number = read_subject(entry.subject_id)
    member = await people.member(connection, entry.workspace_id, member_id)
    seen = await listeners.look(services, connection, member)
    claim = rules.open_claim(seen.framework, seen.history) if seen else None
    if seen is None or claim is None or claim.number != number:
        return None
    if await listeners.alone_knows(connection, seen):
        return None
    mentors = await mentors_of(connection, entry.workspace_id, member_id)
    told = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if told is None or not may_answer_claim(mentors, claimant=member_id, by=told.id):
        return None
    return views.claimed(claim, name=seen.member.name)


async def write_answered(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write to a mentee about the answer to their claim."""
    member_id, number = read_subject(entry.subject_id)
    member = await people.member(connection, entry.workspace_id, member_id)
    if member is None or member.is_away(services.clock.now()):
        return None
    history = await store.history(connection, entry.workspace_id, member_id)
    event = next((each for each in history if each.number == number), None)
    if event is None:
        return None
    mentor = await people.member(connection, entry.workspace_id, event.by)
    return views.answered(event, mentor=mentor.name if mentor else "Your mentor")


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee their own stage."""
    member = viewer.member
    as_mentee = [each for each in await viewer.once(groups_of) if member.id in each.mentees]
    seen = await listeners.seen_in(viewer.services, viewer.connection, member, as_mentee)
    if seen is None:
        return []
    claim = rules.open_claim(seen.framework, seen.history)
    talk = rules.wants_talk(seen.history)
    now = {mentor for group in as_mentee for mentor in group.mentors}
    then = await listeners.readers_of(viewer.connection, seen, claim) if claim else now
    return views.home_mentee(
        seen.framework, seen.current, claim=claim, wants_talk=talk, has_new_mentor=not now <= then
    )


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show somebody who was a mentee the stage that they reached."""
    if viewer.programme is None or not viewer.member.is_mentee:
        return []
    framework = viewer.services.framework_of(viewer.programme)
    if framework is None:
        return []
    member = viewer.member
    history = await store.history(viewer.connection, member.workspace_id, member.id)
    return views.looking_back(
        framework, rules.current_level(framework, history, initial=member.stage)
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the claims that a mentor can answer."""
    groups, frameworks = await viewer.once(groups_of), viewer.services.catalogue.frameworks
    return await todos(viewer.connection, viewer.member, groups, frameworks=frameworks)


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True)

CAPABILITY = Capability(
    name="stages",
    optional=Use.STAGES,
    listeners=listeners.register,
    messages={
        MessageKind.STAGE_CLAIMED: MessageType(
            name="claim of a stage", write=write_claimed, policy=_MUST_ARRIVE
        ),
        MessageKind.STAGE_ANSWERED: MessageType(
            name="answer to a claim", write=write_answered, policy=_MUST_ARRIVE
        ),
    },
    home=home,
    looking_back=looking_back,
    todos=ToDos(find=find_todos, say={ToDoKind.ANSWER_CLAIM: views.answer_claim}),
    erase=store.erase,
)
