"""Wishes in confidence and conflicts on record: kept, replaced, refused, erased."""

from dataclasses import replace
from datetime import date

import pytest

from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.matching import exclusions as barriers
from bot.matching import exclusions as excluding
from bot.matching import proposals as proposing
from bot.matching import store
from bot.matching.erasure import erase
from bot.matching.model import Bar, Conflict, Waiting
from bot.people import store as people
from tests.support.cast import ALICE, BOB, CAROL, elsewhere
from tests.support.cohort import COHORT, DRAFT, ELSEWHERE, HERE, MIA, NOW, arrive, mentee
from tests.support.transactions import write

ALICES = SlackUserId("U0ALICE")
BOBS = SlackUserId("U0BOB")
EVERYBODY = [one.id for one in COHORT]


async def record(database: Database, **changes: object) -> None:
    given: dict[str, object] = {
        "senior": ALICES,
        "junior": BOBS,
        "bar": Bar.EVALUATES,
        "starts": None,
        "ends": None,
        "by": CAROL.id,
    }
    await write(database, excluding.record_conflict, HERE, **(given | changes))  # type: ignore[arg-type]


async def test_new_wishes_replace_the_old_ones(database: Database) -> None:
    await arrive(database)

    await write(
        database,
        excluding.wish_apart,
        HERE,
        member=BOB.id,
        avoided=[ALICES, SlackUserId("U0MIA"), ALICES],
    )
    await write(database, excluding.wish_apart, HERE, member=BOB.id, avoided=[SlackUserId("U0MIA")])

    async with database.reading() as connection:
        assert await barriers.vetoes(connection, HERE, of=EVERYBODY) == {
            BOB.id: frozenset({MIA.id})
        }
        assert await barriers.vetoes(connection, ELSEWHERE, of=EVERYBODY) == {}


async def test_a_wish_about_a_stranger_is_refused_and_nothing_is_kept(database: Database) -> None:
    await arrive(database)

    with pytest.raises(UserFacing, match="takes no part"):
        await write(
            database,
            excluding.wish_apart,
            HERE,
            member=BOB.id,
            avoided=[ALICES, SlackUserId("U0NOBODY")],
        )

    async with database.reading() as connection:
        assert await barriers.vetoes(connection, HERE, of=EVERYBODY) == {}


async def test_a_conflict_counts_on_the_days_it_lasts(database: Database) -> None:
    await arrive(database)
    await record(database, starts=date(2025, 1, 1), ends=date(2026, 9, 6))
    before = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    await record(database, starts=date(2025, 1, 1), ends=date(2026, 9, 7))
    during = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)

    assert {m.mentor for m in before.proposal.matches if m.mentee == BOB.id} == {ALICE.id}
    assert {m.mentor for m in during.proposal.matches if m.mentee == BOB.id} == {MIA.id}
    async with database.reading() as connection:
        assert await barriers.conflicts(connection, HERE) == [
            Conflict(
                senior_id=ALICE.id,
                junior_id=BOB.id,
                bar=Bar.EVALUATES,
                starts=date(2025, 1, 1),
                ends=date(2026, 9, 7),
            )
        ]
        assert await barriers.conflicts(connection, ELSEWHERE) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts": date(2026, 2, 2), "ends": date(2026, 2, 1)}, "last day is before"),
        ({"junior": ALICES}, "two different people"),
        ({"junior": SlackUserId("U0NOBODY")}, "must be in the roster"),
        ({"by": BOB.id}, "Only coordinators"),
    ],
)
async def test_a_conflict_that_cannot_be_is_refused(
    database: Database, changes: dict[str, object], sentence: str
) -> None:
    await arrive(database)

    with pytest.raises(UserFacing, match=sentence):
        await record(database, **changes)


async def test_erasing_somebody_leaves_no_row_that_names_them(database: Database) -> None:
    hal, ida = mentee("Hal", conduct_accepted_at=None), mentee("Ida")
    await arrive(database, [*COHORT, hal, ida, mentee("Jon")])
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    await record(database)
    await write(database, excluding.wish_apart, HERE, member=BOB.id, avoided=[ALICES])
    async with database.writing() as connection:
        pair = (BOB.id, ALICE.id)
        await barriers.forbid(connection, HERE, DRAFT.id, pair, by=CAROL.id, now=NOW)
        one = Waiting(member_id=BOB.id, since=NOW, reason="Full.")
        await seated.wait(connection, HERE, DRAFT.id, [one])

        assert await erase(connection, elsewhere(BOB), NOW) == 0
        assert await erase(connection, BOB, NOW) == 4
        assert await erase(connection, BOB, NOW) == 0
        assert await barriers.vetoes(connection, HERE, of=EVERYBODY) == {}
        assert await seated.waitlist(connection, HERE, DRAFT.id) == []
        left = await store.proposal(connection, HERE, kept.id)
    assert "Mia" in str(kept)
    assert left
    assert "Mia" not in str(left)


async def test_a_barrier_by_name_or_address_of_a_member_holds(database: Database) -> None:
    await arrive(database)
    apart = replace(BOB, avoid=("Alice",), supervised_by=("MIA@example.org",))
    await write(database, people.put_members, HERE, [apart, replace(MIA, email="mia@example.org")])

    made = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)

    assert {m.mentor for m in made.proposal.matches if m.mentee == BOB.id}.isdisjoint(
        {ALICE.id, MIA.id}
    )


@pytest.mark.parametrize("text", ["Prof. Somebody", "typo@exmaple.org", "URSULA"])
async def test_a_barrier_that_names_nobody_stops_the_proposal(
    database: Database, text: str
) -> None:
    await arrive(database)
    await write(database, people.put_members, HERE, [replace(BOB, avoid=(text,))])

    with pytest.raises(UserFacing, match=f"Bob: avoid says “{text}”"):
        await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)


async def test_a_barrier_to_somebody_who_takes_no_part_stops_nothing(database: Database) -> None:
    await arrive(database)
    await write(database, people.put_members, HERE, [replace(BOB, supervised_by=("U0CHIEF9",))])

    assert await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)


async def test_only_a_coordinator_takes_a_conflict_back_and_what_a_mentee_asked_is_not_listed(
    database: Database,
) -> None:
    await arrive(database)
    await record(database)
    async with database.writing() as connection:
        asked = HERE, DRAFT.id, (BOB.id, MIA.id)
        await barriers.forbid(connection, *asked, by=None, now=NOW)
    its = {"what": "evaluates", "first": ALICE.id, "second": BOB.id}

    with pytest.raises(UserFacing, match="Only coordinators"):
        await write(database, excluding.lift, HERE, by=BOB.id, **its)
    await write(database, excluding.lift, HERE, by=CAROL.id, **its)

    async with database.reading() as connection:
        assert await barriers.conflicts(connection, HERE) == []
        assert await barriers.forbidden_by_hand(connection, HERE) == []
        assert await barriers.forbids(connection, HERE, DRAFT.id) == [(BOB.id, MIA.id)]
