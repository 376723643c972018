"""How an import is shown: what columns hold, what would change, what was done, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from bot.kernel.words import agree, cut, listed, plural
from bot.people.model import Member
from bot.people.roster import RosterReading
from bot.people.roster_columns import ADDRESS, FIELD_NAMES, LEFT_OUT, Column, Field, resembles_known
from bot.people.roster_import import TakenBack
from bot.people.roster_people import BARRIERS
from bot.people.roster_preview import MemberChange, Preview, ValueChange
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View, escape
from handlers.pages import nearest_page
from handlers.people.role_views import ROLES, WHAT_IS_SENT, pages, role_words
from handlers.people.roster_source_views import NO_LINE, TITLE
from handlers.people.slack_directory import EMAILS

ON_A_PAGE = 25
ENTRY_CHARS = 400
QUESTIONS = 40
"""Columns asked about in one form; Slack takes 100 blocks."""
_FIELDS: Sequence[Choice] = (
    (LEFT_OUT, "Leave it out"),
    *((one, FIELD_NAMES[one].capitalize()) for one in get_args(Field) if one in FIELD_NAMES),
)
_NAMES: Mapping[str, str] = {
    **{str(field): name for field, name in FIELD_NAMES.items()},
    "capacity": "capacity",
}
NO_ADDRESSES = (
    f"Cairn may not see email addresses here: the permission `{EMAILS}` is missing. Ask somebody "
    "who administers this Slack workspace to add it, or pick these people by name instead."
)


def reading(count: int | None = None) -> View:
    """Say that a list is being read, and how many people of the workspace have been so far."""
    said = "Reading the list and looking people up in Slack."
    if count:
        said = f"Looking people up in Slack: {count:,} read so far."
    return ui.working(said, title=TITLE)


def refused(sentence: str, *, again: str = "people.roster") -> View:
    """Say why nothing could be read at all. `sentence` is plain text."""
    retry = ui.actions(ui.button("Try again", again))
    return _closing("Nothing was changed", [ui.section(escape(sentence)), retry])


def _closing(title: str, blocks: Sequence[Block]) -> View:
    return ui.modal(callback_id="people.roster_result", title=title, blocks=blocks)


def _again(label: str) -> Block:
    return ui.actions(ui.button(label, "people.roster"))


def sheet_form(sheets: Sequence[str], metadata: str) -> View:
    """Ask which sheet of a workbook holds the people."""
    choices = [(str(at), name) for at, name in enumerate(sheets[: ui.MENU_OPTIONS])]
    box = ui.select("people.sheet", choices, placeholder="Choose a sheet")
    return ui.modal(
        callback_id="people.sheet_form",
        title=TITLE,
        metadata=metadata,
        submit="Next",
        blocks=[ui.field("sheet", "Several sheets hold people. Which one is it?", box)],
    )


def asked_columns(reading: RosterReading) -> list[tuple[int, Column]]:
    """Find the columns to ask about: the unknown, or all where nobody could be found by any."""
    known = {column.field for column in reading.columns}
    lacks_identity = known.isdisjoint({"slack_id", "email"})
    found = [
        (at, column)
        for at, column in enumerate(reading.columns)
        if column.field is None or (lacks_identity and column.samples)
    ]
    return sorted(found, key=lambda one: not one[1].matters)[:QUESTIONS]


def mapping_form(reading: RosterReading, metadata: str) -> View:
    """Ask what the columns hold whose heads are not known."""
    known = {column.field for column in reading.columns}
    intro = "These columns are not known. Say what they hold; it is remembered for the next list."
    if known.isdisjoint({"slack_id", "email"}):
        intro = (
            "*Which column holds the email?* Nobody can be found in Slack without an email or a "
            "Slack id. It is remembered for the next list."
        )
    questions = [_question(at, column) for at, column in asked_columns(reading)]
    return ui.modal(
        callback_id="people.mapping_form",
        title=TITLE,
        metadata=metadata,
        submit="Next",
        blocks=[ui.section(intro), *questions],
    )


def _question(at: int, column: Column) -> Block:
    samples = ", ".join(column.samples)
    hint = f"For example: {cut(samples, 200)}" if samples else "This column is empty."
    if column.matters:
        hint += "\nIt may say who must not be matched."
    holds_addresses = column.samples and all(map(ADDRESS.fullmatch, column.samples))
    guess = "email" if holds_addresses else LEFT_OUT
    may_be_left_out = not column.matters and (guess == "email" or not resembles_known(column))
    chosen = column.field or (guess if may_be_left_out else None)
    box = ui.select(f"people.column{at}", _FIELDS, placeholder="What it holds", chosen=chosen)
    name = cut(column.head or f"column {at + 1}", 150)
    return ui.field(f"column{at}", f"What does “{name}” hold?", box, hint=hint)


def role_form(metadata: str) -> View:
    """Ask for the role that a list leaves out."""
    return ui.modal(
        callback_id="people.role_form",
        title=TITLE,
        metadata=metadata,
        submit="Next",
        blocks=[
            ui.field(
                "role",
                "The list does not say everybody's role. Which do the others have?",
                ui.radio("people.role", ROLES),
                hint="People who have a role already, or whose role the list says, keep it.",
            )
        ],
    )


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line of a preview under its heading; both are Slack markup."""

    heading: str
    line: str


