"""An auditor who reads what is published and asks a solver whose answer it gives away.

It is told more than anybody outside is: who is in which group and who answered which statement. So
what it cannot work out, nobody can who knows less. Run the long form with

    python -m tests.attacks.auditor --years 500
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations_with_replacement

from ortools.sat.python import cp_model

from bot.kernel.ids import MemberId
from bot.pulse import rules as bands
from bot.pulse.model import Threshold
from tests.attacks.authorship import Authorship, Claims, read_by_group, read_pooled
from tests.attacks.simulation import ASKED, PlayedRound, commonly_published, year
from tests.pulse.papers import INSTRUMENT

FAVOURABLE, SUM, POINT = "favourable", "sum", "point"


@dataclass(frozen=True, slots=True)
class Said:
    """A constraint: over the people of these kinds, this quantity lies between two bounds."""

    kinds: tuple[int, ...]
    quantity: str
    low: int
    high: int
    point: int = 0


@dataclass(frozen=True, slots=True)
class Puzzle:
    """How many people there are of each kind, and what was said about them.

    People about whom exactly the same was said are of one kind: nothing tells them apart, so it is
    enough to ask how many of them chose which point.
    """

    sizes: tuple[int, ...]
    said: tuple[Said, ...]
    reverse: bool


Person = tuple[int, bool]
"""Somebody's kind and leaning: whether their answer speaks for the space."""


