"""match and rotate with files: good ones answered whole, bad ones named by line and reason."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.matching.model import GroupWishes
from bot.people.roster import COLUMNS
from runtime.commands.matching_commands import Yardstick, run_match, run_rotate, write_all
from runtime.commands.matching_inputs import FileProblem, read_history

STARTS = datetime(2027, 1, 4, 9, tzinfo=UTC)
TWO_TO_FOUR = Yardstick(wishes=GroupWishes(min_size=2, max_size=4))
HEADER = ",".join(COLUMNS)
ROSTER = f"""{HEADER}
U0BOB,Bob,bob@example.org,mentee,,1,Surgery,North,Europe/London,ethics;teaching,,U0ALICE,,
U0BEN,Ben,ben@example.org,mentee,,2,Medicine,South,,,,,,anna@example.org
U0ALICE,Alice,alice@example.org,mentor,1,3,Surgery,North,Asia/Singapore,ethics,,,,
U0ANNA,Anna,anna@example.org,mentor,,,,,,,,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def match(folder: Path, *, scores: str | None = None, **options: object) -> dict[str, object]:
    if scores is not None:
        (folder / "scores.csv").write_text(scores, encoding="utf-8")
        options["scores"] = folder / "scores.csv"
    return run_match(
        folder / "roster.csv",
        out=folder / "proposal.csv",
        report=folder / "report.json",
        starts=STARTS,
        **options,  # type: ignore[arg-type]
    )


def rotate(folder: Path, members: str, *, size: int = 2, **options: object) -> dict[str, object]:
    (folder / "members.csv").write_text(members, encoding="utf-8")
    return run_rotate(
        folder / "members.csv",
        size=size,
        rounds=options.pop("rounds", 1),  # type: ignore[arg-type]
        out=folder / "rounds.csv",
        report=folder / "report.json",
        **options,  # type: ignore[arg-type]
    )


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def written(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} & {"proposal.csv", "rounds.csv", "report.json"}


def test_a_roster_becomes_a_proposal_with_reasons_and_a_report(folder: Path) -> None:
    report = match(folder, capacity=0)

    rows = table(folder / "proposal.csv")
    assert [(r["mentee"], r["mentor"]) for r in rows] == [("U0BOB", "U0ALICE")]
    assert rows[0]["reasons"].startswith("The mentee's first choice; ")
    assert float(rows[0]["score"]) == report["total"] == report["upper_bound"]
    assert report["gap"] == 0
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == report


def test_who_is_left_out_is_in_the_report_with_what_would_help(folder: Path) -> None:
    report = match(folder, capacity=0)

    assert report["unseated"] == [
        {
            "mentee": "U0BEN",
            "reason": "Alice is full, and the other seats could not be freed.",
            "smallest_change": "Capacity 2 instead of 1 for Alice, or one more mentor at South.",
        }
    ]


def test_capacity_is_for_mentors_whose_row_is_silent(folder: Path) -> None:
    silent = match(folder)
    told = match(folder, capacity=0, scores="mentee,mentor,score\nU0BOB,U0ANNA,1\n")

    assert "No capacity is given on line 5; a new mentor is taken to have room for 6" in str(
        silent["warnings"]
    )
    assert told["seated"] == 0
    assert "Capacity 1 instead of 0 for Anna" in str(told["unseated"])


def test_scores_may_name_people_by_email_and_are_written_as_given(folder: Path) -> None:
    match(folder, scores="mentee,mentor,score\nbob@example.org,U0ANNA,0.12345678901234\n")

    assert "U0BOB,U0ANNA,0.12345678901234," in (folder / "proposal.csv").read_text()


