"""A principle's words are in clear nowhere: not in rows, files, a dump, a backup or a log."""

import logging
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.compass import store
from bot.compass.model import Compass, Movement, Occasion, Principle, Ring
from bot.compass.tables import compass_put_off, compass_table
from bot.compass.use_cases import delete, put_off, save, state_of
from bot.flows import sealed_words
from bot.flows.erasure import clear_traces, erase_member
from bot.kernel.database import Database, metadata
from bot.kernel.errors import UserFacing
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.programme.model import ProgrammeState
from handlers.register import CAPABILITIES
from runtime.commands.backup import back_up
from tests.attacks.forensics import dumped, files_of, found_in, rows_of
from tests.checkins.test_no_words_are_sent import FORMS, everything_sent
from tests.support.cast import ALICE, BOB, CAROL, HERE, MALLORY, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.running_programme import running_programme
from tests.support.seated import DANA, PETE, seat_everybody
from tests.support.transactions import write

NOW = datetime(2026, 9, 9, 8, 30, tzinfo=UTC)
WORDS = "I would rather be slow than sorry, whatever the rota says"
NOTE = "My registrar laughs about it and that pulls me away from it"
PRINCIPLES = (
    Principle(number=1, text=WORDS, ring=Ring.SOCIETAL, movements=(Movement.PULLED,), note=NOTE),
    Principle(number=2, text="Kindness costs nothing 🦉"),
    Principle(number=4, text="I ask.", ring=Ring.INNATE),
)
MARKERS = [WORDS.encode(), NOTE.encode()]


async def written(database: Database, who: Member = BOB, key: str = "form_1") -> None:
    its = (who, PROGRAMME.id, Occasion.START, PRINCIPLES)
    await write(database, save, *its, form_key=key, now=NOW)


async def versions(database: Database, who: Member) -> list[Compass]:
    async with database.reading() as connection:
        return await store.versions(connection, who)


async def test_a_compass_is_in_clear_in_no_file_dump_or_backup(
    database: Database, database_address: str, tmp_path: Path
) -> None:
    await seat_everybody(database)
    await written(database)

    await back_up(database_address, tmp_path / "backup.zip", now=NOW)
    with zipfile.ZipFile(tmp_path / "backup.zip") as opened:
        opened.extractall(tmp_path / "unpacked")
    unpacked = [path for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
    files = [*await files_of(database), *await dumped(database, tmp_path), *unpacked]

    assert found_in(files, MARKERS) == set()
    assert found_in(unpacked, [b"Occupational Health"]), "the search itself must find things"
    rows = str(await rows_of(database))
    assert [one for one in ("slow than sorry", "societal", "Kindness") if one in rows] == []
    assert [one.principles for one in await versions(database, BOB)] == [PRINCIPLES]


async def test_it_opens_for_its_author_alone_and_with_new_keys(
    database: Database, tmp_path: Path
) -> None:
    await seat_everybody(database)
    await written(database)
    await write(database, people.put_members, HERE, [replace(MALLORY, workspace_id=HERE)])

    for other in (ALICE, DANA, CAROL, PETE, replace(BOB, workspace_id=MALLORY.workspace_id)):
        assert await versions(database, other) == []
    assert await sealed_words.rotate(database, FileVault(tmp_path / "keys"), now=NOW) == 0
    assert [one.principles for one in await versions(database, BOB)] == [PRINCIPLES]
    async with database.writing() as connection:
        await connection.execute(sa.update(compass_table).values(member_id=DANA.id))
    (stolen,) = await versions(database, DANA)
    assert (stolen.is_readable, stolen.principles) == (False, ())


async def test_it_goes_with_its_author_and_leaves_no_trace(
    database: Database, tmp_path: Path
) -> None:
    await seat_everybody(database)
    await written(database)
    await written(database, DANA)
    await write(database, put_off, BOB, Occasion.MIDDLE, now=NOW)
    async with database.reading() as connection:
        query = sa.select(compass_table.c.sealed).where(compass_table.c.member_id == BOB.id)
        sealed = list((await connection.execute(query)).scalars())

    vault = FileVault(tmp_path / "keys")
    await vault.set_up()
    erasers = CAPABILITIES.erasers
    await erase_member(database, vault, HERE, member_id=BOB.id, erasers=erasers, now=NOW)
    assert await clear_traces(database, HERE, metadata.tables, now=NOW)

    assert await versions(database, BOB) == []
    assert len(await versions(database, DANA)) == 1
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(compass_put_off))).all() == []
    if database.is_sqlite:
        assert found_in(await files_of(database), sealed) == set()


