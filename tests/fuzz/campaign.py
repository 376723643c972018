"""A campaign: two workspaces with a life, a recording of all their requests, and cases on end."""

import asyncio
import gc
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.kernel.clock import SetClock
from handlers.edge.dispatch import SUBMITTED
from handlers.register import CAPABILITIES
from runtime.process import assembled
from tests.fuzz.corpus import Corpus, Entry, Name, made_up
from tests.fuzz.mutations import (
    STRANGE_TEXTS,
    TEXTS,
    Case,
    Material,
    done_by,
    typed,
    typed_fields,
)
from tests.fuzz.recording import Recording
from tests.fuzz.shortcuts import shortcuts
from tests.fuzz.states import Keeper
from tests.fuzz.target import Heard, Target, WatchedCapabilities, team_of
from tests.support.two_workspaces import TwoWorkspaces

BLOCK = 500
"""Cases in a row that begin from one state."""
WARM = 6_000
"""Cases after which all modules are loaded, and what is remembered is full."""
LOOK_EVERY = 2_000
"""Cases between two looks at memory and tasks."""
WORDS = (
    *("past", "help", "open", "pause", "resume", "home", "pulse", "rhythm", "contact", "crisis"),
    *("stop", "leave", "delete", "?", "-h", "/checkin", "my check-ins", "I feel", *STRANGE_TEXTS),
)


@dataclass(slots=True)
class Report:
    """What a campaign found."""

    seed: int
    cases: int = 0
    seconds: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)
    by_name: Counter[tuple[str, str]] = field(default_factory=Counter)
    memory: list[tuple[int, float]] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    refused: int = 0
    changed: int = 0
    slowest_s: float = 0.0

    @property
    def growth_mb(self) -> float:
        """How much more memory there is in use than after WARM cases."""
        warm = [mb for number, mb in self.memory if number >= WARM] or [self.memory[-1][1]]
        return warm[-1] - warm[0]

    def __str__(self) -> str:
        rate = self.cases / max(self.seconds, 0.001)
        return (
            f"seed {self.seed}: {self.cases:,} cases in {self.seconds:,.0f} s ({rate:,.0f}/s), "
            f"{self.refused:,} refused, {self.changed:,} changed something, "
            f"slowest answer {self.slowest_s:.2f} s, "
            f"memory {self.memory[0][1]:.0f} to {self.memory[-1][1]:.0f} MB, "
            f"{len(self.findings)} findings"
        )


