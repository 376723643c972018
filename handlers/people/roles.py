"""A coordinator changes members' roles, sees who has not accepted, and asks them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.delivery.model import Entry
from bot.flows.joining import join
from bot.flows.recipients import arrival_of
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import MessageKind
from bot.people import roles, store, use_cases
from bot.people.model import PAIRED, Member, Role
from bot.programme.model import Programme, Use, in_use
from bot.programme.use_cases import current_programme
from handlers.blocks import View, working
from handlers.edge.answers import Answers, WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.people import conduct_views, role_views
from handlers.sending.messenger import Written

MOST_CAPACITY = 100


def register(edge: Edge) -> None:
    """Add the listeners of roles and of asking for the code of conduct."""
    edge.action("people.list", on_list)
    edge.view("people.list", on_choose)
    edge.view("people.member_form", on_member_form)
    edge.action("people.waiting", on_waiting)
    edge.action("people.invite", on_invite)
    edge.view("people.invite_form", on_invite_form)


async def write_welcome(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a new coordinator what coordinating means; nothing to who does not any more."""
    member = await store.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    if member is None or not member.is_coordinator or member.is_away(services.clock.now()):
        return None
    return role_views.coordinator_welcome(member)


async def on_list(call: Call, services: Services) -> None:
    """Show a coordinator what they can do about people."""
    await services.coordinator(call)
    of = [tuple(Role), tuple(PAIRED)]
    async with services.database.reading() as connection:
        everybody, paired = await store.count(
            connection, call.workspace_id, of, now=services.clock.now()
        )
    waiting = paired.members - paired.accepted
    await call.show(role_views.people_modal(members=everybody.members, waiting=waiting))


def _waiting(everybody: list[Member]) -> list[Member]:
    return [
        one
        for one in everybody
        if one.roles & PAIRED and one.takes_part and not one.has_accepted_conduct
    ]


async def on_choose(call: Call, services: Services) -> None:
    """Ask a coordinator for the roles of whom they chose."""
    await services.coordinator(call)
    chosen = SlackUserId(call.answers.person("member"))
    async with services.database.reading() as connection:
        member = await store.member_by_slack_id(connection, call.workspace_id, chosen)
    view = role_views.member_form(member) if member else role_views.no_member(chosen)
    await call.ack_update(view)


async def on_member_form(call: Call, services: Services) -> None:
    """Give a member the roles that a coordinator ticked."""
    await services.coordinator(call)
    member_id, wanted = MemberId(call.metadata), role_views.roles_of(call.answers.choices("roles"))
    capacity = capacity_in(call.answers)

    async def work() -> View:
        now = services.clock.now()
        async with services.database.writing() as connection:
            before, after = await roles.change_roles(
                connection, call.workspace_id, member_id, roles=wanted, capacity=capacity
            )
            joined = await join(
                connection, call.workspace_id, [(before, after)], by=call.slack_user_id, now=now
            )
            now_has = ", ".join(sorted(after.roles))
            await services.record(
                connection, call, Act.ROLES_CHANGED, about=[member_id], what=now_has
            )
        await services.reconcile_groups(call.workspace_id)
        return role_views.roles_saved(
            after, asked=joined.asked, is_new_coordinator=bool(joined.coordinators)
        )

    await see_through(call, work, meanwhile=working("The roles are being saved.", title="Roles"))
    await services.refresh_home(call)


def capacity_in(answers: Answers, block_id: str = "capacity") -> int | None:
    """Read how many mentees somebody takes, None where it was left empty."""
    text = answers.text(block_id)
    if text is None:
        return None
    capacity = whole_number(text, most=MOST_CAPACITY)
    if capacity is None:
        sentence = f"Write a whole number from 0 to {MOST_CAPACITY}."
        raise WrongAnswer(**{block_id: sentence})
    return capacity


async def on_waiting(call: Call, services: Services) -> None:
    """Name who has not accepted the code of conduct."""
    await services.coordinator(call)
    page = whole_number(call.value) or 0
    now, workspace_id = services.clock.now(), call.workspace_id
    async with services.database.reading() as connection:
        waiting = _waiting(await store.members(connection, workspace_id))
        kind = MessageKind.CONDUCT_INVITATION
        asked = await store.last_asked(connection, workspace_id, kind=kind)
        may_ask = await use_cases.to_be_invited(connection, workspace_id, now=now)
    shown = {str(member_id): at for member_id, at in asked.items()}
    await call.show(role_views.waiting_modal(waiting, shown, page=page, may_ask=len(may_ask)))


async def on_invite(call: Call, services: Services) -> None:
    """Show a coordinator whom they would ask, and with which words."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        wanted = await use_cases.to_be_invited(
            connection, call.workspace_id, now=services.clock.now()
        )
        everybody = await store.members(connection, call.workspace_id)
        programme = await current_programme(connection, call.workspace_id)
        asked = [one for one in everybody if one.id in wanted]
        names = [one.slack_user_id for one in asked]
        comes = await arrival_of(connection, call.workspace_id, names, services.clock.now())
    if not asked:
        accepted = not _waiting(everybody)
        await call.show(conduct_views.nobody_to_ask(has_everybody_accepted=accepted))
        return
    with_profile = asks_for_profile(programme, services.clock.now())
    await call.show(conduct_views.ask_modal(asked[0], comes, with_profile=with_profile))


def asks_for_profile(programme: Programme | None, now: datetime) -> bool:
    """Say whether who is asked for the code of conduct is led to their profile, too."""
    return programme is not None and in_use(programme, Use.PROFILE, now)


async def on_invite_form(call: Call, services: Services) -> None:
    """Ask everybody who has not accepted the code of conduct to do so."""
    async with services.database.writing() as connection:
        asked = await use_cases.invite_to_conduct(
            connection, call.workspace_id, now=services.clock.now()
        )
        await services.record(connection, call, Act.CONDUCT_ASKED, what=asked)
    services.wake()
    await call.ack_update(conduct_views.asked_modal(asked))
    await services.refresh_home(call)
