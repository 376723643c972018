"""A programme that has lived, of any size: made up by a seed, written as Cairn writes it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements.tables import agreement
from bot.checkins.rules import Ask, Came
from bot.checkins.store import change_asks
from bot.community.tables import peer_training
from bot.goals.tables import goal
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.matching.model import EndReason, Method, Pairing
from bot.meetings import store as meetings
from bot.meetings.model import Length, Meeting, MeetingId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat
from bot.stages import store as stages
from bot.stages.model import StageEvent, StageEventKind
from tests.support.cast import CAROL, HERE, PROGRAMME
from tests.support.cohort import mentee, mentor

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)
STAGES = ("Knows", "Knows how", "Shows how", "Does", "Is")


@dataclass(frozen=True, slots=True)
class Lived:
    """A programme with its people; pairs stand in the order in which they were made."""

    programme: Programme
    mentors: Sequence[Member]
    mentees: Sequence[Member]
    pairs: Sequence[Pairing]


async def live(
    database: Database,
    *,
    groups: int = 4,
    per_group: int = 6,
    workspace_id: WorkspaceId = HERE,
    seed: int = 1,
) -> Lived:
    """Write a programme from September to NOW; the last of each group's mentors is a peer."""
    chance = random.Random(seed)
    programme = replace(PROGRAMME, workspace_id=workspace_id)
    mentors = [
        replace(
            mentor(f"Mentor{n}"),
            workspace_id=workspace_id,
            roles=frozenset({Role.PEER_MENTOR if n % 2 else Role.MENTOR}),
        )
        for n in range(2 * groups)
    ]
    mentees = [
        replace(
            mentee(f"Mentee{n}", stage=chance.choice(STAGES)),
            workspace_id=workspace_id,
            conduct_accepted_at=NOW if n % 3 else None,
        )
        for n in range(groups * per_group)
    ]
    async with database.writing() as connection:
        carol = replace(CAROL, workspace_id=workspace_id)
        await people.put_members(connection, workspace_id, [carol, *mentors, *mentees])
        await programmes.put_programme(connection, workspace_id, programme)
        pairs = await _seat(connection, programme, mentors, mentees)
        await _meet(connection, programme, pairs, chance)
        for one in mentees:
            await _ask(connection, one, chance)
        await _move(connection, programme, mentees, chance)
        await _sign_and_aim(connection, programme, pairs, chance)
        trained = [
            {"workspace_id": workspace_id, "member_id": one.id, "trained_at": NOW}
            for one in mentors[1::2][:-1]
        ]
        if trained:
            await connection.execute(sa.insert(peer_training), trained)
    return Lived(programme, mentors, mentees, pairs)


