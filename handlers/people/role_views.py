"""How members' roles, and who has not accepted the code of conduct, look to a coordinator."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import agree, day_and_month, plural
from bot.people.model import Member, MemberState, Role
from handlers import blocks as ui
from handlers.blocks import Block, Choice, View, escape
from handlers.pages import nearest_page

ROLES: Sequence[Choice] = (
    (Role.MENTEE, "Mentee"),
    (Role.MENTOR, "Mentor"),
    (Role.PEER_MENTOR, "Peer-mentor"),
    (Role.COORDINATOR, "Coordinator"),
)
NAMES_ON_A_PAGE = 25
WHAT_IS_SENT = (
    "*What is sent:* new coordinators are told that they coordinate. Once you have asked for the "
    "code of conduct, new mentors and mentees are asked at once; before that they hear nothing."
)
_STATES: Mapping[MemberState, str] = {
    MemberState.PAUSED: "away at present",
    MemberState.LEFT: "has left the programme",
    MemberState.DEACTIVATED: "has no Slack account any more",
}


def role_words(member: Member) -> str:
    """Write a member's roles, and as a mentor how many mentees they take."""
    names = [label.lower() for role, label in ROLES if role in member.roles]
    room = f", up to {plural(member.capacity, 'mentee')}" if member.is_mentor else ""
    return f"{', '.join(names)}{room}"


def people_modal(*, members: int, waiting: int) -> View:
    """Let a coordinator find a member, bring people in, and see who has not accepted."""
    return ui.modal(
        callback_id="people.list",
        title="People",
        blocks=[
            ui.section(f"{plural(members, 'person', 'people')} in your list."),
            ui.section(
                f"*Code of conduct.* {plural(waiting, 'person', 'people')} "
                f"{agree(waiting, 'has', 'have')} not accepted it yet.",
                accessory=ui.button("See who", "people.waiting", value="0"),
            )
            if waiting
            else ui.section("*Code of conduct.* Everybody has accepted it."),
            ui.section(
                "*New people.* From Slack, from a list or a file.",
                accessory=ui.button("Bring people in", "people.roster"),
            ),
            ui.divider(),
            ui.field(
                "member",
                "Change somebody's roles or capacity",
                ui.person_field("people.member"),
            ),
        ],
        submit="Next",
    )


def member_form(member: Member) -> View:
    """Ask a coordinator for a member's roles and capacity."""
    state = _STATES.get(member.state)
    take_out = ui.button(
        "Take out of the programme", "course.person_change:out", value=f"out {member.id}"
    )
    capacity = ui.text_field(
        "people.capacity",
        max_chars=4,
        initial=str(member.capacity) if member.is_mentor else None,
        placeholder="6",
    )
    return ui.modal(
        callback_id="people.member_form",
        title="Roles",
        metadata=member.id,
        submit="Save",
        close="Cancel",
        blocks=[
            ui.section(f"*{escape(member.name)}*" + (f", {state}" if state else "")),
            ui.field(
                "roles",
                "Roles",
                ui.checkboxes("people.roles", ROLES, chosen=member.roles),
                hint="Somebody may have several: a mentee of one group and a peer-mentor "
                "of another, or a mentor who coordinates.",
            ),
            ui.context(
                "*Who sees this:* coordinators see roles; everybody in a group sees who mentors it."
            ),
            ui.field(
                "capacity",
                "As a mentor: how many mentees?",
                capacity,
                hint="A whole number. It counts for mentors and peer-mentors only.",
                optional=True,
            ),
            ui.context(WHAT_IS_SENT),
            *([ui.actions(take_out)] if member.takes_part else []),
        ],
    )


def no_member(slack_user_id: str) -> View:
    """Say that somebody is not in the list yet, with the button that brings them in."""
    sentence = f"{ui.person(slack_user_id)} is not in your list yet."
    bring = ui.button("Bring people in", "people.roster", style="primary")
    return ui.modal(
        callback_id="people.list",
        title="People",
        blocks=[ui.section(sentence), ui.actions(bring)],
    )


