"""Which answers are published together, and that what they say never decides it."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.ids import MemberId
from bot.pulse.model import (
    SMALL_GROUPS,
    WHOLE_PROGRAMME,
    Answers,
    Band,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Results,
    Threshold,
)
from bot.pulse.rules import People, people_of, results
from tests.pulse.papers import INSTRUMENT, groups

A = CellId("A")


def close(
    eligible: list[Eligible],
    ballots: Mapping[MemberId, Answers],
    *,
    before: Mapping[CellId, People] | None = None,
    level: CellLevel = CellLevel.GROUP,
) -> Results:
    return results(
        instrument=INSTRUMENT,
        asked=("speak", "mistakes"),
        eligible=eligible,
        ballots=ballots,
        before=before or {},
        threshold=Threshold(),
        level=level,
    )


def everyone(eligible: list[Eligible], answers: Answers) -> dict[MemberId, Answers]:
    return {person.member_id: answers for person in eligible}


def fates(found: Results) -> dict[str, Fate]:
    return {fate.cell_id: fate.fate for fate in found.fates}


def test_a_group_is_released_on_its_own_from_six_people_asked() -> None:
    five = groups({"A": 5})
    assert fates(close(five, everyone(five, {"speak": 5}))) == {"A": Fate.TOO_FEW}
    eligible = groups({"A": 6})

    found = close(eligible, everyone(eligible, {"speak": 5, "mistakes": 5}))

    assert fates(found) == {"A": Fate.RELEASED}
    assert {(r.item_id, r.band) for r in found.releases} == {
        ("speak", Band.HIGH),
        ("mistakes", Band.LOW),
    }


def test_one_dissent_in_five_reads_like_none() -> None:
    eligible = groups({"A": 6})
    unanimous = everyone(eligible[:5], {"speak": 5, "mistakes": 1})
    dissent = unanimous | {eligible[0].member_id: {"speak": 1, "mistakes": 5}}

    assert close(eligible, unanimous) == close(eligible, dissent)


def test_four_mentees_and_a_mentor_are_not_five() -> None:
    eligible = groups({"A": 4}, mentors=1)

    found = close(eligible, everyone(eligible, {"speak": 5}))

    assert fates(found) == {"A": Fate.TOO_FEW}
    assert found.releases == ()


def test_what_a_mentor_answers_changes_nothing() -> None:
    eligible = groups({"A": 6}, mentors=2)
    mentees = everyone(groups({"A": 6}), {"speak": 3})

    with_mentors = close(eligible, everyone(eligible, {"speak": 5}) | mentees)

    assert with_mentors == close(eligible, mentees)


def test_groups_under_five_share_one_pool() -> None:
    eligible = groups({"A": 3, "B": 3, "C": 7})

    found = close(eligible, everyone(eligible, {"speak": 5, "mistakes": 3}))

    assert fates(found) == {
        "A": Fate.POOLED,
        "B": Fate.POOLED,
        "C": Fate.RELEASED,
        SMALL_GROUPS: Fate.RELEASED,
    }
    assert {release.cell_id for release in found.releases} == {"C", SMALL_GROUPS}


def test_a_pool_from_a_single_group_is_destroyed() -> None:
    eligible = groups({"A": 4, "B": 3})
    only_a = everyone(groups({"A": 4}), {"speak": 5})

    assert close(eligible, only_a).releases == ()
    assert set(fates(close(eligible, only_a)).values()) == {Fate.TOO_FEW}


def test_an_item_with_fewer_than_five_answers_says_so() -> None:
    eligible = groups({"A": 6})
    ballots = everyone(eligible, {"speak": 5, "mistakes": 1})
    ballots |= {person.member_id: {"speak": 5} for person in eligible[:2]}

    found = close(eligible, ballots)

    assert {r.item_id: r.band for r in found.releases} == {
        "speak": Band.HIGH,
        "mistakes": Band.NOT_ENOUGH,
    }


def test_a_group_that_changed_by_one_to_four_people_is_withheld() -> None:
    eligible = groups({"A": 9})
    ballots = everyone(eligible, {"speak": 5})
    now = frozenset(person.member_id for person in eligible)

    for gone in range(7):
        before = frozenset(sorted(now)[gone:])
        fate = fates(close(eligible, ballots, before={A: before}))["A"]
        assert fate is (Fate.CHANGED if 1 <= gone <= 4 else Fate.RELEASED)


def test_one_in_and_one_out_is_a_change_too() -> None:
    eligible = groups({"A": 8})
    now = frozenset(person.member_id for person in eligible)
    before = (now - {eligible[0].member_id}) | {MemberId("gone")}

    found = close(eligible, everyone(eligible, {"speak": 5}), before={A: before})

    assert fates(found) == {"A": Fate.CHANGED}
    assert found.releases == ()


def test_a_programme_is_one_cell_and_has_no_group_cells() -> None:
    eligible = groups({"A": 20, "B": 20})

    found = close(
        eligible, everyone(eligible, {"speak": 5, "mistakes": 3}), level=CellLevel.PROGRAMME
    )

    assert fates(found) == {WHOLE_PROGRAMME: Fate.RELEASED}
    assert {r.item_id: r.band for r in found.releases} == {
        "speak": Band.SHARE_9,
        "mistakes": Band.SHARE_0,
    }


points = st.integers(1, 5)
papers = st.fixed_dictionaries({}, optional={"speak": points, "mistakes": points})


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Eligible], dict[MemberId, Answers]]:
    sizes = draw(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(1, 12), min_size=1))
    eligible = groups(sizes, mentors=1)
    answering = draw(st.lists(st.sampled_from(eligible), unique=True))
    return eligible, {person.member_id: draw(papers) for person in answering}


@given(rounds())
def test_each_ballot_enters_at_most_one_release(
    played: tuple[list[Eligible], dict[MemberId, Answers]],
) -> None:
    eligible, ballots = played

    found = close(eligible, ballots)

    released = [people_of(f, eligible) for f in found.fates if f.fate is Fate.RELEASED]
    assert sum(map(len, released)) == len(frozenset[MemberId]().union(*released))
    assert all(len(people & ballots.keys()) >= 5 for people in released)
    assert all("mentor" not in member for people in released for member in people)


@given(rounds())
def test_fates_depend_on_who_answered_and_never_on_what(
    played: tuple[list[Eligible], dict[MemberId, Answers]],
) -> None:
    eligible, ballots = played
    same_people: dict[MemberId, Answers] = {member: {"speak": 1} for member in ballots}

    assert close(eligible, ballots).fates == close(eligible, same_people).fates


@given(rounds())
def test_the_order_of_ballots_and_people_leaves_no_trace(
    played: tuple[list[Eligible], dict[MemberId, Answers]],
) -> None:
    eligible, ballots = played
    backwards = dict(reversed(ballots.items()))

    assert close(eligible, ballots) == close(eligible[::-1], backwards)
