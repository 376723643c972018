"""Competency stages in Slack: what is sent about them, what Home shows and asks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.kernel.ids import SlackUserId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.permissions import may_answer_claim
from bot.programme.groups import GroupMembers
from bot.programme.model import Use
from bot.stages import rules, store, todos
from bot.stages.changes import MenteeStage, mentors_of
from bot.stages.model import read_subject
from bot.todos import ToDo
from handlers.blocks import AgendaLine, Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer, groups_of
from handlers.edge.services import Services
from handlers.member_reading import mentored
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


async def _groups_as_mentee(viewer: Viewer) -> list[GroupMembers]:
    groups = await viewer.once(groups_of)
    return [one for one in groups if viewer.member.id in one.mentees]


async def _seen(viewer: Viewer) -> MenteeStage | None:
    groups = await _groups_as_mentee(viewer)
    its = (viewer.services, viewer.connection, viewer.member, groups)
    return await listeners.seen_in(*its, own=viewer.programme)


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee their own path."""
    seen = await viewer.once(_seen)
    if seen is None:
        return []
    claim = rules.open_claim(seen.framework, seen.history)
    now = {mentor for group in await _groups_as_mentee(viewer) for mentor in group.mentors}
    then = await listeners.readers_of(viewer.connection, seen, claim) if claim else now
    return views.home_mentee(
        seen.framework,
        seen.current,
        claim=claim,
        wants_talk=rules.wants_talk(seen.history),
        has_new_mentor=not now <= then,
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


async def _claims(viewer: Viewer, groups: Sequence[GroupMembers]) -> list[ToDo]:
    frameworks = viewer.services.catalogue.frameworks
    theirs = await viewer.once(mentored)
    return todos.of_mentor(
        viewer.member,
        groups,
        mentees=theirs.members,
        histories=theirs.histories,
        framework_of={
            one.id: frameworks[one.framework_id]
            for one in theirs.running.values()
            if one.framework_id in frameworks
        },
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the claims that wait for a mentor, with their mentee, or for one who is away.

    What costs a look of its own is read where it is wanted.
    """
    connection, member, now = viewer.connection, viewer.member, viewer.now
    frameworks = viewer.services.catalogue.frameworks
    found = await _claims(viewer, await viewer.once(groups_of))
    seen = await viewer.once(_seen) if viewer.wants(ToDoKind.TALK_ABOUT_CLAIM) else None
    if seen is not None:
        found += todos.of_mentee(seen, now=now)
    if viewer.programme is not None and viewer.wants(ToDoKind.CLAIM_UNANSWERED):
        framework = frameworks.get(viewer.programme.framework_id)
        found += await todos.of_coordinator(
            connection, member, viewer.programme, framework=framework, now=now
        )
    return found


async def agenda(viewer: Viewer, group: GroupMembers, _since: datetime | None) -> list[AgendaLine]:
    """List the claims that wait in a group, and a question to try for each stage in it."""
    claims = await _claims(viewer, [group])
    waiting = [views.claim_to_talk_about(one) for one in claims]
    programme = viewer.programme
    framework = viewer.services.framework_of(programme) if programme else None
    if framework is None:
        return waiting
    its = (viewer.connection, viewer.member.workspace_id)
    histories = await store.histories(*its, member_ids=group.mentees)
    at: dict[str, list[str]] = {}
    for one in await people.members(*its, ids=list(group.mentees)):
        if not one.is_away(viewer.now):
            level = rules.current_level(framework, histories[one.id], initial=one.stage)
            at.setdefault(level.name, []).append(one.name)
    week = viewer.now.toordinal() // 7
    return waiting + [
        views.question_to_try(level, sorted(at[level.name]), week=week)
        for level in framework.levels
        if level.name in at and level.mentor_questions
    ]


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
    home={HomeSection.PATH: home},
    looking_back={HomeSection.PATH: looking_back},
    privacy="*Path:* you and the mentors of your group.",
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.ANSWER_CLAIM: views.answer_claim,
            ToDoKind.TALK_ABOUT_CLAIM: views.talk_about_claim,
            ToDoKind.CLAIM_UNANSWERED: views.claim_unanswered,
        },
    ),
    agenda=agenda,
    erase=store.erase,
)
