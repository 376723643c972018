"""A report beside a count of the same rows by other means, on both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.year import fill
from benchmarks.year_history import NOW as THEN
from bot.audit import store as audit
from bot.audit.model import Act
from bot.checkins.tables import checkin_turn
from bot.flows.closing import close_programme
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId
from bot.keys.vault import FileVault
from bot.kinds import ReportKind
from bot.people.model import Member, Role
from bot.people.store import remove_member
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.reports.model import Report, TrainingRow
from bot.reports.use_cases import make_report, reportable
from bot.training import use_cases as training
from config.catalogue import load_catalogue
from tests.reports.lived_programme import NOW, Lived, live, step
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, MALLORY, PROGRAMME
from tests.support.statements import statements_of

FRAMEWORKS = load_catalogue().frameworks


async def report(
    database: Database,
    programme: Programme = PROGRAMME,
    *,
    by: Member | None = CAROL,
    now: datetime = NOW,
) -> Report:
    return await make_report(
        database,
        programme.workspace_id,
        programme.id,
        ReportKind.ACCREDITATION,
        framework_of=lambda one: FRAMEWORKS.get(one.framework_id),
        by=by.id if by else None,
        now=now,
    )


async def rows(database: Database, query: str, **values: object) -> list[Any]:
    async with database.reading() as connection:
        return [*await connection.execute(sa.text(query), values)]


@pytest.fixture
async def lived(database: Database) -> Lived:
    return await live(database)


async def test_meetings_of_each_group_and_half_year_are_those_on_record(
    database: Database, lived: Lived
) -> None:
    made = await report(database)

    assert [(one.first, one.last) for one in made.half_years] == [
        (date(2026, 9, 1), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2027, 8, 31)),
    ]
    for at, span in enumerate(made.half_years):
        counted = await rows(
            database,
            "SELECT g.name, COUNT(m.id) AS held FROM mentoring_group g LEFT JOIN meeting m ON"
            " m.group_id = g.id AND m.held_on BETWEEN :first AND :last GROUP BY g.name",
            first=str(span.first) if database.is_sqlite else span.first,
            last=str(span.last) if database.is_sqlite else span.last,
        )
        told = {one.group: one.meetings for one in made.meetings if one.half_year == at}
        assert told == {one.name: one.held for one in counted}
        assert made.meetings_by_half_year[at] == sum(told.values())
    [[minutes]] = await rows(
        database,
        "SELECT SUM(COALESCE(minutes, CASE length WHEN 'under_30' THEN 20 WHEN '30_to_60' THEN 45"
        " WHEN 'over_60' THEN 75 ELSE 0 END)) FROM meeting",
    )
    assert made.minutes == minutes
    assert (made.groups, made.groups_met) == (4, 3)


async def test_check_ins_are_a_share_of_those_asked_for_in_months_that_are_over(
    database: Database, lived: Lived
) -> None:
    made = await report(database)

    async with database.reading() as connection:
        stored = (await connection.execute(sa.select(checkin_turn.c.asks))).scalars().all()
    by_month: dict[str, list[bool]] = {}
    for asks in stored:
        for one in asks:
            if one["was_sent"] and one["came"] != "skipped":
                by_month.setdefault(one["at"][:7], []).append(one["came"] == "written")
    told = {f"{one.month:%Y-%m}": one.checkins.percent for one in made.months}
    assert [*told] == [f"2026-{n:02}" for n in (9, 10, 11, 12)] + ["2027-01", "2027-02", "2027-03"]
    assert told == {
        month: round(sum(written) / len(written) * 20) * 5
        for month, written in by_month.items()
        if month in told
    }


async def test_people_of_a_month_are_those_with_a_seat_in_it(
    database: Database, lived: Lived
) -> None:
    made = await report(database)

    for one in made.months:
        after = (one.month + timedelta(days=32)).replace(day=1)
        there = [
            pair
            for pair in lived.pairs
            if pair.started_at.date() < after
            and (pair.ended_at is None or pair.ended_at.date() >= one.month)
        ]
        roles = {each.id: each.mentoring_role for each in lived.mentors}
        mentors = {pair.mentor_id for pair in there}
        assert one.people == {
            Role.MENTEE: len({pair.mentee_id for pair in there}),
            Role.MENTOR: sum(roles[each] is Role.MENTOR for each in mentors),
            Role.PEER_MENTOR: sum(roles[each] is Role.PEER_MENTOR for each in mentors),
        }


async def test_agreements_goals_training_and_conduct_are_those_on_record(
    database: Database, lived: Lived
) -> None:
    its = (await report(database)).practice

    [[pairs, agreed]] = await rows(
        database,
        "SELECT COUNT(*), COUNT(a.agreed_at) FROM pairing p LEFT JOIN agreement a"
        " ON a.pairing_id = p.id WHERE p.ended_at IS NULL",
    )
    [[goals, done, with_goal]] = await rows(
        database,
        "SELECT COUNT(*), SUM(CASE status WHEN 'done' THEN 1 ELSE 0 END),"
        " COUNT(DISTINCT member_id) FROM goal",
    )
    accepted = sum(one.has_accepted_conduct for one in (*lived.mentors, *lived.mentees))
    assert its.agreements.percent == near(agreed, pairs)
    assert its.conduct.percent == near(accepted, 32)
    assert (its.goals, its.goals_done) == (goals, done if done >= 5 else None)
    assert its.with_goal.percent == near(with_goal, 24)
    assert its.peer_mentors_trained.percent is None, "there are four"
    assert its.trained is None


async def test_mentors_are_counted_by_the_training_that_they_took_part_in(
    database: Database, lived: Lived
) -> None:
    mentors = [one.id for one in lived.mentors]
    async with database.writing() as connection:
        for name, day, who in (
            ("Boundaries", date(2026, 9, 1), mentors[:4]),
            ("boundaries", date(2027, 1, 12), mentors[2:6]),
            ("Feedback", date(2027, 2, 3), mentors[:4]),
        ):
            await training.note(connection, HERE, name=name, held_on=day, who=who)

    found = await report(database)

    assert found.training == (
        TrainingRow("boundaries", 2, date(2027, 1, 12), 6),
        TrainingRow("Feedback", 1, date(2027, 2, 3), None),
    )
    assert found.practice.mentors_trained.percent == near(6, 8)


def near(part: int, whole: int) -> int:
    return round(part / whole * 20) * 5


async def test_changes_of_seats_are_counts_of_people_from_five_on(database: Database) -> None:
    lived = await live(database, groups=8)

    its = (await report(database)).changes

    left = {
        why: {p for p in lived.pairs if p.end_reason == why}
        for why in ("mentee_left", "mentor_left")
    }
    assert its.mentees_left == len({one.mentee_id for one in left["mentee_left"]})
    assert its.mentors_left == len({one.mentor_id for one in left["mentor_left"]})
    assert its.rematched is None, "nobody was told of any"


async def test_stages_stay_as_they_were_first_shown(database: Database) -> None:
    lived = await live(database, groups=8, per_group=8)
    before = (await report(database)).stages
    assert before is not None

    async with database.writing() as connection:
        for one in lived.mentees[:3]:
            await step(connection, lived.programme, one.id, 2, "Is")
        await remove_member(connection, HERE, lived.mentees[4].id)
    again = (await report(database, now=NOW + timedelta(days=3))).stages

    assert before.on == date(2027, 3, 31)
    assert again == before


async def test_stages_are_those_at_the_end_of_the_month_joined_to_five(database: Database) -> None:
    lived = await live(database, groups=8, per_group=8)

    made = (await report(database)).stages

    assert made is not None
    at = await stages_of(database, lived)
    for cell in made.cells:
        names = made.levels[cell.first : cell.last + 1]
        assert cell.people == sum(level in names for level in at.values()) >= 5
    assert sum(cell.people for cell in made.cells) == len(at)


async def test_a_few_steps_show_no_new_distribution_and_many_do(database: Database) -> None:
    lived = await live(database, groups=24, per_group=8)
    first = await report(database)
    assert first.stages is not None
    at = await stages_of(database, lived)
    by_stage = [[one for one in sorted(at) if at[one] == name] for name in first.stages.levels]

    async with database.writing() as connection:
        await step(connection, lived.programme, by_stage[0][0], 2, "Knows how", at=NOW)
    held_back = await report(database, now=NOW + timedelta(days=20))
    async with database.writing() as connection:
        for people, above in zip(by_stage, first.stages.levels[1:], strict=False):
            for one in people[1:11]:
                when = NOW + timedelta(days=20)
                await step(connection, lived.programme, one, 3, above, at=when)
    new = await report(database, now=NOW + timedelta(days=50))

    assert held_back.stages == first.stages
    assert held_back.stages_due == date(2027, 4, 30)
    assert new.stages is not None
    assert new.stages.on == date(2027, 5, 31)
    assert new.stages.cells[-1].people == first.stages.cells[-1].people + 10


async def stages_of(database: Database, lived: Lived) -> dict[MemberId, str | None]:
    """The stage of each mentee with a seat, read in another way than the report does."""
    moved = await rows(database, "SELECT member_id, to_level FROM stage_event ORDER BY number")
    here = {one.mentee_id for one in lived.pairs if one.ended_at is None}
    first = {one.id: one.stage for one in lived.mentees if one.id in here}
    return first | {member: level for member, level in moved if member in here}


async def test_a_closed_programme_is_reported_to_its_end_and_never_changes_after(
    database: Database,
) -> None:
    await live(database, groups=8, per_group=8)
    closed = datetime(2027, 4, 21, 9, tzinfo=UTC)
    await close_programme(database, HERE, PROGRAMME.id, now=closed)

    soon = await report(database, now=closed + timedelta(days=30))
    later = await report(database, now=closed + timedelta(days=400))

    assert soon.is_closed
    assert soon.ends_on == soon.until == date(2027, 4, 21)
    assert soon.months[-1].month == date(2027, 4, 1)
    assert soon.practice.agreements.percent is not None
    assert replace(later, made_on=soon.made_on) == soon


async def test_the_coordinators_own_words_stand_after_each_pulse_that_was_released(
    owned: Database, tmp_path: Path
) -> None:
    vault = FileVault(tmp_path / "keys")
    with_rounds = await fill(owned, load_catalogue(), vault, members=43)
    made = await make_report(
        owned,
        with_rounds.programme.workspace_id,
        with_rounds.programme.id,
        ReportKind.YEAR,
        framework_of=lambda _: None,
        by=None,
        now=THEN,
    )

    assert len(made.rounds) == 12, "the one that is open is not there"
    assert [one.released_on for one in made.rounds] == sorted(
        one.released_on for one in made.rounds
    )
    assert {one.action for one in made.rounds} == {"We met."}
    groups = len(with_rounds.groups)
    for one in made.rounds:
        assert one.bands == (groups * len(one.statements), 0, 0, 0)
        assert {each.result for each in one.statements} == {f"{groups} results: {groups} High"}


async def test_only_coordinators_make_one_and_it_is_written_down(
    database: Database, lived: Lived
) -> None:
    for who in (ALICE, BOB, MALLORY, lived.mentors[0], lived.mentees[0]):
        with pytest.raises(UserFacing, match="Only coordinators"):
            await report(database, by=who)
    await report(database)
    await report(database, by=None, now=NOW + timedelta(hours=1))

    async with database.reading() as connection:
        found = await audit.entries(connection, HERE)
    assert [(one.act, one.by, one.what) for one in found][::-1] == [
        (Act.REPORT_MADE, CAROL.id, "accreditation"),
        (Act.REPORT_MADE, None, "accreditation"),
    ]


async def test_a_programme_of_another_workspace_or_one_not_started_is_refused(
    database: Database,
) -> None:
    await live(database, workspace_id=ELSEWHERE)
    draft = replace(PROGRAMME, id=ProgrammeId("next"), state=ProgrammeState.DRAFT)
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, draft)

    with pytest.raises(UserFacing, match="gone"):
        await report(database)
    with pytest.raises(UserFacing, match="has not started"):
        await report(database, draft, by=None)
    async with database.reading() as connection:
        assert await reportable(connection, HERE) == []
        assert len(await reportable(connection, ELSEWHERE)) == 1


async def test_an_empty_programme_has_a_report_that_says_so(database: Database) -> None:
    await live(database, groups=0)

    made = await report(database)

    assert (made.groups, made.meetings, made.minutes, made.stages) == (0, (), None, None)
    assert all(one.checkins.percent is None for one in made.months)
    assert sum(made.people.values()) == 0


async def test_a_report_takes_as_many_statements_for_many_as_for_few(
    database: Database,
) -> None:
    await live(database, groups=2)
    other = replace(PROGRAMME, workspace_id=ELSEWHERE)
    await live(database, groups=12, workspace_id=ELSEWHERE)

    with statements_of(database) as few:
        await report(database, by=None)
    with statements_of(database) as many:
        await report(database, other, by=None)

    assert len(many) == len(few) < 40
