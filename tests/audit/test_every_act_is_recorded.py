"""What only coordinators may do and changes rows is written down, in the transaction that does it.

Read from the code: from each listener that asks for a coordinator, through all that it calls, every
`async with ….writing()` must lead to the record of acts. `tests/fuzz/rights.txt` says who may press
what, so that no listener is overlooked.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from bot.audit.store import record
from bot.people.use_cases import must_coordinate, the_coordinator
from handlers.edge.services import Services
from handlers.register import CAPABILITIES

RIGHTS = Path(__file__).parents[1] / "fuzz" / "rights.txt"
COORDINATOR = 8
"""The column of rights.txt."""
ASKS = {Services.coordinator, Services.record, the_coordinator, must_coordinate}
RECORDS = {Services.record, record}
EXCEPT = {
    "handlers.announcements.listeners._prepared 1": "keeps a draft, which nobody gets unsent",
    "handlers.overview.listeners.on_figures 1": "keeps which counts were shown",
    "handlers.people.roster_import.look_at_table 1": "keeps what was read for the next step",
    "handlers.people.roster_import.on_mapping_form 1": "remembers what the columns of a list hold",
    "handlers.people.roster_import._look 1": "keeps the preview that is shown",
    "bot.course.store.only_tried 1": "takes back what it writes to see what it does",
    "bot.flows.pulse_rounds._end_without_results 2": "ends a pulse though nothing can be written",
}
"""Transactions of coordinators that are no act, each with its reason."""


@dataclass(frozen=True)
class Listeners:
    """Takes the place of the edge, and lists what is registered."""

    guard: object = None
    found: dict[str, Any] = field(default_factory=dict)

    def command(self, name: str, listener: object, **_: object) -> None:
        self.found[name] = inspect.unwrap(getattr(listener, "func", listener))  # type: ignore[arg-type]

    action = view = event = options = command


def listeners() -> dict[str, Any]:
    every = Listeners()
    for one in CAPABILITIES.every:
        one.listeners(every)  # type: ignore[arg-type]
    return every.found


def tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def called(node: ast.AST, function: FunctionType) -> Iterator[Any]:
    """Every function that is named within `node`, a part of the code of `function`."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            if one.value.id == "services":
                yield getattr(Services, one.attr, None)
            elif isinstance(holder := function.__globals__.get(one.value.id), ModuleType):
                yield getattr(holder, one.attr, None)
        elif isinstance(one, ast.Name):
            yield function.__globals__.get(one.id)


def is_followed(one: object) -> bool:
    """Whether what a function does belongs to what its caller does."""
    return (
        inspect.isfunction(one)
        and one.__module__.startswith(("bot.", "handlers."))
        and not one.__qualname__.startswith("Services.")
    )


def reached(start: FunctionType, node: ast.AST | None = None) -> set[Any]:
    """Every function that is reached from `start`, or from a part of it."""
    found, waiting = set(), [(start, node or tree(start))]
    while waiting:
        function, code = waiting.pop()
        for one in called(code, function):
            if callable(one) and getattr(one, "__hash__", None) and one not in found:
                found.add(one)
                if is_followed(one):
                    waiting.append((one, tree(one)))
    return found


def transactions(function: FunctionType) -> Iterator[ast.AsyncWith]:
    for one in ast.walk(tree(function)):
        if isinstance(one, ast.AsyncWith) and any(
            isinstance(item.context_expr, ast.Call)
            and isinstance(item.context_expr.func, ast.Attribute)
            and item.context_expr.func.attr == "writing"
            for item in one.items
        ):
            yield one


def name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def unrecorded(listener: Any) -> set[str]:
    """The transactions that do not lead to the record of acts, each by its function and number."""
    return {
        f"{name_of(one)} {number}"
        for one in {listener, *filter(is_followed, reached(listener))}
        for number, block in enumerate(transactions(one), 1)
        if not reached(one, block) & RECORDS
    }


OF_COORDINATORS = {
    name: listener for name, listener in listeners().items() if reached(listener) & ASKS
}


@pytest.mark.parametrize("name", sorted(OF_COORDINATORS))
def test_what_a_coordinator_does_is_recorded_where_it_is_done(name: str) -> None:
    assert unrecorded(OF_COORDINATORS[name]) <= set(EXCEPT)


def test_no_listener_that_answers_coordinators_alone_is_overlooked() -> None:
    lines = [line.split() for line in RIGHTS.read_text().splitlines()]
    rights = {one[1]: one[2:] for one in lines if len(one) == 14}
    theirs = {
        name
        for name, letters in rights.items()
        if letters[COORDINATOR] != "-"
        and set(letters) - {letters[COORDINATOR]} <= {"-"}
        and letters.count("-") == len(letters) - 1
    }

    assert len(theirs) > 20
    assert theirs <= {*OF_COORDINATORS, *NOT_ASKED}


NOT_ASKED = {
    "people.coordinators": "reads, and asks whether they coordinate or administer the workspace",
    "people.coordinator_form": "who administers the workspace may, too; it records itself",
    "home.tools": "opens a page, and asks by the member that it reads",
}


def test_every_exception_is_needed() -> None:
    found = {one for listener in OF_COORDINATORS.values() for one in unrecorded(listener)}

    assert found == set(EXCEPT)


async def _forgets(call: Any, services: Any) -> None:
    await services.coordinator(call)
    async with services.database.writing() as connection:
        await connection.execute("…")


async def _remembers(call: Any, services: Any) -> None:
    async with services.database.writing() as connection:
        await services.record(connection, call, "act")


def test_a_listener_that_forgets_is_told_from_one_that_does_not() -> None:
    assert unrecorded(_forgets) == {f"{name_of(_forgets)} 1"}
    assert unrecorded(_remembers) == set()


def test_who_administers_the_workspace_leaves_a_record_too() -> None:
    assert unrecorded(listeners()["people.coordinator_form"]) == set()
