import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.stages.model import Lens
from config.entries import MAX_PROMPT_CHARS, framework_from

FOLDER = Path(__file__).parents[2] / "config" / "frameworks"

LEVEL_NAMES = {
    "miller_is": ["Knows", "Knows how", "Shows how", "Does", "Is"],
    "dreyfus": ["Novice", "Advanced beginner", "Competent", "Proficient", "Expert"],
    "acgme": ["1", "2", "3", "4", "5"],
    "rcpsc_cbd": [
        "Transition to discipline",
        "Foundations",
        "Core",
        "Transition to practice",
    ],
    "epa": [
        "1 observe",
        "2 direct supervision",
        "3 indirect",
        "4 unsupervised",
        "5 supervises others",
    ],
    "rime": ["Reporter", "Interpreter", "Manager", "Educator"],
    "research_project": [
        "Pre-mentoring",
        "Initial meetings",
        "Data gathering",
        "Reviewing findings",
        "Manuscript",
        "Reflections",
    ],
}

SMALL: dict[str, Any] = {
    "id": "small",
    "name": "Small",
    "about": "Two levels.",
    "levels": [
        {
            "name": name,
            "summary": "A level.",
            "lenses": {"think": ["What did you notice?"], "feel": ["How was it?"]},
            "mentor_questions": ["What next?"],
        }
        for name in ("Low", "High")
    ],
}


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_framework_reads_and_bears_its_file_name(path: Path) -> None:
    framework = framework_from(read(path.stem))

    assert framework.id == path.stem
    assert [level.name for level in framework.levels] == LEVEL_NAMES[path.stem]


def test_lenses_keep_the_order_of_the_file() -> None:
    framework = framework_from(read("miller_is"))

    firsts = [level.lenses[0].lens for level in framework.levels]

    assert firsts == [Lens.THINK, Lens.THINK, Lens.ACT, Lens.ACT, Lens.FEEL]


def test_a_level_is_found_whatever_its_capitals() -> None:
    framework = framework_from(SMALL)

    assert framework.level(" high ") == framework.levels[1]
    assert framework.level(None) is None
    assert framework.position("High") == 1
    with pytest.raises(KeyError):
        framework.position("Higher")


def _first(**changes: Any) -> dict[str, Any]:
    mapping = copy.deepcopy(SMALL)
    mapping["levels"][0] |= changes
    return mapping


def _lenses(lenses: dict[str, list[str]]) -> dict[str, Any]:
    return _first(lenses=lenses)


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({key: value for key, value in SMALL.items() if key != "id"}, "id"),
        (SMALL | {"id": "Small Framework"}, "id"),
        (SMALL | {"levels": SMALL["levels"][:1]}, "levels"),
        (_lenses({"smell": ["What?"]}), "levels.0.lenses"),
        (_lenses({}), "levels.0.lenses"),
        (_lenses({"think": []}), "levels.0.lenses"),
        (_lenses({"think": ["x" * (MAX_PROMPT_CHARS + 1)]}), "levels.0.lenses.think.0"),
        (_lenses({"think": ["What?", "what?"]}), "levels.0.lenses"),
        (_first(name="HIGH"), "levels"),
        (_first(mentor_question=["What?"]), "levels.0.mentor_question"),
        (_first(name=1), "levels.0.name"),
        (_first(mentor_questions=[]), "levels.0.mentor_questions"),
    ],
)
def test_a_problem_names_its_field(mapping: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        framework_from(mapping)

    fields = [".".join(map(str, error["loc"])) for error in caught.value.errors()]
    assert field in fields


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_a_file_that_is_no_mapping_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        framework_from(value)
