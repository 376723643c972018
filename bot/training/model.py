"""A training of mentors, and who took part in it."""

from dataclasses import dataclass
from datetime import date
from typing import NewType

from bot.kernel.ids import MemberId, WorkspaceId

TrainingId = NewType("TrainingId", str)
MOST_NAME_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorTraining:
    """A training by its name and day, and the mentors and peer-mentors who took part."""

    workspace_id: WorkspaceId
    id: TrainingId
    name: str
    held_on: date
    people: tuple[MemberId, ...] = ()
