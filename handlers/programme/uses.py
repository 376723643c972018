"""Choosing what a programme uses, before the start and while it runs."""

from bot.audit.model import Act
from bot.course.model import NewUses
from bot.kernel.ids import ProgrammeId
from bot.programme import use_cases
from bot.programme.model import ProgrammeState, Use
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.programme import uses_views


def register(edge: Edge) -> None:
    """Add the listeners of what a programme uses."""
    edge.action("programme.uses", on_uses)
    edge.view("programme.uses_form", on_uses_form)


async def on_uses(call: Call, services: Services) -> None:
    """Ask a coordinator what the programme uses."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    await call.open(uses_views.uses_form(programme))


async def on_uses_form(call: Call, services: Services) -> None:
    """Keep what a draft uses; of a running programme, show first what it does."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    answers = call.answers
    ticked = {*answers.choices("alone"), *answers.choices("together")}
    chosen = tuple(use for use in Use if use in ticked)
    if programme.state is ProgrammeState.RUNNING:
        change = NewUses(uses=chosen)
        await services.show_change(call, services, change, programme=programme, block="alone")
        return
    template = services.catalogue.templates.get(programme.template_id)
    async with services.database.writing() as connection:
        await use_cases.change_uses(
            connection,
            call.workspace_id,
            ProgrammeId(call.metadata),
            uses=chosen,
            weeks=dict(template.uses) if template else {},
            now=services.clock.now(),
        )
        await services.record(connection, call, Act.USES_CHANGED, programme_id=programme.id)
    await call.ack()
    await services.refresh_home(call)
