"""Pairing in Slack: coordinators look at a proposal, change it and approve it."""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.matching import exclusions as barriers
from bot.matching import proposals as proposing
from bot.matching import store
from bot.matching.model import ProposalState, ProposalVersion
from bot.matching.store import the_programme
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_coordinator
from bot.programme.model import Programme
from handlers.blocks import working
from handlers.edge.call import Call, View
from handlers.edge.dispatch import Edge
from handlers.edge.long_work import see_through
from handlers.edge.services import Services
from handlers.matching import views
from handlers.matching.views import Place, Shown

log = structlog.get_logger("cairn.pairing")

SEEDS = 2**31


def register(edge: Edge) -> None:
    """Add the listeners of proposals."""
    edge.action("pairing.propose", on_propose)
    edge.action("pairing.open", on_open)
    edge.action("pairing.page", on_page)
    edge.action("pairing.row", on_row)
    edge.action("pairing.begin_swap", on_begin_swap)
    edge.action("pairing.leave_swap", on_leave_swap)
    edge.action("pairing.swap", on_swap)
    edge.action("pairing.again", on_again)
    edge.action("pairing.approve", on_approve)
    edge.action("pairing.undo", on_undo)
    edge.action("pairing.introduce", on_introduce)
    edge.action("pairing.start", on_start)


async def on_propose(call: Call, services: Services) -> None:
    """Open a modal at once, and fill it with the proposal when the engine is done."""
    programme_id = ProgrammeId(call.value or "")

    async def work() -> View:
        by, programme = await _coordinator_and_programme(call, services, programme_id)
        kept = await proposing.propose(
            services.database,
            call.workspace_id,
            programme_id,
            by=by.id,
            seed=secrets.randbelow(SEEDS),
            now=services.clock.now(),
            framework=services.framework_of(programme),
            weights=services.catalogue.weights,
        )
        return await _review(call, services, Place(proposal_id=kept.id))

    meanwhile = working("Looking for the best groups.", title="Matching")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def on_open(call: Call, services: Services) -> None:
    place = Place(proposal_id=call.value or "")
    await call.open(await _review(call, services, place))


async def on_page(call: Call, services: Services) -> None:
    place = _place(call)
    page = int(call.value or 0)
    there = Place(proposal_id=place.proposal_id, page=page, swapping=place.swapping)
    await call.update(await _review(call, services, there))


async def on_row(call: Call, services: Services) -> None:
    """Lock, unlock, forbid or begin to swap the match of one row."""
    place = _place(call)
    verb, _, mentee = (call.value or "").partition(" ")
    if verb == "swap":
        await _begin_swap(call, services, MemberId(mentee))
        return
    by = await _coordinator(call, services)
    if verb in ("lock", "unlock"):
        await proposing.set_lock(
            services.database,
            call.workspace_id,
            place.proposal_id,
            mentee=MemberId(mentee),
            locked=verb == "lock",
            by=by.id,
        )
    elif verb == "forbid":
        await proposing.forbid(
            services.database,
            call.workspace_id,
            place.proposal_id,
            mentee=MemberId(mentee),
            by=by.id,
            now=services.clock.now(),
        )
    await call.update(await _review(call, services, place))


async def on_begin_swap(call: Call, services: Services) -> None:
    await _begin_swap(call, services, MemberId(call.value or ""))


async def _begin_swap(call: Call, services: Services, mentee: MemberId) -> None:
    place = _place(call)
    swapping = Place(proposal_id=place.proposal_id, page=place.page, swapping=mentee)
    await call.update(await _review(call, services, swapping))


async def on_leave_swap(call: Call, services: Services) -> None:
    place = _place(call)
    there = Place(proposal_id=place.proposal_id, page=place.page)
    await call.update(await _review(call, services, there))


async def on_swap(call: Call, services: Services) -> None:
    place = _place(call)

    async def work() -> View:
        by, programme = await _coordinator_and_proposal(call, services, place.proposal_id)
        kept = await proposing.swap(
            services.database,
            call.workspace_id,
            place.proposal_id,
            mentees=(MemberId(place.swapping), MemberId(call.value or "")),
            by=by.id,
            now=services.clock.now(),
            framework=services.framework_of(programme),
            weights=services.catalogue.weights,
        )
        return await _review(call, services, Place(proposal_id=kept.id, page=place.page))

    meanwhile = working("Changing places.", title="Matching")
    await see_through(call, partial(_or_review, call, services, work), meanwhile=meanwhile)


