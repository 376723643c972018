"""Meetings, agreements, charters and profiles, as the demo's people do them."""

from contextlib import suppress
from datetime import time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import rules as expected
from bot.agreements import use_cases as agreements
from bot.agreements.model import PairProgress, PairSide
from bot.agreements.rules import Phase
from bot.community import use_cases as charters
from bot.community.model import Stance
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.meetings import plans, store
from bot.meetings import use_cases as meetings
from bot.meetings.model import Mode, PlannedMeeting, PlanState
from bot.meetings.rules import Availability
from bot.meetings.use_cases import Attendance
from bot.people.model import Member
from bot.profiles import store as profiles
from bot.programme.groups import GroupMembers
from bot.programme.model import Use, in_use
from bot.schedule.rules import instant_of, zone
from runtime.demo import words
from runtime.demo.day import FRIDAY, MONDAY, THURSDAY, Today

OFFERED_EVERY_WEEKS = (2, 3, 2)
"""By group: the first meets most often, and one that has no number here never does."""
CHARTER_TAKES_WEEKS = 4
AGREED_BY = 6
DAYS_AND_HOURS = ((1, time(12, 30)), (2, time(16)), (3, time(17)))
"""Of the week after the offer: days after its Monday, and the mentor's local time."""


async def plan_meetings(today: Today) -> None:
    """Offer times on a Thursday, answer and fix one until Monday, and note it a week later."""
    if today.weekday not in (THURSDAY, FRIDAY, MONDAY):
        return
    for number, group in enumerate(today.groups):
        mentor = today.mentor_of(group)
        async with today.database.writing() as connection:
            if today.weekday in (FRIDAY, MONDAY):
                await _answer_times(today, connection, group)
            if mentor is not None and today.weekday == MONDAY:
                await _note_meetings(today, connection, mentor, group)
                await _fix_times(today, connection, mentor, group)
            elif mentor is not None and today.weekday == THURSDAY and _offers(today, number):
                await _offer(today, connection, mentor, group)


def _offers(today: Today, number: int) -> bool:
    every = dict(enumerate(OFFERED_EVERY_WEEKS)).get(number)
    return every is not None and (today.week - number % 2) % every == 0


async def _offer(
    today: Today, connection: AsyncConnection, mentor: Member, group: GroupMembers
) -> None:
    tz = zone(mentor.timezone)
    monday = today.monday_in(1).date()
    times = [instant_of(monday + timedelta(days=day), hour, tz) for day, hour in DAYS_AND_HOURS]
    minutes = today.chosen((45, 60), "long", group.group_name, today.week)
    await plans.offer(connection, mentor, group.group_id, times, minutes=minutes, now=today.now)


async def _open(
    today: Today, connection: AsyncConnection, group: GroupMembers, state: PlanState
) -> list[PlannedMeeting]:
    where = (connection, today.workspace_id)
    return await store.plans(*where, states=[state], group_id=group.group_id)


async def _answer_times(today: Today, connection: AsyncConnection, group: GroupMembers) -> None:
    for plan in await _open(today, connection, group, PlanState.OFFERED):
        for mentee in today.acting(group.mentees):
            who = (mentee.slack_user_id, today.week)
            is_late = today.weekday == FRIDAY and today.roll("late", *who) < 0.25
            if is_late or plan.has_answered(mentee.id, today.now) or not plan.open_times(today.now):
                continue
            can = {n: today.roll("can", n, *who) < 0.7 for n in plan.open_times(today.now)}
            await plans.answer(connection, mentee, plan.id, can, now=today.now)


async def _fix_times(
    today: Today, connection: AsyncConnection, mentor: Member, group: GroupMembers
) -> None:
    for plan in await _open(today, connection, group, PlanState.OFFERED):
        open_times = plan.open_times(today.now)
        if open_times:
            can = {n: sum(said.get(n, False) for said in plan.answers.values()) for n in open_times}
            best = max(can, key=lambda n: (can[n], -n))
            hours = Availability(tz=zone(mentor.timezone))
            await plans.fix(connection, mentor, plan.id, best, hours=hours, now=today.now)


async def _note_meetings(
    today: Today, connection: AsyncConnection, mentor: Member, group: GroupMembers
) -> None:
    """Say of each meeting that is over who was there, or that it did not take place."""
    for plan in await _open(today, connection, group, PlanState.FIXED):
        if plan.starts_at is None or plan.ends_at is None or plan.ends_at > today.now:
            continue
        if today.roll("met", group.group_name, today.week) > 0.9:
            await plans.did_not_happen(connection, mentor, plan.id, now=today.now)
            continue
        there = {
            one
            for one in group.mentees
            if today.roll("there", today.people[one].slack_user_id, today.week) < 0.85
        }
        told = Attendance(
            held_on=local_date(plan.starts_at, mentor.timezone),
            mentees={group.group_id: frozenset(there or group.mentees)},
            mode=today.chosen(
                (Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIDEO), "how", group.group_name
            ),
            minutes=plan.minutes,
            plan_id=plan.id,
        )
        key = f"{group.group_name}:{today.week}"
        await meetings.record(connection, mentor, told, form_key=key, now=today.now)


