"""Barriers hold in groups that are approved: between mentees too, and for those on a break."""

from dataclasses import replace
from typing import Any

import pytest

from bot.flows.imports import sits_together
from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.matching import exclusions as barriers
from bot.matching import proposals as proposing
from bot.matching.model import Bar, Conflict
from bot.people.model import Member, MemberState
from bot.people.roster_preview import MemberChange, Preview, ValueChange
from bot.programme import store as programmes
from bot.programme.groups import empty_channels
from bot.todos import ToDo
from handlers.groups.views import resolve_conflict
from tests.support.cast import ALICE, BOB, CAROL
from tests.support.cohort import (
    ALICE_HERE,
    COHORT,
    DRAFT,
    HERE,
    MIA,
    NOW,
    arrive,
    change,
    mentee,
    mentor,
)
from tests.support.groups_under_way import (
    LATER,
    group_of,
    join,
    lasting,
    reconcile,
    running,
    told,
    waiting,
)


async def two_of_one_group(database: Database) -> tuple[MemberId, MemberId]:
    """Find two mentees of one group, the first by id."""
    groups: dict[str, list[MemberId]] = {}
    for one, pairing in sorted((await lasting(database)).items()):
        groups.setdefault(pairing.group_id, []).append(MemberId(one))
    first = next(group for group in groups.values() if len(group) > 1)
    return first[0], first[1]


async def clash(database: Database, one: MemberId, other: MemberId) -> None:
    async with database.writing() as connection:
        conflict = Conflict(senior_id=one, junior_id=other, bar=Bar.EVALUATES)
        await barriers.put_conflict(connection, HERE, conflict)


async def todos(database: Database) -> list[tuple[str, ...]]:
    return [one.names for one in await to_part(database)]


async def to_part(database: Database) -> list[ToDo]:
    async with database.reading() as connection:
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        found = await seated.todos(connection, CAROL, programme, LATER)
    return [one for one in found if one.kind is ToDoKind.RESOLVE_CONFLICT]


@pytest.mark.parametrize("on_a_break", [False, True])
async def test_a_late_mentee_is_not_seated_beside_whom_they_must_not_meet(
    database: Database, *, on_a_break: bool
) -> None:
    away: dict[str, Any] = {"state": MemberState.PAUSED} if on_a_break else {}
    await running(database)
    await change(database, replace(MIA, capacity=0))
    await change(database, replace(ALICE_HERE, capacity=4))
    sits = next(m for m, p in (await lasting(database)).items() if p.mentor_id == ALICE.id)
    name = str(sits).removeprefix("member_").capitalize()
    who = BOB if sits == BOB.id else mentee(name)
    await change(database, replace(who, conduct_accepted_at=NOW, avoid=("U0ZOE",), **away))

    await join(database, mentee("Zoe"))
    await reconcile(database)
    assert await waiting(database) == ["member_zoe"]
    with pytest.raises(UserFacing, match=r"^They cannot have a seat in that group at present"):
        await upkeep.move(
            database,
            HERE,
            DRAFT.id,
            mentee=MemberId("member_zoe"),
            to=await group_of(database, sits),
            by=CAROL.id,
            now=LATER,
        )

    await change(database, replace(who, conduct_accepted_at=NOW, avoid=(), **away))
    await reconcile(database)
    assert await waiting(database) == []


async def test_two_mentees_in_conflict_are_told_until_one_moves(database: Database) -> None:
    await running(database)
    one, other = await two_of_one_group(database)
    await clash(database, one, other)

    await reconcile(database)
    await reconcile(database)

    assert await told(database) == [("pairing_conflict", "U0CAROL")]
    [names] = await todos(database)
    assert {f"member_{name.lower()}" for name in names} == {one, other}
    members = {m.id: m for m in COHORT}
    await change(database, replace(members[other], state=MemberState.LEFT))
    await reconcile(database)
    assert await todos(database) == []


async def mentors_take(database: Database, capacity: int) -> None:
    for who in (ALICE_HERE, MIA):
        await change(database, replace(who, capacity=capacity))


async def move_anywhere(database: Database, mentee: MemberId) -> None:
    its = (database, HERE, DRAFT.id)
    await upkeep.move(*its, mentee=mentee, to=None, by=CAROL.id, now=LATER)


async def test_a_conflict_stays_to_be_resolved_until_the_two_are_apart(database: Database) -> None:
    await running(database)
    one, other = await two_of_one_group(database)
    await clash(database, one, other)
    await reconcile(database)
    await mentors_take(database, 0)
    [before] = await to_part(database)

    await move_anywhere(database, other)

    [while_waiting] = await to_part(database)
    assert (before.what, while_waiting) == ("", replace(before, what="sought"))
    said = [resolve_conflict(todo) for todo in (before, while_waiting)]
    assert "The reason may be confidential." in said[0].sentence
    assert "A seat in another group is being looked for." in said[1].sentence
    assert said[0].button == said[1].button
    await mentors_take(database, 9)
    await reconcile(database)
    assert await to_part(database) == []


