"""Play a programme from the invitation to the week after its end, as fast as it goes."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.store import release
from bot.errands import store as errands
from bot.errands.store import Done, Want
from bot.flows import pulse_actions
from bot.flows import pulse_rounds as rounds
from bot.flows.recipients import recipients
from bot.groups import approval as deciding
from bot.groups.joining import hold_back
from bot.groups.messages import GROUP
from bot.jobs import Jobs
from bot.kernel.clock import SetClock, monday_of
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import GroupId, SlackUserId, WorkspaceId
from bot.kernel.ports import Message, Receipt
from bot.kernel.scope import everywhere
from bot.keys.vault import FileVault
from bot.matching import proposals as proposing
from bot.matching.model import MENTORING, ProposalVersion
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.model import Member, Role
from bot.people.profiles import Profile
from bot.people.roster import RosterReading
from bot.people.roster_import import apply, look_at
from bot.programme import store as programme_rows
from bot.programme import use_cases as programmes
from bot.programme.contacts import ContactPeople, as_contact
from bot.programme.model import Programme, Template, first_monday
from bot.pulse import actions
from bot.pulse import store as kept
from bot.pulse.model import Round, RoundState
from bot.schedule.calendar import Break, Calendar, checked, country_of
from bot.schedule.rules import instant_of, zone
from bot.schedule.time_off import put_calendar
from config.catalogue import Catalogue, load_catalogue, with_template
from handlers.edge.services import Services
from handlers.register import CAPABILITIES
from handlers.sending.messenger import SlackComposer
from runtime.commands.import_roster import read_alone, read_list
from runtime.commands.schema import current_database, migrate
from runtime.rehearsal.facts import gathered
from runtime.rehearsal.report import WORKSPACE, Rehearsal
from runtime.tenancy import with_words_keys

INVITED_BEFORE, APPROVED_BEFORE = timedelta(weeks=2), timedelta(weeks=1)
ANSWERED_AFTER = timedelta(days=1)
"""When the coordinator says what was done about a pulse."""
AFTER_THE_END = timedelta(weeks=2)
TO_BE_NAMED = "to be named before the start"
FIRST_YEAR, LAST_YEAR = 2000, 2100
NOBODY = SlackUserId("U0REHEARSAL")
NOBODYS = (SlackUserId("U0REHEARSAL1"), SlackUserId("U0REHEARSAL2"))
Told = Callable[[float, str], None]


@dataclass(slots=True)
class Recorder:
    """A Messenger that takes every message and sends none."""

    clock: SetClock

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        """Say where the message would stand."""
        channel = f"C{recipient.removeprefix(GROUP)}"
        return Receipt(channel=channel, ts=f"{self.clock.now().timestamp():.6f}")

    async def find(
        self,
        workspace_id: WorkspaceId,
        recipient: str,
        *,
        send_id: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> Receipt | None:
        """Find nothing: what was taken is known to be taken."""
        return None


async def run_errands(database: Database, clock: SetClock) -> None:
    """Do all that is owed, as in a Slack that refuses nothing: a group gets its channel."""
    now = clock.now()
    async with database.writing() as connection:
        while claimed := await errands.claim(connection, now=now, limit=100):
            for one in claimed:
                if one.want is Want.OPENED:
                    await programme_rows.set_group_channel(
                        connection,
                        one.workspace_id,
                        GroupId(one.place.removeprefix(GROUP)),
                        slack_channel=f"C{one.place.removeprefix(GROUP)}",
                    )
                    await release(connection, one.workspace_id, one.place, now=now)
                await errands.end(connection, one, Done(), now=now)


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """A Cairn on a clock of its own, with everything but Slack."""

    services: Services
    clock: SetClock
    jobs: Jobs
    pulses: rounds.PulseServices

    @property
    def database(self) -> Database:
        return self.services.database


@asynccontextmanager
async def rehearsing(
    catalogue: Catalogue, *, starts_at: datetime, seed: int
) -> AsyncIterator[Rehearsing]:
    """Set Cairn up in a temporary folder that is gone at the end. It reaches no network."""
    with TemporaryDirectory(prefix="cairn-rehearsal-") as folder:
        address = f"sqlite:///{folder}/data/rehearsal.db"
        await migrate(address)
        clock, vault = SetClock(starts_at), FileVault(Path(folder) / "keys")
        await vault.set_up()
        async with current_database(address) as opened:
            database = await with_words_keys(opened, vault)
            services = Services(
                database=database,
                clock=clock,
                catalogue=catalogue,
                vault=vault,
                weekly=CAPABILITIES.weekly,
            )
            pulses = rounds.PulseServices(database, vault, catalogue.instruments)
            jobs = Jobs(
                database=database,
                clock=clock,
                duties=CAPABILITIES.duties(services),
                dispatcher=_dispatcher(services, clock, seed=seed),
                run_errands=partial(run_errands, database, clock),
                finish_rounds=lambda: rounds.finish_rounds(pulses, now=clock.now()),
            )
            yield Rehearsing(services=services, clock=clock, jobs=jobs, pulses=pulses)


def _dispatcher(services: Services, clock: SetClock, *, seed: int) -> Dispatcher:
    return Dispatcher(
        database=services.database,
        messenger=Recorder(clock),
        composer=SlackComposer(services, CAPABILITIES.writers),
        clock=clock,
        terms=ClaimLimits(
            policies=CAPABILITIES.policies, recipients=recipients, hold_back=hold_back
        ),
        rng=random.Random(seed),  # noqa: S311 - decides pauses, and nothing is secret
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The programme to be played."""

    reading: RosterReading
    catalogue: Catalogue
    template: Template
    starts_on: date
    seed: int
    calendar: Calendar | None = None


