"""A comment is sealed like any answer, and what is published of it leads to nobody."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import FileVault
from bot.pulse import use_cases as pulse
from bot.pulse.comment_text import MOST_CHARS
from bot.pulse.model import Round
from bot.pulse.sealing import new_keys, sealed_bytes
from bot.pulse.tables import comment_table, round_table
from tests.attacks.forensics import OF_THIS_ROUND, dumped, files_of, found_in, rows_of
from tests.attacks.test_storage import made
from tests.pulse.stage import NO_ACCOUNT, WHILE_OPEN, Stage
from tests.support.cast import HERE

ELEVEN = {"A": 4, "B": 4, "C": 3}
MARKER = "marmalade at midnight, and nobody else would put it like that"
LONGEST = "\U0001f9e1" * MOST_CHARS


async def answered(stage: Stage, sizes: Mapping[str, int] = ELEVEN, **written: str) -> Round:
    """A round that everybody answered, and some with a comment."""
    round_ = await stage.open(sizes, comments=True)
    await stage.all_answer(round_, {"speak": 5})
    for member, text in written.items():
        await stage.comment(round_, member, text, {"speak": 1})
    return round_


async def test_a_comment_is_in_no_file_while_the_round_is_open(
    stage: Stage, papers: list[bytes]
) -> None:
    await answered(stage, A0=MARKER)

    assert any(MARKER.encode() in paper for paper in papers), "it was on a paper"
    assert found_in(await files_of(stage.database), [MARKER.encode(), *papers]) == set()


async def test_of_too_few_people_no_comment_is_ever_on_the_disk(
    stage: Stage, papers: list[bytes]
) -> None:
    round_ = await answered(stage, {"A": 4, "B": 3, "C": 2}, A0=MARKER)

    published = await stage.close(round_)

    assert published.results.comments == ()
    assert found_in(await files_of(stage.database), [MARKER.encode(), *papers]) == set()


async def test_a_published_comment_stands_in_one_table_and_beside_no_name(stage: Stage) -> None:
    published = await stage.close(await answered(stage, B1=MARKER, A0="A first one"))

    assert published.results.comments == ("A first one", MARKER)
    rows = await rows_of(stage.database)
    assert [name for name, found in rows.items() if any(MARKER in row for row in found)] == [
        "pulse_comment"
    ]
    columns = [column.name for column in comment_table.columns]
    assert columns == ["round_id", "number", "text"]


async def test_the_database_after_the_close_is_the_same_whoever_wrote_which_comment(
    stage: Stage, vault: FileVault
) -> None:
    dumps = []
    for written in (
        {"A0": "One", "B1": "Two"},
        {"C2": "One", "A0": "Two"},
        {"A3": "Two", "A2": "One"},
    ):
        round_ = await stage.open(ELEVEN, comments=True)
        for person in ("A0", "A1", "A2", "A3", "B0", "B1", "B2", "C0", "C1", "C2"):
            await stage.comment(round_, person, written.get(person, ""), {"speak": 4})
        await stage.close(round_)
        dumps.append(await rows_of(stage.database, without=OF_THIS_ROUND))
        async with stage.database.writing() as connection:
            await connection.execute(sa.delete(round_table))

    assert dumps[0] == dumps[1] == dumps[2]


async def test_every_ballot_is_of_one_length_whatever_is_written(stage: Stage) -> None:
    round_ = await answered(stage, A0="x", A1=LONGEST, B0='"' * MOST_CHARS)

    box = await stage.box(round_)

    keys = await stage.vault.recall(round_.id)
    assert {len(sealed) for sealed in box.values()} == {sealed_bytes(round_, keys)}
    assert LONGEST in (await stage.close(round_)).results.comments


async def test_a_changed_mind_takes_the_comment_back_and_leaving_does_too(
    stage: Stage, vault: FileVault
) -> None:
    round_ = await answered(stage, {**ELEVEN, "B": 5}, A0="Taken back", B0="Gone", C0="Stays")
    await stage.answer(round_, "A0", {"speak": 5})
    async with stage.database.writing() as connection:
        await pulse.withdraw(connection, vault, HERE, member_id=MemberId("B0"))

    published = await stage.close(round_)

    assert published.results.comments == ("Stays",)


async def test_nothing_done_after_the_close_changes_the_comments(
    stage: Stage, vault: FileVault
) -> None:
    round_ = await answered(stage, A0=MARKER)
    published = await stage.close(round_)

    with pytest.raises(UserFacing):
        await stage.comment(round_, "A1", "Too late")
    async with stage.database.writing() as connection:
        await pulse.withdraw(connection, vault, HERE, member_id=MemberId("A0"))
        await pulse.forget(connection, HERE, member_id=MemberId("A0"))

    assert await stage.published(round_) == published


async def test_what_was_sealed_for_another_person_or_round_is_not_counted(stage: Stage) -> None:
    round_ = await answered(stage)
    other = await stage.open(ELEVEN, comments=True)

    async def sealed_for(round_: Round, member: str) -> bytes:
        ballot = await pulse.sealed_for(
            stage.database,
            stage.vault,
            HERE,
            round_.id,
            member_id=MemberId(member),
            account=NO_ACCOUNT,
            answers={},
            comment=MARKER,
            now=WHILE_OPEN,
        )
        return ballot.sealed

    for sealed in (await sealed_for(round_, "A1"), await sealed_for(other, "A0")):
        with pytest.raises(UserFacing, match="could not be read"):
            await pulse.cast_sealed(
                stage.database,
                stage.vault,
                HERE,
                round_.id,
                member_id=MemberId("A0"),
                account=NO_ACCOUNT,
                sealed=sealed,
                now=WHILE_OPEN,
            )

    assert (await stage.close(round_)).results.comments == ()


@pytest.mark.parametrize("length", [0, 10, 1072, 5000])
async def test_a_ballot_of_another_length_is_refused(stage: Stage, length: int) -> None:
    round_ = await stage.open(ELEVEN, comments=True)

    with pytest.raises(UserFacing, match="could not be read"):
        await pulse.cast_sealed(
            stage.database,
            stage.vault,
            HERE,
            round_.id,
            member_id=MemberId("A0"),
            account=NO_ACCOUNT,
            sealed=bytes(length),
            now=WHILE_OPEN,
        )

    assert await stage.box(round_) == {}


async def test_no_comment_gets_in_where_there_is_no_room_or_it_is_too_long(stage: Stage) -> None:
    without = await stage.open(ELEVEN)
    with_room = await stage.open(ELEVEN, comments=True)

    with pytest.raises(UserFacing, match="could not be read"):
        await stage.comment(without, "A0", MARKER)
    with pytest.raises(UserFacing, match="room for 250"):
        await stage.comment(with_room, "A0", "x" * (MOST_CHARS + 1))

    assert await stage.box(without) == await stage.box(with_room) == {}
    assert sealed_bytes(without, new_keys()) < sealed_bytes(with_room, new_keys())


async def test_no_comment_is_in_a_dump_before_the_close(stage: Stage, tmp_path: Path) -> None:
    await answered(stage, A0=MARKER)

    copies = await dumped(stage.database, made(tmp_path / "open"))

    assert found_in(copies, [MARKER.encode()]) == set()
