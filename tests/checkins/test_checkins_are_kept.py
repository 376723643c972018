import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.checkins import rules, store
from bot.checkins.rules import (
    Answer,
    Ask,
    Audience,
    Blocker,
    CheckIn,
    GoalProgress,
    Reflection,
    Topic,
    Visibility,
    Writer,
)
from bot.checkins.store import writer_of
from bot.checkins.tables import checkin
from bot.checkins.use_cases import CheckInForm, delete, narrow, save, share
from bot.delivery.tables import outbox
from bot.goals.model import Progress
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import WorkspaceId
from bot.people.model import Member, Role
from bot.programme.model import ProgrammeState, Seat
from bot.stages import store as stages
from bot.stages.model import Lens, StageEvent, StageEventKind
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.transactions import write as commit

NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
WHOLE = "It was hard & good: <!channel> " + "é" * 2969
ENTRY = Reflection(
    answers=(
        Answer(Lens.THINK, "What did you learn?", WHOLE),
        Answer(Lens.ACT, "What did you do?", "I asked."),
    ),
    confidence=0,
    blocker=Blocker.TEAM,
    wish="Half an hour",
    goals=(GoalProgress("goal_1", "Lead a round", Progress.STUCK, is_shared=True),),
    wellbeing=2,
    left_out=frozenset({Topic.ACT}),
    visibility=Visibility.MENTOR,
)
ASK = Ask(
    number=1,
    framework_id=PROGRAMME.framework_id,
    stage="Knows how",
    prompts=("aa", "bb", "cc"),
    at=NOW,
    was_sent=False,
)
FORM = CheckInForm(
    programme_id=PROGRAMME.id, group_id=GROUP.id, mentors=frozenset({ALICE.id}), ask=ASK
)


async def look(database: Database, who: Member, workspace: WorkspaceId = HERE) -> Writer | None:
    async with database.reading() as connection:
        return await writer_of(connection, workspace, who.slack_user_id)


async def write(
    database: Database,
    entry: Reflection = ENTRY,
    *,
    key: str = "V1",
    who: Member = BOB,
    now: datetime = NOW,
    form: CheckInForm = FORM,
    workspace: WorkspaceId = HERE,
) -> CheckIn:
    return await commit(
        database,
        save,
        workspace,
        slack_user_id=who.slack_user_id,
        form=form,
        entry=entry,
        form_key=key,
        now=now,
    )


async def own(database: Database, workspace: WorkspaceId = HERE) -> list[CheckIn]:
    async with database.reading() as connection:
        return await store.latest_of(connection, workspace, BOB.id, limit=10)


async def queued(database: Database) -> list[tuple[str, str, str, str]]:
    async with database.reading() as connection:
        columns = (outbox.c.kind, outbox.c.subject_id, outbox.c.recipient, outbox.c.state)
        return [tuple(row) for row in await connection.execute(sa.select(*columns))]


async def test_one_query_tells_everything_that_the_form_needs(database: Database) -> None:
    await seat_everybody(database)
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    found = await look(database, BOB)

    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    assert found is not None
    assert (found.member_id, found.initial_stage, found.turn) == (BOB.id, "Knows how", 0)
    (place,) = found.places
    assert (place.programme_id, place.group_id) == (PROGRAMME.id, GROUP.id)
    assert place.seat_role is Role.MENTEE
    assert place.crisis_contact == PROGRAMME.crisis_contact


async def test_each_person_is_known_for_what_they_are(database: Database) -> None:
    await seat_everybody(database)

    found = {each.name: await look(database, each) for each in (ALICE, BOB, CAROL, PETE)}

    assert {name: rules.audience(each) for name, each in found.items()} == {
        "Alice": Audience.MENTOR,
        "Bob": Audience.WRITER,
        "Carol": Audience.COORDINATOR,
        "Pete": Audience.MENTOR,
    }
    assert await look(database, MALLORY) is None
    assert await look(database, BOB, ELSEWHERE) is None


async def test_a_peer_mentor_who_is_a_mentee_elsewhere_gets_the_form(database: Database) -> None:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, PETE.id, Role.MENTEE)]
    await seat_everybody(database, seats=seats)

    found = await look(database, PETE)

    assert rules.audience(found) is Audience.WRITER
    assert found is not None
    place = rules.writing_seat(found)
    assert place is not None
    assert place.group_id == OTHER_GROUP.id


