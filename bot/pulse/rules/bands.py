"""From a count of favourable answers to the band that is published.

A band must leave every answer open, even to insiders who know `c` answers and how many people
answered. If the insiders' answers are all favourable, a lowest band of m counts leaves 0…m-1-c to
everybody else; that is more than one possibility exactly when m >= c + 2. The same holds at the
top. Bands in between never settle anybody. Hence the one rule here: an end band holds at least
c + 2 counts.
"""

from bot.pulse.model import GROUP_BANDS, SHARE_BANDS, Band, Threshold

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
