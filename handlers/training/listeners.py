"""Listing mentors' training for a coordinator, noting, correcting and taking back."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.use_cases import the_coordinator
from bot.training import store, use_cases
from bot.training.model import TrainingId
from handlers.blocks import View
from handlers.edge.answers import beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.training import views


def register(edge: Edge) -> None:
    """Add the listeners of mentors' training."""
    edge.action("training.open", on_open)
    edge.action("training.note", on_note)
    edge.view("training.form", on_form)
    edge.action("training.take_back", on_take_back)


async def on_open(call: Call, services: Services) -> None:
    """Show a coordinator a page of what is noted."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        view = await _page(connection, call, skipped=whole_number(call.value, most=100_000) or 0)
    await call.show(view)


async def _page(
    connection: AsyncConnection, call: Call, *, skipped: int = 0, said: str = ""
) -> View:
    noted = await store.trainings(connection, call.workspace_id)
    skipped = skipped if skipped < len(noted) else 0
    shown = noted[skipped : skipped + views.PAGE]
    ids = [one for each in shown for one in each.people]
    names = {
        one.id: one.name for one in await people.members(connection, call.workspace_id, ids=ids)
    }
    return views.page(shown, names, of=len(noted), skipped=skipped, said=said)


async def on_note(call: Call, services: Services) -> None:
    """Ask for a training, or for what is different about the one that was chosen."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        its = (connection, call.workspace_id)
        one = await use_cases.the_training(*its, TrainingId(call.value)) if call.value else None
        accounts = await people.accounts(*its) if one else {}
    there = [accounts[each] for each in one.people if each in accounts] if one else []
    await call.show(views.form(one, there))


async def on_form(call: Call, services: Services) -> None:
    """Keep who took part in which training on which day."""
    me, answers = await services.coordinator(call), call.answers
    with beside("name"):
        name = use_cases.check_name(answers.text("name") or "")
    with beside("day"):
        today = local_date(services.clock.now(), me.timezone)
        held_on = use_cases.check_day(answers.date("day"), today=today)
    with beside("people"):
        async with services.database.writing() as connection:
            its = (connection, call.workspace_id)
            who = await use_cases.mentors_among(*its, answers.people("people"))
            before = TrainingId(call.metadata) if call.metadata else None
            await use_cases.note(*its, name=name, held_on=held_on, who=who, instead_of=before)
            act = Act.MENTORS_TRAINED if before is None else Act.MENTORS_TRAINING_CORRECTED
            await services.record(connection, call, act, about=who, what=name)
            view = await _page(connection, call, said=views.SAVED)
    await call.ack_update(view)


async def on_take_back(call: Call, services: Services) -> None:
    """Delete a training that was noted by mistake."""
    async with services.database.writing() as connection:
        its = (connection, call.workspace_id)
        await the_coordinator(*its, call.slack_user_id)
        gone = await use_cases.take_back(*its, TrainingId(call.value or ""))
        about: list[MemberId] = list(gone.people)
        act = Act.MENTORS_TRAINING_TAKEN_BACK
        await services.record(connection, call, act, about=about, what=gone.name)
        view = await _page(connection, call, said=views.TAKEN_BACK)
    await call.show(view)
