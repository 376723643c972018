"""Write the reports as tables for a spreadsheet, none of which it runs as a formula."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from bot.kernel.csv_text import as_csv
from bot.reports import text
from bot.reports.disclosure import LEAST
from bot.reports.model import Report, Share
from bot.reports.rules import REPORTED_ROLES

Row = Sequence[object]
FEW = f"under {LEAST}"


def accreditation_sheets(report: Report) -> dict[str, str]:
    """Write each chapter of the accreditation report as a CSV file, by name."""
    return {
        "meetings.csv": as_csv(
            ("group", "from", "until", "meetings", "months", "minutes_noted"), _meetings(report)
        ),
        "participation.csv": as_csv(
            (
                "month",
                *(f"{role.value}s" for role in REPORTED_ROLES),
                "checkins_written_of_due_percent",
                *(f"{role.value}s_at_a_meeting_percent" for role in REPORTED_ROLES),
            ),
            _months(report),
        ),
        "practice.csv": as_csv(("measure", "so_far"), _practice(report)),
        "training.csv": as_csv(("training", "times", "last_on", "mentors"), _training(report)),
        "pulse.csv": as_csv(("released_on", "statement", "result"), _results(report)),
        "actions.csv": as_csv(("released_on", "published_on", "what_was_done"), _actions(report)),
        "stages.csv": as_csv(("counted_on", "stages", "mentees"), _stages(report)),
        "seats.csv": as_csv(("change", "people"), text.changes_texts(report)),
        "about.csv": as_csv(("about", "said"), _about(report)),
    }


def as_bytes(sheet: str) -> bytes:
    """Encode a sheet such that every spreadsheet finds its letters."""
    return sheet.encode("utf-8-sig")


def as_zip(files: Mapping[str, str]) -> bytes:
    """Put files together into one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, as_bytes(content))
    return out.getvalue()


def year_sheet(report: Report) -> str:
    """Write the numbers of a year's page as one CSV file."""
    return as_csv(("chart", "of", "value", "said"), _year(report))


def _year(report: Report) -> Iterator[Row]:
    for role in REPORTED_ROLES:
        yield "people", text.ROLE_WORDS[role], report.people.get(role, 0), ""
    yield "groups", "all", report.groups, ""
    yield "groups", "met", report.groups_met, text.meetings_sentence(report)
    for span, count in zip(report.half_years, report.meetings_by_half_year, strict=True):
        yield "meetings", text.span_text(span), count, ""
    for one in report.months:
        yield "checkins_percent", f"{one.month:%Y-%m}", _percent(one.checkins), ""
    yield "checkins_percent", "all months", "", text.participation_sentence(report)
    for name, people in text.stage_texts(report.stages) if report.stages else ():
        yield "stages", name, people, ""
    yield "stages", "all", "", text.stages_sentence(report)
    for each in report.rounds:
        for name, count in zip(
            ("well", "about half", "not well", "not enough answers"), each.bands, strict=True
        ):
            yield "pulse", f"{each.released_on}: {name}", count, ""
        yield "done", each.action_on or "", "", each.action or text.NO_ACTION
    yield "pulse", "all", "", text.pulse_sentence(report)


def _meetings(report: Report) -> Iterator[Row]:
    for one in report.meetings:
        span = report.half_years[one.half_year]
        months = " ".join(f"{month:%Y-%m}" for month in one.months)
        yield one.group, span.first, span.last, one.meetings, months, one.minutes


def _months(report: Report) -> Iterator[Row]:
    for one in report.months:
        people = (one.people[role] for role in REPORTED_ROLES)
        met = (_percent(one.met[role]) for role in REPORTED_ROLES)
        yield f"{one.month:%Y-%m}", *people, _percent(one.checkins), *met


def _percent(share: Share) -> object:
    return FEW if share.percent is None else share.percent


def _practice(report: Report) -> Iterator[Row]:
    yield from text.practice_texts(report)


def _training(report: Report) -> Iterator[Row]:
    for one in report.training:
        yield one.name, one.times, one.last_on, text.count_text(one.mentors)
    if not report.training:
        yield text.NO_TRAINING, "", "", ""


def _results(report: Report) -> Iterator[Row]:
    for one in report.rounds:
        for each in one.statements:
            yield one.released_on, each.label, each.result
        if not one.statements:
            yield one.released_on, "", text.NO_RESULT


def _actions(report: Report) -> Iterator[Row]:
    for one in report.rounds:
        yield one.released_on, one.action_on, one.action or text.NO_ACTION


def _stages(report: Report) -> Iterator[Row]:
    if report.stages is None:
        yield "", text.NO_STAGES, ""
        return
    for name, people in text.stage_texts(report.stages):
        yield report.stages.on, name, people


def _about(report: Report) -> Iterator[Row]:
    yield "programme", report.name
    yield "dates", text.dates_text(report)
    for role in REPORTED_ROLES:
        yield text.ROLE_WORDS[role], report.people.get(role, 0)
    yield "groups", f"{report.groups}, of which {report.groups_met} met"
    for said in (*text.MADE_OF, text.LEFT_OUT):
        yield "note", said
