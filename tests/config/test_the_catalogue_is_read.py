"""The YAML files: those that ship, and a sentence for everything wrong in one's own."""

import shutil
from datetime import time
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.people.model import Role
from bot.programme.model import Milestone
from config.catalogue import SHIPPED, Catalogue, load_catalogue

TERM = "programmes/term_12.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be spoilt."""
    for name in ("frameworks", "instruments", "letters", "programmes"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    for name in ("conduct.yaml", "consent.yaml", "matching.yaml", "peers.yaml"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(OperatorFacing) as caught:
        load_catalogue(folder)
    assert caught.value.permanent
    return caught.value.reason.split("\n")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


def test_what_ships_is_whole(shipped: Catalogue) -> None:
    assert "miller_is" in shipped.frameworks
    assert {template.weeks for template in shipped.templates.values()} == {12, 40}
    assert all(
        template.instrument_id in shipped.instruments for template in shipped.templates.values()
    )
    assert shipped.conduct.promises


def test_a_template_is_read_field_by_field(shipped: Catalogue) -> None:
    year = shipped.templates["year_40"]

    assert (year.checkin_weekday, year.checkin_time) == (0, time(8, 30))
    assert (year.nudge_weekday, year.nudge_time) == (0, time(9))
    assert (year.pulse_weekday, year.pulse_first_week, year.pulse_open_days) == (1, 5, 6)
    assert year.checkin_weeks_for("Is") == 4
    assert year.pulse_cell_level == "group"
    assert year.checkin_weeks_for("Knows") == year.checkin_weeks_for(None) == 2
    assert year.milestones[0] == Milestone(
        audience=Role.MENTEE,
        first_week=-4,
        last_week=0,
        text="Fill in your profile and name the mentors you would like to work with.",
    )


@pytest.mark.parametrize("role", [Role.MENTEE, Role.MENTOR, Role.COORDINATOR])
def test_every_week_of_a_shipped_template_has_something_to_do(
    shipped: Catalogue, role: Role
) -> None:
    for template in shipped.templates.values():
        weeks = {
            week
            for one in template.milestones
            if one.audience is role
            for week in range(one.first_week, one.last_week + 1)
        }

        assert set(range(template.weeks + 1)) <= weeks, template.id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'time: "08:30"',
            "time: 10:00",
            ", line 18, checkins.time: write a time in quotation marks",
        ),
        ('time: "08:30"', 'time: "25:00"', ", line 18, checkins.time: write a time"),
        (
            "weekday: tuesday",
            "weekday: someday",
            ", line 26, pulse.weekday: write a day of the",
        ),
        ("weeks: 12", "weeks: twelve", ", line 5, weeks: input should be a valid integer"),
        ("weeks: 12", "weeks: 500", ", line 5, weeks: input should be less than or equal to 104"),
        ("weeks: 12\n", "", ", line 1, weeks: field required"),
        ("weeks: 12", "weaks: 12", ", line 5, weaks: extra inputs are not permitted"),
        (
            "open_days: 6",
            "open_days: 2",
            ", line 28, pulse.open_days: input should be great",
        ),
        ("every_weeks: 4", "every_weeks: 1", ", line 22, pulse: a week must lie between a"),
        ("mentees_min: 4", "mentees_min: 9", ", line 29, groups: mentees_min is more than"),
        (
            "weeks: [1, 1]",
            "weeks: [1]",
            ", line 45, calendar[2].weeks: list should have at",
        ),
        ("weeks: [1, 1]", "weeks: [2, 1]", ", line 45, calendar[2]: weeks ends before it begins"),
        ("weeks: 12", "weeks: 6", ", line 1: calendar names week 12, and there are 6 weeks"),
        ("id: term_12", "id: Term 12", ", line 2, id: string should match pattern"),
        ("weeks: 12", "weeks: 12\nweeks: 13", ", line 6: weeks stands here twice; keep one"),
        ("  first_week: 2", "\tfirst_week: 2", ", line 15: this is not YAML"),
        ("goals: 4", "gaols: 3", ", line 7, uses: gaols is nothing that a programme may use; cho"),
        ("goals: 4", "goals: often", ", line 12, uses.goals: input should be a valid integer"),
        ("goals: 4", "goals: 13", ", line 1: uses.goals names week 13, and there are 12 weeks"),
        ("weeks: 12", "weeks: [12", ", line 6: this is not YAML"),
    ],
)
def test_a_spoilt_template_is_a_sentence_with_file_line_and_field(
    folder: Path, old: str, new: str, said: str
) -> None:
    change(folder / TERM, old, new)

    assert any(line.startswith(TERM + said) for line in problems(folder)), problems(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", " is empty; fill it in or remove it."),
        (b"# nothing\n", " is empty; fill it in or remove it."),
        (b"name: Zo\xeb", " is not in UTF-8; save it again as UTF-8."),
        (b"just words", ", line 1: input should be a valid dictionary"),
        (b"!!python/object/apply:os.getcwd []", ", line 1: this is not YAML"),
        (b"? [1]\n: 2", ", line 1: this is a list where a name belongs; write one word."),
        (b"a: &a [*a]", ", line 1: this refers to another place; write here what stands there."),
    ],
)
def test_a_file_that_is_no_template_is_a_sentence(folder: Path, content: bytes, said: str) -> None:
    (folder / TERM).write_bytes(content)

    (sentence, *_) = problems(folder)

    assert sentence.startswith(TERM + said)


