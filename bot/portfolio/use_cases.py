"""Gather what a portfolio or a letter says, for the member whom it is about alone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.rules import CheckIn, CheckInId
from bot.goals import store as goals
from bot.groups import store as seated
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.meetings.rules import once_each
from bot.meetings.store import attended
from bot.people.model import Member
from bot.portfolio import rules
from bot.portfolio.model import Content, Document, LetterFacts
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, last_day
from bot.stages import store as stages

MOST_CHECKINS = 100
"""As many as a select holds; the newest of them."""
NOTHING = "What you picked is not there any more. Open the form again and choose anew."


async def programme_for(connection: AsyncConnection, member: Member) -> Programme:
    """Find the programme that a member is in, or the last that they were in.

    Raises UserFacing where there is none.
    """
    its = (connection, member.workspace_id, member.id)
    found = await programmes.programme_of(*its)
    found = found or await programmes.programme_of(*its, state=ProgrammeState.CLOSED)
    if found is None:
        raise UserFacing(
            "You are in no mentoring programme, so there is nothing to take along yet."
        )
    return found


async def own_checkins(
    connection: AsyncConnection, member: Member, programme: Programme
) -> list[CheckIn]:
    """Find the check-ins that a member may pick: their own of this programme, newest first."""
    found = await checkins.latest_of(
        connection, member.workspace_id, member.id, limit=MOST_CHECKINS
    )
    return [one for one in found if one.programme_id == programme.id and one.is_readable]


async def portfolio_of(
    connection: AsyncConnection,
    member: Member,
    programme: Programme,
    *,
    parts: Collection[Content],
    picked: Collection[CheckInId],
    now: datetime,
) -> Document:
    """Gather the parts that a member chose, and the check-ins that they picked.

    Raises UserFacing where nothing of it is left.
    """
    own = await own_checkins(connection, member, programme)
    chapters = []
    if Content.STAGES in parts:
        history = await stages.history(connection, member.workspace_id, member.id)
        of_programme = [one for one in history if one.framework_id == programme.framework_id]
        chapters.append(rules.stages_chapter(of_programme, tz=member.timezone))
    if Content.GOALS in parts:
        found = await goals.goals_of(connection, member.workspace_id, member_ids=[member.id])
        theirs = [g for g in found if g.programme_id == programme.id and g.is_readable]
        chapters.append(rules.goals_chapter(theirs, tz=member.timezone))
    if Content.CONFIDENCE in parts:
        chapters.append(rules.confidence_chapter(own, tz=member.timezone))
    chosen = [one for one in own if one.id in picked]
    if chosen:
        chapters.append(rules.reflections_chapter(chosen, tz=member.timezone))
    if not chapters:
        raise UserFacing(NOTHING)
    return rules.document(member.name, programme, chapters, today=local_date(now, member.timezone))


async def letter_of(
    connection: AsyncConnection, mentor: Member, programme: Programme, *, name: str, now: datetime
) -> LetterFacts:
    """Gather what is on record of somebody's mentoring in a programme, nothing about mentees.

    Raises UserFacing for somebody who mentored nobody there.
    """
    pairings = await seated.pairings(
        connection, mentor.workspace_id, programme.id, mentor_id=mentor.id, with_ended=True
    )
    groups = {one.group_id for one in pairings}
    if not groups:
        raise UserFacing("The log has no mentoring group of yours, so there is no letter to make.")
    began = min(local_date(one.started_at, programme.timezone) for one in pairings)
    today = local_date(now, programme.timezone)
    held = await attended(connection, mentor.workspace_id, mentor.id)
    counted = once_each([o for o in held if o.group_id in groups and o.held_on >= began])
    return LetterFacts(
        name=rules.checked_name(name),
        role=mentor.mentoring_role,
        programme=programme.name,
        first_on=max(began, programme.starts_on),
        last_on=max(began, programme.starts_on, min(today, last_day(programme))),
        groups=len(groups),
        meetings=len(counted),
        minutes=rules.minutes_of(counted),
    )