def test_groups_are_composed_as_wished_with_the_proof_in_the_report(folder: Path) -> None:
    rows = [
        *(f"U0BOB{k},Bob {k},,mentee,,,,,,,,U0ALICE,," for k in range(3)),
        "U0BEN,Ben,,mentee,,,,,,,,U0ANNA,,",
        "U0ALICE,Alice,,mentor,4,,,,,,,,,",
        "U0ANNA,Anna,,mentor,4,,,,,,,,,",
    ]
    (folder / "roster.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")

    apart = match(folder)
    report = match(folder, by=TWO_TO_FOUR)

    assert apart["groups"] is None
    assert apart["total"] == 120
    assert report["groups"] == {
        "exceptions": 0,
        "fewest_exceptions": 0,
        "few_seats": 0,
        "value": 90.0,
        "upper_bound": 90.0,
        "gap": 0.0,
        "proven": True,
    }
    assert report["gap"] == 30
    sizes = Counter(r["mentor"] for r in table(folder / "proposal.csv"))
    assert min(sizes.values()) >= 2


def test_scores_go_into_groups_too_and_small_ones_are_named(folder: Path) -> None:
    scores = "mentee,mentor,score\nU0BOB,U0ANNA,2\nU0BEN,U0ALICE,3\n"

    report = match(folder, capacity=4, scores=scores, by=TWO_TO_FOUR)

    assert report["seated"] == 2
    assert report["groups"]["exceptions"] == 1  # type: ignore[index]
    assert "Anna: 1 of the 2 mentees that the programme wants in a group at least." in str(
        report["notes"]
    )


def test_scores_of_single_mentors_do_not_go_with_teams(folder: Path) -> None:
    with pytest.raises(FileProblem, match="Scores from outside go with single mentors"):
        match(
            folder,
            capacity=4,
            scores="mentee,mentor,score\nU0BOB,U0ANNA,2\n",
            by=Yardstick(wishes=GroupWishes(min_size=1, max_size=8, mentors=2)),
        )
    assert not written(folder)


def test_an_exclusion_outweighs_a_score(folder: Path) -> None:
    report = match(folder, scores="mentee,mentor,score\nU0BEN,U0ANNA,99\nU0BEN,U0ALICE,-5\n")

    assert report["total"] == -5


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ("U0BOB,U0ALICE,nan", "line 2: the score is not a number (NaN)"),
        ("U0BOB,U0ALICE,-inf", "line 2: the score is infinite"),
        ("U0BOB,U0ALICE,1e300", "line 2: the score 1e300 is too large"),
        ("U0BOB,U0ALICE,", "line 2: the score is empty"),
        ("U0BOB,U0ALICE,high", "line 2: the score 'high' is not a number"),
        ("U0BOB,U0BOB,1", "line 2: U0BOB cannot be their own mentor"),
        ("U0EVE,U0ALICE,1", "line 2: mentee U0EVE is not in the roster"),
        ("U0BOB,U0EVE,1", "line 2: mentor U0EVE is not in the roster"),
        ("U0ALICE,U0ANNA,1", "line 2: U0ALICE is in the roster, but not as a mentee"),
        ("U0BOB,U0ALICE", "line 2: a cell is missing"),
        (
            "U0BOB,U0ALICE,1\n\nbob@example.org,U0ALICE,2",
            "line 4: U0BOB with U0ALICE stands on line 2 already",
        ),
        ("U0BOB,U0ALICE,0,5", "line 2: there are 4 cells under 3 columns; write decimals with"),
        ('"U0BOB,U0ALICE,1', "line 2: the quotation marks do not close"),
        ("", "holds no scores"),
    ],
)
def test_a_bad_score_is_named_by_line_and_nothing_is_written(
    folder: Path, scores: str, sentence: str
) -> None:
    with pytest.raises(FileProblem) as caught:
        match(folder, scores=f"mentee,mentor,score\n{scores}\n")

    assert sentence in caught.value.sentences[0]
    assert caught.value.sentences[0].startswith("scores.csv")
    assert not written(folder)


