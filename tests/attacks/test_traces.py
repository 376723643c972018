"""Logs, errors and outputs: no answer in any of them, and nothing that depends on whose it is."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import FileVault, KeyLost
from bot.pulse import closing
from bot.pulse import use_cases as pulse
from bot.pulse.model import Answers, CellId, Published
from bot.pulse.tables import ballot_table
from handlers.pulse import result_views as views
from tests.pulse.stage import OPENS, Stage
from tests.support.cast import HERE

GOOD: Answers = {"speak": 5, "mistakes": 1}
POOR: Answers = {"speak": 1, "mistakes": 5}


class Everything(logging.Handler):
    """Keeps every record of every logger, with its arguments and traceback spelled out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        spoken = logging.Formatter("%(name)s %(message)s").format(record)
        self.lines.append(f"{spoken} {record.args!r}")


@pytest.fixture
def log() -> Iterator[Everything]:
    """All logging there is, at DEBUG. Ask for it before the database, which looks once."""
    handler = Everything()
    loggers = [logging.getLogger(name) for name in (None, "sqlalchemy")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def digest(published: Published) -> str:
    names = {CellId("A"): "Harbour", CellId("B"): "Anchor"}
    found = views.Digest(programme="The year", now=published, names=names)
    return views.digest_message(found, part=found.cells, is_first=True).text


async def test_debug_logs_hold_no_answer_and_no_key_on_any_path(
    log: Everything, stage: Stage, papers: list[bytes]
) -> None:
    round_ = await stage.open({"A": 6}, comments=True)
    keys = await stage.vault.recall(round_.id)
    await stage.all_answer(round_, GOOD)
    await stage.comment(round_, "A1", "marmalade at midnight", GOOD)
    with pytest.raises(UserFacing):
        await stage.answer(round_, "Z9", POOR)
    with pytest.raises(UserFacing):
        await stage.comment(round_, "A1", "marmalade" * 99)
    with pytest.raises(UserFacing):
        await stage.answer(round_, "A0", {"speak": 77})
    await stage.close(round_)

    said = "\n".join(log.lines)

    assert said, "with DEBUG on there must be something to search"
    for secret in (*papers, keys.private_key, keys.tag_key):
        assert repr(secret[8:24])[2:-1] not in said
        assert secret[8:24].hex() not in said
    assert '"speak":' not in said
    assert "marmalade" not in said
    assert "'speak': 5" not in said
    assert "77" not in [word for line in log.lines if "speak" in line for word in line.split()]


async def test_a_broken_constraint_shows_no_statement_parameters(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    secret = b"this would be somebody's ballot!"

    with pytest.raises(IntegrityError) as failure:
        async with stage.database.writing() as connection:
            await connection.execute(
                sa.insert(ballot_table).values(round_id=round_.id, tag=None, sealed=secret)
            )

    assert "ballot!" not in str(failure.value)
    assert "SQL parameters hidden" in str(failure.value)


async def told(stage: Stage, number: int, answers: dict[str, Answers], *, of: int = 6) -> str:
    """The digest of one more round of group A, in which these people answered this."""
    round_ = await stage.open({"A": of}, at=OPENS + timedelta(days=30 * number))
    for member, paper in answers.items():
        await stage.answer(round_, member, paper)
    return digest(replace(await stage.close(round_), released_on=OPENS.date()))


def all_of(number: int, paper: Answers) -> dict[str, Answers]:
    return {f"A{n}": paper for n in range(number)}


async def test_one_dissent_in_five_reads_like_none(stage: Stage) -> None:
    unanimous = await told(stage, 0, all_of(5, GOOD))
    dissent = await told(stage, 1, all_of(5, GOOD) | {"A3": POOR})

    assert "High" in unanimous
    assert unanimous == dissent


async def test_who_left_out_a_statement_does_not_show(stage: Stage) -> None:
    only_one: Answers = {"speak": 5}

    texts = {await told(stage, n, all_of(6, GOOD) | {f"A{n}": only_one}, of=6) for n in range(3)}

    assert len(texts) == 1


async def test_four_people_are_not_told_apart_from_nobody(stage: Stage) -> None:
    assert await told(stage, 0, all_of(4, POOR)) == await told(stage, 1, {})


async def test_one_person_more_or_less_is_withheld_like_too_few(stage: Stage) -> None:
    await told(stage, 0, all_of(8, GOOD), of=8)

    changed = await told(stage, 1, all_of(7, GOOD), of=7)

    assert changed == await told(stage, 2, all_of(4, GOOD), of=7)


async def test_nothing_changes_a_release_afterwards(stage: Stage, vault: FileVault) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    published = await stage.close(round_)

    with pytest.raises(UserFacing):
        await stage.answer(round_, "A0", POOR, at=round_.opens_at)
    async with stage.database.writing() as connection:
        await pulse.withdraw(connection, vault, HERE, member_id=MemberId("A0"))
        assert not await closing.begin_closing(connection, round_, now=round_.closes_at)
        assert not await closing.make_void(connection, round_)
    with pytest.raises(KeyLost):
        await closing.count(stage.database, vault, round_)
    stage.instrument = replace(stage.instrument, version=2, items=stage.instrument.items[::-1])

    assert await stage.published(round_) == published
