"""What one round raises ends that round alone: the others are published, and keys are destroyed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, OperationalError

from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.kernel.errors import OperatorFacing
from bot.keys.vault import FileVault, SealedBoxKeys
from bot.pulse import closing, json_paper, sealing
from bot.pulse import store as kept
from bot.pulse.model import Ending, Fate, Paper, Round, RoundState
from bot.pulse.tables import round_table
from tests.attacks.test_writers import GOOD, lay, state_of, write
from tests.pulse.stage import CLOSES, Stage, key_files
from tests.pulse.year import FIRST_OPENING, Year
from tests.support.cast import HERE

BROKEN = {
    "an instrument without anything": "instrument = '{}'",
    "an instrument that is a list": "instrument = '[]'",
    "statements that are a number": "items = '7'",
    "a level that there is not": "cell_level = 'nonsense'",
    "a state that there is not": "state = 'OPEN'",
    "a threshold beyond reason": "k = 0",
    "an opening in no calendar": "opens_at = 'soon'",
    "a name that is no file's": "id = '../../round'",
    "a workspace that cannot be": "workspace_id = ''",
}


async def two_rounds(stage: Stage) -> tuple[Round, Round]:
    """One that will be broken, and another that must not suffer for it."""
    ours, other = await stage.open({"A": 6}), await stage.open({"B": 6})
    for round_ in (ours, other):
        await stage.all_answer(round_, GOOD)
    return ours, other


@pytest.mark.parametrize("what", BROKEN)
async def test_a_row_that_cannot_be_read_ends_its_round_alone(
    stage: Stage, year: Year, vault: FileVault, what: str
) -> None:
    """Each but the threshold kept both rounds open or closing for ever, with both their keys."""
    if "calendar" in what and not stage.database.is_sqlite:
        pytest.skip("Postgres takes no such time")
    ours, other = await two_rounds(stage)
    if "file" in what:
        for table in ("pulse_eligible", "pulse_before"):
            await write(stage.database, f"DELETE FROM {table} WHERE round_id = '{ours.id}'")
    await write(stage.database, f"UPDATE pulse_round SET {BROKEN[what]} WHERE id = '{ours.id}'")

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, other) == (RoundState.RELEASED, None)
    async with stage.database.reading() as connection:
        states = await connection.execute(sa.select(round_table.c.state))
    assert sorted(states.scalars()) == [RoundState.RELEASED, RoundState.VOID]
    assert key_files(vault) == ([f"{ours.id}.key"] if "file" in what else [])
    async with stage.database.reading() as connection:
        assert len(await kept.rounds_of(connection, HERE, other.programme_id)) >= 1
    assert not await rounds.finish_rounds(year.means, now=CLOSES)


def raising(failure: BaseException) -> Callable[..., Awaitable[None]]:
    async def fail(*_args: object, **_more: object) -> None:
        raise failure

    return fail


@pytest.mark.parametrize(
    "failure",
    [
        RecursionError(),
        MemoryError(),
        KeyError("x"),
        DataError("", {}, ValueError("x")),
        Exception(),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_whatever_is_raised_while_one_is_counted_is_noted_for_it(
    stage: Stage, year: Year, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    ours, other = await two_rounds(stage)
    count = closing.count

    async def count_all_but_one(*args: object, **more: object) -> object:
        if getattr(args[2], "id", None) == ours.id:
            raise failure
        return await count(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(closing, "count", count_all_but_one)

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, ours) == (RoundState.VOID, Ending.FAILED)
    assert await state_of(stage, other) == (RoundState.RELEASED, None)
    assert await stage.vault.names() == frozenset()


async def test_a_database_that_is_away_ends_no_round(
    stage: Stage, year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = await two_rounds(stage)
    failure = OperationalError("", {}, Exception("away"))
    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(closing, "count", raising(failure))
        await rounds.finish_rounds(year.means, now=CLOSES)
    assert await state_of(stage, ours) == (RoundState.CLOSING, None)

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, ours) == (RoundState.RELEASED, None)


@pytest.mark.parametrize("failure", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
async def test_who_stops_cairn_while_a_round_is_counted_ends_no_round(
    stage: Stage, year: Year, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    both = await two_rounds(stage)
    with monkeypatch.context() as broken, pytest.raises(failure):
        broken.setattr(closing, "count", raising(failure()))
        await rounds.finish_rounds(year.means, now=CLOSES)
    assert RoundState.VOID not in [(await state_of(stage, one))[0] for one in both]

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert {await state_of(stage, one) for one in both} == {(RoundState.RELEASED, None)}


async def test_a_round_ends_even_if_nobody_can_be_told(
    stage: Stage, year: Year, vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = await two_rounds(stage)
    await write(stage.database, f"UPDATE pulse_round SET k = 0 WHERE id = '{ours.id}'")
    with monkeypatch.context() as broken, pytest.raises(OperatorFacing):
        broken.setattr(round_news, "tell_coordinators", raising(KeyError("programme")))
        await rounds.finish_rounds(year.means, now=CLOSES)

    assert (await state_of(stage, ours))[0] == RoundState.VOID
    assert (await state_of(stage, other))[0] == RoundState.VOID
    assert key_files(vault) == []


async def test_a_planted_release_does_not_keep_a_round_closing(stage: Stage, year: Year) -> None:
    ours, other = await two_rounds(stage)
    await write(
        stage.database,
        "INSERT INTO pulse_cell (round_id, cell_id, fate, pooled) "
        f"VALUES ('{ours.id}', 'A', 'released', '[]')",
    )

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, ours) == (RoundState.VOID, Ending.FAILED)
    assert await state_of(stage, other) == (RoundState.RELEASED, None)


async def take_codes_away(stage: Stage) -> None:
    """Leave the rows as they were before there were codes."""
    for change in (
        "UPDATE pulse_round SET terms_code = NULL, closes_not_before = NULL",
        "UPDATE pulse_eligible SET pseudonym = NULL",
        "DELETE FROM pulse_before",
    ):
        await write(stage.database, change)


async def opened_earlier(stage: Stage, round_: Round) -> SealedBoxKeys:
    """Turn an open round into one of before there were codes: keys of the first version."""
    keys = await stage.vault.recall(round_.id)
    old = SealedBoxKeys(keys.private_key, keys.tag_key, authenticates=False)
    await stage.vault.destroy(round_.id)
    await stage.vault.keep(round_.id, old)
    await write(
        stage.database, "UPDATE pulse_round SET terms_code = NULL, closes_not_before = NULL"
    )
    await write(stage.database, "UPDATE pulse_eligible SET pseudonym = NULL")
    await write(stage.database, "DELETE FROM pulse_before")
    return old


async def test_a_round_of_before_the_codes_ends_as_it_began(stage: Stage, year: Year) -> None:
    earlier = await stage.open({"A": 6}, at=CLOSES - timedelta(days=40))
    await stage.all_answer(earlier, GOOD)
    await stage.close(earlier)
    round_ = await stage.open({"A": 8}, comments=True)
    keys = await opened_earlier(stage, round_)
    await stage.all_answer(round_, GOOD)
    await stage.comment(round_, "A0", "Hello", GOOD)

    assert {len(one) for one in (await stage.box(round_)).values()} == {1024 + 1002 + 48}
    await rounds.finish_rounds(year.means, now=CLOSES)

    found = await stage.published(round_)
    assert found is not None
    assert [one.fate for one in found.results.fates] == [Fate.CHANGED]
    assert not keys.authenticates


async def test_a_poisoned_ballot_of_an_earlier_round_is_left_out(stage: Stage, year: Year) -> None:
    """With 1,020 brackets in it every workspace's rounds stayed closing: RecursionError."""
    round_, other = await two_rounds(stage)
    await write(stage.database, f"DELETE FROM pulse_ballot WHERE round_id = '{round_.id}'")
    keys = await opened_earlier(stage, round_)
    await stage.vault.destroy(other.id)
    await stage.all_answer(round_, GOOD)
    tag = next(iter(await stage.box(round_)))
    text = b"[" * 1020
    with pytest.MonkeyPatch.context() as poison:
        poison.setattr(json_paper, "write", lambda *_: len(text).to_bytes(2, "big") + text)
        poisoned = sealing.seal(round_, tag, Paper({}), keys)
    await lay(stage, round_, {tag: poisoned})

    await rounds.finish_rounds(year.means, now=CLOSES)

    found = await stage.published(round_)
    assert found is not None
    assert [one.fate for one in found.results.fates] == [Fate.RELEASED]


