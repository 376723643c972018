"""Meetings of groups: find a time, plan, say that they took place, and what all see of them."""

from bot.delivery.model import KindPolicy
from bot.kinds import FileKind, MessageKind, ScheduleKind, ToDoKind
from bot.meetings.plans import agenda_when_due
from bot.meetings.store import erase
from bot.meetings.todos import todos, with_latest
from bot.people.model import PAIRED
from bot.programme.model import Use
from bot.todos import ToDo
from handlers.blocks import Block, button, section
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.meetings import listeners, messages, pages, views
from handlers.member_reading import planned

CALENDAR = button("My calendar", "meeting.calendar")


async def home(viewer: Viewer) -> list[Block]:
    """Show a member of groups what is planned and when they met last."""
    seen = await with_latest(viewer.connection, viewer.member, await viewer.once(planned))
    return views.home(seen, viewer.member, viewer.now)


async def settings(viewer: Viewer) -> list[Block]:
    """Lead to a member's private calendar, where calendars can reach Cairn."""
    member = viewer.member
    if viewer.services.public_url is None or not (member.takes_part and member.roles & PAIRED):
        return []
    return [section("*My meetings in a calendar.*", accessory=CALENDAR)]


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a member can do about the meetings of their groups."""
    return todos(await viewer.once(planned), viewer.member, viewer.now)


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)

CAPABILITY = Capability(
    name="meetings",
    optional=Use.MEETINGS,
    listeners=listeners.register,
    messages={
        MessageKind.MEETING_OFFERED: MessageType(
            name="times for a meeting",
            write=messages.write_offered,
            policy=KindPolicy(resend_unknown=False, counts=False),
        ),
        MessageKind.MEETING_FIXED: MessageType(
            name="time of a meeting", write=messages.write_fixed, policy=_MUST_ARRIVE
        ),
        MessageKind.MEETING_CALLED_OFF: MessageType(
            name="meeting called off", write=messages.write_called_off, policy=_MUST_ARRIVE
        ),
        MessageKind.MEETING_AGENDA: MessageType(
            name="agenda of a meeting",
            write=messages.write_agenda,
            policy=KindPolicy(resend_unknown=False, counts=False),
        ),
    },
    duties=lambda _services: {ScheduleKind.MEETING_AGENDA: agenda_when_due},
    home={HomeSection.PEOPLE: home},
    privacy=(
        "*Meetings:* your group sees when you met. Coordinators see that a group met and when, "
        "never what was said."
    ),
    settings=settings,
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.ANSWER_TIMES: views.answer_times,
            ToDoKind.FIX_TIME: views.fix_time,
            ToDoKind.SAY_IF_MET: views.say_if_met,
            ToDoKind.CHECK_MEETING: views.check_meeting,
        },
    ),
    files={FileKind.CALENDAR: pages.make_calendar, FileKind.MENTORING_LOG: pages.make_log},
    erase=erase,
)
