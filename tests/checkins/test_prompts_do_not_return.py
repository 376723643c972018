"""Prompts do not come back too soon, and what has changed is asked about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.checkins import prompts
from bot.checkins.prompts import (
    NOT_WITHIN,
    QUESTIONS,
    Circumstance,
    Circumstances,
    choose,
    circumstance,
    current_ask,
    digest,
    due_since,
    next_ask,
    seen_at,
)
from bot.checkins.rules import Ask, Asks, Came, Writer
from bot.kernel.ids import MemberId
from bot.people.model import MemberState
from bot.stages.model import Framework, Lens, LensPrompts, Level
from config.catalogue import load_catalogue

BOB = MemberId("bob")
NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
SHIPPED = load_catalogue().frameworks


def level(size: int = 10, *, lenses: tuple[Lens, ...] = tuple(Lens), name: str = "Knows") -> Level:
    return Level(
        name=name,
        summary="",
        lenses=tuple(
            LensPrompts(lens, tuple(f"{name} {lens} {number}?" for number in range(size)))
            for lens in lenses
        ),
        mentor_questions=(),
    )


def framework(*levels: Level) -> Framework:
    return Framework(id="miller_is", name="", about="", levels=levels)


def writer(**changes: object) -> Writer:
    who = Writer(
        member_id=BOB,
        is_mentee=True,
        is_coordinator=False,
        state=MemberState.ACTIVE,
        initial_stage=None,
        turn=0,
        has_been=False,
        places=(),
        department="Surgery",
        site="North",
    )
    return replace(who, **changes)  # type: ignore[arg-type]


def ask_again(who: Writer, at: Level, *, came: Came, **changes: object) -> Writer:
    """Ask once more, a week later, with what came of it."""
    now = NOW + timedelta(weeks=len(who.asks))
    ask, _ = next_ask(replace(who, **changes), "miller_is", at, now=now, was_sent=True)  # type: ignore[arg-type]
    return replace(who, **changes, asks=prompts.with_ask(who.asks, replace(ask, came=came)))  # type: ignore[arg-type]


OUTCOMES = st.lists(st.sampled_from(Came), min_size=1, max_size=50)


@example(outcomes=[*[Came.WRITTEN] * 8, Came.OPEN, Came.OPEN, Came.WRITTEN], moves=[False] * 50)
@given(outcomes=OUTCOMES, moves=st.lists(st.booleans(), min_size=50, max_size=50))
def test_with_ten_prompts_none_comes_within_eight_check_ins_nor_after_no_answer(
    outcomes: list[Came], moves: list[bool]
) -> None:
    who = writer()
    for came, moved in zip(outcomes, moves, strict=False):
        changes = {"department": f"Ward {len(who.asks)}"} if moved else {}
        who = ask_again(who, level(10), came=came, **changes)

    written = [set(ask.prompts) for ask in who.asks if ask.came is Came.WRITTEN]
    for number, one in enumerate(written):
        for later in written[number + 1 : number + 1 + 8]:
            assert not one & later
    for before, after in zip(who.asks, who.asks[1:], strict=False):
        if before.came is not Came.WRITTEN:
            assert not set(before.prompts) & set(after.prompts)
    for ask in who.asks:
        assert len(ask.prompts) == len(Lens)


@settings(max_examples=20, deadline=None)
@given(outcomes=OUTCOMES | st.just([*[Came.WRITTEN] * 8, Came.OPEN] * 3))
@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_no_prompt_that_ships_comes_within_eight_check_ins_nor_after_no_answer(
    shipped: Framework, outcomes: list[Came]
) -> None:
    for at in shipped.levels:
        who = writer()
        for came in outcomes:
            who = ask_again(who, at, came=came)

        written = [set(ask.prompts) for ask in who.asks if ask.came is Came.WRITTEN]
        for number, one in enumerate(written):
            assert not any(one & later for later in written[number + 1 : number + 1 + NOT_WITHIN])
        for before, after in zip(who.asks, who.asks[1:], strict=False):
            assert before.came is Came.WRITTEN or not set(before.prompts) & set(after.prompts)


@given(size=st.integers(1, 8), outcomes=OUTCOMES | st.just([Came.WRITTEN] * 30))
def test_of_few_prompts_the_one_longest_ago_comes_and_never_the_unanswered_one_next(
    size: int, outcomes: list[Came]
) -> None:
    at, who = level(size, lenses=(Lens.THINK,)), writer()
    for came in outcomes:
        shown = [ask.prompts[0] for ask in who.asks]
        who = ask_again(who, at, came=came)
        asked = who.asks[-1].prompts[0]

        if size > 1 and shown and who.asks[-2].came is not Came.WRITTEN:
            assert asked != shown[-1]
        if len(shown) >= size and set(outcomes) == {Came.WRITTEN}:
            assert asked == shown[-size]


@given(outcomes=OUTCOMES)
def test_the_form_shows_what_the_message_asked_until_it_is_answered(outcomes: list[Came]) -> None:
    at, who = level(), writer()
    for came in outcomes:
        who = ask_again(who, at, came=came)
    told, in_message = current_ask(who, framework(at), at, now=NOW)
    later = NOW + timedelta(days=3)
    ask, in_form = current_ask(who, framework(at), at, now=later)

    assert in_message == in_form
    assert ask.prompts == told.prompts == tuple(digest(each.prompt) for each in in_form)
    assert (ask.number == who.asks[-1].number) is (outcomes[-1] is Came.OPEN)


def test_a_prompt_that_was_sent_stands_after_a_move_and_one_only_opened_does_not() -> None:
    low, high = level(), level(name="Does")
    sent = ask_again(writer(), low, came=Came.OPEN)
    opened = replace(sent, asks=(replace(sent.asks[0], was_sent=False),))

    def first(who: Writer) -> str:
        return current_ask(who, framework(low, high), high, now=NOW)[1][0].prompt

    assert first(sent).startswith("Knows ")
    assert first(opened).startswith("Does ")
    assert first(replace(sent, asks=(replace(sent.asks[0], prompts=("gone",)),)))[:4] == "Does"


def test_two_members_do_not_all_see_the_same_prompt_in_the_same_week() -> None:
    seen = {choose(level(4), MemberId(f"m{n}"), ())[0].prompt for n in range(30)}

    assert len(seen) == 4


RIGHT_AFTER = NOW + timedelta(days=1)
LAST = Ask(
    number=1,
    framework_id="miller_is",
    stage="Knows",
    prompts=(),
    at=NOW,
    was_sent=True,
    seen=seen_at("Surgery", "North"),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Circumstances(seen=LAST.seen), None),
        (Circumstances(), None),
        (Circumstances(seen=seen_at("Medicine", "North")), Circumstance.ROTATION),
        (Circumstances(seen=seen_at("Surgery", "South")), Circumstance.ROTATION),
        (Circumstances(missed_meeting_at=RIGHT_AFTER), Circumstance.MISSED_MEETING),
        (Circumstances(missed_meeting_at=NOW - timedelta(days=1)), None),
        (
            Circumstances(away_from=NOW - timedelta(days=30), back_at=RIGHT_AFTER),
            Circumstance.RETURN,
        ),
        (Circumstances(away_from=NOW, back_at=RIGHT_AFTER), None),
        (Circumstances(away_from=NOW - timedelta(days=30), back_at=NOW), None),
        (
            Circumstances(
                seen=seen_at("Medicine", ""),
                away_from=NOW - timedelta(days=30),
                back_at=RIGHT_AFTER,
                missed_meeting_at=RIGHT_AFTER,
            ),
            Circumstance.RETURN,
        ),
    ],
)
def test_what_changed_since_the_last_ask_is_told(
    facts: Circumstances, expected: Circumstance | None
) -> None:
    assert circumstance(facts, (LAST,)) is expected


def test_before_anything_was_asked_nothing_has_changed_but_a_missed_meeting() -> None:
    moved = Circumstances(seen=seen_at("Medicine", ""), away_from=NOW, back_at=RIGHT_AFTER)

    assert circumstance(moved, ()) is None
    assert circumstance(replace(LAST_MISSED, seen=""), ()) is Circumstance.MISSED_MEETING


LAST_MISSED = Circumstances(missed_meeting_at=NOW)


@pytest.mark.parametrize("about", Circumstance)
def test_each_circumstance_has_questions_of_its_own_that_do_not_come_again_soon(
    about: Circumstance,
) -> None:
    at, said = level(), []
    asks: Asks = (LAST,)
    for number in range(2, 2 + len(QUESTIONS[about]) + 1):
        asked = choose(at, BOB, asks, about=about)
        said.append(asked[0].prompt)
        written = replace(
            LAST, number=number, prompts=tuple(digest(each.prompt) for each in asked),
            came=Came.WRITTEN,
        )  # fmt: skip
        asks = prompts.with_ask(asks, written)

    assert len(QUESTIONS[about]) >= 3
    assert set(said[:-1]) == set(QUESTIONS[about])
    assert said[-1] not in QUESTIONS[about]


def test_a_rotation_is_asked_about_once_in_the_place_of_the_first_lens() -> None:
    who = ask_again(writer(), level(), came=Came.WRITTEN)
    moved = ask_again(who, level(), came=Came.WRITTEN, department="Medicine")
    after = ask_again(moved, level(), came=Came.WRITTEN)
    rotation = {digest(each) for each in QUESTIONS[Circumstance.ROTATION]}

    first, second, third = (ask.prompts for ask in after.asks)
    assert second[0] in rotation
    assert not rotation & {*first, *second[1:], *third}
    _, asked = next_ask(replace(who, department="Medicine"), "miller_is", level(), now=NOW)
    assert [each.lens for each in asked] == list(Lens)


@pytest.mark.parametrize(
    ("ask", "written_at", "days", "is_due"),
    [
        (LAST, None, 0, True),
        (LAST, None, 6, True),
        (LAST, None, 7, False),
        (LAST, NOW - timedelta(days=1), 1, True),
        (LAST, NOW + timedelta(hours=1), 1, False),
        (replace(LAST, came=Came.WRITTEN), None, 1, False),
        (replace(LAST, came=Came.SKIPPED), None, 1, False),
        (replace(LAST, was_sent=False), None, 1, False),
    ],
)
def test_due_means_asked_for_this_week_and_not_written_or_skipped(
    ask: Ask, written_at: datetime | None, days: int, is_due: bool
) -> None:
    since = due_since((ask,), written_at=written_at, now=NOW + timedelta(days=days))

    assert since == (NOW if is_due else None)


def test_after_two_ignored_prompts_the_third_asks_about_the_rhythm() -> None:
    asks = [prompts.asks_about_rhythm(ignored) for ignored in range(6)]

    assert asks == [False, False, True, False, False, True]
