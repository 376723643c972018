"""Answering the question of research, and making the file for a coordinator."""

from dataclasses import replace
from io import BytesIO

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.kernel.ids import ProgrammeId
from bot.people.model import Member
from bot.people.use_cases import the_coordinator, the_member
from bot.programme.store import programme_of
from bot.research import store, use_cases
from bot.research.model import ConsentText
from bot.research.participants import turnout
from handlers.blocks import View, escape, working
from handlers.edge.answers import WrongAnswer, beside, must_fit
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
    always.action("research.text", on_text)
    always.view("research.text_form", on_text_form)
    edge.action("research.export", on_export)
    edge.view("research.export_form", on_export_form)


async def on_open(call: Call, services: Services) -> None:
    """Show the text, and what the member said before to this version."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        said = await store.last_answer(connection, member)
        text = await _text_for(services, connection, member)
    await call.show(views.question(text, said if said and said.is_to(text) else None))


async def _text_for(services: Services, connection: AsyncConnection, member: Member) -> ConsentText:
    """Read the text of the programme that a member is in, or was in last."""
    its = (connection, member.workspace_id, member.id)
    programme = await programme_of(*its, or_closed=True)
    return await store.consent_of(connection, programme, services.catalogue.consent)


async def on_answer(call: Call, services: Services) -> None:
    """Keep a yes or a no."""
    now = services.clock.now()
    is_yes = call.action_id == "research.yes"
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        text = await _text_for(services, connection, member)
        await use_cases.answer(
            connection, member, text, read=call.value or "", is_yes=is_yes, now=now
        )
    await call.show(views.saved(is_yes=is_yes))
    await services.refresh_home(call)


async def on_text(call: Call, services: Services) -> None:
    """Show a coordinator the question as members read it, to change its first words."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    async with services.database.reading() as connection:
        text = await store.consent_of(connection, programme, services.catalogue.consent)
        was_asked = use_cases.may_be_exported(programme, services.clock.now())
        agreed = await turnout(connection, programme, text.version) if was_asked else None
    await call.show(views.text_form(text, programme, agreed))


async def on_text_form(call: Call, services: Services) -> None:
    """Keep a programme's own words for the question; a yes to others counts no more."""
    await services.coordinator(call)
    with beside("introduction"):
        introduction = use_cases.checked_introduction(call.answers.text("introduction"))
        must_fit(escape(introduction))
    programme_id, _, read = call.metadata.partition(" ")
    programme, usual = await services.programme(call, programme_id), services.catalogue.consent
    async with services.database.writing() as connection:
        before = await store.consent_of(connection, programme, usual)
        if before.digest != read:
            raise WrongAnswer(introduction=use_cases.NEW_TEXT)
        was_asked = use_cases.may_be_exported(programme, services.clock.now())
        has_changed = introduction != before.introduction
        if has_changed and was_asked and "yes" not in call.answers.choices("sure"):
            raise WrongAnswer(sure="Tick the box, or leave the words as they are.")
        if has_changed:
            await use_cases.write_text(
                connection, programme, introduction, usual, now=services.clock.now()
            )
            what = "consent to research"
            await services.record(
                connection, call, Act.TEXT_CHANGED, programme_id=programme.id, what=what
            )
    await call.ack_update(views.text_saved(has_changed=has_changed))
    await services.refresh_home(call)


async def on_export(call: Call, services: Services) -> None:
    """Show a coordinator what an export holds, and how many agreed."""
    usual = services.catalogue.consent
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        every = await use_cases.exportable(connection, call.workspace_id, services.clock.now())
        texts = [await store.consent_of(connection, one, usual) for one in every]
        counted = [
            await turnout(connection, one, text.version)
            for one, text in zip(every, texts, strict=True)
        ]
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
            usual=services.catalogue.consent,
            by=asking.id,
            now=services.clock.now(),
        )
        comment = views.sent_export(made.who.programme, len(made.who.pids))
        await send_files(call, {"research-export.zip": file.getvalue()}, comment=comment)
        return views.export_sent()

    await see_through(call, work, meanwhile=working(views.BEING_MADE, title=views.EXPORT))
