"""`match` and `rotate` away from Slack: files in, files and a report out."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.errors import OperatorFacing
from bot.kernel.words import plural
from bot.matching.model import (
    MENTORING,
    Composition,
    ContradictionError,
    GroupWishes,
    Person,
    Proposal,
    Role,
    ScoreTable,
    Weights,
)
from bot.matching.participants import group_wishes
from bot.matching.rules.candidates import choice_rings, teams_of
from bot.matching.rules.group_composition import ProposalRequest, off_wishes, propose_groups
from bot.matching.rules.proposals import propose
from bot.peers.plan import RotationPlan, plan_rounds
from bot.programme.model import Template
from config.catalogue import Catalogue, load_catalogue
from runtime.commands.matching_files import (
    FileProblem,
    as_json,
    check_outputs,
    proposal_csv,
    rounds_csv,
    write_all,
)
from runtime.commands.matching_inputs import read_history, read_members, read_roster, read_scores
from runtime.commands.terminal import CommandReport

Progress = Callable[[float, str], None]
"""Told how much is done, from 0 to 1, and what is being done."""


DEFAULT_SEARCH_SECONDS = 30.0
MOST_MEMBERS = 5_000
"""Tables of who met whom have its square in cells."""
MOST_ROUNDS = 500


def quiet(done: float, what: str) -> None:
    """Tell nobody."""


def run_match(
    roster: Path,
    *,
    out: Path,
    report: Path,
    starts: datetime,
    scores: Path | None = None,
    capacity: int | None = None,
    seed: int = 0,
    weights: Weights | None = None,
    stages: Sequence[str] = (),
    wishes: GroupWishes | None = None,
    progress: Progress = quiet,
) -> dict[str, object]:
    """Propose mentor seats and write proposal and report, both or neither.

    `starts` is the aware moment for comparing time zones; `stages` the framework's levels in
    order. With `wishes` the seats are composed into groups. Returns the report. Raises
    FileProblem with a sentence for everything to fix.
    """
    began = time.perf_counter()
    check_outputs({"--out": out, "--report": report}, [roster, scores])
    if capacity is not None and capacity < 0:
        raise FileProblem([f"--capacity {capacity} is below 0; give 0 or more."])
    progress(0.0, "Reading the roster")
    people = read_roster(roster, starts=starts, capacity=capacity, stages=stages)
    _check_sides(roster, people.people)
    progress(0.2, "Reading the scores" if scores else "Scoring everybody")
    warnings = list(people.warnings)
    table = read_scores(scores, people, warnings=warnings) if scores else None
    progress(0.5, "Finding the best groups" if wishes else "Finding the best seats")
    try:
        proposal = _proposal(people.people, table, weights or Weights(), wishes=wishes, seed=seed)
    except ContradictionError as error:
        raise FileProblem(error.sentences) from None
    progress(0.9, "Writing")
    warnings += choice_rings(people.people)
    answer = match_report(proposal, warnings=warnings, seconds=time.perf_counter() - began)
    write_all({out: proposal_csv(proposal), report: as_json(answer)})
    progress(1.0, "Done")
    return answer


def _proposal(
    people: Sequence[Person],
    table: ScoreTable | None,
    weights: Weights,
    *,
    wishes: GroupWishes | None,
    seed: int,
) -> Proposal:
    """The best seats; with `wishes` composed into groups, exceptions among the notes."""
    if wishes is None:
        return propose(people, weights, scores=table, seed=seed)
    found = propose_groups(
        ProposalRequest(
            people=people,
            weights=weights,
            wishes=wishes,
            teams=teams_of(people, wishes),
            scores=table,
            seed=seed,
        )
    )
    names = {p.id: p.label for p in people}
    return replace(
        found, notes=(*found.notes, *off_wishes(found, people, wishes, lambda who: names[who]))
    )


def match_report(
    proposal: Proposal, *, warnings: Sequence[str], seconds: float
) -> dict[str, object]:
    """Give report.json for a proposal."""
    return {
        "seated": len(proposal.matches),
        "unseated": [
            {"mentee": u.mentee, "reason": u.reason, "smallest_change": u.smallest_change}
            for u in proposal.unseated
        ],
        "most_that_can_be_seated": proposal.most_seats,
        "total": proposal.total,
        "balance_penalty": proposal.balance_penalty,
        "upper_bound": proposal.upper_bound,
        "gap": proposal.gap,
        "lowest_score": proposal.worst,
        "groups": _group_report(proposal.composition),
        "seconds": round(seconds, 3),
        "seed": proposal.seed,
        "advice": list(proposal.advice),
        "notes": list(proposal.notes),
        "warnings": list(warnings),
    }


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
) -> dict[str, object]:
    """Plan peer rounds and write them with a report, both or neither.

    A search, where one is needed, ends after `time_limit_s` seconds with the best plan so far.
    Returns the report. Raises FileProblem with a sentence for everything to fix.
    """
    began = time.perf_counter()
    check_outputs({"--out": out, "--report": report}, [members, history])
    _check_rotation(size=size, rounds=rounds, time_limit_s=time_limit_s)
    progress(0.0, "Reading the members")
    warnings: list[str] = []
    names = read_members(members, warnings=warnings)
    if not 2 <= len(names) <= MOST_MEMBERS:
        raise FileProblem(
            [f"{members.name} names {len(names)}; a rotation needs from 2 to {MOST_MEMBERS}."]
        )
    groups = read_history(history, warnings=warnings) if history else ()

    def out_of_time() -> bool:
        spent = time.perf_counter() - began
        progress(min(1.0, spent / time_limit_s), "Looking for fewer repeats")
        return spent > time_limit_s

    plan = plan_rounds(
        names,
        size=size,
        rounds=rounds,
        history=groups,
        rng=random.Random(seed),  # noqa: S311 - a plan is to be repeatable, not secret
        seed=seed,
        out_of_time=out_of_time,
    )
    if left := {m for g in groups for m in g} - set(names):
        warnings.append(f"In the history but no longer members: {len(left)}.")
    seconds = time.perf_counter() - began
    answer = rotate_report(plan, members=len(names), warnings=warnings, seconds=seconds)
    write_all({out: rounds_csv(plan), report: as_json(answer)})
    progress(1.0, "Done")
    return answer


def rotate_report(
    plan: RotationPlan, *, members: int, warnings: Sequence[str], seconds: float
) -> dict[str, object]:
    """Give report.json for a rotation."""
    return {
        "members": members,
        "rounds": len(plan.rounds),
        "repeated_pairs": plan.repeats,
        "lower_bound": plan.lower_bound,
        "gap": plan.repeats - plan.lower_bound,
        "method": plan.method,
        "seconds": round(seconds, 3),
        "seed": plan.seed,
        "notes": list(plan.notes),
        "warnings": list(warnings),
    }


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


DEFAULT_FRAMEWORK = "miller_is"


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
    progress: Progress,
) -> CommandReport:
    """Propose seats for the roster, with the weights and stages of Cairn and of `config_folder`.

    With `template`, the id of a programme's template, they are composed into groups as it wishes.
    Raises OperatorFacing with one line for each problem; then no file was written.
    """
    catalogue = load_catalogue(own=config_folder)
    chosen = _template(catalogue, template) if template else None
    framework = chosen.framework_id if chosen else DEFAULT_FRAMEWORK
    stages = catalogue.frameworks[framework].levels
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
    seated, unseated = _whole(answer["seated"]), len(_listed(answer["unseated"]))
    return CommandReport(
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
    progress: Progress,
) -> CommandReport:
    """Plan peer rounds for the members. Raises OperatorFacing as `match_files` does."""
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
    rounds, repeats = _whole(answer["rounds"]), _whole(answer["repeated_pairs"])
    return CommandReport(
        f"{plural(rounds, 'round')} for {answer['members']} members: "
        f"{plural(repeats, 'repeated pair')}, at least "
        f"{answer['lower_bound']} cannot be avoided. They are in {out}, the report in {report}.",
        tuple(map(str, _listed(answer["warnings"]))),
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
