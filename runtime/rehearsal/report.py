"""What a rehearsal comes to, week by week. Pure: facts in, figures out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.people.model import Role
from runtime.rehearsal.facts import CHANNEL, Busiest, KindInWeek, Load, Rehearsal, Sent, Week

KINDS = (*(role.value for role in Role), CHANNEL)


def weeks(found: Rehearsal) -> tuple[Week, ...]:
    """Every week from the first message to the last, the quiet ones between too."""
    if not found.sent:
        return ()
    numbers = [one.week for one in found.sent]
    by_week: dict[int, list[Sent]] = defaultdict(list)
    for one in found.sent:
        by_week[one.week].append(one)
    return tuple(
        Week(
            week=number,
            begins=found.first_monday + timedelta(weeks=number - 1),
            kinds=tuple(_kinds(found, by_week[number])),
        )
        for number in range(min(numbers), max(numbers) + 1)
    )


def _kinds(found: Rehearsal, sent: Sequence[Sent]) -> Iterable[KindInWeek]:
    for kind in KINDS:
        ids = [one.id for one in found.recipients if one.kind == kind]
        theirs = [one for one in sent if one.recipient.kind == kind]
        if not ids:
            continue
        each = Counter(one.recipient.id for one in theirs if not one.folded)
        counts = [each[id_] for id_ in ids]
        yield KindInWeek(
            kind=kind,
            people=len(ids),
            least=min(counts),
            most=max(counts),
            messages=dict(sorted(Counter(one.message for one in theirs).items())),
        )


def busiest(found: Rehearsal) -> tuple[Busiest, ...]:
    """Everybody's fullest week, the fullest of all first; of equal ones the earliest."""
    each = Counter((one.recipient, one.week) for one in found.sent if not one.folded)
    best: dict[str, Busiest] = {}
    for (recipient, week), messages in sorted(each.items(), key=lambda item: item[0][1]):
        known = best.get(recipient.id)
        if known is None or messages > known.messages:
            best[recipient.id] = Busiest(recipient, week, messages)
    return tuple(
        sorted(best.values(), key=lambda one: (-one.messages, one.week, one.recipient.name))
    )


def over_capacity(found: Rehearsal) -> tuple[Load, ...]:
    """Mentors with more mentees than they have room for."""
    return tuple(one for one in found.loads if one.mentees > one.capacity)


def folded(found: Rehearsal) -> int:
    """Messages that went inside another because a week's budget was used up."""
    return sum(one.folded for one in found.sent)


def waited(found: Rehearsal) -> int:
    """Messages that waited for an hour or longer, and then went by themselves."""
    return sum(one.held >= timedelta(hours=1) and not one.folded for one in found.sent)


def outside_hours(found: Rehearsal) -> Counter[str]:
    """Messages by kind that reach somebody in the evening, at night or on a day off."""
    return Counter(one.message for one in found.sent if one.outside_hours)


def after_the_end(found: Rehearsal) -> Counter[str]:
    """Messages by kind that go on after the calendar's last week."""
    return Counter(one.message for one in found.sent if one.week > found.weeks)