@pytest.mark.parametrize(
    ("roster", "sentence"),
    [
        (b"", "roster.csv: The file is empty"),
        (b"%PDF-1.7", "roster.csv is a PDF; save the list as CSV or .xlsx"),
        (ROSTER.replace("mentor,1", "mentor,many").encode(), "roster.csv, line 4, capacity"),
        (
            ROSTER.replace("U0BEN,", "U0BOB,").encode(),
            "line 3, department: “Medicine” contradicts “Surgery” on line 2",
        ),
        (ROSTER.replace("mentee", "mentor").encode(), "nobody has the role mentee"),
        (ROSTER.replace("mentor", "mentee").encode(), "nobody has the role mentor"),
        (b"name,role\nBob,mentee\n", "roster.csv: No column holds an email address or a Slack"),
    ],
)
def test_a_bad_roster_is_named_and_nothing_is_written(
    folder: Path, roster: bytes, sentence: str
) -> None:
    (folder / "roster.csv").write_bytes(roster)

    with pytest.raises(FileProblem) as caught:
        match(folder)

    assert sentence in caught.value.sentences[0]
    assert not written(folder)


def test_a_byte_order_mark_and_unknown_columns_are_no_obstacle(folder: Path) -> None:
    lines = ROSTER.strip().splitlines()
    text = "\n".join([lines[0] + ",shoe_size", *(line + ",44" for line in lines[1:])])
    (folder / "roster.csv").write_text(text, encoding="utf-8-sig")

    report = match(folder)

    assert report["seated"] == 2
    assert "shoe_size" in str(report["warnings"])


def test_first_choices_in_a_circle_are_reported_and_matched_all_the_same(folder: Path) -> None:
    rows = [
        "U0BOB,Bob,,mentee,,,,,,,,U0ALICE,,",
        "U0ALICE,Alice,,mentor,1,,,,,,,U0BEN,,",
        "U0BEN,Ben,,mentee,,,,,,,,U0ANNA,,",
        "U0ANNA,Anna,,mentor,1,,,,,,,U0BOB,,",
    ]
    (folder / "roster.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")

    report = match(folder)

    assert report["seated"] == 2
    assert "First choices go in a circle, from Alice to Ben to Anna to Bob to Alice" in str(
        report["warnings"]
    )


def test_many_problems_are_cut_short(folder: Path) -> None:
    rows = "\n".join(f"U0BOB,U0EVE{k},1" for k in range(130))

    with pytest.raises(FileProblem) as caught:
        match(folder, scores=f"mentee,mentor,score\n{rows}\n")

    assert len(caught.value.sentences) == 101
    assert caught.value.sentences[-1] == "And 30 more of this kind."


def test_a_missing_file_is_said(folder: Path) -> None:
    with pytest.raises(FileProblem, match=r"nowhere\.csv cannot be read; check that it is there"):
        run_match(
            folder / "nowhere.csv",
            out=folder / "proposal.csv",
            report=folder / "report.json",
            starts=STARTS,
        )


def test_two_outputs_need_two_names(folder: Path) -> None:
    with pytest.raises(FileProblem, match="name the same file"):
        run_match(
            folder / "roster.csv", out=folder / "x.csv", report=folder / "x.csv", starts=STARTS
        )


def test_an_output_never_overwrites_what_is_read(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "roster.csv")

    for out in (folder / "roster.csv", folder / "link"):
        with pytest.raises(FileProblem, match=r"--out .* would overwrite what is read"):
            run_match(folder / "roster.csv", out=out, report=folder / "r.json", starts=STARTS)
    with pytest.raises(FileProblem, match=r"--report .* would overwrite what is read"):
        run_rotate(
            folder / "roster.csv",
            size=2,
            rounds=1,
            out=folder / "rounds.csv",
            report=folder / "roster.csv",
        )

    assert (folder / "roster.csv").read_text(encoding="utf-8") == ROSTER


def test_outputs_are_written_both_or_neither(folder: Path) -> None:
    report = folder / "nowhere" / "report.json"
    with pytest.raises(FileProblem) as caught:
        write_all({folder / "proposal.csv": "a", report: "b"})

    assert caught.value.sentences == (f"{report}: No such file or directory; nothing was written.",)
    assert {p.name for p in folder.iterdir()} == {"roster.csv"}


