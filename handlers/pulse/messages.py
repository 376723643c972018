"""The messages of the pulse, written at the moment they are sent."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.flows import pulse_messages as round_news
from bot.kernel.ids import GroupId, SlackUserId
from bot.kernel.ports import Message
from bot.people import store as people
from bot.programme import store as programmes
from bot.pulse import results as released
from bot.pulse import store as kept
from bot.pulse.model import Round, RoundId, RoundState
from handlers.edge.services import Services
from handlers.pulse import comment_views as comments
from handlers.pulse import form_views as views
from handlers.pulse import result_views as results
from handlers.pulse.digests import digest_of, own_digest, programme_name


async def _told_until(
    connection: AsyncConnection, entry: Entry, *, limit: int | None = 2
) -> list[Round]:
    """The released rounds up to and with the one that an entry is about, the latest first."""
    round_id = entry.subject_id.split(":")[0]
    round_ = await kept.round_of(connection, entry.workspace_id, RoundId(round_id))
    if round_ is None:
        return []
    return await released.latest(
        connection,
        entry.workspace_id,
        round_.programme_id,
        until=round_.opens_at,
        limit=limit,
    )


async def compose_asking(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    round_ = await kept.round_of(connection, entry.workspace_id, RoundId(entry.subject_id))
    over = round_ is None or services.clock.now() >= round_.closes_at
    if round_ is None or over or round_.state is not RoundState.OPEN:
        return None
    name = await programme_name(connection, entry.workspace_id, round_.programme_id)
    return views.invitation(round_, name, again=entry.kind == round_news.REMINDER)


async def compose_digest(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    part = entry.subject_id.partition(":")[2]
    if part == round_news.TREND:
        return await _trend(connection, entry)
    told = await _told_until(connection, entry)
    if not told:
        return None
    if part.startswith(round_news.COMMENTS):
        return await _some_comments(
            connection, told[0], int(part.removeprefix(round_news.COMMENTS))
        )
    digest, cells = await digest_of(connection, told, part=int(part))
    return results.digest_message(digest, part=cells, is_first=int(part) == 0)


async def _trend(connection: AsyncConnection, entry: Entry) -> Message | None:
    told = await _told_until(connection, entry, limit=None)
    if not told:
        return None
    name = await programme_name(connection, entry.workspace_id, told[0].programme_id)
    history = await released.published_in(connection, told[::-1], ())
    return results.trend_message(name, history)


async def _some_comments(connection: AsyncConnection, round_: Round, part: int) -> Message:
    start = part * round_news.COMMENTS_PER_DIGEST
    found = await kept.comments_of(connection, round_.id)
    some = found[start : start + round_news.COMMENTS_PER_DIGEST]
    name = await programme_name(connection, round_.workspace_id, round_.programme_id)
    about = await released.overview(connection, round_)
    return comments.comments_message(name, some, on=results.day(about.released_on))


async def compose_result(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    told = await _told_until(connection, entry)
    member = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if not told or member is None:
        return None
    cell = await kept.cell_for(connection, told[0].id, member.id)
    name = await programme_name(connection, entry.workspace_id, told[0].programme_id)
    group = await programmes.group(connection, entry.workspace_id, GroupId(cell or ""))
    digest = await own_digest(connection, told, name, cell=cell, group=group)
    return results.result_message(digest, cell)


async def compose_void(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    round_ = await kept.round_of(connection, entry.workspace_id, RoundId(entry.subject_id))
    if round_ is None:
        return None
    return views.void_message(
        await programme_name(connection, entry.workspace_id, round_.programme_id)
    )


async def compose_after(
    _services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """What was done about a round; or, while that is not said, that the next one waits for it."""
    round_id = RoundId(entry.subject_id)
    round_ = await kept.round_of(connection, entry.workspace_id, round_id)
    if round_ is None:
        return None
    name = await programme_name(connection, entry.workspace_id, round_.programme_id)
    action = await kept.action_on(connection, round_id)
    if entry.kind == round_news.HELD:
        return views.held_message(round_id, name) if action is None else None
    return views.action_message(action, name) if action is not None else None
