"""Agreements in both databases: blind until both have answered, sealed, and only of the two."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import store, use_cases
from bot.agreements.model import Aspect, PairProgress, PairSide
from bot.agreements.rules import Phase, phase_of
from bot.agreements.tables import agreement, agreement_side
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.flows import sealed_words
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.keys.vault import FileVault
from bot.kinds import MessageKind, ToDoKind
from bot.matching.model import EndReason, Method, Pairing
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.people.permissions import may_read_agreement
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA, PETE, seat_everybody

NOW = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
MONTH = timedelta(days=31)
BOBS, DANAS = "pairing_bob", "pairing_dana"
SAID = {
    Aspect.GOALS: "Bob would like to find his feet.",
    Aspect.FREQUENCY: "weekly",
    Aspect.CONFIDENTIALITY: "between_us",
    Aspect.ENDING: "either",
}
THEIRS = SAID | {Aspect.GOALS: "Alice listens first.", Aspect.FREQUENCY: "monthly"}
TEXT = SAID | {Aspect.GOALS: "Find feet, and listen."}
FIRST = (1, 1)


def pairing(name: str, mentee: Member) -> Pairing:
    return Pairing(
        id=name,
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        mentee_id=mentee.id,
        mentor_id=ALICE.id,
        method=Method.PROPOSED,
        score=0.5,
        reason="",
        started_at=NOW - timedelta(days=14),
    )


@pytest.fixture
async def paired(database: Database) -> Database:
    await seat_everybody(database)
    await seat_everybody(database, ELSEWHERE)
    async with database.writing() as connection:
        await people.put_members(connection, ELSEWHERE, [MALLORY])
        await seated.add_pairings(connection, HERE, [pairing(BOBS, BOB), pairing(DANAS, DANA)])
    return database


async def do(database: Database, verb: Callable[..., Awaitable[Any]], *args: Any, **by: Any) -> Any:
    async with database.writing() as connection:
        return await verb(connection, *args, **by)


async def fill(database: Database, member: Member, said: dict[Aspect, str], *ids: str) -> None:
    await do(database, use_cases.fill, member, ids or [BOBS], said, now=NOW)


async def agree(database: Database) -> PairProgress:
    await fill(database, BOB, SAID)
    await fill(database, ALICE, THEIRS)
    await do(database, use_cases.write, BOB, BOBS, TEXT, seen=(0, 0), now=NOW)
    found: PairProgress = await do(database, use_cases.confirm, ALICE, BOBS, seen=FIRST, now=NOW)
    return found


async def seen(database: Database, member: Member, pairing_id: str = BOBS) -> PairProgress:
    found: tuple[PairProgress, PairSide] = await do(
        database, use_cases.the_progress, member, pairing_id
    )
    return found[0]


async def test_nobody_reads_the_others_answers_before_both_are_there(paired: Database) -> None:
    await fill(paired, BOB, SAID)
    with pytest.raises(UserFacing, match="once both of you"):
        await do(paired, use_cases.both_answers, await seen(paired, ALICE))
    with pytest.raises(UserFacing, match="once both of you"):
        await do(paired, use_cases.write, ALICE, BOBS, TEXT, seen=(0, 0), now=NOW)

    await fill(paired, ALICE, THEIRS)

    assert await do(paired, use_cases.both_answers, await seen(paired, ALICE)) == (SAID, THEIRS)


async def test_answers_change_and_go_freely_until_the_other_has_answered(paired: Database) -> None:
    await fill(paired, BOB, SAID)
    await fill(paired, BOB, SAID | {Aspect.FREQUENCY: "two_weeks"})
    await do(paired, use_cases.take_back, BOB, BOBS)
    assert not (await seen(paired, BOB)).filled

    await fill(paired, BOB, SAID)
    await fill(paired, ALICE, THEIRS)

    with pytest.raises(UserFacing, match="both answered"):
        await fill(paired, BOB, THEIRS)
    with pytest.raises(UserFacing, match="both answered"):
        await do(paired, use_cases.take_back, ALICE, BOBS)
    assert await do(paired, use_cases.both_answers, await seen(paired, BOB)) == (SAID, THEIRS)


async def test_a_text_counts_once_both_have_confirmed_what_they_read(paired: Database) -> None:
    await fill(paired, BOB, SAID)
    await fill(paired, ALICE, THEIRS)
    await do(paired, use_cases.write, BOB, BOBS, TEXT, seen=(0, 0), now=NOW)
    await do(paired, use_cases.write, ALICE, BOBS, THEIRS, seen=FIRST, now=NOW)
    with pytest.raises(UserFacing, match="changed meanwhile"):
        await do(paired, use_cases.confirm, BOB, BOBS, seen=FIRST, now=NOW)
    with pytest.raises(UserFacing, match="changed meanwhile"):
        await do(paired, use_cases.write, BOB, BOBS, SAID, seen=FIRST, now=NOW)
    assert (await seen(paired, BOB)).agreed is None

    await do(paired, use_cases.write, ALICE, BOBS, THEIRS, seen=FIRST, now=NOW)  # a second press
    await do(paired, use_cases.confirm, BOB, BOBS, seen=(1, 2), now=NOW)
    again = await do(paired, use_cases.confirm, BOB, BOBS, seen=(1, 2), now=NOW)

    assert again.agreed is not None
    assert (again.agreed.number, again.agreed.revision) == (1, 2)
    assert await do(paired, store.text_of, again.pair, 1) == THEIRS


async def test_a_later_version_takes_the_place_of_the_first_when_both_confirm(
    paired: Database,
) -> None:
    await agree(paired)
    await do(paired, use_cases.write, ALICE, BOBS, THEIRS, seen=FIRST, now=NOW + MONTH)
    waiting = await seen(paired, BOB)
    assert waiting.agreed is not None
    assert waiting.agreed.number == 1

    dropped = await do(paired, use_cases.drop_draft, BOB, BOBS, seen=(2, 1))
    assert [one.number for one in dropped.versions] == [1]
    await do(paired, use_cases.write, ALICE, BOBS, THEIRS, seen=FIRST, now=NOW + MONTH)
    found = await do(paired, use_cases.confirm, BOB, BOBS, seen=(2, 1), now=NOW + MONTH)

    assert found.agreed is not None
    assert found.agreed.number == 2
    assert await do(paired, store.text_of, found.pair, 1) == TEXT


async def test_each_side_looks_at_it_again_once_a_month_has_passed(paired: Database) -> None:
    await agree(paired)
    kinds = [one.kind for one in await to_do(paired, BOB, NOW + MONTH)]
    assert kinds == [ToDoKind.REVIEW_AGREEMENT]

    await do(paired, use_cases.keep_as_it_is, BOB, BOBS, now=NOW + MONTH)

    assert await to_do(paired, BOB, NOW + MONTH) == []
    assert ToDoKind.REVIEW_AGREEMENT in [o.kind for o in await to_do(paired, ALICE, NOW + MONTH)]


async def to_do(database: Database, member: Member, now: datetime = NOW) -> list[Any]:
    found = await do(database, use_cases.own_progress, member)
    return use_cases.todos(member, found, now)


async def test_no_end_that_has_passed_is_kept(paired: Database) -> None:
    passed = {Aspect.ENDS_ON: (NOW - timedelta(days=2)).date().isoformat()}
    with pytest.raises(UserFacing, match="today or a later day"):
        await fill(paired, BOB, THEIRS | passed, BOBS)

    [progress] = await do(paired, use_cases.own_progress, BOB)
    assert not progress.filled


async def test_a_form_to_write_in_opens_where_nothing_can_be_written(paired: Database) -> None:
    async with paired.reading() as connection:
        progress, side = await use_cases.the_progress(connection, BOB, BOBS, to_change=True)

    assert (progress.pair.pairing_id, side) == (BOBS, PairSide.MENTEE)


async def test_a_mentor_answers_once_for_several_and_that_is_one_to_do(paired: Database) -> None:
    [before] = await to_do(paired, ALICE)
    assert (before.kind, before.count, before.names) == (
        ToDoKind.FILL_AGREEMENT,
        2,
        ("Bob", "Dana"),
    )

    await fill(paired, DANA, THEIRS, DANAS)
    [first_who_waits] = await to_do(paired, ALICE)
    assert first_who_waits.names == ("Dana", "Bob")
    await do(paired, use_cases.take_back, DANA, DANAS)

    await fill(paired, ALICE, THEIRS, BOBS)
    found = await do(paired, use_cases.own_progress, ALICE)
    assert await do(paired, use_cases.latest_answers, ALICE, found, beside=DANAS) == (THEIRS, "Bob")
    await fill(paired, ALICE, THEIRS, BOBS, DANAS, DANAS)

    assert await to_do(paired, ALICE) == []
    assert [one.names for one in await to_do(paired, DANA)] == [("Alice",)]
    away = replace(DANA, state=MemberState.PAUSED)
    assert await to_do(paired, away) == []


async def test_after_a_change_of_mentor_the_old_one_is_read_by_both_and_changed_by_none(
    paired: Database,
) -> None:
    await agree(paired)
    async with paired.writing() as connection:
        await seated.end_pairings(connection, HERE, [BOBS], why=EndReason.MENTOR_LEFT, now=NOW)

    for member in (BOB, ALICE):
        progress = await seen(paired, member)
        assert phase_of(progress, progress.pair.side_of(member.id), now=NOW + MONTH) is Phase.ENDED
        assert await do(paired, store.text_of, progress.pair, 1) == TEXT
        with pytest.raises(UserFacing, match="not paired any more"):
            await do(paired, use_cases.write, member, BOBS, SAID, seen=FIRST, now=NOW)
    assert [one.kind for one in await to_do(paired, BOB, NOW + MONTH)] == []


async def test_answers_that_were_never_compared_stay_their_authors_alone(
    paired: Database,
) -> None:
    await fill(paired, BOB, SAID)
    async with paired.writing() as connection:
        await seated.end_pairings(connection, HERE, [BOBS], why=EndReason.MENTOR_LEFT, now=NOW)

    assert (await seen(paired, BOB)).filled.keys() == {PairSide.MENTEE}
    assert BOBS not in [
        one.pair.pairing_id for one in await do(paired, use_cases.own_progress, ALICE)
    ]


async def test_two_who_are_not_introduced_yet_are_asked_nothing(paired: Database) -> None:
    told = Notice(MessageKind.GROUP_INTRODUCTION, GROUP.id, f"group:{GROUP.id}", "introduction")
    lane, until = Lane.PROMPT, NOW + MONTH
    await do(paired, delivery.enqueue_all, HERE, [told], lane=lane, now=NOW, expires_at=until)

    for member in (BOB, ALICE):
        assert await do(paired, use_cases.own_progress, member) == []
        with pytest.raises(UserFacing, match="two other people"):
            await fill(paired, member, SAID)


RIGHTS = {
    "the mentee": (BOB, True, True),
    "the mentor": (ALICE, True, True),
    "the mentee on a break": (replace(BOB, state=MemberState.PAUSED), True, True),
    "the mentee after leaving": (replace(BOB, state=MemberState.LEFT), True, False),
    "a mentee of the same group": (DANA, False, False),
    "a peer-mentor of the same group": (PETE, False, False),
    "a mentor of another group": (replace(ALICE, id=PETE.id), False, False),
    "a coordinator": (CAROL, False, False),
    "somebody of another workspace": (MALLORY, False, False),
    "the same id in another workspace": (replace(BOB, workspace_id=ELSEWHERE), False, False),
}


@pytest.mark.parametrize("who", RIGHTS)
async def test_only_the_two_read_and_write_an_agreement(paired: Database, who: str) -> None:
    member, may_read, may_write = RIGHTS[who]
    await agree(paired)
    verbs: list[tuple[Callable[..., Awaitable[Any]], tuple[Any, ...], dict[str, Any]]] = [
        (use_cases.write, (BOBS, SAID), {"seen": FIRST, "now": NOW}),
        (use_cases.confirm, (BOBS,), {"seen": FIRST, "now": NOW}),
        (use_cases.drop_draft, (BOBS,), {"seen": FIRST}),
        (use_cases.keep_as_it_is, (BOBS,), {"now": NOW}),
        (use_cases.fill, ([BOBS], SAID), {"now": NOW}),
        (use_cases.take_back, (BOBS,), {}),
    ]

    async def is_refused(verb: Any, args: Any, by: Any) -> bool:
        try:
            await do(paired, verb, member, *args, **by)
        except UserFacing as refusal:
            return "two other people" in str(refusal) or "not paired" in str(refusal)
        return False

    assert [await is_refused(*one) for one in verbs] == [not may_write] * len(verbs)
    assert await is_refused(use_cases.the_progress, (BOBS,), {}) == (not may_read)
    if member.workspace_id == HERE:
        assert may_read_agreement(member, between=(BOB.id, ALICE.id)) == may_read


async def test_words_are_sealed_and_go_with_the_member(paired: Database, tmp_path: Any) -> None:
    await agree(paired)
    await fill(paired, ALICE, THEIRS, DANAS)
    async with paired.reading() as connection:
        rows = [
            tuple(row)
            for table in (agreement_side, agreement)
            for row in await connection.execute(sa.select(table))
        ]
    assert len(rows) == 4
    assert not any(word in str(rows) for word in ("feet", "listens", "weekly"))
    vault = FileVault(tmp_path / "keys")
    async with paired.reading() as connection:
        before = (await sealed_words.keys_in_use(connection, vault)).used
    assert await sealed_words.rotate(paired, vault, now=NOW) == 0
    async with paired.reading() as connection:
        assert not before & (await sealed_words.keys_in_use(connection, vault)).used
        for each in (store.SEALED_SIDES, store.SEALED_TEXTS):
            assert not before & set(await each.key_ids(connection))
    assert await do(paired, store.text_of, (await seen(paired, BOB)).pair, 1) == TEXT

    await do(paired, store.erase, BOB, NOW)

    async with paired.reading() as connection:
        left = (await connection.execute(sa.select(agreement_side.c.pairing_id))).scalars().all()
        assert list(left) == [DANAS]
        assert (await connection.execute(sa.select(agreement))).all() == []


async def test_answers_that_were_altered_are_not_shown_and_can_be_written_anew(
    paired: Database,
) -> None:
    await fill(paired, BOB, SAID)
    await fill(paired, ALICE, THEIRS)
    async with paired.writing() as connection:
        await connection.execute(
            sa.update(agreement_side)
            .where(agreement_side.c.side == PairSide.MENTEE.value)
            .values(filled_at=NOW + timedelta(days=1))
        )

    assert await do(paired, use_cases.both_answers, await seen(paired, BOB)) == (None, THEIRS)
    await fill(paired, BOB, SAID)

    assert await do(paired, use_cases.both_answers, await seen(paired, BOB)) == (SAID, THEIRS)


async def test_a_coordinator_learns_how_many_have_agreed(paired: Database) -> None:
    await agree(paired)

    rate = await do(paired, store.signing_rate, HERE, PROGRAMME.id)

    assert (rate.agreed, rate.pairs) == (1, 2)
    assert (await do(paired, store.signing_rate, ELSEWHERE, PROGRAMME.id)).pairs == 0


async def at_once(
    database: Database,
    first: Callable[[AsyncConnection], Awaitable[PairProgress]],
    then: Callable[[AsyncConnection], Awaitable[object]],
) -> PairProgress:
    """Do the second while the first is not committed yet; what the first came to."""

    async def follow() -> None:
        async with database.writing() as connection:
            await then(connection)

    async with database.writing() as connection:
        progress = await first(connection)
        following = asyncio.create_task(follow())
        await asyncio.sleep(0.3)
    await following
    return progress


async def test_answers_are_not_taken_back_while_the_other_comes_to_see_both(
    paired: Database,
) -> None:
    await fill(paired, BOB, SAID)

    async def alice_fills(connection: AsyncConnection) -> PairProgress:
        return (await use_cases.fill(connection, ALICE, [BOBS], THEIRS, now=NOW))[0]

    with pytest.raises(UserFacing, match="both answered by now"):
        await at_once(paired, alice_fills, lambda c: use_cases.take_back(c, BOB, BOBS))
    assert (await seen(paired, ALICE)).are_both_filled


async def test_answers_are_not_changed_while_the_other_comes_to_see_both(paired: Database) -> None:
    await fill(paired, BOB, SAID)

    async def alice_fills(connection: AsyncConnection) -> PairProgress:
        return (await use_cases.fill(connection, ALICE, [BOBS], THEIRS, now=NOW))[0]

    with pytest.raises(UserFacing, match="both answered by now"):
        await at_once(paired, alice_fills, lambda c: use_cases.fill(c, BOB, [BOBS], TEXT, now=NOW))
    found = await do(paired, use_cases.both_answers, await seen(paired, ALICE))
    assert found == (SAID, THEIRS)
