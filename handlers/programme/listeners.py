"""Setting a programme up in Slack, and closing it."""

from bot.groups.upkeep import close_programme
from bot.kernel.dates import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.people.model import Member
from bot.people.use_cases import the_coordinator
from bot.programme import store, use_cases
from bot.programme.model import Programme, ProgrammeState
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.programme import views


def register(edge: Edge) -> None:
    """The listeners of programmes."""
    edge.action("programme.edit", on_edit)
    edge.view("programme.form", on_form)
    edge.action("programme.contacts", on_contacts)
    edge.view("programme.contacts_form", on_contacts_form)
    edge.action("programme.close", on_close)


async def on_edit(call: Call, services: Services) -> None:
    """Ask a coordinator what the programme is, or what should change about its draft."""
    me = await _coordinator(call, services)
    draft = await _programme(call, services, call.value) if call.value else None
    if draft is not None and draft.state is not ProgrammeState.DRAFT:
        raise UserFacing("This programme has started, so its template and start stay.")
    templates = sorted(services.catalogue.templates.values(), key=lambda one: -one.weeks)
    today = local_date(services.clock.now(), me.timezone)
    await call.open(
        views.programme_modal(templates, draft=draft, first_day=views.first_monday_after(today))
    )


async def on_form(call: Call, services: Services) -> None:
    """Create the programme, or change its draft."""
    me = await _coordinator(call, services)
    now = services.clock.now()
    template = services.catalogue.templates.get(call.answers.choice("template") or "")
    starts_on = call.answers.date("starts_on")
    channels = call.answers.channels("channel")
    if template is None or starts_on is None or not channels:
        missing = {"template": template, "starts_on": starts_on, "channel": channels or None}
        await call.ack_errors(
            {block: "Choose one." for block, found in missing.items() if found is None}
        )
        return
    name = call.answers.text("name") or ""
    if call.metadata:
        async with services.database.writing() as connection:
            await use_cases.change_draft(
                connection,
                call.workspace_id,
                ProgrammeId(call.metadata),
                template=template,
                name=name,
                starts_on=starts_on,
                now=now,
                coordinator_channel=channels[0],
            )
    else:
        await _must_be_the_only_one(call, services)
        async with services.database.writing() as connection:
            await use_cases.create_programme(
                connection,
                call.workspace_id,
                template=template,
                name=name,
                starts_on=starts_on,
                timezone=me.timezone,
                now=now,
                coordinator_channel=channels[0],
            )
    await call.ack()
    await services.refresh_home(call)


async def on_contacts(call: Call, services: Services) -> None:
    """Ask a coordinator for the contacts."""
    await _coordinator(call, services)
    await call.open(views.contacts_modal(await _programme(call, services, call.value)))


async def on_contacts_form(call: Call, services: Services) -> None:
    """Keep the contacts."""
    await _coordinator(call, services)
    crisis, concern = (call.answers.text(block) for block in ("crisis", "concern"))
    async with services.database.writing() as connection:
        await use_cases.set_contacts(
            connection,
            call.workspace_id,
            ProgrammeId(call.metadata),
            crisis_contact=crisis or "",
            concern_contact=concern or "",
        )
    await call.ack()
    await services.refresh_home(call)


async def on_close(call: Call, services: Services) -> None:
    """End a programme for good."""
    await _coordinator(call, services)
    await close_programme(
        services.database,
        call.workspace_id,
        ProgrammeId(call.value or ""),
        now=services.clock.now(),
    )
    await services.refresh_home(call)


async def _coordinator(call: Call, services: Services) -> Member:
    async with services.database.reading() as connection:
        return await the_coordinator(connection, call.workspace_id, call.slack_user_id)


async def _must_be_the_only_one(call: Call, services: Services) -> None:
    async with services.database.reading() as connection:
        if await use_cases.current_programme(connection, call.workspace_id) is not None:
            raise UserFacing(
                "Somebody set a programme up a moment ago. Open the Home tab to see it."
            )


async def _programme(call: Call, services: Services, programme_id: str | None) -> Programme:
    async with services.database.reading() as connection:
        found = await store.programme(
            connection, call.workspace_id, ProgrammeId(programme_id or "")
        )
    if found is None:
        raise UserFacing("This programme is gone. Open the Home tab to see those there are.")
    return found
