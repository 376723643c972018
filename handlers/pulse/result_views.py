"""A released pulse round in words, as a table and over time. Only bands; no count of answers.

Groups stand in the order of their names, never by result.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.kernel.ports import Message
from bot.kernel.words import listed, plural
from bot.pulse.model import (
    GROUP_BANDS,
    SMALL_GROUPS,
    WHOLE_PROGRAMME,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Fate,
    Published,
)
from bot.pulse.rules import direction
from handlers import blocks as ui
from handlers.blocks import Block, Element, escape
from handlers.pulse.comment_views import comments_note, read_button

BAND_WORDS = {Band.LOW: "Low", Band.MIXED: "Mixed", Band.HIGH: "High"}
BAND_MARKS = {Band.LOW: "●○○", Band.MIXED: "●●○", Band.HIGH: "●●●"}
"""The same in dots, so that a table can be read at a glance without colour."""
CHANGE_WORDS = {1: "band up", 0: "same", -1: "band down"}
CHANGE_MARKS = {1: "↑", 0: "→", -1: "↓"}

ENOUGH = "5 or more responses"
WITHHELD = "no result of its own this time"
LEGEND = (
    "Low, Mixed and High say how many answers spoke for the space: few, about half, most. With "
    "five to seven answers, or where eight people or fewer were asked, there are only Low (half "
    "or fewer) and High (more than half)."
)
SHARES_LEGEND = (
    "A percentage says how many of all answers spoke for the space, to the next ten. With fewer "
    "than 30 answers there are only Low, Mixed and High."
)
WHY_WITHHELD = (
    "A group has no result of its own when fewer than six people were asked or fewer than five "
    "answered, or when a few people joined or left since the last pulse. A result could then give "
    "somebody away, so there is none."
)
WHY_NOTHING = (
    "There is no result when fewer than six people were asked or fewer than five answered, or when "
    "a few people joined or left since the last pulse. It could then give somebody away."
)
WAITS = "The next one opens when you have said what was done about this one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One round's results, the ones before it, and the groups' names."""

    programme: str
    now: Published
    before: Published | None = None
    names: Mapping[CellId, str] = field(default_factory=dict)

    def name(self, cell: CellId) -> str:
        fixed = {SMALL_GROUPS: "Smaller groups together", WHOLE_PROGRAMME: "Everybody"}
        return fixed.get(cell) or self.names.get(cell, "A former group")

    @property
    def is_about_everybody(self) -> bool:
        """Whether the programme is reported as a whole, without results of groups."""
        return self.now.round.cell_level is CellLevel.PROGRAMME

    @property
    def has_result(self) -> bool:
        """Whether there is a band, though no group's result may have been read."""
        is_released = any(fate.fate is Fate.RELEASED for fate in self.now.results.fates)
        return is_released or bool(self.now.counts)

    @property
    def legend(self) -> str:
        return SHARES_LEGEND if self.is_about_everybody else LEGEND

    @property
    def why_withheld(self) -> str:
        return WHY_NOTHING if self.is_about_everybody else WHY_WITHHELD

    @property
    def cells(self) -> list[CellFate]:
        """Sort by name; what is no group comes last."""
        return sorted(
            self.now.results.fates,
            key=lambda fate: (
                fate.cell_id in (SMALL_GROUPS, WHOLE_PROGRAMME),
                self.name(fate.cell_id).casefold(),
                fate.cell_id,
            ),
        )


IN_THREAD = "Each group's result stands in the thread of this message."
GROUPS_ACROSS = 6
"""So many groups can be read side by side; with more of them, each has a row."""

Bands = Mapping[tuple[CellId, str], Band]


def _bands(published: Published | None) -> Bands:
    releases = published.results.releases if published else ()
    return {(release.cell_id, release.item_id): release.band for release in releases}


def band_text(band: Band | None) -> str:
    """Say a band: Low, Mixed, High, a share, or that too few answered."""
    if band is None or band is Band.NOT_ENOUGH:
        return "not enough answers"
    return BAND_WORDS.get(band) or f"{band.value.replace('-', '–')} %"


def cell_text(band: Band | None, before: Band | None) -> str:
    """Write a band for a table's cell: dots, the word, and an arrow for the change."""
    step = direction(before, band)
    parts = [BAND_MARKS.get(band, "") if band else "", band_text(band)]
    return " ".join(filter(None, [*parts, CHANGE_MARKS[step] if step is not None else ""]))


def _labels(digest: Digest) -> list[tuple[str, str]]:
    """The id and the short name of each item asked."""
    instrument = digest.now.round.instrument
    found = ((item_id, instrument.item(item_id)) for item_id in digest.now.round.items)
    return [(item_id, item.label) for item_id, item in found if item is not None]