def problems_view(shown: Preview, import_id: str, *, page: int = 0) -> View:
    """Show everything to fix in a list, by line, column and remedy, page by page."""
    entries = [PreviewLine("*To fix*", _point(one)) for one in shown.problems]
    entries += [PreviewLine("*Please check*", _point(one)) for one in shown.warnings]
    page = nearest_page(page, len(entries), ON_A_PAGE)
    count = plural(len(shown.problems), "thing")
    intro = f"{count} to fix in the list. Fix it, then bring it in again. Nothing was changed."
    blocks = [
        ui.section(f"*{intro}*"),
        *_page(entries, page),
        *pages("people.preview", page, count=len(entries), size=ON_A_PAGE, about=f"{import_id} "),
        _again("Bring in the fixed list"),
    ]
    return _closing("Nothing was changed", blocks)


def _point(sentence: str) -> str:
    """Write a sentence as a point of a list, without the line of who is in no file."""
    return f"• {escape(sentence.removeprefix(f'Line {NO_LINE}').lstrip(':, '))}"


def _page(entries: Sequence[PreviewLine], page: int) -> list[Block]:
    blocks: list[Block] = []
    heading = ""
    for one in entries[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]:
        if one.heading != heading:
            heading = one.heading
            blocks.append(ui.section(heading))
        blocks.append(ui.section(cut(one.line, ENTRY_CHARS)))
    return blocks


def preview_view(
    shown: Preview, import_id: str, *, page: int = 0, sees_addresses: bool = True
) -> View:
    """Show what would change: barriers first, then changes, who is not taken, and who is new."""
    entries = preview_entries(shown)
    page = nearest_page(page, len(entries), ON_A_PAGE)
    note = [] if sees_addresses or not shown.left_out else [ui.section(NO_ADDRESSES)]
    blocks = [
        ui.section(_counts(shown)),
        *note,
        *([_confirm_barriers(shown)] if shown.confirms_barriers else []),
        *_page(entries, page),
        *pages("people.preview", page, count=len(entries), size=ON_A_PAGE, about=f"{import_id} "),
        ui.context(WHAT_IS_SENT, "You can take it back for an hour."),
    ]
    if shown.changes_nothing:
        return _closing("Nothing to change", [*blocks[:-1], _again("Choose another list")])
    return ui.modal(
        callback_id="people.preview_form",
        title="What would change",
        metadata=import_id,
        submit="Apply",
        close="Cancel",
        blocks=blocks,
    )


def _counts(shown: Preview) -> str:
    counts = (
        f"*{len(shown.new)}* new, *{len(shown.changed)}* changed, *{shown.unchanged}* as before"
    )
    left_out = f", *{len(shown.left_out)}* not taken" if shown.left_out else ""
    others = plural(shown.absent, "person", "people")
    are = agree(shown.absent, "is", "are")
    absent = f" {others} you have already {are} not in this list; nothing changes for them."
    return f"{counts}{left_out}.{absent if shown.absent else ''}"


def _confirm_barriers(shown: Preview) -> Block:
    count = len(shown.barriers)
    box = ui.checkboxes("people.confirm", [("yes", "Yes, change who must not be matched")])
    return ui.field(
        "confirm",
        f"For {plural(count, 'person', 'people')}, who must not be matched with them changes.",
        box,
        hint="They are the first below, with what was before and what would be.",
    )


