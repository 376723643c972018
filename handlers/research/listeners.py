"""Answering the question of research, and making the file for a coordinator."""

from dataclasses import replace
from io import BytesIO

from bot.kernel.ids import ProgrammeId
from bot.people.use_cases import the_coordinator, the_member
from bot.research import store, use_cases
from bot.research.participants import turnout
from handlers.blocks import View, working
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services
from handlers.research import views


def register(edge: Edge) -> None:
    """Add the listeners. A yes can be taken back whatever the programme uses."""
    always = replace(edge, guard=None)
    always.action("research.open", on_open)
    always.action("research.yes", on_answer)
    always.action("research.no", on_answer)
    edge.action("research.export", on_export)
    edge.view("research.export_form", on_export_form)


async def on_open(call: Call, services: Services) -> None:
    """Show the text, and what the member said before to this version."""
    text = services.catalogue.consent
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        said = await store.last_answer(connection, member)
    is_old = said is not None and said.version < text.version
    await call.show(views.question(text, None if is_old else said))


async def on_answer(call: Call, services: Services) -> None:
    """Keep a yes or a no."""
    text, now = services.catalogue.consent, services.clock.now()
    is_yes = call.action_id == "research.yes"
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await use_cases.answer(
            connection, member, text, read=call.value or "", is_yes=is_yes, now=now
        )
    await call.show(views.saved(is_yes=is_yes))
    await services.refresh_home(call)


async def on_export(call: Call, services: Services) -> None:
    """Show a coordinator what an export holds, and how many agreed."""
    version = services.catalogue.consent.version
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        every = await use_cases.exportable(connection, call.workspace_id, services.clock.now())
        counted = [await turnout(connection, one, version) for one in every]
    await call.show(views.export_page(every, counted))


async def on_export_form(call: Call, services: Services) -> None:
    """Make the file of a programme and send it to the coordinator who asked."""
    asking = await services.coordinator(call)
    chosen = ProgrammeId(call.answers.choice("programme") or "")

    async def work() -> View:
        file = BytesIO()
        made = await use_cases.make_export(
            services.database,
            call.workspace_id,
            chosen,
            file,
            frameworks=services.catalogue.frameworks,
            text=services.catalogue.consent,
            by=asking.id,
            now=services.clock.now(),
        )
        comment = views.sent_export(made.who.programme, len(made.who.pids))
        await send_files(call, {"research-export.zip": file.getvalue()}, comment=comment)
        return views.export_sent()

    await see_through(call, work, meanwhile=working(views.BEING_MADE, title=views.EXPORT))
