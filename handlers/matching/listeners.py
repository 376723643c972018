"""Matching in Slack: proposals looked at, changed and approved."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.groups import changes
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.matching import exclusions, store
from bot.matching import proposals as proposing
from bot.matching.model import ProposalState, ProposalVersion
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_coordinator
from bot.programme.model import Programme
from bot.programme.use_cases import the_programme
from handlers.blocks import View, working
from handlers.edge.answers import whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.matching import proposal_views
from handlers.matching.proposal_views import Position, Shown

SEEDS = 2**31


def register(edge: Edge) -> None:
    """Add the listeners of proposals."""
    edge.action("pairing.propose", on_propose)
    edge.action("pairing.open", on_open)
    edge.action("pairing.page", on_page)
    edge.action("pairing.find", on_find)
    edge.action("pairing.row", on_row)
    edge.action("pairing.begin_swap", on_begin_swap)
    edge.action("pairing.leave_swap", on_leave_swap)
    edge.action("pairing.swap", on_swap)
    edge.action("pairing.again", on_again)
    edge.action("pairing.approve", on_approve)
    edge.action("pairing.undo", on_undo)
    edge.action("pairing.tell_now", on_tell_now)
    edge.action("pairing.start", on_start)


async def on_propose(call: Call, services: Services) -> None:
    """Open a modal at once, and fill it with the proposal when the engine is done."""

    async def work() -> View:
        by = await services.coordinator(call)
        programme = await services.programme(call, call.value)
        inputs = services.for_matching(programme)
        kept = await proposing.propose(
            services.database,
            call.workspace_id,
            programme.id,
            by=by.id,
            seed=secrets.randbelow(SEEDS),
            **inputs,
        )
        return await _review(call, services, Position(proposal_id=kept.id))

    meanwhile = working("Looking for the best groups.", title="Matching")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def on_open(call: Call, services: Services) -> None:
    """Open a proposal at its first page."""
    await call.open(await _review(call, services, Position(proposal_id=call.value or "")))


async def on_page(call: Call, services: Services) -> None:
    """Turn to another page."""
    await _look(call, services, replace(_position(call), page=whole_number(call.value) or 0))


async def on_find(call: Call, services: Services) -> None:
    """Show the matches of one person in the proposal; of nobody alone, everybody's."""
    position = replace(_position(call), only=await chosen_member(call, services), page=0)
    await _look(call, services, position)


async def chosen_member(call: Call, services: Services) -> str:
    """Find the member whom a coordinator chose; empty where there is none, or nobody."""
    await services.coordinator(call)
    who = SlackUserId(call.value or "")
    async with services.database.reading() as connection:
        found = await people.member_by_slack_id(connection, call.workspace_id, who)
    return found.id if found else who


async def on_begin_swap(call: Call, services: Services) -> None:
    """Ask with whom a mentee should change seats."""
    await _look(call, services, replace(_position(call), swapping=call.value or "", only=""))


async def on_leave_swap(call: Call, services: Services) -> None:
    """Leave seats as they are."""
    await _look(call, services, replace(_position(call), swapping=""))


async def _look(call: Call, services: Services, position: Position) -> None:
    await call.update(await _review(call, services, position))


async def on_row(call: Call, services: Services) -> None:
    """Lock, unlock, forbid or begin to swap the match of one row."""
    position = _position(call)
    verb, _, mentee = (call.value or "").partition(" ")
    if verb == "swap":
        await _look(call, services, replace(position, swapping=mentee, only=""))
        return
    by = await services.coordinator(call)
    row = (services.database, call.workspace_id, position.proposal_id)
    now = services.clock.now()
    if verb in ("lock", "unlock"):
        locked = verb == "lock"
        await proposing.set_lock(*row, mentee=MemberId(mentee), locked=locked, by=by.id, now=now)
    elif verb == "forbid":
        await proposing.forbid(*row, mentee=MemberId(mentee), by=by.id, now=now)
    await _look(call, services, position)


async def on_swap(call: Call, services: Services) -> None:
    """Let two mentees change seats."""
    position = _position(call)

    async def swap(by: Member, programme: Programme) -> View:
        inputs = services.for_matching(programme)
        kept = await proposing.swap(
            services.database,
            call.workspace_id,
            position.proposal_id,
            mentees=(MemberId(position.swapping), MemberId(call.value or "")),
            by=by.id,
            **inputs,
        )
        return await _review(call, services, Position(proposal_id=kept.id, page=position.page))

    await _change(call, services, swap, saying="Changing seats.")


