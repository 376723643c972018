"""An event that was received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An event, and the few facts that acting on it takes: ids, times, yes or no, never words.

    It tells how `subject_id` is from `happened_at` (UTC) on, so a later one of the same kind and
    subject makes it unneeded.
    """

    workspace_id: WorkspaceId
    event_id: str
    kind: str
    subject_id: str
    happened_at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)
    attempts: int = 0
