"""Say what has changed since a proposal was made, so that it cannot be approved as it is."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.words import listed, plural
from bot.matching.model import Match, ProposalState, ProposalVersion
from bot.matching.participants import Applicants, applicants, digests_of, read_roll
from bot.programme.model import Programme
from bot.stages.model import Framework

SINCE = "Something changed since this proposal was made."


async def changes_since(
    connection: AsyncConnection,
    kept: ProposalVersion,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
) -> tuple[str, ...]:
    """Write why an open proposal cannot be approved as it is; nothing where it can."""
    if kept.state is not ProposalState.OPEN:
        return ()
    roll = await read_roll(connection, programme, with_stages=framework is not None)

    def look() -> tuple[str, ...]:
        return changes_in(kept, applicants(roll, framework=framework, now=now), programme)

    return await asyncio.to_thread(look)


DETAILS = "Sites, stages or other details have changed, or who must not be matched."
"""One sentence for all of these, so that it does not tell a wish given in confidence."""
MORE_PEOPLE = (
    "Others can be matched now: somebody joined, came back or accepted the code of conduct."
)
OFFERS = "Roles, or how many mentees a mentor can take, have changed."
WISHES = "What the programme wishes about groups has changed."


def _changed_facts(kept: ProposalVersion, field: Applicants, programme: Programme) -> list[str]:
    """Write which kinds of facts differ; only that others can be matched, where that is so."""
    now = digests_of(field, programme.template)
    differs = {
        kind for kind, before in kept.proposal.facts.items() if before != now.get(kind, before)
    }
    if "people" in differs:
        return [MORE_PEOPLE]
    by_kind = {"offers": OFFERS, "fit": DETAILS, "stages": DETAILS, "wishes": WISHES}
    return list(dict.fromkeys(said for kind, said in by_kind.items() if kind in differs))


def changes_in(kept: ProposalVersion, field: Applicants, programme: Programme) -> tuple[str, ...]:
    """Write which people, barriers and limits no longer are as the proposal has them."""
    found, said = kept.proposal, []
    here = {p.id for p in field.people if p.code_accepted}
    people = {one for m in found.matches for one in (m.mentee, *m.mentors)}
    if absent := sorted(map(field.name, people - here)):
        said.append(f"These cannot have their seats any more: {_some(absent)}.")
    if _are_barred(found.matches, field):
        said.append(DETAILS)
    seats = {team.mentors: team.capacity or 0 for team in field.teams}
    for mentors, size in sorted(Counter(m.mentors for m in found.matches).items()):
        who = listed(map(field.name, mentors))
        if mentors in seats and size > seats[mentors]:
            left = plural(seats[mentors], "seat")
            said.append(f"The group of {who} has {plural(size, 'mentee')} and {left}.")
        elif mentors not in seats and here.issuperset(mentors):
            said.append(f"{who} can no longer have a group in this way.")
    waiting, matched = {u.mentee for u in found.unseated}, {m.mentee for m in found.matches}
    mentees = {one.id for one in field.mentees}
    if late := sorted(map(field.name, mentees - waiting - matched)):
        said.append(f"These have joined since: {_some(late)}.")
    if gone := waiting - mentees:
        said.append(f"{plural(len(gone), 'mentee has', 'mentees have')} left since.")
    facts = _changed_facts(kept, field, programme)
    return tuple(dict.fromkeys([*said, *(one for one in facts if one != MORE_PEOPLE or not said)]))


def _are_barred(matches: Iterable[Match], field: Applicants) -> bool:
    """Say whether something keeps two apart now who are to sit in one group."""
    from bot.matching.rules import scoring  # loads numpy, which is heavy

    barred = scoring.bars(
        field.people, conflicts=field.conflicts, forbids=field.forbids, term=field.term
    )
    groups: dict[tuple[str, ...], set[str]] = {}
    for one in matches:
        groups.setdefault(one.mentors, set(one.mentors)).add(one.mentee)
    return any((m.mentee, mentor) in barred for m in matches for mentor in m.mentors) or not all(
        scoring.sit_apart(group, field.apart) for group in groups.values()
    )


def _some(names: Sequence[str]) -> str:
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    return listed([*names[:5], *more])