async def test_a_wish_in_confidence_is_not_told_while_somebody_waits(database: Database) -> None:
    await running(database)
    one, other = await two_of_one_group(database)
    async with database.writing() as connection:
        await barriers.set_vetoes(connection, HERE, one, [other])
    await mentors_take(database, 0)
    await reconcile(database)

    await move_anywhere(database, one)

    assert (await waiting(database), await to_part(database)) == ([one], [])


@pytest.mark.parametrize("by", ["the roster", "a wish in confidence"])
async def test_a_barrier_of_the_roster_is_told_and_a_wish_is_not(
    database: Database, by: str
) -> None:
    await running(database)
    pairs = [await two_of_one_group(database)]
    first = next(iter((await lasting(database)).values()))
    pairs.append((first.mentee_id, first.mentor_id))
    members: dict[str, Member] = {m.id: m for m in COHORT}
    for one, other in pairs:
        if by == "the roster":
            avoid = (*members[one].avoid, members[other].slack_user_id)
            members[one] = replace(members[one], avoid=avoid)
            await change(database, members[one])
        else:
            async with database.writing() as connection:
                known = (await barriers.vetoes(connection, HERE, of=[one])).get(one, frozenset())
                await barriers.set_vetoes(connection, HERE, one, [*known, other])

    await reconcile(database)

    said = await told(database)
    assert said == ([("pairing_conflict", "U0CAROL")] * 2 if by == "the roster" else [])
    assert len(await todos(database)) == len(said)


async def test_two_mentees_who_may_not_meet_stop_the_approval(database: Database) -> None:
    await arrive(database)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    groups: dict[str, list[str]] = {}
    for match in kept.proposal.matches:
        groups.setdefault(match.mentor, []).append(match.mentee)
    one, other, *_ = next(group for group in groups.values() if len(group) > 1)
    await clash(database, MemberId(one), MemberId(other))

    with pytest.raises(UserFacing, match="Sites, stages or other details have changed"):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    again = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    seats = {m.mentee: m.mentor for m in again.proposal.matches}
    assert seats[one] != seats[other]
    third = next(m for m, mentor_id in seats.items() if mentor_id == seats[other] and m != other)
    with pytest.raises(UserFacing, match=r"^Not all mentees who are locked to"):
        await proposing.swap(
            database,
            HERE,
            again.id,
            mentees=(MemberId(one), MemberId(third)),
            by=CAROL.id,
            now=NOW,
        )


async def test_no_mentor_inherits_a_group_with_somebody_on_a_break_who_avoids_them(
    database: Database,
) -> None:
    await running(database)
    theirs = [m for m, p in (await lasting(database)).items() if p.mentor_id == ALICE.id]
    await change(database, replace(MIA, capacity=0))
    away = next(m for m in COHORT if m.id == theirs[0])
    await change(database, replace(away, state=MemberState.PAUSED, avoid=("U0NIA",)))
    await change(database, replace(ALICE_HERE, state=MemberState.LEFT))
    await join(database, mentor("Nia", 4))

    await reconcile(database)

    after = await lasting(database)
    assert theirs[0] not in after
    assert theirs[0] in await waiting(database)


async def test_an_import_says_who_sits_together_now(database: Database) -> None:
    await running(database)
    one, other = await two_of_one_group(database)
    members = {m.id: m for m in COHORT}
    change_of = MemberChange(
        member_id=one,
        slack_user_id=members[one].slack_user_id,
        name=members[one].name,
        fields=(ValueChange("avoid", (), (members[other].slack_user_id, "U0MALLORY")),),
    )
    shown = Preview(changed=(change_of,), labels={}, said={})

    async with database.reading() as connection:
        [said] = await sits_together(connection, HERE, shown)
        none = await sits_together(connection, HERE, replace(shown, changed=()))

    names = sorted((members[one].name, members[other].name))
    assert said.startswith(f"{names[0]} and {names[1]} sit together in Group of ")
    assert none == ()


async def test_the_channel_of_a_group_that_nobody_is_in_is_found(database: Database) -> None:
    await running(database)
    before = await lasting(database)
    theirs = [p for p in before.values() if p.mentor_id == ALICE.id]
    async with database.writing() as connection:
        await programmes.set_group_channel(
            connection, HERE, theirs[0].group_id, slack_channel="C0ALICES"
        )
        assert await empty_channels(connection, DRAFT) == []
    await change(database, replace(ALICE_HERE, state=MemberState.LEFT))
    for pairing in theirs:
        gone = next(m for m in COHORT if m.id == pairing.mentee_id)
        await change(database, replace(gone, state=MemberState.LEFT))
    await reconcile(database)

    async with database.reading() as connection:
        [empty] = await empty_channels(connection, DRAFT)
    assert empty.id == theirs[0].group_id
