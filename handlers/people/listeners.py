"""Membership in Slack: roster, code of conduct, breaks, leaving, and having all deleted."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.flows import absences
from bot.flows.erasure import clear_traces, erase_member, promise_erasure
from bot.inbox.store import Received
from bot.kernel.database import metadata
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.matching.exclusions import WishesUnreadable
from bot.people import store as people
from bot.people import use_cases
from bot.people.absence import away_until
from bot.people.directory import begin_daily_reading, since_lists
from bot.people.model import Member, Role
from bot.people.permissions import LAST_COORDINATOR, may_be_erased
from bot.people.preferences import follow_status
from bot.people.profiles import Profile
from bot.people.roles import take_out
from bot.people.use_cases import the_member
from bot.schedule.rules import MORNING, instant_of, zone
from handlers.blocks import View, notice, working
from handlers.edge.answers import beside
from handlers.edge.call import Call, administers
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.inbox import EventKind
from handlers.edge.services import Services
from handlers.people import absence, views
from handlers.people.slack_directory import status_of

log = structlog.get_logger("cairn.erasure")


def register(edge: Edge) -> None:
    """Add the listeners of membership."""
    edge.action("people.begin", on_begin)
    edge.action("people.pause", on_pause)
    edge.view("people.pause_form", on_pause_form)
    edge.action("people.resume", on_resume)
    edge.action("people.leave", on_leave)
    edge.action("erasure.ask", on_erase)
    edge.view("erasure.form", on_erase_form)


async def on_begin(call: Call, services: Services) -> None:
    """Make somebody who administers the Slack workspace its first coordinator."""
    try:
        about = await call.profile()
    except CALL_FAILURES:
        raise UserFacing("Slack did not say who you are. Try again in a minute.") from None
    if not administers(about):
        raise UserFacing(
            "Only somebody who administers this Slack workspace can set up mentoring. Ask one of "
            "them to open this tab."
        )
    async with services.database.writing() as connection:
        await use_cases.become_first_coordinator(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            name=str(about.get("real_name") or about.get("name") or "Coordinator"),
            timezone=str(about.get("tz") or "UTC"),
        )
        await begin_daily_reading(connection, call.workspace_id, now=services.clock.now())
        await services.record(connection, call, Act.COORDINATOR_BEGAN)
    await services.refresh_home(call)


async def on_pause(call: Call, services: Services) -> None:
    """Ask a member when they come back, and who is asked things, too, who stands in."""
    me = await services.member(call)
    async with services.database.reading() as connection:
        form = await absence.form(connection, me)
    await call.show(form or views.pause_modal(me))


async def on_pause_form(call: Call, services: Services) -> None:
    """Pause a member until the morning of the day that they chose."""
    chosen = call.answers.date("until")
    async with services.database.writing() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        until = instant_of(chosen, MORNING, zone(me.timezone)) if chosen else None
        with beside("until"):
            await use_cases.pause(connection, me, until=until, now=services.clock.now())
    await call.ack()
    await services.refresh_home(call)


async def on_resume(call: Call, services: Services) -> None:
    """Take a member back in, after a break or after they left."""
    async with services.database.writing() as connection:
        before = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await use_cases.resume(connection, before, now=services.clock.now())
    services.wake()
    await services.refresh_home(call)
    if not before.takes_part:
        await services.reconcile_groups(call.workspace_id)
        await services.refresh_home(call)


async def on_leave(call: Call, services: Services) -> None:
    """Let a member go."""

    async def work() -> View:
        async with services.database.writing() as connection:
            me = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
            await take_out(connection, call.workspace_id, me.id, now=services.clock.now())
        await services.reconcile_groups(call.workspace_id)
        return notice(views.HAS_LEFT, title="Leave the programme")

    meanwhile = working("You are leaving the programme.", title="Leave the programme")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def on_erase(call: Call, services: Services) -> None:
    """Say what will be deleted and what stays."""
    await _who_may_be_erased(call, services)
    await call.show(views.erasure_form())


async def on_erase_form(call: Call, services: Services) -> None:
    """Delete the caller: nobody can do this to somebody else."""
    member = await _who_may_be_erased(call, services)
    work = partial(_erase, call, services, member)
    await see_through(call, work, meanwhile=views.ERASING)
    await services.refresh_home(call)


async def _who_may_be_erased(call: Call, services: Services) -> Member:
    """Read the caller; the last coordinator must first name another."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
        coordinators = await people.members(connection, call.workspace_id, roles=[Role.COORDINATOR])
    if not may_be_erased(me, coordinators):
        raise UserFacing(LAST_COORDINATOR)
    return me


