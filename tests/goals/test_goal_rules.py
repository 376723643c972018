"""How confidence moves, how many goals are open, and who may read one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.goals import rules
from bot.goals.model import Goal, GoalDomain, GoalId, GoalStatus
from bot.goals.rules import ConfidenceTrend
from bot.kernel.errors import UserFacing
from bot.matching.model import Method, Pairing
from bot.people.model import Member, MemberState
from handlers.goals.views import trend_line
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME

STARTED = datetime(2026, 9, 7, tzinfo=UTC)
GOAL = Goal(
    id=GoalId("goal"),
    workspace_id=HERE,
    member_id=BOB.id,
    programme_id=PROGRAMME.id,
    status=GoalStatus.OPEN,
    due_on=date(2026, 11, 2),
    set_at=STARTED,
    shared_at=STARTED + timedelta(days=1),
    title="I speak up in rounds.",
    next_step="Ask one question.",
    domain=GoalDomain.TEAM,
)
PAIRED = Pairing(
    id="pairing",
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    group_id=GROUP.id,
    mentee_id=BOB.id,
    mentor_id=ALICE.id,
    method=Method.PROPOSED,
    score=1.0,
    reason="",
    started_at=STARTED,
)


@given(st.lists(st.integers(0, 10), max_size=12))
def test_the_trend_compares_the_first_with_the_last_and_says_so_in_words(noted: list[int]) -> None:
    found, line = rules.trend(noted), trend_line(noted)

    assert (found is ConfidenceTrend.UNKNOWN) == (len(noted) < 2)
    assert (found is ConfidenceTrend.UP) == (len(noted) > 1 and noted[-1] > noted[0])
    assert (found is ConfidenceTrend.DOWN) == (len(noted) > 1 and noted[-1] < noted[0])
    assert ("up from" in line) == (found is ConfidenceTrend.UP)
    assert ("down from" in line) == (found is ConfidenceTrend.DOWN)
    assert not noted or f"{noted[-1]} of 10" in line
    assert bool(noted) == bool(line)


@given(st.lists(st.sampled_from(GoalStatus), max_size=8))
def test_a_fourth_open_goal_is_refused_kindly(statuses: list[GoalStatus]) -> None:
    goals = [replace(GOAL, status=each) for each in statuses]

    if statuses.count(GoalStatus.OPEN) < 3:
        rules.check_space(goals)
    else:
        with pytest.raises(UserFacing, match="done or let one go first; you need no reason"):
            rules.check_space(goals)


@pytest.mark.parametrize(
    ("goal", "reader", "pairing", "may"),
    [
        (GOAL, ALICE, PAIRED, True),
        (replace(GOAL, status=GoalStatus.DONE), ALICE, PAIRED, True),
        (replace(GOAL, status=GoalStatus.LET_GO), ALICE, PAIRED, False),
        (replace(GOAL, shared_at=None), ALICE, PAIRED, False),
        (replace(GOAL, shared_at=STARTED - timedelta(days=1)), ALICE, PAIRED, False),
        (GOAL, ALICE, replace(PAIRED, ended_at=STARTED + timedelta(days=9)), False),
        (GOAL, replace(ALICE, state=MemberState.LEFT), PAIRED, False),
        (replace(GOAL, shared_at=None), BOB, PAIRED, True),
    ],
)
def test_only_its_author_and_the_mentors_it_was_shared_with_read_a_goal(
    goal: Goal, reader: Member, pairing: Pairing, may: bool
) -> None:
    assert rules.may_read(goal, reader, mentees={BOB.id}, pairings=[pairing]) is may


def test_a_mentor_who_does_not_know_of_a_mentee_reads_nothing_of_theirs() -> None:
    assert not rules.may_read(GOAL, ALICE, mentees=set(), pairings=[PAIRED])