async def _seat(
    connection: AsyncConnection,
    programme: Programme,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
) -> list[Pairing]:
    its: dict[str, Any] = {"workspace_id": programme.workspace_id, "programme_id": programme.id}
    count = len(mentors) // 2
    groups = [Group(id=GroupId(f"g{n}"), name=f"Group {n}", **its) for n in range(count)]
    seats = [Seat(groups[n // 2].id, one.id, one.mentoring_role) for n, one in enumerate(mentors)]
    seats += [
        Seat(groups[n % count].id, one.id, Role.MENTEE) for n, one in enumerate(mentees) if count
    ]
    await programmes.put_groups(connection, programme.workspace_id, programme.id, groups, seats)
    pairs = [
        Pairing(
            id=f"pair{n}-{m.id}",
            group_id=groups[n % count].id,
            mentee_id=one.id,
            mentor_id=m.id,
            method=Method.PROPOSED,
            score=1.0,
            reason="",
            started_at=datetime(2026, 9, 3 + n % 20, 9, tzinfo=UTC),
            **its,
        )
        for n, one in enumerate(mentees)
        for m in mentors[2 * (n % count) : 2 * (n % count) + 2]
    ]
    await seated.add_pairings(connection, programme.workspace_id, pairs)
    for n, why in enumerate((EndReason.MENTEE_LEFT, EndReason.MENTOR_LEFT)):
        ids = [one.id for one in pairs[n::7]]
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        await seated.end_pairings(connection, programme.workspace_id, ids, why=why, now=at)
    return await seated.pairings(connection, programme.workspace_id, programme.id, with_ended=True)


async def _meet(
    connection: AsyncConnection,
    programme: Programme,
    pairs: Sequence[Pairing],
    chance: random.Random,
) -> None:
    for group_id in sorted({one.group_id for one in pairs})[:-1]:  # one group never met
        theirs = [one for one in pairs if one.group_id == group_id]
        for n in range(chance.randint(1, 9)):
            there = chance.sample(theirs, chance.randint(1, len(theirs)))
            await meetings.add(
                connection,
                Meeting(
                    id=MeetingId(f"{group_id}-{n}"),
                    workspace_id=programme.workspace_id,
                    programme_id=programme.id,
                    group_id=group_id,
                    held_on=date(2026, 9, 7) + timedelta(days=chance.randint(0, 220)),
                    mode=None,
                    length=chance.choice((None, Length.UNDER_30, Length.OVER_60)),
                    minutes=chance.choice((None, 30, 90)),
                    mentees=frozenset(one.mentee_id for one in there),
                    mentors=frozenset(one.mentor_id for one in there),
                    recorded_by=theirs[0].mentor_id,
                    recorded_at=NOW - timedelta(minutes=n),
                ),
            )


async def _ask(connection: AsyncConnection, one: Member, chance: random.Random) -> None:
    asks = [
        Ask(
            number=n + 1,
            framework_id="miller_is",
            stage="Knows",
            prompts=("0" * 8,),
            at=datetime.combine(date(2026, 9, 14) + timedelta(weeks=2 * n), time(9), UTC),
            was_sent=chance.random() < 0.9,
            came=chance.choice((*Came, Came.WRITTEN)),
        )
        for n in range(15)
    ]

    def put(_: object) -> tuple[Ask, ...]:
        return tuple(asks)

    await change_asks(connection, one.workspace_id, one.id, put)


async def _move(
    connection: AsyncConnection,
    programme: Programme,
    mentees: Sequence[Member],
    chance: random.Random,
) -> None:
    for one in mentees:
        if chance.random() < 0.5:
            await step(connection, programme, one.id, 1, chance.choice(STAGES))


async def step(
    connection: AsyncConnection,
    programme: Programme,
    member_id: MemberId,
    number: int,
    to_level: str,
    *,
    at: datetime = datetime(2027, 1, 15, 9, tzinfo=UTC),
) -> None:
    """Confirm a stage."""
    event = StageEvent(
        workspace_id=programme.workspace_id,
        member_id=member_id,
        number=number,
        framework_id=programme.framework_id,
        kind=StageEventKind.CONFIRMED,
        from_level="Knows",
        to_level=to_level,
        by=member_id,
        at=at,
    )
    assert await stages.add(connection, event)


async def _sign_and_aim(
    connection: AsyncConnection,
    programme: Programme,
    pairs: Sequence[Pairing],
    chance: random.Random,
) -> None:
    key: dict[str, object] = {"workspace_id": programme.workspace_id, "key_id": "", "sealed": b""}
    signed: list[dict[str, object]] = [
        key
        | {
            "pairing_id": one.id,
            "number": 1,
            "revision": 1,
            "mentee_id": one.mentee_id,
            "mentor_id": one.mentor_id,
            "written_by": one.mentee_id,
            "written_at": NOW,
            "agreed_at": NOW if chance.random() < 0.6 else None,
        }
        for one in pairs
    ]
    aims: list[dict[str, object]] = [
        key
        | {
            "id": f"goal-{one.id}",
            "member_id": one.mentee_id,
            "programme_id": programme.id,
            "status": chance.choice(("open", "done", "let_go")),
            "due_on": NOW.date(),
            "set_at": NOW,
            "revision": 1,
        }
        for one in pairs
        if chance.random() < 0.4
    ]
    for table, rows in ((agreement, signed), (goal, aims)):
        if rows:
            await connection.execute(sa.insert(table), rows)
