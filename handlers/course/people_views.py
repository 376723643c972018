"""One member as a coordinator changes them: how it is, what a change does, what was done."""

from collections.abc import Sequence

from bot.course.people import PersonAhead, PersonChange, person_snapshot
from bot.kernel.clock import local_date
from bot.kernel.words import agree, listed, plural, weekday_and_day
from bot.people.model import Member, MemberState
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "One person"
WHO_SEES = (
    "*Who sees this:* coordinators. Their mentor and mentees see that somebody is away or has "
    "left, never why."
)


def person_page(found: PersonAhead) -> View:
    """Show how a member is, with what can be changed about them."""
    member = found.member
    return ui.modal(
        callback_id="course.person",
        title=TITLE,
        blocks=[
            ui.section(f"*{escape(member.name)}*, {_state(member)}"),
            *_groups(found),
            ui.actions(*_buttons(member)),
            ui.context(WHO_SEES),
        ],
    )


def _state(member: Member) -> str:
    roles = listed(sorted(role.value.replace("_", "-") for role in member.roles)) or "no role"
    takes = f", takes up to {plural(member.capacity, 'mentee')}" if member.is_mentor else ""
    if member.state is MemberState.PAUSED:
        until = member.paused_until
        end = weekday_and_day(local_date(until, member.timezone)) if until else None
        return f"{roles}{takes}. On a break{f' until {end}' if end else ' without an end'}."
    if not member.takes_part:
        return f"{roles}. Does not take part any more."
    return f"{roles}{takes}."


def _groups(found: PersonAhead) -> list[Block]:
    if not found.groups:
        return [ui.section("No seat in a mentoring group.")]
    lines = [
        f"• *{escape(one.group_name)}*, "
        + (
            f"mentors {plural(len(one.mentees), 'mentee')} there"
            if found.member.id in one.mentors | one.peer_mentors
            else f"one of {plural(len(one.mentees), 'mentee')}"
        )
        for one in found.groups
    ]
    return [ui.section("\n".join(lines))]


def _buttons(member: Member) -> Sequence[ui.Element]:
    if not member.takes_part:
        if member.state is MemberState.LEFT:
            return [_button("Take back in", "back", member)]
        return [ui.button("Change somebody else", "course.open")]
    is_away = member.state is MemberState.PAUSED
    pause = ("End the break", "resume") if is_away else ("Give them a break", "pause")
    capacity = [_button("Change the capacity", "capacity", member)] if member.is_mentor else []
    out = _button("Take out of the programme", "out", member)
    return [_button(*pause, member), *capacity, out]


def _button(label: str, kind: str, member: Member) -> ui.Element:
    return ui.button(label, f"course.person_change:{kind}", value=f"{kind} {member.id}")


def person_form(member: Member, kind: str) -> View | None:
    """Ask for the day of return, or the capacity; None where there is nothing to ask."""
    fields = {
        "pause": ui.field(
            "until",
            f"{member.name} is back on",
            ui.date_field("course.until"),
            hint="Without a day, the break lasts until they or you end it.",
            optional=True,
        ),
        "capacity": ui.field(
            "capacity",
            f"How many mentees can {member.name} take?",
            ui.text_field("course.capacity", max_chars=4, initial=str(member.capacity)),
            hint="A whole number from 0 to 100.",
        ),
    }
    if kind not in fields:
        return None
    return ui.modal(
        callback_id="course.person_form",
        title=TITLE,
        submit="See what it does",
        close="Cancel",
        metadata=f"{kind} {member.id}",
        blocks=[fields[kind], ui.context(WHO_SEES)],
    )


def person_preview(found: PersonAhead, change: PersonChange) -> View:
    """Show what a change of a member does, with the button that makes it."""
    said = "\n".join(f"• {one}" for one in consequences(found, change))
    labels = {"out": "Take out", "pause": "Give the break", "resume": "End the break"}
    return ui.modal(
        callback_id="course.person_apply",
        title="Before you apply",
        submit=labels.get(change.kind, "Apply"),
        close="Not now",
        metadata=person_snapshot(change),
        blocks=[
            ui.section(f"*{escape(found.member.name)}: {said_person(found.member, change)}.*"),
            ui.section(f"*What comes of it*\n{said}"),
            ui.context(WHO_SEES),
        ],
    )


def said_person(member: Member, change: PersonChange) -> str:
    """Write what a change of a member is."""
    match change.kind:
        case "pause":
            until = f"until {weekday_and_day(change.until)}" if change.until else "without an end"
            return f"a break {until}"
        case "resume":
            return "the break ends now"
        case "capacity":
            was = plural(member.capacity, "mentee")
            return f"up to {plural(change.capacity or 0, 'mentee')} instead of {was}"
        case "out":
            return "out of the programme"
        case "back":
            return "back in the programme"


def consequences(found: PersonAhead, change: PersonChange) -> list[str]:
    """Say what a change of a member does, to them and to their groups."""
    said = [*_to_them(found, change)]
    if found.moved:
        said.append(
            f"{plural(found.moved, 'mentee')} {agree(found.moved, 'gets', 'get')} a seat in "
            "another group, and everybody concerned is told."
        )
    if found.seated:
        said.append(f"{plural(found.seated, 'mentee')} who {_wait(found.seated)} a seat.")
    if found.alone:
        said.append(
            f"{plural(found.alone, 'mentee')} {agree(found.alone, 'waits', 'wait')} for a mentor "
            "until there is a free seat."
        )
    return said


def _wait(count: int) -> str:
    return agree(count, "waits gets", "wait get")


def _to_them(found: PersonAhead, change: PersonChange) -> list[str]:
    mentees = sum(
        len(one.mentees)
        for one in found.groups
        if found.member.id in one.mentors | one.peer_mentors
    )
    match change.kind:
        case "pause":
            keeps = "Their seat stays theirs." if found.groups else "They have no seat."
            stay = f" Their {plural(mentees, 'mentee')} {agree(mentees, 'keeps', 'keep')} them."
            return [
                "Nothing is sent to them meanwhile, and what falls due then is not caught up.",
                keeps + (stay if mentees else ""),
            ]
        case "resume":
            return ["They get what falls due again from now on; what they missed is not caught up."]
        case "capacity":
            more = max(0, mentees - (change.capacity or 0))
            full = f" That is {more} more than this, so nobody new is seated there." if more else ""
            return [f"They mentor {plural(mentees, 'mentee')} now and keep them.{full}"]
        case "out":
            seat = (
                f"{plural(found.freed, 'seat')} of theirs {agree(found.freed, 'is', 'are')} free."
            )
            return [
                "They get no more messages. They can come back by themselves, without their seat.",
                *([seat] if found.freed else []),
            ]
        case "back":
            return ["They take part again. A seat is looked for; the one they had may be gone."]


def person_done(member: Member, change: PersonChange, undo: PersonChange | None) -> View:
    """Say what was done, with the button that undoes it where there is one."""
    said = f"*Done.* {escape(member.name)}: {said_person(member, change)}."
    buttons = [ui.button("See them", "course.person", value=member.id)]
    if undo is not None:
        label = "Take back in" if undo.kind == "back" else "Undo"
        value = person_snapshot(undo)
        buttons.append(ui.button(label, "course.person_undo", value=value))
    note = "They come back without the seat they had." if undo and undo.kind == "back" else ""
    return ui.modal(
        callback_id="course.person_done",
        title="Changed",
        blocks=[
            ui.section(said),
            ui.actions(*buttons),
            *([ui.context(note)] if note else []),
        ],
    )
