"""Changes to groups after their approval: another mentor, seats for those who wait."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.course.people import PersonChange, person_now
from bot.groups import joining, upkeep
from bot.groups import store as seated
from bot.groups.arrangement import ALREADY_THERE, MentorWish, refuse_beyond_capacity
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId
from bot.kernel.words import plural
from bot.matching.model import MENTORING
from bot.people import store as people
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.groups import first_groups
from bot.programme.model import Group, Programme
from handlers.blocks import Choice, View, notice, working
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.groups import approval, mentor_views, views
from handlers.groups.messages import group_shown

SEEKING = "Looking for another group."


def register(edge: Edge) -> None:
    """Add the listeners of groups under way."""
    edge.action("pairing.settle", on_reconcile)
    edge.action("pairing.move", on_move)
    edge.action("pairing.choose_move", on_choose_move)
    edge.options(views.MOVES_TO, find_groups)
    edge.view("pairing.move_form", on_move_chosen)
    edge.action("group.choose_mentor", on_choose_mentor)
    edge.options(mentor_views.LED_BY_NOBODY, find_without_mentor)
    edge.view("group.mentor_form", on_mentor_chosen)
    edge.action("pairing.rematch", on_rematch)
    edge.view("pairing.rematch_form", on_rematch_asked)
    edge.action("pairing.stay", on_stay)
    approval.register(edge)


async def on_reconcile(call: Call, services: Services) -> None:
    """Look for seats for those who wait."""

    async def work() -> View:
        by = await services.coordinator(call)
        programme = await services.programme(call, call.value)
        inputs, its = services.for_matching(programme), (call.workspace_id, programme.id)
        done = await upkeep.reconcile(services.database, *its, by=by.id, **inputs)
        services.wake()
        said = "Nobody could be seated: no free seat fits those who wait."
        if count := len(done.moves):
            said = f"{plural(count, 'mentee has', 'mentees have')} a seat now."
        return notice(said, title="Groups")

    await see_through(call, work, meanwhile=working("Looking for seats.", title="Groups"))
    await services.refresh_home(call)


async def on_move(call: Call, services: Services) -> None:
    """Show what it does to find another seat for the mentee of a pairing that should not be."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        pairing = await seated.pairing(connection, call.workspace_id, call.value or "")
    if pairing is None or pairing.ended_at is not None:
        raise UserFacing("These two are not in one group any more. Nothing is left to do.")
    programme = await services.programme(call, pairing.programme_id)
    change = PersonChange(kind="move", member_id=pairing.mentee_id)
    await services.show_change(call, services, change, programme=programme, block="mentee")


async def on_choose_move(call: Call, services: Services) -> None:
    """Ask a coordinator whom to move, where nobody was chosen already."""
    await services.coordinator(call)
    about, _, chosen = (call.value or "").partition(" ")
    programme = await services.programme(call, about)
    async with services.database.reading() as connection:
        groups, _ = await first_groups(connection, programme)
        mentee = await people.member(connection, call.workspace_id, MemberId(chosen))
    whom = mentee.slack_user_id if mentee and mentee.is_mentee else None
    await call.show(views.move_form(programme.id, groups, mentee=whom))


async def find_groups(call: Call, services: Services) -> Sequence[Choice]:
    """Give a coordinator every group into which somebody can be moved."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    async with services.database.reading() as connection:
        groups, _ = await first_groups(connection, programme)
    return mentor_views.choices_of(groups)


async def on_move_chosen(call: Call, services: Services) -> None:
    """Show what it does to find another seat for the mentee that was chosen."""
    await services.coordinator(call)
    chosen = call.answers.person("mentee")
    async with services.database.reading() as connection:
        mentee = await people.member_by_slack_id(connection, call.workspace_id, SlackUserId(chosen))
    if mentee is None or not (mentee.is_mentee and mentee.takes_part):
        raise WrongAnswer(mentee="Choose somebody who takes part as a mentee.")
    to = call.answers.choice("to")
    programme = await services.programme(call, call.metadata)
    async with services.database.reading() as connection:
        found = await person_now(connection, programme, mentee)
    if to and to == found.seat:
        raise WrongAnswer(to=ALREADY_THERE)
    change = PersonChange(kind="move", member_id=mentee.id, to=GroupId(to) if to else None)
    await services.show_change(call, services, change, programme=programme, block="mentee")


async def on_choose_mentor(call: Call, services: Services) -> None:
    """Ask a coordinator who is to mentor a group that has no mentor, perhaps the one named."""
    await services.coordinator(call)
    programme_id, _, group_id = (call.value or "").partition(" ")
    programme = await services.programme(call, programme_id)
    async with services.database.reading() as connection:
        groups = await _without_mentor(connection, programme)
    await call.show(mentor_views.form(programme.id, groups, chosen=group_id))


async def _without_mentor(
    connection: AsyncConnection, programme: Programme
) -> list[tuple[Group, int]]:
    """Find the groups of mentees without a mentor, by name, each with how many they are.

    Raises UserFacing where there are none.
    """
    its = (connection, programme.workspace_id, programme.id)
    seats = await programmes.seats(*its)
    led = {one.group_id for one in seats if one.role in MENTORING}
    mentees = Counter(one.group_id for one in seats if one.group_id not in led)
    groups = [one for one in await programmes.groups(*its) if mentees[one.id]]
    if not groups:
        raise UserFacing("Every group has a mentor. There is nothing to do.")
    groups.sort(key=lambda one: (one.name.casefold(), one.id))
    return [(one, mentees[one.id]) for one in groups]


async def find_without_mentor(call: Call, services: Services) -> Sequence[Choice]:
    """Give a coordinator every group that has no mentor."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    async with services.database.reading() as connection:
        return mentor_views.choices_of(await _without_mentor(connection, programme))