def cell_line(digest: Digest, fate: CellFate) -> str:
    """Write one group's results as a sentence, for those who read or hear no table."""
    name = escape(digest.name(fate.cell_id))
    if fate.fate is not Fate.RELEASED:
        return f"{name}: {'no result this time' if digest.is_about_everybody else WITHHELD}."
    return f"{name} ({ENOUGH}): {'; '.join(_said(digest, fate))}."


def _said(digest: Digest, fate: CellFate) -> list[str]:
    """The results of a cell for each statement, and how they changed."""
    now, before = _bands(digest.now), _bands(digest.before)
    said = []
    for item_id, label in _labels(digest):
        key = (fate.cell_id, item_id)
        step = direction(before.get(key), now.get(key))
        change = f" ({CHANGE_WORDS[step]})" if step is not None else ""
        said.append(f"{escape(label)}: {band_text(now.get(key))}{change}")
    return said


def programme_lines(digest: Digest) -> list[str]:
    """Say per item in how many results it is in which band: from published bands, nothing else.

    An item with a single result has no line: that result stands beneath already.
    """
    lines = []
    for item_id, label in _labels(digest):
        counted = digest.now.count_of(item_id)
        tally = Counter({band: counted[band] for band in GROUP_BANDS})
        if tally.total() > 1:
            found = [at for at in reversed(GROUP_BANDS) if tally[at]]
            parts = [f"{BAND_WORDS[at]} in {tally[at]}" for at in found]
            every = f"{BAND_WORDS[found[0]]} in all {tally.total()} results"
            said = every if len(found) == 1 else f"{', '.join(parts)} of {tally.total()} results"
            lines.append(f"{escape(label)}: {said}.")
    return lines


def in_short(digest: Digest) -> str:
    """Say in one sentence what there is to read."""
    start = f"The pulse of {escape(digest.programme)} has closed"
    fates = digest.now.results.fates
    released = [fate for fate in fates if fate.fate is Fate.RELEASED]
    if not released:
        return f"{start} without a result."
    if digest.is_about_everybody:
        return f"{start} with one result for everybody together."
    together = next((fate.pooled for fate in released if fate.cell_id == SMALL_GROUPS), ())
    own = sum(fate.cell_id != SMALL_GROUPS for fate in released)
    none = sum(fate.cell_id != SMALL_GROUPS for fate in fates) - own - len(together)
    parts = [
        f"{plural(own, 'group has', 'groups have')} a result" if own else "",
        "the smaller groups have one together" if together else "",
        f"{plural(none, 'group has', 'groups have')} none" if none else "",
    ]
    return f"{start}: {listed(filter(None, parts))}."


def digest_message(digest: Digest, *, part: Sequence[CellFate], is_first: bool) -> Message:
    """Write for coordinators: all in short, a line per item for the programme, then a table of the
    groups in `part`; groups that stand in the thread are left out of the first message."""
    title = f"Pulse of {digest.programme}, {day(digest.now.released_on)}"
    waits = f" {WAITS}" if digest.has_result else ""
    lead = [f"{in_short(digest)}{waits}", *comments_note(digest.now)] if is_first else []
    across = programme_lines(digest) if is_first else []
    withheld = any(fate.fate is not Fate.RELEASED for fate in part)
    notes = _notes(digest, part, withheld=withheld)
    rows = [cell_line(digest, fate) for fate in part]
    nothing = []
    if not rows:
        nothing = [IN_THREAD if digest.cells else "Nobody was asked, so there is nothing to show."]
    blocks: list[Block] = [ui.header(title), *(ui.section(line) for line in lead)]
    if across:
        blocks.append(ui.section("*Across the programme*\n" + "\n".join(across)))
    blocks += [ui.section(line) for line in nothing]
    blocks += _results(digest, part)
    blocks += [ui.context(*notes)] if notes else []
    if is_first:
        tell = [tell_button(digest.now.round.id)] if digest.has_result else []
        found = [*read_button(digest.now), *tell]
        blocks += [ui.actions(*found)] if found else []
    spread = ["Across the programme:", *across] if across else []
    text = "\n".join([*lead, f"*{escape(title)}*", *spread, *rows, *nothing, *notes])
    return Message(text, tuple(blocks))


def tell_button(round_id: str) -> Element:
    """Draw the button with which a coordinator says what was done about a round."""
    return ui.button("Say what was done", "pulse.tell", value=round_id, style="primary")


