"""The Home tab about membership: breaks, leaving, the code of conduct, and to-dos about them."""

from bot.kernel.dates import local_date, weekday_and_day
from bot.kernel.words import agree, plural
from bot.kinds import ToDoKind
from bot.people.model import MemberState, Role
from bot.people.todos import todos
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, actions, button, context, section
from handlers.capability import ToDos, Viewer
from handlers.people.views import WHO_SEES_BREAKS, break_buttons, conduct_button, erase_button


async def home(viewer: Viewer) -> list[Block]:
    """Say to a member that they are away, with the way back."""
    member = viewer.member
    if member.state is not MemberState.PAUSED or not member.is_away(viewer.now):
        return []
    until = ""
    if member.paused_until is not None:
        until = f" until {weekday_and_day(local_date(member.paused_until, member.timezone))}"
    return [
        section(
            f"You are taking a break{until}. You get no messages from Cairn meanwhile.",
            accessory=button("Come back now", "people.resume", style="primary"),
        )
    ]


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member the buttons for breaks, leaving, deletion and the code of conduct."""
    member = viewer.member
    if not member.takes_part:
        return [_left(), actions(erase_button())]
    if member.role is Role.COORDINATOR:
        return []
    breaks = break_buttons(may_pause=not member.is_away(viewer.now))
    accepted = [actions(conduct_button(style=None))] if member.has_accepted_conduct else []
    return [breaks, context(WHO_SEES_BREAKS), *accepted]


def _left() -> Block:
    return section(
        "You have left the programme and get no messages. You are welcome back at any time; "
        "your coordinator then finds a group for you.",
        accessory=button("Come back", "people.resume"),
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a member can do about membership."""
    return await todos(viewer.connection, viewer.member, viewer.now)


def accept_conduct(_todo: ToDo) -> ToDoLine:
    """Ask a member for the code of conduct."""
    return ToDoLine(
        "Read the code of conduct and say whether you accept it. You can be placed in a group "
        "after that.",
        conduct_button(),
    )


def import_people(_todo: ToDo) -> ToDoLine:
    """Ask a coordinator for the roster."""
    return ToDoLine(
        "Say who takes part: import a roster.",
        button("Import a roster", "people.roster", style="primary"),
    )


def ask_for_conduct(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to ask those who were never asked."""
    people, have = plural(todo.count, "person", "people"), agree(todo.count, "has", "have")
    return ToDoLine(
        f"{people} {have} not been asked yet to accept the code of conduct.",
        button("Ask them", "people.invite", style="primary", spoken="Ask for the code of conduct"),
    )


TODOS = ToDos(
    find=find_todos,
    say={
        ToDoKind.ACCEPT_CONDUCT: accept_conduct,
        ToDoKind.IMPORT_PEOPLE: import_people,
        ToDoKind.ASK_FOR_CONDUCT: ask_for_conduct,
    },
)
