"""Golden JSON: what a view looks like, beside its test and compared letter by letter.

`pytest tests --update-golden` writes the files anew; read the difference before keeping it.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping

import pytest

from bot.kernel.ports import Message
from tests.support.limits import problems_of

Golden = Callable[[str, object], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a view or a Message with `golden/<name>.json`, and with Slack's limits."""

    def compare(name: str, shown: object) -> None:
        found = _of_message(shown) if isinstance(shown, Message) else shown
        assert isinstance(found, Mapping)
        assert problems_of(found) == []
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        assert "/checkin" not in text or '"checkin.' in text, "it names a command without a button"
        path = request.path.parent / "golden" / f"{name}.json"
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} is new: run pytest tests --update-golden"
        assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))

    return compare


def _of_message(shown: Message) -> dict[str, object]:
    """What is posted; a thread, and what is carried along, only where there is any."""
    given = dataclasses.asdict(shown)
    optional = {name for name in ("thread_ts", "carries") if not given[name]}
    return {name: value for name, value in given.items() if name not in optional}
