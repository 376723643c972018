"""Decide what a round asks and publishes, by who and how many, never by what they said."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.kernel.ids import MemberId
from bot.pulse.model import (
    GROUP_BANDS,
    SHARE_BANDS,
    SMALL_GROUPS,
    WHOLE_PROGRAMME,
    Answers,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Form,
    Instrument,
    Item,
    ItemUse,
    Paper,
    Release,
    Results,
    Stratum,
    Threshold,
)

People = frozenset[MemberId]


def results(
    *,
    instrument: Instrument,
    asked: Sequence[str],
    eligible: Iterable[Eligible],
    ballots: Mapping[MemberId, Answers],
    before: Mapping[CellId, People],
    threshold: Threshold,
    level: CellLevel,
) -> Results:
    """Decide what is published: each mentee's ballot goes into one cell, or is destroyed.

    `before` holds, per cell, who was eligible when that cell was last released or withheld.
    Nothing but numbers of people decides a cell's fate. Output order depends on ids alone.
    """
    people = _by_cell(eligible, level)
    answered = {cell: members & ballots.keys() for cell, members in people.items()}
    fates = _fates(people, answered, before=before.values(), threshold=threshold)
    releases = tuple(
        Release(fate.cell_id, item_id, cell.band_of(instrument, item_id, threshold, level))
        for fate in fates
        if fate.fate is Fate.RELEASED
        for cell in [_Counted.of(fate, people, answered, ballots, threshold)]
        for item_id in asked
    )
    return Results(fates, releases)


def changed_a_little(now: People, before: Collection[People], threshold: Threshold) -> bool:
    """Say whether one to k-1 people came or went, so that two releases would show who they are.

    Of the earlier cells the one counts that shares the most people with this, whatever it was
    called; where several share as many, each of them.
    """
    most = max((len(now & then) for then in before), default=0)
    nearest = [then for then in before if most and len(now & then) == most]
    return any(1 <= len(now ^ then) < enough(threshold) for then in nearest)


def people_of(fate: CellFate, eligible: Iterable[Eligible]) -> People:
    """Find the mentees who were eligible in a cell: a pool's groups, a programme's everyone."""
    if fate.cell_id == WHOLE_PROGRAMME:
        return _by_cell(eligible, CellLevel.PROGRAMME).get(WHOLE_PROGRAMME, frozenset())
    cells = _by_cell(eligible, CellLevel.GROUP)
    parts = fate.pooled if fate.cell_id == SMALL_GROUPS else (fate.cell_id,)
    return frozenset[MemberId]().union(*(cells.get(part, frozenset()) for part in parts))


def _by_cell(eligible: Iterable[Eligible], level: CellLevel) -> dict[CellId, People]:
    cells: dict[CellId, set[MemberId]] = defaultdict(set)
    for person in eligible:
        if person.stratum is Stratum.MENTEE:
            whole = level is CellLevel.PROGRAMME
            cells[WHOLE_PROGRAMME if whole else person.cell_id].add(person.member_id)
    return {cell: frozenset(cells[cell]) for cell in sorted(cells)}


def _fates(
    people: Mapping[CellId, People],
    answered: Mapping[CellId, Collection[MemberId]],
    *,
    before: Collection[People],
    threshold: Threshold,
) -> tuple[CellFate, ...]:
    """Give each cell its fate. A cell alone needs one more person asked than have to answer."""
    needed = enough(threshold)
    small = tuple(
        cell
        for cell, members in people.items()
        if len(members) <= needed or len(answered[cell]) < needed
    )
    pool = _pool_fate(small, people, answered, before=before, threshold=threshold)
    alone: list[CellFate] = []
    for cell, members in people.items():
        if cell in small:
            alone.append(CellFate(cell, Fate.POOLED if pool else Fate.TOO_FEW))
        elif changed_a_little(members, before, threshold):
            alone.append(CellFate(cell, Fate.CHANGED))
        else:
            alone.append(CellFate(cell, Fate.RELEASED))
    return (*alone, pool) if pool else tuple(alone)


def _pool_fate(
    small: Sequence[CellId],
    people: Mapping[CellId, People],
    answered: Mapping[CellId, Collection[MemberId]],
    *,
    before: Collection[People],
    threshold: Threshold,
) -> CellFate | None:
    """Give the fate of the pool of small groups; None when there is none to speak of.

    It needs `enough` people who answered, from two groups or more, and must be possible without
    any one of them. Every small group counts as part of it, those without an answer too, so that
    being in the pool tells nothing about one.
    """
    needed = enough(threshold)
    sizes = [len(answered[cell]) for cell in small if answered[cell]]
    if len(sizes) < LEAST_POOLED or sum(sizes) < needed:
        return None
    asked = {cell: len(people[cell]) for cell in small}
    most = {cell: _most_answers(asked[cell], pooled=True, needed=needed) for cell in small}
    if not possible_without_anybody(asked, most, people=needed, groups=LEAST_POOLED):
        return None
    members = frozenset[MemberId]().union(*(people[cell] for cell in small))
    little = changed_a_little(members, before, threshold)
    return CellFate(SMALL_GROUPS, Fate.CHANGED if little else Fate.RELEASED, tuple(small))


def _most_answers(asked: int, *, pooled: bool, needed: int) -> int:
    """Count the answers that a cell can hold at most, by what its fate tells everybody."""
    return needed - 1 if pooled and asked > needed else asked


def possible_without_anybody(
    asked: Mapping[CellId, int], most: Mapping[CellId, int], *, people: int, groups: int
) -> bool:
    """Say whether `people` of `groups` could have answered whoever else did not.

    Otherwise a result would prove that somebody answered. `most` is what each cell can hold.
    """
    for cell, number in asked.items():
        others = {**most, cell: min(most[cell], number - 1)}
        if sum(others.values()) < people or sum(map(bool, others.values())) < groups:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Counted:
    """The papers of a cell that is released, and how many it could hold by what its fate tells."""

    papers: Sequence[Answers]
    asked: int

    @classmethod
    def of(
        cls,
        fate: CellFate,
        people: Mapping[CellId, People],
        answered: Mapping[CellId, People],
        ballots: Mapping[MemberId, Answers],
        threshold: Threshold,
    ) -> "_Counted":
        parts = fate.pooled or (fate.cell_id,)
        papers = [ballots[member] for part in parts for member in answered[part]]
        sizes = [len(people[part]) for part in parts]
        if fate.pooled:
            sizes = [_most_answers(one, pooled=True, needed=enough(threshold)) for one in sizes]
        return cls(papers, sum(sizes))

    def band_of(
        self, instrument: Instrument, item_id: str, threshold: Threshold, level: CellLevel
    ) -> Band:
        item = instrument.item(item_id)
        points = [paper[item_id] for paper in self.papers if item_id in paper]
        if item is None:
            return Band.NOT_ENOUGH
        favourable = sum(is_favourable(item, point) for point in points)
        rule = share_band if level is CellLevel.PROGRAMME else band
        return rule(favourable, len(points), threshold, asked=self.asked)


FLOOR = 5
"""No threshold goes below this: with one insider, two end bands need six counts, 0 to 5."""
LEAST_INSIDERS = 1
"""Everybody knows their own answer, whatever a threshold says."""
LEAST_POOLED = 2
"""So many groups must have answered for a pool."""


def _insiders(threshold: Threshold) -> int:
    return max(threshold.c, LEAST_INSIDERS)


def enough(threshold: Threshold) -> int:
    """Count the answers that a band needs: the most of `k`, the floor, and two end bands.

    Two bands of c + 2 counts need n + 1 >= 2 (c + 2).
    """
    return max(threshold.k, FLOOR, 2 * _insiders(threshold) + 3)


def share_enough(threshold: Threshold) -> int:
    """Count the answers that a ten-point share needs: its ends hold n / 10 counts or more."""
    return 10 * (_insiders(threshold) + 2)


def cuts(answered: int, threshold: Threshold, *, asked: int | None = None) -> tuple[range, ...]:
    """Give the counts of favourable answers that share a band, from lowest to highest.

    Two bands while three do not fit, the lower taking the odd count. From n + 1 >= 3 (c + 2) on,
    three: each end holds a third of the n + 1 counts, rounded down, the middle the rest. Three
    need one more person `asked` than that, or a middle band would prove that all had answered.
    Empty when no safe banding exists or fewer than `enough` answered.
    """
    counts = answered + 1
    if answered < enough(threshold):
        return ()
    three = 3 * (_insiders(threshold) + 2)
    if counts >= three and (asked is None or asked >= three):
        end = counts // 3
        return range(end), range(end, counts - end), range(counts - end, counts)
    low = (counts + 1) // 2
    return range(low), range(low, counts)


def band(favourable: int, answered: int, threshold: Threshold, *, asked: int | None = None) -> Band:
    """Give the band for `favourable` of `answered`; NOT_ENOUGH when too few answered.

    `asked` is None where so many were asked that it decides nothing. Raises ValueError for a
    count that cannot be.
    """
    _refuse_impossible(favourable, answered)
    parts = cuts(answered, threshold, asked=asked)
    if not parts:
        return Band.NOT_ENOUGH
    names = (Band.LOW, Band.HIGH) if len(parts) == 2 else GROUP_BANDS
    return next(name for name, part in zip(names, parts, strict=True) if favourable in part)


def share_band(
    favourable: int, answered: int, threshold: Threshold, *, asked: int | None = None
) -> Band:
    """Give the ten-point interval that holds the favourable share, or `band` when too few for that.

    For a whole programme only. An interval holds its lower end; the highest holds 100 % too.
    """
    _refuse_impossible(favourable, answered)
    needed = share_enough(threshold)
    if answered < needed or (asked is not None and asked <= needed):
        return band(favourable, answered, threshold, asked=asked)
    return SHARE_BANDS[min(favourable * 10 // answered, 9)]


def direction(before: Band | None, after: Band | None) -> int | None:
    """Compare bands: 1 for a higher one, 0 for the same, -1 for a lower; None if not comparable."""
    for scale in (GROUP_BANDS, SHARE_BANDS):
        if before in scale and after in scale:
            step = scale.index(after) - scale.index(before)
            return (step > 0) - (step < 0)
    return None


def _refuse_impossible(favourable: int, answered: int) -> None:
    if not 0 <= favourable <= answered:
        raise ValueError(f"{favourable} favourable of {answered} answers cannot be")


LOWEST, HIGHEST = 1, 5
FAVOURABLE_FROM = 4


def items_for(instrument: Instrument, *, form: Form, number: int) -> tuple[str, ...]:
    """Choose the items that round `number` (0 is the first) asks, in the instrument's order.

    The core form is the core and one rotating item, each in its turn; the full form is everything.
    """
    if form is Form.FULL:
        return tuple(item.id for item in instrument.items)
    rotating = [item for item in instrument.items if item.place is ItemUse.ROTATING]
    turn = {rotating[number % len(rotating)].id} if rotating else set()
    return tuple(
        item.id for item in instrument.items if item.place is ItemUse.CORE or item.id in turn
    )


def form_for(*, week: int, previous_week: int | None, weeks: int, every_weeks: int) -> Form:
    """Choose the full form for the first, the middle and the last round; else the core.

    Weeks count from 1. `previous_week` is when the round before opened, None if there was none.
    """
    middle = weeks / 2
    is_first = previous_week is None
    is_middle = previous_week is not None and previous_week < middle <= week
    is_last = week + every_weeks > weeks
    return Form.FULL if is_first or is_middle or is_last else Form.CORE


def is_favourable(item: Item, point: int) -> bool:
    """Say whether `point` (1-5) speaks for the space, after turning reversed items round."""
    return (LOWEST + HIGHEST - point if item.reverse else point) >= FAVOURABLE_FROM


def acceptable(answers: Mapping[str, object], asked: Iterable[str]) -> Answers | None:
    """Give the answers if every one is a whole point of the scale for an item asked, else None."""
    items = set(asked)
    read: dict[str, int] = {}
    for item_id, point in answers.items():
        if item_id not in items or not isinstance(point, int) or isinstance(point, bool):
            return None
        if not LOWEST <= point <= HIGHEST:
            return None
        read[item_id] = point
    return read


LEAST_PEOPLE, LEAST_GROUPS = 10, 3


def pooled(
    eligible: Iterable[Eligible],
    papers: Mapping[MemberId, Paper],
    threshold: Threshold,
    level: CellLevel = CellLevel.GROUP,
) -> tuple[str, ...]:
    """Pool the programme's comments; none unless enough mentees of enough groups answered.

    They must have been possible without any one of them, by what the groups' own fates tell.
    Their order follows from their words alone. Mentors and other strata are never counted or read.
    """
    people = _by_cell(eligible, CellLevel.GROUP)
    answered = {cell: members & papers.keys() for cell, members in people.items()}
    needed, least = enough(threshold), max(LEAST_PEOPLE, threshold.k)
    if sum(map(len, answered.values())) < least or sum(map(bool, answered.values())) < LEAST_GROUPS:
        return ()
    asked = {cell: len(members) for cell, members in people.items()}
    small = [cell for cell in people if asked[cell] <= needed or len(answered[cell]) < needed]
    in_pool = sum(len(answered[cell]) for cell in small)
    most = {
        cell: _most_answers(asked[cell], pooled=cell in small, needed=needed) for cell in people
    }
    if level is CellLevel.PROGRAMME:
        most = asked
    elif in_pool < needed:  # that there is no pool tells that these are few, all together
        least += max(0, sum(most[cell] for cell in small) - (needed - 1))
    if not possible_without_anybody(asked, most, people=least, groups=LEAST_GROUPS):
        return ()
    written = (papers[member].comment for members in answered.values() for member in members)
    return tuple(sorted(filter(None, written), key=lambda text: (text.casefold(), text)))
