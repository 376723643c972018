"""An operator looks up, hands over and erases one person, and gets proof of it."""

import io
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from bot.audit import store as audit
from bot.audit.model import Act
from bot.errands.tables import errand
from bot.goals.tables import goal
from bot.kernel.database import Database, all_tables
from bot.kernel.errors import OperatorFacing
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.pulse.ballots import move_in
from runtime.commands.member import Erasing, look_after
from runtime.tenancy import Options
from tests.research.agreeing import MENTEES, fill
from tests.support.cast import CAROL, HERE
from tests.support.offline import offline
from tests.support.transactions import write

BOB = MENTEES[1]
SURE = Erasing(is_sure=True)


@pytest.fixture
async def here(
    database: Database, database_address: str, tmp_path: Path
) -> tuple[Options, Database]:
    await write(database, move_in, FileVault(tmp_path / "keys"))
    await fill(database)
    return (
        offline(database_address, tmp_path / "keys"),
        database,
    )


def in_the_zip(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read("my-data.json").decode()


async def acts(database: Database) -> list[tuple[Act, object, str, object]]:
    async with database.reading() as connection:
        found = await audit.entries(connection, HERE)
    return [(one.act, one.by, one.what, one.about) for one in found]


async def test_a_person_is_looked_up_handed_over_erased_and_proven_gone(
    here: tuple[Options, Database], tmp_path: Path
) -> None:
    options, database = here
    account = str(BOB.slack_user_id)

    looked = await look_after(options, HERE, account)
    assert f"name {account}" in looked.sentence
    assert "checkin  " in looked.sentence
    assert BOB.name not in looked.sentence

    await look_after(options, HERE, account, export=tmp_path / "open.zip")
    in_the_open = in_the_zip((tmp_path / "open.zip").read_bytes())
    assert BOB.name in in_the_open
    assert "zebra goal" not in in_the_open
    assert "zebra principle" not in in_the_open
    assert stat.S_IMODE((tmp_path / "open.zip").stat().st_mode) == 0o600

    office = pyrage.x25519.Identity.generate()
    sealed = tmp_path / "all.zip.age"
    await look_after(options, HERE, account, export=sealed, to=str(office.to_public()))
    assert b"my-data" not in sealed.read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed.read_bytes(), [pyrage.x25519.Identity.generate()])
    assert "zebra principle" in in_the_zip(pyrage.decrypt(sealed.read_bytes(), [office]))

    with pytest.raises(OperatorFacing, match="Nothing was deleted; add --yes"):
        await look_after(options, HERE, account, erase=True)
    async with database.writing() as connection:
        anothers = sa.update(goal).where(goal.c.id == "goal_5_0").values(sealed=b"damaged")
        await connection.execute(anothers)
    proof = tmp_path / "proof.json"
    sure = replace(SURE, certificate=proof, backups_until="2027-01-31")
    await look_after(options, HERE, account, erase=True, by=sure)

    said = json.loads(proof.read_text())
    assert said["member_id"] == BOB.id
    assert said["found_before"] > 20
    assert {one["table"] for one in said["tables"] if one["by_id"]} <= {"errand"}
    assert [one["table"] for one in said["tables"] if one["by_name"]] == []
    assert [one["table"] for one in said["tables"] if one["unopened"]] == ["goal"]
    assert "1 sealed row could not be opened to look" in said["verdict"]
    assert said["is_proven"] is False
    assert "2027-01-31" in said["backups"]
    assert BOB.name not in proof.read_text()
    assert await acts(database) == [
        (Act.MEMBER_ERASED, None, "", ()),
        (Act.MEMBER_EXPORTED, None, "with words, encrypted", ()),
        (Act.MEMBER_EXPORTED, None, "without words", ()),
    ]

    async with database.writing() as connection:  # the bot has run, and the goal was deleted
        await connection.execute(sa.delete(errand))
        await connection.execute(sa.delete(goal).where(goal.c.id == "goal_5_0"))
    paper = tmp_path / "later.txt"
    later = await look_after(options, HERE, account, by=Erasing(certificate=paper))
    assert later.sentence.startswith("No member has this account: it was erased before, or the id")
    assert f"Nothing is left: {len(all_tables().tables)} tables were" in later.sentence
    said = paper.read_text()
    assert said.startswith("RESULT OF A SEARCH")
    assert "Searched for    the Slack account alone" in said


async def test_what_is_asked_wrongly_gets_a_sentence_and_deletes_nothing(
    here: tuple[Options, Database], tmp_path: Path
) -> None:
    options, database = here

    async def refused(*which: str, because: str, **wanted: object) -> None:
        with pytest.raises(OperatorFacing, match=because):
            await look_after(options, *which, **wanted)  # type: ignore[arg-type]

    mistyped = {"erase": True, "by": Erasing(is_sure=True, certificate=tmp_path / "false.txt")}
    await refused("T0WRONG", str(BOB.slack_user_id), because="nothing about a work", **mistyped)
    assert not (tmp_path / "false.txt").exists()
    await refused("Mentoring", "U0BOB x", because="Slack's? id|--slack-id")
    await refused(HERE, "bob@example.org", because="Copy member ID")
    await refused(HERE, "U0NOBODY", because="no member here", export=tmp_path / "a.zip")
    key = {"export": tmp_path / "a.zip", "to": "age1nonsense"}
    await refused(HERE, str(BOB.slack_user_id), because="age-keygen", **key)
    erase = {"erase": True, "by": SURE}
    await refused(HERE, str(CAROL.slack_user_id), because="only coordinator", **erase)
    for day in ("gestern", "2020-01-01"):
        until = {"erase": True, "by": Erasing(is_sure=True, backups_until=day)}
        await refused(HERE, str(BOB.slack_user_id), because="takes a day to come", **until)
    (tmp_path / "keys" / "this-vault").rename(tmp_path / "elsewhere")
    await refused(HERE, str(BOB.slack_user_id), because="key", **erase)

    assert not (tmp_path / "a.zip").exists()
    async with database.reading() as connection:
        assert await people.member(connection, HERE, BOB.id) is not None
        assert await people.member(connection, HERE, CAROL.id) is not None
    assert await write(database, audit.entries, HERE) == []


async def test_nobody_is_erased_whose_certificate_cannot_be_written(
    here: tuple[Options, Database], tmp_path: Path
) -> None:
    options, database = here
    (tmp_path / "proof.txt").touch()

    for name, sentence in (("proof.txt", "exists already"), ("nowhere/x", "no such folder")):
        by = Erasing(is_sure=True, certificate=tmp_path / name)
        with pytest.raises(OperatorFacing, match=sentence):
            await look_after(options, HERE, str(BOB.slack_user_id), erase=True, by=by)

    async with database.reading() as connection:
        assert await people.member_by_slack_id(connection, HERE, BOB.slack_user_id) is not None
