"""How often each entry of the outbox was interrupted, told by the database itself."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

KILLED = "lease_ran_out"
LOG = "CREATE TABLE crash_log (entry TEXT, was TEXT, became TEXT, why TEXT, at_s DOUBLE PRECISION)"
CHANGED = "old.state <> new.state OR (new.state = 'unknown' AND old.ready_at <> new.ready_at)"
SQLITE = (
    LOG,
    f"""CREATE TRIGGER crash_watch AFTER UPDATE ON outbox WHEN {CHANGED} BEGIN
        INSERT INTO crash_log VALUES (new.id, old.state, new.state, new.last_error,
            (julianday('now') - 2440587.5) * 86400.0);
    END""",
)
POSTGRES = (
    LOG,
    """CREATE FUNCTION crash_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO crash_log VALUES (new.id, old.state, new.state, new.last_error,
            extract(epoch FROM clock_timestamp()));
        RETURN NULL;
    END $$""",
    f"""CREATE TRIGGER crash_watch AFTER UPDATE ON outbox FOR EACH ROW WHEN ({CHANGED})
        EXECUTE FUNCTION crash_note()""",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an entry, at `at_s` of the real clock."""

    was: str
    became: str
    why: str | None
    at_s: float


@dataclass(frozen=True, slots=True)
class Course:
    """What befell one entry between its first sending and its end."""

    steps: tuple[Step, ...]

    @property
    def interruptions(self) -> int:
        """Sendings that did not end in a clear success, and look-ups that found out nothing."""
        unclear = sum(one.was == "sending" and one.became != "sent" for one in self.steps)
        begun = sum(one.was == one.became == "unknown" for one in self.steps)
        ended = sum(one.was == "unknown" != one.became for one in self.steps)
        return unclear + max(0, begun - ended)

    @property
    def is_killed_once(self) -> bool:
        """Whether its worker died while sending it, and nothing else went wrong."""
        kills = sum(one.became == "unknown" and one.why == KILLED for one in self.steps)
        return self.interruptions == 1 and kills >= 1

    @property
    def settled_s(self) -> float:
        """Seconds from its first sending until it was last known whether Slack has it.

        One that Slack has not then waits for its turn in the workspace's pace like any other.
        """
        return max(one.at_s for one in self.steps if one.was == "unknown") - self._began_s

    @property
    def whole_s(self) -> float:
        """Seconds from its first sending to its end."""
        return self.steps[-1].at_s - self._began_s

    @property
    def _began_s(self) -> float:
        return next(one.at_s for one in self.steps if one.became == "sending")


async def watch(connection: AsyncConnection) -> None:
    """Let the database write down what becomes of each entry from now on."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        await connection.execute(sa.text(statement))


async def courses(connection: AsyncConnection) -> list[Course]:
    """The course of each entry that was ever being sent."""
    rows = await connection.execute(sa.text("SELECT * FROM crash_log ORDER BY at_s"))
    found: dict[str, list[Step]] = defaultdict(list)
    for entry, was, became, why, at_s in rows:
        found[entry].append(Step(was, became, why, float(at_s)))
    return [
        Course(tuple(steps))
        for steps in found.values()
        if any(one.became == "sending" for one in steps)
    ]
