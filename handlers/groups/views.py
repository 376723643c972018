"""Messages and forms about groups: introductions, seats, and how to get another one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kernel.ports import Message
from bot.kernel.words import agree, cut, listed
from bot.matching.model import WISHES_TO_MOVE, Waiting
from bot.people.model import Member
from bot.programme.model import Group, Programme
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape, person
from handlers.groups.mentor_views import choices_of, choose_button
from handlers.menus import menu
from handlers.message_text import said

FIRST_MEETING = (
    "Say where you are in your training or work, and what brought you here.",
    "Say what each of you hopes for, and what stays inside the group.",
    "Agree how often you meet, for how long, where, and how to reach each other in between.",
    "End with one small thing that each of you will do before the next meeting.",
)
MOVES_TO = "pairing.move_to"
READ_WHO = "Press Who is in my group to read what everybody here says about themselves."
NOT_MONITORED = "This channel is not monitored and not for emergencies."
WISHES_BUTTON = ui.button("Rather not with…", "pairing.wishes")
WHO_SEES_REMATCH = (
    "*Who sees this:* coordinators see that you asked and, later, that you moved. Your mentor "
    "reads only that you moved to another group. Nobody asks for a reason, and none is kept."
)
WHO_SEES_DECLINE = (
    "*Who sees this:* nobody. Coordinators see later that another group is looked for, as they do "
    "for others; they do not see who wished it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """A mentoring group with its people; `is_private` where one of them alone looks at it still."""

    group: Group
    programme: Programme
    mentors: Sequence[Member]
    mentees: Sequence[Member]
    is_private: bool = False


def people_of(members: Sequence[Member]) -> str:
    """Mention these people, as a list in a sentence."""
    return listed(person(one.slack_user_id) for one in members) or "nobody yet"


def names_of(members: Sequence[Member]) -> str:
    """Name these people, escaped, as a list in a sentence."""
    return listed(escape(one.name) for one in members) or "nobody yet"


def with_article(name: str) -> str:
    """Put a group's name into a sentence: `the group of Alice` for `Group of Alice`."""
    return f"the g{name[1:]}" if name.startswith("Group of ") else name


def introduction(
    shown: GroupShown, *, with_profiles: bool = False, with_meetings: bool = False
) -> Message:
    """Open a group's channel: say who is here and what to do first."""
    mentors, mentees = people_of(shown.mentors), people_of(shown.mentees)
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(FIRST_MEETING, start=1))
    name = escape(with_article(shown.group.name))
    who = agree(len(shown.mentors), "Your mentor is", "Your mentors are")
    how = "here"
    if with_meetings:
        how = "with *Find a time* on Cairn's Home tab"
    first = (
        f"{mentors}: please suggest two or three times for a first meeting {how} within the next "
        "48 hours. Everybody else: say hello, and which of the times suit you."
    )
    blocks = (
        ui.header(f"Welcome to {with_article(shown.group.name)}"),
        ui.section(f"{who} {mentors}.\nThe mentees are {mentees}."),
        *(_profiles_of(shown) if with_profiles else []),
        ui.section(f"*First*\n{first}"),
        ui.section(f"*For your first meeting* (about 45 minutes)\n{steps}"),
        *contacts(shown.programme),
        ui.context(
            f"Who sees this: everybody in this channel. {NOT_MONITORED} Please share nothing by "
            "which a patient could be recognised."
        ),
    )
    text = (
        f"Welcome to {name}, a mentoring group of {escape(shown.programme.name)}. {who} "
        f"{names_of(shown.mentors)}; the mentees are {names_of(shown.mentees)}."
    )
    whole = " ".join([text, *said(blocks[2:]), *([READ_WHO] if with_profiles else [])])
    return Message(whole, blocks)


def _profiles_of(shown: GroupShown) -> list[Block]:
    """Lead to what the people of a group say about themselves; it is read in a form alone."""
    return [ui.actions(_who_button(shown))]


def _who_button(shown: GroupShown) -> Element:
    return ui.button(
        "Who is in my group",
        "profiles.people",
        value=shown.group.id,
        spoken=f"Who is in my group: {cut(shown.group.name, 50)}",
    )


def contacts(programme: Programme) -> list[Block]:
    lines = []
    if programme.crisis_contact:
        lines.append(f"*In a crisis:* {escape(programme.crisis_contact)}")
    if programme.concern_contact:
        lines.append(f"*With a concern:* {escape(programme.concern_contact)}")
    return [ui.section("\n".join(lines))] if lines else []


def unmatched(programme: Programme) -> Message:
    """Tell a mentee honestly that there is no mentor for them yet."""
    text = (
        f"There is no mentor for you in {escape(programme.name)} yet, and we are sorry. It "
        "says nothing about you. You are on the waitlist: the first seat that fits is yours, and "
        "you hear from us here. To talk about it, press the button."
    )
    return ui.paragraph(text, *contacts(programme), ui.actions(ui.CARE))


