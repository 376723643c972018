"""Peer rounds on both engines: erasure on the way, workspaces apart, statements counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.flows.erasure import erase_member
from bot.kernel.database import PORTION, Database, metadata
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.keys.vault import FileVault
from bot.kinds import MessageKind, ScheduleKind
from bot.matching import exclusions
from bot.matching.exclusions import record_conflict
from bot.matching.model import Bar
from bot.peers import changes, store, use_cases
from bot.peers.model import (
    PeerReach,
    PeerRound,
    PeerRoundState,
    PeerSeries,
    SeriesId,
    SeriesPlan,
    SeriesState,
)
from bot.peers.rules import pairs_of
from bot.peers.tables import peer_meeting, peer_round, peer_seat, peer_series
from bot.peers.upkeep import every_day, separate_now
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Seat, Use
from bot.schedule.claims import claim_due
from handlers.register import CAPABILITIES
from tests.support.cast import BOB, CAROL, ELSEWHERE, HERE, MALLORY, PROGRAMME
from tests.support.statements import statements_of

MONDAY = datetime(2026, 9, 14, 9, tzinfo=UTC)
NIGHT = datetime(2026, 9, 13, 2, tzinfo=UTC)
"""When the round of Monday is planned."""
RUNNING = replace(PROGRAMME, template=replace(PROGRAMME.template, uses=((Use.PEERS, 1),)))
TABLES = (peer_series, peer_round, peer_meeting, peer_seat)
SERIES = PeerSeries(
    id=SeriesId("peers_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    plan=SeriesPlan(
        roles=frozenset({Role.MENTEE}),
        reach=PeerReach.GROUP,
        size=2,
        every_weeks=1,
        first_on=MONDAY.date(),
        rounds=2,
    ),
    state=SeriesState.ACTIVE,
    seed=7,
)


def mentee(at: int, workspace: WorkspaceId = HERE) -> Member:
    return replace(
        BOB,
        id=MemberId(f"member_{at:05}"),
        workspace_id=workspace,
        slack_user_id=SlackUserId(f"U0M{at:05}"),
        name=f"Mentee {at:05}",
        timezone="Europe/London",
        conduct_accepted_at=NIGHT,
    )


async def set_up(
    database: Database, many: int, *, of: int = 4, workspace: WorkspaceId = HERE
) -> None:
    """A running programme with `many` mentees in groups `of` so many, and a series for them."""
    members = [mentee(at, workspace) for at in range(many)]
    its = replace(RUNNING, workspace_id=workspace)
    groups = [
        Group(
            id=GroupId(f"group_{at}"),
            workspace_id=workspace,
            programme_id=its.id,
            name=f"Group {at}",
        )
        for at in range(-(-many // of))
    ]
    seats = [Seat(groups[at // of].id, one.id, Role.MENTEE) for at, one in enumerate(members)]
    carol = replace(CAROL if workspace == HERE else MALLORY, conduct_accepted_at=NIGHT)
    async with database.writing() as connection:
        await programmes.put_programme(connection, workspace, its)
        await people.put_members(connection, workspace, [carol, *members])
        await programmes.put_groups(connection, workspace, its.id, groups, seats)
        await programmes.enrol(connection, workspace, its.id, [one.id for one in members])
        await store.put_series(connection, replace(SERIES, workspace_id=workspace))


async def nightly(database: Database, now: datetime, workspace: WorkspaceId = HERE) -> None:
    await every_day(database, workspace, PROGRAMME.id, now=now, frameworks={})


async def begun(database: Database, workspace: WorkspaceId = HERE) -> PeerRound:
    await nightly(database, NIGHT, workspace)
    async with database.reading() as connection:
        [one] = await store.rounds_of(connection, workspace, SERIES.id)
    return one


async def company(database: Database, one: PeerRound) -> list[tuple[MemberId, ...]]:
    async with database.reading() as connection:
        return [each.members for each in await store.meetings_of(connection, one)]


async def rows_in(database: Database, workspace: WorkspaceId) -> dict[str, list[Any]]:
    async with database.reading() as connection:
        return {
            table.name: sorted(
                map(
                    str,
                    await connection.execute(
                        sa.select(table).where(table.c.workspace_id == workspace)
                    ),
                )
            )
            for table in TABLES
        }


async def told(database: Database, kind: MessageKind) -> list[str]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient).where(
            outbox.c.kind == kind.value, outbox.c.state == "queued"
        )
        return sorted((await connection.execute(query)).scalars())


async def announced_to_all(database: Database) -> None:
    """Let everybody have had the announcement."""
    async with database.writing() as connection:
        sent = {"state": "sent", "claimed_at": MONDAY, "ended_at": MONDAY}
        await connection.execute(sa.update(outbox).values(sent))


async def test_everybody_meets_one_other_and_history_and_sums_say_so(database: Database) -> None:
    await set_up(database, 8)

    one = await begun(database)

    pairs = await company(database, one)
    assert sorted(member for pair in pairs for member in pair) == [mentee(n).id for n in range(8)]
    assert {len(pair) for pair in pairs} == {2}
    async with database.reading() as connection:
        met = await store.history(connection, HERE, PROGRAMME.id)
        some = await store.history(connection, HERE, PROGRAMME.id, of=[pairs[0][0]])
        [sums] = await store.sums_of(connection, HERE, SERIES.id)
        [own] = await store.own_peers(connection, HERE, member_id=pairs[0][0])
        [same] = await store.own_peers(
            connection, HERE, slack_user_id=f"U0M{pairs[0][0][-5:]}", round_id=one.id
        )
    assert pairs_of(met) == pairs_of(pairs)
    assert some == [[pairs[0][0]]]
    assert (sums.people, sums.meetings, sums.met, sums.called_off, sums.skipped) == (8, 4, 0, 0, 0)
    assert own == same
    assert [peer.member_id for peer in own.company] == [pairs[0][1]]
    assert len(await told(database, MessageKind.PEER_ROUND)) == 8


async def erased(database: Database, folder: Path, gone: MemberId, *, now: datetime) -> None:
    vault, erasers = FileVault(folder / "keys"), CAPABILITIES.erasers
    await erase_member(database, vault, HERE, member_id=gone, erasers=erasers, now=now)


async def test_who_is_erased_in_the_middle_of_a_round_leaves_nothing_and_nobody_waits(
    database: Database, tmp_path: Path
) -> None:
    await set_up(database, 4)
    one = await begun(database)
    await announced_to_all(database)
    (gone, left), (_, _) = await company(database, one)

    await erased(database, tmp_path, gone, now=MONDAY + timedelta(hours=2))

    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name.startswith("peer_"):
                every = (await connection.execute(sa.select(table))).all()
                assert gone not in str(every), table.name
        [own] = await store.own_peers(connection, HERE, member_id=left)
        about = (await connection.execute(sa.select(outbox.c.subject_id))).scalars().all()
    assert own.company == ()
    assert await told(database, MessageKind.PEER_CHANGE) == [f"U0M{left[-5:]}"]
    assert not [subject for subject in about if gone in subject]
    await nightly(database, MONDAY + timedelta(days=3, hours=18))
    asked = await told(database, MessageKind.PEER_QUESTION)
    assert len(asked) == 2, "the two who still meet are asked, and nobody else"
    await nightly(database, NIGHT + timedelta(weeks=1))
    async with database.reading() as connection:
        *_, second = await store.rounds_of(connection, HERE, SERIES.id)
    assert sorted(map(len, await company(database, second))) == [3]


async def test_two_left_alone_by_erasure_meet_each_other(
    database: Database, tmp_path: Path
) -> None:
    await set_up(database, 4)
    one = await begun(database)
    await announced_to_all(database)
    (first, second), (third, fourth) = await company(database, one)

    for at, gone in enumerate((first, third)):
        await erased(database, tmp_path, gone, now=MONDAY + timedelta(hours=2 + at))

    assert await company(database, one) == [tuple(sorted((second, fourth)))]


async def test_another_workspace_with_the_same_ids_is_neither_read_nor_changed(
    database: Database,
) -> None:
    await set_up(database, 4)
    one = await begun(database)
    await set_up(database, 4, workspace=ELSEWHERE)
    async with database.writing() as connection:
        for table in TABLES[1:]:
            found = await connection.execute(sa.select(table))
            copies = [row._asdict() | {"workspace_id": ELSEWHERE} for row in found]
            await connection.execute(sa.insert(table), copies)
    await announced_to_all(database)
    before = await rows_in(database, ELSEWHERE)
    (first, second), (third, _) = await company(database, one)
    me = mentee(int(first[-5:]))
    now = MONDAY + timedelta(hours=2)

    async with database.writing() as connection:
        await use_cases.skip(connection, me, one.id, now=now)
        await changes.keep_apart_now(connection, HERE, [third, second], now=now)
        other = mentee(int(third[-5:]))
        await use_cases.say_if_met(connection, other, one.id, did=True, now=now)
        await use_cases.erase(connection, mentee(int(second[-5:])), now)
    await nightly(database, MONDAY + timedelta(days=3, hours=18))
    async with database.writing() as connection:
        await use_cases.change_state(
            connection, HERE, SERIES.id, SeriesState.ENDED, by=CAROL, now=now
        )
        await store.put_round(connection, replace(one, state=PeerRoundState.OVER))

    assert await rows_in(database, ELSEWHERE) == before
    async with database.reading() as connection:
        assert len(await store.own_peers(connection, ELSEWHERE, member_id=first)) == 1
        history = await store.history(connection, HERE, PROGRAMME.id)
        assert all(len(meeting) <= 2 for meeting in history)
        [sums] = await store.sums_of(connection, HERE, SERIES.id)
        assert sums.people == 3


async def test_a_conflict_of_today_parts_two_as_soon_as_it_is_kept(database: Database) -> None:
    await set_up(database, 4)
    one = await begun(database)
    await announced_to_all(database)
    (first, second), _ = await company(database, one)
    now = MONDAY + timedelta(hours=2)

    async with database.writing() as connection:
        kept = mentee(int(first[-5:])).slack_user_id, mentee(int(second[-5:])).slack_user_id
        await record_conflict(
            connection,
            HERE,
            senior=kept[0],
            junior=kept[1],
            bar=Bar.EVALUATES,
            starts=None,
            ends=None,
            by=CAROL.id,
        )
        await exclusions.separate_peers(connection, HERE, now=now)
        due = await claim_due(connection, now=now, limit=9, kinds=[ScheduleKind.PEERS_APART])
    assert [one.subject_id for one in due] == [HERE]
    await separate_now(database, HERE, now=now)

    assert (first, second) not in await company(database, one)
    assert len(await told(database, MessageKind.PEER_CHANGE)) == 2


async def test_what_is_on_record_parts_two_also_while_wishes_cannot_be_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(database, 4)
    one = await begun(database)
    (first, second), _ = await company(database, one)
    async with database.writing() as connection:
        pair = (first, second)
        await exclusions.forbid(connection, HERE, PROGRAMME.id, pair, by=CAROL.id, now=MONDAY)

    async def unreadable(*_: object, **__: object) -> dict[MemberId, frozenset[MemberId]]:
        raise exclusions.WishesUnreadable

    monkeypatch.setattr(exclusions, "vetoes", unreadable)
    await separate_now(database, HERE, now=MONDAY)

    now = await company(database, one)
    assert (first, second) not in now
    assert sorted(map(len, now)) == [1, 1, 2], "nobody is brought together meanwhile"


async def counts(database: Database, many: int) -> Sequence[int]:
    """Count the statements of planning, of an idle night, of asking and of saying that one met."""
    await set_up(database, many, of=7)
    with statements_of(database) as planned:
        one = await begun(database)
    await announced_to_all(database)
    with statements_of(database) as idle:
        await nightly(database, MONDAY + timedelta(days=1))
    with statements_of(database) as asked:
        await nightly(database, MONDAY + timedelta(days=3, hours=18))
    with statements_of(database) as said:
        async with database.writing() as connection:
            now = MONDAY + timedelta(days=4)
            await use_cases.say_if_met(connection, mentee(0), one.id, did=True, now=now)
            await use_cases.own_in(connection, mentee(0), one.id)
    return [len(each) for each in (planned, idle, asked, said)]


@pytest.mark.slow
@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_statements_do_not_grow_with_the_people_but_by_portions(database: Database) -> None:
    few = await counts(database, 500)
    async with database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(sa.delete(table))

    many = await counts(database, 5_000)

    portions = (5_000 - 500) // PORTION
    planned, idle, asked, said = (now - then for now, then in zip(many, few, strict=True))
    assert (idle, said) == (0, 0)
    assert planned <= 3 * portions, "meetings, seats and messages are written in portions"
    assert asked <= portions, "and so are questions"
    assert max(few) < 40