async def test_a_programme_that_does_not_run_is_no_place_to_write(database: Database) -> None:
    await seat_everybody(database, programme=replace(PROGRAMME, state=ProgrammeState.CLOSED))

    assert rules.audience(await look(database, BOB)) is Audience.NOT_STARTED


async def test_a_mentee_without_a_group_writes_for_themselves(database: Database) -> None:
    await seat_everybody(database, seats=[])
    async with database.writing() as connection:
        await enrol(connection, HERE, PROGRAMME.id, [BOB.id])
    form = replace(FORM, group_id=None)

    found = await look(database, BOB)
    assert rules.audience(found) is Audience.WRITER

    with pytest.raises(UserFacing, match="not in a mentoring group yet"):
        await write(database, form=form)
    kept = await write(database, replace(ENTRY, visibility=Visibility.ONLY_ME), form=form)
    assert kept.group_id is None


async def test_the_stage_is_the_one_last_moved_to(database: Database) -> None:
    await seat_everybody(database)
    async with database.writing() as connection:
        for number, (kind, level) in enumerate(
            [
                (StageEventKind.CLAIMED, "Does"),
                (StageEventKind.CONFIRMED, "Does"),
                (StageEventKind.STEPPED_BACK, "Shows how"),
                (StageEventKind.CLAIMED, "Is"),
            ],
            start=1,
        ):
            event = StageEvent(
                workspace_id=HERE,
                member_id=BOB.id,
                number=number,
                framework_id=PROGRAMME.framework_id,
                kind=kind,
                from_level="Knows",
                to_level=level,
                note="",
                by=ALICE.id,
                at=NOW,
            )
            await stages.add(connection, event)

    found = await look(database, BOB)

    assert found is not None
    assert found.places[0].moved_to == "Shows how"


async def test_what_was_written_is_kept_whole(database: Database) -> None:
    await seat_everybody(database)

    saved = await write(database)

    assert len(WHOLE) == 3000
    assert await own(database) == [saved]
    assert saved.entry == ENTRY
    assert saved.written_at == NOW
    assert await own(database, ELSEWHERE) == []


async def test_one_form_is_saved_once_and_moves_the_prompts_on_by_one(database: Database) -> None:
    await seat_everybody(database)

    await asyncio.gather(*(write(database) for _ in range(4)))
    await write(database, key="V2")

    found = await look(database, BOB)
    assert len(await own(database)) == 2
    assert found is not None
    assert found.turn == 2


async def test_an_empty_form_leaves_nothing(database: Database) -> None:
    await seat_everybody(database)

    with pytest.raises(UserFacing, match="at least one thing"):
        await write(database, Reflection())

    assert await own(database) == []


async def test_nobody_but_a_mentee_can_save_one(database: Database) -> None:
    await seat_everybody(database)

    for who in (ALICE, CAROL, MALLORY, PETE):
        with pytest.raises(UserFacing, match="not a mentee"):
            await write(database, who=who)
    with pytest.raises(UserFacing, match="not a mentee"):
        await write(database, workspace=ELSEWHERE)


async def test_a_form_of_another_group_is_refused(database: Database) -> None:
    await seat_everybody(database)

    with pytest.raises(UserFacing, match="group changed"):
        await write(database, form=replace(FORM, group_id=OTHER_GROUP.id))

    assert await queued(database) == []


async def test_only_what_is_for_the_group_goes_to_its_channel(database: Database) -> None:
    await seat_everybody(database)

    for visibility in Visibility:
        await write(database, replace(ENTRY, visibility=visibility), key=visibility)

    (entry,) = await queued(database)
    kinds = {each.entry.visibility: each.id for each in await own(database)}
    assert entry == (
        "checkin_shared",
        kinds[Visibility.GROUP],
        f"group:{GROUP.id}",
        "queued",
    )


