from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people.permissions import may_answer_claim
from bot.stages.model import Framework, Level, StageEvent, StageEventKind
from bot.stages.rules import (
    check_answer,
    check_claim,
    check_step_back,
    current_level,
    levels_to_claim,
    levels_to_step_back_to,
    open_claim,
    passed_over,
    wants_talk,
)

NAMES = ("Low", "Middle", "High")
FRAMEWORK = Framework(
    id="small",
    name="Small",
    about="Three levels.",
    levels=tuple(Level(name=n, summary="", lenses=(), mentor_questions=()) for n in NAMES),
)
ALICE, BOB = MemberId("alice"), MemberId("bob")
START = datetime(2026, 9, 2, 8, tzinfo=UTC)


def history(*steps: tuple[StageEventKind, str], framework: str = "small") -> tuple[StageEvent, ...]:
    return tuple(
        StageEvent(
            workspace_id=WorkspaceId("T0CAIRN"),
            member_id=BOB,
            number=number,
            framework_id=framework,
            kind=kind,
            from_level="Low",
            to_level=level,
            note="because",
            by=BOB,
            at=START + timedelta(days=number),
        )
        for number, (kind, level) in enumerate(steps, start=1)
    )


CLAIMED, CONFIRMED, TALK = (
    StageEventKind.CLAIMED,
    StageEventKind.CONFIRMED,
    StageEventKind.TALK_FIRST,
)
WITHDRAWN, BACK = StageEventKind.WITHDRAWN, StageEventKind.STEPPED_BACK


@pytest.mark.parametrize(
    ("claimed", "over"), [("Middle", ()), ("High", ("Middle",)), ("Low", ()), ("Gone", ())]
)
def test_a_claim_names_the_stages_that_it_passes_over(claimed: str, over: tuple[str, ...]) -> None:
    [claim] = history((CLAIMED, claimed))

    assert passed_over(FRAMEWORK, claim) == over


@pytest.mark.parametrize(
    ("events", "initial", "expected"),
    [
        ((), None, "Low"),
        ((), "Middle", "Middle"),
        ((), "middle", "Middle"),
        ((), "no such stage", "Low"),
        (((CLAIMED, "High"),), "Middle", "Middle"),
        (((CLAIMED, "High"), (TALK, "High")), None, "Low"),
        (((CLAIMED, "High"), (CONFIRMED, "High")), None, "High"),
        (((CLAIMED, "High"), (CONFIRMED, "High"), (BACK, "Middle")), "High", "Middle"),
        (((CLAIMED, "High"), (CONFIRMED, "High"), (CLAIMED, "High")), None, "High"),
        (((CLAIMED, "Gone"), (CONFIRMED, "Gone")), "Middle", "Middle"),
    ],
)
def test_the_stage_is_the_last_one_that_somebody_confirmed(
    events: tuple[tuple[StageEventKind, str], ...], initial: str | None, expected: str
) -> None:
    assert current_level(FRAMEWORK, history(*events), initial=initial).name == expected


def test_another_frameworks_history_does_not_count() -> None:
    events = history((CLAIMED, "High"), (CONFIRMED, "High"), framework="other")

    assert current_level(FRAMEWORK, events, initial=None).name == "Low"


@given(st.lists(st.tuples(st.sampled_from([CLAIMED, TALK, WITHDRAWN]), st.sampled_from(NAMES))))
def test_nothing_but_a_confirmation_or_a_step_back_moves_a_stage(
    steps: list[tuple[StageEventKind, str]],
) -> None:
    before = history((CLAIMED, "Middle"), (CONFIRMED, "Middle"))

    after = history((CLAIMED, "Middle"), (CONFIRMED, "Middle"), *steps)

    assert current_level(FRAMEWORK, before, initial=None) == current_level(
        FRAMEWORK, after, initial=None
    )


@pytest.mark.parametrize(
    ("events", "number"),
    [
        ((), None),
        (((CLAIMED, "High"),), 1),
        (((CLAIMED, "High"), (TALK, "High")), 1),
        (((CLAIMED, "High"), (WITHDRAWN, "High")), None),
        (((CLAIMED, "High"), (CONFIRMED, "High")), None),
        (((CLAIMED, "High"), (BACK, "Low")), None),
        (((CLAIMED, "High"), (WITHDRAWN, "High"), (CLAIMED, "Middle")), 3),
    ],
)
def test_a_claim_stays_open_until_it_is_answered(
    events: tuple[tuple[StageEventKind, str], ...], number: int | None
) -> None:
    claim = open_claim(FRAMEWORK, history(*events))

    assert (claim.number if claim else None) == number


def test_a_talk_is_wanted_only_while_it_is_the_last_word() -> None:
    assert wants_talk(history((CLAIMED, "High"), (TALK, "High")))
    assert not wants_talk(history((CLAIMED, "High"), (TALK, "High"), (WITHDRAWN, "High")))
    assert not wants_talk(())


def test_claims_go_up_and_steps_go_back_nearest_first() -> None:
    middle = FRAMEWORK.levels[1]

    assert [level.name for level in levels_to_claim(FRAMEWORK, FRAMEWORK.levels[0])] == [
        "Middle",
        "High",
    ]
    assert [level.name for level in levels_to_step_back_to(FRAMEWORK, FRAMEWORK.levels[2])] == [
        "Middle",
        "Low",
    ]
    assert levels_to_claim(FRAMEWORK, middle) == (FRAMEWORK.levels[2],)


@pytest.mark.parametrize(
    ("events", "to_level", "evidence", "says"),
    [
        ((), "Low", "I did it", "Choose a stage above"),
        ((), "Nowhere", "I did it", "Choose a stage above"),
        ((), "High", "  ", "Describe"),
        ((), "High", "x" * 3001, "3,000"),
        (((CLAIMED, "High"),), "Middle", "I did it", "waits for your mentor"),
    ],
)
def test_a_claim_that_cannot_stand_is_refused_with_what_to_do(
    events: tuple[tuple[StageEventKind, str], ...], to_level: str, evidence: str, says: str
) -> None:
    with pytest.raises(UserFacing, match=says):
        check_claim(FRAMEWORK, history(*events), initial=None, to_level=to_level, evidence=evidence)


def test_a_claim_above_with_evidence_may_be_made() -> None:
    check_claim(FRAMEWORK, (), initial=None, to_level="High", evidence="Three observed visits.")


def test_a_claim_that_is_closed_cannot_be_answered() -> None:
    events = history((CLAIMED, "High"), (WITHDRAWN, "High"), (CLAIMED, "Middle"))

    with pytest.raises(UserFacing, match="not open any more"):
        check_answer(FRAMEWORK, events, claim_number=1)
    assert check_answer(FRAMEWORK, events, claim_number=3).to_level == "Middle"


def test_one_steps_back_and_never_forward() -> None:
    check_step_back(FRAMEWORK, (), initial="High", to_level="Low")
    with pytest.raises(UserFacing, match="before it"):
        check_step_back(FRAMEWORK, (), initial="Middle", to_level="High")
    with pytest.raises(UserFacing, match="before it"):
        check_step_back(FRAMEWORK, (), initial="Middle", to_level="Middle")


def test_only_a_mentor_of_the_group_answers_and_never_ones_own_claim() -> None:
    assert may_answer_claim(frozenset({ALICE}), claimant=BOB, by=ALICE)
    assert not may_answer_claim(frozenset({ALICE}), claimant=BOB, by=BOB)
    assert not may_answer_claim(frozenset({ALICE, BOB}), claimant=BOB, by=BOB)
