"""The preview of a change, in words and week by week, before a coordinator applies it."""

from collections.abc import Mapping
from datetime import date

from bot.course.model import Change
from bot.course.preview import CHECKIN, NUDGE, PEERS, Ahead, CoursePreview
from bot.kernel.clock import local_date
from bot.kernel.words import agree, day_and_month, listed, plural, weekday_and_day
from bot.kinds import ScheduleKind
from bot.people.model import Role
from bot.programme.model import (
    Programme,
    ProgrammeState,
    is_left_out,
    last_day,
    monday_of_week,
)
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.course import words

MOST_NAMED = 3
ROLES: Mapping[Role, str] = {
    Role.MENTEE: "mentees",
    Role.MENTOR: "mentors",
    Role.PEER_MENTOR: "peer-mentors",
    Role.COORDINATOR: "coordinators",
}


def preview(
    change: Change, found: CoursePreview, *, names: Mapping[str, str], metadata: str
) -> View:
    """Show what a change would do, with the button that makes it."""
    said = [f"• {one}" for one in consequences(found)]
    nothing = "• Nothing that anybody gets in the next six weeks is another."
    return ui.modal(
        callback_id="course.apply",
        title="Before you apply",
        submit="Apply",
        close="Not now",
        metadata=metadata,
        blocks=[
            ui.section(f"*{escape(words.said_change(change, names))}.*"),
            ui.section("*What comes of it*\n" + ("\n".join(said) or nothing)),
            *_six_weeks(found),
            ui.context(
                "*Who sees this:* coordinators. Cairn sends no message about the change itself. "
                "You can undo it until something that follows from it is sent."
            ),
        ],
    )


def consequences(found: CoursePreview) -> list[str]:
    """Say in sentences of Slack markup what a change would do."""
    before, after = found.before.programme, found.after.programme
    return [
        *_end(before, after),
        *_week_numbers(found),
        *_next_times(found),
        *_pulse(found),
        *_peers(found),
        *_milestones(found),
        *_uses(found),
        *_template(before, after),
        *_framework(found),
        *_contacts(found),
        *_channel(before, after),
        *_waiting(found),
    ]


def _end(before: Programme, after: Programme) -> list[str]:
    was, will = last_day(before), last_day(after)
    if was == will:
        return []
    instead = f"instead of {weekday_and_day(was)}"
    return [f"It ends on {weekday_and_day(will)} {instead}, with week {after.weeks}."]


def _week_numbers(found: CoursePreview) -> list[str]:
    other = [one for one in found.mondays if found.before.number(one) != found.after.number(one)]
    if not other:
        return []
    first, after = other[0], found.after.programme
    was, will = found.before.number(first), found.after.number(first)
    to_be = f"was to be week {was}" if was else "was not to be counted"
    said = f"The week of {day_and_month(first)} {to_be}. It is "
    if will is not None:
        return [f"{said}week {will} now; later ones follow."]
    begins = ""
    if was is not None and was <= after.weeks and not is_left_out(after, was):
        begins = f"; week {was} begins on {day_and_month(monday_of_week(after, was))}"
    return [f"{said}not counted now{begins}."]


def _next_times(found: CoursePreview) -> list[str]:
    said = []
    for kind in (CHECKIN, NUDGE):
        was, will = found.before.first(kind), found.after.first(kind)
        if (was, found.before.people(kind)) == (will, found.after.people(kind)):
            continue
        people = plural(
            max(found.before.people(kind), found.after.people(kind)), "person", "people"
        )
        label = words.KINDS[kind][2]
        if will is None:
            said.append(f"{label}: none comes in the next six weeks to {people}.")
        elif was is None:
            said.append(f"{label}: the next comes on {weekday_and_day(will)} to {people}.")
        else:
            moved = f"instead of {weekday_and_day(was)}" if was != will else "as before"
            said.append(
                f"{label}: the next comes on {weekday_and_day(will)} {moved}, to {people} on "
                "that day."
            )
    return said


def _pulse(found: CoursePreview) -> list[str]:
    was, will = found.next_pulses()
    said = []
    if was != will:
        then = "does not open any more" if will is None else f"opens on {weekday_and_day(will)}"
        before = "" if was is None else f" instead of on {weekday_and_day(was)}"
        said.append(f"The next pulse {then}{before}.")
    if lost := found.lost_pulses():
        days = listed(day_and_month(one) for one in lost[:MOST_NAMED])
        more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
        said.append(f"{plural(len(lost), 'pulse')} fewer: none on {days}{more}.")
    old, new = found.before.open_round, found.after.open_round
    if old is not None and new is not None:
        tz = found.before.programme.timezone
        closes = weekday_and_day(local_date(new.closes_at, tz))
        if old.closes_at == new.closes_at:
            said.append(f"The pulse that is open stays open until {closes}.")
        else:
            said.append(
                f"The pulse that is open closes on {closes} instead of "
                f"{weekday_and_day(local_date(old.closes_at, tz))}, and that stays so after an "
                "undo."
            )
    return said


def _peers(found: CoursePreview) -> list[str]:
    was, will = found.before.first(PEERS), found.after.first(PEERS)
    if was == will:
        return []
    instead = f" instead of {weekday_and_day(was)}" if was and will else ""
    begins = f"begins on {weekday_and_day(will)}" if will else "does not come in the next six weeks"
    return [f"The next peer round {begins}{instead}."]


def _milestones(found: CoursePreview) -> list[str]:
    moved = found.moved_milestones()
    said = [
        f"For {ROLES[one.audience]}, “{escape(one.text)}” {_moved(was, will)}."
        for one, was, will in moved[:MOST_NAMED]
    ]
    if len(moved) > MOST_NAMED:
        said.append(
            f"{plural(len(moved) - MOST_NAMED, 'more milestone')} of the calendar "
            f"{agree(len(moved) - MOST_NAMED, 'moves', 'move')}, too."
        )
    return said


