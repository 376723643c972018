"""Changes to groups after their approval: another mentor, places for who waits."""

from functools import partial

from bot.groups import store as seated
from bot.groups import upkeep
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, SlackUserId
from bot.kernel.words import plural
from bot.matching.model import Pairing
from bot.matching.store import the_programme
from bot.people import store as people
from bot.people.use_cases import the_coordinator, the_member
from handlers.blocks import notice, working
from handlers.edge.call import Call, View
from handlers.edge.dispatch import Edge
from handlers.edge.long_work import see_through
from handlers.edge.services import Services
from handlers.groups import views
from handlers.groups.messages import group_shown

MOVING, SEEKING = "Move a mentee", "Looking for another group."


def register(edge: Edge) -> None:
    """The listeners of groups under way."""
    edge.action("pairing.settle", on_reconcile)
    edge.action("pairing.move", on_move)
    edge.action("pairing.choose_move", on_choose_move)
    edge.view("pairing.move_form", on_move_chosen)
    edge.action("pairing.rematch", on_rematch)
    edge.view("pairing.rematch_form", on_rematch_asked)
    edge.action("pairing.stay", on_stay)


async def on_reconcile(call: Call, services: Services) -> None:
    """Look for seats for those who wait."""

    async def work() -> View:
        programme_id = ProgrammeId(call.value or "")
        async with services.database.reading() as connection:
            await the_coordinator(connection, call.workspace_id, call.slack_user_id)
            programme = await the_programme(connection, call.workspace_id, programme_id)
        done = await upkeep.reconcile(
            services.database,
            call.workspace_id,
            programme_id,
            now=services.clock.now(),
            framework=services.framework_of(programme),
            weights=services.catalogue.weights,
        )
        services.wake()
        count = len(done.moves)
        said = "Nobody could be placed: no free place fits who waits."
        if count:
            said = f"{plural(count, 'mentee has', 'mentees have')} a place now."
        return notice(said, title="Groups")

    await see_through(call, work, meanwhile=working("Looking for places.", title="Groups"))
    await services.refresh_home(call)


async def on_move(call: Call, services: Services) -> None:
    """Find another place for the mentee of a pairing that should not be."""

    async def work() -> View:
        async with services.database.reading() as connection:
            pairing = await seated.pairing(connection, call.workspace_id, call.value or "")
        return await _move(call, services, pairing)

    await see_through(call, work, meanwhile=working(SEEKING, title=MOVING))


async def on_choose_move(call: Call, services: Services) -> None:
    """Ask a coordinator whom to move."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    await call.open(views.move_form(call.value or ""))


async def on_move_chosen(call: Call, services: Services) -> None:
    """Find another place for the mentee that was chosen."""
    chosen = call.answers.people("mentee")
    programme_id = ProgrammeId(call.metadata)
    async with services.database.reading() as connection:
        mentee = await people.member_by_slack_id(
            connection, call.workspace_id, SlackUserId(chosen[0] if chosen else "")
        )
        lasting = (
            await seated.pairings(connection, call.workspace_id, programme_id, mentee_id=mentee.id)
            if mentee
            else []
        )
    pairing = lasting[0] if lasting else None
    if pairing is None:
        await call.ack_errors({"mentee": "Choose a mentee who has a group."})
        return
    work = partial(_move, call, services, pairing)
    await see_through(call, work, meanwhile=working(SEEKING, title=MOVING))
    await services.refresh_home(call)


async def _move(call: Call, services: Services, pairing: Pairing | None) -> View:
    """Move the pairing's mentee for a coordinator, and say what came of it."""
    if pairing is None:
        raise UserFacing("These two are not in one group any more. Nothing is left to do.")
    async with services.database.reading() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, pairing.programme_id)
    found = await upkeep.move(
        services.database,
        call.workspace_id,
        pairing.id,
        by=by.id,
        now=services.clock.now(),
        framework=services.framework_of(programme),
        weights=services.catalogue.weights,
    )
    services.wake()
    said = "There is no other place yet. They move as soon as there is one."
    if found:
        said = "Done: they have another group now, and everybody concerned is told."
    return notice(said, title=MOVING)


async def on_rematch(call: Call, services: Services) -> None:
    await call.open(views.rematch_form(call.value or ""))


async def on_rematch_asked(call: Call, services: Services) -> None:
    """Find another mentor for who asks."""
    work = partial(_rematch, call, services)
    await see_through(call, work, meanwhile=working(SEEKING, title="Another mentor"))
    await services.refresh_home(call)


async def _rematch(call: Call, services: Services) -> View:
    programme_id = ProgrammeId(call.metadata)
    async with services.database.reading() as connection:
        mentee = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, programme_id)
    found = await upkeep.ask_rematch(
        services.database,
        call.workspace_id,
        programme_id,
        mentee=mentee.id,
        now=services.clock.now(),
        framework=services.framework_of(programme),
        weights=services.catalogue.weights,
    )
    services.wake()
    shown = None
    if found is not None:
        async with services.database.reading() as connection:
            shown = await group_shown(connection, call.workspace_id, found.new)
    return notice(views.rematch_done(shown), title="Another mentor")


async def on_stay(call: Call, services: Services) -> None:
    async with services.database.reading() as connection:
        mentee = await the_member(connection, call.workspace_id, call.slack_user_id)
    programme_id = ProgrammeId(call.value or "")
    await upkeep.stay(services.database, call.workspace_id, programme_id, mentee=mentee.id)
    await call.say("You stay in your group. Nobody is told that you asked.")
    await services.refresh_home(call)
