"""Findings of the doctor: what is well, what is good to know, and what to fix."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import refused


class Level(StrEnum):
    """How much a finding asks for, as it is printed."""

    WELL = "ok"
    NOTE = "note"
    FIX = "FIX"


class Group(StrEnum):
    """The headings under which findings stand, in their order."""

    SETTINGS = "Settings"
    MACHINE = "This machine"
    DATABASE = "Database"
    KEYS = "Keys"
    SLACK = "Slack"
    WAITING = "What waits"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `sentence` says what to do where it is not well."""

    level: Level
    sentence: str
    group: Group = Group.SETTINGS

    @property
    def is_well(self) -> bool:
        return self.level is not Level.FIX


Check = Callable[[], Iterable[Finding] | Awaitable[Iterable[Finding]]]
"""Looks at one thing; what it raises as OperatorFacing is to be fixed."""


def well(sentence: str) -> Finding:
    return Finding(Level.WELL, sentence)


def note(sentence: str) -> Finding:
    return Finding(Level.NOTE, sentence)


def fix(sentence: str) -> Finding:
    return Finding(Level.FIX, sentence)


async def findings_of(check: Check, group: Group, url: URL | None = None) -> list[Finding]:
    """Carry out a check; its failures are findings, too. `url` is the database it may ask."""
    try:
        found = check()
        findings = await found if isinstance(found, Awaitable) else found
        return [replace(one, group=group) for one in findings]
    except OperatorFacing as problem:
        return [Finding(Level.FIX, problem.reason, group)]
    except (SQLAlchemyError, OSError) as failure:
        if url is None:
            raise
        return [Finding(Level.FIX, refused(failure, url).reason, group)]


def each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what was said before, and order by group."""
    said: dict[str, Finding] = {}
    for one in findings:
        said.setdefault(one.sentence, one)
    order = list(Group)
    return sorted(said.values(), key=lambda one: order.index(one.group))
