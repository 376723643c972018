"""Rounds and results to show, in as few words as a test wants."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.kernel.ids import GroupId, ProgrammeId, WorkspaceId
from bot.kernel.ports import Message
from bot.pulse.model import (
    Band,
    CellFate,
    CellId,
    CellLevel,
    Fate,
    Published,
    Release,
    Results,
    Round,
    RoundId,
    RoundState,
    Threshold,
)
from handlers.pulse import reader_views as readers
from handlers.pulse import result_views as results
from tests.pulse.papers import INSTRUMENT

OPENS = datetime(2026, 9, 9, 9, tzinfo=UTC)
ROUND = Round(
    id=RoundId("round_1"),
    workspace_id=WorkspaceId("T0CAIRN"),
    programme_id=ProgrammeId("programme_year"),
    state=RoundState.OPEN,
    opens_at=OPENS,
    closes_at=OPENS + timedelta(days=5),
    instrument=INSTRUMENT,
    items=("speak", "mistakes", "belong"),
    threshold=Threshold(),
    cell_level=CellLevel.GROUP,
)
ASKING = readers.Asking(
    round=ROUND, programme="Year <1>", group="Harbour & Co", asked=["U0BOB", "U0EVE"]
)
A, B, C = (CellId(GroupId(name)) for name in "abc")
NAMES = {A: "Harbour", B: "Anchor", C: "Pier"}


def published(
    bands: Mapping[CellId, Band], *, on: date = date(2026, 9, 14), lost: tuple[CellId, ...] = ()
) -> Published:
    fates = [CellFate(cell, Fate.RELEASED) for cell in bands]
    fates += [CellFate(cell, Fate.CHANGED) for cell in lost]
    releases = [Release(cell, item, band) for cell, band in bands.items() for item in ROUND.items]
    closed = replace(ROUND, state=RoundState.RELEASED)
    return Published(round=closed, released_on=on, results=Results(tuple(fates), tuple(releases)))


def digest(now: Published, before: Published | None = None) -> results.Digest:
    return results.Digest(programme="The year", now=now, before=before, names=NAMES)


def message(found: results.Digest) -> Message:
    return results.digest_message(found, part=found.cells, is_first=True)


def texts(blocks: object) -> str:
    return json.dumps(blocks, ensure_ascii=False)


def block(found: Message, kind: str) -> Mapping[str, Any]:
    return next(dict(one) for one in found.blocks if one["type"] == kind)
