"""An act of a coordinator as it is written down."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

AuditId = NewType("AuditId", str)


class Act(StrEnum):
    """The acts that are written down. A value that has been released is never changed.

    The sentence about each stands in `handlers/audit/views.py`.
    """

    PROGRAMME_CREATED = "programme_created"
    PROGRAMME_CHANGED = "programme_changed"
    PROGRAMME_STARTED = "programme_started"
    PROGRAMME_CLOSED = "programme_closed"
    PROGRAMME_EXTENDED = "programme_extended"
    CONTACTS_CHANGED = "contacts_changed"
    CHANNEL_CHOSEN = "channel_chosen"
    USES_CHANGED = "uses_changed"
    TEXT_CHANGED = "text_changed"
    QUIET_HOURS_CHANGED = "quiet_hours_changed"
    COORDINATOR_NAMED = "coordinator_named"
    COORDINATOR_BEGAN = "coordinator_began"
    PEOPLE_IMPORTED = "people_imported"
    IMPORT_TAKEN_BACK = "import_taken_back"
    ROLES_CHANGED = "roles_changed"
    MEMBER_TAKEN_OUT = "member_taken_out"
    CONDUCT_ASKED = "conduct_asked"
    CONFLICT_RECORDED = "conflict_recorded"
    CONFLICT_TAKEN_BACK = "conflict_taken_back"
    PROPOSAL_MADE = "proposal_made"
    SEATS_SWAPPED = "seats_swapped"
    MATCH_LOCKED = "match_locked"
    MATCH_UNLOCKED = "match_unlocked"
    MATCH_FORBIDDEN = "match_forbidden"
    GROUPS_APPROVED = "groups_approved"
    APPROVAL_UNDONE = "approval_undone"
    SEATS_TOLD = "seats_told"
    MENTEE_MOVED = "mentee_moved"
    MOVE_UNDONE = "move_undone"
    SEATS_GIVEN = "seats_given"
    MENTOR_GIVEN = "mentor_given"
    TIMES_OFFERED = "times_offered"
    CHANNEL_REOPENED = "channel_reopened"
    CHANNEL_INVITED = "channel_invited"
    TRAINING_NOTED = "training_noted"
    TRAINING_TAKEN_BACK = "training_taken_back"
    MENTORS_TRAINED = "mentors_trained"
    MENTORS_TRAINING_CORRECTED = "mentors_training_corrected"
    MENTORS_TRAINING_TAKEN_BACK = "mentors_training_taken_back"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_TAKEN_BACK = "announcement_taken_back"
    SENT_AGAIN = "sent_again"
    PULSE_ANSWERED = "pulse_answered"
    PULSE_CANCELLED = "pulse_cancelled"
    COMMENTS_ALLOWED = "comments_allowed"
    COMMENTS_REFUSED = "comments_refused"
    ACTS_EXPORTED = "acts_exported"
    AWAY_ANNOUNCED = "away_announced"
    COURSE_CHANGED = "course_changed"
    COURSE_UNDONE = "course_undone"
    REPORT_MADE = "report_made"
    MEMBER_PAUSED = "member_paused"
    PAUSE_ENDED = "pause_ended"
    CAPACITY_CHANGED = "capacity_changed"
    MEMBER_TAKEN_BACK = "member_taken_back"
    PEER_ROUNDS_BEGUN = "peer_rounds_begun"
    PEER_ROUNDS_PAUSED = "peer_rounds_paused"
    PEER_ROUNDS_RESUMED = "peer_rounds_resumed"
    PEER_ROUND_SKIPPED = "peer_round_skipped"
    PEER_ROUNDS_ENDED = "peer_rounds_ended"
    FEED_SET = "feed_set"
    FEED_PAUSED = "feed_paused"
    FEED_RESUMED = "feed_resumed"
    FEED_STOPPED = "feed_stopped"
    FEED_DISMISSED = "feed_dismissed"
    RESEARCH_EXPORTED = "research_exported"
    RETENTION_CHANGED = "retention_changed"
    PURGE_POSTPONED = "purge_postponed"
    PURGED = "purged"
    MEMBER_EXPORTED = "member_exported"
    MEMBER_ERASED = "member_erased"
    DEPARTED_PURGED = "departed_purged"


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
