"""What members read about their group: introductions, places found, and the way to another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.kernel.ports import Message
from bot.kernel.words import agree, listed
from bot.matching.model import WISHES_TO_MOVE, Waiting
from bot.people.model import Member
from bot.programme.model import Group, Programme
from handlers.blocks import (
    Block,
    Element,
    actions,
    button,
    confirm,
    context,
    escape,
    field,
    header,
    modal,
    people_field,
    person,
    section,
)

FIRST_MEETING = (
    "Say where you are in your training or work, and what brought you here.",
    "Say what each of you hopes for, and what stays inside the group.",
    "Agree how often you meet, for how long, where, and how to reach each other in between.",
    "End with one small thing that each of you will do before the next meeting.",
)
NOT_MONITORED = "This channel is not monitored and not for emergencies."
WHO_SEES_REMATCH = (
    "*Who sees this:* coordinators see that you asked and, later, that you moved. Your mentor "
    "reads only that you moved to another group. Nobody asks for a reason, and none is kept."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """A mentoring group with its people."""

    group: Group
    programme: Programme
    mentors: Sequence[Member]
    mentees: Sequence[Member]


def people_of(members: Sequence[Member]) -> str:
    """Mentions of these people, as a list in a sentence."""
    return listed(person(one.slack_user_id) for one in members) or "nobody yet"


def names_of(members: Sequence[Member]) -> str:
    """The names of these people, escaped, as a list in a sentence."""
    return listed(escape(one.name) for one in members) or "nobody yet"


def introduction(shown: GroupShown) -> Message:
    """The first message in a group's channel: who is here and what to do first."""
    mentors, mentees = people_of(shown.mentors), people_of(shown.mentees)
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(FIRST_MEETING, start=1))
    name = escape(shown.group.name)
    who = agree(len(shown.mentors), "Your mentor is", "Your mentors are")
    first = (
        f"{mentors}: please suggest two or three times for a first meeting here within the next "
        "48 hours. Everybody else: say hello, and which of the times suit you."
    )
    blocks = (
        header(f"Welcome to {shown.group.name}"),
        section(f"{who} {mentors}.\nThe mentees are {mentees}."),
        section(f"*First*\n{first}"),
        section(f"*For your first meeting* (about 45 minutes)\n{steps}"),
        *_contacts(shown.programme),
        context(
            f"Who sees this: everybody in this channel. {NOT_MONITORED} Please share nothing by "
            "which a patient could be recognised."
        ),
    )
    text = (
        f"Welcome to {name}, a mentoring group of {escape(shown.programme.name)}. {who} "
        f"{names_of(shown.mentors)}; the mentees are {names_of(shown.mentees)}. First: mentors "
        "suggest two or three times for a first meeting here within 48 hours."
    )
    return Message(text, blocks)


def _contacts(programme: Programme) -> list[Block]:
    lines = []
    if programme.crisis_contact:
        lines.append(f"*In a crisis:* {escape(programme.crisis_contact)}")
    if programme.concern_contact:
        lines.append(f"*With a concern:* {escape(programme.concern_contact)}")
    return [section("\n".join(lines))] if lines else []


def unmatched(programme: Programme) -> Message:
    """An honest message to a mentee for whom there is no mentor yet."""
    text = (
        f"There is no mentor for you in {escape(programme.name)} yet. We are sorry: there were "
        "fewer places than people, or no free mentor who fits, and it says nothing about you. "
        "You are on the waitlist, and the first place that fits is yours: you will hear from us "
        "here. You need not do anything. If you want to talk about it, write to your coordinator."
    )
    return Message(text, (section(text), *_contacts(programme)))


def seat_found(shown: GroupShown) -> Message:
    """To a mentee: here is your place, and what to do first."""
    mentors = people_of(shown.mentors)
    channel = shown.group.slack_channel
    where = f"<#{channel}>" if channel else "the group's channel"
    text = (
        f"You have a place in {escape(shown.group.name)}, with {names_of(shown.mentors)}. "
        "Say hello in the group's channel and ask when you next meet."
    )
    spoken = (
        f"You have a place in *{escape(shown.group.name)}*, with {mentors}. Say hello in {where} "
        "and ask when you next meet."
    )
    return Message(text, (section(spoken), *_contacts(shown.programme)))


def joined(newcomer: Member, shown: GroupShown) -> Message:
    """To a group: somebody joins you."""
    text = (
        f"{escape(newcomer.name)} joins {escape(shown.group.name)}. Please say hello, and tell "
        "them when you next meet."
    )
    return Message(
        text,
        (
            section(
                f"{person(newcomer.slack_user_id)} joins this group. Please say hello, and tell "
                "them when you next meet."
            ),
        ),
    )


def moved(mentee: Member) -> Message:
    """To a mentor: somebody has another group now. Says nothing about who wished it, or why."""
    text = (
        f"{escape(mentee.name)} is in another mentoring group from now on. Groups change from "
        "time to time: for schedules, rotations or balance. There is nothing you need to do, and "
        "thank you for the time you gave."
    )
    return Message(text, (section(text),))


