"""Describe instruments, rounds, bands and the results of one round."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

RoundId = NewType("RoundId", str)
CellId = NewType("CellId", str)
"""A group's id, or one of the two cells that are no group: SMALL_GROUPS and WHOLE_PROGRAMME."""

Pseudonym = NewType("Pseudonym", str)
"""Stands for a person in the authenticated terms of one round; means nothing without its key."""
NAME_CHARS = 32
"""The length of a pseudonym, and of the code of an account."""

SMALL_GROUPS = CellId("small-groups")
WHOLE_PROGRAMME = CellId("programme")

Answers = Mapping[str, int]
"""Item id to a point of the scale, 1 to 5. An item that is missing was not answered."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One person's answers, before sealing. `comment` is empty for those who prefer not to."""

    answers: Answers
    comment: str = field(default="", repr=False)


class ItemUse(StrEnum):
    """Where an item stands: in every round, in turn, or only when everything is asked."""

    CORE = "core"
    ROTATING = "rotating"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One statement to agree or disagree with. `reverse` means that agreeing is unfavourable."""

    id: str
    construct: str
    label: str
    text: str
    reverse: bool
    place: ItemUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A versioned set of items on one scale of five points, lowest agreement first."""

    id: str
    version: int
    title: str
    note: str
    purpose: str
    scale: tuple[str, ...]
    decline: str
    items: tuple[Item, ...]

    def item(self, item_id: str) -> Item | None:
        """Give the item of that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)


class Form(StrEnum):
    """The length of a round's form."""

    CORE = "core"
    FULL = "full"


class RoundState(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    RELEASED = "released"
    VOID = "void"


class Ending(StrEnum):
    """The reason why a round is void."""

    ENDED = "ended"
    """By a coordinator, or with its programme."""
    KEYS_LOST = "keys_lost"
    ALTERED = "altered"
    """Its rows are not those that Cairn wrote."""
    FAILED = "failed"
    """Something else about it stood in the way of a count."""


class CellLevel(StrEnum):
    """The level of releases: each mentoring group, or the programme as a whole."""

    GROUP = "group"
    PROGRAMME = "programme"


class Stratum(StrEnum):
    """Only mentees count towards a release; anyone else eligible never does."""

    MENTEE = "mentee"
    OTHER = "other"


class Band(StrEnum):
    """The band published about one item in one cell, and all that is ever kept of the answers."""

    LOW = "low"
    MIXED = "mixed"
    HIGH = "high"
    NOT_ENOUGH = "not_enough"
    SHARE_0 = "0-10"
    SHARE_1 = "10-20"
    SHARE_2 = "20-30"
    SHARE_3 = "30-40"
    SHARE_4 = "40-50"
    SHARE_5 = "50-60"
    SHARE_6 = "60-70"
    SHARE_7 = "70-80"
    SHARE_8 = "80-90"
    SHARE_9 = "90-100"


GROUP_BANDS = (Band.LOW, Band.MIXED, Band.HIGH)
SHARE_BANDS = tuple(band for band in Band if band.name.startswith("SHARE_"))


class Fate(StrEnum):
    """The fate of a cell's answers at the close."""

    RELEASED = "released"
    POOLED = "pooled"
    CHANGED = "changed"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Threshold:
    """`k` answering people at least, against insiders who know `c` answers of their own."""

    k: int = 5
    c: int = 1


@dataclass(frozen=True, slots=True)
class Eligible:
    """A person who may answer a round, frozen when it opens, and the cell they belong to.

    `account` is the Slack account that answers for them; in a round that is open, a code of it.
    `pseudonym` is None in rounds that were opened before terms were authenticated.
    """

    member_id: MemberId
    cell_id: CellId
    stratum: Stratum = Stratum.MENTEE
    pseudonym: Pseudonym | None = None
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundKey:
    """The names by which a round is found, which stay readable when nothing else of it is."""

    id: RoundId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(RoundKey):
    """A pulse round. `items` are asked in this order.

    `closes_not_before` is the close that was announced; days off may put `closes_at` later.

    `instrument` is a copy made at the opening, and `comments` (whether there is room for one) was
    decided then: nothing that is changed later changes a round under way.
    """

    state: RoundState
    opens_at: datetime
    closes_at: datetime
    instrument: Instrument
    items: tuple[str, ...]
    threshold: Threshold
    cell_level: CellLevel
    comments: bool = False
    closes_not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedPaper:
    """A paper that is not in the box yet, and the ballot that it will be."""

    round: Round
    paper: Paper
    sealed: bytes


@dataclass(frozen=True, slots=True)
class CellFate:
    """The fate of one cell. `pooled` names the groups that a small-groups pool holds."""

    cell_id: CellId
    fate: Fate
    pooled: tuple[CellId, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """One published band."""

    cell_id: CellId
    item_id: str
    band: Band


@dataclass(frozen=True, slots=True)
class Results:
    """All that leaves a closed round: a fate per cell, a band per released cell and item, and the
    comments of the whole programme in the order of their words."""

    fates: tuple[CellFate, ...]
    releases: tuple[Release, ...]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A released round as anyone may read it.

    `results` may be of some cells alone; `counts` then says, by item, how many results of all
    cells stand in which band. Where `results` are whole, it may be left out.
    """

    round: Round
    released_on: date
    results: Results
    counts: Mapping[str, Mapping[Band, int]] = field(default_factory=dict)

    def count_of(self, item_id: str) -> Counter[Band]:
        """Count the results in each band of this item."""
        if self.counts:
            return Counter(self.counts.get(item_id, {}))
        return Counter(one.band for one in self.results.releases if one.item_id == item_id)


@dataclass(frozen=True, slots=True)
class Action:
    """The coordinator's sentence about what was done after a round's results."""

    round_id: RoundId
    text: str
    posted_at: datetime
