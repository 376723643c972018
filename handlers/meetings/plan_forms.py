"""Find a time: offer times, answer them, fix one, call a meeting off."""

import json
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.hours import Presence, Recipient
from bot.flows.recipients import recipients
from bot.groups.joining import known_groups_of, known_groups_of_mentor
from bot.kernel.clock import local_date, read_instant
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.meetings import plans, rules, store
from bot.meetings.model import FARTHEST_AHEAD, LENGTHS, LOOKS_AHEAD, PlanId, PlanState
from bot.meetings.rules import Availability
from bot.meetings.use_cases import plannable
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.schedule.rules import FARTHEST, instant_of, zone
from handlers.edge.answers import WrongAnswer, beside, read_json, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.meetings import form_views, views
from handlers.meetings.pages import lay

MOST_CHOICES = 10
"""Slack shows up to ten boxes."""
OLD_FORM = "This form is from an earlier version. Close it and open it again."


def register(edge: Edge) -> None:
    """Add the listeners of planned meetings."""
    edge.action("meeting.find", open_find)
    edge.view("meeting.find_form", on_find)
    edge.view("meeting.times_form", on_times)
    edge.action("meeting.can", on_can)
    edge.action("meeting.cannot", on_cannot)
    edge.action("meeting.answer", open_answer)
    edge.action("meeting.fix", open_fix)
    edge.view("meeting.fix_form", on_fix)
    edge.action("meeting.call_off", on_call_off)


async def open_find(call: Call, services: Services) -> None:
    """Ask for which group, how long and from when; a coordinator helps the group of the button."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        groups = await known_groups_of_mentor(connection, call.workspace_id, mentor.id)
        if coordinates(mentor) and call.value not in {one.group_id for one in groups}:
            groups = [await plannable(connection, mentor, GroupId(call.value or ""))]
    choices = [(one.group_id, one.group_name) for one in groups if one.mentees]
    if not choices:
        raise UserFacing("You have no mentees in a running programme, so there is nobody to ask.")
    wanted = call.value if call.value in dict(choices) else choices[0][0]
    tomorrow = local_date(services.clock.now(), mentor.timezone) + timedelta(days=1)
    await lay(call, form_views.find_form(choices, chosen=wanted or "", tomorrow=tomorrow))


async def on_find(call: Call, services: Services) -> None:
    """Show the times that suit."""
    now, answers = services.clock.now(), call.answers
    group_id = GroupId(answers.choice("group") or call.metadata)
    minutes = whole_number(answers.choice("minutes"))
    since_on = answers.date("since")
    if minutes not in LENGTHS:
        raise WrongAnswer(minutes="Choose how long you would like to meet.")
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        group = await plannable(connection, mentor, group_id)
        hours = await hours_of(connection, mentor, group, now)
    tz = zone(mentor.timezone)
    today = local_date(now, mentor.timezone)
    if since_on is None or not today <= since_on <= today + FARTHEST_AHEAD:
        raise WrongAnswer(since="Choose today or a day within a year.")
    since = max(now, instant_of(since_on, time(0), tz))
    until = instant_of(since_on + LOOKS_AHEAD, time(0), tz)
    length = timedelta(minutes=minutes)
    found = rules.suggest(hours, since, until, length=length, most=MOST_CHOICES)
    packed = json.dumps({"g": group_id, "m": minutes})
    form = form_views.times_form(found, minutes=minutes, tz=tz, metadata=packed)
    await call.ack_update(form)


async def hours_of(
    connection: AsyncConnection, mentor: Member, group: GroupMembers, now: datetime
) -> list[Availability]:
    """Read the hours of a group's people, the mentor's first."""
    ids = list(group.mentees | group.mentors)
    members = await people.members(connection, mentor.workspace_id, ids=ids)
    names = [one.slack_user_id for one in members if one.takes_part]
    found = await recipients(connection, mentor.workspace_id, names, now)
    first = [one for one in names if one == mentor.slack_user_id]
    ordered = [*first, *sorted(set(names) - {mentor.slack_user_id})]
    return [availability(found[one]) for one in ordered if one in found]


def availability(one: Recipient) -> Availability:
    """Read somebody's hours as delivery knows them; a closed account is away without an end."""
    until = {Presence.HERE: None, Presence.AWAY: one.away_until}.get(one.presence, FARTHEST)
    return Availability(tz=one.tz, rhythm=one.rhythm, away_until=until, days_off=one.days_off)