def seat_waits(programme: Programme) -> Message:
    """Tell a mentee that they can have a seat once they have accepted the code of conduct."""
    text = (
        f"The groups of {escape(programme.name)} are made. Your seat waits until you have accepted "
        "the code of conduct; it takes two minutes. Then the first seat that fits is yours, and "
        "you hear from us here."
    )
    read = ui.button("Read the code of conduct", "people.conduct", style="primary")
    return ui.paragraph(text, *contacts(programme), ui.actions(read, ui.CARE))


def joined(newcomer: Member, shown: GroupShown, *, with_profiles: bool = False) -> Message:
    """Tell a group that somebody joins."""
    hello = "Please say hello, and tell them when you next meet."
    text = f"{escape(newcomer.name)} joins {escape(with_article(shown.group.name))}. {hello}"
    said = ui.section(f"{person(newcomer.slack_user_id)} joins this group. {hello}")
    if not with_profiles:
        return Message(text, (said,))
    return Message(f"{text} {READ_WHO}", (said, *_profiles_of(shown)))


def mentor_missing(shown: GroupShown) -> Message:
    """Tell a mentee that their group has no mentor at the moment."""
    text = (
        f"Your group, {escape(with_article(shown.group.name))}, is without a mentor at the "
        "moment. This has nothing to do with you. You keep your group and its channel while we "
        "look for another mentor, and hear from us here. A stage that you claimed waits for them, "
        "and your agreement begins anew."
    )
    return ui.paragraph(text, *contacts(shown.programme), ui.actions(ui.CARE))


def moved(mentee: Member) -> Message:
    """Tell a mentor that somebody has another group now, never who wished it, or why."""
    text = (
        f"{escape(mentee.name)} is in another mentoring group from now on. Groups change from "
        "time to time: for schedules, rotations or balance. There is nothing you need to do, and "
        "thank you for the time you gave."
    )
    return ui.paragraph(text)


def mentor_left(
    name: str, *, seated: Sequence[str], waiting: Sequence[str], programme_id: str
) -> Message:
    """Tell a coordinator where the mentees of a mentor who left are now."""
    lines = [f"{escape(name)} no longer takes part as a mentor."]
    if seated:
        lines.append(f"With a new mentor: {listed(map(escape, seated))}.")
    if waiting:
        lines.append(
            f"Waiting for one: {listed(map(escape, waiting))}. They keep their group "
            "meanwhile. One more mentor, more capacity, or somebody who takes the group beside "
            "their own, would help."
        )
    people = ui.button("See the people", "people.list")
    buttons = [ui.actions(choose_button(programme_id), people)] if waiting else []
    return Message(" ".join(lines), (ui.section("\n".join(lines)), *buttons))


def conflict(mentee: Member, other: Member, *, pairing_id: str) -> Message:
    """Tell a coordinator that these two should not be in one group any more."""
    pair = f"{escape(mentee.name)} and {escape(other.name)}"
    text = (
        f"{pair} are in one mentoring group and should not be. The reason may be confidential: "
        "please ask neither of them for it. Find another seat for one of them."
    )
    return ui.paragraph(text, ui.actions(_move_button(mentee.name, pairing_id)))


def _move_button(mentee: str, pairing_id: str) -> Element:
    """Draw the button that shows what it does to move a mentee out of a pairing."""
    return ui.button(f"Find another seat for {mentee}", "pairing.move", value=pairing_id)


def before_groups() -> list[Block]:
    """Show a member who waits for a programme what they can say beforehand."""
    return [
        ui.section(
            "Groups are not made yet. You will hear from us here when they are.",
            accessory=WISHES_BUTTON,
        )
    ]


def mentee_home(
    shown: GroupShown | None,
    waiting: Waiting | None,
    *,
    keeps_apart: bool = False,
    has_accepted: bool = True,
    with_profiles: bool = False,
) -> list[Block]:
    """Show a mentee their group and people, and what comes next.

    `keeps_apart`: they are still to be introduced, and would rather not be with somebody there.
    """
    if shown is None:
        note = (
            "You are on the waitlist. The first seat that fits is yours, and you will hear from "
            "us here."
        )
        if not has_accepted:
            note = (
                "Groups are formed. Your seat waits until you have accepted the code of conduct; "
                "then the first seat that fits is yours, and you will hear from us here."
            )
        return [ui.section(note, accessory=WISHES_BUTTON)] if waiting else []
    own = _group_blocks(shown, with_profiles=with_profiles)
    if keeps_apart:
        note = "You would rather not be here, as you told me in confidence: you get another group."
        return [*own, ui.section(note, accessory=WISHES_BUTTON)]
    if waiting is None:
        return own
    stay = ui.button("Stay here after all", "pairing.stay", value=shown.programme.id)
    note = "A seat with another mentor is being looked for. You keep this group until then."
    accessory = stay if waiting.reason == WISHES_TO_MOVE else None
    return [*own, ui.section(note, accessory=accessory)]


