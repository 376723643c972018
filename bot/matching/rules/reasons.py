"""Sentences a coordinator would say: why this match, why nobody, and what would help."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.kernel.words import agree, listed
from bot.matching.model import Bar, Person, Role

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MOST_PARTS = 4

_BAR_WORDS = {
    Bar.SELF: ("is the mentee", "are the mentee"),
    Bar.SUPERVISES: ("is tied to them by supervision", "are tied to them by supervision"),
    Bar.EVALUATES: ("evaluates them", "evaluate them"),
    Bar.MANAGES: ("is their line manager", "are their line managers"),
    Bar.TREATS: ("treats them", "treat them"),
    Bar.AVOIDED: ("is ruled out in confidence", "are ruled out in confidence"),
    Bar.FORBIDDEN: ("is forbidden by a coordinator", "are forbidden by a coordinator"),
    Bar.NO_SCORE: ("has no score with them", "have no score with them"),
}


def number(count: int) -> str:
    """Small numbers as words."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def ordinal(place: int) -> str:
    """Small places as words: first, second; then 9th, 21st."""
    if 1 <= place <= len(_ORDINALS):
        return _ORDINALS[place - 1]
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10)
    return f"{place}{ending or 'th'}"


def match_reason(parts: Mapping[str, float], mentee: Person, mentors: Sequence[Person]) -> str:
    """One line on what speaks for a match, weightiest first; at most four things."""
    said = []
    for name in sorted(parts, key=lambda n: (-parts[n], n)):
        sentence = next(filter(None, (_said(name, mentee, m) for m in mentors)), "")
        if parts[name] > 0 and sentence:
            said.append(sentence)
    if not said:
        return "Nothing in common on record; allowed, with a free seat"
    line = "; ".join(said[:_MOST_PARTS])
    return line[0].upper() + line[1:]


def score_reason(score: float, place: int, among: int) -> str:
    """One line for a match that rests on a score from outside."""
    best = "their highest" if place == 1 else f"their {ordinal(place)} highest"
    choice = f"{best} of {number(among)} possible mentors" if among > 1 else "the only one possible"
    return f"Score {score:g}, {choice}"


def no_candidate(
    mentee: Person, mentors: int, counts: Counter[Bar], *, lift: Sequence[str], has_room: bool
) -> tuple[str, str]:
    """Reason and smallest change for a mentee whom no mentor may take.

    `lift` names mentors with a free place who are barred only by a coordinator; `has_room` says
    whether any mentor has one.
    """
    if not mentors:
        return "There is no mentor who may be matched.", f"One mentor{_at_site(mentee)}."
    why = listed([_counted(bar, n) for bar, n in sorted(counts.items())])
    change = f"One more mentor{_at_site(mentee)} who is free to take them"
    if lift:
        change = f"Allow {lift[0]} again, or one more mentor{_at_site(mentee)}"
    elif set(counts) == {Bar.NO_SCORE} and has_room:
        change = "A score for them with any mentor who has a free seat"
    who = "The only mentor" if mentors == 1 else f"None of the {number(mentors)} mentors"
    return f"{who} may {'not ' if mentors == 1 else ''}take them: {why}.", f"{change}."


def all_full(
    mentee: Person, names: Sequence[str], best: tuple[str, int], lift: Sequence[str]
) -> tuple[str, str]:
    """Reason and smallest change for a mentee whose possible mentors are all full.

    `names` are those mentors, the best match first; `best` is its name and its capacity.
    """
    who = names[0] if len(names) == 1 else f"all {number(len(names))} possible mentors"
    verb = agree(len(names), "is", "are")
    reason = f"{who[0].upper()}{who[1:]} {verb} full, and the other seats could not be freed."
    label, capacity = best
    change = f"Capacity {capacity + 1} instead of {capacity} for {label}"
    if lift:
        change += f", {lift[0]} allowed again"
    return reason, f"{change}, or one more mentor{_at_site(mentee)}."


