"""Propose, approve, undo: who may, what comes of it, and what must never happen twice."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.errands import store as errands
from bot.errands.store import Done, Impossible
from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups.joining import hold_back
from bot.groups.messages import PREVIEW, PRIVATE_FOR
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.matching import proposals as proposing
from bot.matching import store
from bot.matching.model import ProposalState, ProposalVersion
from bot.people.model import MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.schedule import store as schedule
from tests.support.cast import ALICE, BOB, CAROL, MALLORY
from tests.support.cohort import (
    COHORT,
    DRAFT,
    ELSEWHERE,
    HERE,
    MENTEES,
    NOW,
    STARTED,
    arrive,
    change,
    mentee,
)


async def proposed(database: Database) -> ProposalVersion:
    return await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)


async def sent_kinds(database: Database) -> dict[str, list[str]]:
    """Recipients of what waits in the outbox, by kind."""
    found: dict[str, list[str]] = {}
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.select(outbox.c.kind, outbox.c.recipient).where(outbox.c.state == "queued")
        )
        for kind, recipient in rows:
            found.setdefault(kind, []).append(recipient)
    return found


async def test_everybody_is_seated_with_a_reason(database: Database) -> None:
    await arrive(database)

    kept = await proposed(database)

    assert kept.version == 1
    assert kept.state is ProposalState.OPEN
    assert {m.mentee for m in kept.proposal.matches} == {m.id for m in MENTEES}
    assert all(m.reason for m in kept.proposal.matches)
    assert kept.proposal.gap == 0
    bob = next(m for m in kept.proposal.matches if m.mentee == BOB.id)
    assert bob.mentor == ALICE.id
    assert "first choice" in bob.reason


async def test_a_kept_proposal_is_read_back_as_it_was(database: Database) -> None:
    await arrive(database)

    kept = await proposed(database)

    async with database.reading() as connection:
        assert await store.proposal(connection, HERE, kept.id) == kept
        assert await store.current_proposal(connection, HERE, DRAFT.id) == kept
        assert await store.proposal(connection, ELSEWHERE, kept.id) is None
        assert await store.current_proposal(connection, ELSEWHERE, DRAFT.id) is None


async def test_who_has_not_accepted_the_code_is_left_out_and_told_why(database: Database) -> None:
    await arrive(database, [*COHORT, mentee("Hal", conduct_accepted_at=None)])

    kept = await proposed(database)

    [left] = kept.proposal.unseated
    assert left.mentee == "member_hal"
    assert "code of conduct" in left.reason


async def test_who_takes_a_break_is_left_out_with_that_reason(database: Database) -> None:
    away = mentee("Hal", state=MemberState.PAUSED, paused_until=NOW + timedelta(days=9))
    await arrive(database, [*COHORT, away])

    kept = await proposed(database)

    [left] = kept.proposal.unseated
    assert left.reason == "They are taking a break until 11 September."


@pytest.mark.parametrize("by", [ALICE, BOB, MALLORY])
async def test_only_a_coordinator_of_this_workspace_may_propose(
    database: Database, by: object
) -> None:
    await arrive(database)
    await arrive(database, [MALLORY], workspace_id=ELSEWHERE)

    with pytest.raises(UserFacing, match="Only coordinators"):
        await proposing.propose(
            database,
            HERE,
            DRAFT.id,
            by=by.id,  # type: ignore[attr-defined]
            seed=7,
            now=NOW,
        )


async def test_approval_makes_groups_named_after_their_mentors(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    async with database.reading() as connection:
        groups = await programmes.groups(connection, HERE, DRAFT.id)
        seats = await programmes.seats(connection, HERE, DRAFT.id)
        pairings = await seated.pairings(connection, HERE, DRAFT.id)
        assert await programmes.groups(connection, ELSEWHERE, DRAFT.id) == []
        assert await seated.pairings(connection, ELSEWHERE, DRAFT.id) == []
    assert {g.name for g in groups} == {"Group of Alice", "Group of Mia"}
    assert {g.id for g in done.groups} == {g.id for g in groups}
    assert len([s for s in seats if s.role is Role.MENTEE]) == 5
    assert len([s for s in seats if s.role is Role.MENTOR]) == 2
    matched = {(m.mentee, m.mentor) for m in kept.proposal.matches}
    assert {(p.mentee_id, p.mentor_id) for p in pairings} == matched
    waiting = await sent_kinds(database)
    assert sorted(waiting["group_introduction"]) == sorted(f"group:{g.id}" for g in groups)


async def test_nothing_falls_due_before_the_programme_starts(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    assert done.programme.state is ProgrammeState.DRAFT
    async with database.reading() as connection:
        assert await schedule.upcoming(connection, HERE, subject_ids=[BOB.id, ALICE.id]) == []


async def test_approval_on_the_first_day_starts_the_rhythms(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)

    assert done.programme.state is ProgrammeState.RUNNING
    async with database.reading() as connection:
        [checkin] = await schedule.upcoming(connection, HERE, subject_ids=[BOB.id])
        [nudge] = await schedule.upcoming(connection, HERE, subject_ids=[ALICE.id])
        due = await schedule.upcoming(connection, HERE, subject_ids=[DRAFT.id])
        assert await schedule.upcoming(connection, ELSEWHERE, subject_ids=[BOB.id]) == []
    assert (checkin.kind, checkin.due_at.isoformat()) == (
        "checkin_prompt",
        "2026-09-14T13:00:00+00:00",
    )
    assert (nudge.kind, nudge.due_at.isoformat()) == ("mentor_nudge", "2026-09-07T08:00:00+00:00")
    pulse = next(one for one in due if one.kind == "pulse_open")
    assert pulse.due_at.isoformat() == "2026-10-07T09:00:00+00:00"


async def test_a_programme_does_not_start_without_its_contacts(database: Database) -> None:
    await arrive(database, programme=replace(DRAFT, crisis_contact=None))
    kept = await proposed(database)

    with pytest.raises(UserFacing, match="crisis contact"):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)

    async with database.reading() as connection:
        assert await programmes.groups(connection, HERE, DRAFT.id) == []
        found = await store.proposal(connection, HERE, kept.id)
    assert found is not None
    assert found.state is ProposalState.OPEN


async def test_pressing_start_begins_what_the_template_promises(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    programme = await deciding.start(database, HERE, DRAFT.id, by=CAROL.id, now=NOW)

    assert programme.state is ProgrammeState.RUNNING
    async with database.reading() as connection:
        assert await schedule.upcoming(connection, HERE, subject_ids=[BOB.id])


async def test_a_mentee_without_a_seat_is_told_and_waits(database: Database) -> None:
    await arrive(database, [*COHORT, mentee("Hal"), mentee("Ida")])
    kept = await proposed(database)

    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    assert done.waiting == 1
    [left] = kept.proposal.unseated
    assert left.smallest_change
    waiting = await sent_kinds(database)
    assert waiting["unmatched_notice"] == [f"U0{left.mentee.removeprefix('member_').upper()}"]
    async with database.reading() as connection:
        [one] = await seated.waitlist(connection, HERE, DRAFT.id)
        assert await seated.waitlist(connection, ELSEWHERE, DRAFT.id) == []
    assert one.member_id == left.mentee


async def test_two_coordinators_at_once_end_in_one_approval(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)

    outcomes = await asyncio.gather(
        *(deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW) for _ in range(4)),
        return_exceptions=True,
    )

    done = [one for one in outcomes if isinstance(one, deciding.Approved)]
    refused = [one for one in outcomes if isinstance(one, UserFacing)]
    assert (len(done), len(refused)) == (1, 3)
    async with database.reading() as connection:
        assert len(await programmes.groups(connection, HERE, DRAFT.id)) == 2
    assert len((await sent_kinds(database))["group_introduction"]) == 2


async def test_two_coordinators_who_match_at_once_keep_one_result(database: Database) -> None:
    await arrive(database)
    await proposed(database)

    outcomes = await asyncio.gather(*(proposed(database) for _ in range(3)), return_exceptions=True)

    kept = [one for one in outcomes if not isinstance(one, BaseException)]
    assert kept
    assert all(isinstance(one, UserFacing) for one in outcomes if one not in kept)
    async with database.reading() as connection:
        versions = [one.version for one in await store.totals(connection, HERE, DRAFT.id)]
    assert versions == list(range(len(kept) + 1, 0, -1))


async def test_who_left_since_the_proposal_stops_the_approval(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    await change(database, replace(MENTEES[1], state=MemberState.LEFT))

    with pytest.raises(UserFacing, match="Match again, then approve"):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)


async def test_undo_takes_everything_back_and_opens_the_proposal(database: Database) -> None:
    await arrive(database, [*COHORT, mentee("Hal"), mentee("Ida")])
    kept = await proposed(database)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)

    again = await deciding.undo(database, HERE, kept.id, by=CAROL.id, now=STARTED)

    assert again == kept
    assert await sent_kinds(database) == {}
    async with database.reading() as connection:
        assert await programmes.groups(connection, HERE, DRAFT.id) == []
        assert await programmes.seats(connection, HERE, DRAFT.id) == []
        assert await seated.pairings(connection, HERE, DRAFT.id, with_ended=True) == []
        assert await seated.waitlist(connection, HERE, DRAFT.id) == []
        assert await schedule.upcoming(connection, HERE, subject_ids=[BOB.id, ALICE.id]) == []


async def test_an_undone_proposal_is_approved_again_and_announced_again(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
    await deciding.undo(database, HERE, kept.id, by=CAROL.id, now=NOW)

    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)

    assert len((await sent_kinds(database))["group_introduction"]) == 2


async def test_undo_is_refused_once_an_introduction_is_under_way(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(outbox)
            .where(outbox.c.subject_id == done.groups[0].id)
            .values(state="sending")
        )

    with pytest.raises(UserFacing, match="have been told of their seats"):
        await deciding.undo(database, HERE, kept.id, by=CAROL.id, now=NOW)

    async with database.reading() as connection:
        assert len(await programmes.groups(connection, HERE, DRAFT.id)) == 2
    assert len((await sent_kinds(database))["group_introduction"]) == 1


async def test_undo_is_refused_once_one_member_has_been_told(database: Database) -> None:
    await arrive(database)
    kept = await proposed(database)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
    async with database.writing() as connection:
        own = (outbox.c.kind == PREVIEW, outbox.c.recipient == BOB.slack_user_id)
        await connection.execute(sa.update(outbox).where(*own).values(state="sent"))

    with pytest.raises(UserFacing, match="have been told of their seats"):
        await deciding.undo(database, HERE, kept.id, by=CAROL.id, now=NOW)

    async with database.reading() as connection:
        assert len(await programmes.groups(connection, HERE, DRAFT.id)) == 2


async def test_a_group_is_held_back_until_its_channel_is_open_and_that_is_asked_for_once(
    database: Database,
) -> None:
    await arrive(database)
    kept = await proposed(database)
    done = await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
    places = {f"group:{one.id}" for one in done.groups}

    async def held(at: datetime) -> set[str]:
        async with database.writing() as connection:
            rows = await connection.execute(sa.select(*ENTRY).where(outbox.c.state == "queued"))
            waiting = [entry_from(row) for row in rows]
            return set(await hold_back(connection, HERE, waiting, at))

    assert await held(NOW) == places
    async with database.writing() as connection:
        assert await errands.claim(connection, now=NOW, limit=9) == []

    then = NOW + deciding.UNDO_FOR + PRIVATE_FOR
    assert await held(then) == places
    async with database.writing() as connection:
        [first, second] = await errands.claim(connection, now=then, limit=9)
    assert {first.place, second.place} == places
    assert await held(then) == places

    failed_at = then + deciding.UNDO_FOR
    async with database.writing() as connection:
        assert await errands.claim(connection, now=then, limit=9) == []
        await errands.end(connection, first, Impossible("restricted_action"), now=failed_at)
        await programmes.set_group_channel(
            connection,
            HERE,
            GroupId(second.place.removeprefix("group:")),
            slack_channel="C0GROUP",
        )
        await errands.end(connection, second, Done(), now=failed_at)
    assert await held(failed_at) == set()


async def test_members_are_told_after_the_undo_or_at_once_and_groups_a_day_later(
    database: Database,
) -> None:
    await arrive(database)
    kept = await proposed(database)

    async def when() -> dict[str, set[datetime]]:
        async with database.reading() as connection:
            columns = sa.select(outbox.c.kind, outbox.c.not_before)
            found: dict[str, set[datetime]] = {}
            for kind, at in await connection.execute(columns.where(outbox.c.state == "queued")):
                found.setdefault(kind, set()).add(at)
        return found

    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
    told_at = NOW + deciding.UNDO_FOR
    expected = {"seat_preview": {told_at}, "group_introduction": {told_at + PRIVATE_FOR}}
    assert await when() == expected

    await deciding.tell_now(database, HERE, kept.id, by=CAROL.id, now=NOW)
    assert await when() == {"seat_preview": {NOW}, "group_introduction": {NOW + PRIVATE_FOR}}
    async with database.reading() as connection:
        [current] = [await store.proposal(connection, HERE, kept.id)]
        assert current
        assert not await deciding.is_undoable(connection, HERE, current, now=NOW)


async def test_another_workspace_cannot_touch_a_proposal(database: Database) -> None:
    await arrive(database)
    await arrive(database, [MALLORY], workspace_id=ELSEWHERE)
    kept = await proposed(database)

    with pytest.raises(UserFacing, match="gone"):
        await deciding.approve(database, ELSEWHERE, kept.id, by=MALLORY.id, now=NOW)
    with pytest.raises(UserFacing, match="Only coordinators"):
        await deciding.approve(database, HERE, kept.id, by=MALLORY.id, now=NOW)
