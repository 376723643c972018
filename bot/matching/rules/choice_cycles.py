"""First choices that go in a circle: harmless to the matching, useful to know."""

from collections.abc import Sequence

from bot.matching.model import Person


def choice_circles(people: Sequence[Person]) -> list[str]:
    """A sentence for each circle of three or more people whose first choices follow one another.

    Two people who choose each other are no circle but a wish that can come true.
    """
    first = {p.id: p.prefers[0] for p in people if p.prefers}
    names = {p.id: p.label for p in people}
    done: set[str] = set()
    said = []
    for start in sorted(first):
        path: list[str] = []
        here = start
        while here in first and here not in done:
            done.add(here)
            path.append(here)
            here = first[here]
        if here in path and len(circle := path[path.index(here) :]) > 2:
            way = " to ".join(names[p] for p in (*circle, here))
            said.append(f"First choices go in a circle, from {way}; not all of them can be met.")
    return said
