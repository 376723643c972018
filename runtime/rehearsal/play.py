"""Plays a programme from the invitation to the week after its end, as fast as it goes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.flows import pulse_rounds as rounds
from bot.groups import approval as deciding
from bot.kernel.dates import monday_of
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import SlackUserId
from bot.matching import proposals as proposing
from bot.matching.participants import MENTORING
from bot.matching.records import KeptProposal
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.importing import import_roster
from bot.people.model import Member, Role
from bot.people.roster import RosterReading, parse_roster
from bot.programme import use_cases as programmes
from bot.programme.model import Programme, Template
from bot.programme.rules import first_monday
from bot.pulse.model import Round, RoundState
from bot.pulse.store import rounds as kept
from bot.schedule.rules import instant_of, zone
from config.catalogue import Catalogue, load_catalogue, with_template
from runtime.rehearsal.facts import Rehearsal, gathered
from runtime.rehearsal.stage import WORKSPACE, Stage, stage

INVITED_BEFORE, APPROVED_BEFORE = timedelta(weeks=2), timedelta(weeks=1)
ANSWERED_AFTER = timedelta(days=1)
"""When the coordinator says what was done about a pulse."""
AFTER_THE_END = timedelta(weeks=2)
TO_BE_NAMED = "to be named before the start"
NOBODY = SlackUserId("U0REHEARSAL")
Told = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be played."""

    roster: bytes
    reading: RosterReading
    catalogue: Catalogue
    template: Template
    starts_on: date
    seed: int


def planned(
    roster: Path,
    *,
    template: str,
    starts_on: date | None,
    seed: int,
    config_folder: Path | None = None,
) -> Plan:
    """Read and check what a rehearsal needs; without `starts_on`, from next Monday.

    Raises OperatorFacing with a line for each problem.
    """
    catalogue, found = _chosen(template, load_catalogue(own=config_folder))
    try:
        content = roster.read_bytes()
    except OSError as failure:
        raise OperatorFacing(
            f"{roster} cannot be read ({type(failure).__name__}); check the path", permanent=True
        ) from None
    reading = parse_roster(content)
    if reading.problems:
        lines = "\n".join(f"{roster.name}: {problem}" for problem in reading.problems)
        raise OperatorFacing(lines, permanent=True)
    roles = {row.role for row in reading.rows}
    if Role.MENTEE not in roles or roles.isdisjoint(MENTORING):
        raise OperatorFacing(
            f"{roster.name} names no mentor or no mentee; a rehearsal needs at least one of each",
            permanent=True,
        )
    return Plan(
        roster=content,
        reading=reading,
        catalogue=catalogue,
        template=found,
        starts_on=starts_on or monday_of(datetime.now(UTC).date()) + timedelta(weeks=1),
        seed=seed,
    )


def _chosen(template: str, catalogue: Catalogue) -> tuple[Catalogue, Template]:
    """The template by its id, or from a file of one's own, in the catalogue that it belongs to."""
    if Path(template).suffix in (".yaml", ".yml"):
        return with_template(catalogue, Path(template))
    if template not in catalogue.templates:
        raise OperatorFacing(
            f"There is no programme template {template}; choose one of "
            f"{', '.join(catalogue.templates)}, or name a .yaml file",
            permanent=True,
        )
    return catalogue, catalogue.templates[template]


async def rehearse(plan: Plan, *, told: Told) -> Rehearsal:
    """Play the plan: everybody accepts the code of conduct, nobody leaves or rests, and the
    coordinator says on the day after each pulse what was done. Raises OperatorFacing where the
    programme cannot be set up as it is planned."""
    monday = monday_of(plan.starts_on)
    begins = datetime.combine(monday, time(9), tzinfo=UTC) - INVITED_BEFORE
    async with stage(plan.catalogue, starts_at=begins, seed=plan.seed) as on:
        try:
            told(0.0, "Inviting")
            programme, carol = await _set_up(on, plan)
            await _live(on, programme, until=begins + INVITED_BEFORE - APPROVED_BEFORE)
            told(0.05, "Matching")
            approved = await _approved(on, plan, programme, by=carol)
        except UserFacing as problem:
            raise OperatorFacing(problem.sentence, permanent=True) from None
        monday_after = first_monday(programme) + timedelta(weeks=programme.weeks)
        ends = instant_of(monday_after, time(0), zone(programme.timezone)) + AFTER_THE_END
        await _live(on, programme, until=ends, told=told)
        told(1.0, "Counting")
        return await gathered(on, programme, approved, plan.reading)


