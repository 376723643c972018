"""A coordinator keeps the list in step with a file by its address, and approves each difference."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.delivery.model import Entry
from bot.kernel.download import Download, NotDownloaded, checked_url
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import roster_feed as feeds
from bot.people import roster_import, roster_store, store
from bot.people.roster import read_roster
from bot.people.roster_feed import Feed, FeedEvery
from bot.people.roster_text import MOST_BYTES, Table, UnreadableRoster, read_table
from bot.people.use_cases import must_coordinate, the_coordinator
from bot.schedule.model import Due
from handlers.blocks import View, notice
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.people import role_views, roster_feed_views, slack_directory
from handlers.people import roster_import_views as import_views
from handlers.people.roster_import import Step, look_at_table
from handlers.people.roster_source_views import Source
from handlers.sending.messenger import Written

SECRET_NAMES = frozenset({"host", "content-length", "transfer-encoding", "accept-encoding"})
"""Headers that are the connection's own."""


def register(edge: Edge) -> None:
    """Add the listeners of the feed."""
    edge.action("people.feed", on_feed)
    edge.action("people.feed_change", on_change)
    edge.view("people.feed_form", on_form)
    edge.action("people.feed_look", on_look)
    edge.action("people.feed_pause", on_pause)
    edge.action("people.feed_stop", on_stop)
    edge.action("people.feed_dismiss", on_dismiss)
    edge.action("people.member", on_member)


async def on_feed(call: Call, services: Services) -> None:
    """Show how the list is kept in step, or ask for its address."""
    await services.coordinator(call)
    await call.show(await _page(call, services))


async def _page(call: Call, services: Services) -> View:
    async with services.database.reading() as connection:
        feed = await feeds.feed_of(connection, call.workspace_id)
        if feed is None:
            return roster_feed_views.form()
        return roster_feed_views.page(feed, await feeds.gone_members(connection, feed))


async def on_change(call: Call, services: Services) -> None:
    """Ask for another address; the one before is not shown."""
    await services.coordinator(call)
    await call.show(roster_feed_views.form(changes=True))


async def on_form(call: Call, services: Services) -> None:
    """Read the list at an address once, keep the address if that works, and show the list."""
    me, answers, now = await services.coordinator(call), call.answers, services.clock.now()
    address = answers.text("address") or ""
    with beside("address"):
        checked_url(address)
    every = answers.choice_of("every", FeedEvery)
    if every is None:
        raise WrongAnswer(every="Choose how often the list is read.")
    feed = Feed(
        workspace_id=call.workspace_id,
        made_by=me.id,
        made_at=now,
        every=every,
        timezone=me.timezone,
        address=address.strip(),
        headers=_headers(answers.text("header") or "", answers.text("value") or ""),
    )

    async def work() -> View:
        try:
            table = await _downloaded(services, feed)
        except UserFacing as problem:
            return import_views.refused(problem.sentence, again="people.feed")
        async with services.database.writing() as connection:
            await must_coordinate(connection, call.workspace_id, me.id)
            await feeds.begin_feed(connection, feed, now=now)
            await services.record(connection, call, Act.FEED_SET, what=every.value)
        return await look_at_table(call, services, table, Step(source=Source.LIST))

    await see_through(call, work, meanwhile=import_views.reading())


def _headers(name: str, value: str) -> Mapping[str, str]:
    """Read a header that the server asks for. Raises WrongAnswer."""
    name, value = name.strip(), value.strip()
    if not name and not value:
        return {}
    is_name = name.isascii() and name.replace("-", "").isalnum()
    if not is_name or name.lower() in SECRET_NAMES:
        raise WrongAnswer(header="Write the name of a header, such as Authorization.")
    if not value or not value.isascii() or not value.isprintable():
        raise WrongAnswer(value="Write what stands in the header, on one line.")
    return {name: value}


def _marked(feed: Feed, found: Download) -> Feed:
    digest = hashlib.sha256(found.content).hexdigest()
    return replace(feed, etag=found.etag, modified=found.modified, digest=digest)


async def _downloaded(services: Services, feed: Feed) -> Table:
    """Read the list as it is now. Raises UserFacing."""
    found = await services.downloads.get(feed.address, most_bytes=MOST_BYTES, headers=feed.headers)
    assert found is not None, "only what is known can be unchanged"
    return await _table(found)