@dataclass(slots=True)
class Campaign:
    """Draws cases from a seed and runs them, each from the state in which it was recorded."""

    target: Target
    material: Material
    seed: int

    def cases(self) -> Iterator[tuple[int, Case]]:
        """Every name as often as any other, in blocks of one state."""
        entries = self.material.entries
        states = sorted({one.state for one in entries})
        by_state = {
            state: _by_name([one for one in entries if one.state == state]) for state in states
        }
        number = 0
        while True:
            names = by_state[states[(number // BLOCK) % len(states)]]
            for _ in range(BLOCK):
                rng = random.Random(f"{self.seed}:{number}")
                name = rng.choice(list(names))
                yield number, self.material.case(rng, rng.choice(names[name]))
                number += 1

    def crossings(self, *, of_each_name: bool) -> Iterator[tuple[int, Case]]:
        """Every request once more: from one who may do most in the other workspace, and from a
        mentee of the same."""
        coordinators = [one for one, role in self.target.roles.items() if role == "coordinator"]
        there = {self.target.world.users[one].team_id: one for one in coordinators}
        entries = sorted(self.material.entries, key=lambda one: one.state)
        if of_each_name:
            entries = list({(one.name, one.state): one for one in entries}.values())
        for number, entry in enumerate(entries):
            for team, person in there.items():
                if team != team_of(entry.body):
                    yield number, Case(entry, (done_by(person, in_=team),))
            for person in self._mentees_in(team_of(entry.body)):
                if person not in str(entry.body.get("user") or entry.body.get("user_id")):
                    yield number, Case(entry, (done_by(person, in_=None),))
                    break

    def misuse(self) -> Iterator[tuple[int, Case]]:
        """Each request twice at once, and after its sender has left; each form with every kind of
        text in all its fields."""
        entries = {(one.name, one.role): one for one in self.material.entries}.values()
        last = len(self.target.states) - 1
        stale = [replace(one, state=last) for one in entries]
        cases = [
            *(Case(one, (), times=2) for one in entries if not one.is_made_up),
            *(Case(one, (typed(text),)) for one in entries if _has_text(one) for text in TEXTS),
            *(Case(one, ()) for one in stale),
        ]
        yield from enumerate(sorted(cases, key=lambda one: one.entry.state))

    def _mentees_in(self, team: str) -> list[str]:
        users, roles = self.target.world.users, self.target.roles
        return [one for one in roles if roles[one] == "mentee" and users[one].team_id == team]

    async def run(self, cases: Iterable[tuple[int, Case]]) -> Report:
        """Run these cases."""
        report, began = Report(self.seed), time.monotonic()
        gc.collect()
        gc.freeze()  # what was made ready lives on: looking through it again and again takes long
        for number, case in cases:
            problems = await self.target.run(case)
            report.by_name[case.entry.name] += 1
            for problem in problems:
                await self._note(report, number, case, problem)
            if number % LOOK_EVERY == 0:
                report.seconds, report.cases = time.monotonic() - began, number
                self._look(report, number)
        report.cases, report.seconds = self.target.cases, time.monotonic() - began
        self._look(report, report.cases)
        return report

    async def _note(self, report: Report, number: int, case: Case, problem: str) -> None:
        """Keep one example of each kind of finding, with as few mutations as show it."""
        kind = f"{case.entry.name[1]}: {_kind(problem)}"
        if kind in report.findings:
            return
        small = await self._shrunk(case, _kind(problem))
        report.findings[kind] = "\n".join(
            [
                f"seed {self.seed}, case {number}, {case}",
                *(f"  {one}" for one in small.mutations),
                problem,
            ]
        )
        _progress(report.findings[kind])

    async def _shrunk(self, case: Case, kind: str) -> Case:
        number = 0
        while number < len(case.mutations):
            less = case.without(number)
            if any(_kind(one) == kind for one in await self.target.run(less)):
                case = less
            else:
                number += 1
        return case

    def _look(self, report: Report, number: int) -> None:
        gc.collect()
        if not self.target.keeper.is_as_kept():
            report.findings["the fuzz itself"] = f"something was not undone before case {number}"
        report.memory.append((number, resident_mb()))
        report.tasks.append(len(asyncio.all_tasks()))
        report.refused, report.changed = self.target.refused, self.target.changed
        report.slowest_s = self.target.slowest_s
        _progress(str(report))


def _has_text(entry: Entry) -> bool:
    return entry.name[0] == SUBMITTED and any(typed_fields(entry.body))


def _by_name(entries: Sequence[Entry]) -> dict[Name, list[Entry]]:
    found: dict[Name, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.name, []).append(one)
    return found


def _kind(problem: str) -> str:
    """The finding without what differs from case to case: where it arose, or its first words."""
    lines = problem.strip().splitlines()
    if lines[0].startswith(("Traceback", "Bolt raised")):
        places = [line.strip() for line in lines if line.strip().startswith("File ")]
        return f"{places[-1].rsplit('/', 1)[-1]} {lines[-1].partition(':')[0]}"
    if "incident" in problem:
        return "logged an incident"
    return problem[:60]


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def resident_mb() -> float:
    """The memory that this process has now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 1_048_576


@asynccontextmanager
async def campaign(recorded: Recording, address: str, *, seed: int) -> AsyncIterator[Campaign]:
    """Stand ready on the database at `address`: a second Cairn, which nobody wakes, and no clock
    drives."""
    both, world, corpus = recorded.both, recorded.world, recorded.corpus
    heard, clock = Heard(), SetClock(both.slack.clock.now())
    keeper = Keeper(address, both.options.key_folder)
    keeper.put_back(corpus.states[-1])
    watched = WatchedCapabilities(CAPABILITIES.every, heard)
    options = replace(both.options, database_url=address)
    async with AsyncExitStack() as stack:
        session = stack.enter_context(shortcuts(world))
        assembling = assembled(options, clock, wake=lambda: None, capabilities=watched)
        cairn = await stack.enter_async_context(assembling)
        target = Target(
            cairn,
            clock,
            world,
            keeper,
            session,
            heard,
            corpus.states,
            secrets=_secrets(both, corpus),
            tokens=tuple(world.tokens),
            roles=recorded.roles,
        )
        entries = [*corpus.entries, *made_up(recorded.names, corpus)]
        material = Material(
            entries,
            [(world.users[one].team_id, one) for one in recorded.roles],
            ids=_ids(corpus),
            words=WORDS,
        )
        with heard.everything():
            _progress(f"{len(entries)} requests, made up: {sorted(recorded.names - corpus.names)}")
            yield Campaign(target, material, seed)
    keeper.close()


def _secrets(both: TwoWorkspaces, corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Names of people, and whatever was written, that stand in one workspace alone."""
    found: dict[str, set[str]] = {
        team: {name for _, name, *_ in cast.people} for team, cast in both.casts.items()
    }
    for state in corpus.states:
        for row in state.rows["programme"].values():
            contacts = (row["crisis_contact"], row["concern_contact"])
            found[row["workspace_id"]] |= {one for one in contacts if one}
    return {
        team: tuple(words - set().union(*(found[one] for one in found if one != team)))
        for team, words in found.items()
    }


def _ids(corpus: Corpus) -> list[str]:
    """Whatever short text stands in the tables: ids, and words of states and kinds."""
    found: set[str] = set()
    for state in corpus.states:
        for rows in state.rows.values():
            for row in rows.values():
                found |= {v for v in row.values() if isinstance(v, str) and 0 < len(v) < 60}
    return sorted(found)
