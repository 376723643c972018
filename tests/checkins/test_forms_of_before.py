"""A form that was opened before something changed shares no more than it said."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store
from bot.checkins.disclosure import mark_read, open_shared
from bot.checkins.handover import handover_of
from bot.checkins.reading import SeenCheckIn, read_seen, seen
from bot.checkins.rules import Answer, CheckIn, CheckInId, Reflection, Topic, Visibility
from bot.checkins.use_cases import delete, edit, mentors_now, narrow, own, save, share
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Seat
from bot.stages.model import Lens
from handlers.checkins import answers, form_views
from handlers.edge.answers import Answers
from tests.checkins.test_a_new_mentor import FINN, NOW, arrange, choose, read_by, rematch
from tests.checkins.test_checkins_are_kept import FORM
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.seated import DANA

MINE, TO_MENTOR, TO_GROUP = (CheckInId(one) for one in ("mine", "to_mentor", "to_group"))
FEEL = frozenset({Topic.FEEL})
NOTHING: frozenset[Topic] = frozenset()
SECRET = "I was ashamed"


async def kept(database: Database, one: CheckInId) -> CheckIn:
    async with database.reading() as connection:
        return await own(connection, BOB, one)


async def as_shown(database: Database, one: CheckInId) -> SeenCheckIn:
    """What a form of this check-in carries that is opened now."""
    async with database.reading() as connection:
        found = await own(connection, BOB, one)
        return seen(found, (await mentors_now(connection, [found]))[one].mentors)


async def shared(database: Database, shown: SeenCheckIn, left_out: frozenset[Topic]) -> CheckIn:
    async with database.writing() as connection:
        return await share(
            connection, BOB, shown.checkin_id, left_out=left_out, shown=shown, now=NOW
        )


async def edited(database: Database, shown: SeenCheckIn, **changes: Any) -> CheckIn:
    before = await kept(database, shown.checkin_id)
    async with database.writing() as connection:
        return await edit(connection, BOB, shown, replace(before.entry, **changes))


async def opened(database: Database, reader: Member, one: CheckInId) -> CheckIn | None:
    async with database.reading() as connection:
        return await open_shared(connection, reader, one)


async def test_a_form_of_before_brings_nothing_back_that_was_left_out_meanwhile(
    database: Database,
) -> None:
    await arrange(database)
    at_the_desk = await as_shown(database, MINE)
    assert "left_out" not in str(form_views.edit_form(await kept(database, MINE), tz="UTC"))

    await shared(database, at_the_desk, FEEL)
    with pytest.raises(UserFacing, match="Copy what you changed here"):
        await edited(database, at_the_desk, wish="More time", left_out=NOTHING)

    read = await opened(database, ALICE, MINE)
    assert read is not None
    assert [one.lens for one in read.entry.answers] == [Lens.ACT]
    assert read.entry.wish is None


async def test_the_form_of_what_is_ones_own_keeps_what_is_left_out(database: Database) -> None:
    await arrange(database)
    async with database.writing() as connection:
        narrowed = await narrow(connection, BOB, TO_MENTOR, to=Visibility.ONLY_ME, now=NOW)

    filled = {"lens_feel": {"value": "Other words"}, "lens_act": {"value": "Acts"}}
    entry = answers.read_changed(Answers(filled), narrowed)

    assert entry.left_out == narrowed.entry.left_out == frozenset({Topic.ACT})
    asked = replace(narrowed, entry=replace(narrowed.entry, visibility=Visibility.MENTOR))
    assert answers.read_changed(Answers(filled), asked).left_out == NOTHING


async def test_a_form_that_shows_what_is_shared_shares_nothing_else(database: Database) -> None:
    await arrange(database)
    on_the_phone = await as_shown(database, MINE)
    await edited(database, on_the_phone, wish=SECRET)

    with pytest.raises(UserFacing, match="changed meanwhile"):
        await shared(database, on_the_phone, NOTHING)

    assert await opened(database, ALICE, MINE) is None
    again = await shared(database, await as_shown(database, MINE), NOTHING)
    assert again.revision == on_the_phone.revision + 2


async def test_the_same_form_twice_is_saved_once(database: Database) -> None:
    await arrange(database)
    shown = await as_shown(database, TO_MENTOR)

    first = await edited(database, shown, wish="Time")
    again = await edited(database, shown, wish="Time")

    assert first == again == await kept(database, TO_MENTOR)
    assert first.revision == shown.revision + 1


async def test_what_was_read_before_a_change_is_not_written_over_it(database: Database) -> None:
    """As on Postgres, where the change is committed after the other has read."""
    await arrange(database)
    before = await kept(database, TO_GROUP)
    await edited(database, seen(before), left_out=FEEL)

    async with database.writing() as connection:
        narrower = replace(before, entry=replace(before.entry, visibility=Visibility.MENTOR))
        assert await store.change(connection, before, narrower) is None

    assert (await kept(database, TO_GROUP)).entry.left_out == FEEL


Verb = Callable[[AsyncConnection], Coroutine[Any, Any, object]]


@pytest.mark.parametrize(
    "verb",
    [
        lambda c: narrow(c, BOB, TO_GROUP, to=Visibility.MENTOR, now=NOW),
        lambda c: share(c, BOB, TO_GROUP, now=NOW),
    ],
)
async def test_each_change_makes_a_form_of_before_void(database: Database, verb: Verb) -> None:
    await arrange(database)
    shown = await as_shown(database, TO_GROUP)

    async with database.writing() as connection:
        await verb(connection)

    with pytest.raises(UserFacing, match="changed while this form was open"):
        await edited(database, shown, wish="Time")


async def test_words_that_a_mentor_has_not_seen_do_not_count_as_read(database: Database) -> None:
    await arrange(database)
    shown = await opened(database, ALICE, TO_MENTOR)
    assert shown is not None
    other = (Answer(Lens.FEEL, "How?", "Other words"),)
    await edited(database, await as_shown(database, TO_MENTOR), answers=other)

    async with database.writing() as connection:
        await mark_read(connection, ALICE, shown, now=NOW)
    assert (await kept(database, TO_MENTOR)).read_at is None

    again = await opened(database, ALICE, TO_MENTOR)
    assert again is not None
    async with database.writing() as connection:
        await mark_read(connection, ALICE, again, now=NOW)
    assert (await kept(database, TO_MENTOR)).read_at == NOW


async def test_what_was_read_counts_as_read_though_it_is_shown_to_fewer_by_now(
    database: Database,
) -> None:
    await arrange(database)
    shown = await opened(database, DANA, TO_GROUP)
    assert shown is not None

    async with database.writing() as connection:
        await narrow(connection, BOB, TO_GROUP, to=Visibility.ONLY_ME, now=NOW)
        await mark_read(connection, DANA, shown, now=NOW)

    assert (await kept(database, TO_GROUP)).read_at == NOW


async def take_over(database: Database, heir: Member, of: Member, group: Any) -> None:
    """Let somebody have the seat of a group's mentor."""
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [heir])
        await programmes.remove_seat(connection, HERE, group.id, of.id)
        seat = Seat(group.id, heir.id, Role.MENTOR)
        await programmes.put_groups(connection, HERE, PROGRAMME.id, [group], [seat])


