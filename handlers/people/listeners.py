"""Membership in Slack: the first coordinator, the roster, the code of conduct, breaks, leaving."""

from collections.abc import Mapping
from datetime import datetime, time
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.store import Received
from bot.kernel.dates import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people import use_cases
from bot.people.model import RosterImport
from bot.people.preferences import follow_status
from bot.people.roster import MOST_BYTES
from bot.people.roster_import import import_roster
from bot.people.use_cases import the_coordinator, the_member
from bot.programme.use_cases import current_programme, enrol_everybody
from bot.schedule.rules import instant_of, zone
from handlers.blocks import notice, working
from handlers.edge.answers import uploaded
from handlers.edge.call import Call, View, administers
from handlers.edge.dispatch import Edge
from handlers.edge.inbox import EventKind
from handlers.edge.long_work import see_through
from handlers.edge.services import Services
from handlers.people import preferences as rhythm
from handlers.people import views


def register(edge: Edge) -> None:
    """The listeners of membership."""
    edge.action("people.begin", on_begin)
    edge.action("people.roster", on_roster)
    edge.view("people.roster_form", on_roster_form)
    edge.action("people.invite", on_invite)
    edge.action("people.conduct", on_conduct)
    edge.view("people.conduct_form", on_conduct_form)
    edge.action("people.pause", on_pause)
    edge.view("people.pause_form", on_pause_form)
    edge.action("people.resume", on_resume)
    edge.action("people.leave", on_leave)


async def on_begin(call: Call, services: Services) -> None:
    """Whoever administers the Slack workspace becomes its first coordinator."""
    about = await call.profile()
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
    await services.refresh_home(call)


async def on_roster(call: Call, services: Services) -> None:
    """Ask a coordinator for the roster."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    if call.view_type == "modal":
        await call.update(views.roster_modal())
    else:
        await call.open(views.roster_modal())


async def on_roster_form(call: Call, services: Services) -> None:
    """Import what was uploaded or pasted, and say what came of it."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    files, pasted = call.answers.files("file"), call.answers.text("pasted")
    if bool(files) == bool(pasted):
        both = "Choose a file or paste the roster, not both."
        nothing = "Choose a file here, or paste the roster below."
        await call.ack_errors({"pasted": both} if files else {"file": nothing})
        return
    work = partial(_read_and_import, call, services)
    await see_through(call, work, meanwhile=views.reading_modal())
    await services.refresh_home(call)


async def _read_and_import(call: Call, services: Services) -> View:
    """Import the roster of the form; the view that says what came of it."""
    try:
        content: bytes | str | None = call.answers.text("pasted")
        for file in call.answers.files("file"):
            content = await uploaded(call.client, file, most_bytes=MOST_BYTES)
        return views.roster_result(await _import(call, services, content or ""))
    except UserFacing as problem:
        return views.roster_refused(problem.sentence)


async def _import(call: Call, services: Services, content: bytes | str) -> RosterImport:
    async with services.database.reading() as connection:
        me = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    done = await import_roster(
        services.database,
        call.workspace_id,
        content,
        now=services.clock.now(),
        timezone=me.timezone,
        stages=services.catalogue.stages,
    )
    if done.added:
        async with services.database.writing() as connection:
            programme = await current_programme(connection, call.workspace_id)
            if programme is not None:
                await enrol_everybody(connection, call.workspace_id, programme.id)
    await services.reconcile_groups(call.workspace_id)
    return done


async def on_invite(call: Call, services: Services) -> None:
    """Ask everybody who has not accepted the code of conduct to do so."""
    async with services.database.writing() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        asked = await use_cases.invite_to_conduct(
            connection, call.workspace_id, now=services.clock.now()
        )
    services.wake()
    sentence = f"{asked} people are asked now." if asked else "Everybody was asked today already."
    await call.open(
        notice(f"{sentence} The number on the Home tab grows as they accept.", title="Asked")
    )


