"""The page of all messages: none is missing, and it says what is sent today."""

from handlers.register import CAPABILITIES
from tests.messages_page.page import IMAGES, PAGE, entries, goldens, page, unknown
from tests.messages_page.table import SENT

AGAIN = "run PYTHONPATH=sandbox/src:sandbox/tests python -m tests.messages_page"


def test_every_kind_of_message_is_on_the_page() -> None:
    shown = goldens()
    with_a_golden = {str(row.kind) for row in SENT if shown.keys() & set(row.goldens)}

    missing = sorted(CAPABILITIES.messages.keys() - with_a_golden)

    assert not missing, "keep a golden file of these, and name it in tests/messages_page/table.py"


def test_the_page_says_for_whom_each_golden_file_is() -> None:
    assert unknown() == [], "add them to tests/messages_page/seen.py"


def test_the_page_is_what_is_sent_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), AGAIN


def test_each_has_its_picture_and_no_picture_is_left_over() -> None:
    assert {one.stem for one in IMAGES.glob("*.png")} == {one.anchor for one in entries()}, AGAIN


def test_the_pictures_together_are_small() -> None:
    assert sum(one.stat().st_size for one in IMAGES.glob("*.png")) < 5_000_000
