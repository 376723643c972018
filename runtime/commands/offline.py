"""What an operator does with files, without Slack's events."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.database import Database, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.words import plural
from bot.people.importing import import_roster, unknown_stages
from bot.people.roster import parse_roster
from bot.programme.model import Template
from config.catalogue import Catalogue, load_catalogue
from handlers.edge.clients import open_session, slack_client
from runtime.commands.schema import require_current_schema
from runtime.options import Options, who_we_are

DEFAULT_FRAMEWORK = "miller_is"


@dataclass(frozen=True, slots=True)
class OfflineReport:
    """What came of it, in one sentence, and what to look at."""

    sentence: str
    warnings: tuple[str, ...] = ()


async def import_roster_file(
    options: Options, path: Path, *, workspace: str | None, only_check: bool
) -> OfflineReport:
    """Import the roster at `path`, or with `only_check` say whether it could be.

    Raises OperatorFacing with one line for each problem; then nothing was imported.
    """
    content = _read(path)
    stages = load_catalogue(own=options.config_folder).stages
    if only_check:
        reading = parse_roster(content)
        _refuse(path, reading.problems)
        return OfflineReport(
            f"{path.name} is fine: {len(reading.rows)} members. Nothing was imported.",
            (*reading.warnings, *unknown_stages(reading, stages)),
        )
    database = open_database(options.database_url)
    try:
        await require_current_schema(database)
        return await _import(database, options, path, content, workspace, stages=stages)
    finally:
        await database.close()


async def _import(
    database: Database,
    options: Options,
    path: Path,
    content: bytes,
    workspace: str | None,
    *,
    stages: list[str],
) -> OfflineReport:
    workspace_id = WorkspaceId(workspace or await _workspace_of_token(options))
    done = await import_roster(
        database, workspace_id, content, now=datetime.now(UTC), stages=stages
    )
    _refuse(path, done.problems)
    return OfflineReport(
        f"{len(done.added)} members added, {len(done.changed)} changed, "
        f"{len(done.unchanged)} already as in {path.name}.",
        done.warnings,
    )


async def _workspace_of_token(options: Options) -> str:
    if options.bot_token is None:
        raise OperatorFacing(
            "Several workspaces may have installed Cairn; name the one that is meant with "
            "--workspace and its Slack team id",
            permanent=True,
        )
    async with open_session() as session:
        client = slack_client(session, token=options.bot_token or "", api_url=options.api_url)
        return await who_we_are(client.auth_test)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise OperatorFacing(
            f"{path} cannot be read ({type(failure).__name__}); check the path", permanent=True
        ) from None


def _refuse(path: Path, problems: tuple[str, ...]) -> None:
    if problems:
        lines = "\n".join(f"{path.name}: {problem}" for problem in problems)
        raise OperatorFacing(f"Nothing was imported.\n{lines}", permanent=True)


def match_files(
    roster: Path,
    *,
    scores: Path | None,
    capacity: int | None,
    seed: int,
    template: str | None,
    config_folder: Path | None,
    out: Path,
    report: Path,
    progress: Callable[[float, str], None],
) -> OfflineReport:
    """Propose seats for the roster, with the weights and stages of Cairn and of `config_folder`.

    With `template`, the id of a programme's template, they are composed into groups as it wishes.
    Raises OperatorFacing with one line for each problem; then no file was written.
    """
    from bot.matching.participants import group_wishes
    from runtime.commands.matching_commands import run_match
    from runtime.commands.matching_files import FileProblem

    catalogue = load_catalogue(own=config_folder)
    chosen = _template(catalogue, template) if template else None
    framework = chosen.framework_id if chosen else DEFAULT_FRAMEWORK
    stages = catalogue.frameworks[framework].levels
    try:
        answer = run_match(
            roster,
            out=out,
            report=report,
            starts=datetime.now(UTC),
            scores=scores,
            capacity=capacity,
            seed=seed,
            weights=catalogue.weights,
            wishes=group_wishes(chosen, catalogue.weights.group_stages) if chosen else None,
            stages=[level.name for level in stages],
            progress=progress,
        )
    except FileProblem as problem:
        raise OperatorFacing(str(problem), permanent=True) from None
    seated, unseated = _whole(answer["seated"]), len(_listed(answer["unseated"]))
    return OfflineReport(
        f"{seated} of {seated + unseated} mentees have a mentor; total {answer['total']:,.1f}, "
        f"upper bound {answer['upper_bound']:,.1f}. The proposal is in {out}, the report in "
        f"{report}.",
        tuple(map(str, _listed(answer["warnings"]))),
    )


def _template(catalogue: Catalogue, name: str) -> Template:
    if found := catalogue.templates.get(name):
        return found
    raise OperatorFacing(
        f"--template {name} is none of {', '.join(sorted(catalogue.templates))}", permanent=True
    )


def rotate_files(
    members: Path,
    *,
    size: int,
    rounds: int,
    history: Path | None,
    time_limit_s: float,
    seed: int,
    out: Path,
    report: Path,
    progress: Callable[[float, str], None],
) -> OfflineReport:
    """Plan peer rounds for the members. Raises OperatorFacing as `match_files` does."""
    from runtime.commands.matching_commands import run_rotate
    from runtime.commands.matching_files import FileProblem

    try:
        answer = run_rotate(
            members,
            size=size,
            rounds=rounds,
            out=out,
            report=report,
            history=history,
            time_limit_s=time_limit_s,
            seed=seed,
            progress=progress,
        )
    except FileProblem as problem:
        raise OperatorFacing(str(problem), permanent=True) from None
    rounds, repeats = _whole(answer["rounds"]), _whole(answer["repeated_pairs"])
    return OfflineReport(
        f"{plural(rounds, 'round')} for {answer['members']} members: "
        f"{plural(repeats, 'repeated pair')}, at least "
        f"{answer['lower_bound']} cannot be avoided. They are in {out}, the report in {report}.",
        tuple(map(str, _listed(answer["warnings"]))),
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


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
