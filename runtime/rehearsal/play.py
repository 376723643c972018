"""Play a programme from the invitation to the week after its end, as fast as it goes."""

import gc
import random
import time as stopwatch
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errands import store as errands
from bot.flows import pulse_actions
from bot.groups import approval as deciding
from bot.kernel.clock import monday_of
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import SlackUserId, ids_drawn_by
from bot.kernel.scope import everywhere
from bot.matching import proposals as proposing
from bot.matching.model import ProposalVersion
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.model import Member, Role
from bot.people.profiles import Profile
from bot.people.roster_import import apply, look_at
from bot.programme import use_cases as programmes
from bot.programme.contacts import ContactPeople, as_contact
from bot.programme.model import Programme, first_monday
from bot.pulse import actions
from bot.pulse import store as kept
from bot.pulse.model import Round, RoundState
from bot.rehearsal.model import WORKSPACE, Rehearsal
from bot.schedule.calendar import Calendar, country_of
from bot.schedule.claims import next_due_at
from bot.schedule.rules import instant_of, zone
from bot.schedule.time_off import put_calendar
from runtime.rehearsal.answers import Crowd, chance
from runtime.rehearsal.facts import gathered, unset_in
from runtime.rehearsal.plan import Plan
from runtime.rehearsal.services import Rehearsing, rehearsing

INVITED_BEFORE, APPROVED_BEFORE = timedelta(weeks=2), timedelta(weeks=1)
ANSWERED_AFTER = timedelta(days=1)
"""When the coordinator says what was done about a pulse."""
AFTER_THE_END = timedelta(weeks=2)
TO_BE_NAMED = "to be named before the start"
NOBODY = SlackUserId("U0REHEARSAL")
NOBODYS = (SlackUserId("U0REHEARSAL1"), SlackUserId("U0REHEARSAL2"))
DONE = "What was done about it."
Told = Callable[[float, str], None]


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Look for garbage more seldom, next to nothing here is, and draw ids by the seed."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        with ids_drawn_by(random.Random(seed)):  # noqa: S311 - they are thrown away
            yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def rehearse(plan: Plan, *, told: Told, each: bool = False) -> Rehearsal:
    """Play the plan with people who do what they are asked at its rates; nobody leaves or pauses.

    `each` writes every message, also those that are alike. Raises OperatorFacing where the
    programme cannot be set up as it is planned.
    """
    began = stopwatch.monotonic()
    monday = monday_of(plan.starts_on)
    begins = datetime.combine(monday, time(9), tzinfo=UTC) - INVITED_BEFORE
    with everywhere(), repeatable(plan.seed):  # in a database of its own
        async with rehearsing(plan.catalogue, starts_at=begins, seed=plan.seed, each=each) as on:
            crowd = Crowd(on, plan.rates, plan.seed, WORKSPACE)
            try:
                told(0.0, "Inviting")
                programme, carol = await _set_up(on, plan)
                await live(on, crowd, programme, until=begins + INVITED_BEFORE - APPROVED_BEFORE)
                told(0.05, "Matching")
                approved = await propose_and_approve(on, crowd, programme, by=carol)
            except UserFacing as problem:
                raise OperatorFacing(problem.sentence, permanent=True) from None
            await live(on, crowd, programme, until=end_of(programme), told=told)
            told(1.0, "Counting")
            found = await gathered(
                on.database, programme, approved, rates=plan.rates, seed=plan.seed
            )
            return replace(
                found,
                unset=tuple(unset_in(plan.reading)),
                warnings=tuple(map(str, plan.reading.warnings)),
                done=dict(crowd.done),
                seconds=stopwatch.monotonic() - began,
            )


def end_of(programme: Programme) -> datetime:
    """Find the end of a rehearsal: some time after the programme's last week."""
    monday_after = first_monday(programme) + timedelta(weeks=programme.weeks)
    return instant_of(monday_after, time(0), zone(programme.timezone)) + AFTER_THE_END


