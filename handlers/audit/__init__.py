"""The page of coordinators' acts, for coordinators to read and to download."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store
from bot.audit.model import Act, AuditId
from bot.kernel.clock import read_instant
from bot.kernel.csv_text import as_csv
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.people.use_cases import the_coordinator
from handlers.audit import views
from handlers.blocks import Block, View
from handlers.capability import Capability, Viewer
from handlers.edge.answers import beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services

OLD = "This page is from an earlier version. Close it and open it again from Tools."
Before = tuple[datetime, AuditId]


def register(edge: Edge) -> None:
    """Add the listeners of the page of acts."""
    edge.action("audit.open", on_open)
    edge.view(views.PAGE, on_look)
    edge.action("audit.earlier", on_earlier)
    edge.action("audit.download", on_download)


async def on_open(call: Call, services: Services) -> None:
    """Show the newest acts."""
    await call.show(await _page(call, services))


async def on_look(call: Call, services: Services) -> None:
    """Show the newest acts of the kind and the person that were chosen."""
    kind, person = call.answers.choice("kind"), call.answers.person("person")
    with beside("person"):
        await call.ack_update(await _page(call, services, kind=kind, person=person))


async def on_earlier(call: Call, services: Services) -> None:
    """Show the acts before those that are shown, or the newest, of the same kind and person."""
    kind, _, person = call.metadata.partition("|")
    at, _, its_id = (call.value or "").partition(" ")
    try:
        before = (read_instant(at), AuditId(its_id)) if at else None
    except ValueError:
        raise UserFacing(OLD) from None
    await call.show(await _page(call, services, kind=kind, person=person, before=before))


async def _page(
    call: Call,
    services: Services,
    *,
    kind: str | None = None,
    person: str | None = None,
    before: Before | None = None,
) -> View:
    acts = views.SAID.get(kind or "")
    async with services.database.reading() as connection:
        me = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        chosen = await _chosen(connection, me, person)
        found = await store.entries(
            connection,
            call.workspace_id,
            before=before,
            acts=list(acts) if acts else None,
            person=chosen.id if chosen else None,
            most=views.ON_A_PAGE + 1,
        )
        entries = found[: views.ON_A_PAGE]
        ids = {one for entry in entries for one in (entry.by, *entry.about) if one}
        named = await people.members(connection, call.workspace_id, ids=list(ids))
    last = entries[-1] if len(found) > len(entries) else None
    shown = views.ActsShown(
        entries=entries,
        names={one.id: one.name for one in named},
        tz=me.timezone,
        kind=kind if acts else None,
        person=chosen.slack_user_id if chosen else None,
        is_newest=before is None,
        earlier=f"{last.at.isoformat()} {last.id}" if last else None,
    )
    return views.page(shown, metadata=f"{shown.kind or ''}|{shown.person or ''}")


async def _chosen(connection: AsyncConnection, me: Member, person: str | None) -> Member | None:
    """Find the member who is looked for; None for everybody. Raises UserFacing for a stranger."""
    if not person:
        return None
    its = (connection, me.workspace_id, SlackUserId(person))
    found = await people.member_by_slack_id(*its)
    if found is None:
        raise UserFacing("This person is not in your list, so nothing was done by or about them.")
    return found


async def on_download(call: Call, services: Services) -> None:
    """Send a coordinator all acts as a file."""

    async def work() -> View:
        async with services.database.writing() as connection:
            await services.record(connection, call, Act.ACTS_EXPORTED)
            entries = await store.entries(connection, call.workspace_id)
            everybody = await people.members(connection, call.workspace_id)
        names = {one.id: one.name for one in everybody}
        text = await asyncio.to_thread(as_csv, views.HEAD, views.rows(entries, names))
        await send_files(call, {views.FILE: text.encode("utf-8-sig")}, comment=views.SENT_FILE)
        return views.sent()

    await see_through(call, work, meanwhile=views.making())


async def tools(viewer: Viewer) -> list[Block]:
    """Lead a coordinator to what coordinators did."""
    return [views.tools_line()] if coordinates(viewer.member) else []


CAPABILITY = Capability(
    name="audit",
    listeners=register,
    tools=tools,
    privacy="*What coordinators did:* coordinators, with the names of those whom it was about.",
    erase=lambda connection, member, _now: store.forget_member(
        connection, member.workspace_id, member.id
    ),
)
