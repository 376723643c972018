"""Making a report when a coordinator asks for it, and sending it to them alone."""

import asyncio
from functools import partial

from bot.kernel.ids import ProgrammeId
from bot.kinds import ReportKind
from bot.people.model import Member
from bot.reports import sheets, use_cases
from bot.reports.model import Report
from bot.reports.typesetting import accreditation_pdf, year_pdf
from handlers.blocks import View, notice, working
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services
from handlers.reports import views


def register(edge: Edge) -> None:
    """Add the listeners of reports."""
    edge.action("reports.open", on_open)
    edge.view("reports.form", on_form)


async def on_open(call: Call, services: Services) -> None:
    """Ask a coordinator which report they want."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        found = await use_cases.reportable(connection, call.workspace_id)
    shown = views.form(found) if found else notice(views.NO_PROGRAMME, title=views.TITLE)
    await call.show(shown)


async def on_form(call: Call, services: Services) -> None:
    """Make the report that a coordinator chose."""
    member = await services.coordinator(call)
    if not _forms(call):
        raise WrongAnswer(format="Choose at least one.")
    kind = call.answers.choice_of("kind", ReportKind)
    if kind is None:
        raise WrongAnswer(kind="Choose one of these.")
    meanwhile = working(views.BEING_MADE, title=views.TITLE)
    await see_through(call, partial(_make, call, services, member, kind), meanwhile=meanwhile)


def _forms(call: Call) -> list[str]:
    return [form for form, _ in views.FORMATS if form in call.answers.choices("format")]


async def _make(call: Call, services: Services, member: Member, kind: ReportKind) -> View:
    report = await use_cases.make_report(
        services.database,
        call.workspace_id,
        ProgrammeId(call.answers.choice("programme") or ""),
        kind,
        framework_of=services.framework_of,
        by=member.id,
        now=services.clock.now(),
    )
    files, is_whole = await asyncio.to_thread(_files, report, kind, _forms(call), services)
    await send_files(call, files, comment=views.sent(is_whole=is_whole))
    return views.report_sent(is_whole=is_whole)


def _files(
    report: Report, kind: ReportKind, forms: list[str], services: Services
) -> tuple[dict[str, bytes], bool]:
    """Make the files that were asked for, and the CSV where the PDF has gaps."""
    name, papers = f"mentoring-{kind.value}-{report.made_on}", services.catalogue.papers
    files, is_whole = {}, True
    if views.PDF in forms:
        make = accreditation_pdf if kind is ReportKind.ACCREDITATION else year_pdf
        page = make(report, papers)
        files[f"{name}.pdf"], is_whole = page.pdf, page.is_whole
    if views.CSV in forms or not is_whole:
        if kind is ReportKind.ACCREDITATION:
            files[f"{name}.zip"] = sheets.as_zip(sheets.accreditation_sheets(report))
        else:
            files[f"{name}.csv"] = sheets.as_bytes(sheets.year_sheet(report))
    return files, is_whole