def code_not_accepted() -> tuple[str, str]:
    """Reason and smallest change for a mentee who has not accepted the code of conduct."""
    return "They have not accepted the code of conduct.", "They accept it; then match again."


def seats_advice(extra: Iterable[tuple[str, int, int]]) -> str:
    """What would seat everybody who is left out for want of places.

    `extra` names mentors with the capacity they have and the places they would need on top.
    """
    ordered = sorted(extra)
    more = sum(added for _, _, added in ordered)
    changes = [f"{who} from {has} to {has + added}" for who, has, added in ordered]
    shown = listed(changes) if len(changes) <= 5 else f"{listed(changes[:4])}, and so on"
    places = agree(more, "seat is", "seats are")
    return f"{number(more).capitalize()} more {places} needed, for example {shown}."


def closed_seats(mentors: Iterable[Person]) -> list[str]:
    """A note for each mentor with places whom the code of conduct keeps out."""
    return [
        f"{m.label} has not accepted the code of conduct, which closes {number(m.capacity)} "
        f"{agree(m.capacity, 'seat')}."
        for m in mentors
        if not m.code_accepted and m.capacity > 0
    ]


def _at_site(mentee: Person) -> str:
    return f" at {mentee.site}" if mentee.site else ""


def _counted(bar: Bar, count: int) -> str:
    one, many = _BAR_WORDS[bar]
    return f"{number(count)} {agree(count, one, many)}"


def _said(name: str, mentee: Person, mentor: Person) -> str:
    """What one criterion says about one pair; nothing if it does not speak for it."""
    return _SENTENCES[name](mentee, mentor)


def _place(name: str, mentee: Person, mentor: Person) -> str:
    here, there = str(getattr(mentee, name)), str(getattr(mentor, name))
    same = here.strip() and here.strip().casefold() == there.strip().casefold()
    return f"same {name}, {here.strip()}" if same else ""


def _earlier(mentee: Person, mentor: Person) -> str:
    together = mentor.id in mentee.earlier or mentee.id in mentor.earlier
    return "an earlier pairing went well" if together else ""


def _choice(chooser: Person, chosen: Person, words: str) -> str:
    if chosen.id not in chooser.prefers:
        return ""
    return words.format(ordinal(chooser.prefers.index(chosen.id) + 1))


def _common(words: str, left: frozenset[str], right: frozenset[str]) -> str:
    known = {w.strip().casefold() for w in right}
    both = sorted((w for w in left if w.strip().casefold() in known), key=str.casefold)
    return words.format(listed(both)) if both else ""


def _hours(mentee: Person, mentor: Person) -> str:
    if mentee.utc_offset_minutes is None or mentor.utc_offset_minutes is None:
        return ""
    apart = abs(mentee.utc_offset_minutes - mentor.utc_offset_minutes) / 60
    apart = min(apart, 24 - apart)
    if not apart:
        return "same time zone"
    return f"{apart:g} {agree(apart, 'hour')} apart"


def _ahead(mentee: Person, mentor: Person) -> str:
    if mentee.stage is None or mentor.stage is None or mentor.stage < mentee.stage:
        return ""
    ahead = mentor.stage - mentee.stage
    peer = Role.MENTOR not in mentor.roles
    who = "a near-peer " if peer else ""
    if not ahead:
        return f"{who}at the same stage"
    return f"{who}{number(ahead)} {agree(ahead, 'stage')} ahead"


_SENTENCES: dict[str, Callable[[Person, Person], str]] = {
    "mentee_choice": lambda mentee, mentor: _choice(mentee, mentor, "the mentee's {} choice"),
    "mentor_choice": lambda mentee, mentor: _choice(mentor, mentee, "the mentor's {} choice"),
    "interests": lambda a, b: _common("shared interest in {}", a.interests, b.interests),
    "languages": lambda a, b: _common("both speak {}", a.languages, b.languages),
    "site": lambda mentee, mentor: _place("site", mentee, mentor),
    "department": lambda mentee, mentor: _place("department", mentee, mentor),
    "time_zone": _hours,
    "stage": _ahead,
    "earlier": _earlier,
}
