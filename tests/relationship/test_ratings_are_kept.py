"""Answers about a relationship are seen by their author alone, and exported by consent."""

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.flows import sealed_words
from bot.flows.erasure import erase_member
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.keys.vault import FileVault
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Seat, Use
from bot.relationship import store
from bot.relationship.model import ConsentedRating, Domain, Rating, Side, Wave
from bot.relationship.tables import rating_table
from bot.relationship.use_cases import OpenWave, asked, put_off, rate
from handlers.register import CAPABILITIES
from runtime.commands.backup import back_up
from tests.attacks.forensics import rows_of
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.transactions import write

NOW = datetime(2026, 9, 16, 8, 30, tzinfo=UTC)
"""In week 2: T0 is open."""
USING = replace(PROGRAMME, template=replace(PROGRAMME.template, uses=((Use.RELATIONSHIP, 1),)))
ANSWERS = {Domain.TRUST: 6, Domain.CARE: 1, Domain.OVERALL: 7}


async def seat(
    database: Database, programme: Programme = USING, *, seats: list[Seat] | None = None
) -> None:
    await seat_everybody(database, programme=programme, seats=seats)


async def answer(
    database: Database,
    who: Member,
    about: Member,
    answers: Mapping[Domain, int] = ANSWERS,
    *,
    wave: Wave = Wave.T0,
    now: datetime = NOW,
) -> OpenWave:
    return await write(database, rate, who, about.id, wave, answers, now=now)


async def own(database: Database, who: Member) -> list[Rating]:
    async with database.reading() as connection:
        return await store.of_rater(connection, who)


async def left(
    database: Database, who: Member, *, programme: Programme = USING, now: datetime = NOW
) -> list[str] | None:
    async with database.reading() as connection:
        found = await asked(connection, who, programme, now=now)
    return [one.name for one in found.left] if found else None


async def exported(database: Database, *consented: Member) -> list[ConsentedRating]:
    everybody = [one.id for one in (ALICE, BOB, DANA, PETE)]
    agreed = [one.id for one in consented]
    async with database.reading() as connection:
        return await store.answers_for_export(
            connection, HERE, PROGRAMME.id, raters=everybody, consented=agreed
        )


async def test_both_sides_are_asked_about_each_other_until_they_have_answered(
    database: Database,
) -> None:
    await seat(database)
    assert await left(database, BOB) == ["Alice"]
    assert await left(database, ALICE) == ["Bob", "Dana"]
    assert await left(database, PETE) is None
    assert await left(database, CAROL) is None

    await answer(database, BOB, ALICE)
    after = await answer(database, ALICE, DANA, {})

    assert [one.name for one in after.left] == ["Bob"]
    assert await left(database, BOB) == []
    assert await left(database, ALICE) == ["Bob"]
    assert [(one.side, dict(one.answers)) for one in await own(database, BOB)] == [
        (Side.MENTEE, ANSWERS)
    ]
    todo = after.todos()
    assert [(one.names, one.what, one.since.isoformat()) for one in todo] == [
        (("Bob",), "mentor", "2026-09-13T23:00:00+00:00")
    ]


async def test_nobody_is_asked_outside_a_wave_or_when_the_programme_does_without(
    database: Database,
) -> None:
    await seat(database)

    assert await left(database, BOB, now=NOW - timedelta(weeks=1)) is None
    assert await left(database, BOB, now=NOW + timedelta(weeks=3)) is None
    assert await left(database, BOB, now=NOW + timedelta(weeks=10)) == ["Alice"]
    assert await left(database, BOB, programme=PROGRAMME) is None
    late = replace(USING.template, uses=((Use.RELATIONSHIP, 5),))
    assert await left(database, BOB, programme=replace(USING, template=late)) is None


async def test_what_is_not_this_time_is_not_asked_again_and_can_still_be_answered(
    database: Database,
) -> None:
    await seat(database)
    await write(database, put_off, ALICE, Wave.T0, now=NOW)
    assert await left(database, ALICE) == []
    assert [dict(one.answers) for one in await own(database, ALICE)] == [{}, {}]

    await answer(database, ALICE, BOB)
    await answer(database, ALICE, BOB, {Domain.TRUST: 2})

    kept = {one.other_id: dict(one.answers) for one in await own(database, ALICE)}
    assert kept == {BOB.id: {Domain.TRUST: 2}, DANA.id: {}}


async def test_after_a_rematch_the_present_mentor_is_asked_about(database: Database) -> None:
    await seat(database)
    await answer(database, BOB, ALICE)
    ines = replace(
        ALICE,
        id=MemberId("member_ines"),
        slack_user_id=SlackUserId("U0INES"),
        name="Ines",
        email=None,
    )
    moved = [
        Seat(OTHER_GROUP.id, ines.id, Role.MENTOR),
        Seat(OTHER_GROUP.id, BOB.id, Role.MENTEE),
    ]
    async with database.writing() as connection:
        await programmes.remove_seat(connection, HERE, GROUP.id, BOB.id)
    await seat_everybody(database, programme=USING, seats=moved, members=(ALICE, BOB, DANA, ines))

    assert await left(database, BOB) == ["Ines"]
    with pytest.raises(UserFacing, match="not in one mentoring group"):
        await answer(database, BOB, ALICE, {Domain.TRUST: 1})
    await answer(database, BOB, ines)
    assert {one.other_id for one in await own(database, BOB)} == {ALICE.id, ines.id}


