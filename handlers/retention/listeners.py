"""Changing how long a programme keeps what it knows, and postponing once."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import ProgrammeId
from bot.people.use_cases import the_coordinator
from bot.programme.use_cases import the_programme
from bot.retention import store, use_cases
from bot.retention.model import LONGEST_DAYS
from handlers.blocks import View
from handlers.edge.answers import Answers, WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.retention import views


def register(edge: Edge) -> None:
    """Add the listeners of retention."""
    edge.action("retention.open", on_open)
    edge.view("retention.form", on_form)
    edge.action("retention.postpone", on_postpone)


async def on_open(call: Call, services: Services) -> None:
    """Show a coordinator the plan, to change before the end, to look at after it."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        view = await _page(connection, call, ProgrammeId(call.value or ""))
    await call.show(view)


async def _page(connection: AsyncConnection, call: Call, programme_id: ProgrammeId) -> View:
    programme = await the_programme(connection, call.workspace_id, programme_id)
    return views.page(programme, await store.plan_of(connection, programme))


async def on_form(call: Call, services: Services) -> None:
    """Keep how many days words and names stay, and how long before everybody is told."""
    asking, answers = await services.coordinator(call), call.answers
    days = tuple(_days(answers, one) for one in views.FIELDS)
    with beside(views.FIELDS[0]):
        async with services.database.writing() as connection:
            await use_cases.change(
                connection,
                call.workspace_id,
                ProgrammeId(call.metadata),
                days=(days[0], days[1], days[2]),
                by=asking.id,
                now=services.clock.now(),
            )
    await call.ack_update(views.saved())


def _days(answers: Answers, block_id: str) -> int:
    found = whole_number(answers.text(block_id), most=LONGEST_DAYS)
    if found is None:
        sentence = f"Write a whole number of days, {LONGEST_DAYS:,} at most."
        raise WrongAnswer(**{block_id: sentence})
    return found


async def on_postpone(call: Call, services: Services) -> None:
    """Let everything stay a month longer, once."""
    asking, programme_id = await services.coordinator(call), ProgrammeId(call.value or "")
    async with services.database.writing() as connection:
        plan = await use_cases.postpone(
            connection,
            call.workspace_id,
            programme_id,
            by=asking.id,
            now=services.clock.now(),
        )
    await call.say(views.postponed(plan), title=views.TITLE)
