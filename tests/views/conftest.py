"""Golden JSON: what a view looks like, kept beside the tests and compared letter by letter.

`pytest tests/views --update-golden` writes the files anew; read the difference before keeping it.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.kernel.ports import Message
from tests.views.limits import problems_of

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, object], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a view or a Message with `golden/<name>.json`, and with Slack's limits."""

    def compare(name: str, shown: object) -> None:
        found = dataclasses.asdict(shown) if isinstance(shown, Message) else shown
        assert isinstance(found, Mapping)
        assert problems_of(found) == []
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        path = GOLDEN / f"{name}.json"
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} is new: run pytest tests/views --update-golden"
        assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))

    return compare
