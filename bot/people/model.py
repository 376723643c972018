"""Describe a member, as every other room sees one."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId


class Role(StrEnum):
    """A member's role in the workspace, or in one mentoring group."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    PEER_MENTOR = "peer_mentor"
    COORDINATOR = "coordinator"


MENTORING = frozenset({Role.MENTOR, Role.PEER_MENTOR})
PAIRED = MENTORING | {Role.MENTEE}
"""The roles that have a seat in a mentoring group."""


class MemberState(StrEnum):
    """Whether somebody takes part at present. Only `active` members are written to."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person known to the bot.

    One member may have several roles. `capacity` counts the mentees a mentor can take, 0 for who
    mentors nobody. `timezone` is an IANA name.
    `prefers` is ranked, best first; `prefers`, `avoid` and `supervised_by` name people by Slack id
    or email, in the spelling of the roster. `paused_until` is None while active, and while paused
    without an end. `conduct_text` tells the words of the code of conduct that they accepted last,
    None where they did before words were kept. `away_from` and `back_at` are when they last went
    on a break, or left, and came back.
    """

    id: MemberId
    workspace_id: WorkspaceId
    slack_user_id: SlackUserId
    name: str
    email: str | None = None
    roles: frozenset[Role]
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
    conduct_text: str | None = None
    away_from: datetime | None = None
    back_at: datetime | None = None

    @property
    def is_mentee(self) -> bool:
        return Role.MENTEE in self.roles

    @property
    def is_mentor(self) -> bool:
        """Say whether they mentor, as a mentor or as a peer-mentor."""
        return not self.roles.isdisjoint(MENTORING)

    @property
    def is_coordinator(self) -> bool:
        return Role.COORDINATOR in self.roles

    @property
    def mentoring_role(self) -> Role:
        """Give the role on their seat beside mentees; a mentor's goes before a peer-mentor's."""
        return Role.MENTOR if Role.MENTOR in self.roles else Role.PEER_MENTOR

    @property
    def has_accepted_conduct(self) -> bool:
        return self.conduct_accepted_at is not None

    @property
    def takes_part(self) -> bool:
        """Say whether they neither left nor had their Slack account deactivated."""
        return self.state in (MemberState.ACTIVE, MemberState.PAUSED)

    def is_away(self, now: datetime) -> bool:
        """Say whether nothing may be sent to them; a pause that has run out no longer counts."""
        if self.state is MemberState.PAUSED:
            return self.paused_until is None or now < self.paused_until
        return self.state is not MemberState.ACTIVE


NAMING_PEOPLE = ("prefers", "avoid", "supervised_by")
"""Fields of a member, and columns of the roster, that name other people."""


@dataclass(frozen=True, slots=True)
class Count:
    """The number of members taking part, who accepted the code, and away; all their capacities."""

    members: int = 0
    accepted: int = 0
    away: int = 0
    capacity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOfConduct:
    """The code that every member accepts before being paired. From config/conduct.yaml.

    `promises` are what members hold to; `limits` are what Cairn cannot promise them.
    """

    introduction: str
    promises: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Tell this wording from every other."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:32]