async def test_mentors_are_given_what_was_shared_with_them_and_nothing_else(
    database: Database,
) -> None:
    await seat_everybody(database)
    await seat_everybody(database, ELSEWHERE)
    for number, visibility in enumerate(Visibility):
        entry = replace(ENTRY, visibility=visibility)
        await write(database, entry, key=visibility, now=NOW + timedelta(hours=number))
        await write(database, entry, key=f"{visibility}2", workspace=ELSEWHERE)

    async with database.reading() as connection:
        shared = await store.shared_with_mentors(
            connection, HERE, group_ids=[GROUP.id], until=NOW + timedelta(days=1)
        )
        of_others = await store.shared_with_mentors(
            connection, HERE, group_ids=[OTHER_GROUP.id], until=NOW + timedelta(days=1)
        )
        later = await store.shared_with_mentors(
            connection,
            HERE,
            group_ids=[GROUP.id],
            since=NOW + timedelta(hours=2),
            until=NOW + timedelta(hours=3),
        )

    assert [each.entry.visibility for each in shared] == [Visibility.MENTOR, Visibility.GROUP]
    assert of_others == []
    assert [each.entry.visibility for each in later] == [Visibility.GROUP]


async def test_when_somebody_last_wrote_is_known_without_a_word_of_it(database: Database) -> None:
    await seat_everybody(database)
    await write(database)
    await write(database, key="V2", now=NOW + timedelta(days=3))

    async with database.reading() as connection:
        found = await store.last_written(connection, HERE, member_ids=[BOB.id, DANA.id])

    assert found == {BOB.id: NOW + timedelta(days=3)}


async def test_showing_it_to_fewer_takes_the_post_back(database: Database) -> None:
    await seat_everybody(database)
    saved = await write(database, replace(ENTRY, visibility=Visibility.GROUP))

    changed = await commit(
        database,
        narrow,
        BOB,
        saved.id,
        to=Visibility.ONLY_ME,
        now=NOW,
    )

    assert changed.entry.visibility is Visibility.ONLY_ME
    assert changed.entry.answers == ENTRY.answers
    assert await own(database) == [changed]
    assert [state for *_, state in await queued(database)] == ["withdrawn"]


async def test_it_never_becomes_wider_and_never_by_others(database: Database) -> None:
    await seat_everybody(database)
    saved = await write(database)

    with pytest.raises(UserFacing, match="fewer people"):
        await commit(
            database,
            narrow,
            BOB,
            saved.id,
            to=Visibility.GROUP,
            now=NOW,
        )
    for member, workspace in ((DANA, HERE), (BOB, ELSEWHERE)):
        with pytest.raises(UserFacing, match="not there any more"):
            await commit(
                database, delete, replace(member, workspace_id=workspace), saved.id, now=NOW
            )
    assert await own(database) == [saved]


async def test_what_is_shared_again_by_its_writer_stays_for_whom_it_was(
    database: Database,
) -> None:
    await seat_everybody(database)
    later = NOW + timedelta(days=1)
    mine = await write(database)
    for_group = await write(database, replace(ENTRY, visibility=Visibility.GROUP), key="V2")

    again = await commit(database, share, BOB, mine.id, now=later)

    entry = replace(ENTRY, goals=())
    assert replace(again, entry=entry) == replace(mine, shared_at=later, revision=2, entry=entry)
    assert again in await own(database)
    wide = await commit(database, share, BOB, for_group.id, now=later)
    assert (wide.entry.visibility, wide.shared_at) == (Visibility.GROUP, later)
    with pytest.raises(UserFacing, match="no mentor whom you could show"):
        await commit(database, share, BOB, for_group.id, left_out=frozenset(), now=later)
    with pytest.raises(UserFacing, match="not there any more"):
        await commit(database, share, DANA, mine.id, now=later)


async def test_a_deleted_check_in_is_gone_and_its_prompts_do_not_return(database: Database) -> None:
    await seat_everybody(database)
    saved = await write(database)

    await commit(database, delete, BOB, saved.id, now=NOW)

    assert await own(database) == []
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(checkin))).all() == []
    assert (found := await look(database, BOB)) is not None
    assert found.turn == 1


async def test_erasing_a_member_erases_their_words_here_alone(database: Database) -> None:
    await seat_everybody(database)
    await seat_everybody(database, ELSEWHERE)
    await write(database)
    await write(database, workspace=ELSEWHERE)

    async with database.writing() as connection:
        erased = await store.erase(connection, BOB, NOW)

    assert erased == 1
    assert await own(database) == []
    assert len(await own(database, ELSEWHERE)) == 1
