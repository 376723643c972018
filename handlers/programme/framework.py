"""Choosing the framework of a programme, before the start and while it runs."""

from bot.audit.model import Act
from bot.groups.schedule import change_framework
from bot.kernel.ids import ProgrammeId
from bot.programme.model import ProgrammeState
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.programme import framework_views


def register(edge: Edge) -> None:
    """Add the listeners of the framework."""
    edge.action("programme.framework", on_framework)
    edge.view("programme.framework_form", on_framework_form)


async def on_framework(call: Call, services: Services) -> None:
    """Ask a coordinator for the framework."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    frameworks = sorted(services.catalogue.frameworks.values(), key=lambda one: one.name)
    await call.open(framework_views.framework_form(programme, frameworks))


async def on_framework_form(call: Call, services: Services) -> None:
    """Keep the framework; of a running programme, say what is different now."""
    await services.coordinator(call)
    before = await services.programme(call, call.metadata)
    framework = services.catalogue.frameworks.get(call.answers.choice("framework") or "")
    if framework is None:
        raise WrongAnswer(framework="Choose one.")
    async with services.database.writing() as connection:
        now, programme_id = services.clock.now(), ProgrammeId(call.metadata)
        await change_framework(connection, call.workspace_id, programme_id, framework, now=now)
        await services.record(
            connection,
            call,
            Act.FRAMEWORK_CHOSEN,
            programme_id=programme_id,
            what=framework.name,
        )
    if before.state is ProgrammeState.RUNNING and before.framework_id != framework.id:
        await call.ack_update(framework_views.changed(framework))
    else:
        await call.ack()
    await services.refresh_home(call)