async def _table(found: Download) -> Table:
    """Read a table; a page, as for signing in, is none. Raises UnreadableRoster."""
    begin = found.content[:1_000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if found.kind in ("text/html", "application/xhtml+xml") or begin.startswith(
        (b"<!doc", b"<html")
    ):
        raise UnreadableRoster(roster_feed_views.A_PAGE)
    return await asyncio.to_thread(read_table, found.content)


async def on_look(call: Call, services: Services) -> None:
    """Read the list as it is now, and show what it would change, as that of an upload."""
    await services.coordinator(call)

    async def work() -> View:
        async with services.database.reading() as connection:
            feed = await feeds.feed_of(connection, call.workspace_id)
        if feed is None:
            return notice(roster_feed_views.STOPPED, title=roster_feed_views.TITLE)
        try:
            table = await _downloaded(services, feed)
        except UserFacing as problem:
            return import_views.refused(problem.sentence, again="people.feed")
        return await look_at_table(call, services, table, Step(source=Source.LIST))

    await see_through(call, work, meanwhile=import_views.reading())


async def on_pause(call: Call, services: Services) -> None:
    """Read the list no more until it is asked for, or again."""
    now = services.clock.now()
    async with services.database.writing() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        feed = await feeds.feed_of(connection, call.workspace_id)
        act = Act.FEED_RESUMED if feed and feed.is_paused else Act.FEED_PAUSED
        await services.record(connection, call, act)
        if feed is not None:
            await feeds.put_feed(connection, replace(feed, is_paused=not feed.is_paused), now=now)
    await call.show(await _page(call, services))


async def on_stop(call: Call, services: Services) -> None:
    """Forget the address."""
    async with services.database.writing() as connection:
        await services.record(connection, call, Act.FEED_STOPPED)
        await feeds.stop_feed(connection, call.workspace_id)
    await call.show(notice(roster_feed_views.STOPPED, title=roster_feed_views.TITLE))


async def on_dismiss(call: Call, services: Services) -> None:
    """Leave a difference as it is; the same is not told again."""
    async with services.database.writing() as connection:
        await services.record(connection, call, Act.FEED_DISMISSED)
    await call.replace(roster_feed_views.dismissed())


async def on_member(call: Call, services: Services) -> None:
    """Open the form of one member, to change their roles or take them out."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        member = await store.member(connection, call.workspace_id, MemberId(call.value or ""))
        member = member or await store.member_by_slack_id(
            connection, call.workspace_id, SlackUserId(call.value or "")
        )
    gone = notice("This person is not in the list any more.", title="People")
    await call.show(role_views.member_form(member) if member else gone)


async def read_due(services: Services, due: Due, now: datetime) -> None:
    """Read the list where it is time to, and tell coordinators of a difference."""
    async with services.database.reading() as connection:
        feed = await feeds.feed_of(connection, due.workspace_id)
    if feed is None or feed.is_paused:
        return
    try:
        found = await services.downloads.get(
            feed.address, most_bytes=MOST_BYTES, headers=feed.headers, known=feed.known
        )
        is_news = found is not None and _marked(feed, found).digest != feed.digest
        table = await _table(found) if found and is_news else None
    except NotDownloaded as failure:
        await _failed(services, feed, failure.reason.value, now=now)
        return
    except UnreadableRoster as problem:
        await _failed(services, feed, problem.sentence, now=now)
        return
    if table is None:
        async with services.database.writing() as connection:
            if current := await _current(connection, feed):
                marked = _marked(current, found) if found else current
                await feeds.note_reading(connection, marked, now=now)
        return
    assert found is not None, "a table was read"
    await _compare(services, feed, found, table, now=now)


async def _current(connection: AsyncConnection, feed: Feed) -> Feed | None:
    """Hold a feed as it is now; None where it was changed, paused or stopped while it was read."""
    now = await feeds.feed_of(connection, feed.workspace_id)
    return None if now is None or now.made_at != feed.made_at or now.is_paused else now


async def _failed(services: Services, feed: Feed, reason: str, *, now: datetime) -> None:
    async with services.database.writing() as connection:
        if current := await _current(connection, feed):
            await feeds.note_failure(connection, current, reason, now=now)
    services.wake()


async def _compare(
    services: Services, feed: Feed, found: Download, table: Table, *, now: datetime
) -> None:
    """See what a list would change, as an upload of it would, and announce it."""
    async with services.database.reading() as connection:
        mapping = await roster_store.mapping_for(connection, feed.workspace_id, table)
    reading = await asyncio.to_thread(read_roster, table, mapping)
    if reading.needs_mapping:
        await _failed(services, feed, roster_feed_views.COLUMNS, now=now)
        return
    client = await services.clients.of(feed.workspace_id)
    if client is None:
        return
    try:
        directory = await slack_directory.read_everybody(client, feed.workspace_id)
    except slack_directory.SlackIsBusy as busy:
        raise OperatorFacing(type(busy).__name__) from None
    async with services.database.writing() as connection:
        current = await _current(connection, feed)
        if current is None:
            return
        shown = await roster_import.look_at(
            connection,
            feed.workspace_id,
            reading,
            directory=directory,
            stages=services.catalogue.stages,
        )
        noted = await feeds.note_reading(connection, _marked(current, found), now=now)
        await feeds.note_difference(connection, noted, shown, now=now)
    services.wake()


async def write_news(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell how the list stands now: what has changed, what is wrong, or that it works again."""
    feed = await feeds.feed_of(connection, entry.workspace_id)
    what = entry.subject_id.partition(":")[0]
    if feed is None:
        return None
    match what:
        case feeds.FAILED if feed.failure:
            return roster_feed_views.failed(feed)
        case feeds.WORKS if not feed.failure:
            return roster_feed_views.works()
        case feeds.CHANGED if any(feed.counts):
            return roster_feed_views.changed(feed)
    return None
