"""Which answers are published together. Decided by who and how many, never by what they said."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

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
    Instrument,
    Release,
    Results,
    Stratum,
    Threshold,
)
from bot.pulse.rules.items import is_favourable

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
    """What leaves the round: each mentee's ballot goes into exactly one cell, or is destroyed.

    `before` holds, per cell, who was eligible when that cell was last released or withheld.
    Nothing but numbers of people decides a cell's fate. Output order depends on ids alone.
    """
    people = _by_cell(eligible, level)
    answered = {cell: members & ballots.keys() for cell, members in people.items()}
    fates = _fates(people, answered, before=before, threshold=threshold)
    releases = tuple(
        Release(fate.cell_id, item_id, _band_of(instrument, item_id, papers, threshold, level))
        for fate in fates
        if fate.fate is Fate.RELEASED
        for papers in [_papers(fate, answered, ballots)]
        for item_id in asked
    )
    return Results(fates, releases)


def changed_a_little(now: People, before: People | None, threshold: Threshold) -> bool:
    """Whether one to k-1 people came or went, so that two releases would show who they are."""
    return before is not None and 1 <= len(now ^ before) < enough(threshold)


def people_of(fate: CellFate, eligible: Iterable[Eligible]) -> People:
    """The mentees who were eligible in that cell: the groups of a pool, everyone in a programme."""
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
    before: Mapping[CellId, People],
    threshold: Threshold,
) -> tuple[CellFate, ...]:
    needed = enough(threshold)
    small = tuple(cell for cell in people if len(answered[cell]) < needed)
    pool = _pool_fate(small, people, answered, before=before, threshold=threshold)
    alone: list[CellFate] = []
    for cell, members in people.items():
        if cell in small:
            alone.append(CellFate(cell, Fate.POOLED if pool else Fate.TOO_FEW))
        elif changed_a_little(members, before.get(cell), threshold):
            alone.append(CellFate(cell, Fate.CHANGED))
        else:
            alone.append(CellFate(cell, Fate.RELEASED))
    return (*alone, pool) if pool else tuple(alone)


def _pool_fate(
    small: Sequence[CellId],
    people: Mapping[CellId, People],
    answered: Mapping[CellId, Collection[MemberId]],
    *,
    before: Mapping[CellId, People],
    threshold: Threshold,
) -> CellFate | None:
    """The fate of the pool of small groups; None when there is none to speak of.

    It needs `enough` people who answered, from two groups or more. Every small group counts as
    part of it, those without an answer too, so that being in the pool tells nothing about one.
    """
    sizes = [len(answered[cell]) for cell in small if answered[cell]]
    if len(sizes) < 2 or sum(sizes) < enough(threshold):
        return None
    members = frozenset[MemberId]().union(*(people[cell] for cell in small))
    little = changed_a_little(members, before.get(SMALL_GROUPS), threshold)
    return CellFate(SMALL_GROUPS, Fate.CHANGED if little else Fate.RELEASED, tuple(small))


def _papers(
    fate: CellFate,
    answered: Mapping[CellId, Collection[MemberId]],
    ballots: Mapping[MemberId, Answers],
) -> list[Answers]:
    parts = fate.pooled or (fate.cell_id,)
    return [ballots[member] for part in parts for member in answered[part]]


def _band_of(
    instrument: Instrument,
    item_id: str,
    papers: Iterable[Answers],
    threshold: Threshold,
    level: CellLevel,
) -> Band:
    item = instrument.item(item_id)
    points = [paper[item_id] for paper in papers if item_id in paper]
    if item is None:
        return Band.NOT_ENOUGH
    favourable = sum(is_favourable(item, point) for point in points)
    rule = share_band if level is CellLevel.PROGRAMME else band
    return rule(favourable, len(points), threshold)


FLOOR = 5
"""No threshold goes below this: with one insider, two end bands need six counts, 0 to 5."""


def enough(threshold: Threshold) -> int:
    """How many answers a band needs: `k`, the floor, or what two end bands need, whichever is most.

    Two bands of c + 2 counts need n + 1 >= 2 (c + 2).
    """
    return max(threshold.k, FLOOR, 2 * threshold.c + 3)


def share_enough(threshold: Threshold) -> int:
    """How many answers a ten-point share needs: its end intervals hold n / 10 counts or more."""
    return 10 * (threshold.c + 2)


def cuts(answered: int, threshold: Threshold) -> tuple[range, ...]:
    """The counts of favourable answers that share a band, from lowest to highest.

    Two bands while three do not fit, the lower taking the odd count. From n + 1 >= 3 (c + 2) on,
    three: each end holds a third of the n + 1 counts, rounded down, the middle the rest.
    Empty when no safe banding exists or fewer than `enough` answered.
    """
    counts = answered + 1
    if answered < enough(threshold):
        return ()
    if counts >= 3 * (threshold.c + 2):
        end = counts // 3
        return range(end), range(end, counts - end), range(counts - end, counts)
    low = (counts + 1) // 2
    return range(low), range(low, counts)


def band(favourable: int, answered: int, threshold: Threshold) -> Band:
    """The band for `favourable` of `answered`; NOT_ENOUGH when too few answered.

    Raises ValueError for a count that cannot be.
    """
    _refuse_impossible(favourable, answered)
    parts = cuts(answered, threshold)
    if not parts:
        return Band.NOT_ENOUGH
    names = (Band.LOW, Band.HIGH) if len(parts) == 2 else GROUP_BANDS
    return next(name for name, part in zip(names, parts, strict=True) if favourable in part)


def share_band(favourable: int, answered: int, threshold: Threshold) -> Band:
    """The ten-point interval that holds the favourable share, or `band` when too few for that.

    For a whole programme only. An interval holds its lower end; the highest holds 100 % too.
    """
    _refuse_impossible(favourable, answered)
    if answered < share_enough(threshold):
        return band(favourable, answered, threshold)
    return SHARE_BANDS[min(favourable * 10 // answered, 9)]


def direction(before: Band | None, after: Band | None) -> int | None:
    """1 for a higher band than before, 0 for the same, -1 for a lower; None if not comparable."""
    for scale in (GROUP_BANDS, SHARE_BANDS):
        if before in scale and after in scale:
            step = scale.index(after) - scale.index(before)
            return (step > 0) - (step < 0)
    return None


def _refuse_impossible(favourable: int, answered: int) -> None:
    if not 0 <= favourable <= answered:
        raise ValueError(f"{favourable} favourable of {answered} answers cannot be")