async def on_times(call: Call, services: Services) -> None:
    """Offer the chosen times, and ask the mentees."""
    group_id, minutes = _unpack(call.metadata)
    times = [_instant(one) for one in call.answers.choices("times")]
    own = call.answers.moment("own")
    times += [own] if own else []
    now = services.clock.now()
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        group = await plannable(connection, mentor, group_id)
        with beside("own"):
            rules.check_times(times, now=now)
        await plans.offer(connection, mentor, group_id, times, minutes=minutes, now=now)
        asked = await plans.asked_of(connection, group, call.workspace_id, now=now)
    services.wake()
    await call.ack_update(form_views.offered([one.name for one in asked]))
    await services.refresh_home(call)


def _unpack(metadata: str) -> tuple[GroupId, int]:
    try:
        packed = read_json(metadata)
        return GroupId(str(packed["g"])), int(packed["m"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise UserFacing(OLD_FORM) from None


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError:
        raise UserFacing(OLD_FORM) from None


async def on_can(call: Call, services: Services) -> None:
    """Keep that a mentee can at one time."""
    await _answer_one(call, services, can=True)


async def on_cannot(call: Call, services: Services) -> None:
    """Keep that a mentee cannot at one time."""
    await _answer_one(call, services, can=False)


async def _answer_one(call: Call, services: Services, *, can: bool) -> None:
    plan_id, _, number = (call.value or "").partition("|")
    now = services.clock.now()
    said = {whole_number(number) or 0: can} if whole_number(number) is not None else {}
    async with services.database.writing() as connection:
        mentee = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan = await plans.answer(connection, mentee, PlanId(plan_id), said, now=now)
        group = await programmes.group(connection, call.workspace_id, plan.group_id)
    name = group.name if group else ""
    offered = views.offer(plan, name, now, reader=mentee.id)
    if call.view_type == "modal":
        await call.update(form_views.answer_form(offered))
    else:
        await call.replace(offered)
    await services.refresh_home(call)


async def open_answer(call: Call, services: Services) -> None:
    """Show a mentee the offered times, each to be answered with a tap."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        mentee = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan = await store.plan(connection, call.workspace_id, PlanId(call.value or ""))
        groups = await known_groups_of(connection, call.workspace_id, mentee.id)
    names = {one.group_id: one.group_name for one in groups if mentee.id in one.mentees}
    if plan is None or not plan.open_times(now) or plan.group_id not in names:
        raise UserFacing(plans.NOT_OPEN)
    offered = views.offer(plan, names[plan.group_id], now, reader=mentee.id)
    await call.open(form_views.answer_form(offered))


async def open_fix(call: Call, services: Services) -> None:
    """Show a mentor who can when, to choose a time."""
    now, plan_id = services.clock.now(), PlanId(call.value or "")
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan, group = await plans.planned(connection, mentor, plan_id, PlanState.OFFERED)
        mentees = await plans.asked_of(connection, group, call.workspace_id, now=now)
    if not plan.open_times(now):
        raise UserFacing("All of these times have passed. Offer new ones: Find a time, on Home.")
    names = {one.id: one.name for one in mentees}
    form = form_views.fix_form(plan, names, now=now, tz=zone(mentor.timezone))
    await lay(call, form)


async def on_fix(call: Call, services: Services) -> None:
    """Fix a time, and tell the group."""
    number = whole_number(call.answers.choice("time"))
    if number is None:
        raise WrongAnswer(time="Choose a time.")
    now, plan_id = services.clock.now(), PlanId(call.metadata)
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        its = await recipients(connection, call.workspace_id, [mentor.slack_user_id], now)
        hours = availability(its[mentor.slack_user_id])
        plan = await plans.fix(connection, mentor, plan_id, number, hours=hours, now=now)
    services.wake()
    assert plan.starts_at is not None, "it has just been fixed"
    when = form_views.time_label(plan.starts_at, plan.minutes, zone(mentor.timezone))
    await call.ack_update(form_views.time_fixed(when))
    await services.refresh_home(call)


async def on_call_off(call: Call, services: Services) -> None:
    """Call a meeting off, and tell the group."""
    now, plan_id = services.clock.now(), PlanId(call.value or "")
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan = await plans.call_off(connection, mentor, plan_id, now=now)
    services.wake()
    await call.show(form_views.off(plan.group_id))
    await services.refresh_home(call)