async def on_again(call: Call, services: Services) -> None:
    place = _place(call)

    async def work() -> View:
        by, programme = await _coordinator_and_proposal(call, services, place.proposal_id)
        kept = await proposing.run_again(
            services.database,
            call.workspace_id,
            place.proposal_id,
            by=by.id,
            now=services.clock.now(),
            framework=services.framework_of(programme),
            weights=services.catalogue.weights,
        )
        return await _review(call, services, Place(proposal_id=kept.id))

    meanwhile = working("Matching again around the locks.", title="Matching")
    await see_through(call, partial(_or_review, call, services, work), meanwhile=meanwhile)


async def on_approve(call: Call, services: Services) -> None:
    place = _place(call)

    async def work() -> View:
        by, programme = await _coordinator_and_proposal(call, services, place.proposal_id)
        done = await deciding.approve(
            services.database,
            call.workspace_id,
            place.proposal_id,
            by=by.id,
            now=services.clock.now(),
            framework=services.framework_of(programme),
        )
        services.wake()
        log.info("groups_approved", groups=len(done.groups), waiting=done.waiting)
        async with services.database.reading() as connection:
            shown = await _shown(connection, call.workspace_id, place.proposal_id)
        return views.approved(shown, undo_until=done.introduced_at)

    meanwhile = working("Making the groups.", title="Matching")
    await see_through(call, partial(_or_review, call, services, work), meanwhile=meanwhile)
    await services.refresh_home(call)


async def _or_review(call: Call, services: Services, work: Callable[[], Awaitable[View]]) -> View:
    """Do `work`; where it cannot be done, say why above the proposal as it was."""
    try:
        return await work()
    except UserFacing as problem:
        return await _review(call, services, _place(call), problem=problem.sentence)


async def on_undo(call: Call, services: Services) -> None:
    by = await _coordinator(call, services)
    kept = await deciding.undo(
        services.database, call.workspace_id, call.value or "", by=by.id, now=services.clock.now()
    )
    view = await _review(call, services, Place(proposal_id=kept.id))
    await (call.update(view) if call.view_type == "modal" else call.open(view))
    await services.refresh_home(call)


async def on_introduce(call: Call, services: Services) -> None:
    by = await _coordinator(call, services)
    await deciding.introduce_now(
        services.database, call.workspace_id, call.value or "", by=by.id, now=services.clock.now()
    )
    services.wake()
    await call.say("The introductions are on their way.")
    await services.refresh_home(call)


async def on_start(call: Call, services: Services) -> None:
    by, draft = await _coordinator_and_programme(call, services, ProgrammeId(call.value or ""))
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


async def _coordinator(call: Call, services: Services) -> Member:
    async with services.database.reading() as connection:
        return await the_coordinator(connection, call.workspace_id, call.slack_user_id)


async def _coordinator_and_programme(
    call: Call, services: Services, programme_id: ProgrammeId
) -> tuple[Member, Programme]:
    async with services.database.reading() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        return by, await the_programme(connection, call.workspace_id, programme_id)


async def _coordinator_and_proposal(
    call: Call, services: Services, proposal_id: str
) -> tuple[Member, Programme]:
    async with services.database.reading() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        shown = await _shown(connection, call.workspace_id, proposal_id)
        return by, shown.programme


def _place(call: Call) -> Place:
    try:
        return Place.from_text(call.metadata)
    except ValueError:
        raise UserFacing("This proposal was opened long ago. Open it again from Home.") from None


async def _review(call: Call, services: Services, place: Place, *, problem: str = "") -> View:
    """The modal of the proposal, for coordinators alone."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        shown = await _shown(connection, call.workspace_id, place.proposal_id)
    if shown.kept.state is ProposalState.APPROVED:
        return views.approved(shown, undo_until=None)
    if shown.kept.state is ProposalState.SUPERSEDED:
        raise UserFacing("There is a newer version of this proposal. Open it from the Home tab.")
    return views.review(shown, place, problem=problem)


async def _shown(connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str) -> Shown:
    kept = await store.proposal(connection, workspace_id, proposal_id)
    if kept is None:
        raise UserFacing("This proposal is gone. Open the Home tab to see the present one.")
    programme = await the_programme(connection, workspace_id, kept.programme_id)
    return await shown_of(connection, kept, programme)


async def shown_of(
    connection: AsyncConnection, kept: ProposalVersion, programme: Programme
) -> Shown:
    workspace_id = kept.workspace_id
    return Shown(
        kept=kept,
        programme=programme,
        names=await names_of(connection, workspace_id),
        totals=await store.totals(connection, workspace_id, programme.id),
        forbidden=frozenset(await barriers.forbids(connection, workspace_id, programme.id)),
    )


async def names_of(connection: AsyncConnection, workspace_id: WorkspaceId) -> dict[str, str]:
    return {one.id: one.name for one in await people.members(connection, workspace_id)}
