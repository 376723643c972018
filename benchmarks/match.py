"""Mentor seats: Cairn beside networkx, a linear programme (HiGHS) and a greedy, same instances.

Each run has a process of its own, so that peak memory is its own and a slow one can be ended: what
is not finished within LIMIT_S says so. Scores are given; reading files is not timed, proving,
explaining and building the answer is.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import networkx as nx
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from bot.matching.model import Person, Role, ScoreTable, Weights
from bot.matching.rules.proposals import propose

NAME = "match"
LIMIT_S = 120.0
QUICK_LIMIT_S = 10.0
PREPARED_WITHIN_S = 600.0
"""How long a method may take to load its library and build its own form of the instance."""
MOST_MEMORY_GB = 8


@dataclass(frozen=True, slots=True)
class Instance:
    """`candidates` mentors are possible for each mentee; places and mentees are as many."""

    mentees: int
    mentors: int
    candidates: int

    @property
    def title(self) -> str:
        among = "all pairs" if self.candidates == self.mentors else f"{self.candidates} candidates"
        return f"{self.mentees:,} x {self.mentors:,}, {among}"

    def table(self) -> ScoreTable:
        rng = np.random.default_rng(4)
        mentee = np.repeat(np.arange(self.mentees), self.candidates)
        if self.candidates == self.mentors:
            mentor = np.tile(np.arange(self.mentors), self.mentees)
        else:
            mentor = rng.integers(0, self.mentors, len(mentee))
        keys = np.unique(mentee * self.mentors + mentor)
        score = rng.integers(0, 1_000_000, len(keys)) / 1_000_000
        return ScoreTable(
            tuple(f"mentee{k}" for k in range(self.mentees)),
            tuple(f"mentor{k}" for k in range(self.mentors)),
            keys // self.mentors,
            keys % self.mentors,
            score,
        )

    @property
    def capacity(self) -> int:
        return self.mentees // self.mentors


SMALL = Instance(120, 30, 30)
DENSE = Instance(500, 500, 500)
LARGE = Instance(10_000, 2_500, 50)
HUGE = Instance(100_000, 25_000, 50)


def run(*, quick: bool) -> list[dict[str, object]]:
    """One row for each instance and method: people seated, total, proven gap, seconds, memory."""
    instances = [SMALL, DENSE, LARGE] if quick else [SMALL, DENSE, LARGE, HUGE]
    limit_s = QUICK_LIMIT_S if quick else LIMIT_S
    return [_alone(one, method, limit_s) for one in instances for method in METHODS]


def _alone(instance: Instance, method: str, limit_s: float) -> dict[str, object]:
    """The row of one method on one instance, or why there is none; its process is gone after."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(sender, instance, method))
    process.start()
    sender.close()
    try:
        row = _heard(receiver, limit_s)
    except EOFError:
        row = {"note": f"ended without an answer, at {MOST_MEMORY_GB} GB of memory at most"}
    finally:
        process.kill()
        process.join()
    return {"instance": instance.title, "method": method} | row


def _heard(receiver: Connection, limit_s: float) -> dict[str, object]:
    if not receiver.poll(PREPARED_WITHIN_S):
        return {"note": f"not prepared within {PREPARED_WITHIN_S:.0f} s"}
    receiver.recv()
    if not receiver.poll(limit_s):
        return {"note": f"not finished within {limit_s:.0f} s"}
    row: dict[str, object] = receiver.recv()
    return row


def _tell(sender: Connection, instance: Instance, method: str) -> None:
    """In a process of its own: says when it is ready, then what it found."""
    most = MOST_MEMORY_GB * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        sender.send(measure(instance, method, ready=lambda: sender.send("ready")))
    except MemoryError:
        sender.close()


def measure(
    instance: Instance, method: str, *, ready: Callable[[], None] = lambda: None
) -> dict[str, object]:
    """Runs one method on one instance; libraries are loaded before the clock starts."""
    solver = METHODS[method]
    solver(Instance(4, 2, 2))()
    solve = solver(instance)
    ready()
    began, worked = time.perf_counter(), time.process_time()
    found = solve()
    spent = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - worked}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**found, **spent, "mb": peak}


def _cairn(instance: Instance) -> Callable[[], dict[str, object]]:
    table = instance.table()
    mentee, mentor = frozenset({Role.MENTEE}), frozenset({Role.MENTOR})
    people = [Person(id=name, roles=mentee) for name in table.mentees]
    people += [Person(id=m, roles=mentor, capacity=instance.capacity) for m in table.mentors]

    def solve() -> dict[str, object]:
        proposal = propose(people, Weights(), scores=table, seed=1)
        return _found(len(proposal.matches), proposal.total, proposal.gap)

    return solve


def _highs(instance: Instance) -> Callable[[], dict[str, object]]:
    """The relaxation, whose corners are whole seatings; seats come first by a large bonus."""
    table = instance.table()
    count = len(table.score)
    rows = np.concatenate([table.mentee_at, instance.mentees + table.mentor_at])
    columns = np.tile(np.arange(count), 2)
    limits = csr_matrix(
        (np.ones(2 * count), (rows, columns)), (instance.mentees + instance.mentors, count)
    )
    room = np.concatenate([np.ones(instance.mentees), np.full(instance.mentors, instance.capacity)])

    def solve() -> dict[str, object]:
        answer: Any = linprog(
            -(table.score + 1000.0),
            A_ub=limits,
            b_ub=room,
            bounds=(0, 1),
            method="highs",
        )
        return _found(round(float(answer.x.sum())), float(answer.x @ table.score), None)

    return solve


def _networkx(instance: Instance) -> Callable[[], dict[str, object]]:
    table = instance.table()
    graph: Any = nx.DiGraph()
    for k in range(instance.mentees):
        graph.add_edge("in", f"mentee{k}", capacity=1, weight=0)
    for k in range(instance.mentors):
        graph.add_edge(f"mentor{k}", "out", capacity=instance.capacity, weight=0)
    whole = np.rint(table.score * 1_000_000).astype(int).tolist()
    pairs = list(zip(table.mentee_at.tolist(), table.mentor_at.tolist(), whole, strict=True))
    for i, j, score in pairs:
        graph.add_edge(f"mentee{i}", f"mentor{j}", capacity=1, weight=-score)

    def solve() -> dict[str, object]:
        flow = nx.max_flow_min_cost(graph, "in", "out")
        used = [s for i, j, s in pairs if flow[f"mentee{i}"][f"mentor{j}"]]
        return _found(len(used), sum(used) / 1_000_000, None)

    return solve


def _greedy(instance: Instance) -> Callable[[], dict[str, object]]:
    """Best score first, as long as both have room: what a careful hand would do."""
    table = instance.table()

    def solve() -> dict[str, object]:
        order = np.argsort(-table.score, kind="stable")
        mentees, mentors = table.mentee_at[order].tolist(), table.mentor_at[order].tolist()
        free, room = [True] * instance.mentees, [instance.capacity] * instance.mentors
        seated, total = 0, 0.0
        for i, j, score in zip(mentees, mentors, table.score[order].tolist(), strict=True):
            if free[i] and room[j]:
                free[i] = False
                room[j] -= 1
                seated += 1
                total += score
        return _found(seated, total, None)

    return solve


def _found(seated: int, total: float, gap: float | None) -> dict[str, object]:
    return {"seated": seated, "total": f"{total:,.6f}", "proven_gap": gap}


METHODS: dict[str, Callable[[Instance], Callable[[], dict[str, object]]]] = {
    "cairn": _cairn,
    "highs": _highs,
    "networkx": _networkx,
    "greedy": _greedy,
}