async def write(database: Database, visibility: Visibility) -> CheckIn:
    """Save a form that was opened while Alice was the mentor."""
    entry = Reflection(wish=SECRET, visibility=visibility)
    async with database.writing() as connection:
        return await save(
            connection,
            HERE,
            slack_user_id=BOB.slack_user_id,
            form=FORM,
            entry=entry,
            form_key=f"V{visibility}",
            now=NOW,
        )


async def test_a_new_check_in_goes_to_no_mentor_whom_its_form_did_not_mean(
    database: Database,
) -> None:
    await arrange(database)
    await write(database, Visibility.MENTOR)
    await take_over(database, FINN, ALICE, GROUP)

    for visibility in (Visibility.MENTOR, Visibility.GROUP):
        with pytest.raises(UserFacing, match="Your mentor changed while this form was open"):
            await write(database, visibility)

    assert (await write(database, Visibility.ONLY_ME)).entry.wish == SECRET


async def test_a_check_in_of_before_is_shared_with_no_mentor_whom_its_form_did_not_mean(
    database: Database,
) -> None:
    await arrange(database)
    shown = await as_shown(database, MINE)
    assert shown.mentors == {ALICE.id}
    await rematch(database)

    with pytest.raises(UserFacing, match="nothing was shared"):
        await shared(database, shown, NOTHING)

    assert await opened(database, FINN, MINE) is None
    await shared(database, await as_shown(database, MINE), NOTHING)
    assert await opened(database, FINN, MINE) is not None


async def test_nothing_is_handed_over_to_a_mentor_whom_the_form_did_not_name(
    database: Database,
) -> None:
    await arrange(database)
    await rematch(database)

    with pytest.raises(UserFacing, match="your mentor has changed again"):
        await choose(database, "to_mentor", "to_group", "goal", of=ALICE)

    assert await read_by(database, FINN) == set()
    assert await choose(database, "to_mentor", of=FINN) == 1


async def test_nothing_is_handed_over_that_was_changed_since_the_form_named_it(
    database: Database,
) -> None:
    await arrange(database)
    await rematch(database)
    async with database.reading() as connection:
        offered = await handover_of(connection, BOB, now=NOW)
    assert offered is not None
    shown = [seen(one) for one in offered.checkins]
    await edited(database, await as_shown(database, TO_MENTOR), wish=SECRET)

    with pytest.raises(UserFacing, match="was changed meanwhile"):
        await choose(database, "to_mentor", shown=shown)

    assert await read_by(database, FINN) == set()


async def test_a_form_of_a_deleted_check_in_changes_nothing(database: Database) -> None:
    await arrange(database)
    shown = await as_shown(database, MINE)
    entry = (await kept(database, MINE)).entry
    async with database.writing() as connection:
        await delete(connection, BOB, MINE, now=NOW + timedelta(minutes=1))

    with pytest.raises(UserFacing, match="not there any more"):
        async with database.writing() as connection:
            await edit(connection, BOB, shown, entry)


def test_a_form_carries_what_it_showed_and_one_of_an_earlier_version_is_refused() -> None:
    shown = SeenCheckIn(MINE, 3, frozenset({ALICE.id, FINN.id}))

    assert read_seen(shown.pack()) == shown
    assert read_seen(SeenCheckIn(MINE, 3).pack()) == SeenCheckIn(MINE, 3)
    for packed in ("", "checkin_1", "checkin_1|one|"):
        with pytest.raises(UserFacing, match="from an earlier version"):
            answers.seen_in(packed)
