"""Goals in Slack: what Home shows of them and asks."""

from datetime import datetime

from bot.goals import use_cases
from bot.goals.disclosure import shared_goals
from bot.goals.model import Goal
from bot.kernel.clock import local_date
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.programme.groups import GroupMembers
from bot.programme.model import Use
from bot.todos import ToDo
from handlers.blocks import AgendaLine, Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer, groups_of
from handlers.goals import listeners, views


async def _goals(viewer: Viewer) -> list[Goal]:
    if not viewer.member.is_mentee:
        return []
    return await use_cases.goals_of(viewer.connection, viewer.member)


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee their goals."""
    if viewer.programme is None or not viewer.member.is_mentee:
        return []
    goals = await viewer.once(_goals)
    still = [one for one in goals if one.is_open]
    today = local_date(viewer.now, viewer.member.timezone)
    return views.home_mentee(still, ended=len(goals) - len(still), today=today)


async def shared(viewer: Viewer) -> list[Block]:
    """Show a mentor whose goals are shared with them."""
    groups, member = await viewer.once(groups_of), viewer.member
    found = await shared_goals(viewer.connection, member, groups)
    if not found:
        return []
    ids = {one.member_id for one in found}
    authors = await people.members(viewer.connection, member.workspace_id, ids=ids)
    return views.home_mentor(
        {one.name: sum(goal.member_id == one.id for goal in found) for one in authors}
    )


async def agenda(viewer: Viewer, group: GroupMembers, _since: datetime | None) -> list[AgendaLine]:
    """Say how many goals the mentees of a group share with their mentor, and lead to them."""
    found = await shared_goals(viewer.connection, viewer.member, [group])
    return [views.goals_to_talk_about(len(found))] if found else []


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show somebody who was a mentee what became of their goals."""
    goals = await viewer.once(_goals)
    return views.looking_back(goals) if goals else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a mentee has no goal yet, and the goals whose day has passed."""
    goals = await viewer.once(_goals)
    return use_cases.todos(viewer.member, viewer.programme, goals, now=viewer.now)


CAPABILITY = Capability(
    name="goals",
    optional=Use.GOALS,
    listeners=listeners.register,
    home={HomeSection.GOALS: home, HomeSection.PEOPLE: shared},
    looking_back={HomeSection.GOALS: looking_back},
    privacy="*Goals:* you, and your mentor where you share one.",
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.SET_GOAL: views.set_goal,
            ToDoKind.REVIEW_GOAL: views.review_goal,
        },
    ),
    agenda=agenda,
    erase=use_cases.erase,
)
