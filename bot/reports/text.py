"""Say in plain words what a report counts, for its pages and its tables alike."""

from collections.abc import Sequence
from datetime import date

from bot.kernel.words import (
    full_date,
    listed,
    month_and_year,
    plural,
    short_month,
)
from bot.people.model import Role
from bot.reports.disclosure import LEAST
from bot.reports.model import Report, Share, Span, StageRelease

TOO_FEW = f"fewer than {LEAST} people"
ROLE_WORDS = {Role.MENTEE: "Mentees", Role.MENTOR: "Mentors", Role.PEER_MENTOR: "Peer-mentors"}
NO_STAGES = (
    f"Not enough people: stages are told apart only where {LEAST} or more stand in each, and where "
    "the difference from what was shown before is as large."
)
NO_ROUND = "No pulse has released results yet."
NO_RESULT = (
    "No result could be shown: too few were asked or answered, or a few people had joined or left."
)
NO_TRAINING = "No training of mentors is noted in Cairn."
NO_ACTION = "What was done is not published yet."
NO_MONTH = "No month has been over for a week yet."

_MADE_OF = f"""
Meetings are those that mentors noted; the time is that of meetings whose length was noted, a band
by its middle.

Check-ins due are those that a mentee was asked for and did not skip; a month counts once it has
been over for a week. Shares are to the nearest 5 %, and stand only where at least {LEAST} people
are behind them. A count of people, or of what they did, stands from {LEAST} on.

Stages were claimed by mentees and confirmed by mentors, never computed or averaged. They are
counted at the end of a month; neighbouring stages are joined until {LEAST} people or more stand in
each cell. A distribution stays as it was first shown. A new one is shown only where it differs by
nobody or by {LEAST} people or more, so that nobody's step can be worked out from two reports.

Results of the pulse are published bands. No response rate is given, in bands neither: how many
answered is shown to nobody while a pulse is open, and is not kept once it has closed.

Training of mentors and of peer-mentors is what coordinators noted. Somebody who took part in
several of one name counts once.
"""
MADE_OF = tuple(" ".join(one.split()) for one in _MADE_OF.split("\n\n"))
LEFT_OUT = (
    "Not in this report: names of people, what anybody wrote or answered, concerns, and anything "
    "about one person."
)


def share_text(share: Share) -> str:
    """Write a share: 35 %, or that too few people are behind it."""
    return TOO_FEW if share.percent is None else f"{share.percent} %"


def count_text(count: int | None) -> str:
    """Write a count that is told from five on."""
    return f"fewer than {LEAST}" if count is None else f"{count:,}"


def time_text(minutes: int | None) -> str:
    """Write a time in hours and minutes; what was not noted as a dash."""
    if minutes is None:
        return "–"
    hours, left = divmod(minutes, 60)
    return " ".join([*([f"{hours:,} h"] if hours else []), *([f"{left} min"] if left else [])])


def span_text(span: Span) -> str:
    """Write a half-year: September 2026 to February 2027."""
    return f"{month_and_year(span.first)} to {month_and_year(span.last)}"


def short_span(span: Span) -> str:
    """Write a half-year on one line of a table: Sep 2026 to Feb 2027."""
    first, last = span.first, span.last
    return f"{short_month(first)} {first.year} to {short_month(last)} {last.year}"


def months_text(months: Sequence[date]) -> str:
    """Write the months of a half-year: Sep, Nov and Dec."""
    return listed(short_month(one) for one in months) or "–"


def stage_texts(release: StageRelease) -> list[tuple[str, int]]:
    """Name each cell by its stages, with its people."""
    return [
        (
            release.levels[one.first]
            if one.first == one.last
            else f"{release.levels[one.first]} to {release.levels[one.last]}",
            one.people,
        )
        for one in release.cells
    ]


def dates_text(report: Report) -> str:
    """Say from when to when a programme runs or ran, and when the report was made."""
    ended = report.ends_on <= report.until
    lasts = f"{full_date(report.starts_on)} to {full_date(report.ends_on)}"
    return f"{lasts}{'' if ended else ', still running'} · made on {full_date(report.made_on)}"


