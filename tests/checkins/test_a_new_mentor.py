"""A mentee who comes to have another mentor chooses what that one reads of what was shared."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.checkins import store
from bot.checkins.disclosure import open_shared
from bot.checkins.handover import ASKED_FOR, Handover, hand_over, handover_of
from bot.checkins.reading import SeenCheckIn, seen
from bot.checkins.rules import Answer, CheckIn, CheckInId, Reflection, Topic, Visibility
from bot.goals import store as goals
from bot.goals.disclosure import shared_goals
from bot.goals.model import Goal, GoalDomain, GoalId, GoalStatus
from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.messages import INTRODUCTION, news, tell
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.matching import exclusions
from bot.matching.model import EndReason, Method, Pairing
from bot.matching.tables import wish_table
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.groups import running_groups_of
from bot.programme.model import Seat, Use
from bot.stages.model import Lens
from handlers.checkins import handover
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.golden import Golden
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.seated import DANA, EVERYBODY, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.succession import succeed
from tests.support.workspace import all_text, buttons

BEGAN = datetime(2026, 9, 7, 8, tzinfo=UTC)
SHARED_AT, CHANGED_AT = BEGAN + timedelta(weeks=4), BEGAN + timedelta(weeks=6)
NOW = CHANGED_AT + timedelta(days=2)
FINN = replace(ALICE, id=MemberId("member_finn"), slack_user_id=SlackUserId("U0FINN"), name="Finn")
ALL = ("to_mentor", "to_group", "goal")


def checkin(name: str, visibility: Visibility, at: datetime = SHARED_AT) -> CheckIn:
    words = (Answer(Lens.FEEL, "How?", "Words"), Answer(Lens.ACT, "What?", "Acts"))
    return CheckIn(
        id=CheckInId(name),
        workspace_id=HERE,
        member_id=BOB.id,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        framework_id="miller_is",
        stage="Knows how",
        entry=Reflection(
            answers=words, left_out=frozenset({Topic.ACT}), wellbeing=2, visibility=visibility
        ),
        written_at=at,
        shared_at=at,
    )


def goal(name: str, *, shared: bool) -> Goal:
    return Goal(
        id=GoalId(name),
        workspace_id=HERE,
        member_id=BOB.id,
        programme_id=PROGRAMME.id,
        status=GoalStatus.OPEN,
        due_on=BEGAN.date() + timedelta(days=200),
        set_at=SHARED_AT,
        shared_at=SHARED_AT if shared else None,
        title="Lead a round",
        next_step="Ask",
        domain=GoalDomain.TEAM,
    )


def pairing(mentee: Member, mentor: Member) -> Pairing:
    return Pairing(
        id=f"pair_{mentee.name}_{mentor.name}",
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        mentee_id=mentee.id,
        mentor_id=mentor.id,
        method=Method.PROPOSED,
        score=1.0,
        reason="",
        started_at=BEGAN,
    )


async def arrange(database: Database, *, peer: bool = False) -> None:
    """Alice mentors Bob and Dana, with Pete as `peer` or without; Finn has nobody yet."""
    seats = [one for one in seats_in(GROUP) if peer or one.member_id != PETE.id]
    seats.append(Seat(OTHER_GROUP.id, FINN.id, Role.MENTOR))
    members = [replace(one, conduct_accepted_at=BEGAN) for one in (*EVERYBODY, FINN)]
    await seat_everybody(database, seats=seats, members=tuple(members))
    mentors = [ALICE, PETE] if peer else [ALICE]
    async with database.writing() as connection:
        pairs = [pairing(mentee, mentor) for mentee in (BOB, DANA) for mentor in mentors]
        await seated.add_pairings(connection, HERE, pairs)
        await enrol(connection, HERE, PROGRAMME.id, [one.id for one in members])
        for one in (
            checkin("to_mentor", Visibility.MENTOR),
            checkin("to_group", Visibility.GROUP),
            checkin("mine", Visibility.ONLY_ME),
        ):
            await store.add(connection, one)
        await goals.add(connection, goal("goal", shared=True))
        await goals.add(connection, goal("own_goal", shared=False))


async def change(database: Database, who: Member, **changes: object) -> None:
    async with database.writing() as connection:
        member = await people.member(connection, HERE, who.id)
        assert member is not None
        await people.put_members(connection, HERE, [replace(member, **changes)])  # type: ignore[arg-type]


async def introduced(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text("UPDATE outbox SET state = 'sent'"))


async def rematch(database: Database) -> None:
    """Let Bob have another mentor, as he asked, and be introduced."""
    moved = await upkeep.ask_rematch(database, HERE, PROGRAMME.id, mentee=BOB.id, now=CHANGED_AT)
    assert moved is not None
    assert moved.new == OTHER_GROUP.id
    await introduced(database)


async def leave(database: Database) -> None:
    """Let Alice leave; whoever is there takes over."""
    await change(database, ALICE, state=MemberState.LEFT)
    await upkeep.reconcile(database, HERE, PROGRAMME.id, now=CHANGED_AT)
    await introduced(database)


async def offered(database: Database, now: datetime = NOW) -> Handover | None:
    async with database.reading() as connection:
        return await handover_of(connection, BOB, now=now)


async def choose(
    database: Database,
    *chosen: str,
    of: Member = FINN,
    shown: Sequence[SeenCheckIn] | None = None,
    now: datetime = NOW,
) -> int:
    """Choose in a form that named this mentor, with check-ins as they are now or as `shown`."""
    async with database.writing() as connection:
        every = await store.latest_of(connection, HERE, BOB.id, limit=10)
        offered = shown if shown is not None else [seen(one) for one in every]
        return await hand_over(
            connection,
            BOB,
            mentors=[of.id],
            checkins=[one for one in offered if one.checkin_id in chosen],
            goal_ids=chosen,
            now=now,
        )


async def read_by(database: Database, reader: Member) -> set[str]:
    """What this person can open of Bob's, and no word of it that was left out."""
    async with database.reading() as connection:
        member = await people.member(connection, HERE, reader.id)
        assert member is not None
        found = [
            await open_shared(connection, member, CheckInId(one))
            for one in ("to_mentor", "to_group", "mine")
        ]
        groups = await running_groups_of(connection, HERE, reader.id)
        theirs = await shared_goals(connection, member, groups)
    seen = [one for one in found if one is not None]
    assert "Acts" not in str(seen)
    assert all(one.entry.wellbeing is None for one in seen)
    return {*(one.id for one in seen), *(one.id for one in theirs)}


