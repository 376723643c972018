import dataclasses
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkins.rules import (
    Answer,
    Audience,
    Blocker,
    Hint,
    ProgrammeSeat,
    Reflection,
    Visibility,
    Writer,
    asks_about_rhythm,
    audience,
    check,
    hints,
    is_empty,
    mentor_may_read,
    narrower_than,
    open_to,
    prompts_for,
    texts,
    writing_seat,
)
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId
from bot.people.model import MemberState, Role
from bot.stages.model import Lens, LensPrompts, Level

BOB = MemberId("bob")


def place(group: str | None = "g1", seat: Role | None = Role.MENTEE) -> ProgrammeSeat:
    return ProgrammeSeat(
        programme_id=ProgrammeId("p1"),
        framework_id="miller_is",
        crisis_contact="555",
        group_id=GroupId(group) if group else None,
        seat_role=seat,
        moved_to=None,
    )


def standing(
    role: Role = Role.MENTEE, *places: ProgrammeSeat, state: MemberState = MemberState.ACTIVE
) -> Writer:
    return Writer(
        member_id=BOB,
        is_mentee=role is Role.MENTEE,
        is_coordinator=role is Role.COORDINATOR,
        state=state,
        initial_stage=None,
        turn=0,
        has_been=False,
        places=places,
    )


def prompts_of(level: Level, lens: Lens) -> set[str]:
    return {prompt for each in level.lenses if each.lens is lens for prompt in each.prompts}


MENTEE_IN_A = place("a")
PEER_MENTOR_IN_B = place("b", Role.PEER_MENTOR)


def test_who_was_in_a_programme_that_is_closed_is_told_that_it_has_ended() -> None:
    assert audience(replace(standing(Role.MENTEE), has_been=True)) is Audience.ENDED
    again = replace(standing(Role.MENTEE, MENTEE_IN_A), has_been=True)
    assert audience(again) is Audience.WRITER


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (None, Audience.STRANGER),
        (standing(Role.MENTEE, MENTEE_IN_A), Audience.WRITER),
        (standing(Role.MENTEE, place(None, None)), Audience.WRITER),
        (standing(Role.MENTEE), Audience.NOT_STARTED),
        (standing(Role.MENTEE, MENTEE_IN_A, state=MemberState.PAUSED), Audience.WRITER),
        (standing(Role.MENTEE, MENTEE_IN_A, state=MemberState.LEFT), Audience.GONE),
        (standing(Role.MENTEE, MENTEE_IN_A, state=MemberState.DEACTIVATED), Audience.GONE),
        (standing(Role.MENTOR, place("a", Role.MENTOR)), Audience.MENTOR),
        (standing(Role.MENTOR, place(None, None)), Audience.MENTOR),
        (standing(Role.PEER_MENTOR, PEER_MENTOR_IN_B), Audience.MENTOR),
        (standing(Role.PEER_MENTOR, PEER_MENTOR_IN_B, MENTEE_IN_A), Audience.WRITER),
        (standing(Role.COORDINATOR), Audience.COORDINATOR),
        (standing(Role.COORDINATOR, place(None, None)), Audience.COORDINATOR),
    ],
)
def test_everybody_is_told_apart(who: Writer | None, expected: Audience) -> None:
    assert audience(who) is expected


def test_a_peer_mentor_writes_in_the_group_where_they_are_a_mentee() -> None:
    who = standing(Role.PEER_MENTOR, place("a", Role.PEER_MENTOR), place("b", Role.MENTEE))

    found = writing_seat(who)

    assert found is not None
    assert found.group_id == "b"


def test_without_a_group_only_the_writer_can_see_it() -> None:
    assert open_to(place(None, None)) == (Visibility.ONLY_ME,)
    assert open_to(place("a")) == (Visibility.ONLY_ME, Visibility.MENTOR, Visibility.GROUP)


def level(sizes: dict[Lens, int]) -> Level:
    return Level(
        name="Knows",
        summary="",
        lenses=tuple(
            LensPrompts(lens, tuple(f"{lens} {number}?" for number in range(size)))
            for lens, size in sizes.items()
        ),
        mentor_questions=(),
    )


@given(
    sizes=st.dictionaries(st.sampled_from(Lens), st.integers(1, 7), min_size=1),
    member=st.text(min_size=1, max_size=8),
    start=st.integers(0, 50),
)
def test_no_prompt_returns_before_all_of_its_lens_were_shown(
    sizes: dict[Lens, int], member: str, start: int
) -> None:
    at = level(sizes)

    for lens, size in sizes.items():
        shown = [
            asked.prompt
            for turn in range(start, start + size)
            for asked in prompts_for(at, MemberId(member), turn=turn)
            if asked.lens is lens
        ]
        assert set(shown) == prompts_of(at, lens)


