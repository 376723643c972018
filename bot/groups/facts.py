"""What is on record about a programme's groups: read once to plan from, and again to compare."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.kernel.ids import GroupId, MemberId
from bot.matching.participants import Roll, read_roll
from bot.matching.records import Pairing, Waiting
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat

MOST_IN_ONE_QUERY = 1_000
"""Both engines limit the parameters of a statement; above this, everything is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A programme's groups, lasting pairings and waitlist at one moment, and who takes part."""

    roll: Roll
    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    pairings: tuple[Pairing, ...]
    waiting: tuple[Waiting, ...]

    def without(self, member_id: MemberId | None) -> "Facts":
        """The same after this member has left."""
        return self if member_id is None else replace(self, roll=self.roll.without(member_id))

    def about(self, ids: Collection[MemberId], groups: Collection[GroupId]) -> "Facts":
        """What bears on whether these people may sit in these groups.

        Channels are left out: who opens one changes nothing about seats.
        """
        return Facts(
            roll=self.roll.about(ids),
            groups=tuple(
                sorted(
                    (replace(one, slack_channel=None) for one in self.groups if one.id in groups),
                    key=lambda one: one.id,
                )
            ),
            seats=tuple(s for s in self.seats if s.group_id in groups or s.member_id in ids),
            pairings=tuple(p for p in self.pairings if p.mentee_id in ids or p.mentor_id in ids),
            waiting=tuple(w for w in self.waiting if w.member_id in ids),
        )


async def read_facts(
    connection: AsyncConnection,
    programme: Programme,
    *,
    with_stages: bool = False,
    about: tuple[Collection[MemberId], Collection[GroupId]] | None = None,
) -> Facts:
    """Read how the groups of `programme` stand, or what is `about` these people and groups."""
    workspace_id = programme.workspace_id
    few = about is not None and sum(map(len, about)) <= MOST_IN_ONE_QUERY
    about = about if few else None
    ids = None if about is None else about[0]
    return Facts(
        roll=await read_roll(connection, programme, with_stages=with_stages, ids=ids),
        groups=tuple(await programmes.groups(connection, workspace_id, programme.id)),
        seats=tuple(await programmes.seats(connection, workspace_id, programme.id, of=about)),
        pairings=tuple(await seated.pairings(connection, workspace_id, programme.id, of=ids)),
        waiting=tuple(await seated.waitlist(connection, workspace_id, programme.id)),
    )
