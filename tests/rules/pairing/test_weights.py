"""The weights that come with Cairn, and what is said about bad ones."""

from pathlib import Path

import pytest
import yaml

from bot.pairing.files import FileProblem
from bot.pairing.model import Weights
from bot.pairing.weights import read_weights

CONFIG = Path(__file__).parents[3] / "config" / "matching.yaml"


def test_the_documented_weights_are_the_defaults_and_none_is_left_out() -> None:
    given = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))

    assert read_weights(CONFIG) == Weights()
    assert set(given) == set(Weights.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("charm: 3", "charm is no weight"),
        ("site: much", "site must be a number, not 'much'"),
        ("site: .nan", "site must be a number"),
        ("ranks_counted: 0", "ranks_counted must be a whole number from 1 to 100"),
        ("load_balance: -1", "load_balance must lie between 0 and 1000"),
        ("site: 100000", "site must lie between -1000 and 1000"),
        ("- 1", "write one `name: number` on each line"),
        ("site: [", "weights.yaml, line 1: this is not valid YAML"),
    ],
)
def test_a_bad_weight_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(FileProblem) as caught:
        read_weights(path)

    assert sentence in caught.value.sentences[0]
