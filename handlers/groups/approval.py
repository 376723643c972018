"""A coordinator sees what an approval sends, to whom and when, before anything is approved."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.recipients import arrival_of
from bot.groups.approval import UNDO_FOR, group_names
from bot.groups.messages import PRIVATE_FOR
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import ProposalVersion
from bot.matching.store import the_open_proposal
from bot.people import store as people
from bot.people.use_cases import the_coordinator
from bot.programme.checks import must_be_ahead, must_be_startable
from bot.programme.model import Group, Programme, Use, in_use
from bot.programme.use_cases import the_programme
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.groups import approval_views as views
from handlers.groups.views import GroupShown


def register(edge: Edge) -> None:
    """Add the listener of the preview."""
    edge.action("group.before_approval", on_before_approval)


async def on_before_approval(call: Call, services: Services) -> None:
    """Show the messages of an approval with the people of its first group."""
    now, workspace_id = services.clock.now(), call.workspace_id
    told_at = now + UNDO_FOR
    async with services.database.reading() as connection:
        await the_coordinator(connection, workspace_id, call.slack_user_id)
        kept = await the_open_proposal(connection, workspace_id, call.value or "")
        programme = await the_programme(connection, workspace_id, kept.programme_id)
        must_be_startable(programme)
        must_be_ahead(programme, now)
        first, names = await _first_group(connection, kept, programme)
        left = [MemberId(one.mentee) for one in kept.proposal.unseated]
        others = await people.members(connection, workspace_id, ids=left)
        comes = await arrival_of(connection, workspace_id, names, told_at)
    groups = {one.mentors for one in kept.proposal.matches}
    told = [one.has_accepted_conduct for one in others if not one.is_away(now)]
    found = views.BeforeApproval(
        first=first,
        groups=len(groups),
        without=told.count(True),
        to_accept=told.count(False),
        comes=comes,
        told_at=told_at,
        introduced_at=told_at + PRIVATE_FOR,
        with_profiles=in_use(programme, Use.PROFILE, now),
        with_meetings=in_use(programme, Use.MEETINGS, now),
    )
    await call.update(views.before_approval(found, metadata=call.metadata))


async def _first_group(
    connection: AsyncConnection, kept: ProposalVersion, programme: Programme
) -> tuple[GroupShown, list[str]]:
    """Make the first group of a proposal as it would be, and name everybody who gets a seat."""
    matches = kept.proposal.matches
    if not matches:
        raise UserFacing("Nobody has a seat in this proposal, so there is nothing to approve.")
    mentors = matches[0].mentors
    mentees = [one.mentee for one in matches if one.mentors == mentors]
    ids = {MemberId(one) for match in matches for one in (match.mentee, *match.mentors)}
    found = await people.members(connection, programme.workspace_id, ids=ids)
    mentoring = [one for one in found if one.id in mentors]
    group = Group(
        id=GroupId(""),
        workspace_id=programme.workspace_id,
        programme_id=programme.id,
        name=group_names([[one.name for one in mentoring]])[0],
    )
    shown = GroupShown(
        group=group,
        programme=programme,
        mentors=mentoring,
        mentees=[one for one in found if one.id in mentees],
    )
    return shown, [one.slack_user_id for one in found]
