"""Meetings of groups: a mentor notes one with "We met"."""

from bot.groups.joining import known_groups_of_mentor
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.meetings.model import Length, Mode
from bot.meetings.use_cases import erase, record
from bot.people import store as people
from bot.people.use_cases import the_member
from bot.programme.groups import mentees_names
from bot.programme.model import Use
from handlers.blocks import Choice
from handlers.capability import Capability
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.meetings import views


def listeners(edge: Edge) -> None:
    """Add the listeners of meetings; their names are those of buttons that stand in Slack."""
    edge.action("nudge.met", open_met)
    edge.view("nudge.met_form", on_met)


async def open_met(call: Call, services: Services) -> None:
    """Open the form for "we met", with the mentor's mentees and today's date."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        groups = await known_groups_of_mentor(connection, call.workspace_id, mentor.id)
        names = await mentees_names(connection, call.workspace_id, groups)
    choices = [
        (
            group.group_id,
            group.group_name,
            sorted(((each, names[each]) for each in group.mentees if each in names), key=_by_name),
        )
        for group in groups
    ]
    if not any(mentees for *_, mentees in choices):
        raise UserFacing("You have no mentees in a running programme, so there is nothing to note.")
    today = local_date(services.clock.now(), mentor.timezone)
    await call.open(views.met_form(choices, today=today))


def _by_name(choice: Choice) -> tuple[str, str]:
    return choice[1].casefold(), choice[0]


async def on_met(call: Call, services: Services) -> None:
    """Record the meeting, for each group that somebody chosen is in."""
    now, answers = services.clock.now(), call.answers
    mentor = await services.member(call)
    today = local_date(now, mentor.timezone)
    held_on = answers.date("held_on")
    if held_on is None:
        raise WrongAnswer(held_on="Choose a day.")
    by_group: dict[GroupId, frozenset[MemberId]] = {}
    for group_id, _, member_id in (each.partition("|") for each in answers.choices("mentees")):
        group = GroupId(group_id)
        by_group[group] = by_group.get(group, frozenset()) | {MemberId(member_id)}
    if not by_group:
        raise WrongAnswer(mentees="Choose at least one mentee whom you met.")
    if held_on > today:
        raise WrongAnswer(held_on="Choose today or an earlier day.")
    async with services.database.writing() as connection:
        await record(
            connection,
            call.workspace_id,
            by=mentor.id,
            held_on=held_on,
            mentees=by_group,
            mode=answers.choice_of("mode", Mode),
            length=answers.choice_of("length", Length),
            form_key=call.form_key,
            today=today,
            now=now,
        )
    async with services.database.reading() as connection:
        met = frozenset[MemberId]().union(*by_group.values())
        found = await people.members(connection, call.workspace_id, ids=met)
    await call.ack_update(views.met_saved(held_on, [each.name for each in found]))
    await services.refresh_home(call)


CAPABILITY = Capability(
    name="meetings",
    optional=Use.MEETINGS,
    listeners=listeners,
    erase=erase,
)
