"""Which mentors share a group."""

from collections.abc import Iterable

from bot.matching.model import MENTORING, GroupWishes, MentorTeam, Person


def teams_of(people: Iterable[Person], wishes: GroupWishes) -> list[MentorTeam]:
    """Mentors with places in teams of the size wished, those of one site together.

    No team has more places than the largest group.
    """
    mentors = [p for p in people if p.roles & MENTORING and p.capacity > 0 and p.code_accepted]
    mentors.sort(key=lambda m: (m.site.casefold(), m.name.casefold(), m.id))
    teams = []
    for start in range(0, len(mentors), max(1, wishes.mentors)):
        together = mentors[start : start + max(1, wishes.mentors)]
        names = tuple(m.id for m in together)
        capacity = min(wishes.max_size, sum(m.capacity for m in together))
        teams.append(MentorTeam(id="+".join(names), mentors=names, capacity=capacity))
    return teams