def _moved(was: date | None, will: date | None) -> str:
    if will is None:
        return f"does not come on {day_and_month(was)} any more" if was else "does not come"
    if was is None:
        return f"is new, from {day_and_month(will)}"
    return f"is from {day_and_month(will)} instead of {day_and_month(was)}"


def _uses(found: CoursePreview) -> list[str]:
    moved = [one for one in found.moved_uses() if _is_ahead(found, one[1], one[2])]
    gone = [words.USES[use] for use, _, will in moved if will is None]
    said = [
        f"Members meet {words.USES[use]} from {day_and_month(will)}"
        + (f" instead of {day_and_month(was)}." if was else ", which was not used before.")
        for use, was, will in moved
        if will is not None
    ]
    if gone:
        said.append(
            f"Not used any more: {listed(gone)}. What was written stays its author's, and comes "
            "back with it."
        )
    return said


def _is_ahead(found: CoursePreview, was: date | None, will: date | None) -> bool:
    today = local_date(found.now, found.before.programme.timezone)
    return was is None or will is None or max(was, will) > today


def _template(before: Programme, after: Programme) -> list[str]:
    if before.template.id == after.template.id:
        return []
    said = []
    old, new = before.template, after.template
    if new.framework_id != after.framework_id:
        said.append(
            "The framework stays as it is, and everybody keeps their stage: change it by itself "
            "if you want that of the template."
        )
    if (old.mentees_per_group_min, old.mentees_per_group_max) != (
        new.mentees_per_group_min,
        new.mentees_per_group_max,
    ):
        said.append(
            f"Groups that there are stay. New seats follow {new.mentees_per_group_min} to "
            f"{new.mentees_per_group_max} mentees a group."
        )
    return said


def _framework(found: CoursePreview) -> list[str]:
    if found.before.programme.framework_id == found.after.programme.framework_id:
        return []
    if found.before.programme.state is ProgrammeState.DRAFT:
        return ["Stages and questions are those of this framework from the first day."]
    claims = (
        f" {plural(found.lapsing, 'claim')} {agree(found.lapsing, 'waits', 'wait')} for an answer "
        f"and {agree(found.lapsing, 'lapses', 'lapse')}."
        if found.lapsing
        else " No claim waits for an answer."
    )
    return [
        "Each mentee is at its first stage, at the one where they last were in it, or at the one "
        "that your list of people gives them there. Stages confirmed so far stay in everybody's "
        "history, and count again if you change back." + claims,
        "The questions of check-ins and nudges change with the next ones. Tell your groups.",
    ]


def _contacts(found: CoursePreview) -> list[str]:
    before, after = found.before.programme, found.after.programme
    texts = [
        ("In a crisis", before.crisis_contact, after.crisis_contact),
        ("With a concern", before.concern_contact, after.concern_contact),
    ]
    said = [
        f"Members read on Home at once: {label}, {escape(will or '')}."
        for label, was, will in texts
        if was != will
    ]
    if not found.named:
        return said
    person, deputy = map(escape, found.named)
    hours = plural(after.concern_hours, "working hour")
    return [
        *said,
        f"Whoever raises a concern from now on reaches {person}, and after {hours} {deputy}, too.",
        "What was raised before stays with whom it went to. Nobody sees here whether there is any.",
    ]


def _channel(before: Programme, after: Programme) -> list[str]:
    was, will = (_said_channel(one.coordinator_channel) for one in (before, after))
    if was == will:
        return []
    return [
        f"Digests go to {will} from now on, those that wait, too, and not to {was} any more.",
        "Everybody in the channel reads them. What was posted stays where it is.",
    ]


def _said_channel(channel: str | None) -> str:
    return f"<#{escape(channel)}>" if channel else "each coordinator"


def _waiting(found: CoursePreview) -> list[str]:
    of_members = {ScheduleKind.CHECKIN_PROMPT.value, ScheduleKind.MENTOR_NUDGE.value}
    waits = sum(n for kind, n in found.after.waiting.items() if kind in of_members)
    said = []
    if found.withdrawn:
        waits_and_is = agree(found.withdrawn, "waits to be sent and is", "wait to be sent and are")
        said.append(f"{plural(found.withdrawn, 'message')} {waits_and_is} withdrawn.")
    if waits:
        stay = agree(waits, "waits to be sent and stays", "wait to be sent and stay")
        said.append(f"{plural(waits, 'message')} {stay}.")
    return said


def _six_weeks(found: CoursePreview) -> list[Block]:
    """Put the next six weeks side by side: as they are, and as they would be."""
    weeks = [
        [_of_week(one, monday) for one in (found.before, found.after)] for monday in found.mondays
    ]
    if all(was == will for was, will in weeks):
        return [ui.context("What comes in the next six weeks stays as it is.")]
    rows = [("*As it is*", "*After the change*")]
    rows += [(was, "the same" if was == will else will) for was, will in weeks]
    texts = [cell for row in rows for cell in row]
    return [ui.columns(*texts[:8], title="*The next six weeks*"), ui.columns(*texts[8:])]


def _of_week(ahead: Ahead, monday: date) -> str:
    number = ahead.number(monday)
    coming = ahead.in_week(monday)
    said = [_counted(kind, coming[kind]) for kind in words.KINDS if coming.get(kind)]
    week = f"week {number}" if number else "not counted"
    return f"*{day_and_month(monday)}*, {week}: {', '.join(said) or 'nothing'}"


def _counted(kind: str, people: int) -> str:
    one, many, _ = words.KINDS[kind]
    return plural(people, one, many) if many else one
