import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.checkins.listeners import CheckinVerb, read_checkin

SENTENCES = [
    ("", CheckinVerb.OPEN),
    ("   ", CheckinVerb.OPEN),
    ("open", CheckinVerb.OPEN),
    ("New.", CheckinVerb.OPEN),
    ("START", CheckinVerb.OPEN),
    ("help", CheckinVerb.HELP),
    ("Help!", CheckinVerb.HELP),
    ("  HELP  ", CheckinVerb.HELP),
    ("`help`", CheckinVerb.HELP),
    ("“help”", CheckinVerb.HELP),
    ("?", CheckinVerb.HELP),
    ("-h", CheckinVerb.HELP),
    ("--help", CheckinVerb.HELP),
    ("past", CheckinVerb.PAST),
    ("history", CheckinVerb.PAST),
    ("my  check-ins", CheckinVerb.PAST),
    ("helping", CheckinVerb.UNKNOWN),
    ("help me", CheckinVerb.UNKNOWN),
    ("!!!", CheckinVerb.UNKNOWN),
    ("…", CheckinVerb.UNKNOWN),
    ("today I asked for help", CheckinVerb.UNKNOWN),
    ("<!channel>", CheckinVerb.UNKNOWN),
    ("open" + " " * 200 + "x", CheckinVerb.UNKNOWN),
]


@pytest.mark.parametrize(("text", "verb"), SENTENCES)
def test_what_is_typed_after_the_command_is_understood(text: str, verb: CheckinVerb) -> None:
    assert read_checkin(text) is verb


@given(st.text(max_size=3000))
def test_any_text_is_read_and_white_space_does_not_matter(text: str) -> None:
    assert read_checkin(text) is read_checkin(f"  {text}\n")
