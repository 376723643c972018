"""A proposal as coordinators decide on it: a modal with totals and a row for each mentee."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.kernel.words import listed, plural, weekday_and_day
from bot.matching.model import Composition, Match, Proposal, ProposalVersion, Totals, Unseated
from bot.programme.model import Programme, ProgrammeState
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape
from handlers.edge.answers import read_json

ROWS_A_PAGE = 40
"""Of Slack's 100 blocks a view; the rest holds totals, buttons and notes."""
NOTES_SHOWN = 8
CLOSE = 0.05
"""Fewer points than this are shown as none."""
NOBODY = ui.section("There is nobody to match yet. Import a roster first.")
WHO_SEES = "Who sees this: coordinators. Wishes given in confidence are never shown to anybody."


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The page of a proposal that is looked at: travels in the view's metadata."""

    proposal_id: str
    page: int = 0
    swapping: str = ""
    only: str = ""

    def to_text(self) -> str:
        """Write it as ids and a number, with nothing that a person wrote."""
        return json.dumps([self.proposal_id, self.page, self.swapping, self.only])

    @classmethod
    def from_text(cls, text: str) -> "Position":
        """Read what `to_text` wrote. Raises ValueError for anything else."""
        match read_json(text):
            case [str(proposal_id), int(page), str(swapping)]:  # from an earlier version
                return cls(proposal_id=proposal_id, page=page, swapping=swapping)
            case [str(proposal_id), int(page), str(swapping), str(only)]:
                return cls(proposal_id=proposal_id, page=page, swapping=swapping, only=only)
        raise ValueError("not a position in a proposal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A proposal with what is needed to show it. `totals` are its versions, the latest first.

    `changed` says what is no longer as the proposal has it; then it cannot be approved.
    """

    kept: ProposalVersion
    programme: Programme
    names: Mapping[str, str]
    totals: Sequence[Totals] = ()
    forbidden: frozenset[tuple[str, str]] = frozenset()
    changed: tuple[str, ...] = ()

    def name(self, member_id: str) -> str:
        """Name a member, escaped."""
        return escape(self.names.get(member_id, "somebody who has left"))

    def mentors(self, match: Match) -> str:
        """Name the match's mentors, escaped."""
        return listed(map(self.name, match.mentors))

    def rows(self, only: str = "") -> list[Match | Unseated]:
        """List those without a seat first, then the matches, group by group; `only` a member's."""
        every = self._rows()
        return [one for one in every if only in ("", one.mentee, *_mentors(one))]

    def _rows(self) -> list[Match | Unseated]:
        found = self.kept.proposal
        by_group = sorted(
            found.matches, key=lambda m: (self.mentors(m).casefold(), self.name(m.mentee))
        )
        return [*found.unseated, *by_group]


def _mentors(row: Match | Unseated) -> Sequence[str]:
    return row.mentors if isinstance(row, Match) else ()


def review(shown: Shown, position: Position, *, problem: str = "") -> View:
    """Show the proposal: totals, what can be done, and a page of rows with their reasons.

    `problem` says in plain text why the last change could not be made.
    """
    rows = shown.rows(position.only)
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    page = min(max(0, position.page), pages - 1)
    start = page * ROWS_A_PAGE
    numbered = enumerate(rows[start : start + ROWS_A_PAGE])
    body = [_row(shown, row, number, position.swapping) for number, row in numbered]
    blocks = [
        *([ui.section(f":warning: {escape(problem)}")] if problem else []),
        ui.header(f"{shown.programme.name}: version {shown.kept.version}"),
        ui.section(summary(shown.kept.proposal)),
        *_figures(shown.kept.proposal),
        *_comparison(shown.totals, shown.kept.version),
        *([_swap_note(shown, position)] if position.swapping else _deciding(shown)),
        *_notes(shown.kept.proposal),
        ui.divider(),
        *_finding(shown, position, len(rows)),
        *(body or ([] if position.only else [NOBODY])),
        *_paging(page, pages, len(rows)),
        ui.context(WHO_SEES),
    ]
    at = replace(position, proposal_id=shown.kept.id, page=page)
    return ui.modal(
        callback_id="pairing.review", title="Proposal", blocks=blocks, metadata=at.to_text()
    )


def _deciding(shown: Shown) -> list[Block]:
    if shown.changed:
        said = "\n".join(f"• {escape(one)}" for one in shown.changed[:NOTES_SHOWN])
        return [
            ui.section(f":warning: *Something changed since this proposal was made.*\n{said}"),
            ui.actions(ui.button("Match again", "pairing.again", style="primary")),
            ui.context("Locked matches are kept where they can be. Then you can approve."),
        ]
    seated = len(shown.kept.proposal.matches)
    buttons = [ui.button("Propose again, keep what I locked", "pairing.again")]
    if seated:
        look = ui.button("Approve…", "group.before_approval", value=shown.kept.id, style="primary")
        buttons.insert(0, look)
    return [ui.actions(*buttons)]


def _swap_note(shown: Shown, position: Position) -> Block:
    name = shown.name(position.swapping)
    return ui.section(
        f"*Choose who changes seats with {name}.* Both are locked in their new seats; everybody "
        "else stays.",
        accessory=ui.button("Leave it", "pairing.leave_swap"),
    )


def _notes(found: Proposal) -> list[Block]:
    said = [escape(one) for one in (*found.advice, *found.notes)]
    if len(said) > NOTES_SHOWN:
        said = [*said[:NOTES_SHOWN], f"And {len(said) - NOTES_SHOWN} more of this kind."]
    return [ui.section("\n".join(f"• {one}" for one in said))] if said else []


def _row(shown: Shown, row: Match | Unseated, number: int, swapping: str) -> Block:
    if isinstance(row, Unseated):
        text = f"*{shown.name(row.mentee)}* has no mentor yet\n{escape(row.reason)}"
        text += f"\n_What would help:_ {escape(row.smallest_change)}"
    else:
        text = (
            f"*{shown.name(row.mentee)}* with *{shown.mentors(row)}* · {row.score:,.1f} points"
            f"{_marks(shown, row)}\n{escape(row.reason)}"
        )
    return ui.section(text, accessory=_accessory(shown, row, number, swapping))


def _marks(shown: Shown, match: Match) -> str:
    forbidden = any((match.mentee, mentor) in shown.forbidden for mentor in match.mentors)
    locked = " · locked" if match.locked else ""
    return locked + (" · forbidden, gone at the next run" if forbidden else "")


def _accessory(shown: Shown, row: Match | Unseated, number: int, swapping: str) -> Element | None:
    name = shown.names.get(row.mentee, "")
    if swapping:
        if row.mentee == swapping:
            return None
        spoken = f"Swap with {name}"
        return ui.button("Swap", f"pairing.swap:{number}", value=row.mentee, spoken=spoken)
    if isinstance(row, Unseated):
        spoken = f"Swap: give {name} somebody's seat"
        return ui.button("Swap…", f"pairing.begin_swap:{number}", value=row.mentee, spoken=spoken)
    lock = ("unlock", "Unlock") if row.locked else ("lock", "Lock this match")
    choices = [lock, ("swap", "Swap with somebody…"), ("forbid", "Never match these")]
    with_mentee = [(f"{verb} {row.mentee}", label) for verb, label in choices]
    return ui.overflow(f"pairing.row:{number}", with_mentee)


def _paging(page: int, pages: int, rows: int) -> list[Block]:
    if pages == 1:
        return []
    turns = [("Previous page", "back", page - 1)] if page > 0 else []
    turns += [("Next page", "on", page + 1)] if page < pages - 1 else []
    buttons = [ui.button(said, f"pairing.page:{to}", value=str(at)) for said, to, at in turns]
    return [ui.actions(*buttons), ui.context(_where(page, pages, rows))]


def _where(page: int, pages: int, rows: int) -> str:
    first, last = page * ROWS_A_PAGE + 1, min(rows, (page + 1) * ROWS_A_PAGE)
    return f"Page {page + 1} of {pages}: {first:,} to {last:,} of {rows:,}"


def _finding(shown: Shown, position: Position, found: int) -> list[Block]:
    """Offer to find one person where the proposal has several pages, and say whose is shown."""
    if not position.only and len(shown.rows()) <= ROWS_A_PAGE:
        return []
    pick = {**ui.person_field("pairing.find"), "placeholder": ui.plain("Find somebody", 150)}
    if not position.only:
        return [ui.actions(pick)]
    said = f"*Matches of {shown.name(position.only)}:* {plural(found, 'row')}."
    if not found:
        said = f"*{shown.name(position.only)}* is not in this proposal."
    everybody = ui.button("Show everybody", "pairing.find:everybody")
    return [ui.actions(pick, everybody), ui.section(said)]


def approved(shown: Shown, *, undo_until: datetime | None) -> View:
    """Say in the modal that the groups are approved; with an undo while there is one."""
    seated = len(shown.kept.proposal.matches)
    said = f"*The groups are approved*: {seated} mentees are seated."
    blocks = [ui.section(said), *undo_blocks(shown.kept, undo_until)]
    if shown.programme.state is ProgrammeState.DRAFT:
        starts = shown.programme.starts_on
        blocks.append(
            ui.context(
                "Check-ins and nudges begin when the programme starts: on "
                f"{weekday_and_day(starts)}, or when you press Start on the Home tab."
            )
        )
    return ui.modal(
        callback_id="pairing.approved",
        title="Groups approved",
        blocks=blocks,
        metadata=Position(proposal_id=shown.kept.id).to_text(),
    )


def undo_blocks(kept: ProposalVersion, undo_until: datetime | None) -> list[Block]:
    """Give the buttons about an approval until members are told."""
    if undo_until is None:
        return []
    stamp = int(undo_until.timestamp())
    at = f"<!date^{stamp}^{{time}}|{undo_until:%H:%M} UTC>"
    return [
        ui.section(
            f"At {at} each member reads, alone, where their seat is, and may ask for another in "
            "private. A day later every group gets its own channel and an introduction."
        ),
        ui.actions(
            ui.button("Undo the approval", "pairing.undo", value=kept.id),
            ui.button("Tell them now", "pairing.tell_now", value=kept.id),
        ),
    ]


def summary(found: Proposal) -> str:
    """Say how many have a mentor, and whether it is proven that nothing is better."""
    people = len(found.matches) + len(found.unseated)
    seated = f"*{len(found.matches)} of {people} mentees have a mentor.*"
    if not found.matches:
        return seated
    groups = found.composition
    proven = found.gap <= CLOSE
    if groups:
        proven = groups.gap <= CLOSE and groups.exceptions <= groups.fewest_exceptions
    proven = proven and len(found.matches) >= found.most_seats
    around = " with what is locked" if any(one.locked for one in found.matches) else ""
    sure = f"A better grouping may exist{around}: it is not proven that there is none."
    if proven:
        sure = f"No better grouping exists{around}: that is proven."
    return f"{seated} {sure}"


def _figures(found: Proposal) -> list[Block]:
    """Give the points behind the summary, and how well the groups meet the programme's wishes."""
    if not found.matches:
        return []
    below = f", {found.gap:,.1f} below the best for single matches" if found.gap > CLOSE else ""
    said = [f"Total {found.total:,.1f} points{below}."]
    if found.composition:
        said.append(_groups_measured(found.composition))
    return [ui.context(" ".join(said))]


def _groups_measured(found: Composition) -> str:
    """How well the groups meet the programme's wishes, and how far from the best they are."""
    said = f"Groups: {_exceptions(found.exceptions + found.few_seats)} to the programme's wishes"
    if found.few_seats:
        some = f", {found.few_seats} of them" if found.exceptions else ","
        said += f"{some} as mentors have fewer seats than its smallest group"
    if found.exceptions:
        fewest, others = found.fewest_exceptions, "of the others, " if found.few_seats else ""
        least = "fewer are not possible"
        possible = least if found.exceptions <= fewest else f"{fewest} may be possible"
        said += f" ({others}{possible})"
    if found.gap <= CLOSE:
        return f"{said}."
    return (
        f"{said}; {found.value:,.1f} points with stages counted, at most "
        f"{found.upper_bound:,.1f} are possible."
    )


def _exceptions(count: int) -> str:
    return plural(count, "exception") if count else "no exceptions"


def _comparison(totals: Sequence[Totals], version: int) -> list[Block]:
    """Compare this version with the one before it."""
    before = next((t for t in totals if t.version < version), None)
    now = next((t for t in totals if t.version == version), None)
    if before is None or now is None:
        return []
    change = now.total - before.total
    return [ui.context(f"{_version(before)}. {_version(now)} ({change:+,.1f}).")]


def _version(one: Totals) -> str:
    groups = "" if one.exceptions is None else f", {_exceptions(one.exceptions)} in the groups"
    return f"Version {one.version}: {one.seated} seated, {one.total:,.1f} points{groups}"