async def test_without_the_codes_of_its_key_no_round_is_taken_for_an_earlier_one(
    stage: Stage, year: Year
) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    await write(
        stage.database, "UPDATE pulse_round SET terms_code = NULL, closes_not_before = NULL"
    )
    await write(stage.database, "UPDATE pulse_eligible SET pseudonym = NULL")
    await write(stage.database, "DELETE FROM pulse_before")

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, round_) == (RoundState.VOID, Ending.ALTERED)


@pytest.mark.parametrize("what", ["fate = 'nonsense'", "pooled = '7'"])
async def test_a_small_change_is_waited_out_after_results_that_cannot_be_read(
    stage: Stage, what: str
) -> None:
    """No round of the programme opened any more."""
    earlier = await stage.open({"A": 7}, at=CLOSES - timedelta(days=40))
    await stage.all_answer(earlier, GOOD)
    await stage.close(earlier)
    await write(stage.database, f"UPDATE pulse_cell SET {what}")

    round_ = await stage.open({"A": 8})
    await stage.all_answer(round_, GOOD)
    async with stage.database.writing() as connection:
        await closing.begin_closing(connection, round_, now=CLOSES)
    results = await closing.count(stage.database, stage.vault, round_)

    assert [one.fate for one in results.fates] == [Fate.CHANGED]


async def test_the_next_round_opens_after_one_that_cannot_be_read(year: Year, stage: Stage) -> None:
    await year.until(FIRST_OPENING)
    await write(stage.database, "UPDATE pulse_round SET instrument = '{}'")
    await year.until(FIRST_OPENING + timedelta(days=6))
    await rounds.finish_rounds(year.means, now=FIRST_OPENING + timedelta(days=6))
    await year.until(FIRST_OPENING + timedelta(weeks=4, hours=1))

    (second,) = await year.rounds()
    assert second.state is RoundState.OPEN
    assert len(await year.told(round_news.VOID)) == 9
