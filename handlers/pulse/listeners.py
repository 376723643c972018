"""The pulse at the Slack edge.

A submission takes one path whoever sends it and however often: one ballot is written, the same
words are shown. Nothing is logged, counted or sent because somebody answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.checkins.rules import hints
from bot.flows import pulse_actions
from bot.flows import pulse_rounds as rounds
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId
from bot.kernel.ports import Message
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import NOT_YOUR_COMMENTS, coordinates, may_read_comments
from bot.people.use_cases import the_coordinator, the_member
from bot.programme import store as programmes
from bot.programme.use_cases import allow_comments, current_programme
from bot.pulse import actions
from bot.pulse import results as released
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.comment_text import as_it_will_appear
from bot.pulse.model import CellId, Round, RoundId
from handlers.edge.answers import whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.pulse import comment_views as comments
from handlers.pulse import form_views as views
from handlers.pulse import messages
from handlers.pulse import reader_views as readers
from handlers.pulse import result_views as results


def register(edge: Edge) -> None:
    """Join the pulse's buttons and forms to Slack."""
    edge.action("pulse.open", on_open)
    edge.action("pulse.who", on_who)
    edge.view("pulse.form", on_submit, is_forgotten=True)
    edge.view("pulse.preview", on_previewed, is_forgotten=True)
    edge.action("pulse.comments", on_comments)
    edge.action("pulse.allow_comments", on_allow_comments)
    edge.action("pulse.tell", on_tell)
    edge.view("pulse.tell_form", on_told)
    edge.action("pulse.cancel", on_cancel)
    edge.action("pulse.read", on_read)


def pulse_services(services: Services) -> rounds.PulseServices:
    """Give the rounds what they need of the services."""
    return rounds.PulseServices(services.database, services.vault, services.catalogue.instruments)


async def on_open(call: Call, services: Services) -> None:
    """Show the form, empty: it is the same for those who have answered."""
    async with services.database.reading() as connection:
        round_id = RoundId(call.value or "")
        asked = await _who_answers(connection, call, round_id)
        round_ = await pulse.round_to_answer(
            connection,
            call.workspace_id,
            round_id,
            member_id=asked.member_id,
            now=services.clock.now(),
        )
        asking = await _asking(connection, round_, asked)
    await call.open(views.form(asking))


async def on_submit(call: Call, services: Services) -> None:
    """Put the answers in the box, over earlier ones; a comment is shown to its author first."""
    choices = {block: call.answers.choice(block) for block in call.answers.by_block}
    answers, round_id = views.answers_from(choices), RoundId(call.metadata)
    comment = as_it_will_appear(call.answers.text(comments.COMMENT) or "")
    async with services.database.reading() as connection:
        member_id = (await _who_answers(connection, call, round_id)).member_id
    where = (services.database, services.vault, call.workspace_id, round_id)
    now = services.clock.now()
    if not comment:
        round_ = await pulse.cast(
            *where, member_id=member_id, account=call.slack_user_id, answers=answers, now=now
        )
        await call.ack_update(views.thanks(round_))
        return
    ballot = await pulse.sealed_for(
        *where,
        member_id=member_id,
        account=call.slack_user_id,
        answers=answers,
        comment=comment,
        now=now,
    )
    await call.ack_push(comments.preview(ballot, hints=hints(ballot.paper.comment)))


async def on_previewed(call: Call, services: Services) -> None:
    """Put in the box what was sealed when its author saw how it will appear."""
    try:
        round_id, sealed = comments.previewed(call.metadata)
    except ValueError:
        raise UserFacing(pulse.UNREADABLE) from None
    async with services.database.reading() as connection:
        member_id = (await _who_answers(connection, call, RoundId(round_id))).member_id
    where, now = (services.database, services.vault, call.workspace_id), services.clock.now()
    round_ = await pulse.cast_sealed(
        *where,
        RoundId(round_id),
        member_id=member_id,
        account=call.slack_user_id,
        sealed=sealed,
        now=now,
    )
    await call.ack_update(views.thanks(round_))


@dataclass(frozen=True, slots=True)
class RoundMember:
    """Somebody who is asked in a round, their cell, and the Slack accounts of all in it."""

    member_id: MemberId
    cell: CellId
    beside: Sequence[SlackUserId]


async def _who_answers(connection: AsyncConnection, call: Call, round_id: RoundId) -> RoundMember:
    """Find the caller among all who are asked in the round. Raises UserFacing for anybody else."""
    found = await _asked(connection, call, round_id)
    if found is None:
        raise UserFacing(pulse.NOT_FOR_YOU)
    return found


async def _asked(connection: AsyncConnection, call: Call, round_id: RoundId) -> RoundMember | None:
    """Find the caller among all who are asked in the round.

    No statement names them: a database that logs statements would tell whose the next ballot is.
    """
    cells = await kept.cells_of(connection, round_id)
    accounts = await people.accounts(connection, call.workspace_id)
    own = (one for one, account in accounts.items() if account == call.slack_user_id)
    caller = next((one for one in own if one in cells), None)
    if caller is None:
        return None
    cell = cells[caller]
    beside = [account for one, account in accounts.items() if cells.get(one) == cell]
    return RoundMember(caller, cell, beside)


