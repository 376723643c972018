"""A coordinator, or somebody who administers the workspace, makes somebody else coordinator."""

import asyncio

from bot.audit import store as audit
from bot.audit.model import Act
from bot.flows.joining import join
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import roles, store
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.people.profiles import Profile
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call, administers
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.dispatch import Edge
from handlers.edge.errors import ACK_WITHIN_S
from handlers.edge.services import Services
from handlers.people import coordinator_views as views
from handlers.people.slack_directory import profile_of

NOT_ALLOWED = (
    "Only coordinators, and those who administer this Slack workspace, can make somebody "
    "coordinator. Ask one of them."
)
ONESELF = "Choose somebody else. To coordinate yourself, ask a coordinator to add you."
AS_ADMINISTRATOR = ", as somebody who administers the workspace"


def register(edge: Edge) -> None:
    """Add the listeners of who coordinates."""
    edge.action("people.coordinators", on_coordinators)
    edge.view("people.coordinators", on_choose)
    edge.view("people.coordinator_form", on_confirm)


async def on_coordinators(call: Call, services: Services) -> None:
    """Say who coordinates, and let who may choose somebody else."""
    async with services.database.reading() as connection:
        me = await store.member_by_slack_id(connection, call.workspace_id, call.slack_user_id)
        everybody = await store.members(connection, call.workspace_id, roles=[Role.COORDINATOR])
    may_name = coordinates(me) or await _administers(call)
    present = [one for one in everybody if one.takes_part]
    await call.show(views.coordinators(present, may_name=may_name, now=services.clock.now()))


async def on_choose(call: Call, services: Services) -> None:
    """Show whom it is about and the message that they get, before anything is done."""
    await _must_be_allowed(call, services)
    profile = await _profile(call, call.answers.person("who"))
    if profile.slack_user_id == call.slack_user_id:
        raise WrongAnswer(who=ONESELF)
    with beside("who"):
        roles.must_be_able_to_coordinate(profile)
    async with services.database.reading() as connection:
        who = profile.slack_user_id
        known = await store.member_by_slack_id(connection, call.workspace_id, who)
    if coordinates(known):
        raise WrongAnswer(who=f"{profile.name} coordinates already. Choose somebody else.")
    named = known or roles.new_member(call.workspace_id, profile)
    await call.ack_update(views.before_it_is_sent(named))


async def on_confirm(call: Call, services: Services) -> None:
    """Make somebody coordinator, and tell them what that means."""
    me = await _must_be_allowed(call, services)
    profile = await _profile(call, call.metadata)
    now, workspace_id = services.clock.now(), call.workspace_id
    if profile.slack_user_id == call.slack_user_id:
        raise UserFacing(ONESELF)
    async with services.database.writing() as connection:
        still = await store.member_by_slack_id(connection, workspace_id, call.slack_user_id)
        if coordinates(me) != coordinates(still):
            raise UserFacing(NOT_ALLOWED)
        before, after = await roles.name_coordinator(connection, workspace_id, profile)
        await join(connection, workspace_id, [(before, after)], by=call.slack_user_id, now=now)
        await audit.record(
            connection,
            workspace_id,
            Act.COORDINATOR_NAMED,
            by=still.id if still else None,
            now=now,
            about=[after.id],
            what="" if coordinates(still) else AS_ADMINISTRATOR,
        )
    services.wake()
    await call.ack_update(views.named(after))
    await services.refresh_home(call)


async def _must_be_allowed(call: Call, services: Services) -> Member | None:
    """Give the caller, a coordinator or an administrator. Raises UserFacing for anybody else."""
    async with services.database.reading() as connection:
        me = await store.member_by_slack_id(connection, call.workspace_id, call.slack_user_id)
    if not coordinates(me) and not await _administers(call):
        raise UserFacing(NOT_ALLOWED)
    return me


async def _administers(call: Call) -> bool:
    """Ask Slack whether the caller administers the workspace; no, where it does not say."""
    try:
        async with asyncio.timeout(ACK_WITHIN_S / 2):
            return administers(await call.profile())
    except CALL_FAILURES:
        return False


async def _profile(call: Call, who: str) -> Profile:
    """Read somebody who was chosen from Slack. Raises WrongAnswer where it does not answer."""
    try:
        async with asyncio.timeout(ACK_WITHIN_S / 2):
            answer = await call.client.users_info(user=SlackUserId(who))
    except CALL_FAILURES as failure:
        sentence = "Slack did not say who this is. Nothing is done; try again."
        raise WrongAnswer(who=sentence) from failure
    return profile_of(answer["user"], call.workspace_id)
