"""A programme under way, set up through the same use cases that Slack's buttons call."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.groups import approval as deciding
from bot.kernel.database import Database
from bot.kernel.dates import monday_of
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.matching import proposals as proposing
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.roster_import import import_roster
from bot.programme import use_cases as programmes
from bot.programme.model import Programme
from config.catalogue import Catalogue
from runtime.demo.cast import Cast

TEMPLATE = "term_12"
CRISIS_CONTACT = "Occupational health on call, extension 5555, day and night"
CONCERN_CONTACT = "Dr Ruth Amsel, ombudsperson, extension 5556"
FIRST_PULSE_WEEK = 2
"""Sooner than the template says, so that nobody has to wait long to see one."""


async def set_up_programme(
    database: Database,
    catalogue: Catalogue,
    cast: Cast,
    *,
    workspace_id: WorkspaceId,
    now: datetime,
    coordinator_channel: str | None = None,
) -> Programme:
    """Import the cast, let everybody accept the code of conduct, match, approve and start.

    The programme began this week's Monday; next week brings check-ins, nudges and a pulse.

    Introductions are due at once. Raises OperatorFacing for a cast whose roster has problems.
    """
    done = await import_roster(database, workspace_id, cast.roster, now=now)
    if done.problems:
        raise OperatorFacing("\n".join(done.problems), permanent=True)
    for slack_user_id, *_ in cast.people:
        async with database.writing() as connection:
            await members.accept_conduct(
                connection, workspace_id, slack_user_id=SlackUserId(slack_user_id), now=now
            )
    async with database.reading() as connection:
        carol = await people.member_by_slack_id(
            connection, workspace_id, SlackUserId(cast.coordinator)
        )
    if carol is None:
        raise OperatorFacing("the roster names no coordinator", permanent=True)
    template = replace(catalogue.templates[TEMPLATE], pulse_first_week=FIRST_PULSE_WEEK)
    async with database.writing() as connection:
        draft = await programmes.create_programme(
            connection,
            workspace_id,
            template=template,
            name="Autumn mentoring",
            starts_on=monday_of(now.date()),
            timezone=carol.timezone,
            now=now,
            coordinator_channel=coordinator_channel,
        )
    async with database.writing() as connection:
        await programmes.set_contacts(
            connection,
            workspace_id,
            draft.id,
            crisis_contact=CRISIS_CONTACT,
            concern_contact=CONCERN_CONTACT,
        )
    proposal = await proposing.propose(
        database,
        workspace_id,
        draft.id,
        by=carol.id,
        seed=1,
        now=now,
        framework=catalogue.frameworks[template.framework_id],
    )
    approved = await deciding.approve(
        database, workspace_id, proposal.id, by=carol.id, now=now, introduce_after=timedelta()
    )
    return approved.programme
