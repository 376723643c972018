"""Where two answers differ, and whose turn it is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.agreements import rules
from bot.agreements.model import AgreementVersion, Aspect, MentoringPair, PairProgress, PairSide
from bot.agreements.rules import OPTIONS, WORDS, Likeness, Phase
from bot.kernel.errors import UserFacing
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME

NOW = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
PAIR = MentoringPair(
    pairing_id="pairing_one",
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    group_id=GROUP.id,
    mentee_id=BOB.id,
    mentor_id=ALICE.id,
    mentee_name="Bob",
    mentor_name="Alice",
    started_at=NOW - timedelta(days=14),
    ended_at=None,
)
SAID = {
    Aspect.GOALS: "Find my feet on the ward.",
    Aspect.FREQUENCY: "weekly",
    Aspect.CONFIDENTIALITY: "between_us",
    Aspect.ENDING: "either",
}


def values(aspect: Aspect) -> st.SearchStrategy[str]:
    if aspect in WORDS:
        return st.text(min_size=1, max_size=20)
    if aspect is Aspect.ENDS_ON:
        return st.dates().map(lambda day: day.isoformat())
    return st.sampled_from(OPTIONS[aspect])


answers = st.fixed_dictionaries({}, optional={one: values(one) for one in Aspect})
sides = st.frozensets(st.sampled_from(list(PairSide)))


@st.composite
def progresses(draw: st.DrawFn) -> PairProgress:
    """A lasting pair, as far as two people can come."""
    filled = dict.fromkeys(draw(sides), NOW - timedelta(days=2))
    versions: list[AgreementVersion] = []
    if len(filled) == 2:
        for number in range(1, draw(st.integers(0, 3)) + 1):
            reviewed, age = draw(sides), timedelta(days=draw(st.integers(0, 60)))
            versions.append(version(number, agreed_at=NOW - age, reviewed=reviewed))
        if draw(st.booleans()):
            versions.append(version(len(versions) + 1, written_by=draw(st.sampled_from(PairSide))))
    return PairProgress(pair=PAIR, filled=filled, versions=tuple(versions))


def version(
    number: int,
    *,
    written_by: PairSide = PairSide.MENTEE,
    agreed_at: datetime | None = None,
    reviewed: frozenset[PairSide] = frozenset(),
) -> AgreementVersion:
    return AgreementVersion(
        number=number,
        revision=1,
        written_by=written_by,
        written_at=NOW - timedelta(days=1),
        confirmed=frozenset(PairSide) if agreed_at else frozenset({written_by}),
        agreed_at=agreed_at,
        reviewed=reviewed,
    )


@given(answers, answers)
def test_answers_compare_the_same_from_either_side(
    one: dict[Aspect, str], other: dict[Aspect, str]
) -> None:
    compared = rules.compare(one, other)

    assert compared == rules.compare(other, one)
    assert set(compared) == set(Aspect)
    different = {aspect for aspect, it in compared.items() if it is Likeness.DIFFERENT}
    assert different == {
        aspect for aspect in {*one} & {*other} - WORDS if one[aspect] != other[aspect]
    }
    assert rules.count_gaps(one, other) == len(different)


@given(answers, answers)
def test_a_first_text_holds_all_words_and_leaves_out_what_was_chosen_differently(
    one: dict[Aspect, str], other: dict[Aspect, str]
) -> None:
    text, compared = rules.first_text(one, other), rules.compare(one, other)

    for aspect in Aspect:
        is_day = aspect is Aspect.ENDS_ON
        left_out = {Likeness.OPEN} if is_day else {Likeness.DIFFERENT, Likeness.OPEN}
        assert (aspect in text) == (compared[aspect] not in left_out)
        if is_day and aspect in text:
            assert text[aspect] == min(it[aspect] for it in (one, other) if aspect in it)
        if aspect in WORDS:
            said = [it[aspect] for it in (one, other) if aspect in it]
            assert all(each in text[aspect] for each in said)


@given(progresses())
def test_a_pair_that_has_not_agreed_never_waits_for_nobody(progress: PairProgress) -> None:
    phases = {side: rules.phase_of(progress, side, now=NOW) for side in PairSide}

    is_done = all(phase is Phase.AGREED for phase in phases.values())
    is_looked_at = progress.agreed is not None and progress.draft is None
    assert is_done or is_looked_at or any(phase in rules.TO_DO for phase in phases.values())
    for side, phase in phases.items():
        if phase in (Phase.AWAIT_ANSWER, Phase.AWAIT_CONFIRMATION):
            assert phases[side.other] in (Phase.FILL, Phase.CONFIRM)


@given(progresses())
def test_answers_are_read_only_once_both_are_there(progress: PairProgress) -> None:
    assert rules.may_read_both(progress) == (set(progress.filled) == set(PairSide))


def test_a_version_is_looked_at_again_after_a_month_by_each_side() -> None:
    agreed = version(1, agreed_at=NOW - timedelta(days=29))
    progress = PairProgress(pair=PAIR, filled=dict.fromkeys(PairSide, NOW), versions=(agreed,))
    later = NOW + timedelta(days=1)

    assert rules.phase_of(progress, PairSide.MENTOR, now=NOW) is Phase.AGREED
    assert rules.phase_of(progress, PairSide.MENTOR, now=later) is Phase.REVIEW
    assert rules.since(progress, PairSide.MENTOR, now=later) == later


def test_an_end_that_has_passed_is_refused_and_today_is_not() -> None:
    said = SAID | {Aspect.ENDS_ON: "2026-11-11"}

    assert rules.problems(said, today=date(2026, 11, 11)) == {}
    assert rules.problems(said, today=date(2026, 11, 12)) == {
        Aspect.ENDS_ON: "Choose today or a later day."
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({Aspect.GOALS: "x" * 1001}, "1,000 characters"),
        ({Aspect.FREQUENCY: "hourly"}, "one of the answers"),
        ({Aspect.ENDS_ON: "soon"}, "Choose a day"),
    ],
)
def test_what_cannot_be_kept_is_refused(change: dict[Aspect, str], sentence: str) -> None:
    rules.check(SAID)

    with pytest.raises(UserFacing, match=sentence):
        rules.check(SAID | change)
    with pytest.raises(UserFacing, match="how often"):
        rules.check({one: said for one, said in SAID.items() if one is not Aspect.FREQUENCY})
