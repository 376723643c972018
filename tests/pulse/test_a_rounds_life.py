"""A round from its opening to its release, and all the ways to end otherwise."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import FileVault, KeyLost
from bot.pulse import closing
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.ballots import keep_open
from bot.pulse.model import Band, Fate, Paper, RoundState
from bot.pulse.sealing import seal, sealed_bytes, tag_of, unseal
from bot.pulse.tables import round_table
from tests.pulse.stage import CLOSES, WHILE_OPEN, Stage, key_files
from tests.support.cast import ELSEWHERE, HERE

GOOD, POOR = {"speak": 5, "mistakes": 1}, {"speak": 1, "mistakes": 5}


async def test_what_five_people_answer_is_released_as_bands(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    for n in range(5):
        await stage.answer(round_, f"A{n}", GOOD)

    published = await stage.close(round_)

    assert {r.item_id: r.band for r in published.results.releases} == {
        "speak": Band.HIGH,
        "mistakes": Band.HIGH,
    }
    assert published.released_on == CLOSES.date()
    assert await stage.box(round_) == {}


async def test_the_last_answer_of_a_person_is_the_one_that_counts(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    for member in ("A0", "A1", "A2", "A3"):
        await stage.answer(round_, member, POOR)

    assert len(await stage.box(round_)) == 6
    published = await stage.close(round_)

    assert {r.band for r in published.results.releases} == {Band.LOW}


async def test_fifty_submissions_at_once_leave_one_ballot(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})

    await asyncio.gather(*(stage.answer(round_, "A0", GOOD) for _ in range(50)))

    assert len(await stage.box(round_)) == 1


async def test_every_ballot_is_of_one_length(stage: Stage) -> None:
    round_ = await stage.open({"A": 3})
    await stage.answer(round_, "A0", {})
    await stage.answer(round_, "A1", {"speak": 1})
    await stage.answer(round_, "A2", GOOD)

    box = await stage.box(round_)

    assert {len(sealed) for sealed in box.values()} == {
        sealed_bytes(round_, await stage.vault.recall(round_.id))
    }
    assert {len(tag) for tag in box} == {32}


@pytest.mark.parametrize(
    ("member", "late", "elsewhere"),
    [("Z9", False, False), ("A0", True, False), ("A0", False, True)],
)
async def test_who_may_not_answer_reads_the_same_sentence_and_leaves_nothing(
    stage: Stage, member: str, late: bool, elsewhere: bool
) -> None:
    round_ = await stage.open({"A": 6})

    with pytest.raises(UserFacing) as refusal:
        await stage.answer(
            round_,
            member,
            GOOD,
            at=CLOSES if late else WHILE_OPEN,
            workspace_id=ELSEWHERE if elsewhere else HERE,
        )

    assert refusal.value.sentence == pulse.NOT_FOR_YOU
    assert await stage.box(round_) == {}


@pytest.mark.parametrize("forged", [{"speak": 9}, {"nobody asked": 3}, {"speak": "5"}])
async def test_an_answer_off_the_scale_is_refused_whole(
    stage: Stage, forged: dict[str, object]
) -> None:
    round_ = await stage.open({"A": 6})

    with pytest.raises(UserFacing, match="could not be read"):
        await stage.answer(round_, "A0", {"mistakes": 1} | forged)

    assert await stage.box(round_) == {}


async def test_a_forged_tag_a_swapped_and_a_replayed_ballot_are_not_counted(stage: Stage) -> None:
    earlier = await stage.open({"A": 6}, at=WHILE_OPEN - timedelta(days=30))
    round_ = await stage.open({"A": 6})
    keys, theirs = [await stage.vault.recall(one.id) for one in (round_, earlier)]
    tags = [tag_of(keys, HERE, MemberId(f"A{n}")) for n in range(6)]
    paper = Paper(GOOD)
    ours = seal(round_, tags[0], paper, keys)
    async with keep_open(stage.database, round_.id) as box:
        await box.put(tag=tags[0], sealed=ours)
        await box.put(tag=tags[1], sealed=ours)
        await box.put(tag=tags[2], sealed=seal(earlier, tags[2], paper, theirs))
        for n in range(10):
            tag = bytes([n]) * 32
            await box.put(tag=tag, sealed=seal(round_, tag, paper, keys))

    published = await stage.close(round_)

    assert unseal(round_, tags[0], ours, keys) == paper
    assert unseal(round_, tags[1], ours, keys) is None
    assert [fate.fate for fate in published.results.fates] == [Fate.TOO_FEW]


async def test_nothing_closes_a_round_early_and_nothing_closes_it_twice(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})

    async with stage.database.writing() as connection:
        early = await closing.begin_closing(connection, round_, now=CLOSES - timedelta(seconds=1))
        first = await closing.begin_closing(connection, round_, now=CLOSES)
        again = await closing.begin_closing(connection, round_, now=CLOSES)

    assert (early, first, again) == (False, True, False)


async def test_a_submission_at_the_closing_instant_is_wholly_in_or_wholly_out(
    stage: Stage,
) -> None:
    round_ = await stage.open({"A": 30})
    just_before = CLOSES - timedelta(microseconds=1)

    async def shut() -> None:
        async with stage.database.writing() as connection:
            await closing.begin_closing(connection, round_, now=CLOSES)
        shut_with.append(len(await stage.box(round_)))

    shut_with: list[int] = []
    cast = [stage.answer(round_, f"A{n}", GOOD, at=just_before) for n in range(30)]
    outcomes = await asyncio.gather(*cast[:15], shut(), *cast[15:], return_exceptions=True)

    refused = [one for one in outcomes if isinstance(one, UserFacing)]
    assert [one for one in outcomes if isinstance(one, Exception)] == refused
    assert len(await stage.box(round_)) == shut_with[0] == 30 - len(refused)


async def test_publishing_twice_changes_nothing(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    published = await stage.close(round_)
    forged = published.results

    async with stage.database.writing() as connection:
        again = await closing.publish(connection, round_, forged, now=CLOSES + timedelta(days=1))

    assert not again
    assert await stage.published(round_) == published


async def test_a_close_that_broke_off_gives_the_same_results_when_taken_up(stage: Stage) -> None:
    round_ = await stage.open({"A": 5, "B": 3, "C": 2})
    await stage.all_answer(round_, GOOD)
    async with stage.database.writing() as connection:
        await closing.begin_closing(connection, round_, now=CLOSES)

    first = await closing.count(stage.database, stage.vault, round_)
    second = await closing.count(stage.database, stage.vault, round_)

    assert first == second
    with pytest.raises(UserFacing):
        await stage.answer(round_, "A0", POOR)


async def test_keys_are_gone_once_the_round_is_released(stage: Stage, vault: FileVault) -> None:
    released = await stage.open({"A": 6})
    still_open = await stage.open({"B": 5}, at=WHILE_OPEN)

    await stage.close(released)

    assert key_files(vault) == [f"{still_open.id}.key"]


async def test_a_crash_between_release_and_shredding_is_made_good_at_the_start(
    stage: Stage, vault: FileVault
) -> None:
    round_ = await stage.open({"A": 6})
    async with stage.database.writing() as connection:
        await closing.begin_closing(connection, round_, now=CLOSES)
    results = await closing.count(stage.database, stage.vault, round_)
    async with stage.database.writing() as connection:
        await closing.publish(connection, round_, results, now=CLOSES)
    assert key_files(vault) != []

    assert await closing.shred(stage.database, vault)

    assert key_files(vault) == []
    assert not await closing.shred(stage.database, vault)


async def test_a_lost_key_is_said_and_never_guessed_around(stage: Stage, vault: FileVault) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    await vault.destroy(round_.id)

    with pytest.raises(OperatorFacing):
        await stage.answer(round_, "A0", POOR)
    with pytest.raises(KeyLost):
        await closing.count(stage.database, vault, round_)
    async with stage.database.writing() as connection:
        assert await closing.make_void(connection, round_)
        assert not await closing.make_void(connection, round_)

    assert await stage.box(round_) == {}
    assert await stage.published(round_) is None


async def test_a_member_who_leaves_takes_their_ballot_along(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)

    async with stage.database.writing() as connection:
        await pulse.withdraw(connection, stage.vault, HERE, member_id=MemberId("A0"))
        await pulse.withdraw(connection, stage.vault, HERE, member_id=MemberId("A0"))
        await pulse.withdraw(connection, stage.vault, ELSEWHERE, member_id=MemberId("A1"))

    assert len(await stage.box(round_)) == 5
    assert [f.fate for f in (await stage.close(round_)).results.fates] == [Fate.RELEASED]


async def test_a_group_that_lost_one_person_is_withheld_once(stage: Stage) -> None:
    fates = []
    for number, without in enumerate([(), ("A0",), ("A0",)]):
        at = CLOSES + timedelta(days=30 * number)
        round_ = await stage.open({"A": 8}, at=at, without=without)
        await stage.all_answer(round_, GOOD)
        fates.append((await stage.close(round_)).results.fates[0].fate)

    assert fates == [Fate.RELEASED, Fate.CHANGED, Fate.RELEASED]


async def test_the_other_workspace_sees_no_round(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})

    async with stage.database.reading() as connection:
        assert await kept.round_of(connection, HERE, round_.id) == round_
        assert await kept.round_of(connection, ELSEWHERE, round_.id) is None
        assert await kept.rounds_of(connection, ELSEWHERE, round_.programme_id) == []
        assert await kept.open_for(connection, ELSEWHERE, MemberId("A0")) == []
        assert await kept.open_for(connection, HERE, MemberId("A0")) == [round_]


async def test_casting_writes_a_ballot_and_not_one_byte_elsewhere(stage: Stage) -> None:
    async def everything_else() -> dict[str, list[tuple[object, ...]]]:
        async with stage.database.reading() as connection:
            tables = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
            names = [name for name in tables if name != "pulse_ballot"]
            return {
                name: [
                    tuple(row)
                    for row in await connection.execute(sa.text(f'SELECT * FROM "{name}"'))
                ]
                for name in names
            }

    round_ = await stage.open({"A": 6})
    before = await everything_else()

    await stage.all_answer(round_, GOOD)

    assert await everything_else() == before


async def test_the_state_of_a_round_never_goes_back(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    await stage.close(round_)

    async with stage.database.writing() as connection:
        reopened = await kept.move(
            connection, round_.id, from_state=RoundState.CLOSING, to=RoundState.OPEN
        )
        state = (await connection.execute(sa.select(round_table.c.state))).scalar_one()

    assert not reopened
    assert state == "released"
