"""The form for a report about a programme, and what is said once it is made."""

from collections.abc import Sequence

from bot.kernel.words import cut, full_date
from bot.kinds import ReportKind
from bot.programme.model import Programme, ProgrammeState
from handlers import blocks as ui
from handlers.blocks import Block, View

TITLE = "Reports"
BEING_MADE = "The report is being made from what is on record."
NO_PROGRAMME = "No programme has started yet, so there is nothing to report."
PDF, CSV = "pdf", "csv"
FORMATS = [(PDF, "PDF, to hand on"), (CSV, "CSV, for a spreadsheet")]
KINDS = [
    (ReportKind.ACCREDITATION.value, "For accreditation: every group, every month"),
    (ReportKind.YEAR.value, "A year for the dean: one page with charts"),
]
_WHO_SEES = (
    "*Who sees this:* you alone. It is made now and sent into our messages; Cairn keeps no copy, "
    "and notes in the log of coordinators that you asked for it. Slack keeps the file until you "
    "delete it there."
)
_HOLDS = (
    "*It holds* meetings by group, participation as shares, agreements, goals and training as "
    "counts, the pulse as it was published with what you said was done, and stages in cells of at "
    "least five people.\n*It does not hold* anybody's name or words, concerns, or anything about "
    "one person. Where too few people stand behind a number it says so."
)
_GAPS = "Some characters are in no font here and are missing in the PDF; the CSV has all of them."


def tool() -> list[Block]:
    """Offer reports among the tools."""
    said = "*Reports.* For accreditation, or a year on one page for the dean."
    return [ui.section(said, accessory=ui.button("Make a report", "reports.open"))]


def form(programmes: Sequence[Programme]) -> View:
    """Ask about which programme, which report and in which form."""
    choices = [(one.id, _named(one)) for one in programmes]
    chosen = choices[0][0]
    which = ui.select("programme", choices, placeholder="A programme", chosen=chosen)
    kind = ui.radio("kind", KINDS, chosen=ReportKind.ACCREDITATION.value)
    return ui.modal(
        callback_id="reports.form",
        title=TITLE,
        submit="Make it",
        close="Not now",
        blocks=[
            ui.field("programme", "About which programme?", which),
            ui.context(_WHO_SEES),
            ui.field("kind", "Which report?", kind),
            ui.field("format", "In which form?", ui.checkboxes("format", FORMATS, chosen=[PDF])),
            ui.section(_HOLDS),
        ],
    )


def _named(one: Programme) -> str:
    state = "running" if one.state is ProgrammeState.RUNNING else "closed"
    since = f", {state}, from {full_date(one.starts_on)}"
    return cut(one.name, ui.OPTION_CHARS - len(since)) + since


def sent(*, is_whole: bool) -> str:
    """Say what the files are, beside them, and in the form."""
    said = "Your report. Read it before you hand it on; you can delete it here."
    return said if is_whole else f"{said} {_GAPS}"


def report_sent(*, is_whole: bool) -> View:
    """Say that a report was sent."""
    said = "Sent: it is in our messages, for you alone."
    return ui.notice(said if is_whole else f"{said} {_GAPS}", title=TITLE)
