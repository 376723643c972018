"""Competency stages on the Home tab: claim one, answer a claim, withdraw it, step back."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import is_private
from bot.groups.store import pairings
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import ONLY_MENTORS, may_answer_claim, may_read_shared
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, groups_of_mentee
from bot.programme.model import Programme
from bot.stages import changes, rules, store
from bot.stages.changes import MenteeStage
from bot.stages.model import StageEvent
from handlers.blocks import View
from handlers.edge.answers import WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again
from handlers.stages import form_views, views


def register(edge: Edge) -> None:
    """Add the listeners of stages."""
    edge.action("stage.claim", open_claim)
    edge.action("stage.again", open_again)
    edge.view("stage.claim_form", on_claim)
    edge.action("stage.withdraw", on_withdraw)
    edge.action("stage.share_again", on_share_again)
    edge.action("stage.back", open_back)
    edge.view("stage.back_form", on_back)
    edge.action("stage.read", on_read)
    edge.action("stage.answer", on_read_answer)
    edge.action("stage.confirm", on_confirm)
    edge.action("stage.talk", open_talk)
    edge.view("stage.talk_form", on_talk)
    replace(edge, guard=None).action("stage.history", on_history)


async def look(
    services: Services, connection: AsyncConnection, member: Member | None
) -> MenteeStage | None:
    """Read the mentee as seen in the first of their groups; None for nobody's mentee."""
    if member is None:
        return None
    groups = await groups_of_mentee(connection, member.workspace_id, member.id)
    return await seen_in(services, connection, member, groups)


async def seen_in(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    groups: Sequence[GroupMembers],
    *,
    own: Programme | None = None,
) -> MenteeStage | None:
    """Read a mentee as seen in these groups; one who waits for a seat, in their programme.

    `own` is the programme that they are in, where that is at hand.
    """
    its = (connection, member.workspace_id)
    if groups and own is not None and groups[0].programme_id == own.id:
        programme: Programme | None = own
    elif groups:
        programme = await programmes.programme(*its, groups[0].programme_id)
    else:
        programme = await programmes.programme_of(*its, member.id) if member.is_mentee else None
    if programme is None:
        return None
    framework = services.framework(programme.framework_id)
    history = await store.history(*its, member.id)
    return MenteeStage(member, programme, framework, history)


async def _own(call: Call, services: Services, *, for_mentors_to_read: bool = False) -> MenteeStage:
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        seen = await look(services, connection, member)
        if seen is None:
            raise UserFacing("Stages are for mentees in a running programme. You are not one now.")
        if for_mentors_to_read and await alone_knows(connection, seen):
            raise UserFacing(views.NOT_INTRODUCED)
    return seen


async def alone_knows(connection: AsyncConnection, seen: MenteeStage) -> bool:
    """Say whether a mentee alone knows of their seat yet: a claim would name them to mentors."""
    member = seen.member
    return await is_private(connection, member.workspace_id, seen.programme.id, member.id)


async def open_claim(call: Call, services: Services) -> None:
    """Open the form for a claim."""
    seen = await _own(call, services, for_mentors_to_read=True)
    await call.open(_claim_form(seen))


async def open_again(call: Call, services: Services) -> None:
    """Open the form for one's claim, filled in as before, once a mentor asked to talk about it."""
    seen = await _own(call, services, for_mentors_to_read=True)
    _, number = _claim_in(call.value)
    before = rules.check_answer(seen.framework, seen.history, claim_number=number)
    draft = form_views.ClaimDraft(before.to_level, before.met, before.note)
    await call.show(_claim_form(seen, draft))


def _claim_form(seen: MenteeStage, draft: form_views.ClaimDraft | None = None) -> View:
    levels = rules.levels_to_claim(seen.framework, seen.current)
    if not levels:
        raise UserFacing(f"You are at {seen.current.name}, the last stage there is.")
    return form_views.claim_form(
        seen.current,
        levels,
        crisis_contact=seen.programme.crisis_contact,
        draft=draft or form_views.ClaimDraft(),
    )


