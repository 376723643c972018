"""`match` and `rotate` away from Slack: files in, files and a report out."""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.kernel.csv_text import as_csv
from bot.kernel.errors import OperatorFacing
from bot.kernel.words import listed, plural
from bot.matching.model import (
    MENTORING,
    Composition,
    ContradictionError,
    GroupWishes,
    Person,
    Proposal,
    Role,
    ScoreTable,
    Unseated,
    Weights,
)
from bot.matching.participants import group_wishes
from bot.matching.rules.candidates import choice_rings, teams_of
from bot.matching.rules.group_composition import ProposalRequest, off_wishes, propose_groups
from bot.matching.rules.proposals import propose
from bot.matching.rules.scoring import kept_apart
from bot.peers.exclusions import ImpossibleRounds
from bot.peers.plan import RotationPlan, plan_rounds
from config.catalogue import load_catalogue
from runtime.commands.matching_inputs import (
    FileProblem,
    read_history,
    read_members,
    read_roster,
    read_scores,
)
from runtime.commands.terminal import CommandReport

Progress = Callable[[float, str], None]
"""Told how much is done, from 0 to 1, and what is being done."""


DEFAULT_FRAMEWORK = "miller_is"
DEFAULT_SEARCH_SECONDS = 30.0
MOST_MEMBERS = 5_000
"""Tables of who met whom have its square in cells."""
MOST_ROUNDS = 500


