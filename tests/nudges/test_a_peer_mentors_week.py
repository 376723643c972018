"""A peer-mentor beside a mentor has one weekly message, with nothing that is for the mentor."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.groups import store as seated
from bot.groups.schedule import begin_schedules
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.kernel.ports import Message
from bot.kinds import MessageKind
from bot.matching import exclusions
from bot.matching.model import EndReason
from bot.meetings import store as meetings
from bot.meetings.model import Meeting, MeetingId, PlanId, PlannedMeeting, PlanState
from bot.nudges.rules import PEER_QUESTIONS, Asked, Beside, next_peer_question
from bot.nudges.tables import nudge
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Seat, Use
from bot.programme.use_cases import change_uses
from handlers.nudges import views
from handlers.nudges.messages import write_nudge
from tests.nudges.test_nudge_views import NUDGE
from tests.nudges.test_nudges_fall_due import MONDAY as DUE
from tests.nudges.test_nudges_fall_due import WEEK, fall_due, queued
from tests.support.cast import GROUP
from tests.support.golden import Golden
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.seated import PETE, seat_everybody, seats_in

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
SECRET = "For the mentor alone"
SECOND = GroupId("group_second")
MALLORYS = MemberId("member_mallory")


def test_no_question_comes_again_within_eight_weeks() -> None:
    asked: list[Asked] = []
    for _ in range(40):
        text = next_peer_question(asked)
        assert text not in [one.text for one in asked[:8]]
        asked.insert(0, Asked(PETE.id, text))

    assert {one.text for one in asked} == set(PEER_QUESTIONS)


def test_how_it_looks(golden: Golden) -> None:
    at = datetime(2026, 10, 8, 15, tzinfo=UTC)
    beside = (Beside("Group <2>", ("Bob <b>", "Dana"), at), Beside("Group 3"))
    question = replace(NUDGE.question, name="", stage="", text=PEER_QUESTIONS[0])  # type: ignore[type-var]
    mine = replace(NUDGE, lines=(), shared=(), met=(), question=question, beside=beside)

    golden("nudge_peer", views.nudge(mine, (), tz="Europe/London"))
    golden("nudge_mentor_and_peer", views.nudge(replace(NUDGE, beside=beside), (), tz="UTC"))


async def test_a_peer_mentor_beside_a_mentor_gets_one_a_week(database: Database) -> None:
    await seat_everybody(database)

    for week in range(10):
        for _ in range(2):
            await fall_due(database, DUE + week * WEEK, PETE.id)

    assert [who for who, _ in await queued(database)] == [PETE.slack_user_id] * 10
    query = sa.select(nudge.c.asked_about, nudge.c.question).order_by(nudge.c.week_on)
    async with database.reading() as connection:
        asked = [tuple(row) for row in await connection.execute(query)]
    assert {who for who, _ in asked} == {None}
    assert len({text for _, text in asked}) == 10


async def test_a_peer_mentor_in_a_group_without_mentees_gets_nothing(database: Database) -> None:
    alone = [one for one in seats_in(GROUP) if one.role is not Role.MENTEE]
    await seat_everybody(database, seats=alone)

    await fall_due(database, who=PETE.id)

    assert await queued(database) == []


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    """A second group: Mallory mentors the third mentee; beside her the mentor and Bob."""
    async with running_programme(tmp_path, mentees=3) as running:
        await running.do_without(Use.AGREEMENTS)
        await second_group(running)
        yield running


async def member_of(here: Running, connection: Any, slack_user_id: str) -> Member:
    workspace_id = WorkspaceId(here.slack.cairn.workspace_id)
    found = await people.member_by_slack_id(connection, workspace_id, SlackUserId(slack_user_id))
    assert found is not None
    return found


async def second_group(here: Running) -> None:
    cairn, programme, now = here.slack.cairn, here.programme, here.slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        mentor, bob, third = [
            await member_of(here, connection, one)
            for one in (here.mentor, here.bob, here.mentees[2])
        ]
        mallory = replace(
            mentor,
            id=MALLORYS,
            slack_user_id=SlackUserId(STRANGER),
            name="Mallory",
            email="mallory@elsewhere.example",
        )
        bob = replace(bob, roles=bob.roles | {Role.PEER_MENTOR})
        await people.put_members(connection, workspace_id, [mallory, bob])
        (first,) = await programmes.groups(connection, workspace_id, programme.id)
        await programmes.remove_seat(connection, workspace_id, first.id, third.id)
        lasting = await seated.pairings(connection, workspace_id, programme.id, mentee_id=third.id)
        (old,) = lasting
        await seated.end_pairings(
            connection,
            workspace_id,
            [old.id],
            why=EndReason.REMATCH,
            now=now,
        )
        group = Group(id=SECOND, workspace_id=workspace_id, programme_id=programme.id, name="Two")
        peers = (mentor, bob)
        seats = [Seat(SECOND, mallory.id, Role.MENTOR), Seat(SECOND, third.id, Role.MENTEE)]
        seats += [Seat(SECOND, one.id, Role.PEER_MENTOR) for one in peers]
        await programmes.put_groups(connection, workspace_id, programme.id, [group], seats)
        pairs = [
            replace(old, id=f"pair_{one.id}", group_id=SECOND, mentor_id=one.id, started_at=now)
            for one in (mallory, *peers)
        ]
        await seated.add_pairings(connection, workspace_id, pairs)
        await begin_schedules(connection, programme, now=now)
        plan = PlannedMeeting(
            id=PlanId("plan_two"),
            workspace_id=workspace_id,
            programme_id=programme.id,
            group_id=SECOND,
            minutes=30,
            state=PlanState.FIXED,
            offered_by=mallory.id,
            offered_at=now,
            starts_at=MONDAY + timedelta(days=2),
            changed_at=now,
        )
        await meetings.put_plan(connection, plan)


async def weekly(here: Running, user: str) -> list[dict[str, Any]]:
    found = await here.slack.messages(user=user)
    return [one for one in found if one["text"].startswith("Your mentoring week")]


async def test_each_has_one_message_with_what_is_theirs_to_know(here: Running) -> None:
    third = here.mentees[2]
    view = await here.open_form(third)
    lens = next(one["block_id"] for one in view["blocks"] if "lens_" in one.get("block_id", ""))
    await here.slack.submit(third, view["id"], {lens: SECRET, "visibility": "mentor"})
    await here.slack.go_to(MONDAY)

    (both,) = await weekly(here, here.mentor)
    (peer,) = await weekly(here, here.bob)
    (mentors,) = await weekly(here, STRANGER)

    for one in (both, peer):
        assert "Two, as a peer-mentor: Next meeting: Wednesday 16 September" in one["text"]
    assert "shared with you" in mentors["text"]
    for one in (both, peer):
        assert "shared with you:" not in one["text"].lower()
        assert SECRET not in str(one)
    assert "Check-in due" not in peer["text"]
    assert any(text in peer["text"] for text in PEER_QUESTIONS)
    assert not any(text in both["text"] for text in PEER_QUESTIONS)
    assert any("check-in" in one["text"] for one in await here.slack.messages(user=here.bob))
    for user in (here.mentor, here.bob, STRANGER):
        assert 0 < len((await statements(here, user))[0]) <= MOST_STATEMENTS
    await here.slack.advance(days=7)
    calm = (await weekly(here, here.bob))[-1]
    assert "A quiet week" in calm["text"]
    await here.slack.press(here.bob, "Stay silent in quiet weeks", message=calm)
    before = len(await weekly(here, here.bob))
    await here.slack.advance(days=7)
    assert len(await weekly(here, here.bob)) == before


MOST_STATEMENTS = 15


async def statements(here: Running, user: str) -> tuple[list[str], str]:
    """The statements that it takes to write somebody's latest weekly message anew, and its text."""
    cairn, made = here.slack.cairn, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        made.append(statement)

    its = (outbox.c.recipient == user, outbox.c.kind == MessageKind.MENTOR_NUDGE)
    query = sa.select(*ENTRY).where(*its).order_by(outbox.c.not_before.desc()).limit(1)
    async with cairn.database.reading() as connection:
        entry = entry_from((await connection.execute(query)).one())
        engine = cairn.database.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            written = await write_nudge(cairn.services, connection, entry)
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
    assert isinstance(written, Message)
    return made, written.text


