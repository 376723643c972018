"""Search with CP-SAT, such that the answer is the same on however many cores."""

from collections.abc import Iterable
from typing import Any

SEARCHES = 6
"""Ways of searching that take turns."""


def begin_from(model: Any, values: Iterable[tuple[Any, int]]) -> None:
    """Let the search begin with these values of variables, and with no others."""
    model.clear_hints()
    for variable, value in values:
        model.add_hint(variable, value)


def searched(model: Any, *, seed: int, effort: float) -> Any | None:
    """Give the solver after its search; None where it has no answer.

    `effort` limits the search in the solver's own deterministic units, roughly seconds.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = SEARCHES
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = effort
    answered = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return solver if answered else None
