"""What somebody can do who writes the database while a round is open, and has no keys.

They may destroy a round. They read nothing by it, and change nothing of what is published.
"""

import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import FileVault, SealedBoxKeys
from bot.pulse import closing, closing_store, sealing
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.ballots import pin
from bot.pulse.model import Band, Ending, Fate, Paper, Pseudonym, Round, RoundState, Stratum
from bot.pulse.tables import ballot_table, before_table, eligible_table, round_table
from tests.pulse.stage import CLOSES, NO_ACCOUNT, Stage, key_files
from tests.pulse.year import Year
from tests.support.cast import HERE

GOOD, POOR = {"speak": 5, "mistakes": 1}, {"speak": 1, "mistakes": 5}
SIZES = {"A": 7, "B": 7}


async def write(database: Database, statement: str, **values: object) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text(statement), values)


async def state_of(stage: Stage, round_: Round) -> tuple[str, str | None]:
    async with stage.database.reading() as connection:
        columns = round_table.c.state, round_table.c.ending
        query = sa.select(*columns).where(round_table.c.id == round_.id)
        row = (await connection.execute(query)).one()
    return row.state, row.ending


TERMS = {
    "shares of a few people": "UPDATE pulse_round SET cell_level = 'programme', c = -2",
    "a lower threshold": "UPDATE pulse_round SET k = 1",
    "fewer insiders": "UPDATE pulse_round SET c = 0",
    "other statements": """UPDATE pulse_round SET items = '["mistakes", "speak"]'""",
    "another instrument": "UPDATE pulse_round SET instrument = :instrument",
    "room for comments": "UPDATE pulse_round SET comments = (1 = 1)",
    "another programme": "UPDATE pulse_round SET programme_id = 'another'",
    "an earlier close": "UPDATE pulse_round SET closes_at = :early",
    "an earlier close, wholly": "UPDATE pulse_round SET closes_at = :early, "
    "closes_not_before = :early",
    "no code": "UPDATE pulse_round SET terms_code = NULL",
    "no codes at all": "UPDATE pulse_round SET terms_code = NULL, closes_not_before = NULL",
    "a person in another group": "UPDATE pulse_eligible SET cell_id = 'B' WHERE member_id = 'A0'",
    "a mentee made a mentor": "UPDATE pulse_eligible SET stratum = 'other' WHERE member_id = 'A0'",
    "a person left out": "DELETE FROM pulse_eligible WHERE member_id = 'A0'",
    "a person's name on another's row": "UPDATE pulse_eligible SET member_id = 'C0' "
    "WHERE member_id = 'A0'",
    "no pseudonyms": "UPDATE pulse_eligible SET pseudonym = NULL",
    "a person more": "INSERT INTO pulse_eligible (round_id, member_id, stratum, cell_id) "
    "SELECT round_id, 'A7', stratum, cell_id FROM pulse_eligible WHERE member_id = 'A0'",
    "nothing to compare with": "DELETE FROM pulse_before",
    "others to compare with": "UPDATE pulse_before SET people = '[]'",
}


@pytest.mark.parametrize("what", TERMS)
async def test_a_round_whose_terms_were_altered_has_no_result_and_all_are_told(
    stage: Stage, year: Year, what: str
) -> None:
    await stage.close(await stage.open(SIZES, at=CLOSES - timedelta(days=40)))
    earlier = await stage.open(SIZES, at=CLOSES - timedelta(days=30))
    await stage.all_answer(earlier, GOOD)
    await stage.close(earlier)
    round_ = await stage.open(SIZES)
    await stage.all_answer(round_, GOOD)
    instrument = {"instrument": json.dumps({"items": []}), "early": CLOSES - timedelta(days=3)}
    named = {name: value for name, value in instrument.items() if f":{name}" in TERMS[what]}
    statement = sa.text(TERMS[what])
    if "early" in named:
        statement = statement.bindparams(sa.bindparam("early", type_=round_table.c.closes_at.type))
    async with stage.database.writing() as connection:
        await connection.execute(statement, named)

    await rounds.finish_rounds(year.means, now=CLOSES + timedelta(hours=1))

    assert await state_of(stage, round_) == (RoundState.VOID, Ending.ALTERED)
    assert await stage.published(round_) is None
    assert await stage.box(round_) == {}