def test_a_column_named_twice_is_refused(folder: Path) -> None:
    with pytest.raises(FileProblem, match="the first line names score twice"):
        match(folder, scores="mentee,mentor,score,score\nU0BOB,U0ANNA,1,2\n")


def test_wishes_that_contradict_an_exclusion_are_reported_and_the_exclusion_holds(
    folder: Path,
) -> None:
    rows = [
        "U0BOB,Bob,,mentee,,,,,,,,U0ALICE,,U0ALICE",
        "U0BEN,Ben,,mentee,,,,,,,,U0ALICE,U0ALICE,",
        "U0ALICE,Alice,,mentor,2,,,,,,,,,",
    ]
    (folder / "roster.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")

    report = match(folder)

    assert report["seated"] == 0
    said = str(report["warnings"])
    assert "roster.csv, line 2: U0ALICE stands under prefers and supervised_by" in said
    assert "roster.csv, line 3: somebody stands under prefers and avoid" in said


def test_members_become_rounds_and_a_report(folder: Path) -> None:
    report = rotate(folder, "member\nalice\nbob\ncarol\nkim\n", rounds=3)

    rows = table(folder / "rounds.csv")
    assert len(rows) == 12
    assert {r["round"] for r in rows} == {"1", "2", "3"}
    assert report["repeated_pairs"] == report["lower_bound"] == 0


def test_columns_that_nobody_asked_for_are_left_out_with_a_warning(folder: Path) -> None:
    matched = match(folder, scores="mentor,mentee,score,mood\nU0ANNA,U0BOB,1,fine\n")
    rotated = rotate(folder, "member,shoe\nalice,40\nbob,41\n")

    assert "scores.csv: mood was left out." in str(matched["warnings"])
    assert "members.csv: shoe was left out." in str(rotated["warnings"])


def test_a_history_steers_the_rounds_and_meetings_not_held_do_not_count(folder: Path) -> None:
    history = folder / "history.csv"
    history.write_text(
        "round,group,member,held\n1,1,alice,yes\n1,1,bob,yes\n2,1,alice,no\n2,1,carol,no\n",
        encoding="utf-8",
    )

    report = rotate(folder, "member\nalice\nbob\ncarol\nkim\n", rounds=2, history=history)

    assert read_history(history) == (("alice", "bob"),)
    assert report["repeated_pairs"] == 0


@pytest.mark.parametrize(
    ("members", "options", "sentence"),
    [
        ("member\n", {}, "members.csv names nobody"),
        ("name\nbob\n", {}, "members.csv: the first line lacks member"),
        ("member\nbob\n", {}, "members.csv names 1; a rotation needs from 2"),
        ("member\nbob\nalice\nbob\n", {}, "members.csv, line 4: bob stands on line 2 already"),
        ("member,x\nbob,1\n,1\n", {}, "members.csv, line 3: member is empty"),
        ("member\nbob\nalice\n", {"size": 1}, "--size 1 is too small"),
        ("member\nbob\nalice\n", {"rounds": 0}, "--rounds 0 is out of range"),
        ("member\nbob\nalice\n", {"time_limit_s": -1.0}, "--time-limit -1 must be above 0"),
    ],
)
def test_a_bad_rotation_is_named_and_nothing_is_written(
    folder: Path, members: str, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(FileProblem) as caught:
        rotate(folder, members, **options)  # type: ignore[arg-type]

    assert sentence in caught.value.sentences[0]
    assert not written(folder)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1,,bob", "history.csv, line 3: round, group and member must be filled"),
        ("1,2,bob,perhaps", "history.csv, line 3: held must be yes or no, not perhaps"),
        ("1,2,alice", "history.csv, line 3: alice is in round 1 already, on line 2"),
    ],
)
def test_a_bad_history_is_named(folder: Path, row: str, sentence: str) -> None:
    history = folder / "history.csv"
    history.write_text(f"round,group,member,held\n1,1,alice\n{row}\n", encoding="utf-8")

    with pytest.raises(FileProblem) as caught:
        rotate(folder, "member\nalice\nbob\n", history=history)

    assert sentence in caught.value.sentences[0]