def quiet(done: float, what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The measure of seats: weights, a framework's stages in order, and wishes about groups."""

    weights: Weights = field(default_factory=Weights)
    stages: Sequence[str] = ()
    wishes: GroupWishes | None = None


def yardstick(template: str | None, config_folder: Path | None) -> Yardstick:
    """Measure with the weights and stages of Cairn and of `config_folder`.

    With `template`, the id of a programme's template, seats are composed into groups as it wishes.
    Raises OperatorFacing where there is no such template, or a file is not right.
    """
    catalogue = load_catalogue(own=config_folder)
    chosen = catalogue.templates.get(template) if template else None
    if template and not chosen:
        raise OperatorFacing(
            f"--template {template} is none of {', '.join(sorted(catalogue.templates))}",
            permanent=True,
        )
    framework = catalogue.frameworks[chosen.framework_id if chosen else DEFAULT_FRAMEWORK]
    return Yardstick(
        catalogue.weights,
        [level.name for level in framework.levels],
        group_wishes(chosen, catalogue.weights.group_stages) if chosen else None,
    )


def run_match(
    roster: Path,
    *,
    out: Path,
    report: Path,
    starts: datetime,
    scores: Path | None = None,
    capacity: int | None = None,
    columns: Sequence[str] = (),
    seed: int = 0,
    by: Yardstick = Yardstick(),
    progress: Progress = quiet,
) -> dict[str, Any]:
    """Propose mentor seats and write proposal and report, both or neither.

    `starts` is the aware moment for comparing time zones. Returns the report. Raises FileProblem
    with a sentence for everything to fix.
    """
    began = time.perf_counter()
    _check_outputs({"--out": out, "--report": report}, [roster, scores])
    if capacity is not None and capacity < 0:
        raise FileProblem([f"--capacity {capacity} is below 0; give 0 or more."])
    progress(0.0, "Reading the roster")
    people = read_roster(
        roster, starts=starts, capacity=capacity, stages=by.stages, columns=columns
    )
    _check_sides(roster, people.people)
    progress(0.2, "Reading the scores" if scores else "Scoring everybody")
    warnings = list(people.warnings)
    table = read_scores(scores, people, warnings=warnings) if scores else None
    progress(0.5, "Finding the best groups" if by.wishes else "Finding the best seats")
    try:
        proposal = _proposal(people.people, table, by, seed=seed)
    except ContradictionError as error:
        raise FileProblem(error.sentences) from None
    progress(0.9, "Writing")
    warnings += choice_rings(people.people)
    answer = {
        "seated": len(proposal.matches),
        "unseated": [_unseated_report(one) for one in proposal.unseated],
        "most_that_can_be_seated": proposal.most_seats,
        "total": proposal.total,
        "balance_penalty": proposal.balance_penalty,
        "upper_bound": proposal.upper_bound,
        "gap": proposal.gap,
        "lowest_score": proposal.worst,
        "groups": _group_report(proposal.composition),
        "seconds": round(time.perf_counter() - began, 3),
        "seed": proposal.seed,
        "advice": list(proposal.advice),
        "notes": list(proposal.notes),
        "warnings": warnings,
    }
    write_all({out: _proposal_csv(proposal), report: _as_json(answer)})
    progress(1.0, "Done")
    return answer


def match_outcome(answer: Mapping[str, Any], *, out: Path, report: Path) -> CommandReport:
    """Say how many have a mentor, with the total and its bound."""
    seated = answer["seated"]
    return CommandReport(
        f"{seated} of {seated + len(answer['unseated'])} mentees have a mentor; "
        f"total {answer['total']:,.1f}, upper bound {answer['upper_bound']:,.1f}. "
        f"The proposal is in {out}, the report in {report}.",
        tuple(answer["warnings"]),
    )


def _proposal(
    people: Sequence[Person], scores: ScoreTable | None, by: Yardstick, *, seed: int
) -> Proposal:
    """The best seats; with wishes composed into groups, exceptions among the notes."""
    wishes = by.wishes
    if wishes is None:
        return propose(people, by.weights, scores=scores, seed=seed)
    found = propose_groups(
        ProposalRequest(
            people=people,
            weights=by.weights,
            wishes=wishes,
            teams=teams_of(people, wishes, kept_apart(people)),
            scores=scores,
            seed=seed,
        )
    )
    names = {p.id: p.label for p in people}
    exceptions = off_wishes(found, people, wishes, lambda who: names[who])
    return replace(found, notes=(*found.notes, *exceptions))


def _unseated_report(one: Unseated) -> dict[str, str]:
    return {"mentee": one.mentee, "reason": one.reason, "smallest_change": one.smallest_change}


def _group_report(found: Composition | None) -> dict[str, object] | None:
    """Measure how well the groups meet the wishes; None where there are none."""
    if found is None:
        return None
    return asdict(found) | {"gap": found.gap, "proven": found.is_proven}


def run_rotate(
    members: Path,
    *,
    size: int,
    rounds: int,
    out: Path,
    report: Path,
    history: Path | None = None,
    time_limit_s: float = DEFAULT_SEARCH_SECONDS,
    seed: int = 0,
    progress: Progress = quiet,
) -> dict[str, Any]:
    """Plan peer rounds and write them with a report, both or neither.

    A search, where one is needed, ends after `time_limit_s` seconds with the best plan so far.
    Returns the report. Raises FileProblem with a sentence for everything to fix.
    """
    began = time.perf_counter()
    _check_outputs({"--out": out, "--report": report}, [members, history])
    _check_rotation(size=size, rounds=rounds, time_limit_s=time_limit_s)
    progress(0.0, "Reading the members")
    warnings: list[str] = []
    names, apart = read_members(members, warnings=warnings)
    if not 2 <= len(names) <= MOST_MEMBERS:
        raise FileProblem(
            [f"{members.name} names {len(names)}; a rotation needs from 2 to {MOST_MEMBERS}."]
        )
    groups = read_history(history, warnings=warnings) if history else ()

    def out_of_time() -> bool:
        spent = time.perf_counter() - began
        progress(min(1.0, spent / time_limit_s), "Looking for fewer repeats")
        return spent > time_limit_s

    try:
        plan = plan_rounds(
            names,
            size=size,
            rounds=rounds,
            history=groups,
            apart=apart,
            rng=random.Random(seed),  # noqa: S311 - a plan is to be repeatable, not secret
            seed=seed,
            out_of_time=out_of_time,
        )
    except ImpossibleRounds:
        raise FileProblem(
            [
                (
                    f"{members.name}: no rounds of this size were found that keep everybody apart "
                    "who must be. Choose a smaller size, or plan for fewer people in one list."
                )
            ]
        ) from None
    if left := {m for g in groups for m in g} - set(names):
        warnings.append(f"In the history but no longer members: {len(left)}.")
    answer = {
        "members": len(names),
        "rounds": len(plan.rounds),
        "repeated_pairs": plan.repeats,
        "lower_bound": plan.lower_bound,
        "gap": plan.repeats - plan.lower_bound,
        "method": plan.method,
        "seconds": round(time.perf_counter() - began, 3),
        "seed": plan.seed,
        "notes": list(plan.notes),
        "warnings": warnings,
    }
    write_all({out: _rounds_csv(plan), report: _as_json(answer)})
    progress(1.0, "Done")
    return answer


def rotate_outcome(answer: Mapping[str, Any], *, out: Path, report: Path) -> CommandReport:
    """Say how many rounds there are, with the repeated pairs, and whether fewer are possible."""
    return CommandReport(
        f"{plural(answer['rounds'], 'round')} for {answer['members']} members: "
        f"{_repeats(answer['repeated_pairs'], bound=answer['lower_bound'])}. "
        f"They are in {out}, the report in {report}.",
        tuple(answer["warnings"]),
    )


def _repeats(repeats: int, *, bound: int) -> str:
    """Say how many pairs meet again; that some must, only where it is proven."""
    if not repeats:
        return "nobody meets the same person twice"
    said = plural(repeats, "repeated pair")
    if repeats == bound:
        return f"{said}, and no plan can have fewer"
    if bound:
        return f"{said}; at least {bound} cannot be avoided, and no better plan is known to us"
    return f"{said}; no better plan is known to us"


def _check_rotation(*, size: int, rounds: int, time_limit_s: float) -> None:
    problems = []
    if size < 2:
        problems.append(f"--size {size} is too small; nobody meets in groups below 2.")
    if not 1 <= rounds <= MOST_ROUNDS:
        problems.append(f"--rounds {rounds} is out of range; give 1 to {MOST_ROUNDS}.")
    if not 0 < time_limit_s <= 86_400:
        problems.append(f"--time-limit {time_limit_s:g} must be above 0, in seconds.")
    if problems:
        raise FileProblem(problems)


def _check_sides(path: Path, people: Sequence[Person]) -> None:
    """Refuse a roster with which nobody could ever be matched."""
    problems = []
    if not any(Role.MENTEE in p.roles for p in people):
        problems.append(f"{path.name}: nobody has the role mentee; there is nobody to match.")
    if not any(p.roles & MENTORING for p in people):
        problems.append(f"{path.name}: nobody has the role mentor or peer_mentor; add one.")
    if problems:
        raise FileProblem(problems)


def _check_outputs(outputs: Mapping[str, Path], inputs: Iterable[Path | None]) -> None:
    """Refuse outputs that would overwrite one another or what is read, by option and path."""
    named = {path.resolve(): path for path in inputs if path is not None}
    problems = [
        f"{option} {path} would overwrite what is read from there; name another file."
        for option, path in outputs.items()
        if path.resolve() in named
    ]
    if len({path.resolve() for path in outputs.values()}) < len(outputs):
        problems.append(f"{listed(outputs)} name the same file; give two names.")
    if problems:
        raise FileProblem(problems)


def _proposal_csv(proposal: Proposal) -> str:
    """`mentee,mentor,score,reasons`, one line for each mentor of a match."""
    rows = (
        (m.mentee, mentor, repr(m.score), m.reason)
        for m in proposal.matches
        for mentor in m.mentors
    )
    return as_csv(("mentee", "mentor", "score", "reasons"), rows)


def _rounds_csv(plan: RotationPlan) -> str:
    """`round,group,member`, rounds and groups counted from 1."""
    rows = (
        (turn, number, member)
        for turn, groups in enumerate(plan.rounds, 1)
        for number, group in enumerate(groups, 1)
        for member in group
    )
    return as_csv(("round", "group", "member"), rows)


def _as_json(report: Mapping[str, object]) -> str:
    """Write a report as JSON text; numbers are finite."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_all(contents: Mapping[Path, str]) -> None:
    """Write every file or none: all are complete beside their paths before the first is moved."""
    waiting: list[tuple[str, Path]] = []
    path = Path()
    try:
        for path, text in contents.items():
            if path.is_dir():
                raise FileProblem([f"{path}: this is a folder; name a file."])
            handle, name = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
            waiting.append((name, path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.write(text)
        for name, path in waiting:
            Path(name).chmod(0o644)
            Path(name).replace(path)
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise FileProblem([f"{path}: {why}; nothing was written."]) from None
    finally:
        for name, _ in waiting:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)
