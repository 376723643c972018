"""CONFIG_DIR: what an operator adds or puts in place, and a sentence for what is wrong in it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from config.catalogue import SHIPPED, load_catalogue

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/bring-your-own-frameworks.md"
ROSTER = ROOT / "docs/samples/roster.csv"
FRAMEWORK = "frameworks/thesis.yaml"
PROGRAMME = "programmes/thesis_20.yaml"


def write_the_example(folder: Path) -> None:
    """Write the example of the how-to page."""
    for name, text in re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n{text}", encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    write_the_example(folder)
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(own: Path) -> list[str]:
    with pytest.raises(OperatorFacing) as caught:
        load_catalogue(own=own)
    return caught.value.reason.split("\n")


def test_the_example_of_the_page_is_added_to_what_ships(own: Path) -> None:
    shipped, found = load_catalogue(), load_catalogue(own=own)

    assert set(found.frameworks) == {*shipped.frameworks, "thesis"}
    assert set(found.instruments) == {*shipped.instruments, "thesis_pulse"}
    assert set(found.templates) == {*shipped.templates, "thesis_20"}
    assert (found.weights.interests, found.weights.site) == (40, 0)
    assert found.weights.languages == shipped.weights.languages
    assert found.conduct == shipped.conduct


def test_a_file_with_an_id_that_ships_goes_before_it(own: Path) -> None:
    change(own / PROGRAMME, "id: thesis_20", "id: term_12")

    found = load_catalogue(own=own)

    assert found.templates["term_12"].weeks == 20
    assert len(found.templates) == len(load_catalogue().templates)


def test_a_programme_that_was_replaced_need_not_fit_any_more(own: Path) -> None:
    change(own / FRAMEWORK, "id: thesis", "id: miller_is")
    change(own / PROGRAMME, "id: thesis_20", "id: year_40")
    change(own / PROGRAMME, "framework: thesis", "framework: miller_is")

    assert load_catalogue(own=own).templates["year_40"].framework_id == "miller_is"


def test_a_code_of_conduct_of_ones_own_takes_the_place_of_the_other(own: Path) -> None:
    (own / "conduct.yaml").write_text("introduction: Ours\npromises: [Be kind]\nlimits: [Few]")

    assert load_catalogue(own=own).conduct.introduction == "Ours"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (PROGRAMME, "weeks: 20", "weeks: many", ", line 5, weeks: input should be a valid integer"),
        (
            PROGRAMME,
            "framework: thesis",
            "framework: theses",
            ", line 6, framework: names the framework theses, which is not there; use one of acgme",
        ),
        (
            PROGRAMME,
            "Writing: 4",
            "Righting: 4",
            ", line 17, checkins.every_weeks_by_stage.Righting: names the stage Righting, which ",
        ),
        (
            PROGRAMME,
            "instrument: thesis_pulse",
            "instrument: joy",
            ", line 24, pulse.instrument: names the instrument joy, which is not there",
        ),
        (FRAMEWORK, "name: Asking", "nome: Asking", ", line 6, levels[1].name: field required"),
        (
            FRAMEWORK,
            "name: Asking",
            "name: 1",
            ", line 6, levels[1].name: must be words; put it in quotation marks",
        ),
        (
            FRAMEWORK,
            "What is the smallest next step, and",
            "This week: what is the smallest next step, and",
            ", line 15, levels[1].lenses.act[1]: must be words; put it in quotation marks",
        ),
        (
            FRAMEWORK,
            "      think:",
            "      thinking:",
            ", line 11, levels[1].lenses: 'thinking' is not a lens; use act, feel, think",
        ),
        (
            FRAMEWORK,
            "        - What is the smallest next step, and when will you take it?\n",
            "        []\n",
            ", line 11, levels[1].lenses: the lens 'act' needs at least one prompt",
        ),
        (
            FRAMEWORK,
            "smallest next step",
            "smallest next step " + "of all those that you can think of " * 4,
            ", line 15, levels[1].lenses.act[1]: string should have at most 150 characters",
        ),
        (
            FRAMEWORK,
            "    summary: You are putting it into words that others can follow.\n",
            "    summary: You are putting it into words.\n    exit_criteria: [It is done.]\n",
            ", line 5, levels: 'Writing' is the last stage, so leave its exit_criteria out",
        ),
        ("matching.yaml", "site: 0", "site: near", ", line 3, site: must be a number, not "),
    ],
)
def test_a_wrong_file_is_named_by_path_line_and_field(
    own: Path, file: str, old: str, new: str, said: str
) -> None:
    change(own / file, old, new)

    assert problems(own)[0].startswith(f"{own / file}{said}")


def test_a_shipped_programme_that_lost_its_stage_is_named(own: Path) -> None:
    change(own / FRAMEWORK, "id: thesis", "id: miller_is")
    change(own / PROGRAMME, "framework: thesis", "framework: miller_is")

    found = problems(own)

    assert all(one.startswith("programmes/year_40.yaml, line ") for one in found)
    assert all("names the stage" in one for one in found)


@pytest.mark.parametrize("stray", ["framework/mine.yaml", "weights.yaml", "programmes/mine.yml"])
def test_what_would_not_be_read_is_refused(own: Path, stray: str) -> None:
    (own / stray).parent.mkdir(exist_ok=True)
    (own / stray).write_text("id: mine")

    [problem] = problems(own)

    assert stray.removesuffix("/mine.yaml") in problem
    assert (
        "is not read; Cairn reads conduct.yaml, consent.yaml, matching.yaml, peers.yaml and the"
        in problem
    )


def test_an_empty_folder_is_a_sentence(tmp_path: Path) -> None:
    assert "holds nothing that Cairn reads" in problems(tmp_path)[0]


def test_what_a_container_or_an_editor_leaves_there_does_no_harm(own: Path) -> None:
    (own / "..data").mkdir()
    (own / "README.md").write_text("Ours.")

    assert "thesis" in load_catalogue(own=own).frameworks


def run(*command: object, own: Path) -> tuple[int, str]:
    """Run a command as a process of its own: it sets up logs, which a test must not keep."""
    done = subprocess.run(
        [sys.executable, ROOT / "app.py", *map(str, command)],
        env={**os.environ, "CONFIG_DIR": str(own)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_match_knows_the_programmes_of_the_folder(own: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out.csv", "--report", tmp_path / "out.json")

    code, said = run("match", "--roster", ROSTER, *out, "--template", "thesis_20", own=own)

    assert code == 0, said


def test_rehearse_and_match_refuse_a_wrong_folder_in_one_sentence(
    own: Path, tmp_path: Path
) -> None:
    change(own / PROGRAMME, "weeks: 20", "weeks: many")
    out = ("--out", tmp_path / "out.csv", "--report", tmp_path / "out.json")

    for command in (("rehearse", "--roster", ROSTER), ("match", "--roster", ROSTER, *out)):
        code, said = run(*command, own=own)

        assert code == 1
        assert said.startswith(f"{own / PROGRAMME}, line 5, weeks: ")


def test_a_roster_is_checked_against_the_stages_of_the_folder(own: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("slack_id,name,role,stage\nU0000001,Bob,mentee,Asking\n")
    check = ("import-roster", roster, "--check")

    there = run(*check, own=own)[1]
    (own / FRAMEWORK).unlink()
    (own / PROGRAMME).unlink()

    assert "is in no framework" not in there
    assert "stage “Asking” is in no framework" in run(*check, own=own)[1]


def test_doctor_says_what_is_ones_own_or_what_is_wrong(own: Path) -> None:
    said = run("doctor", own=own)[1]
    change(own / PROGRAMME, "weeks: 20", "weeks: many")
    wrong = run("doctor", own=own)[1]

    assert (
        f"{own} adds or replaces 1 framework, 1 instrument, 1 programme and matching.yaml." in said
    )
    assert "thesis come again soon: 3 lists of prompts under 10, 2 lists of questions" in said
    assert "Questions of miller_is" not in said
    assert f"FIX   {own / PROGRAMME}, line 5, weeks: " in wrong


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    code, said = run("doctor", own=tmp_path / "nowhere")

    assert code == 1
    assert "FIX   CONFIG_DIR names " in said


LETTER = (SHIPPED / "letters" / "letter.yaml").read_text()


def test_letters_have_an_operators_own_words_and_logo(own: Path) -> None:
    (own / "letters").mkdir()
    (own / "letters" / "logo.png").write_bytes(b"a picture")
    words = LETTER.replace("logo:", "logo: logo.png").replace("With thanks", "Yours")
    (own / "letters" / "letter.yaml").write_text(words)

    papers = load_catalogue(own=own).papers

    assert papers.wording.closing == "Yours"
    assert papers.logo == b"a picture"
    assert papers.letter == (SHIPPED / "letters" / "letter.typ").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{groups}", "{mentees}", "paragraphs: names a field that is not one of"),
        ("{groups}", "{groups", "paragraphs: has a brace without its other half"),
        ("{groups}", "{name.__class__}", "paragraphs: names a field that is not one of"),
        ("logo:", "logo: ../../secret.png", "logo: "),
        ("logo:", "logo: gone.png", "cannot be read"),
        ("opening: To whom it may concern", "opening: ''", "opening: "),
    ],
)
def test_a_letter_that_cannot_be_written_is_a_sentence(
    own: Path, old: str, new: str, said: str
) -> None:
    (own / "letters").mkdir()
    assert old in LETTER
    (own / "letters" / "letter.yaml").write_text(LETTER.replace(f"\n{old}", f"\n{new}"))
    if old == "{groups}":
        text = LETTER.replace(f"has {old}", f"has {new}")
        (own / "letters" / "letter.yaml").write_text(text)

    [problem] = problems(own)

    assert said in problem
    assert str(own / "letters") in problem


def test_what_would_not_be_read_of_letters_is_refused(own: Path) -> None:
    (own / "letters").mkdir()
    (own / "letters" / "letters.yml").write_text("opening: Dear all")

    [problem] = problems(own)

    assert "letters.yml is not read" in problem
