"""How all groups, all who wait, and where one person sits look to a coordinator."""

from collections.abc import Mapping, Sequence

from bot.kernel.ids import MemberId
from bot.kernel.words import listed, plural
from bot.matching.model import Waiting
from bot.people.model import Member, Role
from bot.programme.model import Group, Programme, ProgrammeState
from handlers import blocks as ui
from handlers.blocks import Block, View, escape, person
from handlers.matching.views import GroupSummary, group_line

ON_A_PAGE = 25
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
        action="pairing.groups",
        page=page,
        count=count,
    )


def waitlist(
    programme: Programme,
    shown: Sequence[Waiting],
    names: Mapping[MemberId, str],
    *,
    page: int,
    count: int,
) -> View:
    """Show a page of those who wait for a seat."""
    lines = [
        f"• *{escape(names.get(one.member_id, 'Somebody'))}*: {escape(one.reason)}" for one in shown
    ]
    return _page(
        programme,
        "Waiting for a seat",
        f"*{plural(count, 'mentee')}* wait for a seat, the longest first.",
        lines or ["Nobody waits."],
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
            _find(),
            ui.divider(),
            ui.section("\n".join(lines)),
            *([ui.actions(*buttons), ui.context(where)] if buttons else []),
        ],
    )


def _find() -> Block:
    pick = ui.person_field("pairing.find_group")
    return ui.actions({**pick, "placeholder": ui.plain("Find somebody", ui.PLACEHOLDER_CHARS)})


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
    move = ui.button("Move a mentee", "pairing.choose_move", value=programme.id)
    every = ui.button("All groups", "pairing.groups", value=f"{programme.id} 0")
    return ui.modal(
        callback_id="pairing.list",
        title="Groups",
        metadata=programme.id,
        blocks=[_find(), ui.divider(), *blocks, ui.actions(every, *([move] if found else []))],
    )


def _seats(group: Group, seats: Mapping[MemberId, Role], names: Mapping[MemberId, str]) -> str:
    lines = [f"*{escape(group.name)}*"]
    for role, said in _ROLES:
        there = [escape(names[one]) for one, its in seats.items() if its is role and one in names]
        if there:
            lines.append(f"{said}: {listed(sorted(there, key=str.casefold))}")
    return "\n".join(lines)


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