def what(found: Handover | None) -> set[str]:
    if found is None:
        return set()
    return {*(one.id for one in found.checkins), *(one.id for one in found.goals)}


def test_how_it_looks(golden: Golden) -> None:
    found = Handover(
        mentors=("Finn <b>",),
        mentor_ids=frozenset({FINN.id}),
        since=CHANGED_AT,
        checkins=(checkin("to_mentor", Visibility.MENTOR), checkin("to_group", Visibility.GROUP)),
        goals=(goal("goal", shared=True),),
    )

    golden("checkin_handover", handover.form(found, tz="Europe/London"))
    golden("checkin_handover_done", handover.handed_over(2))
    golden("checkin_handover_afresh", handover.handed_over(0))
    line = handover.choose_handover(replace(found, mentors=("Finn", "Otto")).todo())
    assert line.sentence.startswith("You have new mentors, Finn and Otto: choose what")


async def test_after_a_rematch_nobody_reads_what_was_shared_before(database: Database) -> None:
    await arrange(database)
    assert await read_by(database, ALICE) == set(ALL)
    assert await offered(database) is None

    await rematch(database)

    for one in (ALICE, FINN, DANA, PETE):
        assert await read_by(database, one) == set(), one.name
    found = await offered(database)
    assert what(found) == set(ALL)
    assert found is not None
    assert (found.mentors, found.todo().since) == (("Finn",), CHANGED_AT)


@pytest.mark.parametrize("chosen", [(), ALL, ("to_mentor",), ("to_group",), ("goal",)])
async def test_a_new_mentor_reads_what_the_mentee_chose_and_no_more(
    database: Database, chosen: tuple[str, ...]
) -> None:
    await arrange(database)
    await rematch(database)

    count = await choose(database, *chosen, "mine", "own_goal", "nothing")

    assert count == len(chosen)
    assert await read_by(database, FINN) == set(chosen)
    assert await read_by(database, ALICE) == set()
    assert await read_by(database, DANA) == set()
    assert await offered(database) is None
    with pytest.raises(UserFacing, match="chosen already"):
        await choose(database, *ALL)
    assert await read_by(database, FINN) == set(chosen)


async def test_a_mentor_who_takes_over_the_group_reads_nothing_before_it_is_chosen(
    database: Database,
) -> None:
    await arrange(database)
    async with database.writing() as connection:
        await programmes.remove_seat(connection, HERE, OTHER_GROUP.id, FINN.id)
    await leave(database)
    assert await read_by(database, FINN) == set()
    assert await read_by(database, DANA) == {"to_group"}

    await choose(database, "to_group")

    assert await read_by(database, FINN) == {"to_group"}
    assert await read_by(database, DANA) == {"to_group"}
    assert await read_by(database, ALICE) == set()