@given(turn=st.integers(0, 100))
def test_the_same_turn_gives_the_same_prompts_in_the_levels_order(turn: int) -> None:
    at = level({Lens.ACT: 4, Lens.FEEL: 4, Lens.THINK: 4})

    first, second = (prompts_for(at, BOB, turn=turn) for _ in range(2))

    assert first == second
    assert [asked.lens for asked in first] == [Lens.ACT, Lens.FEEL, Lens.THINK]


def test_two_members_do_not_all_see_the_same_prompt_in_the_same_week() -> None:
    at = level({Lens.THINK: 4})

    seen = {prompts_for(at, MemberId(f"m{n}"), turn=0)[0].prompt for n in range(30)}

    assert seen == prompts_of(at, Lens.THINK)


WORDS = Answer(Lens.THINK, "What?", "Something")


@pytest.mark.parametrize(
    "entry",
    [
        Reflection(answers=(WORDS,)),
        Reflection(confidence=0),
        Reflection(blocker=Blocker.NONE),
        Reflection(wish="An hour together"),
        Reflection(answers=(dataclasses.replace(WORDS, text="x" * 3000),)),
    ],
)
def test_any_one_thing_is_enough(entry: Reflection) -> None:
    check(entry, allowed=[Visibility.ONLY_ME])

    assert not is_empty(entry)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (Reflection(), "at least one thing"),
        (Reflection(answers=(dataclasses.replace(WORDS, text=" \n"),)), "at least one thing"),
        (Reflection(answers=(dataclasses.replace(WORDS, text="x" * 3001),)), "3,000"),
        (Reflection(wish="x" * 3001), "3,000"),
        (Reflection(confidence=11), "between 0 and 10"),
        (Reflection(confidence=-1), "between 0 and 10"),
        (Reflection(confidence=5, visibility=Visibility.GROUP), "not in a mentoring group"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_what_to_do(entry: Reflection, says: str) -> None:
    with pytest.raises(UserFacing, match=says):
        check(entry, allowed=[Visibility.ONLY_ME])


def test_visibility_can_only_become_narrower() -> None:
    assert narrower_than(Visibility.GROUP) == (Visibility.ONLY_ME, Visibility.MENTOR)
    assert narrower_than(Visibility.MENTOR) == (Visibility.ONLY_ME,)
    assert narrower_than(Visibility.ONLY_ME) == ()
    for wider, narrower in itertools.permutations(Visibility, 2):
        if narrower in narrower_than(wider):
            assert wider not in narrower_than(narrower)


def test_a_mentor_reads_what_was_shared_and_nothing_else() -> None:
    readable = [each for each in Visibility if mentor_may_read(each)]

    assert readable == [Visibility.MENTOR, Visibility.GROUP]


def test_texts_are_all_that_was_typed() -> None:
    assert texts(Reflection(answers=(WORDS,), wish="Time", confidence=3)) == ("Something", "Time")


@pytest.mark.parametrize(
    "text",
    [
        "MRN 12345",
        "her hospital number: 4481",
        "patient id AB-90817",
        "record no. 331122",
        "I looked up 7654321 twice",
        "NHS 943 476 5919",
        "943 476 5919",
        "078-05-1120",
        "Case #20391",
        "ab1234567",
    ],
)
def test_what_looks_like_a_record_number_is_pointed_out(text: str) -> None:
    assert Hint.RECORD_NUMBER in hints(text)


@pytest.mark.parametrize(
    "text",
    [
        "born 04/05/1961",
        "DOB 4.5.61",
        "1961-05-04",
        "on 4 May 1961",
        "4th of May, 1961",
        "May 4, 1961",
        "sept. 14 1999",
    ],
)
def test_what_looks_like_a_date_of_birth_is_pointed_out(text: str) -> None:
    assert Hint.DATE_OF_BIRTH in hints(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I saw 12 people in 8 hours and slept 4.",
        "We meet on 4 May at 10:30.",
        "In 2026 I will apply.",
        "A 70 year old, 80 kg, 120/80, saturation 98 %",
        "Call me on +44 20 7946 0958",
        "Chapter 3.2.1 of the handbook",
        "10,000 steps and 100000.50 doubts",
        "The record shows that I asked 3 times",
        "25.60.11",
    ],
)
def test_ordinary_numbers_pass_without_a_warning(text: str) -> None:
    assert hints(text) == ()


@given(st.text(max_size=3000))
def test_hints_never_fail_and_stay_quick(text: str) -> None:
    assert set(hints(text)) <= set(Hint)


def test_after_two_ignored_prompts_the_third_asks_about_the_rhythm() -> None:
    asks = [asks_about_rhythm(ignored) for ignored in range(6)]

    assert asks == [False, False, True, False, False, True]
