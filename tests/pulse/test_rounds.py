"""Rounds in a programme's calendar: when they open, who is told, and what lets the next one go."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows import pulse_actions
from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import MemberState, Role
from bot.programme import store as programmes
from bot.pulse import store as kept
from bot.pulse.model import WHOLE_PROGRAMME, CellLevel, Form, RoundId, RoundState
from bot.pulse.rules import items_for
from bot.schedule import claims
from bot.schedule import store as schedule
from tests.pulse.papers import INSTRUMENT
from tests.pulse.stage import key_files
from tests.pulse.year import FIRST_OPENING, MENTEES, YEAR, Year
from tests.support.cast import CAROL, ELSEWHERE, HERE


@pytest.fixture
async def year(database: Database, vault: FileVault) -> Year:
    found = Year(rounds.PulseServices(database, vault, {"small": INSTRUMENT}))
    await found.start()
    return found


async def test_the_first_round_opens_on_its_day_and_asks_all_mentees_everything(
    year: Year,
) -> None:
    await year.until(FIRST_OPENING - timedelta(seconds=1))
    assert await year.rounds() == []

    await year.until(FIRST_OPENING)

    (round_,) = await year.rounds()
    assert round_.opens_at == FIRST_OPENING
    assert round_.items == items_for(INSTRUMENT, form=Form.FULL, number=0)
    assert [recipient for _, recipient, _ in await year.told(round_news.INVITATION)] == [
        member.slack_user_id for member in MENTEES
    ]


async def test_a_round_runs_by_itself_from_invitation_to_digest(
    year: Year, vault: FileVault
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    await year.until(FIRST_OPENING + timedelta(days=6))

    (round_,) = await year.rounds()
    assert year.done == ["pulse_open", "pulse_reminder", "pulse_close"]
    assert round_.state is RoundState.RELEASED
    assert await year.told(round_news.DIGEST) == [
        ("pulse_digest", f"digests:{YEAR.id}", f"{round_.id}:short"),
        ("pulse_digest", f"digests:{YEAR.id}", f"{round_.id}:trend"),
    ]
    assert len(await year.told(round_news.RESULT)) == 8
    assert key_files(vault) == []


async def test_a_programme_reported_as_a_whole_has_no_result_of_a_group(year: Year) -> None:
    whole = replace(YEAR, template=replace(YEAR.template, pulse_cell_level="programme"))
    async with year.database.writing() as connection:
        await programmes.put_programme(connection, HERE, whole)

    await year.until(FIRST_OPENING)
    await year.answer()
    await year.until(FIRST_OPENING + timedelta(days=6))

    (round_,) = await year.rounds()
    assert round_.cell_level is CellLevel.PROGRAMME
    async with year.database.reading() as connection:
        published = await kept.published(connection, round_)
    assert published is not None
    assert {release.cell_id for release in published.results.releases} == {WHOLE_PROGRAMME}


async def test_reminders_go_to_everybody_whoever_has_answered(year: Year) -> None:
    await year.until(FIRST_OPENING)
    await year.answer(MENTEES[:3])
    await year.until(FIRST_OPENING + timedelta(days=4, hours=23))

    sent = [recipient for _, recipient, _ in await year.told(round_news.REMINDER)]

    assert sent == sorted([member.slack_user_id for member in MENTEES])


async def test_who_is_away_or_reads_the_digest_is_not_asked(year: Year) -> None:
    away = replace(MENTEES[0], state=MemberState.PAUSED)
    coordinator = replace(MENTEES[1], roles=frozenset({Role.COORDINATOR}))
    async with year.database.writing() as connection:
        await people.put_members(connection, HERE, [away, coordinator])

    await year.until(FIRST_OPENING)

    sent = [recipient for _, recipient, _ in await year.told(round_news.INVITATION)]
    assert sent == [member.slack_user_id for member in MENTEES[2:]]


async def test_a_round_without_a_result_holds_nothing_back(year: Year) -> None:
    await year.until(FIRST_OPENING + timedelta(weeks=4, days=1))

    assert len(await year.rounds()) == 2
    assert await year.told(round_news.HELD) == []


async def test_the_next_round_waits_until_members_heard_what_was_done(year: Year) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    await year.until(FIRST_OPENING + timedelta(weeks=4, days=1))
    assert len(await year.rounds()) == 1
    assert [kind for kind, *_ in await year.told(round_news.HELD)] == ["pulse_held"]

    await year.tell((await year.rounds())[0], FIRST_OPENING + timedelta(weeks=5))

    first, second = await year.rounds()
    assert (first.state, second.state) == (RoundState.RELEASED, RoundState.OPEN)
    assert len(second.items) == 3
    assert len(await year.told(round_news.ACTION)) == 8


async def test_the_next_round_opens_on_its_day_when_what_was_done_is_known(year: Year) -> None:
    await year.until(FIRST_OPENING + timedelta(weeks=1))
    await year.tell((await year.rounds())[0], FIRST_OPENING + timedelta(weeks=1))
    assert len(await year.rounds()) == 1

    await year.until(FIRST_OPENING + timedelta(weeks=4, hours=1))

    # London has put its clocks back meanwhile; the round opens at 10:00 there as before
    assert (await year.rounds())[1].opens_at == FIRST_OPENING + timedelta(weeks=4, hours=1)
    assert await year.told(round_news.HELD) == []


async def test_what_was_done_is_said_once_and_only_about_results(year: Year) -> None:
    await year.until(FIRST_OPENING)
    (round_,) = await year.rounds()
    with pytest.raises(UserFacing, match="no results yet"):
        await year.tell(round_, FIRST_OPENING)
    await year.until(FIRST_OPENING + timedelta(days=6))

    with pytest.raises(UserFacing, match="characters"):
        await year.tell(round_, FIRST_OPENING, "  ")
    with pytest.raises(UserFacing, match="no results yet"):
        await pulse_actions.tell_what_was_done(
            year.means, ELSEWHERE, round_.id, text="We did.", now=FIRST_OPENING
        )
    await year.tell(round_, FIRST_OPENING)
    with pytest.raises(UserFacing, match="told already"):
        await year.tell(round_, FIRST_OPENING)


async def test_a_lost_key_voids_the_round_and_everybody_is_told(
    year: Year, vault: FileVault
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    await vault.destroy(round_.id)

    await year.until(FIRST_OPENING + timedelta(days=6))

    (round_,) = await year.rounds()
    assert round_.state is RoundState.VOID
    assert len(await year.told(round_news.VOID)) == 9
    assert await year.told(round_news.DIGEST, round_news.RESULT) == []


async def test_cancelling_destroys_the_ballots_and_the_key_and_tells_everybody(
    year: Year, vault: FileVault
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()

    with pytest.raises(UserFacing):
        await rounds.cancel(year.means, ELSEWHERE, round_.id, now=FIRST_OPENING)
    await rounds.cancel(year.means, HERE, round_.id, now=FIRST_OPENING)
    with pytest.raises(UserFacing):
        await rounds.cancel(year.means, HERE, round_.id, now=FIRST_OPENING)
    await year.until(FIRST_OPENING + timedelta(days=20))

    assert key_files(vault) == []
    assert len(await year.told(round_news.VOID)) == 9
    assert await year.told(round_news.REMINDER, round_news.DIGEST) == []


async def test_a_round_whose_close_was_missed_is_finished_at_the_start(year: Year) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    late = FIRST_OPENING + timedelta(days=9)
    async with year.database.writing() as connection:
        await schedule.remove_subject(connection, HERE, subject_id=round_.id)

    assert not await rounds.finish_rounds(year.means, now=FIRST_OPENING + timedelta(days=1))
    assert await rounds.finish_rounds(year.means, now=late)
    assert not await rounds.finish_rounds(year.means, now=late)

    (round_,) = await year.rounds()
    assert round_.state is RoundState.RELEASED
    assert len(await year.told(round_news.DIGEST)) == 2


async def test_a_clock_moved_back_closes_nothing_early_and_forgets_nothing(year: Year) -> None:
    await year.until(FIRST_OPENING)
    (round_,) = await year.rounds()
    duty = rounds.duties(year.means)["pulse_close"]
    early = round_.closes_at - timedelta(hours=1)
    async with year.database.writing() as connection:
        claimed = await claims.claim_due(connection, now=round_.closes_at, limit=10)
        (due,) = [one for one in claimed if one.kind == "pulse_close"]
        assert await duty(connection, due, early) is None

    assert (await year.rounds())[0].state is RoundState.OPEN
    await year.until(round_.closes_at)
    assert (await year.rounds())[0].state is RoundState.RELEASED


async def test_a_failing_disk_while_publishing_leaves_the_round_for_the_next_try(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()

    async def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(kept, "put_results", full)
        with pytest.raises(OSError, match="No space"):
            await rounds.finish_rounds(year.means, now=round_.closes_at)
    (shut,) = await year.rounds()
    assert shut.state is RoundState.CLOSING
    assert await year.told(round_news.DIGEST) == []

    await rounds.finish_rounds(year.means, now=round_.closes_at)

    assert (await year.rounds())[0].state is RoundState.RELEASED
    assert len(await year.told(round_news.DIGEST)) == 2


async def test_without_its_instrument_a_round_does_not_open(year: Year) -> None:
    means = replace(year.means, instruments={})

    with pytest.raises(OperatorFacing, match="no instrument 'small'"):
        async with year.database.writing() as connection:
            await rounds.open_or_hold(means, connection, YEAR, now=FIRST_OPENING)

    assert await year.rounds() == []


async def test_without_a_channel_each_coordinator_reads_the_digest(year: Year) -> None:
    async with year.database.writing() as connection:
        await programmes.put_programme(connection, HERE, replace(YEAR, coordinator_channel=None))
    await year.until(FIRST_OPENING + timedelta(days=6))

    assert {recipient for _, recipient, _ in await year.told(round_news.DIGEST)} == {
        CAROL.slack_user_id
    }


async def test_no_round_of_another_workspace_is_closed_by_name(year: Year) -> None:
    await year.until(FIRST_OPENING)
    (round_,) = await year.rounds()

    async with year.database.reading() as connection:
        assert await kept.round_of(connection, ELSEWHERE, RoundId(round_.id)) is None
