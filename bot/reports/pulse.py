"""Tell a released round of the pulse from what it published, and what was done after it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.kernel.clock import local_date
from bot.kernel.words import listed, plural
from bot.pulse.model import GROUP_BANDS, SHARE_BANDS, Action, Band, Published
from bot.reports.model import RoundRow, Statement

FAVOURABLE = {Band.HIGH, *SHARE_BANDS[6:]}
HALF = {Band.MIXED, *SHARE_BANDS[4:6]}
UNFAVOURABLE = {Band.LOW, *SHARE_BANDS[:4]}
_WORDS = {Band.HIGH: "High", Band.MIXED: "Mixed", Band.LOW: "Low"}


def round_row(published: Published, action: Action | None, *, tz: str) -> RoundRow:
    """Tell a round: its statements' results over all groups, and the coordinator's own words."""
    statements = tuple(_statements(published))
    every: Counter[Band] = Counter()
    for item_id in published.round.items:
        every.update(published.count_of(item_id))
    return RoundRow(
        released_on=published.released_on,
        statements=statements,
        bands=(
            _sum(every, FAVOURABLE),
            _sum(every, HALF),
            _sum(every, UNFAVOURABLE),
            every[Band.NOT_ENOUGH],
        ),
        action=action.text if action else None,
        action_on=local_date(action.posted_at, tz) if action else None,
    )


def _sum(counted: Mapping[Band, int], bands: set[Band]) -> int:
    return sum(counted.get(band, 0) for band in bands)


def _statements(published: Published) -> Iterator[Statement]:
    for item_id in published.round.items:
        item, counted = published.round.instrument.item(item_id), published.count_of(item_id)
        if item is not None and counted:
            yield Statement(item.label, _result(counted))


def _result(counted: Mapping[Band, int]) -> str:
    """Say in how many results of groups a statement stands in which band, or the share."""
    told = next((band for band in SHARE_BANDS if counted.get(band)), None)
    if told is not None:
        return f"{told.value.replace('-', ' to ')} % of answers"
    parts = [f"{counted[band]} {_WORDS[band]}" for band in GROUP_BANDS[::-1] if counted.get(band)]
    if few := counted.get(Band.NOT_ENOUGH, 0):
        parts.append(f"{few} without enough answers")
    return f"{plural(sum(counted.values()), 'result')}: {listed(parts)}"
