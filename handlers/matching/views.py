"""Proposals as coordinators decide on them: on Home, and as a modal with a row for each mentee."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.kernel.dates import day_and_month, weekday_and_day
from bot.kernel.words import listed, plural
from bot.matching.model import (
    Match,
    Proposal,
    ProposalState,
    ProposalVersion,
    Totals,
    Unseated,
    Waiting,
)
from bot.programme.model import Group, Programme, ProgrammeState
from handlers.blocks import (
    Block,
    Element,
    actions,
    button,
    confirm,
    context,
    divider,
    escape,
    header,
    modal,
    option,
    section,
)
from handlers.matching.totals_view import comparison, summary

ROWS_A_PAGE = 40
"""Of Slack's 100 blocks a view; the rest holds totals, buttons and notes."""
ROWS_ON_HOME = 10
GROUPS_ON_HOME = 20
NOTES_SHOWN = 8
CONFLICT_BUTTON = button("Record a conflict", "pairing.conflict")
WHO_SEES = "Who sees this: coordinators. Wishes given in confidence are never shown to anybody."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a proposal somebody looks: travels in the view's metadata."""

    proposal_id: str
    page: int = 0
    swapping: str = ""

    def to_text(self) -> str:
        """Ids and a number, and nothing that a person wrote."""
        return json.dumps([self.proposal_id, self.page, self.swapping])

    @classmethod
    def from_text(cls, text: str) -> "Place":
        """What `to_text` wrote. Raises ValueError for anything else."""
        match json.loads(text):
            case [str(proposal_id), int(page), str(swapping)]:
                return cls(proposal_id=proposal_id, page=page, swapping=swapping)
        raise ValueError("not a place in a proposal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A proposal with what is needed to show it. `totals` are its versions, the latest first."""

    kept: ProposalVersion
    programme: Programme
    names: Mapping[str, str]
    totals: Sequence[Totals] = ()
    forbidden: frozenset[tuple[str, str]] = frozenset()

    def name(self, member_id: str) -> str:
        """The member's name, escaped."""
        return escape(self.names.get(member_id, "somebody who has left"))

    def mentors(self, match: Match) -> str:
        """The names of the match's mentors, escaped."""
        return listed(map(self.name, match.mentors))

    def rows(self) -> list[Match | Unseated]:
        """Who has no seat first, then the matches, group by group."""
        found = self.kept.proposal
        by_group = sorted(
            found.matches, key=lambda m: (self.mentors(m).casefold(), self.name(m.mentee))
        )
        return [*found.unseated, *by_group]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """How an approved group is doing, as far as a coordinator is told."""

    group: Group
    mentees: int
    last_met: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many groups there are, how many of them noted no meeting, and how many people wait."""

    groups: int
    unmet: int
    waiting: int


def review(shown: Shown, place: Place, *, problem: str = "") -> dict[str, Any]:
    """The proposal: totals, what can be done, and a page of rows with their reasons.

    `problem` says in plain text why the last change could not be made.
    """
    rows = shown.rows()
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    page = min(max(0, place.page), pages - 1)
    start = page * ROWS_A_PAGE
    numbered = enumerate(rows[start : start + ROWS_A_PAGE])
    body = [_row(shown, row, number, place.swapping) for number, row in numbered]
    blocks = [
        *([section(f":warning: {escape(problem)}")] if problem else []),
        header(f"{shown.programme.name}: version {shown.kept.version}"),
        section(summary(shown.kept.proposal)),
        *comparison(shown.totals, shown.kept.version),
        *([_swap_note(shown, place)] if place.swapping else [_deciding(shown)]),
        *_notes(shown.kept.proposal),
        divider(),
        *(body or [section("There is nobody to match yet. Import a roster first.")]),
        *_paging(page, pages),
        context(WHO_SEES),
    ]
    at = Place(proposal_id=shown.kept.id, page=page, swapping=place.swapping)
    return modal(
        callback_id="pairing.review", title="Proposal", blocks=blocks, metadata=at.to_text()
    )


def _deciding(shown: Shown) -> Block:
    groups = len({m.mentors for m in shown.kept.proposal.matches})
    seated = len(shown.kept.proposal.matches)
    buttons = [button("Run again around the locks", "pairing.again")]
    if seated:
        question = confirm(
            "Approve these groups?",
            f"{plural(seated, 'mentee')}, {plural(groups, 'group')}. The "
            "introductions go out in five minutes; until then you can undo it.",
            yes="Approve",
            no="Not yet",
            danger=False,
        )
        buttons.insert(0, button("Approve", "pairing.approve", style="primary", confirm=question))
    return actions(*buttons)


def _swap_note(shown: Shown, place: Place) -> Block:
    return section(
        f"*Choose who changes places with {shown.name(place.swapping)}.* Both are locked in their "
        "new places; everybody else stays.",
        accessory=button("Leave it", "pairing.leave_swap"),
    )


def _notes(found: Proposal) -> list[Block]:
    said = [escape(one) for one in (*found.advice, *found.notes)]
    if len(said) > NOTES_SHOWN:
        said = [*said[:NOTES_SHOWN], f"And {len(said) - NOTES_SHOWN} more of this kind."]
    return [section("\n".join(f"• {one}" for one in said))] if said else []


def _row(shown: Shown, row: Match | Unseated, number: int, swapping: str) -> Block:
    if isinstance(row, Unseated):
        text = f"*{shown.name(row.mentee)}* has no mentor yet\n{escape(row.reason)}"
        text += f"\n_What would help:_ {escape(row.smallest_change)}"
    else:
        text = (
            f"*{shown.name(row.mentee)}* with *{shown.mentors(row)}* · {row.score:,.1f} points"
            f"{_marks(shown, row)}\n{escape(row.reason)}"
        )
    return section(text, accessory=_accessory(shown, row, number, swapping))


def _marks(shown: Shown, match: Match) -> str:
    forbidden = any((match.mentee, mentor) in shown.forbidden for mentor in match.mentors)
    locked = " · :lock: locked" if match.locked else ""
    return locked + (" · :no_entry_sign: forbidden, gone at the next run" if forbidden else "")


def _accessory(shown: Shown, row: Match | Unseated, number: int, swapping: str) -> Element | None:
    name = shown.names.get(row.mentee, "")
    if swapping:
        if row.mentee == swapping:
            return None
        spoken = f"Swap with {name}"
        return button("Swap", f"pairing.swap:{number}", value=row.mentee, spoken=spoken)
    if isinstance(row, Unseated):
        spoken = f"Give {name} somebody's place"
        return button("Swap…", f"pairing.begin_swap:{number}", value=row.mentee, spoken=spoken)
    lock = ("unlock", "Unlock") if row.locked else ("lock", "Lock this match")
    choices = [lock, ("swap", "Swap with somebody…"), ("forbid", "Never match these")]
    return {
        "type": "overflow",
        "action_id": f"pairing.row:{number}",
        "options": [option((f"{verb} {row.mentee}", label)) for verb, label in choices],
    }


def _paging(page: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    buttons = []
    if page > 0:
        buttons.append(button("Previous page", "pairing.page:back", value=str(page - 1)))
    if page < pages - 1:
        buttons.append(button("Next page", "pairing.page:on", value=str(page + 1)))
    return [actions(*buttons), context(f"Page {page + 1} of {pages}")]


def approved(shown: Shown, *, undo_until: datetime | None) -> dict[str, Any]:
    """What stands in the modal after an approval; with the way back while there is one."""
    seated = len(shown.kept.proposal.matches)
    blocks = [
        section(f":white_check_mark: *The groups are approved*: {seated} mentees are seated.")
    ]
    if undo_until is not None:
        blocks += _undo_blocks(shown.kept, undo_until)
    if shown.programme.state is ProgrammeState.DRAFT:
        starts = shown.programme.starts_on
        blocks.append(
            context(
                "Check-ins and nudges begin when the programme starts: on "
                f"{weekday_and_day(starts)}, or when you press Start on the Home tab."
            )
        )
    return modal(
        callback_id="pairing.approved",
        title="Groups approved",
        blocks=blocks,
        metadata=Place(proposal_id=shown.kept.id).to_text(),
    )


def _undo_blocks(kept: ProposalVersion, undo_until: datetime) -> list[Block]:
    stamp = int(undo_until.timestamp())
    at = f"<!date^{stamp}^{{time}}|{undo_until:%H:%M} UTC>"
    return [
        section(f"Every group gets its own channel and an introduction at {at}."),
        actions(
            button("Undo the approval", "pairing.undo", value=kept.id),
            button("Introduce them now", "pairing.introduce", value=kept.id),
        ),
    ]


def coordinator_home(
    shown: Shown | None,
    programme: Programme,
    *,
    waiting: Sequence[Waiting] = (),
    names: Mapping[str, str] | None = None,
    groups: Sequence[GroupSummary] = (),
    undo_until: datetime | None = None,
    counts: Counts | None = None,
) -> list[Block]:
    """Where the pairing of a programme stands, and the button for the next step.

    With `counts`, `groups` and `waiting` are the first of so many.
    """
    if programme.state is ProgrammeState.CLOSED:
        return []
    if shown is None:
        return [
            header("Groups"),
            section("Nobody is matched yet."),
            actions(CONFLICT_BUTTON),
        ]
    if shown.kept.state is ProposalState.APPROVED:
        counts = counts or Counts(
            groups=len(groups),
            unmet=sum(one.last_met is None for one in groups),
            waiting=len(waiting),
        )
        stands = _groups_home(shown, groups, undo_until, counts)
        return [*stands, *_waiting_home(shown.programme, waiting, names or {}, counts.waiting)]
    return list(_open_home(shown))


def _open_home(shown: Shown) -> Iterator[Block]:
    yield header("Groups, not approved yet")
    yield section(summary(shown.kept.proposal))
    rows = shown.rows()
    lines = [_line(shown, row) for row in rows[:ROWS_ON_HOME]]
    if len(rows) > ROWS_ON_HOME:
        lines.append(f"And {len(rows) - ROWS_ON_HOME} more.")
    if lines:
        yield section("\n".join(lines))
    yield actions(
        button("Propose again", "pairing.propose", value=shown.programme.id),
        CONFLICT_BUTTON,
    )


def _line(shown: Shown, row: Match | Unseated) -> str:
    if isinstance(row, Unseated):
        return f"• *{shown.name(row.mentee)}*: no mentor yet. {escape(row.reason)}"
    return f"• *{shown.name(row.mentee)}* with *{shown.mentors(row)}*: {escape(row.reason)}"


def _groups_home(
    shown: Shown, groups: Sequence[GroupSummary], undo_until: datetime | None, counts: Counts
) -> Iterator[Block]:
    yield header("Groups")
    if undo_until is not None:
        yield from _undo_blocks(shown.kept, undo_until)
    if shown.programme.state is ProgrammeState.DRAFT:
        yield section(
            "The groups are approved. Check-ins and nudges begin when the programme starts.",
            accessory=button("Start now", "pairing.start", value=shown.programme.id),
        )
    has_begun = shown.programme.state is ProgrammeState.RUNNING and undo_until is None
    lines = [_group_line(one, has_begun=has_begun) for one in groups[:GROUPS_ON_HOME]]
    if counts.groups > GROUPS_ON_HOME:
        lines.append(f"And {counts.groups - GROUPS_ON_HOME} more.")
    if lines:
        yield section("\n".join(lines))
    if has_begun and counts.unmet:
        yield context(
            f"{plural(counts.unmet, 'group has', 'groups have')} noted no meeting yet. Mentors "
            "note one with We met; a hand with finding a date often helps."
        )


def _group_line(one: GroupSummary, *, has_begun: bool) -> str:
    met = f"last met on {day_and_month(one.last_met)}" if one.last_met else "no meeting noted yet"
    return f"• *{escape(one.group.name)}*: {plural(one.mentees, 'mentee')}" + (
        f", {met}" if has_begun else ""
    )


def _waiting_home(
    programme: Programme, waiting: Sequence[Waiting], names: Mapping[str, str], count: int
) -> Iterator[Block]:
    buttons = [
        button("Move a mentee", "pairing.choose_move", value=programme.id),
        CONFLICT_BUTTON,
    ]
    if waiting:
        lines = [
            f"• *{escape(names.get(w.member_id, 'Somebody'))}*: {_why_waiting(w)}"
            for w in waiting[:ROWS_ON_HOME]
        ]
        if count > ROWS_ON_HOME:
            lines.append(f"And {count - ROWS_ON_HOME} more.")
        yield section("*Waiting for a place*\n" + "\n".join(lines))
        look = button("Look for places now", "pairing.settle", value=programme.id)
        buttons.insert(0, look)
    else:
        yield section("Everybody has a place.")
    yield actions(*buttons)
    yield context("Places are filled every morning, and whenever somebody joins or leaves.")


def _why_waiting(waiting: Waiting) -> str:
    kept = "They keep their group meanwhile." if waiting.keeps_group else ""
    return f"{escape(waiting.reason)} {kept}".strip()