async def on_comments(call: Call, services: Services) -> None:
    """Show a round's comments to those who were asked in it, and to coordinators."""
    round_id, _, page = (call.value or "").partition(":")
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        round_ = await kept.round_of(connection, call.workspace_id, RoundId(round_id))
        published = await kept.published(connection, round_) if round_ else None
        if published is None or not await can_read_comments(connection, published.round, member):
            raise UserFacing(NOT_YOUR_COMMENTS)
    await call.show(comments.comments_view(published, page=whole_number(page) or 0))


async def on_allow_comments(call: Call, services: Services) -> None:
    """Let the next pulse have room for a comment, or not."""
    about, _, wanted = (call.value or "").partition(":")
    programme_id, allowed = ProgrammeId(about), wanted == "on"
    await services.coordinator(call)
    async with services.database.writing() as connection:
        await allow_comments(connection, call.workspace_id, programme_id, allowed=allowed)
        act = Act.COMMENTS_ALLOWED if allowed else Act.COMMENTS_REFUSED
        await services.record(connection, call, act, programme_id=programme_id)
    await services.refresh_home(call)


async def can_read_comments(connection: AsyncConnection, round_: Round, member: Member) -> bool:
    """Read whether a member was asked in the round, or coordinates."""
    was_asked = member.id in await kept.cells_of(connection, round_.id)
    return may_read_comments(member, was_asked=was_asked)


async def on_who(call: Call, services: Services) -> None:
    """Say who learns what of the round that the button stands beside; in the form, over it."""
    async with services.database.reading() as connection:
        round_ = await kept.round_of(connection, call.workspace_id, RoundId(call.value or ""))
        asked = await _asked(connection, call, round_.id) if round_ else None
        asking = await _asking(connection, round_, asked) if round_ and asked else None
    await (call.push if call.view_type == "modal" else call.open)(
        readers.who_sees_this_view(round_, asking)
    )


async def on_tell(call: Call, services: Services) -> None:
    """Ask the coordinator what was done about a round."""
    round_id = RoundId(call.value or "")
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        round_ = await kept.round_of(connection, call.workspace_id, round_id)
        told = round_ is not None and await actions.action_on(connection, round_id) is not None
    if round_ is None or told:
        raise UserFacing("Members were told already what was done about this pulse.")
    await call.open(views.tell_form(round_id))


async def on_told(call: Call, services: Services) -> None:
    """Send members what the coordinator wrote; a pulse that waited for it opens."""
    me = await services.coordinator(call)
    await pulse_actions.tell_what_was_done(
        pulse_services(services),
        call.workspace_id,
        RoundId(call.metadata),
        text=call.answers.text("said") or "",
        by=me.id,
        now=services.clock.now(),
    )
    await call.ack_clear()
    services.wake()
    await services.refresh_home(call)


async def on_cancel(call: Call, services: Services) -> None:
    """End an open round without results."""
    me = await services.coordinator(call)
    round_id, now = RoundId(call.value or ""), services.clock.now()
    means = pulse_services(services)
    await rounds.cancel(means, call.workspace_id, round_id, by=me.id, now=now)
    services.wake()
    await call.tell(
        Message("The pulse is cancelled. All answers were destroyed unread and members are told.")
    )
    await services.refresh_home(call)


async def _asking(connection: AsyncConnection, round_: Round, asked: RoundMember) -> readers.Asking:
    """Read what a member is told about a round; all groups, so that no statement names one."""
    groups = await programmes.groups(connection, round_.workspace_id, round_.programme_id)
    group = next((one for one in groups if CellId(one.id) == asked.cell), None)
    programme = await programmes.programme(connection, round_.workspace_id, round_.programme_id)
    return readers.Asking(
        round=round_,
        programme=programme.name if programme else "your programme",
        crisis_contact=programme.crisis_contact if programme else None,
        group=group.name if group else "Your group",
        asked=asked.beside,
    )


async def on_read(call: Call, services: Services) -> None:
    """Show all of the last result: a coordinator's, or that of the caller's own group."""
    everything = call.value == views.ALL
    me = await (services.coordinator if everything else services.member)(call)
    async with services.database.reading() as connection:
        if coordinates(me):
            programme = await current_programme(connection, call.workspace_id)
        else:
            programme = await programmes.programme_of(connection, call.workspace_id, me.id)
        told = (
            await released.latest(connection, call.workspace_id, programme.id) if programme else []
        )
        if programme is None or not told:
            raise UserFacing("There is no result to show any more.")
        if everything:
            digest, left = await messages.whole_digest(connection, told)
            view = views.whole_form(digest, results.whole_list(digest), left=left)
        else:
            group = await programmes.group_of(connection, call.workspace_id, programme.id, me.id)
            cell = CellId(group.id) if group else None
            digest = await messages.own_digest(
                connection, told, programme.name, cell=cell, group=group
            )
            view = views.whole_form(digest, results.own_list(digest, cell))
    await call.open(view)
