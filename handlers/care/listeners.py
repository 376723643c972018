"""Raising a concern, answering it, taking it back, and blocking somebody."""

from bot.care import blocks, use_cases
from bot.care.model import ConcernId, Route
from bot.care.tables import concern
from bot.flows.erasure import clear_traces
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store as people
from bot.people.use_cases import the_member
from handlers.blocks import View
from handlers.care import block_views, views
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services


def register(edge: Edge) -> None:
    """Add the listeners of care; `conversation.contact` stands on buttons sent earlier."""
    edge.action("care.open", on_open)
    edge.action("conversation.contact", on_open)
    edge.view("care.form", on_form)
    edge.action("care.page", on_page)
    edge.action("care.have", on_have)
    edge.action("care.solve", on_solve)
    edge.action("care.take_back", on_take_back)
    edge.action("care.elsewhere", on_elsewhere)
    edge.action("care.blocks", on_blocks)
    edge.view("care.block_form", on_block)
    edge.action("care.unblock", on_unblock)


async def on_open(call: Call, services: Services) -> None:
    """Open the form, over a form that is open; tell the way where nobody can be asked."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        reach = await use_cases.reach_of(connection, call.workspace_id, call.slack_user_id, now=now)
    form = views.form(reach) if reach.routes else views.nobody(reach)
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def on_form(call: Call, services: Services) -> None:
    """Ask the person who was chosen, and say what happens now."""
    route, now = _route(call.answers.choice("to")), services.clock.now()
    before = ConcernId(call.metadata) if call.metadata else None
    with beside("to"):
        async with services.database.writing() as connection:
            raised, reach = await use_cases.raise_concern(
                connection,
                call.workspace_id,
                by=call.slack_user_id,
                route=route,
                words=call.answers.text("words") or "",
                form_key=call.form_key,
                instead_of=before,
                now=now,
            )
    services.wake()
    await call.ack_update(views.asked(raised, reach))
    if before:
        await clear_traces(services.database, call.workspace_id, [concern.name], now=now)
    await services.refresh_home(call)


def _route(chosen: str | None) -> Route:
    if not chosen:
        raise WrongAnswer(to="Choose who is to hear from you.")
    to, _, then = chosen.partition("|")
    return Route(MemberId(to), MemberId(then) if then else None)


async def on_page(call: Call, services: Services) -> None:
    """Open what somebody may read: what they were asked, and their own."""
    await call.open(await _page(call, services))


async def _page(call: Call, services: Services, *, note: str = "") -> View:
    its = (call.workspace_id, call.slack_user_id)
    try:
        async with services.database.reading() as connection:
            found = await use_cases.concerns_of(connection, *its, now=services.clock.now())
            reader = await people.member_by_slack_id(connection, *its)
    except OperatorFacing:
        raise UserFacing(views.UNREADABLE_NOW) from None
    return views.page(found, reader=reader.id if reader else None, note=note)


async def on_have(call: Call, services: Services) -> None:
    """Let somebody who was asked have a concern in hand; its author is told."""
    async with services.database.writing() as connection:
        reader = await the_member(connection, call.workspace_id, call.slack_user_id)
        concern_id = ConcernId(call.value or "")
        await use_cases.have(connection, reader, concern_id, now=services.clock.now())
    services.wake()
    await call.show(await _page(call, services, note=views.HAVE_IT))
    await services.refresh_home(call)


async def on_solve(call: Call, services: Services) -> None:
    """Let somebody say that their concern is solved."""
    async with services.database.writing() as connection:
        await use_cases.solve(
            connection,
            call.workspace_id,
            ConcernId(call.value or ""),
            by=call.slack_user_id,
            now=services.clock.now(),
        )
    await call.show(await _page(call, services, note=views.SOLVED))
    await services.refresh_home(call)


async def on_take_back(call: Call, services: Services) -> None:
    """Delete somebody's own concern."""
    concern_id = ConcernId(call.value or "")
    async with services.database.writing() as connection:
        its = (connection, call.workspace_id, concern_id)
        await use_cases.take_back(*its, by=call.slack_user_id)
    now = services.clock.now()
    await clear_traces(services.database, call.workspace_id, [concern.name], now=now)
    await call.show(await _page(call, services, note=views.TAKEN_BACK))
    await services.refresh_home(call)


async def on_elsewhere(call: Call, services: Services) -> None:
    """Let somebody send their own concern, which waits, to the people who are named now."""
    concern_id, now = ConcernId(call.value or ""), services.clock.now()
    its = (call.workspace_id, call.slack_user_id)
    async with services.database.reading() as connection:
        words = await use_cases.words_for_others(connection, its[0], concern_id, its[1])
        reach = await use_cases.reach_of(connection, *its, now=now)
    if not reach.routes:
        await call.push(views.nobody(reach))
        return
    await call.push(views.form(reach, before=words, instead_of=concern_id))


async def on_blocks(call: Call, services: Services) -> None:
    """Show somebody whom they blocked, and let them block somebody."""
    await call.show(await _blocks(call, services))


async def _blocks(call: Call, services: Services, *, note: str = "") -> View:
    async with services.database.reading() as connection:
        owner = await the_member(connection, call.workspace_id, call.slack_user_id)
        named = await blocks.blocked_by(connection, owner)
        found = await people.members(connection, call.workspace_id, ids=named)
    return block_views.block_form(found, note=note)


async def on_block(call: Call, services: Services) -> None:
    """Block somebody, and say what comes of it."""
    chosen = call.answers.person("person")
    if not chosen:
        raise WrongAnswer(person="Choose somebody.")
    with beside("person"):
        async with services.database.writing() as connection:
            owner = await the_member(connection, call.workspace_id, call.slack_user_id)
            done = await blocks.block(
                connection, owner, SlackUserId(chosen), now=services.clock.now()
            )
    services.wake()
    await call.ack_update(block_views.blocked(done))


async def on_unblock(call: Call, services: Services) -> None:
    """Take a block back."""
    async with services.database.writing() as connection:
        owner = await the_member(connection, call.workspace_id, call.slack_user_id)
        await blocks.unblock(connection, owner, MemberId(call.value or ""))
    await call.show(await _blocks(call, services, note=block_views.UNBLOCKED))