def test_every_file_with_a_problem_is_named(folder: Path) -> None:
    (folder / TERM).write_text("")
    (folder / "conduct.yaml").write_text("promises: []")
    change(folder / "frameworks/miller_is.yaml", "id: miller_is", "id: 7")

    said = "\n".join(problems(folder))

    assert "programmes/term_12.yaml is empty" in said
    assert "frameworks/miller_is.yaml, line " in said
    assert "conduct.yaml, line 1, promises: list should have at least 1 item" in said


def test_the_weights_of_the_matching_are_read_and_checked(folder: Path) -> None:
    change(folder / "matching.yaml", "interests: 20", "interests: 35")

    assert load_catalogue(folder).weights.interests == 35

    change(folder / "matching.yaml", "interests: 35", "interests: many")
    [problem] = problems(folder)
    assert "matching.yaml, line 14, interests: must be a number, not 'many'" in problem


def test_two_files_with_one_id_are_refused(folder: Path) -> None:
    shutil.copy(folder / TERM, folder / "programmes/zzz.yaml")

    assert problems(folder) == [
        (
            "programmes/zzz.yaml, line 2, id: another file has the id term_12 already; "
            "choose a different one."
        )
    ]


def test_a_folder_without_files_is_a_sentence(folder: Path) -> None:
    for path in (folder / "programmes").iterdir():
        path.unlink()

    assert problems(folder) == ["programmes holds no .yaml file; put at least one there."]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            TERM,
            "framework: miller_is",
            "framework: miler",
            "names the framework miler, which is",
        ),
        (TERM, "instrument: safety", "instrument: joy", "names the instrument joy, which is"),
        ("programmes/year_40.yaml", "Does: 3", "Dose: 3", "names the stage Dose, which miller_is"),
    ],
)
def test_a_name_with_nothing_behind_it_is_refused(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    change(folder / file, old, new)

    (sentence,) = problems(folder)

    assert said in sentence


def test_the_pulse_may_report_on_the_programme_as_a_whole(folder: Path) -> None:
    change(folder / TERM, "  open_days: 6\n", "  open_days: 6\n  cell_level: programme\n")

    assert load_catalogue(folder).templates["term_12"].pulse_cell_level == "programme"


def test_the_pulse_reports_on_nothing_else(folder: Path) -> None:
    change(folder / TERM, "  open_days: 6\n", "  open_days: 6\n  cell_level: mentor\n")

    (problem,) = problems(folder)

    assert "pulse.cell_level" in problem


def test_every_stage_but_the_last_says_what_comes_before_the_next(shipped: Catalogue) -> None:
    for framework in shipped.frameworks.values():
        *earlier, last = framework.levels

        assert all(2 <= len(level.exit_criteria) <= 4 for level in earlier), framework.id
        assert not last.exit_criteria


def test_a_framework_may_leave_its_exit_criteria_out(folder: Path) -> None:
    change(
        folder / "frameworks/rime.yaml",
        "    exit_criteria:\n"
        "      - Others rely on what you report, and seldom have to ask again.\n"
        "      - You keep apart what you saw, what you were told and what you think.\n"
        "      - You say so when you do not know, and come back with the answer.\n",
        "",
    )

    assert load_catalogue(folder).frameworks["rime"].levels[0].exit_criteria == ()


def test_the_last_stage_has_no_exit(folder: Path) -> None:
    change(
        folder / "frameworks/rime.yaml",
        "    summary: You find out what is not known, and help others to learn.\n",
        "    summary: You find out what is not known, and help others to learn.\n"
        "    exit_criteria: [You have taught somebody.]\n",
    )

    [problem] = problems(folder)

    assert ", levels: 'Educator' is the last stage, so leave its exit_criteria out" in problem