def planned(
    roster: Path,
    *,
    template: str,
    starts_on: date | None,
    seed: int,
    columns: Sequence[str] = (),
    country: str | None = None,
    breaks: Sequence[str] = (),
    config_folder: Path | None = None,
) -> Plan:
    """Read and check what a rehearsal needs; without `starts_on`, from next Monday.

    Raises OperatorFacing with a line for each problem.
    """
    catalogue, found = _chosen(template, load_catalogue(own=config_folder))
    reading = read_alone(roster, read_list(roster, columns))
    if starts_on is not None and not FIRST_YEAR <= starts_on.year <= LAST_YEAR:
        raise OperatorFacing(
            f"--starts-on takes a day from {FIRST_YEAR} to {LAST_YEAR}", permanent=True
        )
    roles = {role for row in reading.rows for role in row.roles}
    if Role.MENTEE not in roles or roles.isdisjoint(MENTORING):
        raise OperatorFacing(
            f"{roster.name} names no mentor or no mentee; a rehearsal needs at least one of each",
            permanent=True,
        )
    return Plan(
        reading=reading,
        catalogue=catalogue,
        template=found,
        starts_on=starts_on or monday_of(datetime.now(UTC).date()) + timedelta(weeks=1),
        seed=seed,
        calendar=_days_off(country, breaks),
    )


def _days_off(country: str | None, breaks: Sequence[str]) -> Calendar | None:
    """Read `DE` or `DE-BE`, and breaks as `2026-12-21..2027-01-03`; None where nothing is said.

    Raises OperatorFacing.
    """
    if country is None and not breaks:
        return None
    try:
        code, _, region = (country or "").partition("-")
        days = [[date.fromisoformat(day) for day in one.split("..")] for one in breaks]
        found = tuple(Break(first, last) for first, last in days)
        return checked(Calendar(country=code, region=region, breaks=found))
    except ValueError as problem:
        raise OperatorFacing(
            f"The days off cannot be read ({problem}); write --holidays DE or DE-BE, and --break "
            "2026-12-21..2027-01-03",
            permanent=True,
        ) from None


def _chosen(template: str, catalogue: Catalogue) -> tuple[Catalogue, Template]:
    """Find the template by its id, or read it from a file, with the catalogue it belongs to."""
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
    """Play the plan: everybody accepts the code of conduct, nobody leaves or pauses, and the
    coordinator says on the day after each pulse what was done. Raises OperatorFacing where the
    programme cannot be set up as it is planned."""
    monday = monday_of(plan.starts_on)
    begins = datetime.combine(monday, time(9), tzinfo=UTC) - INVITED_BEFORE
    with everywhere():  # in a database of its own
        async with rehearsing(plan.catalogue, starts_at=begins, seed=plan.seed) as on:
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
            return await gathered(on.database, programme, approved, plan.reading)


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
        to_be_named = [
            await as_contact(connection, WORKSPACE, Profile(slack_user_id=one, name=TO_BE_NAMED))
            for one in NOBODYS
        ]
        await programmes.set_contacts(
            connection,
            WORKSPACE,
            draft.id,
            crisis_contact=TO_BE_NAMED,
            concern_contact=TO_BE_NAMED,
            people=ContactPeople(person=to_be_named[0].id, deputy=to_be_named[1].id),
        )
        draft = await programmes.the_programme(connection, WORKSPACE, draft.id)
    return draft, carol


async def _approved(
    on: Rehearsing, plan: Plan, programme: Programme, *, by: Member
) -> ProposalVersion:
    """Let everybody accept, propose groups, and approve them as they are."""
    database, now = on.database, on.clock.now()
    framework = plan.catalogue.frameworks[plan.template.framework_id]
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
        framework=framework,
        weights=plan.catalogue.weights,
    )
    await deciding.approve(database, WORKSPACE, proposal.id, by=by.id, now=now, framework=framework)
    return proposal


async def _live(
    on: Rehearsing, programme: Programme, *, until: datetime, told: Told | None = None
) -> None:
    """Do and send all that falls due before `until`, going from one instant to the next."""
    begins = on.clock.now()
    while (now := on.clock.now()) < until:
        next_at = await on.jobs.catch_up()
        round_ = await _unanswered(on, programme)
        answer_at = round_.closes_at + ANSWERED_AFTER if round_ else until
        if round_ is not None and answer_at <= now:
            done = "What was done about it."
            await pulse_actions.tell_what_was_done(
                on.pulses, WORKSPACE, round_.id, text=done, now=now
            )
            continue
        if told is not None:
            told(0.1 + 0.9 * ((now - begins) / (until - begins)), f"{now:%d %B %Y}")
        on.clock.set(min(next_at or until, answer_at, until))


async def _unanswered(on: Rehearsing, programme: Programme) -> Round | None:
    """Find the last pulse with results after which nobody has said yet what was done."""
    async with on.database.reading() as connection:
        past = await kept.rounds_of(connection, WORKSPACE, programme.id)
        if not past or past[-1].state is not RoundState.RELEASED:
            return None
        told = await actions.action_on(connection, past[-1].id)
    return past[-1] if told is None else None