def preview_entries(shown: Preview) -> list[PreviewLine]:
    """Write every line of a preview, what protects somebody first."""
    barriers, others = shown.barriers, [one for one in shown.changed if not one.changes_barriers]
    found = [
        PreviewLine("*Who must not be matched changes*", _changed(shown, one)) for one in barriers
    ]
    found += [PreviewLine("*Changed*", _changed(shown, one)) for one in others]
    found += [PreviewLine("*Not taken*", _point(one.sentence)) for one in shown.left_out]
    found += [PreviewLine("*Please check*", _point(one)) for one in _notes(shown)]
    return found + [PreviewLine("*New*", _new(shown, one)) for one in shown.new]


def _notes(shown: Preview) -> list[str]:
    notes = list(shown.warnings)
    if shown.guests:
        are = agree(len(shown.guests), "is a guest", "are guests")
        notes.append(
            f"{listed(shown.guests)} {are} in Slack, and may not see their group's channel; ask an "
            "administrator to add them to it."
        )
    if shown.left:
        have, stay = agree(len(shown.left), "has", "have"), agree(len(shown.left), "stays", "stay")
        notes.append(f"{listed(shown.left)} {have} left and {stay} away until they come back.")
    return notes


def _changed(shown: Preview, change: MemberChange) -> str:
    return f"• *{escape(change.name)}*: {'; '.join(_field(shown, one) for one in change.fields)}"


def _field(shown: Preview, change: ValueChange) -> str:
    before, after = (
        escape(shown.shown(change.field, value)) or "nothing"
        for value in (change.before, change.after)
    )
    return f"{_name(change.field)}: {before} → {after}"


def _name(field: str) -> str:
    return _NAMES.get(field, field)


def _new(shown: Preview, member: Member) -> str:
    said = [role_words(member), member.timezone]
    said += [
        f"{_name(field)}: {shown.shown(field, people)}"
        for field in BARRIERS
        if (people := getattr(member, field))
    ]
    return f"• *{escape(member.name)}*: {escape('; '.join(said))}"


def applied_view(
    shown: Preview,
    undo_id: str | None,
    *,
    asked: int,
    coordinators: Sequence[Member],
    together: Sequence[str] = (),
) -> View:
    """Say what was done and what comes next, with the button that takes it back."""
    done = [f"*{len(shown.new)}* brought in, *{len(shown.changed)}* changed."]
    if asked:
        are = agree(asked, "is", "are")
        people = plural(asked, "person", "people")
        done.append(f"{people} {are} asked now to accept the code of conduct.")
    if coordinators:
        names = listed(escape(one.name) for one in coordinators)
        done.append(f"{names} {agree(len(coordinators), 'is', 'are')} told what coordinating is.")
    apart = [ui.section("\n".join(map(_point, together[:ON_A_PAGE])))] if together else []
    undo = [ui.actions(undo_button(undo_id))] if undo_id else []
    following = ui.section("*Next:* close this window; the Home tab shows the next step.")
    return _closing("Done", [ui.section(" ".join(done)), *apart, *undo, following])


def done_already(undo_id: str) -> View:
    """Say to somebody who pressed twice that the list was imported."""
    said = "This list was imported already. The Home tab shows the next step."
    return _closing("Done", [ui.section(said), ui.actions(undo_button(undo_id))])


def undo_button(undo_id: str) -> Element:
    """Draw the button that takes the last import back, after a question."""
    question = ui.confirm(
        "Take the last list back?",
        "Its changes are undone, and people whom it added are gone unless they have done something "
        "since.",
        yes="Take it back",
        no="Keep it",
    )
    return ui.button("Take the last list back", "people.undo", value=undo_id, confirm=question)


def undo_offer(undo_id: str, until: datetime) -> list[Block]:
    """Offer on Home, for its hour, to take the last import back."""
    said = f"The last list can be taken back until {ui.when(until)}."
    return [ui.section(said, accessory=undo_button(undo_id))]


def taken_back_view(done: TakenBack) -> View:
    """Say what was taken back, and what stays because somebody has acted since."""
    restored = plural(done.restored, "person", "people")
    are = agree(done.restored, "is", "are")
    said = [f"*{len(done.removed)}* taken out again, {restored} {are} as before."]
    if done.stay:
        said.append(
            f"{escape(listed(done.stay))} {agree(len(done.stay), 'stays', 'stay')}: they have done "
            "something since. To take them out, press *People* on the Home tab."
        )
    if done.changed_since:
        said.append(
            f"Changes since then about {escape(listed(done.changed_since))} stay as they are."
        )
    return _closing("Taken back", [ui.section(one) for one in said])