@lru_cache(maxsize=100_000)
def possible(puzzle: Puzzle, some: tuple[Person, ...]) -> bool:
    """Whether any answers fit all that was said and hold these different people.

    Where kinds are tied together (the control), a question that the solver does not settle soon
    counts as possible: to the good of what is commonly published.
    """
    model = cp_model.CpModel()
    chose = [
        [model.new_int_var(0, size, f"{kind}:{point}") for point in range(1, 6)]
        for kind, size in enumerate(puzzle.sizes)
    ]
    favourable = [sum(points[:2]) if puzzle.reverse else sum(points[3:]) for points in chose]
    for points, size in zip(chose, puzzle.sizes, strict=True):
        model.add(sum(points) == size)
    for one in puzzle.said:
        if one.quantity == FAVOURABLE:
            terms: list[cp_model.LinearExprT] = [favourable[kind] for kind in one.kinds]
        elif one.quantity == SUM:
            terms = [at * n for kind in one.kinds for at, n in enumerate(chose[kind], 1)]
        else:
            terms = [chose[kind][one.point - 1] for kind in one.kinds]
        model.add(cp_model.LinearExpr.sum(terms) >= one.low)
        model.add(cp_model.LinearExpr.sum(terms) <= one.high)
    for (kind, leaning), count in Counter(some).items():
        model.add((favourable[kind] if leaning else puzzle.sizes[kind] - favourable[kind]) >= count)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if len(puzzle.sizes) > 1:
        solver.parameters.max_deterministic_time = 0.02
    status = solver.solve(model)
    assert status != cp_model.MODEL_INVALID
    assert status != cp_model.UNKNOWN or len(puzzle.sizes) > 1
    return bool(status != cp_model.INFEASIBLE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A puzzle, and who its people are with their kind and leaning in truth."""

    puzzle: Puzzle
    people: tuple[tuple[MemberId, Person], ...]

    def given_away(self, *, insiders: int) -> set[MemberId]:
        """Whose leaning follows for certain: for any reader, or for so many who compare theirs."""
        there = Counter(person for _, person in self.people)
        found: set[MemberId] = set()
        for several in range(insiders + 1):
            for known in combinations_with_replacement(sorted(there), several):
                others = there - Counter(known)
                if others.total() + several != there.total():
                    continue  # not as many are of that kind and leaning
                for kind, leaning in others:
                    if not possible(self.puzzle, (*known, (kind, not leaning))):
                        lost = [member for member, one in self.people if one == (kind, leaning)]
                        found |= set(lost[known.count((kind, leaning)) :])
        return found


_GROUP_LINE = re.compile(r"^(?P<name>[^:*]+?) \(5 or more responses\): (?P<said>.+)\.$")
_SAID = re.compile(r"^(?P<label>[^:]+): (?P<band>Low|Mixed|High|not enough answers)")
_TALLY = re.compile(r"^(?P<label>[^:]+): of (?P<all>\d+) results (?P<counts>.+)\.$")


def read_digest(played: PlayedRound) -> Iterator[Reading]:
    """Every statement about a group in Cairn's digest.

    The programme's lines count the bands that stand beneath them; that is checked, and then they
    say nothing about anybody's answers.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for line in played.text.splitlines():
        if match := _GROUP_LINE.match(line):
            for said in match["said"].split("; "):
                claim = _SAID.match(said)
                assert claim is not None, said
                seen[claim["label"], claim["band"]] += 1
                yield from _band_claim(played, match["name"], claim["label"], claim["band"])
    for line in played.text.splitlines():
        if match := _TALLY.match(line):
            parts = [part.split(" ") for part in match["counts"].split(", ")]
            told = {word: int(count) for count, word in parts}
            for word in ("High", "Mixed", "Low"):
                assert seen[match["label"], word] == told.get(word, 0)


def _band_claim(played: PlayedRound, cell: str, label: str, word: str) -> Iterator[Reading]:
    members = played.cell_named(cell)
    answered = [one for one in members if played.favours(one, label) is not None]
    parts = bands.cuts(len(answered), Threshold(), asked=len(played.asked_in(cell)))
    if word == "not enough answers":
        assert not parts
        return
    order = ["Low", "High"] if len(parts) == 2 else ["Low", "Mixed", "High"]
    part = parts[order.index(word)]
    said = (Said((0,), FAVOURABLE, part[0], part[-1]),)
    yield _reading(played, dict.fromkeys(answered, 0), label, said)


def _reading(
    played: PlayedRound, kind_of: Mapping[MemberId, int], item_id: str, said: tuple[Said, ...]
) -> Reading:
    item = INSTRUMENT.item(item_id)
    assert item is not None
    sizes = Counter(kind_of.values())
    people = tuple(
        (member, (kind, bool(played.favours(member, item_id)))) for member, kind in kind_of.items()
    )
    puzzle = Puzzle(tuple(sizes[kind] for kind in range(len(sizes))), said, item.reverse)
    return Reading(puzzle, people)


_MEAN = re.compile(r"^Group (?P<cell>\S+) (?P<item>\w+): n=(?P<n>\d+), mean (?P<mean>[\d.]+)$")
_BARS = re.compile(r"^Total (?P<item>\w+): n=\d+, (?P<bars>.+)$")


def read_common(played: PlayedRound) -> Iterator[Reading]:
    """The positive control: what is commonly published, read by the same auditor."""
    text = commonly_published(played)
    cell_of = {person.member_id: str(person.cell_id) for person in played.eligible}
    for item_id in ASKED:
        people = sorted(m for m in played.ballots if played.favours(m, item_id) is not None)
        kinds = {cell: kind for kind, cell in enumerate(sorted({cell_of[m] for m in people}))}
        said: list[Said] = []
        for line in text.splitlines():
            bars, mean = _BARS.match(line), _MEAN.match(line)
            if bars and bars["item"] == item_id:
                for bar in bars["bars"].split():
                    point, count = map(int, bar.split(":"))
                    said.append(Said(tuple(kinds.values()), POINT, count, count, point))
            if mean and mean["item"] == item_id:
                total = round(float(mean["mean"]) * int(mean["n"]))
                said.append(Said((kinds[mean["cell"]],), SUM, total, total))
        yield _reading(played, {m: kinds[cell_of[m]] for m in people}, item_id, tuple(said))


@dataclass(slots=True)
class Findings:
    """How much was read, and whose answers it gave away."""

    years: int = 0
    answers: int = 0
    given_away: int = 0
    people: int = 0
    people_given_away: int = 0
    authorship: Authorship = field(default_factory=Authorship)

    @property
    def share_of_people(self) -> float:
        return self.people_given_away / self.people if self.people else 0.0


def audit(
    read: Callable[[PlayedRound], Iterator[Reading]],
    seeds: Sequence[int],
    *,
    insiders: int = 1,
    read_comments: Callable[[PlayedRound], Claims] = read_pooled,
) -> Findings:
    """Read whole years; a person counts as given away when one of their answers was, once."""
    found = Findings()
    for seed in seeds:
        exposed: set[MemberId] = set()
        everybody: set[MemberId] = set()
        for played in year(seed):
            found.authorship.add(played, read_comments(played))
            for reading in read(played):
                lost = reading.given_away(insiders=insiders)
                found.answers += len(reading.people)
                found.given_away += len(lost)
                exposed |= lost
                everybody |= {member for member, _ in reading.people}
        found.years += 1
        found.people += len(everybody)
        found.people_given_away += len(exposed)
    return found


def main(arguments: Sequence[str]) -> int:
    """Audit many years and print what was found as JSON; 1 if Cairn gave anybody away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=500)
    parser.add_argument("--control-years", type=int, default=20)
    wanted = parser.parse_args(arguments)
    start = time.perf_counter()
    ours = audit(read_digest, range(wanted.years))
    control = audit(
        read_common,
        range(wanted.control_years),
        insiders=0,
        read_comments=read_by_group,
    )
    report = {
        "years": ours.years,
        "answers_read": ours.answers,
        "given_away": ours.given_away,
        "people": ours.people,
        "comments_read": ours.authorship.comments,
        "authors_given_away": ours.authorship.given_away,
        "control_people": control.people,
        "control_people_given_away": control.people_given_away,
        "control_comments": control.authorship.comments,
        "control_authors_given_away": control.authorship.given_away,
        "control_share": round(control.share_of_people, 3),
        "seconds": round(time.perf_counter() - start, 1),
    }
    sys.stdout.write(json.dumps(report) + "\n")
    lost = ours.given_away + ours.authorship.given_away
    seen = control.given_away and control.authorship.given_away
    return 1 if lost or not seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
