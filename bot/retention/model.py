"""The plan by which a programme forgets what it knows of people after its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.kernel.ids import ProgrammeId, WorkspaceId

POSTPONED_DAYS = 30
SHOWN_BEFORE = timedelta(days=30)
SHORTEST_DAYS, LONGEST_DAYS = 14, 3650


class PurgeStep(StrEnum):
    """The two steps of a purge, in their order."""

    WORDS = "words"
    NAMES = "names"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPlan:
    """The days after the close on which words and names go, and how far that has come.

    `notice_days` before the words go, everybody is told. `closed_on` is None before the close, by
    the programme's clocks. `counts` says how much was deleted, by kind. Instants are in UTC.
    """

    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    words_days: int
    names_days: int
    notice_days: int
    closed_on: date | None = None
    postponed_days: int = 0
    told_on: date | None = None
    words_gone_at: datetime | None = None
    names_gone_at: datetime | None = None
    failed_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def words_on(self) -> date | None:
        """Give the day on which words go: never sooner than the notice says."""
        planned = self._after(self.words_days)
        if planned is None or self.told_on is None:
            return planned
        return max(planned, self.told_on + timedelta(days=self.notice_days))

    @property
    def names_on(self) -> date | None:
        """Give the day on which names go, never before the words."""
        planned, words = self._after(self.names_days), self.words_on
        return planned if planned is None or words is None else max(planned, words)

    @property
    def tell_on(self) -> date | None:
        """Give the day on which everybody is told."""
        words = self._after(self.words_days)
        return None if words is None else words - timedelta(days=self.notice_days)

    @property
    def may_be_postponed(self) -> bool:
        return self.closed_on is not None and not self.postponed_days and not self.words_gone_at

    def ahead(self, today: date) -> tuple[PurgeStep, date] | None:
        """Give what goes next, and when, where that is within SHOWN_BEFORE."""
        step = PurgeStep.NAMES if self.words_gone_at else PurgeStep.WORDS
        on = self.names_on if self.words_gone_at else self.words_on
        if on is None or self.names_gone_at or on > today + SHOWN_BEFORE:
            return None
        return step, on

    def next_step(self, today: date) -> PurgeStep | None:
        """Say what is to be deleted on this day; nothing before everybody was told."""
        if self.told_on is None or self.words_on is None or self.names_on is None:
            return None
        if self.words_gone_at is None:
            return PurgeStep.WORDS if today >= self.words_on else None
        if self.names_gone_at is None and today >= self.names_on:
            return PurgeStep.NAMES
        return None

    def _after(self, days: int) -> date | None:
        if self.closed_on is None:
            return None
        return self.closed_on + timedelta(days=days + self.postponed_days)
