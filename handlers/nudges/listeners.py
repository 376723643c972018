"""The mentor's weekly message, its buttons, and the mentor's part of the Home tab."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.model import CheckIn, CheckInId, Visibility
from bot.checkins.use_cases import open_as_mentor, shown_to_mentor
from bot.delivery.model import Entry as OutboxEntry
from bot.kernel.dates import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.kernel.ports import Message
from bot.meetings import store as meetings
from bot.meetings.model import Length, Mode
from bot.meetings.use_cases import record
from bot.nudges import rules, store
from bot.nudges.model import Mentee, Met, NudgeId, Shared, Words
from bot.nudges.use_cases import (
    is_replaced,
    snooze_until_next_week,
    snooze_until_tomorrow,
)
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import Circle, circles_of_mentor
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.stages import store as stages
from bot.stages.cadence import PROMPT, asked_at
from bot.stages.rules import current_level
from handlers.checkins.form_views import BLOCKERS
from handlers.checkins.page_views import headed
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.nudges import views


def register(edge: Edge) -> None:
    """The listeners of the nudge's buttons."""
    edge.action("nudge.met", open_met)
    edge.view("nudge.met_form", on_met)
    edge.action("nudge.read", on_read)
    edge.action("nudge.tomorrow", on_tomorrow)
    edge.action("nudge.next_week", on_next_week)


async def open_met(call: Call, services: Services) -> None:
    """Open the form for "we met", with the mentor's mentees and today's date."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        circles = await circles_of_mentor(connection, call.workspace_id, mentor.id)
        names = await _names(connection, call.workspace_id, circles)
    choices = [
        (
            circle.group_id,
            circle.group_name,
            sorted(((each, names[each]) for each in circle.mentees if each in names), key=_by_name),
        )
        for circle in circles
    ]
    if not any(mentees for *_, mentees in choices):
        raise UserFacing("You have no mentees in a running programme, so there is nothing to note.")
    today = local_date(services.clock.now(), mentor.timezone)
    await call.open(views.met_form(choices, today=today))


def _by_name(choice: tuple[str, str]) -> tuple[str, str]:
    return choice[1].casefold(), choice[0]


async def on_met(call: Call, services: Services) -> None:
    """Record the meeting, for each group that somebody chosen is in."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
    held_on = call.answers.date("held_on")
    chosen = [value.partition("|") for value in call.answers.choices("mentees")]
    if held_on is None or not chosen:
        block, sentence = ("held_on", "Choose a day.") if held_on is None else _NOBODY
        await call.ack_errors({block: sentence})
        return
    today = local_date(now, mentor.timezone)
    if held_on > today:
        await call.ack_errors({"held_on": "Choose today or an earlier day."})
        return
    by_group: dict[GroupId, frozenset[MemberId]] = {}
    for group_id, _, member_id in chosen:
        group = GroupId(group_id)
        by_group[group] = by_group.get(group, frozenset()) | {MemberId(member_id)}
    mode, length = call.answers.choice("mode"), call.answers.choice("length")
    async with services.database.writing() as connection:
        await record(
            connection,
            call.workspace_id,
            by=mentor.id,
            held_on=held_on,
            mentees=by_group,
            mode=Mode(mode) if mode in set(Mode) else None,
            length=Length(length) if length in set(Length) else None,
            form_key=call.view_id or call.trigger_id or "",
            today=today,
            now=now,
        )
    async with services.database.reading() as connection:
        met = frozenset[MemberId]().union(*by_group.values())
        found = await people.members(connection, call.workspace_id, ids=met)
    await call.ack_update(views.met_saved(held_on, [each.name for each in found]))


_NOBODY = ("mentees", "Choose at least one mentee whom you met.")


async def on_read(call: Call, services: Services) -> None:
    """Open a check-in that its writer shows their mentor, whole, as long as they do."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        circles = await circles_of_mentor(connection, call.workspace_id, mentor.id)
        checkin_id = CheckInId(call.value or "")
        found = await open_as_mentor(connection, mentor, circles, checkin_id=checkin_id)
        names = await _names(connection, call.workspace_id, circles)
    name = names.get(found.member_id, "A former member")
    await call.open(views.shared_whole(found, name=name, tz=mentor.timezone))


async def on_tomorrow(call: Call, services: Services) -> None:
    """Send the same nudge again tomorrow, at the programme's hour in the mentor's zone."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await programmes.programme_of(connection, call.workspace_id, mentor.id)
    if programme is None:
        raise UserFacing("Your programme is not running any more, so no nudge will come.")
    at = programme.template.nudge_time
    async with services.database.writing() as connection:
        comes_at = await snooze_until_tomorrow(
            connection,
            call.workspace_id,
            mentor=mentor,
            nudge_id=NudgeId(call.value or ""),
            at=at,
            now=services.clock.now(),
        )
    if comes_at is None:
        await call.replace(views.put_off_until_next_week())
        return
    services.wake()
    on = local_date(comes_at, mentor.timezone)
    await call.replace(views.snoozed_until(on, at.strftime("%H:%M")))