async def on_conduct(call: Call, services: Services) -> None:
    """Show a member the code of conduct."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
    accepted_on = (
        local_date(me.conduct_accepted_at, me.timezone) if me.conduct_accepted_at else None
    )
    await call.open(views.conduct_modal(services.catalogue.conduct, accepted_on=accepted_on))


async def on_conduct_form(call: Call, services: Services) -> None:
    """Note that a member accepts the code of conduct."""
    if "yes" not in call.answers.choices("agree"):
        await call.ack_errors({"agree": "Tick the box to accept, or close this window."})
        return
    async with services.database.writing() as connection:
        await use_cases.accept_conduct(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            now=services.clock.now(),
        )
    await call.ack()
    await services.refresh_home(call)


async def on_pause(call: Call, services: Services) -> None:
    """Ask a member when they come back."""
    async with services.database.reading() as connection:
        await the_member(connection, call.workspace_id, call.slack_user_id)
    await call.open(views.pause_modal())


async def on_pause_form(call: Call, services: Services) -> None:
    """Let a member rest until the morning of the day that they chose."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
    chosen = call.answers.date("until")
    until = instant_of(chosen, time(0), zone(me.timezone)) if chosen else None
    try:
        async with services.database.writing() as connection:
            await use_cases.pause(
                connection,
                call.workspace_id,
                slack_user_id=call.slack_user_id,
                until=until,
                now=services.clock.now(),
            )
    except UserFacing as problem:
        await call.ack_errors({"until": problem.sentence})
        return
    await call.ack()
    await services.refresh_home(call)


async def on_resume(call: Call, services: Services) -> None:
    """Take a member back in, after a break or after they left."""
    async with services.database.writing() as connection:
        me = await use_cases.resume(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            now=services.clock.now(),
        )
        programme = await current_programme(connection, me.workspace_id)
        if programme is not None:
            await enrol_everybody(connection, me.workspace_id, programme.id)
    await services.refresh_home(call)


async def on_leave(call: Call, services: Services) -> None:
    """Let a member go."""

    async def work() -> View:
        async with services.database.writing() as connection:
            me = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
            await use_cases.leave(connection, me)
        await services.reconcile_groups(call.workspace_id)
        return notice("You have left. Thank you for taking part.", title="Leave the programme")

    meanwhile = working("You are leaving the programme.", title="Leave the programme")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


def _person(event: Mapping[str, Any]) -> str | None:
    about = event.get("user")
    found = about.get("id") if isinstance(about, Mapping) else None
    return found if isinstance(found, str) and found else None


def _facts(event: Mapping[str, Any], now: datetime) -> Mapping[str, object]:
    about = event["user"]
    until = rhythm.away_until_in(about, now=now)
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
    database, workspace_id, now = services.database, event.workspace_id, services.clock.now()
    async with database.writing() as connection:
        if facts["is_deactivated"]:
            await use_cases.deactivate(connection, workspace_id, slack_user_id=who, now=now)
        else:
            await _follow(connection, workspace_id, who, facts, now=now)
    if facts["is_deactivated"]:
        await services.reconcile_groups(workspace_id)


async def _follow(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    who: SlackUserId,
    facts: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Take over what a profile in Slack says now: that it is open, its zone, its status."""
    await use_cases.reactivate(connection, workspace_id, slack_user_id=who, now=now)
    zone_name = str(facts["timezone"])
    await use_cases.travel(connection, workspace_id, slack_user_id=who, timezone=zone_name, now=now)
    if facts["has_profile"]:
        until = facts["away_until"]
        await follow_status(
            connection,
            workspace_id,
            slack_user_id=who,
            until=datetime.fromisoformat(str(until)) if until else None,
            now=now,
        )


EVENTS = {
    "user_change": EventKind(
        subject=_person, facts=_facts, concerns=_is_member, act=on_user_change
    ),
}
