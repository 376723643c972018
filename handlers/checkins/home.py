"""The Home tab about check-ins: when a mentee last wrote, and the one that is due."""

from datetime import timedelta

from bot.checkins.use_cases import MenteesCheckins, mentees_checkins
from bot.kinds import ToDoKind
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button
from handlers.capability import ToDos, Viewer
from handlers.checkins import page_views


async def _checkins(viewer: Viewer) -> MenteesCheckins | None:
    return await mentees_checkins(
        viewer.connection,
        viewer.member,
        viewer.programme,
        frameworks=viewer.services.catalogue.frameworks,
        now=viewer.now,
    )


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee when they wrote last and are asked next; nothing to anybody else."""
    found = await viewer.once(_checkins)
    if found is None:
        return []
    is_near = found.next_at is not None and found.next_at > viewer.now - timedelta(days=1)
    return page_views.home_mentee(
        last_on=found.last_at,
        next_at=found.next_at if is_near else None,
        tz=viewer.member.timezone,
        is_away=viewer.member.is_away(viewer.now),
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the check-in that a mentee was asked for and has not written."""
    found = await viewer.once(_checkins)
    return found.todos() if found else []


def write_checkin(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for the check-in that is due."""
    return ToDoLine(
        "Your check-in is due: three short questions, and you choose who reads it.",
        button("Check in", "checkin.open", style="primary"),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.WRITE_CHECKIN: write_checkin})
