"""A coordinator's to-dos about the programme: set it up, name its contacts, close it."""

from datetime import datetime, time, timedelta

from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme.model import Programme, ProgrammeState
from bot.programme.rules import first_monday, is_over
from bot.schedule.rules import instant_of, zone
from bot.todos.model import ToDo, Weight


def todos(member: Member, programme: Programme | None, now: datetime) -> list[ToDo]:
    """List what a coordinator can do about the programme itself."""
    if not coordinates(member):
        return []
    if programme is None or programme.state is ProgrammeState.CLOSED:
        weight = Weight.STARTS_THE_PROGRAMME
        return [ToDo(kind=ToDoKind.SET_UP_PROGRAMME, weight=weight, since=now)]
    found = []
    if not (programme.crisis_contact and programme.concern_contact):
        weight = Weight.PROTECTS_SOMEBODY
        found.append(
            ToDo(kind=ToDoKind.NAME_CONTACTS, weight=weight, since=now, about=programme.id)
        )
    if programme.state is ProgrammeState.RUNNING and is_over(programme, now):
        found.append(
            ToDo(
                kind=ToDoKind.CLOSE_PROGRAMME,
                weight=Weight.IS_DUE,
                since=_end_of(programme),
                about=programme.id,
                what=programme.name,
            )
        )
    return found


def _end_of(programme: Programme) -> datetime:
    """Give the first instant after the last week, by the programme's own clocks."""
    monday = first_monday(programme) + timedelta(weeks=programme.weeks)
    return instant_of(monday, time(0), zone(programme.timezone))
