"""Views after sending: the confirmation, the list, and what was taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.announcements.model import (
    Announcement,
    AnnouncementId,
    AnnouncementProgress,
    AnnouncementState,
    Suggestion,
)
from bot.kernel.ids import MemberId
from bot.kernel.words import agree, cut, plural
from handlers import blocks as ui
from handlers.announcements.form_views import NAMES, TITLE
from handlers.blocks import Block, Element, View, escape

LIST, DONE = "announcement.list", "announcement.done"
MOST_SHOWN = 10
BEGINNING_CHARS = 140


def tools_line() -> Block:
    """Lead from *Tools* to announcements."""
    return ui.section(
        "*Announcements.* Write to everybody, to a role, to groups or to chosen people.",
        accessory=ui.button("Write or look", LIST, spoken="Write or look: announcements"),
    )


def write_button(*, style: str | None = None) -> Element:
    """Draw the button that opens an empty form."""
    value = f"{Suggestion.BLANK}:"
    return ui.button("Write one", "announcement.write", value=value, style=style)


def take_back_button(its_id: AnnouncementId, *, where: str) -> Element:
    """Draw the button that takes back what still waits, after a question."""
    question = ui.confirm(
        "Take it back?",
        "Nobody else gets it. Who has it already keeps it.",
        yes="Take it back",
        no="Leave it",
    )
    return ui.button(
        "Take it back", f"announcement.take_back:{where}", value=its_id, confirm=question
    )


def confirmation(one: Announcement, *, now: datetime) -> View:
    """Say that an announcement is on its way, and let its author take it back."""
    count = plural(one.count, "person", "people")
    starts = one.send_at is not None and one.send_at > now
    when = (
        f"It goes out from {ui.when(one.send_at)} on"
        if starts and one.send_at
        else "It goes out now"
    )
    return ui.modal(
        callback_id=DONE,
        title=TITLE,
        blocks=[
            ui.section(
                f"Written to {count}: {NAMES[one.audience]}. {when}, and to each when their quiet "
                "hours and days off allow."
            ),
            ui.actions(take_back_button(one.id, where="now"), ui.button("All announcements", LIST)),
        ],
    )


def taken_back(progress: AnnouncementProgress) -> View:
    """Say who gets it no more, and who had it already."""
    less = plural(progress.waiting, "person does", "people do")
    had = plural(progress.sent, "person has", "people have")
    kept = f"{had} it already." if progress.sent else "Nobody had it yet."
    return ui.modal(
        callback_id=DONE,
        title=TITLE,
        blocks=[
            ui.section(f"Taken back: {less} not get it. {kept}"),
            ui.actions(ui.button("All announcements", LIST)),
        ],
    )


def page(
    found: Sequence[Announcement],
    progress: Mapping[AnnouncementId, AnnouncementProgress],
    names: Mapping[MemberId, str],
) -> View:
    """List what was announced, the latest first."""
    nothing = ui.section("Nothing has been announced yet.")
    rows = [_row(one, progress[one.id], names.get(one.by, "Somebody")) for one in found]
    return ui.modal(
        callback_id=LIST,
        title="Announcements",
        blocks=[
            ui.section(
                "Write to everybody, to a role, to groups or to chosen people. You see it as they "
                "will, before it is sent.",
                accessory=write_button(style="primary"),
            ),
            ui.context(
                "*Who sees this:* coordinators. Words are deleted 90 days after they were sent; "
                f"the latest {MOST_SHOWN} are listed."
            ),
            ui.divider(),
            *(rows or [nothing]),
        ],
    )


def _row(one: Announcement, progress: AnnouncementProgress, author: str) -> Block:
    at = ui.when(one.send_at or one.written_at)
    words = escape(cut(" ".join(one.text.split()), BEGINNING_CHARS)) or "_cannot be read any more_"
    may_take_back = one.state is AnnouncementState.SENT and progress.waiting
    return ui.section(
        f"*{escape(author)}* to {NAMES[one.audience]}, {at}\n>{words}\n{_counts(one, progress)}",
        accessory=take_back_button(one.id, where=one.id) if may_take_back else None,
    )


def _counts(one: Announcement, progress: AnnouncementProgress) -> str:
    said = [f"{progress.sent} of {one.count} {agree(progress.sent, 'has', 'have')} it"]
    if progress.waiting:
        said.append(f"{progress.waiting} still get it")
    if progress.failed:
        said.append(f"to {progress.failed} it could not be sent")
    back = "Taken back. " if one.state is AnnouncementState.TAKEN_BACK else ""
    return f"{back}{', '.join(said)}."
