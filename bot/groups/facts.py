"""Read what is on record about a programme's groups at one moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.groups.schedule import FOR_MEMBERS, PULSE, FallsDue, falls_due
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import Pairing, Waiting
from bot.matching.participants import Roll, read_roll
from bot.matching.store import is_approved
from bot.people.model import PAIRED
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat
from bot.schedule import store as schedule

MOST_IN_ONE_QUERY = 1_000
"""Both engines limit the parameters of a statement; above this, everything is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A programme's groups, lasting pairings and waitlist, and who takes part.

    `newcomers` take part and are in no programme yet. `former` are the mentors who left a group by
    leaving the programme. `scheduled` is what falls due for the programme, and for members on any
    programme's behalf; `elsewhere` is what should for members on behalf of the others.
    """

    roll: Roll
    is_approved: bool
    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    pairings: tuple[Pairing, ...]
    waiting: tuple[Waiting, ...]
    newcomers: frozenset[MemberId] = frozenset()
    former: Mapping[GroupId, frozenset[MemberId]] = field(default_factory=dict)
    scheduled: frozenset[FallsDue] = frozenset()
    elsewhere: frozenset[FallsDue] = frozenset()

    def without(self, member_id: MemberId | None) -> "Facts":
        """Leave this member out, as if they had left."""
        if member_id is None:
            return self
        newcomers = self.newcomers - {member_id}
        return replace(self, roll=self.roll.without(member_id), newcomers=newcomers)

    def about(self, ids: Collection[MemberId], groups: Collection[GroupId]) -> "Facts":
        """Keep what bears on whether these people may sit in these groups; channels do not."""
        known = (replace(one, slack_channel=None) for one in self.groups if one.id in groups)
        return Facts(
            roll=self.roll.about(ids),
            is_approved=self.is_approved,
            groups=tuple(sorted(known, key=lambda one: one.id)),
            seats=tuple(s for s in self.seats if s.group_id in groups or s.member_id in ids),
            pairings=tuple(p for p in self.pairings if p.mentee_id in ids or p.mentor_id in ids),
            waiting=tuple(w for w in self.waiting if w.member_id in ids),
            newcomers=self.newcomers.intersection(ids),
        )


async def read_facts(
    connection: AsyncConnection,
    programme: Programme,
    *,
    now: datetime,
    with_stages: bool = False,
    about: tuple[Collection[MemberId], Collection[GroupId]] | None = None,
) -> Facts:
    """Read how the groups of `programme` are, or what is `about` these people and groups."""
    workspace_id = programme.workspace_id
    few = about is not None and sum(map(len, about)) <= MOST_IN_ONE_QUERY
    about = about if few else None
    ids = None if about is None else about[0]
    roll = await read_roll(connection, programme, with_stages=with_stages, ids=ids)
    paired = {m.id for m in roll.members if m.roles & PAIRED}
    newcomers = frozenset(paired & await programmes.newcomers(connection, programme))
    if roll.enrolled is not None:
        roll = replace(roll, enrolled=roll.enrolled | newcomers)
    groups = tuple(await programmes.groups(connection, workspace_id, programme.id))
    facts = Facts(
        roll=roll,
        is_approved=bool(groups) or await is_approved(connection, workspace_id, programme.id),
        groups=groups,
        seats=tuple(await programmes.seats(connection, workspace_id, programme.id, of=about)),
        pairings=tuple(await seated.pairings(connection, workspace_id, programme.id, of=ids)),
        waiting=tuple(await seated.waitlist(connection, workspace_id, programme.id)),
        newcomers=newcomers,
    )
    if about is not None:
        return facts
    return replace(
        facts,
        former=await seated.former_mentors(connection, workspace_id, programme.id),
        scheduled=frozenset(
            one
            for one in await schedule.subjects(connection, workspace_id, [*FOR_MEMBERS, PULSE])
            if one[0] != PULSE or one[1] == programme.id
        ),
        elsewhere=frozenset(await due_elsewhere(connection, programme, now=now)),
    )


async def due_elsewhere(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> set[FallsDue]:
    """Find what falls due for members by their seats in other running programmes."""
    found: set[FallsDue] = set()
    for other in await programmes.running_programmes(connection, programme.workspace_id):
        if other.id != programme.id:
            seats = await programmes.seats(connection, programme.workspace_id, other.id)
            found |= {one for one in falls_due(other, seats, now=now) if one[0] != PULSE}
    return found
