"""Goals on both databases: set, changed, finished, undone, shared, deleted, and sealed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.goals import disclosure, store, use_cases
from bot.goals.model import Goal, GoalDomain, GoalDraft, GoalId, GoalStatus, Progress, SeenGoal
from bot.goals.tables import goal, goal_note
from bot.groups import store as seated
from bot.groups.joining import known_groups_of_mentor
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kinds import ToDoKind
from bot.matching.tables import pairing_table
from bot.people.model import Member, MemberState
from tests.goals.test_goal_rules import PAIRED
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, MALLORY, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.seated import DANA, PETE, seat_everybody
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
SECRET = "I speak up in rounds <!channel> ✊"
DRAFT = GoalDraft(
    title=SECRET,
    next_step="Ask the registrar one question.",
    domain=GoalDomain.TEAM,
    due_on=date(2026, 11, 2),
    importance=4,
)


async def seat(database: Database) -> None:
    await seat_everybody(database)
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [PAIRED])


async def set_one(
    database: Database,
    key: str = "V1",
    *,
    who: Member = BOB,
    share: bool = False,
    draft: GoalDraft = DRAFT,
    now: datetime = NOW,
) -> Goal:
    return await write(
        database,
        use_cases.set_goal,
        who,
        draft,
        confidence=4,
        share_with=[ALICE.id] if share else None,
        form_key=key,
        now=now,
    )


async def own(database: Database, who: Member = BOB) -> Sequence[Goal]:
    async with database.reading() as connection:
        return await use_cases.goals_of(connection, who)


async def test_a_goal_comes_back_as_it_was_set_and_a_double_submit_sets_one(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database)
    again = await set_one(database)

    assert await own(database) == [kept] == [again]
    assert kept.draft == DRAFT
    assert kept.confidences == (4,)
    assert kept.shared_at is None


async def test_a_fourth_goal_waits_until_one_is_let_go_and_that_can_be_undone(
    database: Database,
) -> None:
    await seat(database)
    first, *_ = [await set_one(database, key) for key in ("V1", "V2", "V3")]
    with pytest.raises(UserFacing, match="three open goals"):
        await set_one(database, "V4")

    await write(database, use_cases.finish, BOB, first.id, GoalStatus.LET_GO, now=NOW)
    fourth = await set_one(database, "V4")
    with pytest.raises(UserFacing, match="three open goals"):
        await write(database, use_cases.reopen, BOB, first.id)
    await write(database, use_cases.finish, BOB, fourth.id, GoalStatus.DONE, now=NOW)
    back = await write(database, use_cases.reopen, BOB, first.id)

    assert (back.is_open, back.ended_at, back.draft) == (True, None, DRAFT)
    assert [one.status for one in await own(database)].count(GoalStatus.DONE) == 1


async def test_steps_progress_and_confidence_become_lines_that_are_only_added(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database)
    later = NOW + timedelta(days=14)

    await write(database, use_cases.take_step, BOB, kept.seen, "Ask two.", confidence=6, now=later)
    noted = await write(
        database,
        use_cases.note_progress,
        HERE,
        BOB.id,
        {kept.id: Progress.MOVED, GoalId("made_up"): Progress.STUCK},
        now=later,
    )
    other = replace(DRAFT, title="I speak first.", next_step="Ask two.")
    (shown,) = [one.seen for one in await own(database)]
    await write(database, use_cases.change_goal, BOB, shown, other, confidence=6, now=later)

    (found,) = await own(database)
    assert [one.id for one in noted] == [kept.id]
    assert (found.title, found.next_step) == ("I speak first.", "Ask two.")
    assert found.confidences == (4, 6)
    assert [(one.number, one.step_done, one.progress) for one in found.notes] == [
        (1, None, None),
        (2, DRAFT.next_step, None),
        (3, None, Progress.MOVED),
    ]


async def test_a_step_is_not_done_twice_by_a_double_submit(database: Database) -> None:
    await seat(database)
    kept = await set_one(database)

    await write(database, use_cases.take_step, BOB, kept.seen, "Ask two.", confidence=6, now=NOW)
    with pytest.raises(UserFacing, match="Name the one after it"):
        await write(
            database, use_cases.take_step, BOB, kept.seen, "Ask two.", confidence=6, now=NOW
        )

    assert len((await own(database))[0].notes) == 2


async def test_what_is_not_open_or_nonsense_is_refused_and_changes_nothing(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database)
    past = replace(DRAFT, due_on=date(2026, 10, 4))
    for draft in (past, replace(DRAFT, title="x" * 201), replace(DRAFT, importance=9)):
        with pytest.raises(UserFacing):
            await set_one(database, "V9", draft=draft)
    with pytest.raises(UserFacing):
        await write(database, use_cases.take_step, BOB, kept.seen, " ", confidence=3, now=NOW)
    with pytest.raises(UserFacing):
        await write(database, use_cases.take_step, BOB, kept.seen, "Go on.", confidence=11, now=NOW)
    await write(database, use_cases.finish, BOB, kept.id, GoalStatus.DONE, now=NOW)

    with pytest.raises(UserFacing, match="not open any more"):
        await write(database, use_cases.finish, BOB, kept.id, GoalStatus.LET_GO, now=NOW)

    (found,) = await own(database)
    assert (found.status, len(found.notes)) == (GoalStatus.DONE, 1)


async def read_by(database: Database, mentor: Member) -> list[str]:
    async with database.reading() as connection:
        groups = await known_groups_of_mentor(connection, mentor.workspace_id, mentor.id)
        return [one.title for one in await disclosure.shared_goals(connection, mentor, groups)]


async def test_a_mentor_reads_what_is_shared_until_it_is_taken_back_or_let_go(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database, share=True)
    await set_one(database, "V2", draft=replace(DRAFT, title="Mine alone."))

    assert await read_by(database, ALICE) == [SECRET]
    assert await read_by(database, PETE) == []
    await write(database, use_cases.keep_private, BOB, kept.id)
    assert await read_by(database, ALICE) == []
    await write(database, use_cases.share, BOB, kept.id, now=NOW)
    assert await read_by(database, ALICE) == [SECRET]
    await write(database, use_cases.finish, BOB, kept.id, GoalStatus.LET_GO, now=NOW)
    assert await read_by(database, ALICE) == []
    with pytest.raises(UserFacing, match="stays with you"):
        await write(database, use_cases.share, BOB, kept.id, now=NOW)


async def test_a_mentor_who_came_later_reads_it_once_it_is_shared_again(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database, share=True)
    later = NOW + timedelta(days=1)
    async with database.writing() as connection:
        await connection.execute(sa.update(pairing_table).values(started_at=later))
    assert await read_by(database, ALICE) == []
    async with database.reading() as connection:
        assert await disclosure.readers_now(connection, kept) == (0, 1)

    await write(database, use_cases.share, BOB, kept.id, now=later + timedelta(days=1))

    assert await read_by(database, ALICE) == [SECRET]


async def test_who_has_no_mentor_keeps_a_goal_and_shares_it_later(database: Database) -> None:
    await seat_everybody(database, seats=[])
    async with database.writing() as connection:
        await enrol(connection, HERE, PROGRAMME.id, [BOB.id])
    kept = await set_one(database)

    with pytest.raises(UserFacing, match="no mentor yet"):
        await write(database, use_cases.share, BOB, kept.id, now=NOW)
    assert (await own(database))[0].shared_at is None


async def test_words_lie_sealed_and_are_gone_with_their_member(database: Database) -> None:
    await seat(database)
    kept = await set_one(database)
    await write(database, use_cases.take_step, BOB, kept.seen, "Ask two.", confidence=6, now=NOW)
    async with database.reading() as connection:
        rows = [*await connection.execute(sa.select(goal))]
        rows += [*await connection.execute(sa.select(goal_note))]
    assert "speak up" not in str(rows)
    assert "registrar" not in str(rows)

    async with database.writing() as connection:  # moved to another member, it does not open
        await connection.execute(sa.update(goal).values(member_id=DANA.id))
    (moved,) = await own(database, DANA)
    assert (moved.is_readable, moved.title) == (False, "")
    assert await write(database, use_cases.erase, DANA, NOW) == 1
    async with database.reading() as connection:
        for table in (goal, goal_note):
            counted = await connection.execute(sa.select(sa.func.count()).select_from(table))
            assert counted.scalar_one() == 0


PAUSED = replace(BOB, state=MemberState.PAUSED)
LEFT = replace(BOB, state=MemberState.LEFT)


async def test_a_mentee_without_goals_is_asked_once_and_a_day_that_passed_is_a_to_do(
    database: Database,
) -> None:
    await seat(database)

    def kinds(who: Member, goals: Sequence[Goal], now: datetime = NOW) -> list[tuple[str, str]]:
        found = use_cases.todos(who, PROGRAMME, goals, now=now)
        assert "speak" not in str(found)
        return [(one.kind, one.about) for one in found]

    assert kinds(BOB, []) == [(ToDoKind.SET_GOAL, "")]
    assert kinds(PAUSED, []) == kinds(ALICE, []) == kinds(CAROL, []) == []
    assert use_cases.todos(BOB, None, [], now=NOW) == []
    kept = await set_one(database)
    assert kinds(BOB, [kept]) == []
    after = datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert kinds(BOB, [kept], after) == [(ToDoKind.REVIEW_GOAL, kept.id)]
    later = replace(DRAFT, due_on=date(2026, 12, 1))
    moved = await write(
        database, use_cases.change_goal, BOB, kept.seen, later, confidence=None, now=after
    )
    assert kinds(BOB, [moved], after) == []
    ended = await write(database, use_cases.finish, BOB, kept.id, GoalStatus.LET_GO, now=after)
    assert kinds(BOB, [ended], after) == []


Act = Callable[[AsyncConnection, Member, GoalId], Awaitable[object]]
ACTIONS: tuple[Act, ...] = (
    lambda c, who, at: use_cases.change_goal(
        c, who, SeenGoal(at, 1), DRAFT, confidence=None, now=NOW
    ),
    lambda c, who, at: use_cases.take_step(
        c, who, SeenGoal(at, 1), "Ask two.", confidence=None, now=NOW
    ),
    lambda c, who, at: use_cases.finish(c, who, at, GoalStatus.DONE, now=NOW),
    lambda c, who, at: use_cases.share(c, who, at, now=NOW),
    use_cases.reopen,
    use_cases.keep_private,
    use_cases.delete,
)
OTHERS = {
    "their mentor": ALICE,
    "another mentee of the group": DANA,
    "a peer-mentor": PETE,
    "a coordinator": CAROL,
    "somebody of another workspace": MALLORY,
    "the same id in another workspace": replace(BOB, workspace_id=ELSEWHERE),
}


async def test_nobody_but_its_author_does_anything_to_a_goal(database: Database) -> None:
    await seat(database)
    kept = await set_one(database, share=True)

    for whose, other in OTHERS.items():
        for action in ACTIONS:
            with pytest.raises(UserFacing):
                await write(database, action, other, kept.id)
                pytest.fail(f"{whose} did it")
        noted = {kept.id: Progress.STUCK}
        verb, its = use_cases.note_progress, (other.workspace_id, other.id)
        assert await write(database, verb, *its, noted, now=NOW) == []

    assert await own(database) == [kept]


@pytest.mark.parametrize(
    ("who", "may"),
    [(BOB, True), (PAUSED, True), (LEFT, False), (ALICE, False), (CAROL, False), (MALLORY, False)],
    ids=["mentee", "on a break", "left", "mentor", "coordinator", "another workspace"],
)
async def test_only_mentees_who_take_part_set_goals(
    database: Database, who: Member, may: bool
) -> None:
    await seat(database)

    if may:
        await set_one(database, who=who)
    else:
        with pytest.raises(UserFacing):
            await set_one(database, who=who)

    assert len(await own(database, who)) == may


async def test_who_left_still_takes_back_lets_go_and_deletes_what_is_theirs(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database, share=True)

    await write(database, use_cases.keep_private, LEFT, kept.id)
    await write(database, use_cases.finish, LEFT, kept.id, GoalStatus.LET_GO, now=NOW)
    with pytest.raises(UserFacing, match="not one now"):
        await write(database, use_cases.reopen, LEFT, kept.id)
    await write(database, use_cases.delete, LEFT, kept.id)

    assert await own(database) == []


async def test_the_store_never_changes_a_goal_that_moved_on_meanwhile(database: Database) -> None:
    await seat(database)
    kept = await set_one(database)
    await write(database, use_cases.finish, BOB, kept.id, GoalStatus.DONE, now=NOW)

    assert not await write(database, store.change, kept, replace(kept, title="Late"))
    assert (await own(database))[0].title == SECRET


async def test_words_of_a_form_of_before_do_not_go_to_whom_the_goal_is_shared_with_meanwhile(
    database: Database,
) -> None:
    await seat(database)
    kept = await set_one(database)
    await write(database, use_cases.share, BOB, kept.id, now=NOW)

    private = replace(DRAFT, title="For me alone.")
    with pytest.raises(UserFacing, match="changed while this form was open"):
        await write(
            database, use_cases.change_goal, BOB, kept.seen, private, confidence=None, now=NOW
        )
    with pytest.raises(UserFacing, match="changed while this form was open"):
        await write(
            database, use_cases.take_step, BOB, kept.seen, "Alone.", confidence=None, now=NOW
        )

    assert await read_by(database, ALICE) == [SECRET]
    (found,) = await own(database)
    assert (found.draft, len(found.notes)) == (DRAFT, 1)


async def test_a_new_goal_goes_to_no_mentor_whom_its_form_did_not_mean(database: Database) -> None:
    await seat(database)

    with pytest.raises(UserFacing, match="Your mentor changed while this form was open"):
        await write(
            database,
            use_cases.set_goal,
            BOB,
            DRAFT,
            confidence=4,
            share_with=[PETE.id],
            form_key="V1",
            now=NOW,
        )

    assert await own(database) == []
