"""Answers to people who write to Cairn, and to the words after `/checkin`."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.model import Correspondent
from bot.conversation.rules import Verb
from bot.kernel.ports import Message
from bot.kernel.words import listed
from bot.kinds import ScheduleKind
from bot.people.model import PAIRED, Member
from bot.programme.model import Programme
from handlers import blocks as ui
from handlers.blocks import Block, Element, escape, person

NOBODY_READS = (
    "Nobody reads what is written here, and I keep none of it: I am a program, and not monitored."
)
IN_SLACK = "I say this once an hour at most. Slack keeps what you wrote until you delete it there."
A_PERSON_CAN = "I am a program; a person can get in touch with you."
ERASING = "This shows what would be deleted and what stays, and asks again. Nothing is deleted yet."
STOPPING = (
    "You can take a break until a day that you choose, or leave the programme for good. Neither "
    "needs a reason. Nothing has changed yet."
)
SKIPPING = (
    "You need not do anything to skip one. You can also be written to less often, or take a break."
)
AT_HOME = "Home is the tab at the top of this app, beside Messages. It is up to date now."
PAUSE, LEAVE, RESUME, CHECK_IN, ERASE = (
    "people.pause",
    "people.leave",
    "conversation.resume",
    "checkin.open",
    "erasure.ask",
)
NAMED = 3
"""So many coordinators are named, no more."""


def answer(seen: Correspondent, *, now: datetime) -> Message:
    """Say to somebody who wrote that nobody reads it, and what they can do instead."""
    contacts = _contacts(seen.programme)
    where = _where_they_stand(seen, now)
    text = " ".join(part for part in (NOBODY_READS, *contacts, where, IN_SLACK) if part)
    blocks = [
        ui.section(NOBODY_READS),
        *([ui.section("\n".join(contacts))] if contacts else []),
        *([ui.section(where)] if where else []),
        *_actions(_buttons(seen, now)),
        ui.context(IN_SLACK),
    ]
    return Message(text, tuple(blocks))


def _where_they_stand(seen: Correspondent, now: datetime) -> str:
    member = seen.member
    if member is None and seen.present:
        return (
            "You are not in the mentoring programme here. "
            f"{_people(seen.present)} can tell you more."
        )
    if member is None:
        return "You are not in the mentoring programme here."
    if not member.takes_part:
        return "You are no longer in the programme, and get no messages."
    if member.is_away(now):
        return "You are on a break, so I do not write by myself until it ends."
    return ""


def _buttons(seen: Correspondent, now: datetime) -> list[Element]:
    """Give the buttons that fit what somebody is to Cairn."""
    member = seen.member
    if member is None:
        return [ui.CARE]
    if not member.takes_part:
        return [ui.CARE, _back("Come back")]
    write = [ui.button("Check in", CHECK_IN)] if member.is_mentee else []
    if not member.roles & PAIRED:
        return [ui.CARE]
    return [*write, ui.CARE, _back() if member.is_away(now) else _pause()]


def _pause() -> Element:
    return ui.button("Take a break", PAUSE)


def lead_to(verb: Verb, seen: Correspondent, *, now: datetime) -> Message:
    """Lead somebody who typed a word to what it asks for."""
    member = seen.member
    if verb is Verb.CONTACT:
        said = "\n".join([A_PERSON_CAN, *_contacts(seen.programme)])
        return _led(said, [ui.CARE])
    if member is None:
        return _led(_where_they_stand(seen, now), [ui.CARE])
    if verb is Verb.ERASE:
        return _led(ERASING, [ui.button("Delete what Cairn knows about me", ERASE)])
    if not member.takes_part:
        return _led("You have left the programme and get no messages.", _buttons(seen, now))
    return _led(*_of_member(verb, member, seen, now))


def _of_member(
    verb: Verb, member: Member, seen: Correspondent, now: datetime
) -> tuple[str, list[Element]]:
    """Say what a word does for somebody who takes part, with the buttons for it."""
    is_away = member.is_away(now)
    match verb:
        case Verb.STOP:
            return STOPPING, [_back() if is_away else _pause(), _leave()]
        case Verb.SKIP:
            return SKIPPING, [*_rhythm(member), _back() if is_away else _pause()]
        case Verb.RESUME if is_away:
            return "You are on a break. You can end it now.", [_back()]
        case Verb.RESUME:
            return "You are not on a break: everything comes as usual.", _buttons(seen, now)
        case _:
            return AT_HOME, _buttons(seen, now)


def _led(text: str, buttons: Sequence[Element]) -> Message:
    return ui.paragraph(text, *_actions(buttons))


def back() -> Message:
    """Say to somebody who ended their break, or came back, that they did."""
    return ui.paragraph("You are back, and I write to you as before. Home shows what comes next.")


def _back(label: str = "Come back now") -> Element:
    return ui.button(label, RESUME)


def _rhythm(member: Member) -> list[Element]:
    if not member.is_mentee:
        return []
    return [
        ui.button("Change how often I am asked", "rhythm.open", value=ScheduleKind.CHECKIN_PROMPT)
    ]


def _leave() -> Element:
    confirm = ui.confirm(
        "Leave the programme?",
        "You get no more messages. You need no reason and there is no disadvantage. Your mentor "
        "and coordinators see that you left, never why. You can come back, and may then join "
        "another group. The contacts stay on Home.",
        yes="Leave",
        no="Stay",
    )
    return ui.button("Leave the programme", LEAVE, confirm=confirm)


def _actions(buttons: Sequence[Element]) -> list[Block]:
    return [ui.actions(*buttons)] if buttons else []


def _contacts(programme: Programme | None) -> list[str]:
    if programme is None:
        return []
    lines = []
    if programme.crisis_contact:
        lines.append(f"*In a crisis:* {escape(programme.crisis_contact)}")
    if programme.concern_contact:
        lines.append(f"*With a concern about mentoring:* {escape(programme.concern_contact)}")
    return lines


def _people(members: Sequence[Member]) -> str:
    return listed(person(one.slack_user_id) for one in members[:NAMED])


def _names(members: Sequence[Member]) -> str:
    names = [escape(one.name) for one in members[:NAMED]]
    more = len(members) - NAMED
    return listed([*names, f"{more} more"] if more > 0 else names)