async def _set_up(on: Rehearsing, plan: Plan) -> tuple[Programme, Member]:
    """Import the roster, ask everybody to accept the code of conduct, and make a draft."""
    now, rows = on.clock.now(), plan.reading.rows
    coordinators = [row for row in rows if Role.COORDINATOR in row.roles]
    home = (coordinators[0].timezone if coordinators else None) or "UTC"
    async with on.database.writing() as connection:
        if not coordinators:
            await members.become_first_coordinator(
                connection, WORKSPACE, slack_user_id=NOBODY, name="Coordinator", timezone="UTC"
            )
        shown = await look_at(connection, WORKSPACE, plan.reading, zone=home)
        await apply(connection, WORKSPACE, shown, by="rehearsal", now=now, barriers_confirmed=True)
        await members.invite_to_conduct(connection, WORKSPACE, now=now)
        [carol, *_] = await people.members(connection, WORKSPACE, roles=[Role.COORDINATOR])
        draft = await programmes.create_programme(
            connection,
            WORKSPACE,
            template=plan.template,
            name="Rehearsal",
            starts_on=plan.starts_on,
            timezone=carol.timezone,
            now=now,
        )
        proposed = Calendar(country=country_of(carol.timezone))
        await put_calendar(connection, WORKSPACE, plan.calendar or proposed)
        draft = await name_contacts(connection, draft)
    return draft, carol


async def name_contacts(connection: AsyncConnection, draft: Programme) -> Programme:
    """Name contacts that are made up: a programme starts with some alone."""
    people_named = [
        await as_contact(
            connection, draft.workspace_id, Profile(slack_user_id=one, name=TO_BE_NAMED)
        )
        for one in NOBODYS
    ]
    return await programmes.set_contacts(
        connection,
        draft.workspace_id,
        draft.id,
        crisis_contact=draft.crisis_contact or TO_BE_NAMED,
        concern_contact=draft.concern_contact or TO_BE_NAMED,
        people=ContactPeople(person=people_named[0].id, deputy=people_named[1].id),
    )


async def propose_and_approve(
    on: Rehearsing, crowd: Crowd, programme: Programme, *, by: Member
) -> ProposalVersion:
    """Let people accept the code of conduct, propose groups, and approve them as they are.

    Where nobody asks for an acceptance any more, it counts for those who are seated alone.
    """
    now, catalogue = on.clock.now(), on.services.catalogue
    framework = catalogue.frameworks[programme.framework_id]
    await crowd.accept_conduct(now=now)
    proposal = await proposing.propose(
        on.database,
        programme.workspace_id,
        programme.id,
        by=by.id,
        seed=crowd.seed,
        now=now,
        framework=framework,
        weights=catalogue.weights,
    )
    await deciding.approve(
        on.database,
        programme.workspace_id,
        proposal.id,
        by=by.id,
        now=now,
        framework=framework,
    )
    return proposal


async def live(
    on: Rehearsing,
    crowd: Crowd,
    programme: Programme,
    *,
    until: datetime,
    told: Told | None = None,
) -> None:
    """Do and send all that falls due before `until`, leaping from one instant to the next."""
    begins = on.clock.now()
    round_, asked_on = None, None
    while (now := on.clock.now()) < until:
        next_at = await on.jobs.catch_up()
        await crowd.act(programme, now=now)
        if now.date() != asked_on:
            round_, asked_on = await _unanswered(on, crowd, programme), now.date()
        answer_at = round_.closes_at + ANSWERED_AFTER if round_ else until
        if round_ is not None and answer_at <= now:
            await pulse_actions.tell_what_was_done(
                on.pulses, programme.workspace_id, round_.id, text=DONE, now=now
            )
            asked_on = None
            continue
        if told is not None:
            told(0.1 + 0.9 * ((now - begins) / (until - begins)), f"{now:%d %B %Y}")
        until_then = min(answer_at, until, crowd.next_at(now))
        on.clock.set(min(next_at or until, until_then))
        await _send_on(on, until=until_then)


async def _send_on(on: Rehearsing, *, until: datetime) -> None:
    """Send from instant to instant, as long as that is all there is to do."""
    async with on.database.reading() as connection:
        due_at = await next_due_at(connection) or until
        owed_at = await errands.next_at(connection) or until
    last = min(due_at, owed_at, until)
    while on.clock.now() < last:
        next_at = await on.jobs.dispatcher.drain()
        on.clock.set(min(next_at or last, last))


async def _unanswered(on: Rehearsing, crowd: Crowd, programme: Programme) -> Round | None:
    """Find the last pulse with results after which it is still to be said what was done.

    By chance the coordinator never does.
    """
    async with on.database.reading() as connection:
        past = await kept.rounds_of(connection, programme.workspace_id, programme.id)
        if not past or past[-1].state is not RoundState.RELEASED:
            return None
        told = await actions.action_on(connection, past[-1].id)
    says = chance(crowd.seed, "action", len(past)) < crowd.rates.action
    return past[-1] if told is None and says else None
