"""Competency stages on the Home tab: claim one, answer a claim, withdraw it, step back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import ONLY_MENTORS, may_answer_claim
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, groups_of_mentee
from bot.programme.model import Programme
from bot.stages import changes, rules, store
from bot.stages.changes import StageHistory
from bot.stages.model import Framework, History, Level, read_subject
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.stages import views


def register(edge: Edge) -> None:
    """The listeners of stages."""
    edge.action("stage.claim", open_claim)
    edge.view("stage.claim_form", on_claim)
    edge.action("stage.withdraw", on_withdraw)
    edge.action("stage.back", open_back)
    edge.view("stage.back_form", on_back)
    edge.action("stage.read", on_read)
    edge.action("stage.confirm", on_confirm)
    edge.action("stage.talk", open_talk)
    edge.view("stage.talk_form", on_talk)


@dataclass(frozen=True, slots=True)
class Seen:
    """A mentee with their programme and everything about their stage."""

    member: Member
    programme: Programme
    framework: Framework
    history: History

    @property
    def way(self) -> StageHistory:
        return StageHistory(
            member_id=self.member.id, framework=self.framework, initial=self.member.stage
        )

    @property
    def current(self) -> Level:
        return rules.current_level(self.framework, self.history, initial=self.member.stage)


async def look(
    services: Services, connection: AsyncConnection, member: Member | None
) -> Seen | None:
    """The mentee as seen in the first of their groups; None for who is in none."""
    if member is None:
        return None
    circles = await groups_of_mentee(connection, member.workspace_id, member.id)
    return await seen_in(services, connection, member, circles)


async def seen_in(
    services: Services, connection: AsyncConnection, member: Member, circles: Sequence[GroupMembers]
) -> Seen | None:
    if not circles:
        return None
    programme = await programmes.programme(connection, member.workspace_id, circles[0].programme_id)
    if programme is None:
        return None
    framework = services.catalogue.frameworks.get(programme.framework_id)
    if framework is None:
        raise OperatorFacing(f"no framework {programme.framework_id}", permanent=True)
    history = await store.history(connection, member.workspace_id, member.id)
    return Seen(member, programme, framework, history)


async def _own(call: Call, services: Services) -> Seen:
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        seen = await look(services, connection, member)
    if seen is None:
        raise UserFacing("Stages are for mentees in a mentoring group. You are not in one now.")
    return seen


async def open_claim(call: Call, services: Services) -> None:
    """Open the form for a claim."""
    seen = await _own(call, services)
    levels = rules.levels_to_claim(seen.way.framework, seen.current)
    if not levels:
        raise UserFacing(f"You are at {seen.current.name}, the last stage there is.")
    contact = seen.programme.crisis_contact
    await call.open(views.claim_form(levels, crisis_contact=contact, metadata=""))


async def on_claim(call: Call, services: Services) -> None:
    """Make the claim and tell the mentors."""
    seen = await _own(call, services)
    evidence = call.answers.text("evidence")
    if not evidence:
        await call.ack_errors({"evidence": "Describe in a sentence or two what shows it."})
        return
    async with services.database.writing() as connection:
        event = await changes.claim(
            connection,
            call.workspace_id,
            way=seen.way,
            to_level=call.answers.choice("level") or "",
            evidence=evidence,
            now=services.clock.now(),
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
        await changes.withdraw(
            connection,
            call.workspace_id,
            way=seen.way,
            claim_number=number,
            now=services.clock.now(),
        )
    await services.refresh_home(call)


async def open_back(call: Call, services: Services) -> None:
    """Open the form for a step back."""
    seen = await _own(call, services)
    levels = rules.levels_to_step_back_to(seen.way.framework, seen.current)
    if not levels:
        raise UserFacing(f"You are at {seen.current.name}, the first stage there is.")
    await call.open(views.back_form(levels, metadata=""))


async def on_back(call: Call, services: Services) -> None:
    """Step back, at once."""
    seen = await _own(call, services)
    async with services.database.writing() as connection:
        event = await changes.step_back(
            connection,
            call.workspace_id,
            way=seen.way,
            programme=seen.programme,
            to_level=call.answers.choice("level") or "",
            now=services.clock.now(),
        )
    await call.ack_update(views.done(f"You are at {event.to_level} now. Take the time you need."))
    await services.refresh_home(call)


async def on_read(call: Call, services: Services) -> None:
    """Show a mentor a claim with its evidence, and the buttons to answer it."""
    _, seen, number = await _claimant(call, services, call.value)
    claim = rules.check_answer(seen.way.framework, seen.history, claim_number=number)
    wants_talk = rules.wants_talk(seen.history)
    await call.open(views.claim_view(views.OpenClaim(seen.member.name, claim, wants_talk)))


async def on_confirm(call: Call, services: Services) -> None:
    """A mentor confirms a claim with one press."""
    mentor, seen, number = await _claimant(call, services, call.value)
    async with services.database.writing() as connection:
        event = await changes.answer(
            connection,
            call.workspace_id,
            way=seen.way,
            programme=seen.programme,
            claim_number=number,
            confirm=True,
            note="",
            by=mentor.id,
            now=services.clock.now(),
        )
    services.wake()
    sentence = f"Confirmed: {seen.member.name} is at {event.to_level} now. They get a message."
    if call.view_type == "modal":
        await call.update(views.done(sentence))
    elif call.message_ts:
        await call.replace(views.plain_message(sentence))
    await services.refresh_home(call)


async def open_talk(call: Call, services: Services) -> None:
    """Open the form in which a mentor asks to talk first."""
    _, seen, number = await _claimant(call, services, call.value)
    claim = rules.check_answer(seen.way.framework, seen.history, claim_number=number)
    await call.open(
        views.talk_form(
            seen.member.name,
            claim.to_level,
            crisis_contact=seen.programme.crisis_contact,
            metadata=call.value or "",
        )
    )


async def on_talk(call: Call, services: Services) -> None:
    """Tell the mentee that their mentor would like to talk first."""
    mentor, seen, number = await _claimant(call, services, call.metadata)
    async with services.database.writing() as connection:
        await changes.answer(
            connection,
            call.workspace_id,
            way=seen.way,
            programme=seen.programme,
            claim_number=number,
            confirm=False,
            note=call.answers.text("note") or "",
            by=mentor.id,
            now=services.clock.now(),
        )
    services.wake()
    await call.ack_update(
        views.done(f"{seen.member.name} gets a message that you would like to talk first.")
    )
    await services.refresh_home(call)


async def _claimant(call: Call, services: Services, value: str | None) -> tuple[Member, Seen, int]:
    """The mentor who answers, the mentee who claims, and the claim's number."""
    member_id, number = _claim_in(value)
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        mentors = await changes.mentors_of(connection, call.workspace_id, member_id)
        if not may_answer_claim(mentors, claimant=member_id, by=mentor.id):
            raise UserFacing(ONLY_MENTORS)
        member = await people.member(connection, call.workspace_id, member_id)
        seen = await look(services, connection, member)
    if seen is None:
        raise UserFacing("This mentee is not in a mentoring group any more.")
    return mentor, seen, number


def _claim_in(value: str | None) -> tuple[MemberId, int]:
    try:
        return read_subject(value or "")
    except ValueError:
        raise UserFacing("This claim is not open any more. Open the Home tab to see it.") from None
