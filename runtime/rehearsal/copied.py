"""Play a programme that is being prepared in Slack, from a copy of its rows."""

import time as stopwatch
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.groups import approval as deciding
from bot.kernel.errors import UserFacing
from bot.kernel.scope import everywhere
from bot.matching import store as matching
from bot.matching.model import ProposalState, ProposalVersion
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme, first_monday
from bot.programme.use_cases import the_programme
from bot.rehearsal.model import Rehearsal, RehearsalOrder
from bot.rehearsal.source import put_copy
from bot.schedule.rules import instant_of, zone
from config.catalogue import Catalogue
from runtime.rehearsal.answers import Crowd
from runtime.rehearsal.facts import gathered
from runtime.rehearsal.play import (
    APPROVED_BEFORE,
    Told,
    end_of,
    live,
    name_contacts,
    propose_and_approve,
    repeatable,
)
from runtime.rehearsal.services import Rehearsing, rehearsing


async def rehearse_copy(asked: RehearsalOrder, catalogue: Catalogue, *, told: Told) -> Rehearsal:
    """Play the programme from now on, with its groups as approved or proposed, or proposed anew.

    Raises UserFacing where it cannot be played as it stands.
    """
    began = stopwatch.monotonic()
    with everywhere(), repeatable(asked.seed):
        async with rehearsing(catalogue, starts_at=asked.now, seed=asked.seed) as on:
            async with on.database.writing() as connection:
                await put_copy(connection, asked.rows)
                programme = await the_programme(connection, asked.workspace_id, asked.programme_id)
                unset = tuple(_unset(programme))
                if not (programme.concern_person and programme.crisis_contact):
                    programme = await name_contacts(connection, programme)
                [by] = await people.members(connection, asked.workspace_id, ids=[asked.by])
            crowd = Crowd(on, asked.rates, asked.seed, asked.workspace_id)
            approved = await _groups(on, crowd, programme, by=by)
            await live(on, crowd, programme, until=max(end_of(programme), asked.now), told=told)
            found = await gathered(
                on.database, programme, approved, rates=asked.rates, seed=asked.seed
            )
            seconds = stopwatch.monotonic() - began
            return replace(found, unset=unset, done=dict(crowd.done), seconds=seconds)


async def _groups(
    on: Rehearsing, crowd: Crowd, programme: Programme, *, by: Member
) -> ProposalVersion:
    """Come to approved groups: those that are, those that are proposed, or new ones."""
    workspace_id = programme.workspace_id
    async with on.database.reading() as connection:
        current = await matching.current_proposal(connection, workspace_id, programme.id)
        groups = await programmes.groups(connection, workspace_id, programme.id)
    if current is not None and groups:
        return current
    await live(on, crowd, programme, until=_approved_at(programme, on.clock.now()))
    if current is not None and current.state is ProposalState.OPEN:
        await crowd.accept_conduct(now=on.clock.now())
        framework = on.services.catalogue.frameworks.get(programme.framework_id)
        try:
            await deciding.approve(
                on.database,
                workspace_id,
                current.id,
                by=by.id,
                now=on.clock.now(),
                framework=framework,
            )
        except UserFacing:  # what is proposed may not be any more: it is proposed anew
            pass
        else:
            return current
    return await propose_and_approve(on, crowd, programme, by=by)


def _approved_at(programme: Programme, now: datetime) -> datetime:
    """Say when the coordinator would approve: a week before the start, or at once."""
    monday_at = instant_of(first_monday(programme), time(9), zone(programme.timezone))
    return max(now + timedelta(minutes=5), monday_at - APPROVED_BEFORE)


def _unset(programme: Programme) -> list[str]:
    """List what is still to be decided on Home."""
    said = []
    if not (programme.crisis_contact and programme.concern_person):
        said.append("The contacts: the programme cannot start without them.")
    if programme.coordinator_channel is None:
        said.append("The channel for digests: without it they go to each coordinator.")
    return said
