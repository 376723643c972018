"""What the form promises holds where it is hardest to keep: where six are asked."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations, product

import pytest

from bot.pulse import rules
from bot.pulse.model import CellLevel, Threshold
from handlers.pulse.form_views import PROMISE
from handlers.pulse.reader_views import NOT_CERTAIN
from tests.pulse.papers import INSTRUMENT, groups

ASKED = groups({"A": 6})
NOTHING, SKIPPED, AGAINST, FOR = None, 0, 1, 5
World = tuple[int | None, ...]
"""What each of the six did: left the form alone, left the statement out, or answered it against or
for the space."""


def seen(world: World, level: CellLevel) -> str:
    """All that is published of it."""
    ballots = {
        one.member_id: {"speak": point} if point else {}
        for one, point in zip(ASKED, world, strict=True)
        if point is not None
    }
    found = rules.results(
        instrument=INSTRUMENT,
        asked=("speak",),
        eligible=ASKED,
        ballots=ballots,
        before={},
        threshold=Threshold(),
        level=level,
    )
    return f"{found.fates} {found.releases}"


@pytest.fixture(params=[CellLevel.GROUP, CellLevel.PROGRAMME])
def worlds(request: pytest.FixtureRequest) -> Mapping[str, list[World]]:
    """Every world there may be, by what is published of it."""
    found = defaultdict(list)
    for world in product((NOTHING, SKIPPED, AGAINST, FOR), repeat=6):
        found[seen(world, request.param)].append(world)
    return found


def learned(worlds: Mapping[str, list[World]], insiders: tuple[int, ...]) -> tuple[set[int], int]:
    """Whom insiders who know what they did themselves can be sure about.

    Those whose answer is the same in every world that may be, if they answered at all, and how
    often somebody is known to have answered.
    """
    answers, has_answered = set(), 0
    for alike in worlds.values():
        by_own = defaultdict(list)
        for world in alike:
            by_own[tuple(world[one] for one in insiders)].append(world)
        for may_be in by_own.values():
            for other in set(range(6)) - set(insiders):
                told = {world[other] for world in may_be}
                answers |= {other} if len(told - {NOTHING, SKIPPED}) == 1 else set()
                has_answered += NOTHING not in told
    return answers, has_answered


def test_nobody_who_knows_their_own_answer_can_be_certain_of_anothers(
    worlds: Mapping[str, list[World]],
) -> None:
    assert "nobody can be certain what you answered" in PROMISE
    assert "not even a colleague who knows their own answer" in PROMISE

    assert learned(worlds, ())[0] == set()
    assert learned(worlds, (0,))[0] == set()


def test_two_who_compare_their_answers_sometimes_can_as_the_form_says(
    worlds: Mapping[str, list[World]],
) -> None:
    assert "two who compare theirs sometimes can" in PROMISE

    assert all(learned(worlds, pair)[0] for pair in combinations(range(6), 2))


def test_only_somebody_who_did_not_answer_a_statement_learns_that_all_others_did(
    worlds: Mapping[str, list[World]],
) -> None:
    assert "tells somebody who did not answer it that all others did" in NOT_CERTAIN

    def where(*mine: int | None) -> Mapping[str, list[World]]:
        return {seen: [one for one in alike if one[0] in mine] for seen, alike in worlds.items()}

    assert learned(where(NOTHING, SKIPPED), (0,))[1] > 0
    assert learned(where(AGAINST, FOR), (0,))[1] == 0
