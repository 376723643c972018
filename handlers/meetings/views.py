"""How meetings look on Home, as to-dos and in messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.kernel.ids import MemberId
from bot.kernel.ports import Message
from bot.kernel.words import agree, listed, plural, weekday_and_day
from bot.meetings.calendar_text import links_to_add
from bot.meetings.model import GroupMeetings, Length, Meeting, Mode, PlannedMeeting
from bot.people.model import Member
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, escape

MODES: Mapping[str, str] = {
    Mode.IN_PERSON: "In person",
    Mode.VIDEO: "By video",
    Mode.PHONE: "By phone",
    Mode.CHAT: "In writing",
}
LENGTHS: Mapping[str, str] = {
    Length.UNDER_30: "Under 30 minutes",
    Length.FROM_30_TO_60: "30 to 60 minutes",
    Length.OVER_60: "Over an hour",
}
WE_MET = ui.button("We met", "nudge.met")
FIND_A_TIME = ui.button("Find a time", "meeting.find")
ALL_MEETINGS = ui.button("All meetings", "meeting.page")
OWN_CLOCK = "Times are shown by your own clock."
NOTHING_PLANNED = "No meeting is planned."
NOT_MET = "You have not met yet."
ASK_FOR_A_TIME = "Your mentor can find a time."


def home(seen: Sequence[GroupMeetings], member: Member, now: datetime) -> list[Block]:
    """Show a member of groups what is planned, and the last meeting as it is on record."""
    if not seen:
        return []
    several = len(seen) > 1
    is_mentor = any(its.is_mentor for its in seen)
    blocks = [block for its in seen for block in _of_group(its, member, now, named=several)]
    return [*blocks, *([ui.actions(WE_MET, ALL_MEETINGS)] if is_mentor else [])]


def _of_group(its: GroupMeetings, member: Member, now: datetime, *, named: bool) -> list[Block]:
    """Say when a group meets next, and when it met last."""
    name = f"*{escape(its.name)}.* " if named else ""
    planned = [f"{name}{next_line(plan, its.name)}" for plan in its.upcoming(now)]
    last, button = _last(its, member, now)
    if not planned and its.offered(now):
        said, next_button = _offered(its, member, now)
        planned, button = [f"{name}{said}"], next_button or button
    elif not planned and its.is_mentor:
        button = FIND_A_TIME
    if planned or its.last:
        *others, end = planned or [f"{name}{NOTHING_PLANNED}"]
        return [*map(ui.section, others), ui.section(f"{end}\n{last}", accessory=button)]
    then = "" if its.is_mentor else f" {ASK_FOR_A_TIME}"
    return [ui.section(f"{name}{last}{then}", accessory=button)]


def _offered(its: GroupMeetings, member: Member, now: datetime) -> tuple[str, Element | None]:
    """Say of times that are offered whether they are answered, with the button for what is next."""
    plan = its.offered(now)[0]
    said = "Times for a meeting are offered."
    if not its.is_mentor:
        if plan.has_answered(member.id, now):
            return f"{said} You have answered; your mentor chooses one.", None
        return f"{said} When can you?", ui.button("Answer", "meeting.answer", value=plan.id)
    answered = len(plan.answers.keys() & its.mentees)
    if not answered:
        return f"{said} Nobody has answered yet.", FIND_A_TIME
    many = f"{answered} of {plural(len(its.mentees), 'mentee')} {agree(answered, 'has', 'have')}"
    spoken = f"Choose the time: {its.name}"
    button = ui.button("Choose the time", "meeting.fix", value=plan.id, spoken=spoken)
    return f"{said} {many} answered.", button


def next_line(plan: PlannedMeeting, group_name: str, *, begin: str = "*Next:*") -> str:
    """Say when a planned meeting is, with the addresses that put it into a calendar."""
    assert plan.starts_at is not None, "a time is fixed"
    links = links_to_add(plan, group_name)
    added = listed((f"<{escape(url)}|{name}>" for name, url in links), "or")
    return f"{begin} {ui.when(plan.starts_at)}, {plan.minutes} minutes. Add it to {added}."


def held_line(held: Meeting) -> str:
    """Say when a meeting was, and for how long where that is on record."""
    length = LENGTHS.get(held.length or "", "").lower()
    lasted = f"{held.minutes} minutes" if held.minutes else length
    return ", ".join(one for one in (weekday_and_day(held.held_on), lasted) if one)


def _last(its: GroupMeetings, member: Member, now: datetime) -> tuple[str, Element | None]:
    """Say when a group met last, and give a mentee the button to say that it was not so."""
    held = its.last
    if held is None:
        return NOT_MET, None
    said = f"*Last met:* {held_line(held)}."
    if member.id not in its.mentees:
        return said, None
    was_there = (
        "You are noted as there."
        if member.id in held.mentees
        else ("You are not noted as there, which counts against nobody.")
    )
    if member.id in held.objecting:
        return f"{said} You said that it was not so; your mentor looks at it again.", None
    if not held.may_change(now):
        return f"{said} {was_there}", None
    ask = ui.confirm(
        "Was it not so?",
        "Your mentor is asked to look at this record again, and sees that you asked. Nobody else "
        "is told.",
        yes="Ask my mentor",
        no="Leave it",
        danger=False,
    )
    wrong = ui.button("That is not how it was", "meeting.object", value=held.id, confirm=ask)
    return f"{said} {was_there}", wrong


def answer_times(todo: ToDo) -> ToDoLine:
    """Ask a mentee when they can meet."""
    times = plural(todo.count, "time")
    button = ui.button("Answer", "meeting.answer", value=todo.about, style="primary")
    return ToDoLine(f"Your mentor offers {times} for your next meeting. When can you?", button)


def fix_time(todo: ToDo) -> ToDoLine:
    """Ask a mentor to choose one of the times that they offered."""
    have = f"{plural(todo.count, 'mentee')} {agree(todo.count, 'has', 'have')} answered"
    said = have if todo.count else "Nobody has answered yet"
    button = ui.button("Choose the time", "meeting.fix", value=todo.about, style="primary")
    return ToDoLine(f"{said} when *{escape(todo.what)}* can meet.", button)


def say_if_met(todo: ToDo) -> ToDoLine:
    """Ask a mentor whether a planned meeting took place."""
    button = ui.button("Say how it went", "meeting.happened", value=todo.about, style="primary")
    return ToDoLine(f"Your meeting with *{escape(todo.what)}* was planned. Did you meet?", button)


def check_meeting(todo: ToDo) -> ToDoLine:
    """Ask a mentor to look at a record again."""
    names = escape(listed(todo.names))
    says = agree(len(todo.names), "says", "say")
    button = ui.button("Look again", "meeting.correct", value=todo.about, style="primary")
    said = f"{names} {says} that the meeting on {escape(todo.what)} was not as you noted it."
    return ToDoLine(said, button)


def offer(plan: PlannedMeeting, group_name: str, now: datetime, *, reader: MemberId) -> Message:
    """Ask a mentee about each offered time, and show what they have answered."""
    said = plan.answers.get(reader, {})
    times = plan.open_times(now)
    begin = (
        f"When can you meet? These times are offered for *{escape(group_name)}*, "
        f"{plan.minutes} minutes each."
    )
    blocks: list[Block] = [ui.section(begin)]
    for number, at in times.items():
        blocks.append(ui.section(f"*{ui.when(at)}*{_ANSWERED[said.get(number)]}"))
        blocks.append(ui.actions(*_answers(plan, number, ui.when(at), said.get(number))))
    end = "Your mentor sees your answers and chooses one of the times. " + OWN_CLOCK
    if times.keys() <= said.keys():
        end = "Thank you: that is all. You can change an answer until the time is fixed."
    blocks.append(ui.context(end))
    spoken = "; ".join(f"{ui.when(at)}{_ANSWERED[said.get(n)]}" for n, at in times.items())
    return Message(f"{begin} {spoken}. {end}".replace("*", ""), tuple(blocks))


def offered_for_mentor(plan: PlannedMeeting, group_name: str, now: datetime) -> Message:
    """Tell a mentor that a coordinator offered times to their group, and who chooses one."""
    times = "\n".join(f"• {ui.when(at)}" for at in plan.open_times(now).values())
    said = (
        f"To help with a date, your coordinator offered *{escape(group_name)}* these times, "
        f"{plan.minutes} minutes each. Choose one that suits you once some have answered, or offer "
        f"others with *Find a time* on Home.\n{times}"
    )
    choose = ui.button("Choose the time", "meeting.fix", value=plan.id, style="primary")
    return ui.paragraph(said, ui.actions(choose), ui.context(OWN_CLOCK))


_ANSWERED = {None: "", True: ": you can", False: ": you cannot"}


def _answers(plan: PlannedMeeting, number: int, when: str, said: bool | None) -> Iterable[Element]:
    value = f"{plan.id}|{number}"
    for can, label, action in ((True, "I can", "can"), (False, "I cannot", "cannot")):
        if said is not can:
            yield ui.button(label, f"meeting.{action}:{number}", value=value)


def fixed(plan: PlannedMeeting, group_name: str) -> Message:
    """Tell a group when it meets."""
    begin = f"*The next meeting of {escape(group_name)}:*"
    line = next_line(plan, group_name, begin=begin)
    text = f"{line} {OWN_CLOCK}".replace("*", "")
    return Message(text, (ui.section(line), ui.context(OWN_CLOCK)))


def called_off(plan: PlannedMeeting, group_name: str) -> Message:
    """Tell a group that a meeting is called off."""
    assert plan.starts_at is not None, "only a fixed time is called off"
    return ui.paragraph(
        f"The meeting of {escape(group_name)} on {ui.when(plan.starts_at)} is called off. There is "
        "nothing to do; another time shows on your Home tab once it is fixed."
    )


def agenda_ready(plan: PlannedMeeting, group_name: str) -> Message:
    """Tell a mentor that a meeting is near, with the way to its agenda."""
    assert plan.starts_at is not None, "only a fixed time has an agenda"
    said = (
        f"You meet {escape(group_name)} on {ui.when(plan.starts_at)}. The agenda has what waits "
        "for you, what was shared with you, and a question to try."
    )
    agenda = ui.button("Agenda", "meeting.agenda", value=plan.id, style="primary")
    return ui.paragraph(said, ui.actions(agenda, call_off_button(plan)))


def call_off_button(plan: PlannedMeeting) -> Element:
    """Draw the button that calls a meeting off, which asks first."""
    ask = ui.confirm(
        "Call this meeting off?",
        "Your group is told in its channel. Nothing is held against anybody.",
        yes="Call it off",
        no="Keep it",
    )
    return ui.button("Call it off", "meeting.call_off", value=plan.id, confirm=ask)
