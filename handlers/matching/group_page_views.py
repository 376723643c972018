"""How all groups, all who wait, and where one person sits look to a coordinator."""

from collections.abc import Mapping, Sequence

from bot.kernel.ids import MemberId
from bot.kernel.words import listed, plural
from bot.matching.model import NOT_ACCEPTED, Waiting
from bot.people.model import Member, Role
from bot.programme.model import Group, Programme, ProgrammeState
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape, person
from handlers.matching.views import ASK_BUTTON, GroupSummary, group_line, waiting_line
from handlers.menus import searched_menu

ON_A_PAGE = 25
BY_NAME = "pairing.show_group"
_ROLES = ((Role.MENTOR, "Mentor"), (Role.PEER_MENTOR, "Peer-mentor"), (Role.MENTEE, "Mentees"))


def groups(programme: Programme, shown: Sequence[GroupSummary], *, page: int, count: int) -> View:
    """Show a page of the groups."""
    has_begun = programme.state is ProgrammeState.RUNNING
    lines = [group_line(one, has_begun=has_begun) for one in shown]
    return _page(
        programme,
        "Groups",
        f"*{plural(count, 'group')}*, by name.",
        lines or ["Nobody has a seat yet."],
        find=[searched_menu(BY_NAME, placeholder="Find a group")] if count > ON_A_PAGE else [],
        action="pairing.groups",
        page=page,
        count=count,
    )


def waitlist(
    programme: Programme,
    shown: Sequence[Waiting],
    names: Mapping[str, str],
    limits: Mapping[str, str],
    *,
    page: int,
    count: int,
) -> View:
    """Show a page of those who wait for a seat; `limits` says of some why they do now."""
    lines = [waiting_line(one, names, limits.get(one.member_id, "")) for one in shown]
    return _page(
        programme,
        "Waiting for a seat",
        f"*{plural(count, 'mentee')}* wait for a seat, the longest first.",
        lines or ["Nobody waits."],
        also=[ASK_BUTTON] if NOT_ACCEPTED in limits.values() else [],
        action="pairing.waitlist",
        page=page,
        count=count,
    )


def _page(
    programme: Programme,
    title: str,
    head: str,
    lines: Sequence[str],
    *,
    find: Sequence[Element] = (),
    also: Sequence[Element] = (),
    action: str,
    page: int,
    count: int,
) -> View:
    last = max(0, count - 1) // ON_A_PAGE
    turns = [("Previous page", page - 1)] if page > 0 else []
    turns += [("Next page", page + 1)] if page < last else []
    buttons = [
        ui.button(said, f"{action}:{at}", value=f"{programme.id} {at}") for said, at in turns
    ]
    first, until = page * ON_A_PAGE + 1, min(count, (page + 1) * ON_A_PAGE)
    where = f"Page {page + 1} of {last + 1}: {first:,} to {until:,} of {count:,}"
    return ui.modal(
        callback_id="pairing.list",
        title=title,
        metadata=programme.id,
        blocks=[
            ui.section(head),
            _find(*find),
            ui.divider(),
            ui.section("\n".join(lines)),
            *([ui.actions(*buttons, *also)] if [*buttons, *also] else []),
            *([ui.context(where)] if buttons else []),
        ],
    )


def _find(*others: Element) -> Block:
    pick = ui.person_field("pairing.find_group")
    somebody = {**pick, "placeholder": ui.plain("Find somebody", ui.PLACEHOLDER_CHARS)}
    return ui.actions(somebody, *others)


def one_person(
    programme: Programme,
    member: Member,
    found: Sequence[tuple[Group, Mapping[MemberId, Role]]],
    waiting: Waiting | None,
    names: Mapping[MemberId, str],
) -> View:
    """Show the groups in which one person sits, with everybody there, or what they wait for."""
    blocks = [ui.section(_seats(group, seats, names)) for group, seats in found]
    if waiting is not None:
        blocks.append(
            ui.section(f"*{escape(member.name)}* waits for a seat. {escape(waiting.reason)}")
        )
    if not blocks:
        blocks.append(ui.section(f"*{escape(member.name)}* has no seat and waits for none."))
    return _of_groups(programme, blocks, *([_move(programme)] if found else []))


def one_group(
    programme: Programme,
    group: Group,
    seats: Mapping[MemberId, Role],
    names: Mapping[MemberId, str],
) -> View:
    """Show who sits in one group, with the way to a mentor where nobody mentors it."""
    lacks_mentor = set(seats.values()) == {Role.MENTEE}
    its = f"{programme.id} {group.id}"
    give = ui.button("Give the group a mentor", "group.choose_mentor", value=its)
    shown = [ui.section(_seats(group, seats, names))]
    return _of_groups(programme, shown, _move(programme), *([give] if lacks_mentor else []))


def _of_groups(programme: Programme, shown: Sequence[Block], *buttons: Element) -> View:
    every = ui.button("All groups", "pairing.groups", value=f"{programme.id} 0")
    return ui.modal(
        callback_id="pairing.list",
        title="Groups",
        metadata=programme.id,
        blocks=[_find(), ui.divider(), *shown, ui.actions(every, *buttons)],
    )


def _move(programme: Programme) -> Element:
    return ui.button("Move a mentee", "pairing.choose_move", value=programme.id)


def _seats(group: Group, seats: Mapping[MemberId, Role], names: Mapping[MemberId, str]) -> str:
    lines = [f"*{escape(group.name)}*"]
    for role, said in _ROLES:
        there = [escape(names[one]) for one, its in seats.items() if its is role and one in names]
        if there:
            lines.append(f"{said}: {listed(sorted(there, key=str.casefold))}")
    return "\n".join(lines if seats else [*lines, "Nobody has a seat here."])


def stranger(programme: Programme, slack_user_id: str) -> View:
    """Say that somebody is in no list."""
    return ui.modal(
        callback_id="pairing.list",
        title="Groups",
        metadata=programme.id,
        blocks=[
            _find(),
            ui.section(f"{person(slack_user_id)} is not in your list of people."),
        ],
    )
