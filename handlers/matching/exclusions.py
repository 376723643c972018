"""Take wishes given in confidence, and conflicts on record: who must not be matched."""

from collections.abc import Sequence
from dataclasses import replace

from bot.audit.model import Act
from bot.groups.store import todos
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.matching import exclusions
from bot.matching.model import Bar
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.use_cases import current_programme
from handlers.blocks import View, notice, working
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.matching import views
from handlers.matching.listeners import chosen_member


def register(edge: Edge) -> None:
    """Add the listeners of wishes and conflicts."""
    edge.action("pairing.wishes", on_wishes)
    edge.view("pairing.wishes_form", on_wishes_saved)
    edge.action("pairing.conflict", on_conflict)
    edge.view("pairing.conflict_form", on_conflict_saved)
    edge.action("pairing.find_conflict", on_find_conflict)
    edge.action("pairing.lift", on_lift)


async def on_find_conflict(call: Call, services: Services) -> None:
    """Show the conflicts on record of one person."""
    only = await chosen_member(call, services)
    on_record = await _on_record(call, services)
    await call.update(views.conflict_form(replace(on_record, only=only)))


async def on_wishes(call: Call, services: Services) -> None:
    """Show the member their own wishes."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        named = list(await exclusions.own_wishes(connection, call.workspace_id, member.id))
        own = await people.members(connection, call.workspace_id, ids=named)
    form = views.wishes_form([one.slack_user_id for one in own])
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def on_wishes_saved(call: Call, services: Services) -> None:
    """Keep the member's wishes."""
    member = await services.member(call)
    named = call.answers.people("people")
    avoided = [SlackUserId(one) for one in named if one != call.slack_user_id]
    with beside("people"):
        async with services.database.writing() as connection:
            await exclusions.wish_apart(
                connection, call.workspace_id, member=member.id, avoided=avoided
            )
            now = services.clock.now()
            await exclusions.separate_peers(connection, call.workspace_id, now=now)
    services.wake()
    saved = views.WISHES_SAVED if avoided else views.NO_WISHES_SAVED
    await call.ack_update(notice(saved, title="Saved"))


async def on_conflict(call: Call, services: Services) -> None:
    """Ask a coordinator for a conflict, beside those on record."""
    await services.coordinator(call)
    await call.open(views.conflict_form(await _on_record(call, services)))


async def on_lift(call: Call, services: Services) -> None:
    """Take back a conflict, or that two are never matched."""
    by = await services.coordinator(call)
    what, *pair = (call.value or "").split(" ")
    if len(pair) != 2:
        raise UserFacing(
            "This button is from an earlier version. Close the form and open it again."
        )
    async with services.database.writing() as connection:
        await exclusions.lift(
            connection, call.workspace_id, what=what, first=pair[0], second=pair[1], by=by.id
        )
        two = [MemberId(one) for one in pair]
        await services.record(connection, call, Act.CONFLICT_TAKEN_BACK, about=two)
    await call.update(views.conflict_form(await _on_record(call, services)))
    await services.refresh_home(call)


async def _on_record(call: Call, services: Services) -> views.OnRecord:
    async with services.database.reading() as connection:
        whose = connection, call.workspace_id
        return views.OnRecord(
            conflicts=await exclusions.conflicts(*whose),
            forbidden=await exclusions.forbidden_by_hand(*whose),
            names={one.id: one.name for one in await people.members(*whose)},
            programmes={one.id: one.name for one in await programmes.programmes(*whose)},
        )


async def on_conflict_saved(call: Call, services: Services) -> None:
    """Keep the conflict, and look at the groups under way with it in mind."""
    by = await services.coordinator(call)
    answers = call.answers
    senior, junior = answers.people("senior"), answers.people("junior")
    bar = answers.choice_of("kind", Bar)
    if not senior or not junior or bar not in dict(views.KINDS):
        raise WrongAnswer(senior="Choose two people, and what one is to the other.")
    with beside("senior"):
        async with services.database.writing() as connection:
            kept = await exclusions.record_conflict(
                connection,
                call.workspace_id,
                senior=SlackUserId(senior[0]),
                junior=SlackUserId(junior[0]),
                bar=bar,
                starts=answers.date("starts"),
                ends=answers.date("ends"),
                by=by.id,
            )
            two = [kept.senior_id, kept.junior_id]
            await services.record(connection, call, Act.CONFLICT_RECORDED, about=two)
            now = services.clock.now()
            await exclusions.separate_peers(connection, call.workspace_id, now=now)
    services.wake()

    async def work() -> View:
        await services.reconcile_groups(call.workspace_id)
        said = "These two are not matched while it holds."
        if await _are_to_be_parted(services, by, two):
            said = "They are in one group now: Home shows how to find another seat."
        return notice(f"Saved. {said}", title="Saved")

    meanwhile = working("Saved. Looking at the groups under way.", title="Saved")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def _are_to_be_parted(services: Services, by: Member, two: Sequence[str]) -> bool:
    """Say whether this coordinator's Home asks to part these two, since they are in one group."""
    async with services.database.reading() as connection:
        its = (connection, by.workspace_id)
        names = sorted(
            one.name for one in await people.members(*its, ids=[MemberId(one) for one in two])
        )
        programme = await current_programme(*its)
        asked = await todos(connection, by, programme, services.clock.now())
    return any(sorted(one.names) == names for one in asked)
