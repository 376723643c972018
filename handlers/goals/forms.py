"""The forms of goals: what opens them, and what is kept of them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.goals import rules, use_cases
from bot.goals.disclosure import readers_now
from bot.goals.model import Goal, GoalDomain, GoalDraft, GoalId, SeenGoal, read_seen
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme.model import Programme
from bot.stages.changes import mentors_of
from handlers.edge.answers import Answers, WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.goals import form_views, views
from handlers.patient_details import asked_again

NEW = "new|"
"""The beginning of what the form of a new goal carries: whom it speaks of as the mentor."""
OLD_FORM = "This form is from an earlier version. Copy your text, close it and open it again."


def register(edge: Edge) -> None:
    """Add the listeners of forms."""
    edge.action("goal.new", open_new)
    edge.action("goal.change", open_change)
    edge.view("goal.form", on_form)
    edge.action("goal.step", open_step)
    edge.view("goal.step_form", on_step)


async def open_new(call: Call, services: Services) -> None:
    """Open the form for a new goal, or say why there is no space for one."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_of_mentee(connection, member)
        rules.check_space(await use_cases.goals_of(connection, member))
        can_share = await use_cases.can_share(connection, member, programme)
        mentors = await mentors_of(connection, call.workspace_id, member.id)
    await call.open(
        form_views.form(
            can_share=can_share,
            crisis_contact=programme.crisis_contact,
            metadata=NEW + ",".join(sorted(mentors)),
        )
    )


async def open_change(call: Call, services: Services) -> None:
    """Open the form in which one's own goal is worded anew."""
    goal, programme = await _open_goal(call, services, GoalId(call.value or ""))
    await call.show(
        form_views.form(
            goal.draft,
            confidence=goal.confidences[-1] if goal.confidences else None,
            crisis_contact=programme.crisis_contact,
            metadata=goal.seen.pack(),
        )
    )


async def _open_goal(call: Call, services: Services, goal_id: GoalId) -> tuple[Goal, Programme]:
    """Read one's own open goal, and the programme in which one is a mentee."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_of_mentee(connection, member)
        return await use_cases.own_open(connection, member, goal_id), programme


async def on_form(call: Call, services: Services) -> None:
    """Keep a new goal, or other words for one."""
    draft, confidence, now = read_draft(call.answers), _confidence(call), services.clock.now()
    if await asked_again(call, draft.title, draft.next_step):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        if not call.metadata.startswith(NEW):
            shown = _seen_in(call)
            goal = await use_cases.change_goal(
                connection, member, shown, draft, confidence=confidence, now=now
            )
        else:
            with beside("due_on"):
                rules.check_day(draft.due_on, today=local_date(now, member.timezone))
            goal = await use_cases.set_goal(
                connection,
                member,
                draft,
                confidence=confidence,
                share_with=_chosen_readers(call),
                form_key=call.form_key,
                now=now,
            )
    await show_changed(call, services, member, goal, "Saved.")


def _chosen_readers(call: Call) -> list[MemberId] | None:
    """Read whom the form of a new goal spoke of as the mentor; None for its author alone."""
    if call.answers.choice("share") != "mentor":
        return None
    return [MemberId(one) for one in call.metadata.removeprefix(NEW).split(",") if one]


def _seen_in(call: Call) -> SeenGoal:
    """Read what a form showed of a goal. Raises UserFacing for anything else."""
    try:
        return read_seen(call.metadata)
    except ValueError:
        raise UserFacing(OLD_FORM) from None


def read_draft(answers: Answers) -> GoalDraft:
    """Read a goal as it was filled in. Raises WrongAnswer for what is missing or too long."""
    title, next_step = answers.text("title"), answers.text("next_step")
    domain, due_on = answers.choice_of("domain", GoalDomain), answers.date("due_on")
    missing = {
        "title": None if title else "Say in a sentence what will be different.",
        "next_step": None if next_step else "Name one small thing that you can do next.",
        "domain": None if domain else "Choose what it is about.",
        "due_on": None if due_on else "Choose a day.",
    }
    if not (title and next_step and domain and due_on):
        raise WrongAnswer(**{block: said for block, said in missing.items() if said})
    importance = whole_number(answers.choice("importance"), most=rules.MOST_IMPORTANCE)
    return GoalDraft(
        title=title,
        next_step=next_step,
        domain=domain,
        due_on=due_on,
        importance=importance or None,
    )


def _confidence(call: Call) -> int | None:
    return whole_number(call.answers.choice("confidence"), most=rules.MOST_CONFIDENCE)


async def open_step(call: Call, services: Services) -> None:
    """Open the form for the step after the one that is done."""
    goal, programme = await _open_goal(call, services, GoalId(call.value or ""))
    await call.show(form_views.step_form(goal, crisis_contact=programme.crisis_contact))


async def on_step(call: Call, services: Services) -> None:
    """Note that the step is done, and put the next in its place."""
    step, confidence, now = call.answers.text("next_step"), _confidence(call), services.clock.now()
    shown = _seen_in(call)
    if not step:
        raise WrongAnswer(next_step="Name one small thing that you can do next.")
    if await asked_again(call, step):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal = await use_cases.take_step(
            connection, member, shown, step, confidence=confidence, now=now
        )
    await show_changed(call, services, member, goal, "Saved: one step further.")


async def readers_of(connection: AsyncConnection, goal: Goal) -> views.GoalReaders:
    """Count who may read a goal at this moment."""
    return views.GoalReaders(*await readers_now(connection, goal))


async def show_changed(
    call: Call, services: Services, member: Member, goal: Goal, note: str
) -> None:
    """Show one's own goal as it is now, and Home with it."""
    async with services.database.reading() as connection:
        readers = await readers_of(connection, goal)
    today = local_date(services.clock.now(), member.timezone)
    view = views.own_goal(goal, readers, tz=member.timezone, today=today, note=note)
    await (call.ack_update(view) if call.is_submission else call.show(view))
    await services.refresh_home(call)
