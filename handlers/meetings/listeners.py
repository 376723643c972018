"""Record a meeting, correct a record, object to one."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import known_groups_of_mentor
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.meetings import plans, use_cases
from bot.meetings.model import MeetingId, Mode, PlanId, PlannedMeeting, PlanState
from bot.meetings.use_cases import Attendance
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme.groups import GroupMembers
from handlers.blocks import Choice
from handlers.edge.answers import WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.meetings import form_views, pages, plan_forms
from handlers.meetings.form_views import MetForm

NO_MENTEES = "You have no mentees in a running programme, so there is nothing to note."


def register(edge: Edge) -> None:
    """Add the listeners of meetings; `nudge.met` stands in messages of before."""
    edge.action("nudge.met", open_met)
    edge.view("nudge.met_form", on_met)
    edge.action("meeting.happened", open_happened)
    edge.action("meeting.missed", on_missed)
    edge.action("meeting.correct", open_correct)
    edge.view("meeting.correct_form", on_correct)
    edge.action("meeting.delete", on_delete)
    edge.action("meeting.leave", on_leave)
    edge.action("meeting.object", on_object)
    plan_forms.register(edge)
    pages.register(edge)


async def open_met(call: Call, services: Services) -> None:
    """Open the form for "we met", with the mentor's mentees and today's date."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        groups = await known_groups_of_mentor(connection, call.workspace_id, mentor.id)
        form = await _met_form(connection, services, mentor, groups)
    await call.open(form_views.met_form(form))


async def open_happened(call: Call, services: Services) -> None:
    """Open the form about a planned meeting, filled in as it was planned."""
    plan_id = PlanId(call.value or "")
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan, group = await plans.planned(connection, mentor, plan_id, PlanState.FIXED)
        form = await _met_form(connection, services, mentor, [group], plan=plan)
    await call.open(form_views.met_form(form))


async def _met_form(
    connection: AsyncConnection,
    services: Services,
    mentor: Member,
    groups: list[GroupMembers],
    *,
    plan: PlannedMeeting | None = None,
) -> MetForm:
    """Read who may be chosen. Raises UserFacing without mentees."""
    ids = {one for group in groups for one in group.mentees | group.mentors}
    found = await people.members(connection, mentor.workspace_id, ids=list(ids)) if ids else []
    names = {one.id: one.name for one in found if one.takes_part}
    choices = [
        (
            group.group_id,
            group.group_name,
            _named(group.mentees, names),
            _named(group.mentors, names),
        )
        for group in groups
    ]
    if not any(mentees for _, _, mentees, _ in choices):
        raise UserFacing(NO_MENTEES)
    now = services.clock.now()
    return MetForm(
        choices,
        today=local_date((plan and plan.starts_at) or now, mentor.timezone),
        mentors=frozenset({mentor.id}),
        minutes=plan.minutes if plan else None,
        plan_id=plan.id if plan else "",
    )


def _named(ids: frozenset[MemberId], names: dict[MemberId, str]) -> list[Choice]:
    found = [(one, names[one]) for one in ids if one in names]
    return sorted(found, key=lambda choice: (choice[1].casefold(), choice[0]))


async def on_met(call: Call, services: Services) -> None:
    """Record the meeting, for each group that somebody chosen is in."""
    told = read_attendance(call)
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        _not_later(told, mentor, services)
        now = services.clock.now()
        await use_cases.record(connection, mentor, told, form_key=call.form_key, now=now)
    await _say_who(call, services, told)


async def _say_who(call: Call, services: Services, told: Attendance) -> None:
    met = frozenset[MemberId]().union(*told.mentees.values())
    async with services.database.reading() as connection:
        found = await people.members(connection, call.workspace_id, ids=met)
    await call.ack_update(form_views.met_saved(told.held_on, [each.name for each in found]))
    await services.refresh_home(call)


def read_attendance(call: Call) -> Attendance:
    """Read the form about a meeting. Raises WrongAnswer for what is missing."""
    answers = call.answers
    held_on = answers.date("held_on")
    if held_on is None:
        raise WrongAnswer(held_on="Choose a day.")
    by_group: dict[GroupId, frozenset[MemberId]] = {}
    for group_id, _, member_id in (each.partition("|") for each in answers.choices("mentees")):
        group = GroupId(group_id)
        by_group[group] = by_group.get(group, frozenset()) | {MemberId(member_id)}
    if not by_group:
        raise WrongAnswer(mentees="Choose at least one mentee whom you met.")
    return Attendance(
        held_on=held_on,
        mentees=by_group,
        mentors=frozenset(map(MemberId, answers.choices("mentors"))),
        mode=answers.choice_of("mode", Mode),
        minutes=whole_number(answers.choice("minutes")),
        plan_id=PlanId(call.metadata) if call.metadata else None,
    )


def _not_later(told: Attendance, mentor: Member, services: Services) -> None:
    if told.held_on > local_date(services.clock.now(), mentor.timezone):
        raise WrongAnswer(held_on="Choose today or an earlier day.")


async def on_missed(call: Call, services: Services) -> None:
    """Note that a planned meeting did not take place, and offer the next step."""
    now = services.clock.now()
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan = await plans.did_not_happen(connection, mentor, PlanId(call.value or ""), now=now)
    await call.show(form_views.missed(plan.group_id))
    await services.refresh_home(call)


async def open_correct(call: Call, services: Services) -> None:
    """Open the form about a meeting as it is on record."""
    now, meeting_id = services.clock.now(), MeetingId(call.value or "")
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        held, group = await use_cases.to_correct(connection, mentor, meeting_id, now=now)
        form = await _met_form(connection, services, mentor, [group])
    filled = MetForm(
        form.groups,
        today=held.held_on,
        chosen=held.mentees,
        mentors=held.mentors,
        mode=held.mode,
        minutes=held.minutes,
        meeting_id=held.id,
        is_objected=bool(held.objecting),
    )
    await pages.lay(call, form_views.met_form(filled))


async def on_correct(call: Call, services: Services) -> None:
    """Write the record anew."""
    told, meeting_id = read_attendance(call), MeetingId(call.metadata)
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        _not_later(told, mentor, services)
        now = services.clock.now()
        await use_cases.correct(connection, mentor, meeting_id, told, now=now)
    await _say_who(call, services, told)


async def on_delete(call: Call, services: Services) -> None:
    """Delete a record."""
    now, meeting_id = services.clock.now(), MeetingId(call.value or "")
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        await use_cases.delete(connection, mentor, meeting_id, now=now)
    await call.say("The record is deleted.", title="Deleted")
    await services.refresh_home(call)


async def on_leave(call: Call, services: Services) -> None:
    """Leave a record as it is, after a look at it."""
    now, meeting_id = services.clock.now(), MeetingId(call.value or "")
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        await use_cases.leave_as_is(connection, mentor, meeting_id, now=now)
    said = "The record stays as it is. A word with your mentee about it may be welcome."
    await call.say(said, title="Left as it is")
    await services.refresh_home(call)


async def on_object(call: Call, services: Services) -> None:
    """Ask the mentor, for a mentee, to look at a record again."""
    now, meeting_id = services.clock.now(), MeetingId(call.value or "")
    async with services.database.writing() as connection:
        mentee = await the_member(connection, call.workspace_id, call.slack_user_id)
        await use_cases.object_to(connection, mentee, meeting_id, now=now)
    await services.refresh_home(call)