async def _set_up(on: Stage, plan: Plan) -> tuple[Programme, Member]:
    """Import the roster, ask everybody to accept the code of conduct, and make a draft."""
    database, now = on.database, on.clock.now()
    if not any(row.role is Role.COORDINATOR for row in plan.reading.rows):
        async with database.writing() as connection:
            await members.become_first_coordinator(
                connection, WORKSPACE, slack_user_id=NOBODY, name="Coordinator", timezone="UTC"
            )
    zones = (row.timezone for row in plan.reading.rows if row.role is Role.COORDINATOR)
    home = next(zones, None) or "UTC"
    done = await import_roster(database, WORKSPACE, plan.roster, now=now, timezone=home)
    if done.problems:
        raise OperatorFacing("\n".join(done.problems), permanent=True)
    async with database.writing() as connection:
        await members.invite_to_conduct(connection, WORKSPACE, now=now)
        [carol, *_] = await people.members(connection, WORKSPACE, roles=[Role.COORDINATOR])
    async with database.writing() as connection:
        draft = await programmes.create_programme(
            connection,
            WORKSPACE,
            template=plan.template,
            name="Rehearsal",
            starts_on=plan.starts_on,
            timezone=carol.timezone,
            now=now,
        )
    contacts = {"crisis_contact": TO_BE_NAMED, "concern_contact": TO_BE_NAMED}
    async with database.writing() as connection:
        await programmes.set_contacts(connection, WORKSPACE, draft.id, **contacts)
    return draft, carol


async def _approved(on: Stage, plan: Plan, programme: Programme, *, by: Member) -> KeptProposal:
    """Everybody accepts; the groups are proposed, and approved as they are."""
    database, now = on.database, on.clock.now()
    async with database.writing() as connection:
        everybody = await people.members(connection, WORKSPACE)
        accepted = [replace(one, conduct_accepted_at=now) for one in everybody]
        await people.put_members(connection, WORKSPACE, accepted)
    proposal = await proposing.propose(
        database,
        WORKSPACE,
        programme.id,
        by=by.id,
        seed=plan.seed,
        now=now,
        framework=plan.catalogue.frameworks.get(plan.template.framework_id),
        weights=plan.catalogue.weights,
    )
    await deciding.approve(
        database,
        WORKSPACE,
        proposal.id,
        by=by.id,
        now=now,
        framework=plan.catalogue.frameworks.get(plan.template.framework_id),
    )
    return proposal


async def _live(
    on: Stage, programme: Programme, *, until: datetime, told: Told | None = None
) -> None:
    """Do and send all that falls due before `until`, going from one instant to the next."""
    begins = on.clock.now()
    while (now := on.clock.now()) < until:
        next_at = await on.jobs.catch_up()
        round_ = await _unanswered(on, programme)
        answer_at = round_.closes_at + ANSWERED_AFTER if round_ else until
        if round_ is not None and answer_at <= now:
            done = "What was done about it."
            await rounds.tell_what_was_done(on.means, WORKSPACE, round_.id, text=done, now=now)
            continue
        if told is not None:
            told(0.1 + 0.9 * ((now - begins) / (until - begins)), f"{now:%d %B %Y}")
        on.clock.set(min(next_at or until, answer_at, until))


async def _unanswered(on: Stage, programme: Programme) -> Round | None:
    """The last pulse with results about which members were not told yet what was done."""
    async with on.database.reading() as connection:
        past = await kept.rounds_of(connection, WORKSPACE, programme.id)
        if not past or past[-1].state is not RoundState.RELEASED:
            return None
        told = await kept.action_on(connection, past[-1].id)
    return past[-1] if told is None else None
