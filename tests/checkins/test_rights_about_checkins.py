"""Each person and each action about another's check-in: who may, and that nothing changes else."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store, use_cases
from bot.checkins.disclosure import mark_read, open_shared
from bot.checkins.reading import seen
from bot.checkins.rules import CheckIn, Topic, Visibility
from bot.checkins.schedule import skip, undo_skip
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.matching.model import Method, Pairing
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme.model import Seat
from tests.checkins.test_checkins_are_kept import ENTRY, FORM, NOW, own, write
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, PROGRAMME
from tests.support.seated import (
    DANA,
    EVERYBODY,
    OTHER_GROUP,
    PETE,
    seat_everybody,
    seats_in,
)

LATER = NOW + timedelta(days=1)
SHARED = replace(ENTRY, left_out=frozenset({Topic.WISH}), wellbeing=1)


def another(name: str, like: Member) -> Member:
    slack_user_id = SlackUserId(f"U0{name.upper()}")
    email = f"{name}@example.org"
    return replace(
        like, id=MemberId(f"member_{name}"), slack_user_id=slack_user_id, name=name, email=email
    )


ERIC, FINN = another("eric", BOB), another("finn", ALICE)
"""A mentee and a mentor of the other group."""
PEOPLE = {
    "its writer": BOB,
    "its writer on a break": replace(BOB, state=MemberState.PAUSED),
    "its writer who left": replace(BOB, state=MemberState.LEFT),
    "their mentor": ALICE,
    "their mentor on a break": replace(ALICE, state=MemberState.PAUSED),
    "their mentor who left": replace(ALICE, state=MemberState.LEFT),
    "a peer-mentor of the group": PETE,
    "a mentee of the group": DANA,
    "a mentee of another group": ERIC,
    "a mentor of another group": FINN,
    "a coordinator": CAROL,
    "another workspace's member of that name": replace(BOB, workspace_id=ELSEWHERE),
    "another workspace's mentor of that name": replace(ALICE, workspace_id=ELSEWHERE),
}
WRITERS = {"its writer", "its writer on a break", "its writer who left"}
MENTORS = {"their mentor", "their mentor on a break"}

Act = Callable[[AsyncConnection, Member, CheckIn, datetime], Coroutine[Any, Any, object]]
ACTIONS: dict[str, Act] = {
    "open": lambda c, who, one, _: use_cases.own(c, who, one.id),
    "change": lambda c, who, one, _: use_cases.edit(
        c, who, seen(one), replace(ENTRY, wish="Other")
    ),
    "narrow": lambda c, who, one, now: use_cases.narrow(
        c, who, one.id, to=Visibility.ONLY_ME, now=now
    ),
    "share": lambda c, who, one, now: use_cases.share(c, who, one.id, now=now),
    "delete": lambda c, who, one, now: use_cases.delete(c, who, one.id, now=now),
}
REFUSED_TO_WRITERS = {("share", "its writer who left")}


async def arrange(database: Database) -> CheckIn:
    """Let Bob share something with Alice, in the same group and beside another."""
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, ERIC.id, Role.MENTEE)]
    seats.append(Seat(OTHER_GROUP.id, FINN.id, Role.MENTOR))
    for workspace in (HERE, ELSEWHERE):
        members = (*EVERYBODY, ERIC, FINN)
        await seat_everybody(database, workspace, seats=seats, members=members)
        async with database.writing() as connection:
            pairs = [
                pairing(mentee, mentor, workspace)
                for mentee, mentor in ((BOB, ALICE), (ERIC, FINN))
            ]
            await seated.add_pairings(connection, workspace, pairs)
    return await write(database, SHARED)


def pairing(mentee: Member, mentor: Member, workspace: Any) -> Pairing:
    return Pairing(
        id=f"pairing_{mentee.id}",
        workspace_id=workspace,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id if mentee is BOB else OTHER_GROUP.id,
        mentee_id=mentee.id,
        mentor_id=mentor.id,
        method=Method.PROPOSED,
        score=1.0,
        reason="",
        started_at=NOW - timedelta(days=30),
    )


async def become(database: Database, who: Member) -> None:
    """Let somebody be as the table says, and everybody else of that name as they were."""
    as_before = next(one for one in (*EVERYBODY, ERIC, FINN) if one.id == who.id)
    for workspace in (HERE, ELSEWHERE):
        one = who if workspace == who.workspace_id else replace(as_before, workspace_id=workspace)
        async with database.writing() as connection:
            await people.put_members(connection, workspace, [one])


async def test_only_its_writer_changes_shares_or_deletes_a_check_in(database: Database) -> None:
    saved = await arrange(database)

    for name, who in PEOPLE.items():
        await become(database, who)
        for action, act in ACTIONS.items():
            async with database.writing() as connection:
                if name in WRITERS and (action, name) not in REFUSED_TO_WRITERS:
                    await act(connection, who, saved, LATER)
                else:
                    with pytest.raises(UserFacing, match=r"not there any more|no mentor whom"):
                        await act(connection, who, saved, LATER)
                await connection.rollback()
        assert await own(database) == [saved], name


async def test_its_writer_reads_all_its_mentor_what_is_shared_and_nobody_else_a_word(
    database: Database,
) -> None:
    saved = await arrange(database)

    for name, who in PEOPLE.items():
        async with database.reading() as connection:
            found = await open_shared(connection, who, saved.id)
        if name in WRITERS:
            assert found == saved
        elif name in MENTORS:
            shared = replace(SHARED, wish=None, goals=(), wellbeing=None, left_out=frozenset())
            assert found == replace(saved, entry=shared)
        else:
            assert found is None, name


async def test_one_skips_ones_own_prompt_alone_and_writes_as_oneself_alone(
    database: Database,
) -> None:
    await arrange(database)
    ask = replace(FORM.ask, number=2)
    async with database.writing() as connection:
        await store.change_asks(connection, HERE, BOB.id, lambda asks: (*asks, ask))

    for name, who in PEOPLE.items():
        await become(database, who)
        async with database.writing() as connection:
            for act in (skip, undo_skip):
                if name in WRITERS:
                    await act(connection, who, 2)
                else:
                    with pytest.raises(UserFacing, match="This prompt is over"):
                        await act(connection, who, 2)
            await connection.rollback()
        if name in {"its writer", "its writer on a break", "a mentee of the group"}:
            await write(database, key=name, who=who)
        elif who.workspace_id == HERE:
            with pytest.raises(UserFacing, match=r"not a mentee|group changed"):
                await write(database, key=name, who=who)


async def test_once_it_was_read_its_words_stay_and_the_first_time_counts(
    database: Database,
) -> None:
    saved = await arrange(database)
    async with database.writing() as connection:
        await mark_read(connection, BOB, saved, now=NOW)
    async with database.writing() as connection:
        other = await use_cases.edit(connection, BOB, seen(saved), replace(ENTRY, wish="Other"))
        for at in (LATER, LATER + timedelta(days=1)):
            shown = await open_shared(connection, ALICE, saved.id)
            assert shown is not None
            await mark_read(connection, ALICE, shown, now=at)

    with pytest.raises(UserFacing, match="its words stay as they are"):
        async with database.writing() as connection:
            await use_cases.edit(connection, BOB, seen(other), ENTRY)
    (kept,) = await own(database)
    assert (kept.entry.wish, kept.read_at) == ("Other", LATER)
    async with database.writing() as connection:
        narrowed = await use_cases.narrow(
            connection, BOB, saved.id, to=Visibility.ONLY_ME, now=LATER
        )
        assert narrowed.read_at == LATER
        await use_cases.delete(connection, BOB, saved.id, now=LATER)
    assert await own(database) == []


async def test_a_share_that_would_show_nothing_is_refused(database: Database) -> None:
    saved = await arrange(database)

    with pytest.raises(UserFacing, match="Nothing that you filled in would be shared"):
        async with database.writing() as connection:
            everything = frozenset(Topic)
            await use_cases.share(connection, BOB, saved.id, left_out=everything, now=LATER)
    with pytest.raises(UserFacing, match="Nothing that you filled in would be shared"):
        await write(database, replace(ENTRY, left_out=frozenset(Topic)), key="V3")
    assert await own(database) == [saved]
