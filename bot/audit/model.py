"""An act of a coordinator as it is written down."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

AuditId = NewType("AuditId", str)


class Act(StrEnum):
    """The acts that are written down. A value that has been released is never changed."""

    PROGRAMME_STARTED = "programme_started"
    PROGRAMME_CLOSED = "programme_closed"
    PROGRAMME_EXTENDED = "programme_extended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act: who did it (None for the command line, or somebody erased) and about whom.

    `at` is in UTC. `what` is a day, a count, the name of a group or a template: no member's name
    and no member's words, which are read where they are kept.
    """

    id: AuditId
    workspace_id: WorkspaceId
    at: datetime
    act: Act
    by: MemberId | None = None
    programme_id: ProgrammeId | None = None
    about: tuple[MemberId, ...] = ()
    what: str = ""
