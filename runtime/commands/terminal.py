"""Say in a terminal what a command does, what came of it and what went wrong."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import typer

from bot.kernel.errors import OperatorFacing

P = ParamSpec("P")
NAMED = "python app.py"
"""How sentences and pages name the command line."""


@dataclass(frozen=True, slots=True)
class CommandReport:
    """The outcome of a command in one sentence, and warnings to look at."""

    sentence: str
    warnings: tuple[str, ...] = ()


def add_command(
    app: typer.Typer, example: str
) -> Callable[[Callable[P, CommandReport | str | None]], Callable[P, None]]:
    """Add a function to the command line: what it returns is said, warnings on standard error.

    A failure ends with exit code 1 and what to do on standard error, instead of a traceback.
    """

    def add(run: Callable[P, CommandReport | str | None]) -> Callable[P, None]:
        @app.command(run.__name__.replace("_", "-"), epilog=f"Example: python app.py {example}")
        @wraps(run)
        def command(*args: P.args, **given: P.kwargs) -> None:
            try:
                done = run(*args, **given)
            except OperatorFacing as problem:
                typer.echo(as_typed_here(problem.reason), err=True)
                raise typer.Exit(1) from None
            except KeyboardInterrupt:
                raise typer.Exit(130) from None
            report = CommandReport(done) if isinstance(done, str) else done
            if report is not None:
                for warning in report.warnings:
                    typer.echo(as_typed_here(warning), err=True)
                typer.echo(as_typed_here(report.sentence))

        return command

    return add


def as_typed_here(sentence: str) -> str:
    """Name commands as somebody at a terminal called this one: `.venv/bin/python app.py`, say."""
    if not sys.stderr.isatty():
        return sentence
    return sentence.replace(NAMED, f"{_interpreter()} {sys.argv[0]}")


def _interpreter() -> str:
    """Name Python as briefly as a shell in this folder would find it again."""
    python = Path(sys.executable)
    if shutil.which("python") == str(python):
        return "python"
    here = Path.cwd()
    return str(python.relative_to(here) if python.is_relative_to(here) else python)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float, str], None]]:
    """Draw a bar from 0 to 1 when the output is a terminal, and nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda _share, _step: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=1.0)
        yield lambda share, step: bars.update(task, completed=share, description=step)