SaveAs = Callable[[Database, Member], Awaitable[None]]


async def _delete(database: Database, who: Member) -> None:
    await write(database, delete, who, now=NOW)


async def _put_off(database: Database, who: Member) -> None:
    await write(database, put_off, who, Occasion.START, now=NOW)


AWAY = replace(BOB, state=MemberState.PAUSED)
GONE = replace(BOB, state=MemberState.LEFT)
ELSEWHERE = replace(MALLORY, roles=BOB.roles)
RIGHTS: list[tuple[str, Member, SaveAs, bool]] = [
    ("a mentee writes", BOB, written, True),
    ("a mentee puts it off", BOB, _put_off, True),
    ("a mentee on a break writes", AWAY, written, True),
    ("a mentee who has left does not write", GONE, written, False),
    ("nor put it off", GONE, _put_off, False),
    ("but may delete", GONE, _delete, True),
    ("a mentor does not write", ALICE, written, False),
    ("nor a peer-mentor", PETE, written, False),
    ("nor a coordinator", CAROL, written, False),
    ("a mentor has nothing to put off", ALICE, _put_off, False),
    ("a mentee of another workspace does not write here", ELSEWHERE, written, False),
]


async def test_only_mentees_who_take_part_write_and_each_their_own(database: Database) -> None:
    await seat_everybody(database)
    await written(database, DANA, key="form_dana")

    found = []
    for _, who, act, _ in RIGHTS:
        await write(database, store.erase, who, NOW)
        try:
            await act(database, who)
        except UserFacing:
            found.append(False)
        else:
            found.append(True)
        assert bool(await versions(database, who)) == (found[-1] and act is written)

    may = {what: allowed for what, *_, allowed in RIGHTS}
    assert dict(zip(may, found, strict=True)) == may
    assert [one.principles for one in await versions(database, DANA)] == [PRINCIPLES]


async def test_a_form_sent_twice_is_kept_once_and_another_under_its_key_not_at_all(
    database: Database,
) -> None:
    await seat_everybody(database)
    await written(database)
    await written(database)
    await written(database, DANA)
    changed = [replace(PRINCIPLES[0], text="Another one"), *PRINCIPLES[1:]]

    with pytest.raises(UserFacing, match="saved already"):
        await write(
            database, save, BOB, PROGRAMME.id, Occasion.START, changed, form_key="form_1", now=NOW
        )
    with pytest.raises(UserFacing, match="3 to 5"):
        await write(
            database, save, BOB, PROGRAMME.id, Occasion.START, changed[1:], form_key="f", now=NOW
        )
    assert [one.principles for one in await versions(database, BOB)] == [PRINCIPLES]


async def test_it_stays_its_authors_when_the_programme_has_closed(database: Database) -> None:
    await seat_everybody(database)
    await written(database)
    closed = replace(PROGRAMME, state=ProgrammeState.CLOSED)
    await seat_everybody(database, programme=closed)
    async with database.writing() as connection:
        await enrol(connection, HERE, PROGRAMME.id, [BOB.id])

    assert [one.principles for one in await versions(database, BOB)] == [PRINCIPLES]
    with pytest.raises(UserFacing, match="running programme"):
        await written(database, key="form_2")
    async with database.reading() as connection:
        state = await state_of(connection, AWAY, PROGRAMME, NOW + timedelta(weeks=19))
    assert (len(state.written), state.todos()) == (1, [])


async def test_no_log_and_nothing_that_is_sent_or_shown_to_others_holds_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="cairn")
    async with running_programme(tmp_path) as here:
        await here.slack.press(here.bob, "Write my compass")
        form = await here.slack.view(here.bob)
        answers = {f"principle_{n}": f"Xylophone {n} 🦉" for n in range(1, 6)}
        await here.slack.submit(here.bob, form["id"], answers)
        shown = str(await here.slack.view(here.bob))
        await here.slack.close(here.bob)
        await here.slack.advance(days=8)
        homes = str([await here.slack.home(one) for one in (here.bob, here.mentor)])
        homes += str(await here.slack.home(here.coordinator))
        sent = str([said for method, said in await everything_sent(here) if method not in FORMS])

    assert "Xylophone" in shown
    assert len(sent) > 1000
    assert "Xylophone" not in homes + sent
    assert "Xylophone" not in caplog.text
    assert "Xylophone" not in "".join(capfd.readouterr())
