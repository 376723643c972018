"""Say why somebody has no seat, which limit binds, and which changes would give them one."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from bot.kernel.arrays import Numbers
from bot.kernel.words import agree, listed, number
from bot.matching.model import NOT_ACCEPTED, Advice, Bar, Change, Person, Unseated, Way
from bot.matching.rules.candidates import Candidates, bar_counts
from bot.matching.rules.reasons import Case

_BAR_WORDS = {
    Bar.SELF: ("is the mentee", "are the mentee"),
    Bar.SUPERVISES: ("is tied to them by supervision", "are tied to them by supervision"),
    Bar.EVALUATES: ("evaluates them", "evaluate them"),
    Bar.MANAGES: ("is their line manager", "are their line managers"),
    Bar.TREATS: ("is kept apart from them", "are kept apart from them"),
    Bar.AVOIDED: ("is kept apart from them", "are kept apart from them"),
    Bar.FORBIDDEN: ("is forbidden by a coordinator", "are forbidden by a coordinator"),
    Bar.NO_SCORE: ("has no score with them", "have no score with them"),
}


NO_SEAT_FITS = "There was no seat that fits."


def unseated(
    case: Case,
    found: Candidates,
    seated: set[str],
    *,
    free: Numbers,
    closed: Mapping[str, Collection[int]],
) -> tuple[list[Unseated], list[str]]:
    """Explain everybody without a seat, and what the whole would need.

    `free` seats are by team. `closed` are, by mentee, the teams in which somebody sits from whom
    they must be kept apart: nothing is said of these, as that may be a wish given in confidence.
    """
    labels = _labels(case)
    row = {m.id: at for at, m in enumerate(found.mentees)}
    first = np.searchsorted(found.mentee_at, np.arange(len(found.mentees) + 1))
    left: list[Unseated] = []
    needed: Counter[int] = Counter()
    beyond = 0
    for mentee in case.mentees:
        if mentee.id in seated:
            continue
        if not mentee.code_accepted:
            left.append(_not_accepted(case, mentee, labels, free, closed.get(mentee.id, ())))
            continue
        span = slice(first[row[mentee.id]], first[row[mentee.id] + 1])
        order = np.argsort(-found.score[span], kind="stable")
        teams = found.team_at[span][order].tolist()
        open_teams = [t for t in teams if t not in closed.get(mentee.id, ())]
        if any(free[t] > 0 for t in open_teams) or (teams and not open_teams):
            left.append(_without_a_fit(mentee))
            continue
        teams = open_teams
        left.append(_left(case, mentee, teams, labels, free))
        wider = [t for t in teams if case.largest is None or case.own[t] + needed[t] < case.largest]
        needed.update(wider[:1])
        beyond += bool(teams and not wider)
    changes = [(labels[t], int(case.capacity[t]), n) for t, n in needed.items()]
    advice = [seats_advice(changes)] if changes else []
    return left, advice + ([groups_advice(beyond, case.largest)] if beyond and case.largest else [])


def _without_a_fit(mentee: Person) -> Unseated:
    """Explain a mentee whom those who sit in the groups with free seats keep out."""
    ways: list[Way] = [(Advice(change=Change.NEW_MENTOR, site=mentee.site),)]
    return Unseated(mentee.id, NO_SEAT_FITS, change_sentence(ways), tuple(ways))


def _left(
    case: Case, mentee: Person, teams: Sequence[int], labels: Sequence[str], free: Numbers
) -> Unseated:
    """Explain a mentee without a seat, given the teams that may take them, best first."""
    own = case.barred.get(mentee.id, {})
    ways = _ways(case, mentee, teams, labels)
    if teams:
        reason = all_full([labels[t] for t in teams], [case.limit(t) for t in teams])
    else:
        counts = bar_counts(case.teams, own)
        if silent := len(case.teams) - counts.total():
            counts[Bar.NO_SCORE] += silent
        if set(counts) == {Bar.NO_SCORE} and free.any():
            ways = [(Advice(change=Change.GIVE_SCORE),)]
        if counts[Bar.TREATS]:  # said in one breath with wishes
            counts[Bar.AVOIDED] += counts.pop(Bar.TREATS)
        reason = no_candidate(mentee, len(case.teams), +counts)
    return Unseated(mentee.id, reason, change_sentence(ways), tuple(ways))


def _not_accepted(
    case: Case, mentee: Person, labels: Sequence[str], free: Numbers, closed: Collection[int]
) -> Unseated:
    """Explain a mentee who has not accepted the code, with what else they would need."""
    own = case.barred.get(mentee.id, {})
    barred = {t for t, team in enumerate(case.teams) if own.keys() & set(team.mentors)}
    teams = [t for t in range(len(case.teams)) if t not in barred and t not in closed]
    accept = Advice(change=Change.ACCEPT_CODE)
    ways: list[Way] = [(accept,)]
    if case.scores is None and not any(free[t] > 0 for t in teams):
        ways = [(accept, *way) for way in _ways(case, mentee, teams, labels)]
    return Unseated(mentee.id, NOT_ACCEPTED, change_sentence(ways), tuple(ways))


def _ways(case: Case, mentee: Person, teams: Sequence[int], labels: Sequence[str]) -> list[Way]:
    """List the changes of which each gives the mentee a seat, the smallest first.

    To lift a barrier is never among them: a wish given in confidence may stand behind any, and
    advice that did not work, or was missing, would tell of it.
    """
    ways: list[Way] = [
        (_for_team(case, Change.CAPACITY, team, labels, int(case.capacity[team]) + 1),)
        for team in [t for t in teams if case.limit(t) is None][:1]
    ]
    ways.append((Advice(change=Change.NEW_MENTOR, site=mentee.site),))
    if case.largest and any(case.own[t] > case.largest for t in teams):
        ways.append((Advice(change=Change.LARGER_GROUPS, seats=case.largest + 1),))
    elif teams and case.largest and all(case.limit(t) for t in teams):
        larger = Advice(change=Change.LARGER_GROUPS, seats=case.largest + 1)
        more = _for_team(case, Change.CAPACITY, teams[0], labels, case.largest + 1)
        ways.append((larger, more))
    return ways


def _for_team(
    case: Case, change: Change, team: int, labels: Sequence[str], seats: int = 0
) -> Advice:
    mentors = case.teams[team].mentors
    return Advice(change=change, name=labels[team], mentors=mentors, seats=seats)


def _labels(case: Case) -> list[str]:
    people = {m.id: m for m in case.mentors}
    return [listed([people[m].label for m in team.mentors]) for team in case.teams]


def no_candidate(mentee: Person, mentors: int, counts: Counter[Bar]) -> str:
    """Write the reason for a mentee whom no mentor may take."""
    if not mentors:
        return "There is no mentor who may be matched."
    why = listed([_counted(bar, n) for bar, n in sorted(counts.items())])
    who = "The only mentor" if mentors == 1 else f"None of the {number(mentors)} mentors"
    return f"{who} may {'not ' if mentors == 1 else ''}take them: {why}."


def all_full(names: Sequence[str], largest: Sequence[int | None]) -> str:
    """Write the reason for a mentee whose possible mentors, the best first, are all full.

    `largest` says for each which size of a group by the template keeps it from taking more.
    """
    by_size = [size for size in largest if size is not None]
    if by_size and len(by_size) == len(names):
        who = f"The group of {names[0]} is full"
        if len(names) > 1:
            who = f"The groups of all {number(len(names))} possible mentors are full"
        return f"{who}: the template allows {by_size[0]} mentees in a group."
    who = names[0] if len(names) == 1 else f"all {number(len(names))} possible mentors"
    verb = agree(len(names), "is", "are")
    reason = f"{who[0].upper()}{who[1:]} {verb} full, and the other seats could not be freed."
    if by_size:
        reason += f" The template allows {by_size[0]} mentees in a group."
    return reason


def _counted(bar: Bar, count: int) -> str:
    one, many = _BAR_WORDS[bar]
    return f"{number(count)} {agree(count, one, many)}"


def change_sentence(ways: Sequence[Way]) -> str:
    """Write what would help: any one of `ways`."""
    said = [listed(map(_change, way)) for way in ways]
    line = ", or ".join(said)
    return f"{line[0].upper()}{line[1:]}."


def _change(advice: Advice) -> str:
    at = f" at {advice.site}" if advice.site else ""
    match advice.change:
        case Change.CAPACITY:
            return f"capacity {advice.seats} instead of {advice.seats - 1} for {advice.name}"
        case Change.LARGER_GROUPS:
            return f"groups of up to {advice.seats} mentees in the template"
        case Change.NEW_MENTOR:
            return f"one more mentor{at}"
        case Change.ACCEPT_CODE:
            return "they accept the code of conduct"
        case Change.GIVE_SCORE:
            return "a score for them with any mentor who has a free seat"


def seats_advice(extra: Iterable[tuple[str, int, int]]) -> str:
    """Write what would seat all who are left; `extra` are mentors, capacities and seats needed."""
    ordered = sorted(extra)
    more = sum(added for _, _, added in ordered)
    changes = [f"{who} from {has} to {has + added}" for who, has, added in ordered]
    shown = listed(changes) if len(changes) <= 5 else f"{listed(changes[:4])}, and so on"
    seats = agree(more, "seat is", "seats are")
    return f"{number(more).capitalize()} more {seats} needed, for example {shown}."


def groups_advice(more: int, largest: int) -> str:
    """Write what would seat those whom the template's largest group keeps out."""
    seats = agree(more, "seat is", "seats are")
    return (
        f"{number(more).capitalize()} more {seats} needed, and the template allows {largest} "
        "mentees in a group: add another mentor, or allow larger groups in the template."
    )
