"""Reading what others share: one check-in, or a mentor's week with next and back.

The words are read from the database each time, for whoever may read them at that moment.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.disclosure import mark_read, open_shared, shown_to_mentor
from bot.checkins.reading import Direction, Page, neighbour
from bot.checkins.rules import CheckIn, CheckInId
from bot.checkins.use_cases import mentors_now
from bot.groups.joining import known_groups_of_mentor
from bot.kernel.clock import read_instant
from bot.kernel.errors import UserFacing
from bot.people.model import Member
from bot.people.use_cases import the_member
from handlers.blocks import View
from handlers.checkins import page_views as views
from handlers.checkins.checkin_views import own
from handlers.checkins.replies import (
    name_of,
    replies_shown,
    reply_for,
    see_replies,
    send_reply,
)
from handlers.checkins.reply_views import noted, reply_blocks
from handlers.edge.answers import read_json
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.free_text import SharedWeek, read_week


def register(edge: Edge) -> None:
    """Add the listeners of the reading form; `nudge.read` stands in messages sent before it."""
    edge.action("checkin.shared", on_shared)
    edge.action("nudge.read", on_shared)
    edge.action("checkin.week", on_week)
    edge.action("checkin.next", on_next)
    edge.action("checkin.back", on_back)
    edge.action("checkin.noted", on_noted)


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The check-in that a week's form shows; it travels in the form and holds no words."""

    week: SharedWeek
    checkin_id: CheckInId
    shared_at: datetime

    def pack(self) -> str:
        """Write the form's metadata."""
        packed = {"w": self.week.pack(), "c": self.checkin_id, "t": self.shared_at.isoformat()}
        return json.dumps(packed)


def _unpack(metadata: str) -> OpenPage:
    try:
        packed = read_json(metadata)
        at = read_instant(str(packed["t"]))
        return OpenPage(read_week(str(packed["w"])), CheckInId(str(packed["c"])), at)
    except (ValueError, KeyError, TypeError):
        raise UserFacing(
            "This form is from an earlier version. Close it and open it again."
        ) from None


async def on_shared(call: Call, services: Services) -> None:
    """Open one check-in that its writer shares with this person, as long as they do.

    Its writer finds it as among their own: with who can read it, and the buttons to change that.
    """
    async with services.database.reading() as connection:
        reader = await the_member(connection, call.workspace_id, call.slack_user_id)
        found = await open_shared(connection, reader, CheckInId(call.value or ""))
        name = await name_of(connection, found) if found else ""
        is_own = found is not None and found.member_id == reader.id
        mentors = await mentors_now(connection, [found]) if found and is_own else {}
        told = await replies_shown(connection, found) if found and is_own else []
        its_reply = await reply_for(connection, reader, found) if found and not is_own else None
    if found is None:
        await call.open(views.nothing_to_read())
        return
    await call.open(
        own(found, mentors[found.id], tz=reader.timezone, replies=told)
        if is_own
        else views.shared_whole(
            found, name=name, tz=reader.timezone, foot=reply_blocks(found, its_reply)
        )
    )
    await _note_read(services, reader, found)
    if told:
        await see_replies(call, services, reader, found.id)


async def on_week(call: Call, services: Services) -> None:
    """Open the first of the check-ins that a mentor was told of."""
    try:
        week = read_week(call.value or "")
    except ValueError:
        raise UserFacing("Open the Home tab to see what is shared with you.") from None
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        found, view = await _page(connection, mentor, week)
    await call.open(view)
    await _note_read(services, mentor, found)


async def on_next(call: Call, services: Services) -> None:
    """Turn to the next check-in of the week."""
    await _turn(call, services, Direction.NEXT)


async def on_back(call: Call, services: Services) -> None:
    """Turn back to the check-in before."""
    await _turn(call, services, Direction.BACK)


async def on_noted(call: Call, services: Services) -> None:
    """Tell the writer that a mentor has read their check-in; a week's page stays open."""
    opened = _unpack(call.metadata) if call.metadata else None
    await send_reply(call, services, CheckInId(call.value or ""), text="")
    view = noted()
    if opened is not None:
        async with services.database.reading() as connection:
            mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
            _, view = await _page(connection, mentor, opened.week, again=opened.checkin_id)
    await call.update(view)
    await services.refresh_home(call)


async def _turn(call: Call, services: Services, direction: Direction) -> None:
    opened = _unpack(call.metadata)
    beside = (direction, (opened.shared_at, opened.checkin_id))
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        found, view = await _page(connection, mentor, opened.week, beside=beside)
    await call.update(view)
    await _note_read(services, mentor, found)


async def _page(
    connection: AsyncConnection,
    mentor: Member,
    week: SharedWeek,
    *,
    beside: tuple[Direction, Page] | None = None,
    again: CheckInId | None = None,
) -> tuple[CheckIn | None, View]:
    """Draw the check-in beside the one that was open, or that `again`; the first where none was."""
    groups = await known_groups_of_mentor(connection, mentor.workspace_id, mentor.id)
    shared = await shown_to_mentor(connection, mentor, groups, since=week.since, until=week.until)
    at = neighbour([(one.shared_at, one.id) for one in shared], beside)
    if again is not None:
        at = next((number for number, one in enumerate(shared) if one.id == again), None)
    if at is None:
        return None, views.nothing_to_read()
    found = shared[at]
    return found, views.week_page(
        found,
        name=await name_of(connection, found),
        tz=mentor.timezone,
        number=at + 1,
        of=len(shared),
        gone=max(0, week.told - len(shared)),
        reply=await reply_for(connection, mentor, found),
        metadata=OpenPage(week, found.id, found.shared_at).pack(),
    )


async def _note_read(services: Services, reader: Member, found: CheckIn | None) -> None:
    """Note that it was opened, once it was shown: from then on its words stay as they are."""
    if found is not None and found.read_at is None and found.member_id != reader.id:
        async with services.database.writing() as connection:
            await mark_read(connection, reader, found, now=services.clock.now())
