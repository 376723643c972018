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
    "left, or is in another group, never why."
)


def person_page(found: PersonAhead, *, programme_id: str) -> View:
    """Show how a member is, with what can be changed about them."""
    member = found.member
    return ui.modal(
        callback_id="course.person",
        title=TITLE,
        blocks=[
            ui.section(f"*{escape(member.name)}*, {_state(member)}"),
            _groups(found),
            ui.actions(*_buttons(member, programme_id)),
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


def _groups(found: PersonAhead) -> Block:
    lines = [
        f"• *{escape(one.group_name)}*, "
        + (
            f"mentors {plural(len(one.mentees), 'mentee')} there"
            if found.member.id in one.mentors | one.peer_mentors
            else f"one of {plural(len(one.mentees), 'mentee')}"
        )
        for one in found.groups
    ]
    return ui.section("\n".join(lines) or "No seat in a mentoring group.")


def _buttons(member: Member, programme_id: str) -> Sequence[ui.Element]:
    if not member.takes_part:
        if member.state is MemberState.LEFT:
            return [_button("Take back in", "back", member)]
        return [ui.button("Change somebody else", "course.open")]
    is_away = member.state is MemberState.PAUSED
    pause = ("End the break", "resume") if is_away else ("Give them a break", "pause")
    whom = f"{programme_id} {member.id}"
    move = ui.button("Move to another group", "pairing.choose_move", value=whom)
    return [
        _button(*pause, member),
        *([_button("Change the capacity", "capacity", member)] if member.is_mentor else []),
        *([move] if member.is_mentee and programme_id else []),
        _button("Take out of the programme", "out", member),
    ]


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
    until = f"until {weekday_and_day(change.until)}" if change.until else "without an end"
    return {
        "pause": f"a break {until}",
        "resume": "the break ends now",
        "capacity": f"up to {plural(change.capacity or 0, 'mentee')} instead of "
        + plural(member.capacity, "mentee"),
        "out": "out of the programme",
        "back": "back in the programme",
        "move": "another group",
        "stay": "in the group of before",
    }[change.kind]


def consequences(found: PersonAhead, change: PersonChange) -> list[str]:
    """Say what a change of a member does, to them and to their groups."""
    said = [*_to_them(found, change)]
    if found.moved:
        said.append(
            f"{plural(found.moved, 'mentee')} {agree(found.moved, 'gets', 'get')} a seat in "
            "another group, and everybody concerned is told."
        )
    if found.seated:
        waited = agree(found.seated, "waits gets", "wait get")
        said.append(f"{plural(found.seated, 'mentee')} who {waited} a seat.")
    if found.alone:
        said.append(
            f"{plural(found.alone, 'mentee')} {agree(found.alone, 'waits', 'wait')} for a mentor "
            "until there is a free seat."
        )
    return said


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
                f"{plural(found.freed, 'seat')} of theirs {agree(found.freed, 'is', 'are')} free. "
                "While nobody else has it, you can give it back with *Take back in*."
            )
            return [
                "They get no more messages, and can come back by themselves.",
                *([seat] if found.freed else []),
            ]
        case "back":
            return ["They take part again.", _seat_again(found)]
    return _moves(found)


def _seat_again(found: PersonAhead) -> str:
    """Say which seat somebody gets who comes back."""
    gets = listed(f"*{escape(one)}*" for one in found.gets)
    lost = f"Their seat in *{escape(found.lost)}* cannot be theirs again at present. "
    said = f"They get a seat in {gets}." if gets else "They wait for a seat."
    return (lost if found.lost else "") + said


def _moves(found: PersonAhead) -> list[str]:
    """Say where a mentee sits after a move, and who hears of it."""
    has = listed(f"*{escape(one.group_name)}*" for one in found.groups)
    gets = listed(f"*{escape(one)}*" for one in found.gets)
    if not gets and not found.seat:
        return ["They wait for a seat until there is one that fits."]
    if not gets:
        return [f"They keep their seat in {has}, until there is one that fits elsewhere."]
    told = "They read where it is; their new group reads a day later that they join."
    if not found.seat:
        return [f"They get a seat in {gets}. {told}"]
    left = "Whom they leave reads that they moved, not why."
    return [f"They get a seat in {gets} and leave {has}. {told}", left]


def _still(found: PersonAhead) -> str:
    """Say that a mentee did not move, since no seat elsewhere fits them now."""
    name = escape(found.member.name)
    has = listed(f"*{escape(g.group_name)}*" for g in found.groups if g.group_id == found.seat)
    if not has:
        return f"*Noted.* {name} gets a seat as soon as a group has one that fits."
    return (
        f"*Noted.* {name} keeps the seat in {has} for now: no other group has a seat that fits. "
        "They move as soon as there is one."
    )


def person_done(
    before: Member, found: PersonAhead, change: PersonChange, undo: PersonChange | None
) -> View:
    """Say what was done and where they sit now, with the button that undoes it if there is one."""
    member = found.member
    said = f"*Done.* {escape(member.name)}: {said_person(before, change)}."
    if stays := change.kind == "move" and found.seat == change.seat:
        said = _still(found)
    buttons = [ui.button("See them", "course.person", value=member.id)]
    if undo is not None and undo.kind == "back":
        buttons.append(_button("Take back in", "back", member))
    elif undo is not None:
        value = person_snapshot(undo)
        buttons.append(ui.button("Undo", "course.person_undo", value=value))
    seats = [_groups(found)] if change.kind in ("back", "move", "stay") and not stays else []
    return ui.modal(
        callback_id="course.person_done",
        title="Changed",
        blocks=[ui.section(said), *seats, ui.actions(*buttons)],
    )
