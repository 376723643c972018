"""Describe concerns and blocks. With a concern a member asks to hear from a person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.people.model import Member
from bot.programme.model import Programme

ConcernId = NewType("ConcernId", str)
MOST_WORDS = 2_000
"""Characters of a concern."""


@dataclass(frozen=True, slots=True)
class Route:
    """The person who is asked, and the one who is asked when they do not answer, if any."""

    to: MemberId
    then: MemberId | None


class NextStep(StrEnum):
    """The next thing to do about a concern that nobody has in hand."""

    WAIT = "wait"
    ASK_DEPUTY = "ask_deputy"
    ASK_AGAIN = "ask_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A concern. `by` is the Slack id of whoever raised it, None where it cannot be opened.

    `due_at` is when the deputy is asked as well, `asked_last_at` when somebody was last asked,
    `stand_ins` are those who are asked since both were away,
    `closed_at` when its programme was seen to have closed. Instants are in UTC.
    """

    id: ConcernId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId | None
    to_id: MemberId
    deputy_id: MemberId | None
    asked_at: datetime
    due_at: datetime
    asked_last_at: datetime
    deputy_asked_at: datetime | None = None
    stand_ins: tuple[MemberId, ...] = ()
    seen_by: MemberId | None = None
    seen_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    by: SlackUserId | None = None
    words: str = ""

    @property
    def addressed(self) -> tuple[MemberId, ...]:
        """List who has been asked: only they may read it."""
        if self.deputy_id is None or self.deputy_asked_at is None:
            return (self.to_id, *self.stand_ins)
        return (self.to_id, self.deputy_id, *self.stand_ins)

    @property
    def named(self) -> set[MemberId]:
        """List everybody who is, or may be, asked, and who has it in hand."""
        own = (self.to_id, self.deputy_id, self.seen_by)
        return {one for one in own if one} | {*self.stand_ins}

    @property
    def is_waiting(self) -> bool:
        """Say whether nobody has it in hand yet."""
        return self.seen_at is None and self.solved_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The people whom somebody can reach by a concern: how it can go, and their names by id.

    `programme` is the one whose contacts are shown, `away` those who cannot be told now, and
    `stand_ins` those who hear of it since nobody who is named can.
    `asker` is None for somebody who is no member.
    """

    routes: Sequence[Route]
    people: Mapping[MemberId, Member]
    programme: Programme | None
    away: Collection[MemberId] = ()
    stand_ins: Collection[MemberId] = ()
    asker: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """The concerns that somebody may open: those they were asked about, and their own.

    `named` are the names of those whom their own could go to now, by id; `barred` are those who
    may hear of none of their own by now.
    """

    asked: Sequence[Concern] = ()
    own: Sequence[Concern] = ()
    people: Mapping[MemberId, Member]
    away: Collection[MemberId] = ()
    named: Mapping[MemberId, str] = field(default_factory=dict)
    barred: Collection[MemberId] = ()

    def others(self, concern: Concern) -> list[str]:
        """List the names of those whom a concern that waits could go to instead, or as well."""
        to = (concern.to_id, concern.deputy_id, *concern.stand_ins)
        return [name for one, name in self.named.items() if one not in to]

    def are_others_named(self, concern: Concern) -> bool:
        """Say whether people are named now, and nobody of those who were asked is among them."""
        return bool(self.named) and len(self.others(concern)) == len(self.named)

    @property
    def is_empty(self) -> bool:
        return not self.asked and not self.own


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was made: whether the two share a group, and whether somebody can part them."""

    blocked: Member
    share_a_group: bool
    somebody_parts_them: bool