def mentor_left(name: str, *, seated: Sequence[str], waiting: Sequence[str]) -> Message:
    """To a coordinator: where the mentees of a mentor who left are now."""
    lines = [f"{escape(name)} no longer takes part as a mentor."]
    if seated:
        lines.append(f"With a new mentor: {listed(map(escape, seated))}.")
    if waiting:
        lines.append(
            f"Waiting for one: {listed(map(escape, waiting))}. They keep their group "
            "meanwhile. One more mentor, or more capacity, would help."
        )
    text = " ".join(lines)
    return Message(text, (section("\n".join(lines)),))


def conflict(mentee: Member, mentor: Member, *, pairing_id: str) -> Message:
    """To a coordinator: these two should not be paired any more."""
    pair = f"{escape(mentee.name)} and {escape(mentor.name)}"
    text = (
        f"{pair} are in one mentoring group, and by what is on record now they should not be: an "
        "evaluator, line manager or treating clinician among them. Please look at it."
    )
    return Message(text, (section(text), actions(move_button(mentee.name, pairing_id))))


def move_button(mentee: str, pairing_id: str) -> Element:
    """Moves a mentee out of a pairing that should not be, after a question."""
    find = confirm(
        "Find another place?",
        f"{escape(mentee)} moves as soon as there is a place, and stays until then.",
        yes="Find a place",
        no="Not now",
        danger=False,
    )
    label = f"Find another place for {mentee}"
    return button(label, "pairing.move", value=pairing_id, confirm=find)


def before_groups() -> list[Block]:
    """For who waits for a programme to begin: what they can say beforehand."""
    return [
        section(
            "Groups are not made yet. You will hear from us here when they are.",
            accessory=button("Rather not with…", "pairing.wishes"),
        )
    ]


def mentee_home(shown: GroupShown | None, waiting: Waiting | None) -> list[Block]:
    """A mentee's group and people, with the quiet way to another mentor."""
    if shown is None:
        if waiting is None:
            return []
        return [
            header("Your group"),
            section(
                "You are on the waitlist. The first place that fits is yours, and you will hear "
                "from us here."
            ),
        ]
    blocks = [header("Your group"), section(_group_text(shown))]
    if waiting is not None:
        stay = button("Stay here after all", "pairing.stay", value=shown.programme.id)
        blocks.append(
            section(
                "A place with another mentor is being looked for. You keep this group until then.",
                accessory=stay if waiting.reason == WISHES_TO_MOVE else None,
            )
        )
        return blocks
    blocks.append(
        actions(button("Ask for another mentor", "pairing.rematch", value=shown.programme.id))
    )
    return blocks


def mentor_home(groups: Sequence[GroupShown]) -> list[Block]:
    """A mentor's groups and people."""
    if not groups:
        return []
    title = agree(len(groups), "Your group")
    return [header(title), *(section(_group_text(shown)) for shown in groups)]


def _group_text(shown: GroupShown) -> str:
    channel = shown.group.slack_channel
    where = f" · <#{channel}>" if channel else ""
    return (
        f"*{escape(shown.group.name)}*{where}\nMentors: {people_of(shown.mentors)}\n"
        f"Mentees: {people_of(shown.mentees)}"
    )


def rematch_form(programme_id: str) -> dict[str, Any]:
    """The question before a no-fault rematch."""
    return modal(
        callback_id="pairing.rematch_form",
        title="Another mentor",
        submit="Ask for one",
        close="Stay here",
        blocks=[
            section(
                "Sometimes two people are not the right fit, and that is nobody's fault. You can "
                "have another mentor; you need not say why."
            ),
            section(
                "You move as soon as there is a place in another group. Until then you keep your "
                "group, and you can change your mind. Your present mentor will not be matched "
                "with you again in this programme."
            ),
            section(WHO_SEES_REMATCH),
        ],
        metadata=programme_id,
    )


def move_form(programme_id: str) -> dict[str, Any]:
    """A coordinator's question which mentee should have another mentor."""
    return modal(
        callback_id="pairing.move_form",
        title="Move a mentee",
        submit="Find a place",
        blocks=[
            section(
                "They move to another group as soon as there is a place, and keep theirs until "
                "then. Nobody else is moved."
            ),
            field("mentee", "Mentee", people_field("mentee", placeholder="Choose somebody")),
            section(
                "*Who sees this:* you. The mentee reads where they are, the mentor only that they "
                "moved; neither reads why."
            ),
        ],
        metadata=programme_id,
    )


def rematch_done(found: GroupShown | None) -> str:
    """What a mentee reads after asking. Plain text."""
    if found is None:
        return (
            "Noted. There is no place in another group at the moment, so you keep yours. You move "
            "as soon as there is one, and you will hear from us here."
        )
    mentors = listed(one.name for one in found.mentors)
    return f"Done. You have a place in {found.group.name}, with {mentors}."


def start_held(programme: str) -> Message:
    """Tells a coordinator that the first day has come and the programme could not begin."""
    text = (
        f"{escape(programme)} was to begin today and has not. Name its contacts on Cairn's Home "
        "tab, then press Start now; otherwise it is tried again tomorrow morning."
    )
    return Message(text, (section(text),))