async def agree(today: Today) -> None:
    """Let mentors and mentees say what they expect, write one text, confirm it, and review it."""
    if today.weekday != THURSDAY or not in_use(today.programme, Use.AGREEMENTS, today.now):
        return
    if today.week > AGREED_BY and today.week % 4:
        return  # what is left then are looks back
    for group in today.groups:
        for mentor in (today.people[one] for one in sorted(group.mentors)):
            async with today.database.writing() as connection:
                for one in await agreements.own_progress(connection, mentor):
                    await _go_on(today, connection, one)


async def _go_on(today: Today, connection: AsyncConnection, one: PairProgress) -> None:
    """Let one of the two take the next step, if it is theirs and they are in the mood."""
    mentee, mentor = (today.people[each] for each in one.pair.people)
    is_bob = today.is_first_mentee(mentee)
    for side, member in ((PairSide.MENTEE, mentee), (PairSide.MENTOR, mentor)):
        slow = 0.0 if is_bob else 0.45 if side is PairSide.MENTEE else 0.1
        mood = today.roll("agree", side, mentee.slack_user_id, today.week)
        is_early = is_bob and side is PairSide.MENTEE and today.week < 3
        if is_early or mood < slow or not today.acts(member):
            continue
        pairing, its = one.pair.pairing_id, (connection, member)
        match expected.phase_of(one, side, now=today.now):
            case Phase.FILL:
                own = today.chosen(words.EXPECTATIONS, "hopes", mentee.slack_user_id)
                said = own if side is PairSide.MENTEE else words.OF_A_MENTOR
                await agreements.fill(*its, [pairing], said, now=today.now)
            case Phase.COMPARE:
                text, seen = await agreements.text_to_write(connection, one)
                both = {**words.OF_A_MENTOR, **text}
                await agreements.write(*its, pairing, both, seen=seen, now=today.now)
            case Phase.CONFIRM if one.draft:
                seen = (one.draft.number, one.draft.revision)
                await agreements.confirm(*its, pairing, seen=seen, now=today.now)
            case Phase.REVIEW:
                await agreements.keep_as_it_is(*its, pairing, now=today.now)
            case _:
                continue
        return


async def write_charters(today: Today) -> None:
    """Let each group propose a few lines, and say week by week who is with them."""
    if today.weekday not in (THURSDAY, FRIDAY) or not in_use(
        today.programme, Use.COMMUNITY, today.now
    ):
        return
    first_week = dict(today.programme.template.uses)[Use.COMMUNITY]
    if today.week > first_week + CHARTER_TAKES_WEEKS:
        return
    for group in today.groups:
        members = today.acting(group.mentees | group.mentors)
        if len(members) < 3 or today.roll("charter", group.group_name) < 0.15:
            continue
        async with today.database.writing() as connection:
            if today.weekday == THURSDAY and today.week in (first_week, first_week + 1):
                number = today.week - first_week
                lines = dict(words.CHARTER[2 * number : 2 * number + 2])
                author = members[number + 1]
                key = f"{author.slack_user_id}:{today.week}"
                its = (connection, author, group.group_id)
                await charters.propose(*its, lines, form_key=key, now=today.now)
            elif today.weekday == FRIDAY:
                await _say_so(today, connection, group, members)


async def _say_so(
    today: Today, connection: AsyncConnection, group: GroupMembers, members: list[Member]
) -> None:
    for one in members:
        its = (connection, one, group.group_id)
        with suppress(UserFacing):  # who is new knows the group, and it not yet them
            charter = await charters.the_charter(*its)
            is_asked = charter.version > 0 and one.id not in charter.stances
            if is_asked and today.roll("with", one.slack_user_id, today.week) < 0.6:
                version, now = charter.version, today.now
                await charters.say(*its, Stance.WITH_IT, version=version, now=now)


async def tell_of_themselves(today: Today) -> None:
    """Let some write their profile in the first weeks."""
    if today.weekday != THURSDAY or today.week > 3:
        return
    groups = today.groups
    for one in today.acting(each for group in groups for each in group.mentees | group.mentors):
        if int(today.roll("profile", one.slack_user_id) * 8) == today.week:
            async with today.database.writing() as connection:
                if not await profiles.profiles(connection, today.workspace_id, [one.id]):
                    about = today.chosen(words.ABOUT, "about", one.slack_user_id)
                    await profiles.put(connection, one, about, now=today.now)
