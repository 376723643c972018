"""A table of what people type after `/checkin`, and what they want by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.rules import Verb, understood

SENTENCES = {
    Verb.OPEN: ["", "   ", "open", "New.", "START", "check in", "check-in", "please open", "go"],
    Verb.PAST: ["past", "history", "Show me my past", "my check-ins", "previous", "list"],
    Verb.HELP: ["help", "Help!", "`help`", "“help”", "?", "-h", "--help", "help me please", "how"],
    Verb.PAUSE: [
        "pause", "Pause please", "I would like to pause", "take a break", "break", "on vacation",
        "I'm away", "mute", "can I take a break?", "Sabbatical", "PAUSE!!!",
        "pause 2 weeks", "pause for two weeks", "vacation until Monday", "break till 3 January",
        "a week off",
    ],
    Verb.RESUME: ["resume", "back", "I'm back", "I am back!", "come back", "continue", "unpause"],
    Verb.STOP: [
        "stop", "STOP", "Stop.", "stop!!", "please stop", "stop it", "stop this please", "*stop*",
        "leave", "I want to leave", "leave the programme", "quit", "cancel", "unsubscribe",
        "UNSUBSCRIBE me", "opt out", "opt-out", "exit", "end", "stop messaging me",
        "<@U0CAIRN|cairn> stop", "stop <@U0CAIRN>", "I'd like to quit", "no more messages",
        "leave me alone", "do not message me anymore", "don't write to me", "off", "turn it off",
        "I want to leave the group", "aufhören",
    ],
    Verb.SKIP: ["skip", "Skip this week", "skip today", "later", "less often", "snooze"],
    Verb.HOME: ["home", "Home?", "settings", "menu", "the home tab"],
    Verb.CONTACT: ["contact", "talk to a person", "I need a human", "coordinator", "call me"],
    Verb.ERASE: ["delete", "delete my data", "forget me", "erase everything", "GDPR"],
    Verb.UNKNOWN: [
        "helping", "!!!", "…", "today I asked for help", "<!channel>", "<@U0BOB|bob>",
        "I want to leave medicine", "I could not stop crying", "we had a break in the ward round",
        "my mentor is away and I feel lost", "until Monday", "they leave me alone on the ward",
        "open" + " " * 200 + "x", "a &amp; b", "&lt;3",
        "stop &amp; think about the night shift", "please", "how do I tell my mentor",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "verb"), [(text, verb) for verb, texts in SENTENCES.items() for text in texts]
)
def test_what_is_typed_is_understood(text: str, verb: Verb) -> None:
    assert understood(text) is verb


@pytest.mark.parametrize("word", ["stop", "pause", "back", "home", "past", "skip", "help"])
@given(around=st.text(" .,!?*_~`'\"()…-", max_size=5))
def test_punctuation_around_a_word_changes_nothing(word: str, around: str) -> None:
    assert understood(f"{around}{word.upper()}{around}") is understood(word)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_understood_in_one_way_or_not_at_all(text: str) -> None:
    assert understood(text) is understood(f" {text}\n")


@given(st.lists(st.sampled_from(["ward", "patient", "tired", "exam", "team"]), min_size=1))
def test_a_reflection_is_never_an_order(words: list[str]) -> None:
    assert understood(f"stop {' '.join(words)}") is Verb.UNKNOWN
