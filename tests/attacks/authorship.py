"""An auditor who asks a solver who can have written each published comment.

It is told who answered, and in which group. A comment is given away when only one person can have
written it, for any reader or for one who knows which comment, if any, is their own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ortools.sat.python import cp_model

from bot.kernel.ids import MemberId
from tests.attacks.simulation import PlayedRound, comments_by_group

_QUOTED = re.compile(r"^>(?P<text>.+)$")
_LABELLED = re.compile(r"^Group (?P<cell>\S+): (?P<text>.+)$")


@dataclass(frozen=True, slots=True)
class Claims:
    """Which people the text leaves for each comment, by the comment's words."""

    left: Mapping[str, frozenset[MemberId]]


def read_pooled(played: PlayedRound) -> Claims:
    """Our digest: any who answered may have written any comment.

    The order must follow from the words, or it would be a claim as well.
    """
    lines = [found["text"] for line in played.text.splitlines() if (found := _QUOTED.match(line))]
    assert lines == sorted(lines)
    assert all(text in played.authors for text in lines)
    return Claims(dict.fromkeys(lines, frozenset(played.ballots)))


def read_by_group(played: PlayedRound) -> Claims:
    """The positive control: who answered in the group that a comment stands beneath."""
    cell_of = {str(person.member_id): str(person.cell_id) for person in played.eligible}
    found: dict[str, frozenset[MemberId]] = {}
    for line in comments_by_group(played).splitlines():
        match = _LABELLED.match(line)
        assert match is not None
        found[match["text"]] = frozenset(
            member for member in played.ballots if cell_of[member] == match["cell"]
        )
    return Claims(found)


def given_away(played: PlayedRound, claims: Claims) -> Iterator[str]:
    """The comments whose author follows for certain, to a reader or to any one who answered."""
    own = {member: text for text, member in played.authors.items() if text in claims.left}
    for text, people in claims.left.items():
        author = played.authors[text]
        others = sum(words != text and who == people for words, who in claims.left.items())
        readers: list[tuple[int, int]] = [(len(people), others)]
        insiders = people - {author}
        readers += [(len(people) - 1, others - (insider in own)) for insider in insiders]
        if not all(another_can_have_written(*reader) for reader in set(readers)):
            yield text


@lru_cache(maxsize=10_000)
def another_can_have_written(people: int, other_comments: int) -> bool:
    """Whether a comment can be another person's than its author's, the first of `people`.

    Each of the others' comments must have an author too, and nobody wrote two.
    """
    model = cp_model.CpModel()
    wrote = [
        [model.new_bool_var(f"{person}:{text}") for text in range(other_comments + 1)]
        for person in range(people)
    ]
    for text in range(other_comments + 1):
        model.add_exactly_one(row[text] for row in wrote)
    for row in wrote:
        model.add_at_most_one(row)
    model.add(wrote[0][0] == 0)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return bool(solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE))


@dataclass(slots=True)
class Authorship:
    """How many comments were read, and how many led to their author."""

    comments: int = 0
    given_away: int = 0

    def add(self, played: PlayedRound, claims: Claims) -> None:
        self.comments += len(claims.left)
        self.given_away += len(list(given_away(played, claims)))