async def _erase(call: Call, services: Services, member: Member) -> View:
    """Note it, so that it is done whatever happens; then do it."""
    now = services.clock.now()
    await promise_erasure(services.database, call.workspace_id, member_id=member.id, now=now)
    try:
        is_cleared = await finish_erasure(services, call.workspace_id, member.id)
    except (WishesUnreadable, OperatorFacing, SQLAlchemyError, OSError) as failure:
        log.error(  # noqa: TRY400 - no values
            "erasure_waits", workspace=call.workspace_id, failure=type(failure).__name__
        )
        return views.ERASURE_PROMISED
    return views.ERASED if is_cleared else views.ERASED_BUT_FOR_TRACES


async def finish_erasure(
    services: Services, workspace_id: WorkspaceId, member_id: MemberId
) -> bool:
    """Erase a member, and reconcile the groups they left; False while traces are in the log."""
    await erase_member(
        services.database,
        services.vault,
        workspace_id,
        member_id=member_id,
        erasers=services.erasers,
        now=services.clock.now(),
        frameworks=services.catalogue.frameworks,
        weights=services.catalogue.weights,
    )
    services.wake()
    now = services.clock.now()
    return await clear_traces(services.database, workspace_id, metadata.tables, now=now)


def _person(event: Mapping[str, Any]) -> str | None:
    about = event.get("user")
    found = about.get("id") if isinstance(about, Mapping) else None
    return found if isinstance(found, str) and found else None


def _facts(event: Mapping[str, Any], now: datetime) -> Mapping[str, object]:
    about = event["user"]
    until = away_until(status_of(about), now=now)
    return {
        "is_deactivated": bool(about.get("deleted")),
        "timezone": str(about.get("tz") or ""),
        "has_profile": isinstance(about.get("profile"), Mapping),
        "away_until": until.isoformat() if until else None,
    }


async def _is_member(connection: AsyncConnection, workspace_id: WorkspaceId, subject: str) -> bool:
    found = await people.member_by_slack_id(connection, workspace_id, SlackUserId(subject))
    return found is not None


async def on_user_change(services: Services, event: Received) -> None:
    """Follow a member who was deactivated, is back, moved to another time zone, or is away."""
    facts, who = event.facts, SlackUserId(event.subject_id)
    workspace_id, now = event.workspace_id, services.clock.now()
    async with services.database.writing() as connection:
        member = await people.member_by_slack_id(connection, workspace_id, who, hold=True)
        if member is None:  # erased since the event arrived
            return
        has_changed = bool(facts["is_deactivated"])
        if has_changed:
            await use_cases.deactivate(connection, member, now=now)
            await absences.look_at(connection, workspace_id, now=now)
        else:
            has_changed = await _follow(connection, member, facts, now=now)
    services.wake()
    if has_changed:
        await services.reconcile_groups(workspace_id)


async def _follow(
    connection: AsyncConnection, member: Member, facts: Mapping[str, Any], *, now: datetime
) -> bool:
    """Take over what a profile in Slack says now: that it is open, its zone, its status.

    True for somebody whose account was closed before.
    """
    here = await use_cases.reactivate(connection, member, now=now)
    key = here.slack_user_id
    seen = {key: Profile(slack_user_id=key, name="", timezone=str(facts["timezone"]))}
    zone = (await since_lists(connection, [here], seen))[key].timezone
    if zone:
        here = await use_cases.travel(connection, here, timezone=zone, now=now)
    if facts["has_profile"]:
        until = datetime.fromisoformat(str(facts["away_until"])) if facts["away_until"] else None
        await follow_status(connection, here, until=until, now=now)
    return here.state is not member.state


EVENTS = {
    "user_change": EventKind(subject=_person, facts=_facts, concerns=_is_member, act=on_user_change)
}