def settings(programme_id: str | None) -> list[Block]:
    """Give the ways to other people in a group; of another mentor only with a programme's id."""
    ask = [ui.button("Ask for another mentor", "pairing.rematch", value=programme_id)]
    return [
        ui.section("*My group.* Nobody asks you for a reason."),
        ui.actions(*(ask if programme_id else []), WISHES_BUTTON),
    ]


def mentor_home(groups: Sequence[GroupShown], *, with_profiles: bool = False) -> list[Block]:
    """Show a mentor their groups and people."""
    return [block for one in groups for block in _group_blocks(one, with_profiles=with_profiles)]


def no_seat_yet() -> list[Block]:
    """Tell somebody who came after the groups were formed that a seat is looked for."""
    said = "Groups are formed, and you have no seat in one yet. You will hear from us here of one."
    return [ui.section(said, accessory=WISHES_BUTTON)]


def _group_blocks(shown: GroupShown, *, with_profiles: bool) -> list[Block]:
    """Show a group with its people, and the way to what they say about themselves."""
    reads = with_profiles and not shown.is_private
    return [ui.section(_group_text(shown), accessory=_who_button(shown) if reads else None)]


def _group_text(shown: GroupShown) -> str:
    channel = shown.group.slack_channel
    where = f" · <#{channel}>" if channel else ""
    text = (
        f"*{escape(shown.group.name)}*{where}\n"
        f"{agree(len(shown.mentors), 'Mentor')}: {people_of(shown.mentors)}\n"
    )
    if shown.is_private:
        return f"{text}You read who the others are when you are introduced to each other."
    return f"{text}{agree(len(shown.mentees), 'Mentee')}: {people_of(shown.mentees)}"


def rematch_form(programme_id: str, *, is_private: bool = False) -> View:
    """Ask a mentee before a no-fault rematch, or before they give back a seat in private."""
    then = (
        "You move as soon as there is a seat in another group. Until then you keep your "
        "group, and you can change your mind. Your present mentor will not be matched "
        "with you again in this programme."
    )
    if is_private:
        then = (
            "You are not introduced to this group, and another one is looked for. Your mentor is "
            "kept among those whom you named under Rather not with…, where you can take it back."
        )
    return ui.modal(
        callback_id="pairing.rematch_form",
        title="Another mentor",
        submit="Ask for one",
        close="Stay here",
        blocks=[
            ui.section(
                "Sometimes two people are not the right fit, and that is nobody's fault. You can "
                "have another mentor; you need not say why."
            ),
            ui.section(then),
            ui.section(WHO_SEES_DECLINE if is_private else WHO_SEES_REMATCH),
        ],
        metadata=programme_id,
    )


def move_form(
    programme_id: str, groups: Sequence[tuple[Group, int]], *, mentee: str | None = None
) -> View:
    """Ask a coordinator which mentee should have a seat in another group, and in which.

    `groups` have each the number of their mentees; `mentee` is the Slack id of who was chosen.
    """
    choices = choices_of(groups)
    where = menu(MOVES_TO, choices, placeholder="Wherever there is a seat")
    target = [ui.field("to", "Into which group?", where, optional=True)] if choices else []
    return ui.modal(
        callback_id="pairing.move_form",
        title="Move a mentee",
        submit="See what it does",
        blocks=[
            ui.field(
                "mentee",
                "Mentee",
                ui.person_field("mentee", initial=mentee),
                hint="With a group or without one. Nobody else is moved.",
            ),
            ui.context(
                "*Who sees this:* you. The mentee reads where they are, the mentor only that they "
                "moved; neither reads why."
            ),
            *target,
            ui.context(
                "If you choose no group, they move as soon as there is a seat anywhere else, and "
                "keep theirs until then."
            ),
        ],
        metadata=programme_id,
    )


def resolve_conflict(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to part two people who should not be in one group."""
    mentee, other = todo.names
    more = "A seat in another group is being looked for." if todo.what else ""
    return ToDoLine(
        f"{escape(mentee)} and {escape(other)} are in one mentoring group and should not be. "
        f"{more or 'The reason may be confidential.'}",
        _move_button(mentee, todo.about),
    )


def rematch_done(found: GroupShown | None, *, was_private: bool = False) -> str:
    """Say in plain text what came of it when a mentee asked."""
    if was_private:
        return "Noted. You are not introduced to this group; you hear from us here about another."
    if found is None:
        return (
            "Noted. There is no seat in another group at the moment, so you keep yours. You move "
            "as soon as there is one, and you will hear from us here."
        )
    mentors = listed(one.name for one in found.mentors)
    return f"Done. You have a seat in {with_article(found.group.name)}, with {mentors}."


def start_held(programme: Programme) -> Message:
    """Tell a coordinator that the first day has come and the programme could not begin."""
    text = (
        f"{escape(programme.name)} was to begin today and has not. Name its contacts, then press "
        "Start now on Cairn's Home tab; otherwise it is tried again tomorrow morning."
    )
    name = ui.button("Name the contacts", "programme.contacts", value=programme.id, style="primary")
    return ui.paragraph(text, ui.actions(name))
