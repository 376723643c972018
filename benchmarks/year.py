"""A workspace with a year behind it, written by statements for many in seconds.

Everything is what the bot itself would have left: people, groups, schedules and twelve pulses
here; check-ins, nudges, meetings and what was sent in `year_history`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.year_history import HERE, NOW, OUTBOX_WEEKS, WEEKS_RUN, write_history
from bot.groups import store as pairings
from bot.groups.schedule import begin_mornings, begin_rounds
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import Vault
from bot.matching import store as proposals
from bot.matching.model import (
    Match,
    Method,
    Pairing,
    Proposal,
    ProposalState,
    ProposalVersion,
    Waiting,
)
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, ProgrammeState, Seat
from bot.programme.tables import group_table
from bot.pulse import store as rounds
from bot.pulse import use_cases as pulse
from bot.pulse.model import (
    Band,
    CellFate,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Form,
    Release,
    Results,
    Round,
    RoundState,
    Threshold,
)
from bot.pulse.rules import items_for
from bot.pulse.tables import action_table
from bot.schedule.model import Weekly
from bot.schedule.tables import schedule
from config.catalogue import Catalogue

GROUP_OF = 6
PULSES, PULSE_EVERY_WEEKS = 12, 4
CAROL = Member(
    id=MemberId("m-carol"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0CAROL"),
    name="Carol Okafor",
    email="carol@hospital.example",
    roles=frozenset({Role.COORDINATOR}),
    conduct_accepted_at=NOW - timedelta(days=380),
)
SITES = ("North", "South", "West")
FIELDS = ("Internal medicine", "Surgery", "Paediatrics", "Psychiatry", "Family medicine")
INTERESTS = ("research", "teaching", "ethics", "ultrasound", "leadership", "wellbeing", "global")
STAGES = ("Knows", "Knows how", "Shows how", "Does", "Is")


@dataclass(frozen=True, slots=True)
class Year:
    """Who is in the workspace, by role; `waiting` are mentees without a seat."""

    mentors: tuple[Member, ...]
    mentees: tuple[Member, ...]
    waiting: tuple[Member, ...]
    groups: tuple[Group, ...]
    programme: Programme
    draft: Programme
    open_round: Round
    last_round: Round

    @property
    def everybody(self) -> list[Member]:
        return [CAROL, *self.mentors, *self.mentees, *self.waiting]


async def fill(
    database: Database,
    catalogue: Catalogue,
    vault: Vault,
    *,
    members: int,
    weeks: int = OUTBOX_WEEKS,
) -> Year:
    """Put the year of a workspace of so many members into an empty database.

    What was written and sent is that of the last `weeks`.
    """
    mentors, seated, waiting = _people(members)
    programme = _programme(catalogue)
    draft = replace(
        programme,
        id=ProgrammeId("p-draft"),
        name="The next year",
        state=ProgrammeState.DRAFT,
        starts_on=NOW.date(),
    )
    groups = [
        Group(
            id=GroupId(f"g{n:05d}"),
            workspace_id=HERE,
            programme_id=programme.id,
            name=f"Group of {mentor.name}",
        )
        for n, mentor in enumerate(mentors)
    ]
    seats = [Seat(group.id, m.id, Role.MENTOR) for group, m in zip(groups, mentors, strict=True)]
    seats += [Seat(groups[n % len(groups)].id, m.id, Role.MENTEE) for n, m in enumerate(seated)]
    with_keys = with_keyring(database, Keyring(vault, WORDS))
    async with with_keys.writing() as connection:
        everybody = [CAROL, *mentors, *seated, *waiting]
        await people.put_members(connection, HERE, everybody)
        for one in (programme, draft):
            await programmes.put_programme(connection, HERE, one)
            await programmes.enrol_everybody(connection, HERE, one.id)
        await programmes.put_groups(connection, HERE, programme.id, groups, seats)
        channel = "C" + group_table.c.id
        await connection.execute(group_table.update().values(slack_channel=channel))
        await _pairings(connection, programme, mentors, seated, groups)
        await pairings.wait(
            connection,
            HERE,
            programme.id,
            [Waiting(member_id=m.id, since=NOW, reason="Every place is taken.") for m in waiting],
        )
        await _schedules(connection, programme, mentors, seated)
        last_round, open_round = await _pulses(connection, catalogue, vault, programme, seats)
        await write_history(connection, programme, weeks=weeks)
    await _analyse(database)
    return Year(
        tuple(mentors),
        tuple(seated),
        tuple(waiting),
        tuple(groups),
        programme,
        draft,
        open_round,
        last_round,
    )


def _people(members: int) -> tuple[list[Member], list[Member], list[Member]]:
    count = max(1, (members - 1) // (GROUP_OF + 1))
    mentors = [_member(n, Role.MENTOR, count) for n in range(count)]
    mentees = [_member(n, Role.MENTEE, count) for n in range(count, members - 1)]
    unseated = max(1, members // 100)
    return mentors, mentees[:-unseated], mentees[-unseated:]


def _member(n: int, role: Role, mentors: int) -> Member:
    wishes = tuple(f"U{(n * 7 + step * 13) % mentors:05d}" for step in range(3))
    return Member(
        id=MemberId(f"m{n:05d}"),
        workspace_id=HERE,
        slack_user_id=SlackUserId(f"U{n:05d}"),
        name=f"{role.value.capitalize()} {n}",
        email=f"member{n}@hospital.example",
        roles=frozenset({role}),
        capacity=GROUP_OF + 2 if role is Role.MENTOR else 0,
        stage=STAGES[n % 5] if role is Role.MENTEE else None,
        department=FIELDS[n % 5],
        site=SITES[n % 3],
        interests=(INTERESTS[n % 7], INTERESTS[(n + 3) % 7]),
        languages=("English",),
        prefers=tuple(dict.fromkeys(wishes)) if role is Role.MENTEE else (),
        supervised_by=(f"U{n * 3 % mentors:05d}",) if n % 20 == 19 and role is Role.MENTEE else (),
        conduct_accepted_at=NOW - timedelta(days=360),
    )


def _programme(catalogue: Catalogue) -> Programme:
    template = replace(catalogue.templates["year_40"], weeks=WEEKS_RUN + 10)
    return Programme(
        id=ProgrammeId("p-year"),
        workspace_id=HERE,
        name="The year",
        template_id=template.id,
        framework_id=template.framework_id,
        state=ProgrammeState.RUNNING,
        starts_on=NOW.date() - timedelta(weeks=WEEKS_RUN),
        weeks=template.weeks,
        timezone="UTC",
        coordinator_channel="C0COORD",
        crisis_contact="Occupational health, extension 5555",
        concern_contact="The ombudsperson, extension 5556",
        template=template,
    )


async def _pairings(
    connection: AsyncConnection,
    programme: Programme,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    groups: Sequence[Group],
) -> None:
    """The approved proposal and the pairings that came of it."""
    started = NOW - timedelta(weeks=WEEKS_RUN)
    rows, matches = [], []
    for n, mentee in enumerate(mentees):
        at = n % len(groups)
        rows.append(
            Pairing(
                id=f"pair{n:05d}",
                workspace_id=HERE,
                programme_id=programme.id,
                group_id=groups[at].id,
                mentee_id=mentee.id,
                mentor_id=mentors[at].id,
                method=Method.PROPOSED,
                score=60.0,
                reason="They share two interests.",
                started_at=started,
            )
        )
        match = Match(
            mentee=mentee.id, mentors=(mentors[at].id,), score=60.0, reason="They share interests."
        )
        matches.append(match)
    await pairings.add_pairings(connection, HERE, rows)
    kept = ProposalVersion(
        id="proposal-year",
        workspace_id=HERE,
        programme_id=programme.id,
        version=1,
        state=ProposalState.OPEN,
        proposal=Proposal(
            matches=tuple(matches),
            unseated=(),
            total=60.0 * len(matches),
            balance_penalty=0.0,
            upper_bound=60.0 * len(matches),
            gap=0.0,
            most_seats=len(matches),
            worst=60.0,
            seed=1,
        ),
        made_by=CAROL.id,
        made_at=started,
    )
    await proposals.add_proposal(connection, HERE, kept)
    await proposals.decide(
        connection, HERE, kept.id, approval_id="approval-year", by=CAROL.id, now=started
    )


async def _schedules(
    connection: AsyncConnection,
    programme: Programme,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
) -> None:
    template = programme.template
    prompts = Weekly(
        weekday=template.checkin_weekday,
        at=template.checkin_time,
        anchor=programme.starts_on,
        every_weeks=template.checkin_every_weeks,
    )
    nudges = Weekly(
        weekday=template.nudge_weekday, at=template.nudge_time, anchor=programme.starts_on
    )
    due_at = NOW + timedelta(days=7)
    rows = [
        {
            "workspace_id": HERE,
            "kind": kind,
            "subject_id": one.id,
            "rule": rule.to_text(),
            "tz": "UTC",
            "next_due_at": due_at,
            "due_on": due_at.date(),
            "served_on": NOW.date(),
        }
        for kind, rule, them in (
            ("checkin_prompt", prompts, mentees),
            ("mentor_nudge", nudges, mentors),
        )
        for one in them
    ]
    await connection.execute(schedule.insert(), rows)
    await begin_rounds(connection, programme, now=NOW)
    await begin_mornings(connection, programme, now=NOW)


async def _pulses(
    connection: AsyncConnection,
    catalogue: Catalogue,
    vault: Vault,
    programme: Programme,
    seats: Sequence[Seat],
) -> tuple[Round, Round]:
    """Twelve pulses that were published and answered to, and one that is open."""
    instrument = catalogue.instruments[programme.template.instrument_id]
    eligible = [
        Eligible(s.member_id, CellId(s.group_id), account=s.member_id.replace("m", "U"))
        for s in seats
        if s.role is Role.MENTEE
    ]
    cells = sorted({one.cell_id for one in eligible})
    made: list[Round] = []
    for number in range(PULSES + 1):
        opens_at = NOW - timedelta(days=2, weeks=PULSE_EVERY_WEEKS * (PULSES - number))
        round_ = await pulse.open_round(
            connection,
            vault,
            workspace_id=HERE,
            programme_id=programme.id,
            instrument=instrument,
            items=items_for(instrument, form=Form.CORE, number=number),
            eligible=eligible,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(days=6),
            threshold=Threshold(),
            cell_level=CellLevel.GROUP,
        )
        made.append(round_)
        if number == PULSES:
            break
        await rounds.move(connection, round_.id, from_state=RoundState.OPEN, to=RoundState.RELEASED)
        await rounds.put_results(
            connection, round_.id, _results(round_, cells), released_on=round_.closes_at.date()
        )
        action = {"round_id": round_.id, "text": "We met.", "posted_at": round_.closes_at}
        await connection.execute(action_table.insert(), action)
    return made[-2], made[-1]


def _results(round_: Round, cells: Sequence[CellId]) -> Results:
    return Results(
        fates=tuple(CellFate(cell, Fate.RELEASED) for cell in cells),
        releases=tuple(Release(cell, item, Band.HIGH) for cell in cells for item in round_.items),
        comments=tuple(f"Comment number {n} about the space." for n in range(12)),
    )


async def _analyse(database: Database) -> None:
    """Do what Postgres does by itself in the background. SQLite does nothing of the kind."""
    if database.is_sqlite:
        return
    async with database.outside() as connection:
        await connection.exec_driver_sql("VACUUM ANALYZE")
