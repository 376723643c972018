"""People who act by themselves when the clock moves, and never for somebody who is played."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.scope import one_workspace
from runtime.demo import meeting_up, reflecting, turns
from runtime.demo.day import Today, look_around
from runtime.process import Cairn

log = structlog.get_logger("cairn.demo")

Habit = Callable[[Today], Awaitable[None]]
TURNS: Sequence[Habit] = (turns.go_on_breaks, turns.raise_concerns, turns.ask_for_another)
HABITS: Sequence[Habit] = (
    meeting_up.tell_of_themselves,
    reflecting.write_compass,
    reflecting.write_checkins,
    reflecting.write_back,
    reflecting.set_goals,
    reflecting.claim_stages,
    reflecting.answer_pulse,
    reflecting.say_what_was_done,
    meeting_up.plan_meetings,
    meeting_up.agree,
    meeting_up.write_charters,
)
HOUR, MINUTE = 12, 40
"""Of each working day, in UTC: when everybody does what they do that day."""
SATURDAY = 5


async def nobody() -> Iterable[str]:
    """Say that nobody is played."""
    return ()


@dataclass(slots=True, kw_only=True)
class Living:
    """Everybody of a workspace but those who are `played` (Slack ids), asked anew each day.

    They use the same verbs as people who press buttons. What one of them may not do is left undone.
    """

    cairn: Cairn
    seed: int = 1
    played: Callable[[], Awaitable[Iterable[str]]] = nobody
    more: Sequence[Habit] = ()
    acts_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.acts_at = next_day(self.cairn.services.clock.now())

    async def work(self) -> datetime:
        """Act if it is time, then do and send all there is; the instant of what comes next."""
        now = self.cairn.services.clock.now()
        if now >= self.acts_at:
            self.acts_at = next_day(now)
            await self._act()
        next_at = await self.cairn.catch_up()
        return min(next_at, self.acts_at) if next_at else self.acts_at

    async def _act(self) -> None:
        services, workspace_id = self.cairn.services, self.cairn.workspace_id
        played = frozenset(await self.played())
        with one_workspace(workspace_id):
            for habits in ((*TURNS, *self.more), HABITS):
                today = await look_around(services, workspace_id, seed=self.seed, played=played)
                if today is None or today.week < 1:
                    return
                for habit in habits:
                    try:
                        await habit(today)
                    except (UserFacing, OperatorFacing) as refused:
                        log.info(
                            "left_undone",
                            habit=habit.__name__,
                            failure=type(refused).__name__,
                        )


def next_day(now: datetime) -> datetime:
    """Find the next working day's instant at which people act."""
    at = now.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
    at += timedelta(days=at <= now)
    while at.weekday() >= SATURDAY:
        at += timedelta(days=1)
    return at