async def on_mentor_chosen(call: Call, services: Services) -> None:
    """Give a group to the mentor who was chosen."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    its, chosen = (call.workspace_id, programme.id), SlackUserId(call.answers.person("mentor"))
    agreed = "yes" in call.answers.choices("agreed")
    async with services.database.reading() as connection:
        groups = {one.id: count for one, count in await _without_mentor(connection, programme)}
        mentor = await people.member_by_slack_id(connection, call.workspace_id, chosen)
        if mentor is None or not (mentor.is_mentor and mentor.takes_part):
            raise WrongAnswer(mentor="Choose somebody who takes part as a mentor.")
        theirs = await seated.pairings(connection, *its, of=[mentor.id])
    group_id = GroupId(call.answers.choice("group") or "")
    if group_id not in groups:
        raise WrongAnswer(group="Choose a group that has no mentor.")
    has = sum(one.mentor_id == mentor.id for one in theirs)
    with beside("agreed"):
        refuse_beyond_capacity(mentor, has, groups[group_id], agreed=agreed)
    wish = MentorWish(mentor.id, group_id, agreed=agreed)
    work = partial(_give, call, services, programme, wish, mentor.name)
    meanwhile = working("The group gets its mentor.", title=mentor_views.TITLE)
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def _give(
    call: Call, services: Services, programme: Programme, wish: MentorWish, name: str
) -> View:
    by = await services.coordinator(call)
    inputs = services.for_matching(programme)
    await upkeep.give_group(
        services.database, call.workspace_id, programme.id, wish=wish, by=by.id, **inputs
    )
    services.wake()
    said = f"Done: {name} mentors the group from now on. Everybody concerned is told."
    return notice(said, title=mentor_views.TITLE)


async def on_rematch(call: Call, services: Services) -> None:
    """Ask a mentee whether they want another mentor."""
    programme_id = ProgrammeId(call.value or "")
    is_private = await _is_private(call, services, programme_id)
    await call.show(views.rematch_form(programme_id, is_private=is_private))


async def _is_private(call: Call, services: Services, programme_id: ProgrammeId) -> bool:
    """Say whether the mentee who presses alone knows of their seat."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        return await joining.is_private(connection, call.workspace_id, programme_id, member.id)


async def on_rematch_asked(call: Call, services: Services) -> None:
    """Find another mentor for a mentee who asks."""
    work = partial(_rematch, call, services)
    await see_through(call, work, meanwhile=working(SEEKING, title="Another mentor"))
    await services.refresh_home(call)


async def _rematch(call: Call, services: Services) -> View:
    mentee = await services.member(call)
    programme = await services.programme(call, call.metadata)
    inputs = services.for_matching(programme)
    was_private = await _is_private(call, services, programme.id)
    found = await upkeep.ask_rematch(
        services.database, call.workspace_id, programme.id, mentee=mentee.id, **inputs
    )
    services.wake()
    shown = None
    if found is not None:
        async with services.database.reading() as connection:
            shown = await group_shown(connection, call.workspace_id, found.new)
    said = views.rematch_done(shown, was_private=was_private and shown is None)
    return notice(said, title="Another mentor")


async def on_stay(call: Call, services: Services) -> None:
    """Let a mentee stay who asked for another mentor."""
    mentee, programme_id = await services.member(call), ProgrammeId(call.value or "")
    await upkeep.stay(services.database, call.workspace_id, programme_id, mentee=mentee.id)
    await call.say("You stay in your group. Nobody is told that you asked.")
    await services.refresh_home(call)
