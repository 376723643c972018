import dataclasses
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
    audience,
    check,
    hints,
    is_empty,
    open_to,
    texts,
    writing_seat,
)
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId
from bot.people.model import MemberState, Role
from bot.stages.model import Lens

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