def _results(digest: Digest, part: Sequence[CellFate]) -> list[Block]:
    """The bands as a table (Slack takes one a message), and the groups that have no result."""
    told = [fate for fate in part if fate.fate is Fate.RELEASED]
    rest = [escape(digest.name(fate.cell_id)) for fate in part if fate.fate is not Fate.RELEASED]
    blocks: list[Block] = [ui.table(_rows(digest, told))] if told else []
    if rest:
        said = "No result this time" if digest.is_about_everybody else WITHHELD.capitalize()
        blocks.append(ui.section(f"*{said}:* {', '.join(rest)}."))
    return blocks


def _rows(digest: Digest, told: Sequence[CellFate]) -> list[list[str]]:
    """A row per statement and a column per group; turned round where the groups are many."""
    now, before = _bands(digest.now), _bands(digest.before)
    labels = _labels(digest)
    columns = [["Statement", *(label for _, label in labels)]]
    for fate in told:
        keys = [(fate.cell_id, item_id) for item_id, _ in labels]
        cells = (cell_text(now.get(key), before.get(key)) for key in keys)
        columns.append([digest.name(fate.cell_id), *cells])
    if len(told) <= GROUPS_ACROSS:
        return [list(row) for row in zip(*columns, strict=True)]
    return [["Group", *columns[0][1:]], *columns[1:]]


def own_lines(digest: Digest, cell: CellId | None) -> list[str]:
    """Write for a group's members and mentors: their own line and, if in it, the small groups'."""
    mine = _theirs(digest, cell)
    return [*(cell_line(digest, fate) for fate in mine), *programme_lines(digest)]


def own_list(digest: Digest, cell: CellId | None) -> list[str]:
    """Write the same as `own_lines`, as lists: a short line for each statement."""
    mine = [line for fate in _theirs(digest, cell) for line in _cell_list(digest, fate)]
    return [*mine, *_across(digest)]


def whole_list(digest: Digest) -> list[str]:
    """Write all that a coordinator may read of a round, as lists of short lines."""
    return [
        *_across(digest),
        *(line for fate in digest.cells for line in _cell_list(digest, fate)),
    ]


def has_legend(digest: Digest, cell: CellId | None) -> bool:
    """Say whether a cell's members are shown a band, which wants explaining."""
    return bool(_notes(digest, _theirs(digest, cell), withheld=False))


def _notes(digest: Digest, part: Sequence[CellFate], *, withheld: bool) -> list[str]:
    """Explain bands where some are shown, and a missing result where one is."""
    told = any(one.fate is Fate.RELEASED for one in part) or bool(programme_lines(digest))
    return [*([digest.legend] if told else []), *([digest.why_withheld] if withheld else [])]


def _theirs(digest: Digest, cell: CellId | None) -> list[CellFate]:
    return [
        fate
        for fate in digest.cells
        if fate.cell_id in (cell, WHOLE_PROGRAMME) or cell in fate.pooled
    ]


def _across(digest: Digest) -> list[str]:
    lines = programme_lines(digest)
    return ["*Across the programme*", *(f"• {line}" for line in lines)] if lines else []


def _cell_list(digest: Digest, fate: CellFate) -> list[str]:
    """Write one group's results as a list: its name, then a line for each statement."""
    if fate.fate is not Fate.RELEASED:
        return [cell_line(digest, fate)]
    name = escape(digest.name(fate.cell_id))
    return [f"*{name}* ({ENOUGH})", *(f"• {said}" for said in _said(digest, fate))]


def result_message(digest: Digest, cell: CellId | None) -> Message:
    """Tell a member of a round in the words that the coordinator reads about the group."""
    title = f"What the pulse of {digest.programme} says"
    lines = own_lines(digest, cell) or ["There is no result to show this time."]
    about = "" if digest.is_about_everybody else " about your group"
    end = (
        f"Your coordinator reads the same{about}. The answers themselves were destroyed "
        "when the pulse closed. Your coordinator now says what is being done."
    )
    shown = [fate for fate in digest.cells if fate.cell_id in (cell, WHOLE_PROGRAMME)]
    hidden = any(fate.fate is not Fate.RELEASED for fate in shown)
    notes = _notes(digest, _theirs(digest, cell), withheld=hidden)
    said = [*lines, *comments_note(digest.now), end]
    read = read_button(digest.now)
    blocks = [ui.header(title), *(ui.section(line) for line in said)]
    blocks += [*([ui.actions(*read)] if read else [])]
    blocks += [ui.context(*notes)] if notes else []
    return Message("\n".join([f"*{escape(title)}*", *said, *notes]), tuple(blocks))


def day(on: date) -> str:
    """Write a date as everybody reads it: 14 Sep 2026."""
    return f"{on.day} {on:%b %Y}"