async def test_a_peer_mentor_who_takes_over_reads_nothing_that_was_for_the_mentor(
    database: Database,
) -> None:
    await arrange(database, peer=True)
    assert await read_by(database, PETE) == {"to_group"}

    await leave(database)

    assert await read_by(database, PETE) == {"to_group"}
    found = await offered(database)
    assert found is not None
    assert found.mentors == ("Pete",)
    async with database.reading() as connection:
        every = await seated.pairings(
            connection, HERE, PROGRAMME.id, with_ended=True, mentee_id=BOB.id
        )
    ends = sorted((one.mentor_id, one.end_reason or "") for one in every)
    took = EndReason.TOOK_OVER
    assert ends == [(ALICE.id, EndReason.MENTOR_LEFT), (PETE.id, ""), (PETE.id, took)]
    again = await upkeep.reconcile(database, HERE, PROGRAMME.id, now=NOW)
    assert again == upkeep.Reconciled()
    await choose(database, "to_mentor", of=PETE)
    assert await read_by(database, PETE) == {"to_group", "to_mentor"}


async def test_whoever_chooses_later_is_asked_for_some_weeks(database: Database) -> None:
    await arrange(database)
    await rematch(database)

    last = CHANGED_AT + ASKED_FOR - timedelta(minutes=1)
    assert what(await offered(database, last)) == set(ALL)
    assert await offered(database, last + timedelta(minutes=1)) is None


async def test_nothing_is_asked_before_the_two_are_introduced(database: Database) -> None:
    await arrange(database)
    await rematch(database)
    async with database.writing() as connection:
        notice = news(INTRODUCTION, OTHER_GROUP.id, f"group:{OTHER_GROUP.id}", now=NOW, once="x")
        await tell(connection, HERE, [notice], now=NOW, at=NOW + timedelta(hours=5))

    assert await offered(database) is None


async def test_nothing_is_offered_to_somebody_whom_the_mentee_blocked(database: Database) -> None:
    await arrange(database)
    await rematch(database)
    async with database.writing() as connection:
        await exclusions.set_blocks(connection, HERE, BOB.id, [FINN.id])
    assert await offered(database) is None

    async with database.writing() as connection:
        await connection.execute(sa.update(wish_table).values(sealed=b"altered"))
    assert await offered(database) is None


async def test_goals_are_not_read_by_somebody_whom_the_mentee_blocked(database: Database) -> None:
    await arrange(database)
    assert "goal" in await read_by(database, ALICE)

    async with database.writing() as connection:
        await exclusions.set_blocks(connection, HERE, BOB.id, [ALICE.id])

    assert await read_by(database, ALICE) == set()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.do_without(*(set(Use) - {Use.CHECKINS, Use.NUDGES, Use.GOALS}))
        yield running


async def test_the_to_do_opens_a_form_and_goes_once_it_is_answered(here: Running) -> None:
    for words, to in (("For the mentor", "mentor"), ("For me", "only_me")):
        view = await here.open_form(here.bob)
        lens = next(one["block_id"] for one in view["blocks"] if "lens_" in one.get("block_id", ""))
        await here.slack.submit(here.bob, view["id"], {lens: words, "visibility": to})
        await here.slack.close(here.bob)
        await here.slack.advance(minutes=5)
    assert "new mentor" not in await here.home_text(here.bob, until="check-in")

    await succeed(here)
    asked = await here.home_text(here.bob, until="new mentor")
    assert "You have a new mentor, Mallory: choose what they may read" in asked
    await here.slack.press(here.bob, "Choose what they read")
    form = await here.slack.view(here.bob)
    (field,) = [one["element"] for one in form["blocks"] if one.get("block_id") == "checkins"]
    assert "initial_options" not in field
    assert len(field["options"]) == 1
    assert "For the mentor" not in str(form)
    (option,) = field["options"]
    await here.slack.submit(here.bob, form["id"], {"checkins": [option["value"]]})
    said = all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    await here.slack.advance(minutes=5)

    assert "Your new mentor reads 1 thing" in said
    assert "Mallory: choose" not in await here.home_text(here.bob, until="check-in")
    await here.home_text(STRANGER, until="Shared with you:*")
    await here.slack.press(STRANGER, "Read")
    shown = await here.slack.view(STRANGER)
    assert "For the mentor" in all_text(shown)
    assert {"I have read this", "Write back"} <= {one["text"]["text"] for one in buttons(shown)}