async def test_those_who_were_asked_are_told_in_one_sentence_and_the_keys_are_gone(
    year: Year, stage: Stage, vault: FileVault
) -> None:
    await year.until(CLOSES + timedelta(days=23))
    await year.answer()
    await write(stage.database, "UPDATE pulse_round SET c = -2")
    (round_,) = await year.rounds()

    await year.until(round_.closes_at)

    assert len(await year.told(round_news.VOID)) == 9
    assert key_files(vault) == []


def forged(private: bytes, round_: Round, tag: bytes, answers: dict[str, int]) -> bytes:
    """A ballot sealed to the round's own public key, by somebody without its second key."""
    return sealing.seal(round_, tag, Paper(answers), SealedBoxKeys(private, b"?" * 32))


async def lay(stage: Stage, round_: Round, ballots: dict[bytes, bytes]) -> None:
    async with stage.database.writing() as connection:
        for tag, sealed in ballots.items():
            its = (ballot_table.c.round_id == round_.id, ballot_table.c.tag == tag)
            await connection.execute(ballot_table.update().where(*its).values(sealed=sealed))


async def test_forged_ballots_tell_nothing_of_the_one_that_is_not(stage: Stage) -> None:
    """Five forged ballots of six told the sixth, 22 of 22, with bands of two halves."""
    chance, right = random.Random(11), 0
    for number in range(12):
        round_ = await stage.open({"A": 6}, at=CLOSES + timedelta(days=number))
        favourable = chance.random() < 0.5
        await stage.all_answer(round_, {})
        await stage.answer(round_, "A0", {"speak": 5 if favourable else 1})
        keys = await stage.vault.recall(round_.id)
        mine = sealing.tag_of(keys, HERE, MemberId("A0"))
        others = [tag for tag in await stage.box(round_) if tag != mine]
        ballots = {
            tag: forged(keys.private_key, round_, tag, {"speak": 5 if n < 3 else 1})
            for n, tag in enumerate(others)
        }
        await lay(stage, round_, ballots)

        published = await stage.close(round_)

        bands = {one.item_id: one.band for one in published.results.releases}
        right += bands.get("speak") is (Band.HIGH if favourable else Band.LOW)
        assert [one.fate for one in published.results.fates] == [Fate.TOO_FEW]
    assert right == 0


async def test_a_ballot_that_was_altered_or_moved_is_not_counted(stage: Stage) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    box = await stage.box(round_)
    first, second, *_ = sorted(box)
    flipped = bytes([box[first][40] ^ 1])

    await lay(
        stage,
        round_,
        {first: box[first][:40] + flipped + box[first][41:], second: box[first]},
    )

    assert [one.fate for one in (await stage.close(round_)).results.fates] == [Fate.TOO_FEW]


async def test_nobody_seals_to_a_key_that_lies_in_the_database(stage: Stage) -> None:
    """With a public key of the attacker's in the round's row, five of five answers were read."""
    async with stage.database.reading() as connection:
        rows = await connection.run_sync(lambda c: sa.inspect(c).get_columns("pulse_round"))

    assert not [one["name"] for one in rows if "key" in one["name"]]


async def test_a_ballot_that_was_not_sealed_here_is_not_even_laid_into_the_box(
    stage: Stage,
) -> None:
    round_ = await stage.open({"A": 6}, comments=True)
    keys = await stage.vault.recall(round_.id)
    tag = sealing.tag_of(keys, HERE, MemberId("A0"))

    with pytest.raises(UserFacing, match="could not be read"):
        await pulse.cast_sealed(
            stage.database,
            stage.vault,
            HERE,
            round_.id,
            member_id=MemberId("A0"),
            account=NO_ACCOUNT,
            sealed=forged(keys.private_key, round_, tag, GOOD),
            now=round_.opens_at,
        )

    assert await stage.box(round_) == {}


async def test_a_round_that_is_shut_too_early_waits_for_its_time(stage: Stage, year: Year) -> None:
    round_ = await stage.open({"A": 6})
    await stage.all_answer(round_, GOOD)
    await write(stage.database, "UPDATE pulse_round SET state = 'closing'")

    await rounds.finish_rounds(year.means, now=CLOSES - timedelta(days=2))
    early = await state_of(stage, round_)
    await rounds.finish_rounds(year.means, now=CLOSES)

    assert early == (RoundState.CLOSING, None)
    assert await state_of(stage, round_) == (RoundState.RELEASED, None)


