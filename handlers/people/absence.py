"""A coordinator or contact person says that they are away, and who stands in for them."""

from datetime import time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.flows import absences
from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import delegation, store
from bot.people.delegation import delegation_of
from bot.people.model import Member, Role
from bot.people.permissions import coordinates, may_hear_concerns
from bot.people.use_cases import the_member
from bot.schedule.rules import MORNING, instant_of, zone
from handlers.blocks import View, notice
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.people import absence_views
from handlers.sending.messenger import Written


def register(edge: Edge) -> None:
    """Add the listeners of absence; `people.pause` opens its form."""
    edge.view("people.absence_form", on_form)
    edge.action("people.absence_back", on_back)


async def form(connection: AsyncConnection, member: Member) -> View | None:
    """Draw the form of somebody whom others ask; None for everybody else, who takes a break."""
    if not member.takes_part:
        return None
    hears = await absences.hears_concerns(connection, member)
    if not (coordinates(member) or hears):
        return None
    announced = await delegation_of(connection, member.workspace_id, member.id)
    stand_in = announced and announced.stand_in_id
    known = await store.member(connection, member.workspace_id, stand_in) if stand_in else None
    return absence_views.form(member, announced, known, hears=hears)


async def on_form(call: Call, services: Services) -> None:
    """Let somebody be away from the day that they chose, and say who stands in."""
    answers, now = call.answers, services.clock.now()
    who = answers.person("stand_in")
    async with services.database.writing() as connection:
        its = (connection, call.workspace_id)
        me = await the_member(*its, call.slack_user_id, hold=True)
        stand_in = await store.member_by_slack_id(*its, SlackUserId(who)) if who else None
        if who and stand_in is None:
            raise WrongAnswer(stand_in="Cairn does not know them. Choose somebody who takes part.")
        first, last = answers.date("from"), answers.date("until")
        if first and first < local_date(now, me.timezone):
            raise WrongAnswer(**{"from": "This day has passed. Choose today, or a later day."})
        with beside("stand_in" if stand_in else "until"):
            announced = await absences.go_away(
                connection,
                me,
                begins_at=instant_of(first, time(0), zone(me.timezone)) if first else now,
                ends_at=instant_of(last, MORNING, zone(me.timezone)) if last else None,
                stand_in=stand_in,
                now=now,
            )
        every = await store.members(*its, roles=[Role.COORDINATOR])
        hears = await absences.hears_concerns(connection, me)
    services.wake()
    others = [one for one in every if coordinates(one) and one.id != me.id]
    said = absence_views.noted(
        me,
        announced,
        stand_in,
        is_alone=coordinates(me) and not others,
        passes_concerns=bool(hears and stand_in and may_hear_concerns(stand_in)),
        hears=hears,
    )
    await call.ack_update(said)
    await services.refresh_home(call)


async def on_back(call: Call, services: Services) -> None:
    """Take back an absence that was announced, or end it."""
    async with services.database.writing() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await absences.come_back(connection, me, now=services.clock.now())
    services.wake()
    await call.show(notice(absence_views.BACK, title=absence_views.TITLE))
    await services.refresh_home(call)


async def write(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a stand-in from when to when, or that they stand in no more."""
    absent = await store.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    who = SlackUserId(entry.recipient)
    reader = await store.member_by_slack_id(connection, entry.workspace_id, who)
    if absent is None or reader is None or reader.is_away(services.clock.now()):
        return None
    announced = await delegation.delegation_of(connection, entry.workspace_id, absent.id)
    if announced is None or announced.stand_in_id != reader.id:
        return absence_views.stands_in_no_more(absent)
    hears = await absences.hears_concerns(connection, absent) and may_hear_concerns(reader)
    return absence_views.stands_in(absent, announced, reader, hears=hears)