async def on_claim(call: Call, services: Services) -> None:
    """Make the claim and tell the mentors; look again where it may name a patient."""
    seen = await _own(call, services, for_mentors_to_read=True)
    evidence, level = call.answers.text("evidence"), call.answers.choice("level") or ""
    if not evidence:
        raise WrongAnswer(evidence="Describe in a sentence or two what shows it.")
    asked, ticked = seen.current.exit_criteria, call.answers.choices("met")
    met = tuple(one for number, one in enumerate(asked) if str(number) in ticked)
    if await asked_again(call, evidence):
        return
    now = services.clock.now()
    async with services.database.writing() as connection:
        event = await changes.claim(
            connection, seen, to_level=level, evidence=evidence, met=met, now=now
        )
    services.wake()
    await call.ack_update(
        views.done(
            f"Your claim for {event.to_level} is on its way to your mentor. They confirm it or ask "
            "to talk first; you will get a message either way."
        )
    )
    await services.refresh_home(call)


async def on_withdraw(call: Call, services: Services) -> None:
    """Take one's own claim back."""
    seen = await _own(call, services)
    _, number = _claim_in(call.value)
    async with services.database.writing() as connection:
        await changes.withdraw(connection, seen, claim_number=number, now=services.clock.now())
    if call.view_type == "modal":
        await call.update(views.done("Your claim is taken back. You can claim at any time."))
    await services.refresh_home(call)


async def on_share_again(call: Call, services: Services) -> None:
    """Show the evidence for one's claim to the mentors of now."""
    seen = await _own(call, services, for_mentors_to_read=True)
    _, number = _claim_in(call.value)
    async with services.database.writing() as connection:
        await changes.share_again(connection, seen, claim_number=number, now=services.clock.now())
    services.wake()
    await services.refresh_home(call)


async def open_back(call: Call, services: Services) -> None:
    """Open the form for a step back."""
    seen = await _own(call, services)
    levels = rules.levels_to_step_back_to(seen.framework, seen.current)
    if not levels:
        raise UserFacing(f"You are at {seen.current.name}, the first stage there is.")
    await call.show(form_views.back_form(levels))


async def on_back(call: Call, services: Services) -> None:
    """Step back, at once."""
    seen = await _own(call, services)
    level, now = call.answers.choice("level") or "", services.clock.now()
    async with services.database.writing() as connection:
        event = await changes.step_back(connection, seen, to_level=level, now=now)
    await call.ack_update(views.done(f"You are at {event.to_level} now. Take the time you need."))
    await services.refresh_home(call)


async def on_read(call: Call, services: Services) -> None:
    """Show a mentor a claim, with its evidence if it was for them, and the buttons to answer it."""
    mentor, seen, number = await _claimant(call, services, call.value)
    claim = rules.check_answer(seen.framework, seen.history, claim_number=number)
    async with services.database.reading() as connection:
        readers = await readers_of(connection, seen, claim)
        blocks = await exclusions.blocks(connection, call.workspace_id)
    readers -= blocks.get(seen.member.id, frozenset())
    opened = views.OpenClaim(
        seen.member.name,
        claim,
        rules.wants_talk(seen.history),
        is_theirs=may_read_shared(mentor, sits_there=True, was_addressed=mentor.id in readers),
        asked=len(seen.current.exit_criteria),
        passed_over=rules.passed_over(seen.framework, claim),
    )
    await call.open(views.claim_view(opened))


async def readers_of(
    connection: AsyncConnection, seen: MenteeStage, claim: StageEvent
) -> frozenset[MemberId]:
    """Find for whom the evidence was written: who mentored the mentee when they made the claim."""
    found = await pairings(
        connection,
        seen.member.workspace_id,
        seen.programme.id,
        with_ended=True,
        mentee_id=seen.member.id,
    )
    return frozenset(one.mentor_id for one in found if one.addressed_at(claim.at))


