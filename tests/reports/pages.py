"""Reports of programmes of many sizes, and what stands on their pages."""

from datetime import date, timedelta

from bot.people.model import Role
from bot.reports.model import (
    MeetingsRow,
    MonthRow,
    Practice,
    Report,
    RoundRow,
    SeatChanges,
    Share,
    Span,
    StageCell,
    StageRelease,
    Statement,
    TrainingRow,
)
from bot.reports.rules import half_years, months_between

START = date(2026, 9, 7)
LABELS = ("Raising hard issues", "Mistakes", "Asking for help", "Not judged", "Belonging")
LONG = "Ψυχιατρική Łódź Zoë · a group whose name goes on for longer than a line is wide, "
ACTION = "We moved the meetings into protected time, and the departments agreed to a room. "


def report(
    groups: int, mentees: int, *, months: int = 9, rounds: int = 7, name: str = "Mentoring 2026",
    group_name: str = "Group", action: str = ACTION,
) -> Report:  # fmt: skip
    """Make up a report of this size, the same each time."""
    until = START + timedelta(days=30 * months)
    spans = half_years(START, until)
    rows = [
        _row(f"{group_name} {n}", n, at, span)
        for n in range(groups)
        for at, span in enumerate(spans)
    ]
    enough = Share(75 if mentees >= 5 else None)
    people = {Role.MENTEE: mentees, Role.MENTOR: groups, Role.PEER_MENTOR: groups // 2}
    return Report(
        name=name,
        starts_on=START,
        ends_on=START + timedelta(weeks=40),
        is_closed=False,
        made_on=until,
        until=until,
        half_years=tuple(spans),
        people=people,
        groups=groups,
        groups_met=max(groups - 1, 0),
        meetings_by_half_year=tuple(
            sum(one.meetings for one in rows if one.half_year == at) for at in range(len(spans))
        ),
        minutes=groups * 315 or None,
        meetings=tuple(rows),
        months=tuple(
            MonthRow(
                month=one.first,
                people=people,
                checkins=Share(60 + 5 * (n % 5) if mentees >= 5 else None),
                met={role: enough if people[role] >= 5 else Share(None) for role in people},
            )
            for n, one in enumerate(months_between(START, until)[:-1])
        ),
        practice=Practice(
            conduct=enough,
            agreements=enough,
            goals=mentees if mentees >= 5 else None,
            with_goal=enough,
            goals_done=None,
            mentors_trained=enough,
            peer_mentors_trained=Share(None),
            trained=None,
        ),
        training=tuple(
            TrainingRow(name, n + 1, START, 14 if n else None)
            for n, name in enumerate(("Boundaries", "Giving feedback")[: groups and 2])
        ),
        rounds=tuple(_round(n, groups, action) for n in range(rounds)),
        stages=_stages(mentees) if mentees >= 15 else None,
        stages_due=date(2027, 3, 31),
        changes=SeatChanges(None, None, 7),
    )


def _row(name: str, number: int, at: int, span: Span) -> MeetingsRow:
    months = [one.first for one in months_between(span.first, span.last)][: (number + at) % 5]
    return MeetingsRow(name, at, len(months), tuple(months), 45 * len(months) or None)


def _round(number: int, groups: int, action: str) -> RoundRow:
    on = START + timedelta(weeks=4 * number + 5)
    told = groups > 1
    return RoundRow(
        released_on=on,
        statements=tuple(Statement(one, f"{groups} results: {groups} High") for one in LABELS)
        if told
        else (),
        bands=(3 * groups, groups, groups // 2, 1) if told else (0, 0, 0, 0),
        action=action,
        action_on=on + timedelta(days=6),
    )


def _stages(mentees: int) -> StageRelease:
    third = mentees // 3
    return StageRelease(
        on=date(2027, 3, 31),
        framework_id="miller_is",
        levels=("Knows", "Knows how", "Shows how", "Does", "Is"),
        cells=(
            StageCell(0, 0, third),
            StageCell(1, 1, third),
            StageCell(2, 4, mentees - 2 * third),
        ),
    )


SIZES = {
    "nobody": report(0, 0, months=1, rounds=0),
    "one group": report(1, 4, months=3, rounds=1),
    "usual": report(8, 64),
    "twenty": report(20, 160),
    "714 groups": report(714, 5_000),
    "as much as there can be": report(
        30, 900, months=30, rounds=30, name="W" * 75, group_name=LONG, action="漢字W" * 900
    ),
}


__all__ = ["SIZES", "report"]