async def test_a_round_has_one_result_ever_whatever_its_state_is_set_back_to(
    stage: Stage, year: Year
) -> None:
    """Two results of one round, from ballots of the writer's choice, would differ by a person."""
    round_ = await stage.open({"A": 7})
    await stage.all_answer(round_, GOOD)
    box = await stage.box(round_)
    async with stage.database.writing() as connection:
        await closing.begin_closing(connection, round_, now=CLOSES)
    first = await closing.count(stage.database, stage.vault, round_)
    async with stage.database.writing() as connection:
        await closing.publish(connection, round_, first, now=CLOSES)
        await connection.execute(round_table.update().values(state=RoundState.CLOSING.value))
        for table in ("pulse_cell", "pulse_release"):
            await connection.execute(sa.text(f"DELETE FROM {table}"))
        for tag, sealed in list(box.items())[:4]:  # no keys were destroyed: the process died
            row = {"round_id": round_.id, "tag": tag, "sealed": sealed}
            await connection.execute(ballot_table.insert().values(row))

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await state_of(stage, round_) == (RoundState.VOID, Ending.ALTERED)
    assert await stage.vault.names() == frozenset()


async def test_the_note_of_a_result_is_made_once(vault: FileVault, stage: Stage) -> None:
    round_ = await stage.open({"A": 6})

    assert await pin(vault, round_.id, b"1" * 32)
    assert await pin(vault, round_.id, b"1" * 32)
    assert not await pin(vault, round_.id, b"2" * 32)


async def test_a_planted_round_destroys_no_other_key(stage: Stage, year: Year) -> None:
    """A row called like the key of the tokens had that key destroyed."""
    await stage.vault.keep("tokens-1", sealing.new_keys())
    round_ = await stage.open({"A": 6})
    await write(stage.database, "DELETE FROM pulse_before")
    await write(stage.database, "DELETE FROM pulse_eligible")
    await write(stage.database, "UPDATE pulse_round SET id = 'tokens-1', state = 'released'")

    await rounds.finish_rounds(year.means, now=CLOSES)

    assert await stage.vault.names() == {"tokens-1", round_.id}


async def test_an_erased_person_counts_as_asked_and_is_not_answered_for(stage: Stage) -> None:
    round_ = await stage.open({"A": 7})
    await stage.all_answer(round_, GOOD)
    box = await stage.box(round_)
    async with stage.database.writing() as connection:
        await pulse.withdraw(connection, stage.vault, HERE, member_id=MemberId("A0"))
        await pulse.forget(connection, HERE, member_id=MemberId("A0"))
    async with stage.database.writing() as connection:
        (gone,) = set(box) - set(await stage.box(round_))
        row = {"round_id": round_.id, "tag": gone, "sealed": box[gone]}
        await connection.execute(ballot_table.insert().values(row))

    published = await stage.close(round_)

    assert [one.fate for one in published.results.fates] == [Fate.RELEASED]
    async with stage.database.reading() as connection:
        asked = await kept.eligible_for(connection, round_.id)
    assert len(asked) == 7
    assert "A0" not in {one.member_id for one in asked}


async def test_pseudonyms_are_neither_tags_nor_the_same_in_two_rounds(stage: Stage) -> None:
    first, second = await stage.open({"A": 6}), await stage.open({"A": 6})
    async with stage.database.reading() as connection:
        lists = [await kept.eligible_for(connection, one.id) for one in (first, second)]
    names: list[set[Pseudonym | None]] = [{one.pseudonym for one in those} for those in lists]
    keys = await stage.vault.recall(first.id)
    tags = {sealing.tag_of(keys, HERE, MemberId(f"A{n}")).hex()[:32] for n in range(6)}

    assert None not in names[0] | names[1]
    assert not names[0] & names[1]
    assert not names[0] & tags
    assert {one.stratum for one in lists[0]} == {Stratum.MENTEE}


async def test_a_message_of_the_end_is_one_sentence_about_what_happened(
    year: Year, stage: Stage
) -> None:
    await year.until(CLOSES + timedelta(days=23))
    await write(stage.database, "UPDATE pulse_round SET k = 0")
    (round_,) = await year.rounds()
    await year.until(round_.closes_at)

    async with stage.database.reading() as connection:
        assert await closing_store.ending_of(connection, round_.id) == Ending.ALTERED
        query = sa.select(outbox.c.subject_id).where(outbox.c.kind == round_news.VOID)
        assert set((await connection.execute(query)).scalars()) == {round_.id}
        assert (await connection.execute(sa.select(before_table))).all() == []
        assert len((await connection.execute(sa.select(eligible_table))).all()) == 8