async def test_on_the_private_first_day_of_a_seat_neither_side_is_asked(database: Database) -> None:
    await seat(database)
    told = Notice(MessageKind.GROUP_INTRODUCTION, GROUP.id, f"group:{GROUP.id}", "introduction")
    async with database.writing() as connection:
        until = NOW + timedelta(days=2)
        await delivery.enqueue_all(
            connection, HERE, [told], lane=Lane.PROMPT, now=NOW, expires_at=until
        )

    assert await left(database, BOB) is None
    assert await left(database, ALICE) is None
    with pytest.raises(UserFacing, match="not open now"):
        await answer(database, BOB, ALICE)


async def test_somebody_who_has_left_is_not_asked_about(database: Database) -> None:
    await seat(database)
    await write(database, people.put_members, HERE, [GONE])

    assert await left(database, ALICE) == ["Dana"]


AWAY, GONE = (replace(BOB, state=state) for state in (MemberState.PAUSED, MemberState.LEFT))
STRANGE = replace(MALLORY, id=BOB.id, roles=BOB.roles)
OF_TWO = MemberId("member_of_two")
RIGHTS = [
    ("a mentee about their mentor", BOB, ALICE, True),
    ("a mentor about their mentee", ALICE, DANA, True),
    ("a mentee on a break", AWAY, ALICE, True),
    ("a mentee about another mentee", BOB, DANA, False),
    ("a mentee about the peer-mentor beside a mentor", BOB, PETE, False),
    ("a mentee about a coordinator", BOB, CAROL, False),
    ("a mentee about themselves", BOB, BOB, False),
    ("a peer-mentor beside a mentor", PETE, BOB, False),
    ("a coordinator", CAROL, BOB, False),
    ("somebody who has left", GONE, ALICE, False),
    ("a mentee of another group", replace(BOB, id=OF_TWO), ALICE, False),
    ("somebody of another workspace", STRANGE, ALICE, False),
]


async def test_only_the_two_sides_of_a_relationship_answer(database: Database) -> None:
    other = [Seat(OTHER_GROUP.id, OF_TWO, Role.MENTEE)]
    await seat(database, seats=[*seats_in(GROUP), *other])

    found = []
    for _, who, about, _ in RIGHTS:
        try:
            await answer(database, who, about)
        except UserFacing:
            found.append(False)
        else:
            found.append(True)

    may = {what: allowed for what, *_, allowed in RIGHTS}
    assert dict(zip(may, found, strict=True)) == may
    assert len(await own(database, BOB)) + len(await own(database, ALICE)) == 2


async def test_answers_off_the_scale_or_for_another_wave_are_refused(database: Database) -> None:
    await seat(database)

    for answers in ({Domain.TRUST: 0}, {Domain.TRUST: 8}):
        with pytest.raises(UserFacing, match="1 to 7"):
            await answer(database, BOB, ALICE, answers)
    with pytest.raises(UserFacing, match="not open now"):
        await answer(database, BOB, ALICE, wave=Wave.T1)
    with pytest.raises(UserFacing, match="not open now"):
        await write(database, put_off, BOB, Wave.T0, now=NOW + timedelta(weeks=4))


async def test_only_answers_of_those_who_agreed_are_exported(
    database: Database,
) -> None:
    await seat(database)
    for who, about in ((BOB, ALICE), (ALICE, BOB), (DANA, ALICE)):
        await answer(database, who, about)
    await answer(database, ALICE, DANA, {})
    assert await exported(database) == []

    (one,) = await exported(database, BOB)
    assert (one.rater_id, one.other_id, dict(one.answers)) == (BOB.id, None, ANSWERS)
    assert {(one.rater_id, one.other_id) for one in await exported(database, BOB, ALICE)} == {
        (BOB.id, ALICE.id),
        (ALICE.id, BOB.id),
    }


async def test_the_database_tells_that_somebody_answered_and_never_what(
    database: Database, database_address: str, tmp_path: Path
) -> None:
    await seat(database)
    await answer(database, BOB, ALICE)
    await answer(database, DANA, ALICE, {})

    await back_up(database_address, tmp_path / "backup.zip", now=NOW)
    with zipfile.ZipFile(tmp_path / "backup.zip") as opened:
        copied = b"".join(opened.read(name) for name in opened.namelist()).decode(errors="ignore")
    rows = (await rows_of(database))["relationship_rating"]
    async with database.reading() as connection:
        sealed = list((await connection.execute(sa.select(rating_table.c.sealed))).scalars())

    assert [one for one in ("overall", "candour") if one in copied] == []
    assert [one for one in rows if "overall" in one] == []
    assert len({len(one) for one in sealed}) == 1, "an answer looks like one that was put off"
    vault = FileVault(tmp_path / "keys")
    assert await sealed_words.rotate(database, vault, now=NOW) == 0
    assert [dict(one.answers) for one in await own(database, BOB)] == [ANSWERS]


async def test_erasing_takes_what_somebody_said_and_what_was_said_about_them(
    database: Database, tmp_path: Path
) -> None:
    await seat(database)
    for who, about in ((BOB, ALICE), (ALICE, BOB), (DANA, ALICE)):
        await answer(database, who, about)
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()

    erasers = CAPABILITIES.erasers
    await erase_member(database, vault, HERE, member_id=BOB.id, erasers=erasers, now=NOW)

    rows = await rows_of(database)
    assert len(rows[rating_table.name]) == 1
    assert BOB.id not in str(rows[rating_table.name])
    assert len(await own(database, DANA)) == 1


async def test_answers_stay_their_authors_after_the_programme_has_closed(
    database: Database,
) -> None:
    await seat(database)
    await answer(database, BOB, ALICE)
    await seat(database, replace(USING, state=ProgrammeState.CLOSED))

    assert len(await own(database, BOB)) == 1
    with pytest.raises(UserFacing, match="not open now"):
        await answer(database, BOB, ALICE)