def roles_saved(member: Member, *, asked: int, is_new_coordinator: bool) -> View:
    """Say what a change of roles did."""
    told = " They are told what coordinating means." if is_new_coordinator else ""
    invited = " They are asked now to accept the code of conduct." if asked else ""
    said = f"*{escape(member.name)}* is {role_words(member)} now.{invited}{told}"
    again = ui.button("Change somebody else", "people.list")
    return ui.modal(
        callback_id="people.list", title="Saved", blocks=[ui.section(said), ui.actions(again)]
    )


def coordinator_welcome(member: Member) -> Message:
    """Tell a new coordinator that they coordinate, and what that means."""
    text = (
        f"Hello {escape(member.name)}, you coordinate mentoring with Cairn from now on. You see "
        "who takes part and who has accepted the code of conduct, and you approve groups. You "
        "never see what mentees write in check-ins, nor anybody's answers in a pulse."
    )
    return ui.paragraph(
        text,
        ui.context("The things to do stand on Cairn's *Home* tab, with a button for each."),
        ui.actions(ui.button("See the people", "people.list")),
    )


def waiting_modal(
    waiting: Sequence[Member],
    asked: Mapping[str, datetime],
    *,
    page: int,
    may_ask: int,
) -> View:
    """Name who has not accepted the code of conduct, page by page, with the button to ask them."""
    page = nearest_page(page, len(waiting), NAMES_ON_A_PAGE)
    first = page * NAMES_ON_A_PAGE
    shown = waiting[first : first + NAMES_ON_A_PAGE]
    find = {**ui.person_field("people.member"), "placeholder": ui.plain("Find somebody", 150)}
    lines = [f"• *{escape(one.name)}*, {role_words(one)}: {_asked(one, asked)}" for one in shown]
    ask = ui.button("Ask them", "people.invite", style="primary")
    blocks = [
        ui.section(f"{plural(len(waiting), 'person', 'people')} {_not_yet(len(waiting))}"),
        *([ui.actions(find)] if len(waiting) > NAMES_ON_A_PAGE else []),
        *([ui.section("\n".join(lines))] if lines else []),
        *pages("people.waiting", page, count=len(waiting), size=NAMES_ON_A_PAGE),
        *([ui.actions(ask)] if may_ask else []),
    ]
    if waiting and not may_ask:
        blocks.append(ui.context("All of them were asked today already, or are away."))
    return ui.modal(callback_id="people.waiting", title="Not accepted yet", blocks=blocks)


def _not_yet(count: int) -> str:
    if not count:
        return "have yet to accept: everybody did."
    return f"{agree(count, 'has', 'have')} not accepted the code of conduct yet."


def _asked(member: Member, asked: Mapping[str, datetime]) -> str:
    if member.state is MemberState.PAUSED:
        return "away at present"
    at = asked.get(member.id)
    return f"asked on {day_and_month(local_date(at, 'UTC'))}" if at else "not asked yet"


def pages(action_id: str, page: int, *, count: int, size: int, about: str = "") -> list[Block]:
    """Draw buttons to the pages before and after, and say which this is; nothing for one page.

    A button's value is the page, after `about` where the listener needs more.
    """
    last = max(0, (count - 1) // size)
    if not last:
        return []
    buttons = []
    if page > 0:
        buttons.append(ui.button("Back", f"{action_id}:back", value=f"{about}{page - 1}"))
    if page < last:
        buttons.append(ui.button("More", f"{action_id}:more", value=f"{about}{page + 1}"))
    return [
        ui.context(f"{page * size + 1} to {min(count, (page + 1) * size)} of {count}"),
        ui.actions(*buttons),
    ]


def roles_of(chosen: Sequence[str]) -> frozenset[Role]:
    """Read roles that were ticked; ones that do not exist count as not ticked."""
    return frozenset(Role(one) for one in chosen if one in set(Role))
