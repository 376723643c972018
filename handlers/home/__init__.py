"""The Home tab: drawn from what every capability says, and again after a change."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.reasons import VIEW_CHANGED
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.permissions import coordinates, coordinator
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.use_cases import current_programme
from handlers.blocks import Block, View
from handlers.capability import Capabilities, Capability, HomeSection, Look, Looks, Viewer
from handlers.edge.call import Call, administers
from handlers.edge.clients import CALL_FAILURES, reason_of
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.home import views


async def on_opened(call: Call, services: Services) -> None:
    """Show the Home tab; the app's other tabs are none of ours."""
    if call.event.get("tab", "home") == "home":
        await services.show_home(call)


@dataclass(frozen=True, slots=True)
class HomeTab:
    """Shows somebody their Home tab, drawn from what the capabilities say."""

    capabilities: Capabilities

    async def publish(self, call: Call, services: Services) -> None:
        """Publish the caller's tab as it is now. Raises what a call to Slack can end with.

        One that was changed meanwhile is written over: this is newer.
        """
        view = await self.of(call, services)
        hash_seen = call.view_hash if call.view_type == "home" else None
        try:
            await call.client.views_publish(user_id=call.slack_user_id, view=view, hash=hash_seen)
        except SlackApiError as refused:
            if reason_of(refused) not in VIEW_CHANGED:
                raise
            view = await self.of(call, services)
            await call.client.views_publish(user_id=call.slack_user_id, view=view)

    async def of(self, call: Call, services: Services) -> View:
        """Draw the Home tab of the caller, by the role they have."""
        workspace_id = call.workspace_id
        async with services.database.reading() as connection:
            member = await people.member_by_slack_id(connection, workspace_id, call.slack_user_id)
            if member is not None:
                return await self._of_member(services, connection, member)
            coordinators = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
            running = await programmes.programmes(
                connection, workspace_id, state=ProgrammeState.RUNNING
            )
        present = [one.slack_user_id for one in coordinators if one.takes_part]
        try:
            is_administrator = administers(await call.profile())
        except CALL_FAILURES:
            if not present:
                raise
            is_administrator = False  # where to ask is said all the same
        if not present:
            name = running[0].name if running else ""
            return views.welcome(may_begin=is_administrator, running=name)
        return views.stranger(present, administers=is_administrator)

    async def _of_member(
        self, services: Services, connection: AsyncConnection, member: Member
    ) -> View:
        viewer = await _viewer(services, connection, member)
        own, shown = viewer.programme, viewer.shown
        ended = own if own and own.state is ProgrammeState.CLOSED else None
        used = self.capabilities.used_by(viewer)
        foot = await _drawn(viewer, [one.foot for one in used])
        if not member.takes_part:
            settings = await _drawn(viewer, [one.settings for one in used])
            return views.left_tab(shown, settings=settings, foot=foot)
        if ended is not None:
            back = await _by_section(viewer, [one.looking_back for one in used])
            return views.ended_tab(ended, sections=back, foot=foot)
        return views.member_tab(
            shown,
            todos=await self.capabilities.lines(viewer),
            sections=await _by_section(viewer, [one.home for one in used]),
            foot=foot,
            now=viewer.now,
            has_tools=coordinates(member),
        )

    async def page(self, call: Call, services: Services) -> View:
        """Draw what a button at the end of Home opens: settings, tools, or who sees what."""
        async with services.database.reading() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id)
            viewer = await _viewer(services, connection, member)
            used = self.capabilities.used_by(viewer)
            if call.action_id == views.PRIVACY:
                return views.privacy(viewer.shown, [one.privacy for one in used if one.privacy])
            if call.action_id == views.TOOLS:
                coordinator(member)
                return views.tools(await _drawn(viewer, [one.tools for one in used]))
            return views.settings(await _drawn(viewer, [one.settings for one in used]))


async def on_page(call: Call, services: Services) -> None:
    """Open the settings, the tools, or who sees what."""
    await call.show(await services.home_page(call, services))


async def _viewer(services: Services, connection: AsyncConnection, member: Member) -> Viewer:
    own, shown = await _programmes(connection, member)
    return Viewer(
        services=services,
        connection=connection,
        member=member,
        programme=own,
        shown=shown,
        now=services.clock.now(),
    )


async def _drawn(viewer: Viewer, looks: Sequence[Look | None]) -> list[Block]:
    return [block for look in looks if look is not None for block in await look(viewer)]


async def _by_section(viewer: Viewer, every: Sequence[Looks]) -> list[views.Section]:
    return [
        (one.value, await _drawn(viewer, [looks.get(one) for looks in every]))
        for one in HomeSection
    ]


async def _programmes(
    connection: AsyncConnection, member: Member
) -> tuple[Programme | None, Programme | None]:
    """Read the programme that a member is in, and that whose name and contacts they are shown."""
    if coordinates(member):
        current = await current_programme(connection, member.workspace_id)
        return current, current
    its = (connection, member.workspace_id, member.id)
    own = await programmes.programme_of(*its)
    if own is None:
        own = await programmes.programme_of(*its, state=ProgrammeState.CLOSED)
    return own, own or await current_programme(connection, member.workspace_id)


def listeners(edge: Edge) -> None:
    """Add the listeners of the tab itself."""
    edge.event("app_home_opened", on_opened)
    for button in (views.SETTINGS, views.PRIVACY, views.TOOLS):
        edge.action(button, on_page)


CAPABILITY = Capability(name="home", listeners=listeners)
