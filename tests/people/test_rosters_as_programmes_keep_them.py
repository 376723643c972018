"""Lists in the shape of what programmes really have, each with the right result."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId
from bot.people import store
from bot.people.model import Member, Role
from bot.people.profiles import Directory, Profile
from bot.people.roster import RosterReading, read_roster
from bot.people.roster_import import NO_DIRECTORY, apply, look_at
from bot.people.roster_preview import Preview
from bot.people.roster_text import read_table
from runtime.commands.matching_commands import run_match, yardstick
from runtime.commands.matching_inputs import FileProblem
from runtime.rehearsal.plan import planned
from tests.support.cast import HERE

ROSTERS = Path(__file__).parent / "rosters"
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)


def reading(name: str) -> RosterReading:
    return read_roster(read_table((ROSTERS / name).read_bytes(), filename=name))


async def seen(
    database: Database, name: str, *, directory: Directory = NO_DIRECTORY, role: Role | None = None
) -> Preview:
    async with database.reading() as connection:
        return await look_at(connection, HERE, reading(name), directory=directory, role=role)


async def imported(
    database: Database, name: str, *, directory: Directory = NO_DIRECTORY, role: Role | None = None
) -> dict[str, Member]:
    """The members by Slack id, after this list."""
    shown = await seen(database, name, directory=directory, role=role)
    assert shown.problems == ()
    async with database.writing() as connection:
        await apply(connection, HERE, shown, by="U0CLEO", now=NOW, barriers_confirmed=True)
        return {str(m.slack_user_id): m for m in await store.members(connection, HERE)}


def slack(*people: tuple[str, str, str | None]) -> Directory:
    """A directory of everybody: id, address and zone."""
    profiles = [
        Profile(slack_user_id=SlackUserId(key), name=f"{key} in Slack", email=email, timezone=zone)
        for key, email, zone in people
    ]
    return Directory(profiles={one.slack_user_id: one for one in profiles}, is_whole=True)


def matched(name: str, folder: Path) -> dict[str, object]:
    return run_match(
        ROSTERS / name, out=folder / "proposal.csv", report=folder / "report.json", starts=NOW
    )


async def test_a_second_list_with_fewer_columns_changes_what_it_says_alone(
    database: Database,
) -> None:
    before = await imported(database, "reimport_1_full.csv")

    shown = await seen(database, "reimport_2_capacity_only.csv")
    after = await imported(database, "reimport_2_capacity_only.csv")

    [change] = shown.changed
    assert (change.name, shown.unchanged, shown.new) == ("Asha Rao", 2, ())
    assert [(one.field, one.before, one.after) for one in change.fields] == [("capacity", 1, 3)]
    assert after == before | {"U0MEN1": replace(before["U0MEN1"], capacity=3)}
    assert after["U0TEE1"].supervised_by == after["U0TEE1"].prefers == ("U0MEN1",)


@pytest.mark.parametrize(
    ("name", "barriers"),
    [
        ("names_in_avoid_min.csv", {"U0TEE1": {"U0MEN1"}}),
        ("names_in_avoid.csv", {"U0TEE1": {"U0MEN1"}, "U0TEE2": {"U0MEN1"}}),
        ("avoid_comma_list.csv", {"U0TEE1": {"U0MEN1", "U0MEN2"}, "U0TEE2": {"U0MEN1", "U0MEN2"}}),
    ],
)
async def test_people_named_in_a_barrier_are_kept_by_slack_id(
    database: Database, name: str, barriers: dict[str, set[str]]
) -> None:
    people = await imported(database, name)

    assert {who: {*people[who].avoid, *people[who].supervised_by} for who in barriers} == barriers


@pytest.mark.parametrize("name", ["names_in_avoid_min.csv", "avoid_comma_list.csv"])
def test_whom_a_barrier_names_is_never_matched(name: str, tmp_path: Path) -> None:
    report = matched(name, tmp_path)

    assert report["seated"] == 0


def test_a_barrier_by_name_leaves_the_other_mentor(tmp_path: Path) -> None:
    report = matched("names_in_avoid.csv", tmp_path)

    assert report["seated"] == 1
    assert "U0MEN1" not in (tmp_path / "proposal.csv").read_text()


async def test_a_mistyped_address_in_a_barrier_stops_the_import_and_match(
    database: Database, tmp_path: Path
) -> None:
    shown = await seen(database, "avoid_email_typo.csv")
    with pytest.raises(FileProblem) as refused:
        matched("avoid_email_typo.csv", tmp_path)
    with pytest.raises(OperatorFacing) as not_played:
        planned(ROSTERS / "avoid_email_typo.csv", template="term_12", starts_on=None, seed=0)

    assert len(shown.problems) == 1
    for sentence in (shown.problems[0], refused.value.sentences[0], not_played.value.reason):
        assert "ine 3, avoid: “asha@exmaple.org” is nobody in this list" in sentence
        assert "did you mean asha@example.org?" in sentence


async def test_one_person_in_two_rows_has_two_roles_and_is_never_matched_with_themself(
    database: Database, tmp_path: Path
) -> None:
    people = await imported(database, "both_roles_two_rows.csv")
    matched("both_roles_two_rows.csv", tmp_path)

    assert people["U0TWO2"].roles == {Role.MENTOR, Role.MENTEE}
    assert len(people) == 3
    assert "U0TWO2,U0TWO2" not in (tmp_path / "proposal.csv").read_text()


async def test_a_second_role_and_a_raised_capacity_change_nothing_else(database: Database) -> None:
    before = await imported(database, "fifteen_people.csv")

    after = await imported(database, "second_role_and_capacity.csv")

    gus, bo = before["U0M03"], before["U0BOLI"]
    both = frozenset({Role.MENTEE, Role.PEER_MENTOR})
    assert after == before | {
        "U0M03": replace(gus, roles=both, capacity=6),
        "U0BOLI": replace(bo, capacity=5),
    }


async def test_late_joiners_are_added_and_told_apart_from_who_changes(database: Database) -> None:
    await imported(database, "fifteen_people.csv")

    shown = await seen(database, "late_joiners.csv")

    assert [(one.name, *one.roles) for one in shown.new] == [
        ("Lucy Later", Role.MENTEE),
        ("Depp Utty", Role.COORDINATOR),
    ]
    assert [one.name for one in shown.changed] == ["Chen Wu"]


async def test_people_without_ids_are_found_by_address_and_others_are_named_with_their_line(
    database: Database,
) -> None:
    directory = slack(
        ("U0CLEO", "cleo@h.example", "Europe/Paris"), ("U0ASHA", "asha@h.example", "Asia/Kolkata")
    )

    shown = await seen(database, "no_slack_ids.csv", directory=directory)
    people = await imported(database, "no_slack_ids.csv", directory=directory)

    assert [one.sentence for one in shown.left_out] == [
        "Line 4: Edie Marsh was not found in Slack."
    ]
    assert {who: one.timezone for who, one in people.items()} == {
        "U0CLEO": "Europe/Paris",
        "U0ASHA": "Asia/Kolkata",
    }


async def test_slacks_own_export_is_known_and_the_role_is_asked_for(database: Database) -> None:
    asked = await seen(database, "slack_member_export.csv")
    people = await imported(database, "slack_member_export.csv", role=Role.MENTEE)

    assert asked.needs_role
    assert not reading("slack_member_export.csv").needs_mapping
    assert {one.name: set(one.roles) for one in people.values()} == {
        "Edie Marsh": {Role.MENTEE},
        "Asha Rao": {Role.MENTEE},
    }


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("semicolons.csv", {"Cleo Lead", "Asha Rao"}),
        ("excel_german_utf8.csv", {"Jürgen Groß", "Edie Marsh"}),
        ("excel_german_lists.csv", {"Jürgen Groß", "Edie Marsh"}),
        ("excel_sep_comma.csv", {"Eva"}),
        ("google_form.csv", {"Edie Marsh", "Asha Rao"}),
        ("google_form_renamed.csv", {"Edie Marsh", "Asha Rao"}),
    ],
)
async def test_what_spreadsheets_and_forms_write_is_read_without_a_question(
    database: Database, name: str, people: set[str]
) -> None:
    assert not reading(name).needs_mapping
    assert reading(name).warnings == ()
    assert {one.name for one in (await imported(database, name)).values()} == people


def test_a_list_within_quotation_marks_is_read_by_its_semicolons() -> None:
    assert reading("excel_german_lists.csv").rows[0].interests == ("Ethik", "Sono")


def test_interests_by_comma_and_by_semicolon_give_the_same_proposal(tmp_path: Path) -> None:
    by_comma = matched("interests_by_comma.csv", tmp_path)
    proposal = (tmp_path / "proposal.csv").read_text()
    by_semicolon = matched("interests_by_semicolon.csv", tmp_path)

    assert by_comma["total"] == by_semicolon["total"]
    assert proposal == (tmp_path / "proposal.csv").read_text()
    assert "commas divide the list" in str(by_comma["warnings"])


async def test_zones_that_are_no_places_are_questions_unless_slack_knows(
    database: Database,
) -> None:
    everybody = [
        (row.slack_id or "", row.email or "") for row in reading("timezones_real.csv").rows
    ]
    in_slack = slack(*((who, email, "America/Chicago") for who, email in everybody))

    alone = await seen(database, "timezones_real.csv")
    known = await seen(database, "timezones_real.csv", directory=in_slack)
    people = await imported(database, "timezones_real.csv", directory=in_slack)

    assert len(alone.problems) == 23
    assert "Line 13, timezone: “Kolkata” is no place; did you mean Asia/Kolkata?" in alone.problems
    assert any(one.startswith("Line 2, timezone: “EST” is no place") for one in alone.problems)
    assert known.problems == ()
    assert len(known.warnings) == 23
    assert (people["U0Z00"].timezone, people["U0Z03"].timezone, people["U0Z13"].timezone) == (
        "America/Chicago",
        "America/New_York",
        "Asia/Kolkata",
    )


async def test_the_usual_capacity_is_the_same_everywhere_and_it_is_said(
    database: Database, tmp_path: Path
) -> None:
    shown = await seen(database, "no_capacity.csv")
    report = matched("no_capacity.csv", tmp_path)

    said = "No capacity is given on line 3; a new mentor is taken to have room for 6 mentees."
    assert said in shown.warnings
    assert f"no_capacity.csv: {said}" in report["warnings"]  # type: ignore[operator]
    assert next(one.capacity for one in shown.new if one.is_mentor) == 6
    assert report["seated"] == 3


def test_advice_names_the_limit_that_binds_and_following_it_seats_everybody(
    tmp_path: Path,
) -> None:
    by = yardstick("term_12", None)
    assert by.wishes is not None
    larger = replace(by, wishes=replace(by.wishes, max_size=9))
    two = (ROSTERS / "one_mentor_11.csv").read_text() + "U0MEN9,Bo Lindqvist,mentor,2\n"
    (tmp_path / "two.csv").write_text(two)
    files = {"out": tmp_path / "proposal.csv", "report": tmp_path / "report.json", "starts": NOW}

    told = run_match(ROSTERS / "one_mentor_11.csv", by=by, **files)  # type: ignore[arg-type]
    wider = run_match(ROSTERS / "one_mentor_11.csv", by=larger, **files)  # type: ignore[arg-type]
    shared = run_match(tmp_path / "two.csv", by=by, **files)  # type: ignore[arg-type]

    [advice] = told["advice"]
    assert advice == (
        "One more seat is needed, and the template allows 8 mentees in a group: add another "
        "mentor, or allow larger groups in the template."
    )
    [left] = told["unseated"]
    assert "the template allows 8 mentees in a group" in left["reason"]
    assert left["smallest_change"] == (
        "One more mentor, or groups of up to 9 mentees in the template."
    )
    assert wider["seated"] == shared["seated"] == 9
