"""Lock, swap, forbid, run again: each keeps what the coordinator decided, and totals compare."""

from dataclasses import replace

import pytest

from bot.groups import approval as deciding
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching import exclusions as barriers
from bot.matching import proposals as proposing
from bot.matching import store
from bot.matching.model import Bar, Conflict, ProposalVersion
from tests.support.cast import ALICE, BOB, CAROL, MALLORY
from tests.support.cohort import (
    COHORT,
    DRAFT,
    ELSEWHERE,
    HERE,
    MENTEES,
    MIA,
    NOW,
    arrive,
    change,
    mentee,
)


async def proposed(database: Database) -> ProposalVersion:
    return await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)


async def again(database: Database, kept: ProposalVersion) -> ProposalVersion:
    return await proposing.run_again(database, HERE, kept.id, by=CAROL.id, now=NOW)


def mentors(kept: ProposalVersion) -> dict[str, str]:
    return {m.mentee: m.mentor for m in kept.proposal.matches}


def a_mentee_of(kept: ProposalVersion, mentor: str) -> MemberId:
    found = next(
        m.mentee for m in kept.proposal.matches if m.mentor == mentor and m.mentee != BOB.id
    )
    return MemberId(found)


async def test_two_mentees_change_places_and_everybody_else_stays(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    other = a_mentee_of(kept, MIA.id)

    changed = await proposing.swap(
        database, HERE, kept.id, mentees=(BOB.id, other), by=CAROL.id, now=NOW
    )

    before, after = mentors(kept), mentors(changed)
    assert after == before | {BOB.id: MIA.id, other: ALICE.id}
    assert changed.version == 2
    locked = {m.mentee for m in changed.proposal.matches if m.locked}
    assert locked == {BOB.id, other}
    assert changed.proposal.total < kept.proposal.total
    assert changed.proposal.upper_bound == kept.proposal.upper_bound
    assert changed.proposal.gap == pytest.approx(kept.proposal.total - changed.proposal.total)


async def test_running_again_goes_around_the_locks(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    other = a_mentee_of(kept, MIA.id)
    swapped = await proposing.swap(
        database, HERE, kept.id, mentees=(BOB.id, other), by=CAROL.id, now=NOW
    )

    held = await again(database, swapped)
    for one in (BOB.id, other):
        await proposing.set_lock(
            database, HERE, held.id, mentee=one, locked=False, by=CAROL.id, now=NOW
        )
    free = await again(database, held)

    assert mentors(held)[BOB.id] == MIA.id
    assert mentors(free)[BOB.id] == ALICE.id
    assert free.proposal.total == pytest.approx(kept.proposal.total)


async def test_totals_of_all_versions_can_be_compared(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    second = await again(database, kept)

    async with database.reading() as connection:
        totals = await store.totals(connection, HERE, DRAFT.id)
        assert await store.totals(connection, ELSEWHERE, DRAFT.id) == []

    assert [(t.version, t.seated) for t in totals] == [(2, 5), (1, 5)]
    assert totals[0].total == second.proposal.total


async def test_a_forbidden_pair_is_apart_from_the_next_run_on(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    await proposing.forbid(database, HERE, kept.id, mentee=BOB.id, by=CAROL.id, now=NOW)
    apart = await again(database, kept)

    assert mentors(kept)[BOB.id] == ALICE.id
    assert mentors(apart)[BOB.id] == MIA.id


async def test_a_forbidden_match_cannot_be_approved(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    await proposing.forbid(database, HERE, kept.id, mentee=BOB.id, by=CAROL.id, now=NOW)

    with pytest.raises(UserFacing, match="who must not be matched"):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)


async def test_a_mentee_without_a_place_takes_anothers(database: Database) -> None:
    await arrive(database, [*COHORT, mentee("Hal"), mentee("Ida")])
    kept = await proposed(database)
    [left] = kept.proposal.unseated

    changed = await proposing.swap(
        database, HERE, kept.id, mentees=(BOB.id, MemberId(left.mentee)), by=CAROL.id, now=NOW
    )

    assert mentors(changed)[left.mentee] == ALICE.id
    assert [one.mentee for one in changed.proposal.unseated] == [BOB.id]
    assert changed.proposal.unseated[0].smallest_change


async def test_a_swap_into_the_same_group_is_refused(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    peer = a_mentee_of(kept, ALICE.id)

    with pytest.raises(UserFacing, match="same group already"):
        await proposing.swap(
            database,
            HERE,
            kept.id,
            mentees=(BOB.id, peer),
            by=CAROL.id,
            now=NOW,
        )


async def test_a_swap_to_ones_evaluator_is_refused_by_name(database: Database) -> None:
    await arrive(database)
    async with database.writing() as connection:
        conflict = Conflict(senior_id=MIA.id, junior_id=BOB.id, bar=Bar.EVALUATES)
        await barriers.put_conflict(connection, HERE, conflict)
    kept = await proposed(database)

    with pytest.raises(UserFacing, match="Bob and Mia are locked together but may never"):
        await proposing.swap(
            database,
            HERE,
            kept.id,
            mentees=(BOB.id, a_mentee_of(kept, MIA.id)),
            by=CAROL.id,
            now=NOW,
        )


async def test_a_proposal_knows_nothing_of_wishes_in_confidence(database: Database) -> None:
    await arrive(database)
    before = await proposed(database)
    async with database.writing() as connection:
        await barriers.set_vetoes(connection, HERE, BOB.id, [MemberId(mentors(before)[BOB.id])])

    after = await proposed(database)

    assert after.proposal == before.proposal


async def test_a_line_manager_named_by_email_is_never_the_mentor(database: Database) -> None:
    await arrive(database)
    await change(
        database, replace(MENTEES[0], supervised_by=("Alice@Example.org",), prefers=("U0ALICE",))
    )

    kept = await proposed(database)

    assert mentors(kept)[BOB.id] == MIA.id


async def test_the_same_seed_gives_the_same_proposal(database: Database) -> None:
    await arrive(database)

    first = await proposed(database)
    second = await proposed(database)

    assert mentors(first) == mentors(second)
    assert first.proposal.seed == 7


async def test_a_superseded_version_is_changed_no_more(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    await again(database, kept)

    for change_it in (
        proposing.set_lock(
            database, HERE, kept.id, mentee=BOB.id, locked=True, by=CAROL.id, now=NOW
        ),
        proposing.forbid(database, HERE, kept.id, mentee=BOB.id, by=CAROL.id, now=NOW),
        deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW),
        again(database, kept),
    ):
        with pytest.raises(UserFacing, match="newer version"):
            await change_it


@pytest.mark.parametrize("by", [ALICE.id, BOB.id, MALLORY.id])
async def test_every_change_asks_who_wants_it(database: Database, by: MemberId) -> None:
    await arrive(database)
    kept = await proposed(database)

    for change_it in (
        proposing.set_lock(database, HERE, kept.id, mentee=BOB.id, locked=True, by=by, now=NOW),
        proposing.forbid(database, HERE, kept.id, mentee=BOB.id, by=by, now=NOW),
        proposing.swap(database, HERE, kept.id, mentees=(BOB.id, MENTEES[1].id), by=by, now=NOW),
        proposing.run_again(database, HERE, kept.id, by=by, now=NOW),
        deciding.approve(database, HERE, kept.id, by=by, now=NOW),
        deciding.start(database, HERE, DRAFT.id, by=by, now=NOW),
    ):
        with pytest.raises(UserFacing, match="Only coordinators"):
            await change_it


async def test_a_team_of_two_mentors_shares_a_group(database: Database) -> None:
    template = replace(DRAFT.template, mentors_per_group=2, mentees_per_group_max=8)
    await arrive(database, programme=replace(DRAFT, template=template))

    kept = await proposed(database)
    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    assert [g.name for g in done.groups] == ["Group of Alice and Mia"]
    assert len({m.mentors for m in kept.proposal.matches}) == 1