async def on_again(call: Call, services: Services) -> None:
    """Match again around the locks."""
    position = _position(call)

    async def run_again(by: Member, programme: Programme) -> View:
        inputs = services.for_matching(programme)
        kept = await proposing.run_again(
            services.database, call.workspace_id, position.proposal_id, by=by.id, **inputs
        )
        return await _review(call, services, Position(proposal_id=kept.id))

    await _change(call, services, run_again, saying="Matching again around the locks.")


async def on_approve(call: Call, services: Services) -> None:
    """Make the groups of the proposal."""
    position = _position(call)

    async def approve(by: Member, programme: Programme) -> View:
        done = await deciding.approve(
            services.database,
            call.workspace_id,
            position.proposal_id,
            by=by.id,
            now=services.clock.now(),
            framework=services.framework_of(programme),
        )
        services.wake()
        async with services.database.reading() as connection:
            shown = await _shown(connection, call.workspace_id, position.proposal_id)
        return proposal_views.approved(shown, undo_until=done.told_at)

    await _change(call, services, approve, saying="Making the groups.")
    await services.refresh_home(call)


async def _change(
    call: Call,
    services: Services,
    change: Callable[[Member, Programme], Awaitable[View]],
    *,
    saying: str,
) -> None:
    """Do `change` for a coordinator; where it cannot be done, say why above the proposal."""
    position = _position(call)

    async def work() -> View:
        try:
            async with services.database.reading() as connection:
                by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
                shown = await _shown(connection, call.workspace_id, position.proposal_id)
            return await change(by, shown.programme)
        except UserFacing as problem:
            return await _review(call, services, position, problem=problem.sentence)

    await see_through(call, work, meanwhile=working(saying, title="Matching"))


async def on_undo(call: Call, services: Services) -> None:
    """Take an approval back."""
    by, now = await services.coordinator(call), services.clock.now()
    kept = await deciding.undo(
        services.database, call.workspace_id, call.value or "", by=by.id, now=now
    )
    await call.show(await _review(call, services, Position(proposal_id=kept.id)))
    await services.refresh_home(call)


async def on_tell_now(call: Call, services: Services) -> None:
    """Tell members of their seats without waiting for the end of the undo."""
    by, now = await services.coordinator(call), services.clock.now()
    await deciding.tell_now(
        services.database, call.workspace_id, call.value or "", by=by.id, now=now
    )
    services.wake()
    await call.say("Members are being told of their seats. Groups are introduced a day later.")
    await services.refresh_home(call)


async def on_start(call: Call, services: Services) -> None:
    """Start a programme before its first day."""
    by = await services.coordinator(call)
    draft = await services.programme(call, call.value)
    programme = await deciding.start(
        services.database,
        call.workspace_id,
        draft.id,
        by=by.id,
        now=services.clock.now(),
        framework=services.framework_of(draft),
    )
    services.wake()
    await call.say(f"{programme.name} has started. Check-ins and nudges follow its calendar.")
    await services.refresh_home(call)


def _position(call: Call) -> Position:
    try:
        return Position.from_text(call.metadata)
    except ValueError:
        raise UserFacing("This proposal was opened long ago. Open it again from Home.") from None


async def _review(call: Call, services: Services, position: Position, *, problem: str = "") -> View:
    """Draw the modal of the proposal, for coordinators alone."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        shown = await _shown(connection, call.workspace_id, position.proposal_id)
        changed = await changes.changes_since(
            connection,
            shown.kept,
            shown.programme,
            now=services.clock.now(),
            framework=services.framework_of(shown.programme),
        )
    if shown.kept.state is ProposalState.APPROVED:
        return proposal_views.approved(shown, undo_until=None)
    if shown.kept.state is ProposalState.SUPERSEDED:
        raise UserFacing("There is a newer version of this proposal. Open it from the Home tab.")
    return proposal_views.review(replace(shown, changed=changed), position, problem=problem)


async def _shown(connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str) -> Shown:
    kept = await store.proposal(connection, workspace_id, proposal_id)
    if kept is None:
        raise UserFacing("This proposal is gone. Open the Home tab to see the present one.")
    programme = await the_programme(connection, workspace_id, kept.programme_id)
    return await shown_of(connection, kept, programme)


async def shown_of(
    connection: AsyncConnection, kept: ProposalVersion, programme: Programme
) -> Shown:
    """Read what is needed to show a proposal."""
    workspace_id = kept.workspace_id
    return Shown(
        kept=kept,
        programme=programme,
        names={one.id: one.name for one in await people.members(connection, workspace_id)},
        totals=await store.totals(connection, workspace_id, programme.id),
        forbidden=frozenset(await exclusions.forbids(connection, workspace_id, programme.id)),
    )
