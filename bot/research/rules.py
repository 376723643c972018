"""Generalise and suppress the traits of participants until nobody stands out by them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.kernel.errors import UserFacing
from bot.research.model import Anonymised, K, Traits

WEEK_STEPS = (1, 4, 13)
"""Weeks one by one, by month, by quarter: the first in which few stand out is taken."""
FEW = 10
"""At most one in so many may stand out before their own traits are left out."""
BLANKED = ("exit_week", "entry_week", "exit_reason", "training_band")
"""Traits are left out in this order."""
Change = Callable[[Traits], Traits]
MENTORING = "mentoring"
NOTHING = Traits(**dict.fromkeys(Traits.__dataclass_fields__))
TOO_FEW = (
    f"Fewer than {K} people of this programme agreed, so no file is made: whoever is in one would "
    "stand out. Nothing was lost; try again when more have agreed."
)


def anonymise(people: Sequence[Traits], *, k: int = K) -> Anonymised:
    """Change traits until every combination of them, gaps included, has k people or more.

    First weeks are counted in steps. Then, of those who still stand out, and of as many who are
    alike otherwise as hide them, one trait is left out, or the roles of mentors become one; where
    that does not hide them, several; in the end all. Raises UserFacing for fewer than k people.
    """
    if len(people) < k:
        raise UserFacing(TOO_FEW)
    step, found = _in_steps(people, k)
    alike: dict[Traits, list[int]] = {}
    for number, one in enumerate(found):
        alike.setdefault(one, []).append(number)
    for change in _CHANGES:
        _hide(alike, k, change)
    told = {number: traits for traits, numbers in alike.items() for number in numbers}
    return Anonymised(tuple(told[number] for number in range(len(people))), step)


def first_of_step(week: int | None, step: int) -> int | None:
    """Give the first week of the step in which a week lies; those before the start count as 1."""
    return None if week is None else (max(week, 1) - 1) // step * step + 1


def training_band(position: int, levels: int) -> str:
    """Name the third of a framework's levels in which the level at `position` (from 0) lies."""
    return ("early", "middle", "late")[min(position * 3 // levels, 2)]


def _in_steps(people: Sequence[Traits], k: int) -> tuple[int, list[Traits]]:
    found: list[Traits] = []
    step = WEEK_STEPS[0]
    for step in WEEK_STEPS:
        found = [
            replace(
                one,
                entry_week=first_of_step(one.entry_week, step),
                exit_week=first_of_step(one.exit_week, step),
            )
            for one in people
        ]
        if sum(_stands_out(found, k)) * FEW <= len(found):
            break
    return step, found


def _stands_out(people: Sequence[Traits], k: int) -> list[bool]:
    counts = Counter(people)
    return [counts[one] < k for one in people]


def _hide(alike: dict[Traits, list[int]], k: int, change: Change) -> None:
    """Change those who stand out where that hides them, with as many others as it takes.

    `alike` has the numbers of the people by their traits, of which those with fewer than k stand
    out. Whoever would be alike after the change can be taken along, as many as are missing; or
    all of them, where those who stay would stand out themselves.
    """
    few: dict[Traits, list[Traits]] = {}
    for one, numbers in alike.items():
        if len(numbers) < k:
            few.setdefault(change(one), []).append(one)
    for target, those in few.items():
        there = sum(len(alike.get(one, ())) for one in {target, *those})
        others = [one for one in alike if len(alike[one]) >= k and change(one) == target != one]
        if there < k and not others:
            continue
        for one in those:
            if one != target:
                alike.setdefault(target, []).extend(alike.pop(one))
        if there < k:
            most = max(others, key=lambda one: (len(alike[one]), str(one)))
            missing = k - there
            taken = missing if len(alike[most]) - missing >= k else len(alike[most])
            alike.setdefault(target, []).extend(alike[most][:taken])
            alike[most] = alike[most][taken:]
            if not alike[most]:
                del alike[most]


def _without(name: str, traits: Traits) -> Traits:
    return replace(traits, **{name: None})


def _one_mentoring_role(traits: Traits) -> Traits:
    is_mentee = traits.role in (None, "mentee")
    return traits if is_mentee else replace(traits, role=MENTORING)


def _nothing(_: Traits) -> Traits:
    return NOTHING


def _all_of(changes: Sequence[Change], traits: Traits) -> Traits:
    for change in changes:
        traits = change(traits)
    return traits


_SINGLE: tuple[Change, ...] = (*(partial(_without, name) for name in BLANKED), _one_mentoring_role)
_CHANGES: tuple[Change, ...] = (
    *_SINGLE,
    *(partial(_all_of, _SINGLE[:many]) for many in range(2, len(_SINGLE) + 1)),
    _nothing,
)
"""One change alone where that hides somebody; else several; everything last."""
