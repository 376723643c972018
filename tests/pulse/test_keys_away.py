"""A vault that is not there is never taken for lost keys: nothing closes until it is back."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.flows.erasure import erase_member
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.keys.hashicorp import HashiCorpVault, VaultAccess
from bot.keys.vault import FileVault, KeysAway
from bot.people import store as people
from bot.pulse.ballots import refuse_another
from bot.pulse.model import RoundState
from handlers.register import CAPABILITIES
from runtime.tenancy import require_our_vault
from tests.keys.vault_server import TOKEN, vault_server
from tests.pulse.papers import INSTRUMENT
from tests.pulse.stage import Stage, key_files
from tests.pulse.year import FIRST_OPENING, MENTEES, Year
from tests.support.cast import HERE

AWAY = FIRST_OPENING + timedelta(days=9)


@pytest.fixture
async def year(database: Database, vault: FileVault) -> Year:
    """A round that is open, with a ballot from everybody."""
    found = Year(rounds.PulseServices(database, vault, {"small": INSTRUMENT}))
    await found.start()
    await found.until(FIRST_OPENING)
    await found.answer()
    return found


def unmounted(directory: Path) -> None:
    directory.rename(directory.with_name("the-volume"))


def empty_mount_point(directory: Path) -> None:
    unmounted(directory)
    directory.mkdir(mode=0o700)


def another_volume(directory: Path) -> None:
    empty_mount_point(directory)
    (directory / "this-vault").write_text("0" * 32)


def mounted_again(directory: Path) -> None:
    for path in directory.glob("*") if directory.exists() else ():
        path.unlink()
    if directory.exists():
        directory.rmdir()
    directory.with_name("the-volume").rename(directory)


HOW = pytest.mark.parametrize("go_away", [unmounted, empty_mount_point, another_volume])


@HOW
async def test_a_close_waits_for_the_volume_and_loses_nothing(
    year: Year, vault: FileVault, go_away: Callable[[Path], None]
) -> None:
    go_away(vault.directory)

    for _ in range(2):
        with pytest.raises(KeysAway, match="not mounted"):
            await rounds.finish_rounds(year.means, now=AWAY)

    (round_,) = await year.rounds()
    assert round_.state is RoundState.CLOSING
    assert await year.told(round_news.VOID, round_news.DIGEST) == []
    assert key_files(vault) == []

    mounted_again(vault.directory)
    await rounds.finish_rounds(year.means, now=AWAY)

    (round_,) = await year.rounds()
    assert round_.state is RoundState.RELEASED
    assert len(await year.told(round_news.RESULT)) == len(MENTEES)
    assert key_files(vault) == []


@HOW
async def test_without_the_volume_cairn_does_not_start_and_makes_no_new_one(
    year: Year, vault: FileVault, go_away: Callable[[Path], None]
) -> None:
    await require_our_vault(year.database, vault)
    go_away(vault.directory)
    before = sorted(vault.directory.glob("*")) if vault.directory.exists() else None

    with pytest.raises(KeysAway, match="keys --start-anew"):
        await require_our_vault(year.database, vault)

    assert (sorted(vault.directory.glob("*")) if vault.directory.exists() else None) == before


async def test_it_does_not_start_either_when_no_round_is_open_any_more(
    year: Year, vault: FileVault
) -> None:
    await rounds.finish_rounds(year.means, now=AWAY)
    empty_mount_point(vault.directory)

    with pytest.raises(KeysAway):
        await require_our_vault(year.database, vault)


async def test_nobody_answers_or_is_erased_by_halves_while_the_volume_is_away(
    year: Year, vault: FileVault
) -> None:
    empty_mount_point(vault.directory)

    with pytest.raises(KeysAway):
        await year.answer(MENTEES[:1])
    with pytest.raises(KeysAway):
        await erase_member(
            year.database,
            vault,
            HERE,
            member_id=MENTEES[0].id,
            erasers=CAPABILITIES.erasers,
            now=FIRST_OPENING,
        )

    async with year.database.reading() as connection:
        assert await people.member(connection, HERE, MENTEES[0].id) == MENTEES[0]


async def test_no_round_opens_where_its_key_would_lie_on_the_wrong_disk(
    database: Database, vault: FileVault
) -> None:
    stage = Stage(database, vault)
    await stage.close(await stage.open({"A": 5}))
    empty_mount_point(vault.directory)

    with pytest.raises(KeysAway):
        await stage.open({"A": 5})

    assert key_files(vault) == []


async def test_starting_anew_ends_only_rounds_whose_keys_are_not_there(
    year: Year, vault: FileVault
) -> None:
    empty_mount_point(vault.directory)

    ended = await rounds.start_keys_anew(year.means, now=FIRST_OPENING)

    (round_,) = await year.rounds()
    assert (ended, round_.state) == (1, RoundState.VOID)
    assert len(await year.told(round_news.VOID)) == len(MENTEES) + 1
    await require_our_vault(year.database, vault)
    with pytest.raises(UserFacing):
        await Stage(year.database, vault).answer(round_, MENTEES[0].id, {})


async def test_keys_that_were_carried_along_survive_starting_anew(
    year: Year, vault: FileVault
) -> None:
    (vault.directory / "this-vault").unlink()
    with pytest.raises(KeysAway):
        await require_our_vault(year.database, vault)

    assert await rounds.start_keys_anew(year.means, now=FIRST_OPENING) == 0

    await rounds.finish_rounds(year.means, now=AWAY)
    assert (await year.rounds())[0].state is RoundState.RELEASED


async def test_a_replica_with_a_volume_of_its_own_is_refused(year: Year, tmp_path: Path) -> None:
    lonely = FileVault(tmp_path / "not-shared")
    await lonely.set_up()

    with pytest.raises(KeysAway):
        await require_our_vault(year.database, lonely)
    with pytest.raises(KeysAway):
        await rounds.finish_rounds(rounds.PulseServices(year.database, lonely, {}), now=AWAY)

    await rounds.finish_rounds(year.means, now=AWAY)
    assert (await year.rounds())[0].state is RoundState.RELEASED


async def test_another_vault_server_is_not_taken_for_lost_keys(database: Database) -> None:
    with vault_server() as first, vault_server() as second:
        ours, fresh = (
            HashiCorpVault(VaultAccess(address=one.address, token=TOKEN)) for one in (first, second)
        )
        round_ = await Stage(database, ours).open({"A": 5})

        async with database.reading() as connection:
            await refuse_another(connection, ours)
            with pytest.raises(KeysAway, match="Vault at"):
                await refuse_another(connection, fresh)
        with pytest.raises(KeysAway):
            await Stage(database, fresh).answer(round_, "A0", {"speak": 5})
        assert second.kept == {}
        await ours.close()
        await fresh.close()
