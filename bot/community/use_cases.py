"""Write a group's charter together, and say what one thinks of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.community import rules, store
from bot.community.model import Charter, CharterLine, CharterTopic, Stance
from bot.groups.joining import MembersSeats, seating_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import NOT_YOUR_CHARTER, may_change_line, may_open_charter
from bot.programme.model import Programme, ProgrammeState
from bot.programme.store import programme_of_group
from bot.todos import ToDo, Weight

CHANGED = "The charter was changed meanwhile. Open it again and look at what is new."
HAS_ENDED = "Your programme has ended, so the charter stays as it is. Nothing was changed."
NOT_YOUR_LINE = (
    "Somebody else wrote this line. Propose one of your own beside it, and talk about it."
)
IS_FULL = f"A charter has at most {rules.MOST_LINES} lines. Take one out first, or change one."


async def charters_of(
    connection: AsyncConnection,
    member: Member,
    programme: Programme,
    *,
    seating: MembersSeats | None = None,
) -> list[Charter]:
    """Find the charters of a member's groups in a programme; words are not read.

    A group that does not know of the member yet is left out, as are people it does not know of.
    `seating` says where the member sits there, where that is at hand.
    """
    its = (connection, member.workspace_id, member.id)
    here = seating or await seating_of(*its, programme=programme)
    empty = [
        Charter(
            workspace_id=member.workspace_id,
            group_id=group.id,
            group_name=group.name,
            members=frozenset(roles.keys() - here.later[group.id]),
            is_running=programme.state is ProgrammeState.RUNNING,
        )
        for group, roles in here.groups
        if member.id not in here.later[group.id]
    ]
    return await store.with_facts(connection, empty)


async def the_charter(
    connection: AsyncConnection, member: Member, group_id: str, *, to_change: bool = False
) -> Charter:
    """Find the charter of one of a member's groups. Raises UserFacing for any other.

    `to_change`: they may write there now, not only read.
    """
    programme = await programme_of_group(connection, member.workspace_id, GroupId(group_id))
    found = await charters_of(connection, member, programme) if programme else []
    one = next((one for one in found if one.group_id == group_id), None)
    if one is None or not may_open_charter(member, sits_there=member.id in one.members):
        raise UserFacing(NOT_YOUR_CHARTER)
    if to_change and not one.is_running:
        raise UserFacing(HAS_ENDED)
    return one


async def propose(
    connection: AsyncConnection,
    member: Member,
    group_id: str,
    proposed: Mapping[CharterTopic, str],
    *,
    form_key: str,
    now: datetime,
) -> Charter:
    """Add a member's lines to their group's charter, once for each `form_key`; asks all anew."""
    await people.must_stay(connection, member.workspace_id, member.id)
    charter = await the_charter(connection, member, group_id, to_change=True)
    if charter.line_count + len(proposed) > rules.MOST_LINES:
        raise UserFacing(IS_FULL)
    is_new = False
    for topic, text in proposed.items():
        line = CharterLine(
            id=_id_of(charter, form_key, topic),
            workspace_id=member.workspace_id,
            group_id=charter.group_id,
            topic=topic,
            author_id=member.id,
            written_at=now,
            text=rules.one_line(text),
        )
        is_new |= await store.add_line(connection, line)
    if is_new:
        await _count_change(connection, charter, member, now=now)
    return await the_charter(connection, member, group_id)


def _id_of(charter: Charter, form_key: str, topic: CharterTopic) -> str:
    key = f"{charter.workspace_id}|{charter.group_id}|{form_key}|{topic}"
    return f"line_{hashlib.sha256(key.encode()).hexdigest()[:20]}"


async def the_line(
    connection: AsyncConnection, member: Member, line_id: str
) -> tuple[Charter, CharterLine]:
    """Find a line that a member may change, with its charter. Raises UserFacing for any other."""
    line = await store.line(connection, member.workspace_id, line_id)
    if line is None:
        raise UserFacing(NOT_YOUR_CHARTER)
    charter = await the_charter(connection, member, line.group_id, to_change=True)
    is_orphan = line.author_id not in charter.members or line.text is None
    if not may_change_line(member, author=line.author_id, is_orphan=is_orphan):
        raise UserFacing(NOT_YOUR_LINE)
    return charter, line


async def change(
    connection: AsyncConnection, member: Member, line_id: str, text: str, *, now: datetime
) -> Charter:
    """Change a line; everybody's word is asked anew where it reads differently."""
    await people.must_stay(connection, member.workspace_id, member.id)
    charter, line = await the_line(connection, member, line_id)
    written = rules.one_line(text)
    if written != line.text:
        changed = replace(line, text=written, author_id=member.id)
        await store.put_line(connection, changed)
        await _count_change(connection, charter, member, now=now)
    return await the_charter(connection, member, charter.group_id)


async def remove(
    connection: AsyncConnection, member: Member, line_id: str, *, now: datetime
) -> Charter:
    """Take a line out of the charter; everybody's word is asked anew."""
    await people.must_stay(connection, member.workspace_id, member.id)
    charter, line = await the_line(connection, member, line_id)
    if await store.remove_line(connection, line):
        await _count_change(connection, charter, member, now=now)
    return await the_charter(connection, member, charter.group_id)


async def _count_change(
    connection: AsyncConnection, before: Charter, by: Member, *, now: datetime
) -> None:
    version = await store.next_version(connection, before.workspace_id, before.group_id, now=now)
    if rules.stays_with_it(before, by.id):
        await store.put_stance(connection, before, by.id, Stance.WITH_IT, version=version, now=now)


async def say(
    connection: AsyncConnection,
    member: Member,
    group_id: str,
    stance: Stance,
    *,
    version: int,
    now: datetime,
) -> Charter:
    """Keep what a member says to the version that they read. Raises UserFacing for another."""
    await people.must_stay(connection, member.workspace_id, member.id)
    charter = await the_charter(connection, member, group_id, to_change=True)
    if charter.version != version:
        raise UserFacing(CHANGED)
    await store.put_stance(connection, charter, member.id, stance, version=version, now=now)
    return await the_charter(connection, member, group_id)


def todos(
    member: Member, programme: Programme | None, found: Sequence[Charter], now: datetime
) -> list[ToDo]:
    """Say what their groups' charters ask of a member; nothing of somebody who is away."""
    if programme is None or member.is_away(now):
        return []
    began = datetime.combine(programme.starts_on, time(), UTC)
    asked: list[tuple[ToDoKind | None, Charter]] = [
        (rules.asks(one, member.id), one) for one in found
    ]
    return [
        ToDo(
            kind=kind,
            weight=Weight.IS_DUE,
            since=one.changed_at or began,
            about=one.group_id,
            what=one.group_name,
        )
        for kind, one in asked
        if kind is not None
    ]
