"""Whether a result is there proves of nobody that they answered, and shows no small change."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from bot.flows import pulse_rounds as rounds
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId
from bot.people import store as people
from bot.people.model import Role
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.model import (
    SHARE_BANDS,
    Answers,
    Band,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Paper,
    Results,
    Stratum,
    Threshold,
)
from bot.pulse.rules import band, enough, pooled, results, share_enough
from tests.attacks.test_writers import GOOD
from tests.pulse.papers import INSTRUMENT, groups
from tests.pulse.stage import CLOSES, Stage
from tests.pulse.year import MENTEES, Year
from tests.support.cast import HERE

CARELESS = Threshold(k=-3, c=-2)


def close(
    eligible: list[Eligible], answered: list[MemberId], level: CellLevel = CellLevel.GROUP
) -> Results:
    """A round in which these people answered, half of each group for the space."""
    ballots: dict[MemberId, Answers] = {}
    for cell in {one.cell_id for one in eligible}:
        here = [one.member_id for one in eligible if one.cell_id == cell]
        for number, one in enumerate(one for one in here if one in answered):
            ballots[one] = {"speak": 5 if number % 2 else 1}  # so that a middle band shows itself
    return results(
        instrument=INSTRUMENT,
        asked=("speak",),
        eligible=eligible,
        ballots=ballots,
        before={},
        threshold=Threshold(),
        level=level,
    )


def seen(found: Results, comments: tuple[str, ...]) -> object:
    """All that anybody reads: fates, bands, and whether there are comments."""
    return found.fates, found.releases, bool(comments)


@pytest.mark.parametrize(
    "sizes",
    [
        {"A": 5},
        {"A": 6},
        {"A": 8},
        {"A": 9},
        {"A": 4, "B": 1},
        {"A": 7, "B": 1},
        {"A": 7, "B": 2},
        {"A": 7, "B": 4},
        {"A": 6, "B": 1, "C": 1},
        {"A": 4, "B": 3, "C": 3},
        {"A": 8, "B": 1, "C": 1},
        {"A": 6, "B": 4, "C": 2},
        {"A": 5, "B": 4, "C": 3},
    ],
    ids=str,
)
def test_no_result_proves_that_somebody_answered(sizes: dict[str, int]) -> None:
    """Every set of people who may have answered is tried: of five of five, four of four and one
    of one, eight of eight ("Mixed"), and ten of ten with comments, all were proven to have."""
    eligible = groups(sizes)
    everybody = frozenset(one.member_id for one in eligible)
    always: dict[object, frozenset[MemberId]] = {}
    for chosen in product((False, True), repeat=len(eligible)):
        answered = [one.member_id for one, did in zip(eligible, chosen, strict=True) if did]
        found = close(eligible, answered)
        papers = {one: Paper({}, "x") for one in answered}
        comments = pooled(eligible, papers, Threshold())
        key = seen(found, comments)
        always[key] = always.get(key, everybody) & frozenset(answered)

    assert {key: sorted(who) for key, who in always.items() if who} == {}


@pytest.mark.parametrize(("asked", "names"), [(8, {Band.LOW, Band.HIGH}), (9, None)])
def test_a_middle_band_does_not_prove_that_all_of_eight_answered(
    asked: int, names: set[Band] | None
) -> None:
    found = {band(count, 8, Threshold(), asked=asked) for count in range(9)}

    assert found == (names or {Band.LOW, Band.MIXED, Band.HIGH})


@pytest.mark.parametrize(("asked", "has_share"), [(30, False), (31, True)])
def test_a_share_does_not_prove_that_all_of_thirty_answered(asked: int, has_share: bool) -> None:
    eligible = groups({"A": asked})
    answered = [one.member_id for one in eligible][:30]

    (release,) = close(eligible, answered, CellLevel.PROGRAMME).releases

    assert (release.band in SHARE_BANDS) is has_share


def test_floors_hold_in_the_rules_whatever_a_threshold_says() -> None:
    """With c = -2 in the round's row, exact shares of five people were published."""
    assert enough(CARELESS) == 5
    assert share_enough(CARELESS) == 30
    assert {band(count, 5, CARELESS) for count in range(6)} == {Band.LOW, Band.HIGH}
    assert band(4, 4, CARELESS) is Band.NOT_ENOUGH


async def opened(stage: Stage, members: list[str], cell: str, days: int) -> list[Fate]:
    """The fates of a round of one group, which everybody answers."""
    opens_at = CLOSES + timedelta(days=days)
    async with stage.database.writing() as connection:
        round_ = await pulse.open_round(
            connection,
            stage.vault,
            workspace_id=HERE,
            programme_id=ProgrammeId("programme_year"),
            instrument=stage.instrument,
            items=("speak", "mistakes"),
            eligible=[Eligible(MemberId(one), CellId(cell)) for one in members],
            opens_at=opens_at,
            closes_at=opens_at + timedelta(days=5),
            threshold=Threshold(),
            cell_level=CellLevel.GROUP,
        )
    await stage.all_answer(round_, GOOD)
    return [one.fate for one in (await stage.close(round_)).results.fates]


async def test_a_group_under_a_new_name_is_compared_with_the_people_it_had(stage: Stage) -> None:
    """A mentor who left and came back gave them a new group; a change of one was released."""
    six = [f"A{n}" for n in range(6)]

    fates = [
        await opened(stage, six, "A", 0),
        await opened(stage, [*six[1:], "new"], "came-back", 20),
        await opened(stage, [*six[1:], "new"], "came-back-again", 40),
        await opened(stage, [f"B{n}" for n in range(6)], "A", 60),
    ]

    assert fates == [[Fate.RELEASED], [Fate.CHANGED], [Fate.RELEASED], [Fate.RELEASED]]


async def test_who_comes_to_read_the_digest_while_a_round_is_open_is_not_counted(
    stage: Stage, year: Year
) -> None:
    """A mentee made coordinator was counted, and read the results of five others."""
    round_ = await stage.open({"A": 6, "B": 7})
    await stage.all_answer(round_, GOOD)
    both = frozenset({Role.COORDINATOR, Role.MENTEE})
    readers = [
        replace(MENTEES[0], id=MemberId(f"{cell}0"), slack_user_id=SlackUserId(cell), roles=both)
        for cell in "AB"
    ]
    async with stage.database.writing() as connection:
        await people.put_members(connection, HERE, readers)

    await rounds.finish_rounds(year.means, now=CLOSES)

    found = await stage.published(round_)
    assert found is not None
    assert {one.cell_id: one.fate for one in found.results.fates} == {
        "A": Fate.TOO_FEW,
        "B": Fate.RELEASED,
    }
    async with stage.database.reading() as connection:
        asked = await kept.eligible_for(connection, round_.id)
    aside = {one.member_id for one in asked if one.stratum is Stratum.OTHER}
    assert aside == {"A0", "B0"}