async def on_next_week(call: Call, services: Services) -> None:
    """Leave this nudge be; the next week's takes over what it tells."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
    async with services.database.writing() as connection:
        await snooze_until_next_week(
            connection,
            call.workspace_id,
            mentor_id=mentor.id,
            nudge_id=NudgeId(call.value or ""),
            now=services.clock.now(),
        )
    await call.replace(views.put_off_until_next_week())


async def _names(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Sequence[Circle]
) -> Mapping[MemberId, str]:
    return names_of(await members_of(connection, workspace_id, circles))


async def members_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Sequence[Circle]
) -> list[Member]:
    """The mentees of these circles, whether they take part or not."""
    ids = {mentee for circle in circles for mentee in circle.mentees}
    return await people.members(connection, workspace_id, ids=ids) if ids else []


def names_of(members: Sequence[Member]) -> Mapping[MemberId, str]:
    return {each.id: each.name for each in members if each.takes_part}


async def compose_nudge(
    services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """The weekly message as things stand now; None for who is away or mentors nobody any more."""
    sending = await store.find(connection, entry.workspace_id, NudgeId(entry.subject_id))
    if sending is None:
        return None
    now = services.clock.now()
    mentor = await people.member(connection, entry.workspace_id, sending.mentor_id)
    if mentor is None or mentor.is_away(now):
        return None
    circles = await circles_of_mentor(connection, entry.workspace_id, mentor.id)
    members = await members_of(connection, entry.workspace_id, circles)
    mentees = await mentees_of(services, connection, members, circles, now=now)
    found = rules.this_weeks(
        sending.id,
        mentees=mentees,
        shared=await shared_with(
            connection,
            mentor,
            circles,
            names=names_of(members),
            since=sending.shared_since,
            until=rules.told_until(sending, entry.not_before),
        ),
        met=await met_of(connection, entry.workspace_id, circles),
        week_on=sending.week_on,
        now=now,
    )
    return views.nudge(found, tz=mentor.timezone) if found else None


async def redraw_nudge(
    services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """A nudge that was sent, as things stand now, and as short as a snooze left it."""
    if await is_replaced(connection, entry):
        return views.told_later()
    return await compose_nudge(services, connection, entry)


async def mentees_of(
    services: Services,
    connection: AsyncConnection,
    members: Sequence[Member],
    circles: Sequence[Circle],
    *,
    now: datetime,
    programme: Programme | None = None,
) -> list[Mentee]:
    """The mentees as a nudge sees them. `programme` is one that is at hand already."""
    if not members:
        return []
    workspace_id = members[0].workspace_id
    where = {mentee: circle for circle in circles for mentee in circle.mentees}
    histories = await stages.histories(connection, workspace_id, member_ids=where)
    written = await checkins.last_written(connection, workspace_id, member_ids=where)
    upcoming = await schedule.upcoming(connection, workspace_id, subject_ids=where)
    next_at = {due.subject_id: due.due_at for due in upcoming if due.kind == PROMPT}
    running = {programme.id: programme} if programme else {}
    if any(circle.programme_id not in running for circle in circles):
        every = await programmes.running_programmes(connection, workspace_id)
        running = {each.id: each for each in every}
    mentees = []
    for member in members:
        its = running.get(where[member.id].programme_id)
        if its is None or not member.takes_part:
            continue
        framework = services.catalogue.frameworks[its.framework_id]
        stage = current_level(framework, histories[member.id], initial=member.stage)
        mentees.append(
            Mentee(
                id=member.id,
                name=member.name,
                stage=stage,
                last_checkin_at=written.get(member.id),
                asked_at=asked_at(
                    its, stage.name, tz=member.timezone, next_at=next_at.get(member.id)
                ),
                next_at=next_at.get(member.id),
                is_away=member.is_away(now),
            )
        )
    return mentees


async def shared_with(
    connection: AsyncConnection,
    mentor: Member,
    circles: Sequence[Circle],
    *,
    names: Mapping[MemberId, str],
    since: datetime | None,
    until: datetime,
) -> list[Shared]:
    found = await shown_to_mentor(connection, mentor, circles, since=since, until=until)
    return [_as_shared(each, names[each.member_id]) for each in found if each.member_id in names]


def _as_shared(checkin: CheckIn, name: str) -> Shared:
    entry = checkin.entry
    return Shared(
        id=checkin.id,
        name=name,
        written_at=checkin.written_at,
        stage=checkin.stage,
        words=tuple(Words(heading, text) for heading, text in headed(entry)),
        confidence=entry.confidence,
        blocker=BLOCKERS[entry.blocker] if entry.blocker else None,
        with_group=entry.visibility is Visibility.GROUP,
    )


async def met_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Sequence[Circle]
) -> tuple[Met, ...]:
    found = await meetings.last_met(
        connection, workspace_id, group_ids=[circle.group_id for circle in circles]
    )
    return tuple(Met(each.group_name, found.get(each.group_id)) for each in circles)
