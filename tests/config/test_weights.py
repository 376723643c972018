"""The weights that come with Cairn, and what is said about bad ones."""

from functools import partial
from pathlib import Path

import pytest
import yaml

from bot.matching.model import Weights
from config.catalogue import YamlReader
from config.entries import weights_from

from_defaults = partial(weights_from, Weights())
CONFIG = Path(__file__).parents[2] / "config" / "matching.yaml"


def test_the_documented_weights_are_the_defaults_and_none_is_left_out() -> None:
    given = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))

    assert YamlReader().read(CONFIG, from_defaults) == Weights()
    assert set(given) == set(Weights.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("charm: 3", "line 1, charm: is no weight"),
        ("site: much", "line 1, site: must be a number, not 'much'"),
        ("site: .nan", "line 1: .nan is no date or number that there is"),
        ("ranks_counted: 0", "ranks_counted: must be a whole number from 1 to 100"),
        ("load_balance: -1", "load_balance: must lie between 0 and 1000"),
        ("site: 100000", "site: must lie between -1000 and 1000"),
        ("- 1", "input should be a valid dictionary"),
        ("site: [", "weights.yaml, line 2: this is not YAML"),
    ],
)
def test_a_bad_weight_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")

    reader = YamlReader()

    assert reader.read(path, from_defaults) is None
    assert sentence in reader.problems[0]