async def on_read_answer(call: Call, services: Services) -> None:
    """Show a mentee what their mentor wrote to the answer, as long as it is there."""
    member_id, number = _claim_in(call.value)
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        seen = await look(services, connection, member)
        history = await store.history(connection, call.workspace_id, member.id)
    is_own = member.id == member_id
    event = next((one for one in history if is_own and one.number == number), None)
    waits = seen is not None and event is not None and rules.wants_talk(history[:number])
    claim = rules.open_claim(seen.framework, history) if seen and waits else None
    is_last = event is not None and event == history[-1]
    await call.show(views.answer_view(event, claim=claim if is_last else None))


async def on_history(call: Call, services: Services) -> None:
    """Show one's own history."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        history = await store.history(connection, call.workspace_id, member.id)
        ids = {one.by for one in history}
        found = await people.members(connection, call.workspace_id, ids=ids)
        seen = await look(services, connection, member)
    names = {one.id: one.name for one in found}
    now = services.clock.now()
    path = views.path(seen.framework, seen.current) if seen and seen.uses_stages(now) else ()
    await call.show(views.history_view(history, names, tz=member.timezone, path=path))


async def on_confirm(call: Call, services: Services) -> None:
    """Confirm a claim for a mentor, with one press."""
    seen, event = await _answer(call, services, call.value, confirm=True)
    sentence = f"Confirmed: {seen.member.name} is at {event.to_level} now. They get a message."
    await call.say(sentence, title="Saved")
    await services.refresh_home(call)


async def open_talk(call: Call, services: Services) -> None:
    """Open the form in which a mentor asks to talk first."""
    value = call.value or ""
    _, seen, number = await _claimant(call, services, value)
    claim = rules.check_answer(seen.framework, seen.history, claim_number=number)
    form = form_views.talk_form(
        seen.member.name,
        claim.to_level,
        crisis_contact=seen.programme.crisis_contact,
        metadata=value,
    )
    await call.show(form)


async def on_talk(call: Call, services: Services) -> None:
    """Tell the mentee that their mentor would like to talk first."""
    note = call.answers.text("note") or ""
    if await asked_again(call, note):
        return
    seen, _ = await _answer(call, services, call.metadata, confirm=False, note=note)
    await call.ack_update(
        views.done(
            f"{seen.member.name} gets a message that you would like to talk first. Their claim "
            "waits with them until they send it again."
        )
    )
    await services.refresh_home(call)


async def _answer(
    call: Call, services: Services, value: str | None, *, confirm: bool, note: str = ""
) -> tuple[MenteeStage, StageEvent]:
    """Answer a claim for a mentor: the mentee as they were, and what is on record now."""
    mentor, seen, number = await _claimant(call, services, value)
    async with services.database.writing() as connection:
        event = await changes.answer(
            connection,
            seen,
            claim_number=number,
            confirm=confirm,
            note=note,
            by=mentor.id,
            now=services.clock.now(),
        )
    services.wake()
    return seen, event


async def _claimant(
    call: Call, services: Services, value: str | None
) -> tuple[Member, MenteeStage, int]:
    """Read the mentor who answers, the mentee who claims, and the claim's number."""
    member_id, number = _claim_in(value)
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        mentors = await changes.mentors_of(connection, call.workspace_id, member_id)
        if not may_answer_claim(mentors, claimant=member_id, by=mentor.id):
            raise UserFacing(ONLY_MENTORS)
        member = await people.member(connection, call.workspace_id, member_id)
        seen = await look(services, connection, member)
        if seen is not None and await alone_knows(connection, seen):
            raise UserFacing(ONLY_MENTORS)
    if seen is None:
        raise UserFacing("This mentee is not in a mentoring group any more.")
    return mentor, seen, number


def _claim_in(value: str | None) -> tuple[MemberId, int]:
    member_id, _, number = (value or "").rpartition(":")
    found = whole_number(number)
    if found is None:
        raise UserFacing("This claim is not open any more. Open the Home tab to see it.")
    return MemberId(member_id), found
