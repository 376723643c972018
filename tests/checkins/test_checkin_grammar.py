from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkins import rules
from bot.checkins.rules import GoalLine, GoalProgress, Reflection, Topic, Visibility
from bot.goals.model import Progress
from handlers.checkins.answers import read_entry
from handlers.checkins.listeners import CheckinVerb, read_checkin
from handlers.edge.answers import Answers

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


def test_the_answers_about_goals_are_read_for_ones_own_goals_alone() -> None:
    chosen = {"type": "static_select", "selected_option": {"value": "moved"}}
    state = {name: {"goal": chosen} for name in ("goal_1", "goal_of_another")}
    state["goal_2"] = {"goal": {"selected_option": {"value": "made_up"}}}
    goals = (GoalLine("1", "Lead a round"), GoalLine("2", "Sleep"))

    entry = read_entry(Answers.from_view({"state": {"values": state}}), (), goals)

    assert entry.goals == (GoalProgress("1", "Lead a round", Progress.MOVED),)
    assert not rules.is_empty(entry)
    assert rules.as_shared(replace(entry, left_out=frozenset({Topic.GOALS}))).goals == ()


def test_a_goal_that_somebody_keeps_to_themselves_is_not_shared_with_a_check_in() -> None:
    kept = GoalProgress("1", "Say no once", Progress.STUCK, is_shared=False)
    told = GoalProgress("2", "Lead a round", Progress.MOVED, is_shared=True)
    entry = Reflection(goals=(kept, told), visibility=Visibility.MENTOR)

    assert rules.as_shared(entry).goals == (told,)
    assert rules.as_shared(replace(entry, visibility=Visibility.GROUP)).goals == ()


def test_a_goal_of_which_it_is_not_known_whether_it_is_shared_is_not() -> None:
    unknown = GoalProgress("1", "Say no once", Progress.STUCK)

    assert rules.as_shared(Reflection(goals=(unknown,), visibility=Visibility.MENTOR)).goals == ()
