"""Set the reports as pages that screen readers can follow."""

import re
from collections.abc import Iterator
from typing import Any

from bot.kernel.words import agree, cut, full_date, month_and_year, short_month
from bot.people.model import Role
from bot.portfolio.model import Papers
from bot.portfolio.typesetting import Page, whole_or_gaps
from bot.reports import text
from bot.reports.model import MonthRow, Report, RoundRow, Share
from bot.reports.rules import REPORTED_ROLES

MOST_BARS = 12
"""Months and pulses on the page of a year: the last ones."""
FEW = "under 5"
MOST_ACTIONS, MOST_ACTION_CHARS = 6, 240


_LONG_WORD = re.compile(r"(\S{24})(?=\S)")
_BREAK = "\u200b"


def accreditation_pdf(report: Report, papers: Papers) -> Page:
    """Set the report for accreditation, as many pages as it takes."""
    return whole_or_gaps(papers, papers.accreditation, accreditation_data(report))


def year_pdf(report: Report, papers: Papers) -> Page:
    """Set the summary of a year, on one page."""
    return whole_or_gaps(papers, papers.year, year_data(report))


def _breakable(said: str) -> str:
    """Let a word that is longer than any column break where it must."""
    return _LONG_WORD.sub(rf"\1{_BREAK}", said)


def accreditation_data(report: Report) -> dict[str, Any]:
    """Give what the template of the accreditation report shows."""
    title = f"Mentoring report: {report.name}"
    return {
        "title": title,
        "heading": _breakable(title),
        "subtitle": text.dates_text(report),
        "note": text.LEFT_OUT,
        "facts": [
            *([text.ROLE_WORDS[role], f"{report.people[role]:,}"] for role in REPORTED_ROLES),
            ["Mentoring groups", f"{report.groups:,}"],
            ["Groups with a meeting noted", f"{report.groups_met:,}"],
        ],
        "meetings": {
            "said": text.meetings_sentence(report),
            "rows": [
                [
                    _breakable(one.group),
                    text.short_span(report.half_years[one.half_year]),
                    str(one.meetings),
                    text.months_text(one.months),
                    text.time_text(one.minutes),
                ]
                for one in report.meetings
            ],
        },
        "months": {
            "said": text.participation_sentence(report),
            "rows": [_month(one) for one in report.months],
        },
        "practice": text.practice_texts(report),
        "training": {
            "said": text.training_sentence(report),
            "rows": [[_breakable(name), *rest] for name, *rest in text.training_texts(report)],
        },
        "rounds": [_round(one) for one in report.rounds],
        "no_rounds": text.NO_ROUND,
        "stages": {
            "said": text.stages_sentence(report),
            "rows": [
                [name, f"{people:,}"]
                for name, people in (text.stage_texts(report.stages) if report.stages else ())
            ],
        },
        "changes": text.changes_texts(report),
        "made_of": list(text.MADE_OF),
    }


def _month(one: MonthRow) -> list[str]:
    return [
        month_and_year(one.month),
        *(f"{one.people[role]:,}" for role in REPORTED_ROLES),
        _short(one.checkins),
        *(_short(one.met[role]) for role in REPORTED_ROLES),
    ]


def _short(share: Share) -> str:
    return FEW if share.percent is None else f"{share.percent} %"


def _round(one: RoundRow) -> dict[str, Any]:
    return {
        "on": full_date(one.released_on),
        "rows": [[each.label, each.result] for each in one.statements],
        "nothing": text.NO_RESULT,
        "action": _breakable(one.action or text.NO_ACTION),
        "action_on": f"Published on {full_date(one.action_on)}" if one.action_on else "",
    }


def year_data(report: Report) -> dict[str, Any]:
    """Give what the template of a year's page shows: numbers, four charts, what was done."""
    title = f"A year of mentoring: {report.name}"
    met = sum(report.meetings_by_half_year)
    return {
        "title": title,
        "heading": _breakable(title),
        "subtitle": text.dates_text(report),
        "numbers": [
            *([f"{report.people[role]:,}", _role(role, report)] for role in REPORTED_ROLES),
            [f"{report.groups_met:,} of {report.groups:,}", "groups met"],
            [f"{met:,}", agree(met, "meeting")],
        ],
        "charts": [
            {
                "title": "Meetings by half-year",
                "said": text.meetings_sentence(report),
                "kind": "bars",
                "bars": [
                    [text.short_span(span), count, f"{count:,}"]
                    for span, count in zip(
                        report.half_years[-6:], report.meetings_by_half_year[-6:], strict=True
                    )
                ],
            },
            {
                "title": "Check-ins written of those due",
                "said": text.participation_sentence(report),
                "kind": "columns",
                "bars": [
                    [short_month(one.month), one.checkins.percent]
                    for one in report.months[-MOST_BARS:]
                ],
            },
            {
                "title": "Mentees by competency stage",
                "said": text.stages_sentence(report),
                "kind": "bars",
                "bars": [
                    [name, people, f"{people:,}"]
                    for name, people in (text.stage_texts(report.stages) if report.stages else ())
                ],
            },
            {
                "title": "What the pulse says, by release",
                "said": text.pulse_sentence(report),
                "kind": "bands",
                "bars": [
                    [f"{one.released_on.day} {short_month(one.released_on)}", *one.bands]
                    for one in report.rounds[-MOST_BARS:]
                ],
            },
        ],
        "done": list(_done(report)),
        "no_done": "Nothing has been published after a pulse yet.",
        "more": _more(report),
        "note": (
            "Counts of people stand only for five or more; shares to the nearest 5 %. "
            f"{text.LEFT_OUT}"
        ),
    }


def _role(role: Role, report: Report) -> str:
    return agree(report.people[role], text.ROLE_WORDS[role].lower().removesuffix("s"))


def _done(report: Report) -> Iterator[list[str]]:
    for one in [each for each in report.rounds if each.action][-MOST_ACTIONS:]:
        said = " ".join((one.action or "").split())
        yield [
            full_date(one.action_on or one.released_on),
            _breakable(cut(said, MOST_ACTION_CHARS)),
        ]


def _more(report: Report) -> str:
    left = sum(one.action is not None for one in report.rounds) - MOST_ACTIONS
    are = agree(left, "one is", "ones are")
    return f"{left} earlier {are} in the accreditation report." if left > 0 else ""
