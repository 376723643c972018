"""Find who hears of concerns while the people who are named for them are away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import rules
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty, present_among, stand_ins
from bot.people.model import Member, Role
from bot.people.permissions import coordinates, may_hear_concerns
from bot.programme import store as programmes
from bot.programme.contacts import contact_people
from bot.programme.model import Programme, ProgrammeState

NOBODY_HEARS = MessageKind.NOBODY_HEARS
WORTH_SENDING_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Covers:
    """Everybody who may hear a concern in another's stead: stand-ins, by whom they stand in for,
    and coordinators. Nobody who mentors or is mentored is among them."""

    people: Mapping[MemberId, Member]
    stand_ins: Mapping[MemberId, MemberId]
    coordinators: Sequence[MemberId]

    def instead_of(
        self, asked: Sequence[MemberId], *, able: Collection[MemberId]
    ) -> list[MemberId]:
        """Find who hears it where none of those `asked` is able to; nobody where one is."""
        return rules.hearing_instead(
            asked,
            stand_ins=self.stand_ins,
            coordinators=[one for one in self.coordinators if one not in asked],
            able={one for one in able if one in self.people or one in asked},
        )


async def covers_in(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> Covers:
    """Find everybody who may hear a concern in another's stead, whether they are here or not."""
    named = await stand_ins(connection, workspace_id)
    standing = await people.members(connection, workspace_id, ids={*named.values()})
    every = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
    able = {one.id: one for one in (*every, *standing) if may_hear_concerns(one)}
    return Covers(able, named, [one.id for one in every if one.id in able and coordinates(one)])


async def warn_where_nobody_hears(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Tell the coordinators, once a day, of each programme whose concerns nobody can hear now.

    The same whether there is a concern or not.
    """
    for programme in await programmes.programmes(connection, workspace_id):
        is_over = programme.state is not ProgrammeState.RUNNING
        if is_over or await somebody_hears(connection, programme, now=now):
            continue
        once = f"{NOBODY_HEARS}:{programme.id}:{local_date(now, programme.timezone)}"
        found = await coordinators_on_duty(connection, workspace_id, now)
        await delivery.enqueue_all(
            connection,
            workspace_id,
            [
                Notice(NOBODY_HEARS, programme.id, one.slack_user_id, f"{once}:{one.id}")
                for one in found
            ],
            lane=Lane.PROMPT,
            now=now,
            expires_at=now + WORTH_SENDING_FOR,
        )


async def somebody_hears(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> bool:
    """Say whether a concern raised now reaches a person: who is named, or who hears it instead."""
    workspace_id = programme.workspace_id
    named = await contact_people(connection, programme)
    covers = await covers_in(connection, workspace_id, now=now)
    every = {one.id: one for one in (*named, *covers.people.values())}
    here = await present_among(connection, workspace_id, every.values(), now=now)
    ids = [one.id for one in named]
    return not here.isdisjoint(ids) or bool(covers.instead_of(ids, able=here))
