"""Rules of peer rounds: dates, pools, no repeats while avoidable, nobody alone, barriers."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.clock import monday_of
from bot.kernel.ids import MemberId
from bot.peers.model import (
    PeerMeeting,
    PeerMeetingId,
    PeerReach,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
    Pool,
    SeriesId,
    SeriesPlan,
)
from bot.peers.rounds import plan_pools
from bot.peers.rules import (
    RoundCandidate,
    announced_at,
    asked_at,
    company_for,
    dates,
    in_order,
    is_to_begin,
    let_out,
    pairs_of,
    pools_of,
)
from bot.people.model import Role
from bot.schedule.calendar import Break, Calendar
from tests.support.cast import HERE

MONDAY = date(2026, 10, 5)


def plan(every_weeks: int = 2, rounds: int | None = None) -> SeriesPlan:
    return SeriesPlan(
        roles=frozenset({Role.MENTEE}),
        reach=PeerReach.GROUP,
        size=2,
        every_weeks=every_weeks,
        first_on=MONDAY,
        rounds=rounds,
    )


def people(count: int) -> tuple[MemberId, ...]:
    return tuple(MemberId(f"m{number:03}") for number in range(count))


barred = st.sets(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda two: two[0] < two[1]),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(2, 12), size=st.sampled_from([2, 3]), apart=barred, seed=st.integers(0, 9))
def test_nobody_meets_whom_they_must_not_and_nobody_sits_alone(
    count: int, size: int, apart: set[tuple[int, int]], seed: int
) -> None:
    everybody = people(count)
    pairs = {in_order(f"m{a:03}", f"m{b:03}") for a, b in apart}

    (found,) = plan_pools(
        [Pool(key="g", people=everybody)], size=size, rounds=3, history=[], apart=pairs, seed=seed
    )

    for groups in found.rounds:
        assert all(2 <= len(group) <= size + 1 for group in groups)
        assert not pairs_of(groups) & pairs
        assert sorted([*found.alone, *(one for g in groups for one in g)]) == sorted(everybody)
    if not found.rounds:
        assert set(found.alone) == set(everybody)


@settings(max_examples=25, deadline=None)
@given(half=st.integers(2, 8), seed=st.integers(0, 99))
def test_pairs_who_are_planned_anew_each_time_never_repeat_while_it_is_avoidable(
    half: int, seed: int
) -> None:
    everybody = people(2 * half)
    met: list[Sequence[MemberId]] = []
    pool = Pool(key="g", people=everybody)
    many = 2 * half - 1

    for turn in range(many):
        (found,) = plan_pools(
            [pool], size=2, rounds=many - turn + 3, history=met, apart=(), seed=seed
        )
        met += found.rounds[0]

    assert len(pairs_of(met)) == half * many


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), leaver=st.integers(0, 7))
def test_after_a_joiner_and_a_leaver_nobody_repeats_before_it_must_be(
    seed: int, leaver: int
) -> None:
    everybody = list(people(8))
    met: list[Sequence[MemberId]] = []

    for turn in range(4):
        if turn == 2:
            everybody.pop(leaver)
            everybody.append(MemberId("new"))
        pool = Pool(key="g", people=tuple(everybody))
        (found,) = plan_pools([pool], size=2, rounds=4 - turn, history=met, apart=(), seed=seed)
        assert not pairs_of(found.rounds[0]) & pairs_of(met)
        met += found.rounds[0]


def test_the_same_facts_give_the_same_plan() -> None:
    pools = [Pool(key=str(n), people=people(n)) for n in (5, 9)]
    its = {"size": 3, "rounds": 6, "history": [["m001", "m002"]], "apart": [("m000", "m003")]}

    assert plan_pools(pools, seed=4, **its) == plan_pools(pools, seed=4, **its)  # type: ignore[arg-type]


def test_those_who_met_longest_ago_repeat_first() -> None:
    pool = Pool(key="g", people=people(4))
    met: list[Sequence[MemberId]] = []

    for _ in range(6):
        (found,) = plan_pools([pool], size=2, rounds=6, history=met, apart=(), seed=1)
        met += found.rounds[0]

    assert [set(one) for one in met[:6]] == [set(one) for one in met[6:]] or all(
        sum(set(two) == set(g) for g in met) == 2 for two in combinations(people(4), 2)
    )


def test_a_break_moves_a_round_to_the_next_week_and_a_holiday_to_the_next_day() -> None:
    off = Break(MONDAY + timedelta(weeks=2), MONDAY + timedelta(weeks=2, days=6))
    monday_off = Break(MONDAY, MONDAY)
    calendar = Calendar(breaks=(monday_off, off))

    found = list(dates(plan(rounds=3), calendar, last=MONDAY + timedelta(weeks=20)))

    assert found == [
        MONDAY + timedelta(days=1),
        MONDAY + timedelta(weeks=3),
        MONDAY + timedelta(weeks=5),
    ]


@pytest.mark.parametrize("days_later", range(11))
def test_a_round_put_off_by_a_break_still_comes_once_the_break_has_begun(days_later: int) -> None:
    last, broken = MONDAY + timedelta(weeks=12), MONDAY + timedelta(weeks=2)
    calendar = Calendar(breaks=(Break(broken, broken + timedelta(days=6)),))
    promised = list(dates(plan(every_weeks=2), calendar, last=last))

    found = list(
        dates(
            plan(every_weeks=2),
            calendar,
            last=last,
            after=promised[0],
            number=1,
            earliest=MONDAY + timedelta(days=10 + days_later),
        )
    )

    assert found == promised[1:]


@given(
    every=st.integers(1, 8),
    rounds=st.one_of(st.none(), st.integers(1, 52)),
    breaks=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30)), max_size=5),
    weeks=st.integers(1, 50),
)
def test_no_round_begins_on_a_day_off_or_after_the_end(
    every: int, rounds: int | None, breaks: list[tuple[int, int]], weeks: int
) -> None:
    spans = [(MONDAY + timedelta(days=a), MONDAY + timedelta(days=a + n)) for a, n in breaks]
    calendar = Calendar(breaks=tuple(Break(*span) for span in spans))
    last = MONDAY + timedelta(weeks=weeks, days=-1)

    found = list(dates(plan(every, rounds), calendar, last=last))

    assert all(calendar.is_working(day) and day.weekday() <= 2 and day <= last for day in found)
    gaps = [(monday_of(b) - monday_of(a)).days // 7 for a, b in pairwise(found)]
    assert all(gap >= every for gap in gaps)
    assert rounds is None or len(found) <= rounds


def test_a_round_is_announced_at_nine_by_everybodys_own_clocks_whatever_they_do() -> None:
    one = PeerRound(
        id=PeerRoundId("r"),
        workspace_id=HERE,
        series_id=SeriesId("s"),
        number=1,
        begins_on=date(2026, 10, 26),
        state=PeerRoundState.OPEN,
        seed=1,
    )

    assert announced_at(one, "Europe/London").hour == 9  # clocks went back the day before
    assert announced_at(one, "America/New_York").hour == 13
    assert asked_at(one, "Europe/London").isoformat() == "2026-10-30T15:00:00+00:00"


def test_a_round_is_planned_on_the_day_before_and_not_after_wednesday() -> None:
    due = [day for day in range(-3, 6) if is_to_begin(MONDAY, today=MONDAY + timedelta(days=day))]

    assert due == [-1, 0, 1, 2]


def test_a_large_pool_is_split_into_even_ones_and_nobody_is_lost() -> None:
    everybody = [RoundCandidate(member_id=one) for one in people(125)]

    pools = pools_of(everybody, PeerReach.PROGRAMME, size=2, seed=3)

    assert sorted(len(pool.people) for pool in pools) == [41, 42, 42]
    assert sorted(one for pool in pools for one in pool.people) == list(people(125))


def test_those_who_share_an_interest_are_together_and_the_lonely_with_others() -> None:
    likes = ["Heart", "heart ", "HEART", "heart", "skin", "", "bone"]
    everybody = [
        RoundCandidate(member_id=one, interests=(like,) if like else ())
        for one, like in zip(people(7), likes, strict=True)
    ]

    pools = pools_of(everybody, PeerReach.INTEREST, size=2, seed=3)

    assert [len(pool.people) for pool in pools] == [3, 4]
    assert set(people(4)) in [set(pool.people) for pool in pools]


@pytest.mark.parametrize("apart", [(), (("m000", "m001"),)])
def test_those_who_are_alone_meet_strangers_of_their_pool_first(
    apart: tuple[tuple[str, str], ...],
) -> None:
    alone = [
        PeerMeeting(id=PeerMeetingId(one), members=(one,), about="other" if at == 3 else "g")
        for at, one in enumerate(people(4))
    ]

    joined, empty = company_for(alone, apart=apart, met={("m000", "m001")})

    assert [one.members for one in joined] == [("m000", "m002")]
    assert empty == ["m002"]


@given(st.data())
def test_whatever_changes_nobody_is_lost_and_nobody_meets_whom_they_must_not(
    data: st.DataObject,
) -> None:
    everybody = people(9)
    meetings = [
        PeerMeeting(id=PeerMeetingId(f"x{at}"), about="", members=tuple(everybody[at : at + 3]))
        for at in (0, 3, 6)
    ]
    gone = data.draw(st.sets(st.sampled_from(everybody)))
    apart = data.draw(st.sets(st.sampled_from(sorted(pairs_of([everybody])))))
    ids = iter(range(99))

    left = let_out(meetings, gone, apart, new_id=lambda: PeerMeetingId(f"y{next(ids)}"))
    alone = [one for one in left if len(one.members) == 1]
    joined, empty = company_for(alone, apart=apart, met=())

    by_id = {one.id: one for one in [*left, *joined] if one.id not in empty}
    seated = [member for one in by_id.values() for member in one.members]
    assert sorted(seated) == sorted(set(everybody) - gone)
    assert pairs_of([one.members for one in by_id.values()]).isdisjoint(apart)
    assert let_out(left, gone, apart, new_id=lambda: PeerMeetingId("z")) == left
