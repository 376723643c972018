"""Programme years with made-up people: what they answer, and what is published about it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.pulse import rules as cells
from bot.pulse.model import (
    SMALL_GROUPS,
    Answers,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Paper,
    Published,
    Results,
    Round,
    RoundId,
    RoundState,
    Threshold,
)
from bot.pulse.rules import is_favourable, pooled
from handlers.pulse import result_views as views
from handlers.pulse.comment_views import comments_view
from tests.pulse.papers import INSTRUMENT

ASKED = ("speak", "mistakes", "belong")
START = datetime(2026, 10, 7, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlayedRound:
    """A round as it was and as it was told: `text` is all that the auditor may read of it."""

    eligible: tuple[Eligible, ...]
    ballots: Mapping[MemberId, Answers]
    results: Results
    text: str
    authors: Mapping[str, MemberId]
    """Who wrote each comment; no two are alike."""

    def cell_named(self, name: str) -> list[MemberId]:
        """Who answered in the cell that a line of the text is about."""
        return sorted(self.asked_in(name) & self.ballots.keys())

    def asked_in(self, name: str) -> cells.People:
        """Who was asked there."""
        fates = {fate.cell_id: fate for fate in self.results.fates}
        wanted = (
            SMALL_GROUPS
            if name == "Smaller groups together"
            else CellId(name.removeprefix("Group "))
        )
        return cells.people_of(fates[wanted], self.eligible)

    def favours(self, member: MemberId, item_id: str) -> bool | None:
        """Whether that answer spoke for the space; None if the item was left out."""
        point = self.ballots[member].get(item_id)
        item = INSTRUMENT.item(item_id)
        return None if point is None or item is None else is_favourable(item, point)


def year(seed: int, *, rounds: int = 8, silence: float = 0.25) -> Iterator[PlayedRound]:
    """A programme year: groups of 3 to 12, opinions that lean, silence, and people who move."""
    chance = random.Random(seed)
    groups = {CellId(f"{n:02}"): chance.randint(3, 12) for n in range(chance.randint(6, 14))}
    people = {MemberId(f"{cell}-{n}"): cell for cell, size in groups.items() for n in range(size)}
    mood = {cell: chance.choice((0.05, 0.3, 0.5, 0.8, 0.95, 1.0)) for cell in groups}
    before: dict[CellId, cells.People] = {}
    past: Published | None = None
    for number in range(rounds):
        _move(people, list(groups), chance, number)
        eligible = tuple(Eligible(member, cell) for member, cell in sorted(people.items()))
        ballots = _ballots(people, mood, chance, silence=silence)
        authors = _authors(ballots, chance)
        found = cells.results(
            instrument=INSTRUMENT,
            asked=ASKED,
            eligible=eligible,
            ballots=ballots,
            before=before,
            threshold=Threshold(),
            level=CellLevel.GROUP,
        )
        found = replace(found, comments=_pooled(eligible, ballots, authors))
        for fate in found.fates:
            if fate.fate in (Fate.RELEASED, Fate.CHANGED):
                before[fate.cell_id] = cells.people_of(fate, eligible)
        now = _published(found, number)
        yield PlayedRound(eligible, ballots, found, told(now, past), authors)
        past = now


def told(now: Published, before: Published | None = None) -> str:
    """The digest in the words that coordinators read, and the form that it opens."""
    names = {fate.cell_id: f"Group {fate.cell_id}" for fate in now.results.fates}
    digest = views.Digest(programme="The year", now=now, before=before, names=names)
    groups = views.digest_message(digest, part=digest.cells, is_first=True).text
    if not now.results.comments:
        return groups
    shown = [one for one in comments_view(now, page=0)["blocks"] if one["type"] == "rich_text"]
    read = [f">{one['elements'][0]['elements'][0]['text']}" for one in shown]
    return "\n".join([groups, *read])


def _published(results: Results, number: int) -> Published:
    opens = START + timedelta(weeks=4 * number)
    round_ = Round(
        id=RoundId(f"round_{number}"),
        workspace_id=WorkspaceId("T0CAIRN"),
        programme_id=ProgrammeId("p"),
        state=RoundState.RELEASED,
        opens_at=opens,
        closes_at=opens + timedelta(days=5),
        instrument=INSTRUMENT,
        items=ASKED,
        threshold=Threshold(),
        cell_level=CellLevel.GROUP,
        comments=True,
    )
    return Published(round=round_, released_on=date(2026, 10, 14), results=results)


def _move(
    people: dict[MemberId, CellId], groups: list[CellId], chance: random.Random, number: int
) -> None:
    for member in sorted(people):
        draw = chance.random()
        if draw < 0.02:
            del people[member]
        elif draw < 0.03:
            people[member] = chance.choice(groups)
    if chance.random() < 0.3:
        people[MemberId(f"new-{number}")] = chance.choice(groups)


def _ballots(
    people: Mapping[MemberId, CellId],
    mood: Mapping[CellId, float],
    chance: random.Random,
    *,
    silence: float,
) -> dict[MemberId, Answers]:
    found: dict[MemberId, Answers] = {}
    for member, cell in sorted(people.items()):
        if chance.random() >= silence:
            found[member] = {
                item.id: _point(mood[cell], chance, reverse=item.reverse)
                for item in INSTRUMENT.items
                if item.id in ASKED and chance.random() < 0.95
            }
    return found


def _authors(ballots: Mapping[MemberId, Answers], chance: random.Random) -> dict[str, MemberId]:
    return {
        f"{chance.choice('abcdefghijklmnopqrstuvwxyz')} comment {number}": member
        for number, member in enumerate(chance.sample(sorted(ballots), len(ballots)))
        if chance.random() < 0.3
    }


def _pooled(
    eligible: Sequence[Eligible],
    ballots: Mapping[MemberId, Answers],
    authors: Mapping[str, MemberId],
) -> tuple[str, ...]:
    said = {member: text for text, member in authors.items()}
    papers = {member: Paper(answers, said.get(member, "")) for member, answers in ballots.items()}
    return pooled(eligible, papers, Threshold())


def _point(mood: float, chance: random.Random, *, reverse: bool) -> int:
    favourable = chance.random() < mood
    point = chance.choice((4, 5)) if favourable else chance.choice((1, 2, 3))
    return 6 - point if reverse else point


def comments_by_group(played: PlayedRound) -> str:
    """The same comments as often published: beneath the name of their author's group."""
    cell_of = {person.member_id: person.cell_id for person in played.eligible}
    lines = (f"Group {cell_of[member]}: {text}" for text, member in played.authors.items())
    return "\n".join(sorted(lines))


def commonly_published(played: PlayedRound) -> str:
    """The same answers as often published: means of groups of five or more, a histogram of all."""
    lines = []
    by_cell: dict[CellId, list[MemberId]] = {}
    for person in played.eligible:
        if person.member_id in played.ballots:
            by_cell.setdefault(person.cell_id, []).append(person.member_id)
    for item_id in ASKED:
        points = [paper[item_id] for paper in played.ballots.values() if item_id in paper]
        bars = " ".join(f"{point}:{points.count(point)}" for point in range(1, 6))
        lines.append(f"Total {item_id}: n={len(points)}, {bars}")
        for cell, members in sorted(by_cell.items()):
            own = [played.ballots[m][item_id] for m in members if item_id in played.ballots[m]]
            if len(own) >= 5:
                mean = sum(own) / len(own)
                lines.append(f"Group {cell} {item_id}: n={len(own)}, mean {mean:.2f}")
    return "\n".join(lines)
