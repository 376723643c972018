"""A programme's year with the pulse in it, and a hand on its clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import outbox
from bot.flows import pulse_actions
from bot.flows import pulse_rounds as rounds
from bot.groups.schedule import begin_rounds
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, SlackUserId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.model import Round, RoundState
from bot.schedule import claims
from tests.support.cast import ALICE, CAROL, HERE, PROGRAMME

FIRST_OPENING = datetime(2026, 10, 7, 9, tzinfo=UTC)
"""Wednesday of week 5 at 10:00 in London."""
YEAR = replace(PROGRAMME, template=replace(PROGRAMME.template, instrument_id="small"))
MENTEES = [
    Member(
        id=MemberId(f"m{n}"),
        workspace_id=HERE,
        slack_user_id=SlackUserId(f"UM{n}"),
        name=f"Mentee {n}",
        roles=frozenset({Role.MENTEE}),
    )
    for n in range(8)
]


@dataclass(slots=True)
class Year:
    """A running programme with one group of eight, and a hand on its clock."""

    means: rounds.PulseServices
    done: list[str] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.means.database

    async def start(self) -> None:
        group = Group(id=GroupId("g1"), workspace_id=HERE, programme_id=YEAR.id, name="Harbour")
        seats = [Seat(group.id, member.id, Role.MENTEE) for member in MENTEES]
        seats.append(Seat(group.id, ALICE.id, Role.MENTOR))
        async with self.database.writing() as connection:
            await people.put_members(connection, HERE, [*MENTEES, ALICE, CAROL])
            await programmes.put_programme(connection, HERE, YEAR)
            await programmes.put_groups(connection, HERE, YEAR.id, [group], seats)
            await begin_rounds(connection, YEAR, now=FIRST_OPENING - timedelta(days=30))

    async def until(self, now: datetime) -> None:
        """Do all that falls due up to `now`, one after another, at the time it is due."""
        duties = rounds.duties(self.means)
        while True:
            async with self.database.reading() as connection:
                at = await claims.next_due_at(connection)
            if at is None or at > now:
                return
            async with self.database.writing() as connection:
                claimed = await claims.claim_due(connection, now=at, limit=10)
                after = [await duties[due.kind](connection, due, at) for due in claimed]
            for rest in after:
                if rest is not None:
                    await rest()
            self.done += [due.kind for due in claimed]

    async def programme(self, connection: AsyncConnection) -> Programme:
        found = await programmes.programme(connection, HERE, YEAR.id)
        assert found is not None
        return found

    async def rounds(self) -> list[Round]:
        async with self.database.reading() as connection:
            return await kept.rounds_of(connection, HERE, YEAR.id)

    async def answer(self, members: Sequence[Member] = MENTEES) -> None:
        (round_,) = [one for one in await self.rounds() if one.state is RoundState.OPEN]
        for member in members:
            await pulse.cast(
                self.database,
                self.means.vault,
                HERE,
                round_.id,
                member_id=member.id,
                account=member.slack_user_id,
                answers={"speak": 5},
                now=round_.opens_at,
            )

    async def told(self, *kinds: str) -> list[tuple[str, str, str]]:
        query = sa.select(outbox.c.kind, outbox.c.recipient, outbox.c.subject_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.where(outbox.c.kind.in_(kinds)))
            return sorted((row.kind, row.recipient, row.subject_id) for row in rows)

    async def tell(self, round_: Round, now: datetime, text: str = "We changed it.") -> None:
        await pulse_actions.tell_what_was_done(self.means, HERE, round_.id, text=text, now=now)
