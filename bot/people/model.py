"""A member, as every other room sees one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId


class Role(StrEnum):
    """What somebody is in the workspace, or in one mentoring group."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    PEER_MENTOR = "peer_mentor"
    COORDINATOR = "coordinator"


class MemberState(StrEnum):
    """Whether somebody takes part at present. Only `active` members are written to."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person known to the bot.

    `capacity` counts the mentees a mentor can take, 0 for a mentee. `timezone` is an IANA name.
    `prefers` is ranked, best first; `prefers`, `avoid` and `supervised_by` name people by Slack id
    or email, in the spelling of the roster. `paused_until` is None while active, and while paused
    without an end.
    """

    id: MemberId
    workspace_id: WorkspaceId
    slack_user_id: SlackUserId
    name: str
    email: str | None = None
    role: Role
    capacity: int = 0
    stage: str | None = None
    department: str = ""
    site: str = ""
    timezone: str = "UTC"
    interests: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    supervised_by: tuple[str, ...] = ()
    state: MemberState = MemberState.ACTIVE
    paused_until: datetime | None = None
    conduct_accepted_at: datetime | None = None

    @property
    def has_accepted_conduct(self) -> bool:
        return self.conduct_accepted_at is not None

    @property
    def takes_part(self) -> bool:
        """True unless they left or their Slack account was deactivated."""
        return self.state in (MemberState.ACTIVE, MemberState.PAUSED)

    def is_away(self, now: datetime) -> bool:
        """True while nothing may be sent to them: a pause that has run out no longer counts."""
        if self.state is MemberState.PAUSED:
            return self.paused_until is None or now < self.paused_until
        return self.state is not MemberState.ACTIVE


@dataclass(frozen=True, slots=True)
class Count:
    """How many members take part, and how many of them have accepted the code or are away."""

    members: int = 0
    accepted: int = 0
    away: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOfConduct:
    """What every member accepts before being paired. Comes from config/conduct.yaml.

    `promises` are what members hold to; `limits` are what Cairn cannot promise them.
    """

    introduction: str
    promises: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterImport:
    """What an import did. With any problem it did nothing, and nobody is named in it.

    `absent` are members of the workspace whom the roster does not mention; they stay as they are.
    """

    added: tuple[Member, ...] = ()
    changed: tuple[Member, ...] = ()
    unchanged: tuple[Member, ...] = ()
    absent: tuple[Member, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
