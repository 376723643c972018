"""Plan a soak, and keep what happens in it."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from tests.crash.databases import Place
from tests.soak.evidence import Evidence
from tests.soak.invariants import Fell, Gone, Vitals
from tests.soak.people import Crowd
from tests.soak.process import Bot

PLAYED = 5
"""Mentees who are played from outside, by what they see in Slack; the others act by habits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPlan:
    """How long, on which engine, how many people, and how often the bot is killed."""

    weeks: int = 24
    engine: str = "sqlite"
    seed: int = 1
    mentors: int = 3
    mentees: int = 12
    kills: int = 20
    blows: int = 10
    """Restarts of Postgres and cut connections, or locks of SQLite's file."""


@dataclass(slots=True, kw_only=True)
class Soak:
    """One run under way."""

    plan: SoakPlan
    place: Place
    crowd: Crowd
    bot: Bot
    evidence: Evidence
    rng: random.Random
    looks: list[tuple[datetime, set[str]]] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    fell: list[Fell] = field(default_factory=list)
    vitals: list[Vitals] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    blows: int = 0
    zones: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    due: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def played(self) -> tuple[str, ...]:
        return self.crowd.cast.mentees[:PLAYED]

    @property
    def now(self) -> datetime:
        return self.crowd.slack.clock.now()
