"""Who must not be matched: members say it in confidence, coordinators record conflicts."""

from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.matching import exclusions as barriers
from bot.matching import exclusions as excluding
from bot.matching.model import Bar
from bot.people import store as people
from bot.people.use_cases import the_coordinator, the_member
from handlers.blocks import notice
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.groups.listeners import settle_groups
from handlers.matching import exclusion_views as views


def register(edge: Edge) -> None:
    """The listeners of wishes and conflicts."""
    edge.action("pairing.wishes", on_wishes)
    edge.view("pairing.wishes_form", on_wishes_saved)
    edge.action("pairing.conflict", on_conflict)
    edge.view("pairing.conflict_form", on_conflict_saved)


async def on_wishes(call: Call, services: Services) -> None:
    """Show the member their own wishes."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        wishes = await barriers.vetoes(connection, call.workspace_id)
        own = await people.members(
            connection, call.workspace_id, ids=list(wishes.get(member.id, ()))
        )
    await call.open(views.wishes_form([one.slack_user_id for one in own]))


async def on_wishes_saved(call: Call, services: Services) -> None:
    """Keep the member's wishes."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
    try:
        async with services.database.writing() as connection:
            await excluding.wish_apart(
                connection,
                call.workspace_id,
                member=member.id,
                avoided=[SlackUserId(one) for one in call.answers.people("people")],
            )
    except UserFacing as problem:
        await call.ack_errors({"people": problem.sentence})
        return
    await call.ack_update(notice("Saved. The matching keeps to it from now on.", title="Saved"))


async def on_conflict(call: Call, services: Services) -> None:
    """Ask a coordinator for a conflict."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    await call.open(views.conflict_form())


async def on_conflict_saved(call: Call, services: Services) -> None:
    """Keep the conflict, and look at the groups under way with it in mind."""
    async with services.database.reading() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
    senior, junior = (call.answers.people(block) for block in ("senior", "junior"))
    kind = call.answers.choice("kind")
    if not senior or not junior or kind not in {bar.value for bar, _ in views.KINDS}:
        await call.ack_errors({"senior": "Choose two people, and what one is to the other."})
        return
    try:
        async with services.database.writing() as connection:
            await excluding.record_conflict(
                connection,
                call.workspace_id,
                senior=SlackUserId(senior[0]),
                junior=SlackUserId(junior[0]),
                bar=Bar(kind),
                starts=call.answers.date("starts"),
                ends=call.answers.date("ends"),
                by=by.id,
            )
    except UserFacing as problem:
        await call.ack_errors({"senior": problem.sentence})
        return
    await call.ack_update(notice("Saved. These two are not matched while it holds.", title="Saved"))
    await settle_groups(services, call.workspace_id)