def meetings_sentence(report: Report) -> str:
    """Say how often groups met, by half-year."""
    total = sum(report.meetings_by_half_year)
    if not total:
        return "No meeting has been noted yet."
    met = f"{report.groups_met:,} of {plural_of(report.groups, 'group')} met"
    spans = zip(report.half_years, report.meetings_by_half_year, strict=True)
    each = listed(f"{count:,} in {span_text(span)}" for span, count in spans)
    noted = f" Time noted: {time_text(report.minutes)}." if report.minutes else ""
    return f"{met}, {plural_of(total, 'time')} in all: {each}.{noted}"


def plural_of(count: int, one: str) -> str:
    """Write `1 group` or `1,204 groups`."""
    return plural(count, one).replace(str(count), f"{count:,}", 1)


def participation_sentence(report: Report) -> str:
    """Say which share of the check-ins that were due was written, over the months."""
    if not report.months:
        return NO_MONTH
    told = [one for one in report.months if one.checkins.percent is not None]
    if not told:
        return f"Check-ins: {TOO_FEW} were asked in every month, so no share is shown."
    shares = [one.checkins.percent or 0 for one in told]
    last = f"{shares[-1]} % in {month_and_year(told[-1].month)}"
    if len(told) == 1:
        return f"Of the check-ins that were due, {last} were written."
    low, high = min(shares), max(shares)
    spread = f"{low} %" if low == high else f"{low} to {high} %"
    return f"Of the check-ins that were due, {spread} were written each month; last, {last}."


def stages_sentence(report: Report) -> str:
    """Say how mentees are spread over the stages, or that this cannot be shown."""
    if report.stages is None:
        return NO_STAGES
    each = listed(f"{name} {people:,}" for name, people in stage_texts(report.stages))
    held_back = report.stages_due is not None and report.stages.on < report.stages_due
    later = " Since then too few have moved to show it anew." if held_back else ""
    return f"Mentees by stage on {full_date(report.stages.on)}: {each}.{later}"


def pulse_sentence(report: Report) -> str:
    """Say what the released pulses showed, from the bands that were published."""
    if not report.rounds:
        return NO_ROUND
    last = report.rounds[-1]
    how_many = plural(len(report.rounds), "pulse has", "pulses have")
    start = f"{how_many} been released, the last on {full_date(last.released_on)}"
    told = sum(last.bands[:3])
    if not told:
        return f"{start}, with not enough answers for a result."
    high, mixed, low, _ = last.bands
    return (
        f"{start}: of {plural_of(told, 'result')}, {high:,} speak well for the space, {mixed:,} "
        f"are about half and half, {low:,} do not."
    )


def training_sentence(report: Report) -> str:
    """Say how many mentors and peer-mentors have been trained, or that nothing is noted."""
    if not report.training:
        return NO_TRAINING
    trained = report.practice.mentors_trained
    if trained.percent is None:
        return f"Mentors and peer-mentors with at least one training: {TOO_FEW} mentored."
    return f"{trained.percent} % of mentors and peer-mentors took part in at least one training."


def training_texts(report: Report) -> list[tuple[str, str, str, str]]:
    """Say of each training how often and when last it was, and how many mentors took part."""
    return [
        (one.name, f"{one.times:,}", full_date(one.last_on), count_text(one.mentors))
        for one in report.training
    ]


def changes_texts(report: Report) -> list[tuple[str, str]]:
    """Say how many changed seats or left."""
    its = report.changes
    return [
        ("Mentees who changed to another group", count_text(its.rematched)),
        ("Mentors who left the programme", count_text(its.mentors_left)),
        ("Mentees who left the programme", count_text(its.mentees_left)),
    ]


def practice_texts(report: Report) -> list[tuple[str, str]]:
    """Say what was agreed, aimed at, trained and accepted."""
    its = report.practice
    return [
        ("Code of conduct accepted", share_text(its.conduct)),
        ("Pairs with a signed mentoring agreement", share_text(its.agreements)),
        ("Mentees with a goal", share_text(its.with_goal)),
        ("Goals set", count_text(its.goals)),
        ("Goals reached", count_text(its.goals_done)),
        ("Mentors and peer-mentors with a training noted below", share_text(its.mentors_trained)),
        ("Peer-mentors whose training as such is noted", share_text(its.peer_mentors_trained)),
        ("People whose training as peer-mentor is noted", count_text(its.trained)),
    ]
