"""`app.py report`: a report about a programme, written to a file."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.words import listed
from bot.kinds import ReportKind
from runtime.commands.planning import Added
from runtime.commands.terminal import CommandReport, progress

if TYPE_CHECKING:
    from bot.kernel.database import Database
    from bot.kernel.ids import WorkspaceId
    from bot.portfolio.model import Papers
    from bot.programme.model import Programme
    from bot.reports.model import Report
    from bot.reports.use_cases import FindFramework
    from runtime.tenancy import Options

Told = Callable[[float, str], None]
SUFFIXES = {ReportKind.ACCREDITATION: (".pdf", ".zip"), ReportKind.YEAR: (".pdf", ".csv")}
GAPS = "Some characters are in no font here and are missing in the PDF; install the Noto fonts."


def add_report(command: Callable[[str], Added], *, options: "Callable[[], Options]") -> None:
    """Add the command; `options` reads this process's settings."""

    @command('report --workspace T0123ABCD --programme "Mentoring 2026" --kind year --out year.pdf')
    def report(
        *,
        workspace: Annotated[str, Option(help="The Slack team id.")],
        programme: Annotated[str, Option(help="A programme by its name or id.")],
        kind: Annotated[
            ReportKind, Option(help="For accreditation, or a year on one page.")
        ] = ReportKind.ACCREDITATION,
        out: Annotated[
            Path,
            Option(help="A .pdf; or tables: a .zip for accreditation, a .csv for a year."),
        ],
    ) -> CommandReport:
        """Count what a programme's report says, and write it to a file. Nobody is named in it."""
        if out.suffix.lower() not in SUFFIXES[kind]:
            either = listed(SUFFIXES[kind], "or")
            raise typer.BadParameter(f"name a file that ends in {either}", param_hint="--out")
        refuse_unwritable(out)
        with progress("Report") as told:
            given = options()
            return asyncio.run(write_report(given, workspace, programme, kind, out, told=told))


def refuse_unwritable(out: Path) -> None:
    """Refuse a path that is a folder or lies in none, before anything is read."""
    if out.is_dir():
        raise OperatorFacing(f"{out} is a folder; name a file in it", permanent=True)
    if not out.parent.is_dir():
        raise OperatorFacing(f"There is no folder {out.parent}; make it first", permanent=True)


async def write_report(
    given: "Options", workspace: str, programme: str, kind: ReportKind, out: Path, *, told: Told
) -> CommandReport:
    """Make a report and write it. Raises OperatorFacing where there is nothing to report."""
    from bot.kernel.scope import one_workspace
    from config.catalogue import load_catalogue
    from runtime.commands.schema import current_database
    from runtime.tenancy import named_workspace

    catalogue = load_catalogue(own=given.config_folder)
    workspace_id = named_workspace(workspace)
    async with current_database(given.database_url) as database:
        with one_workspace(workspace_id):
            its = await _programme(database, workspace_id, programme)
            told(0.1, "Counting")
            frameworks = catalogue.frameworks
            found = await _counted(
                database, its, kind, lambda its: frameworks.get(its.framework_id)
            )
    told(0.5, "Writing")
    content, is_whole = await asyncio.to_thread(_content, found, kind, out, catalogue.papers)
    await asyncio.to_thread(_write, out, content)
    return CommandReport(f"The report of {its.name} is in {out}.", () if is_whole else (GAPS,))


async def _programme(database: "Database", workspace_id: "WorkspaceId", named: str) -> "Programme":
    from bot.reports.use_cases import reportable

    async with database.reading() as connection:
        every = await reportable(connection, workspace_id)
    chosen = [one for one in every if named in (one.id, one.name)]
    if not every:
        raise OperatorFacing(
            f"No programme has started in workspace {workspace_id}, so there is nothing to report",
            permanent=True,
        )
    if len(chosen) != 1:
        known = listed(f"“{one.name}” ({one.id})" for one in every)
        why = "Several programmes are" if chosen else "No programme that has started is"
        raise OperatorFacing(
            f"{why} called “{named}”; give the id of one of these: {known}", permanent=True
        )
    return chosen[0]


async def _counted(
    database: "Database", its: "Programme", kind: ReportKind, framework_of: "FindFramework"
) -> "Report":
    from bot.reports.use_cases import make_report

    try:
        return await make_report(
            database,
            its.workspace_id,
            its.id,
            kind,
            framework_of=framework_of,
            by=None,
            now=datetime.now(UTC),
        )
    except UserFacing as problem:
        raise OperatorFacing(problem.sentence, permanent=True) from None


def _content(found: "Report", kind: ReportKind, out: Path, papers: "Papers") -> tuple[bytes, bool]:
    from bot.reports import sheets
    from bot.reports.typesetting import accreditation_pdf, year_pdf

    if out.suffix.lower() == ".pdf":
        page = (accreditation_pdf if kind is ReportKind.ACCREDITATION else year_pdf)(found, papers)
        return page.pdf, page.is_whole
    if kind is ReportKind.YEAR:
        return sheets.as_bytes(sheets.year_sheet(found)), True
    return sheets.as_zip(sheets.accreditation_sheets(found)), True


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as failure:
        raise OperatorFacing(f"{out} cannot be written: {failure.strerror}") from None
