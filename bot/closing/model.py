"""A member's look back at a programme, and thanks to one person."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

ThanksId = NewType("ThanksId", str)
MAX_CHARS = 3000
"""Slack's own limit for a plain text input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookingBack:
    """A mentee's own words about what changed and whom they turn to next, for them alone.

    One that is not readable was altered in the database, or its key is lost.
    """

    workspace_id: WorkspaceId
    member_id: MemberId
    programme_id: ProgrammeId
    changed: str
    next_network: str
    written_at: datetime
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """A few words to one person, who alone reads them; taken back as long as they did not."""

    id: ThanksId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    member_id: MemberId
    to_member_id: MemberId
    text: str
    sent_at: datetime
    read_at: datetime | None = None
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ThenAndNow:
    """A member's first and last confidence with their instants, and first and present stage."""

    first_confidence: tuple[datetime, int] | None = None
    last_confidence: tuple[datetime, int] | None = None
    first_stage: str | None = None
    stage: str | None = None