async def much_to_do(here: Running) -> None:
    """The mentor mentors a third group, is a mentee in a fourth, and coordinates as well.

    Times are offered and answered, and somebody objects to what was noted, in each group. Rosa,
    the first group's second mentee, has a claim, and would rather not have met Mallory.
    """
    cairn, programme, now = here.slack.cairn, here.programme, here.slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        for chosen in (set[Use](), set(Use)):
            await change_uses(
                connection, workspace_id, programme.id, uses=chosen, weeks={}, now=now
            )
        mentor, dana = [await member_of(here, connection, one) for one in (here.mentor, here.dana)]
        mentees = [
            replace(
                dana,
                id=MemberId(f"member_new{number}"),
                slack_user_id=SlackUserId(f"U0NEW{number}"),
                name=f"New {number}",
                email=f"new{number}@example.org",
            )
            for number in range(3)
        ]
        roles = mentor.roles | {Role.COORDINATOR, Role.MENTEE}
        await people.put_members(connection, workspace_id, [*mentees, replace(mentor, roles=roles)])
        third, fourth = [
            Group(
                id=GroupId(f"group_{name}"),
                workspace_id=workspace_id,
                programme_id=programme.id,
                name=name,
            )
            for name in ("Three", "Four")
        ]
        seats = [Seat(third.id, mentor.id, Role.MENTOR), Seat(fourth.id, mentor.id, Role.MENTEE)]
        seats += [Seat(third.id, one.id, Role.MENTEE) for one in mentees[:2]]
        seats += [Seat(fourth.id, MALLORYS, Role.MENTOR), Seat(SECOND, mentees[2].id, Role.MENTEE)]
        second = await programmes.group(connection, workspace_id, SECOND)
        assert second is not None
        groups = [second, third, fourth]
        await programmes.put_groups(connection, workspace_id, programme.id, groups, seats)
        (example,) = await seated.pairings(
            connection, workspace_id, programme.id, mentee_id=dana.id
        )
        both = [(third.id, one.id, mentor.id) for one in mentees[:2]]
        both += [(fourth.id, mentor.id, MALLORYS)]
        both += [(SECOND, mentees[2].id, one) for one in (MALLORYS, mentor.id)]
        pairs = [
            replace(
                example,
                id=f"pair_new{number}",
                group_id=group_id,
                mentee_id=mentee_id,
                mentor_id=mentor_id,
                started_at=now,
            )
            for number, (group_id, mentee_id, mentor_id) in enumerate(both)
        ]
        await seated.add_pairings(connection, workspace_id, pairs)
        await exclusions.set_vetoes(connection, workspace_id, dana.id, [MALLORYS])
        for group_id, mentee_id in ((example.group_id, dana.id), (third.id, mentees[0].id)):
            plan = PlannedMeeting(
                id=PlanId(f"plan_{group_id}"),
                workspace_id=workspace_id,
                programme_id=programme.id,
                group_id=group_id,
                minutes=30,
                state=PlanState.OFFERED,
                offered_by=mentor.id,
                offered_at=now,
                changed_at=now,
                times={0: MONDAY + timedelta(days=9)},
            )
            await meetings.put_plan(connection, plan)
            await meetings.put_answers(connection, plan, mentee_id, {0: True})
            held = Meeting(
                id=MeetingId(f"meeting_{group_id}"),
                workspace_id=workspace_id,
                programme_id=programme.id,
                group_id=group_id,
                held_on=now.date(),
                mode=None,
                length=None,
                mentees=frozenset({mentee_id}),
                mentors=frozenset({mentor.id}),
                recorded_by=mentor.id,
                recorded_at=now,
            )
            await meetings.add(connection, held)
            await meetings.object_to(connection, held, mentee_id, now=now)
    home = await here.slack.home(here.dana)
    await here.slack.click(here.dana, "stage.claim", view_id=home["id"])
    form = await here.slack.view(here.dana)
    level = next(one["element"] for one in form["blocks"] if one.get("block_id") == "level")
    claim = {"level": level["initial_option"]["value"], "evidence": "I did it alone."}
    await here.slack.submit(here.dana, form["id"], claim)
    for user in (here.bob, here.dana):
        view = await here.open_form(user)
        lens = next(b["block_id"] for b in view["blocks"] if "lens_" in b.get("block_id", ""))
        await here.slack.submit(user, view["id"], {lens: SECRET, "visibility": "mentor"})
        await here.slack.close(user)


async def test_the_fullest_week_takes_as_few_statements_as_any(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await much_to_do(here)
    await here.slack.advance(days=7)

    made, text = await statements(here, here.mentor)

    for part in (
        "claims",
        "more on my Home tab",
        "2 check-ins shared with you",
        "Two, as a peer-mentor",
        "New 2 is new",
        "A question to try",
        "New 0",
        "Last meetings noted",
    ):
        assert part in text
    shown = "\n".join(f"{n}: {' '.join(one.split())[:300]}" for n, one in enumerate(made, 1))
    assert len(made) <= MOST_STATEMENTS, shown
