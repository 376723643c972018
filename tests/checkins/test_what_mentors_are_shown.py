"""Who may read a check-in at this moment."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkins import reading
from bot.checkins.reading import Direction, MentorsNow, mentor_may_read, narrower_than
from bot.checkins.rules import CheckIn, CheckInId, Reflection, Visibility
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import EndReason, Method, Pairing
from bot.people.model import Member, MemberState, Role
from tests.support.cast import ALICE, BOB, CAROL, HERE, PROGRAMME

GROUP, OTHER = GroupId("group_one"), GroupId("group_two")
STARTED = datetime(2026, 9, 7, tzinfo=UTC)
BEFORE, AFTER = STARTED - timedelta(days=1), STARTED + timedelta(days=1)
ENDED = STARTED + timedelta(days=7)
NOBODY: frozenset[tuple[GroupId, MemberId]] = frozenset()


def written(visibility: Visibility, at: datetime = AFTER, group: GroupId | None = GROUP) -> CheckIn:
    return CheckIn(
        id=CheckInId("checkin"),
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=group,
        member_id=BOB.id,
        framework_id="miller_is",
        stage="Knows",
        written_at=BEFORE,
        shared_at=at,
        entry=Reflection(visibility=visibility, wish="More time"),
    )


def pairing(mentor: Member = ALICE, group: GroupId = GROUP, **changes: object) -> Pairing:
    made = Pairing(
        id="pairing",
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=group,
        mentee_id=BOB.id,
        mentor_id=mentor.id,
        method=Method.PROPOSED,
        score=1.0,
        reason="",
        started_at=STARTED,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def read(
    checkin: CheckIn,
    reader: Member = ALICE,
    *pairings: Pairing,
    sits_with: frozenset[tuple[GroupId, MemberId]] = frozenset({(GROUP, BOB.id)}),
    mentors: frozenset[tuple[GroupId, MemberId]] = frozenset({(GROUP, BOB.id)}),
) -> bool:
    return reading.may_read(
        checkin, reader, sits_with=sits_with, mentors=mentors, pairings=pairings
    )


@pytest.mark.parametrize(
    ("checkin", "shown"),
    [
        (written(Visibility.MENTOR), True),
        (written(Visibility.MENTOR, STARTED), True),
        (written(Visibility.MENTOR, BEFORE), False),
        (written(Visibility.GROUP, BEFORE), False),
        (written(Visibility.GROUP), True),
        (written(Visibility.ONLY_ME), False),
        (written(Visibility.MENTOR, group=OTHER), False),
        (written(Visibility.GROUP, group=OTHER), False),
        (written(Visibility.GROUP, group=None), False),
    ],
)
def test_a_later_mentor_is_not_shown_what_an_earlier_one_was(checkin: CheckIn, shown: bool) -> None:
    assert read(checkin, ALICE, pairing()) is shown


def test_a_former_mentor_reads_nothing_and_one_who_returns_what_was_for_them() -> None:
    for_alice = written(Visibility.MENTOR)
    ended = pairing(ended_at=ENDED)

    assert not read(for_alice, ALICE, ended, mentors=frozenset())
    assert read(for_alice, ALICE, ended, pairing(started_at=ENDED + timedelta(days=9)))
    assert not read(written(Visibility.MENTOR, ENDED), ALICE, ended)
    assert not read(written(Visibility.GROUP), ALICE, ended, mentors=frozenset(), sits_with=NOBODY)


@pytest.mark.parametrize("why", [EndReason.TOOK_OVER, EndReason.REMATCH])
def test_a_peer_mentor_who_takes_over_reads_nothing_that_was_for_the_mentor(why: EndReason) -> None:
    pete = replace(ALICE, roles=frozenset({Role.PEER_MENTOR}))
    beside = pairing(pete, ended_at=ENDED, end_reason=why)
    now = pairing(pete, started_at=ENDED)

    assert not read(written(Visibility.MENTOR), pete, beside, now)
    assert read(written(Visibility.MENTOR, ENDED), pete, beside, now)
    assert read(written(Visibility.GROUP), pete, beside, now)
    if why is EndReason.TOOK_OVER:
        promoted = replace(pete, roles=frozenset({Role.MENTOR}))
        assert not read(written(Visibility.MENTOR), promoted, beside, now)


def test_what_is_for_the_group_is_for_who_sits_there_with_its_writer() -> None:
    for_group = written(Visibility.GROUP)

    assert read(for_group, CAROL, mentors=NOBODY)
    assert not read(for_group, CAROL, sits_with=NOBODY, mentors=NOBODY)
    assert not read(for_group, CAROL, sits_with=frozenset({(GROUP, CAROL.id)}), mentors=NOBODY)
    assert not read(written(Visibility.MENTOR), CAROL, mentors=NOBODY)


@pytest.mark.parametrize("state", [MemberState.LEFT, MemberState.DEACTIVATED])
def test_who_has_left_reads_nothing_but_their_own(state: MemberState) -> None:
    gone = replace(ALICE, state=state)

    assert not read(written(Visibility.GROUP), gone, pairing())
    assert not read(written(Visibility.MENTOR), gone, pairing())
    assert read(written(Visibility.ONLY_ME), replace(BOB, state=state))


def test_the_writer_learns_whether_their_mentors_of_now_can_read_it() -> None:
    mine = written(Visibility.MENTOR)
    heir = pairing(CAROL, started_at=ENDED)
    former = pairing(ended_at=ENDED)
    alice, carol = frozenset({ALICE.id}), frozenset({CAROL.id})

    assert reading.mentors_now(mine, [pairing()]) == MentorsNow(alice)
    assert reading.mentors_now(mine, [former, heir]) == MentorsNow(carol, False, some_cannot=True)
    assert reading.mentors_now(mine, [pairing(), heir]) == MentorsNow(
        alice | carol, some_cannot=True
    )
    assert reading.mentors_now(mine, [former]) == MentorsNow(can_read=False)
    for_group = written(Visibility.GROUP)
    assert reading.mentors_now(for_group, [former, heir]) == MentorsNow(carol, some_cannot=True)
    assert reading.mentors_now(for_group, [pairing()]) == MentorsNow(alice)
    assert reading.mentors_now(written(Visibility.ONLY_ME), [former]) == MentorsNow()


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


@given(
    st.lists(st.tuples(st.datetimes(), st.text(max_size=3)), min_size=1, unique=True).map(sorted),
    st.data(),
)
def test_next_and_back_pass_every_page_once_also_when_the_open_one_is_gone(
    pages: list[Any], data: st.DataObject
) -> None:
    opened = data.draw(st.sampled_from(pages))
    left = [page for page in pages if page != opened]

    found: list[Any] = []
    at = reading.neighbour(pages, None)
    while at is not None and pages[at] not in found:
        found.append(pages[at])
        at = reading.neighbour(pages, (Direction.NEXT, pages[at]))
    after = reading.neighbour(left, (Direction.NEXT, opened))
    before = reading.neighbour(left, (Direction.BACK, opened))

    assert found == pages
    assert reading.neighbour([], (Direction.NEXT, opened)) is None
    if left:
        assert after is not None
        assert before is not None
        assert left[after] > opened or left[after] == left[-1]
        assert left[before] < opened or left[before] == left[0]
