"""`app.py keys`: where the keys are, which are in use, and new ones in their place."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from bot.flows import pulse_rounds, sealed_words
from bot.flows.sealed_words import GIVEN_UP
from bot.kernel.database import Database, database_url
from bot.kernel.errors import OperatorFacing
from bot.kernel.scope import everywhere
from bot.kernel.words import listed, plural
from bot.keys.vault import Vault
from bot.pulse import ballots
from bot.pulse import store as rounds
from runtime.commands.schema import current_database
from runtime.tenancy import Options, opened_vault, require_our_vault

log = structlog.get_logger("cairn.keys")

MOUNTS = Path("/proc/self/mounts")
IN_MEMORY = frozenset({"tmpfs", "ramfs"})
WISHES = ("wish, block or concern", "wishes, blocks and concerns")
IN_CONTAINER = frozenset({"overlay", "aufs"})


def refuse_keys_in_memory(options: Options) -> None:
    """Raise OperatorFacing where the machine forgets the keys at its next start, not the database.

    Finds nothing where the system does not tell its mounts.
    """
    if options.vault is None and _forgets_more_than_the_database(options, IN_MEMORY):
        raise OperatorFacing(
            f"{options.key_folder} lies in memory, and it also has the keys of members' words now, "
            "which must last: move the directory with all that is in it to a disk, set KEY_DIR, "
            "and see docs/how-to/keep-the-keys.md",
            permanent=True,
        )


def told_of_container(options: Options) -> str | None:
    """Say that the keys would be gone with the container in which they lie; None if they last."""
    if options.vault is None and _forgets_more_than_the_database(options, IN_CONTAINER):
        return (
            f"The key directory {options.key_folder} lies in the container itself and is gone with "
            "it, because no volume is mounted there; mount one, and set KEY_DIR to a folder in it"
        )
    return None


def _forgets_more_than_the_database(options: Options, kinds: frozenset[str]) -> bool:
    database = database_url(options.database_url)
    is_file = options.database_url.startswith("sqlite") and database.database
    if is_file and _kind_of_file_system(Path(database.database or "")) in kinds:
        return False
    return _kind_of_file_system(options.key_folder) in kinds


def _kind_of_file_system(path: Path) -> str | None:
    with suppress(OSError):
        mounts = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
        over = [(at, kind) for at, kind in mounts if path.resolve().is_relative_to(at)]
        return max(over, key=lambda one: len(one[0]))[1] if over else None
    return None


@asynccontextmanager
async def opened(options: Options) -> AsyncIterator[tuple[Database, Vault]]:
    """Open the database for the rows of all workspaces, and the vault."""
    with everywhere():
        async with (
            current_database(options.database_url) as database,
            opened_vault(options) as vault,
        ):
            yield database, vault


async def note_vault(options: Options) -> tuple[str, ...]:
    """Note in a database that knows no vault yet that ours is the one; what speaks against it.

    So a directory that is not mounted at the first start is noticed before a key is made in it.
    """
    try:
        async with opened(options) as (database, vault), database.writing() as connection:
            await ballots.move_in(connection, vault)
    except OperatorFacing as problem:
        return (problem.reason,)
    return tuple(filter(None, [told_of_container(options)]))


async def look(options: Options) -> str:
    """Say in sentences where the keys are. Raises OperatorFacing when they are away."""
    async with opened(options) as (database, vault):
        await require_our_vault(database, vault)
        async with database.reading() as connection:
            needed = {round_.id for round_ in await rounds.under_way(connection)}
            keys = await sealed_words.keys_in_use(connection, vault)
        there, at = len(needed & await vault.names()), vault.location
        said = f"The keys of {there} of {plural(len(needed), 'open pulse')} are in {at}."
        for names, what in (
            (keys.used - keys.missing, "Words and tokens are sealed with"),
            (keys.missing, "Missing, so that what they sealed cannot be read:"),
            (keys.spare, "Nothing in the database needs"),
        ):
            said += f" {what} {', '.join(sorted(names))}." if names else ""
        return said


async def start_anew(options: Options, *, now: datetime, sure: bool = False) -> str:
    """Put keys into the vault of the settings from now on, and end what needs keys of elsewhere.

    Pulses whose keys are elsewhere end without results, and their members are told when Cairn
    runs. Wishes that nobody can read are deleted, or nobody could be matched again. Raises
    OperatorFacing, and changes nothing, where that loses something and one is not `sure`.
    """
    async with opened(options) as (database, vault):
        if not sure:
            await _refuse_loss(database, vault)
        services = pulse_rounds.PulseServices(database, vault, {})
        ended = await pulse_rounds.start_keys_anew(services, now=now)
        wishes = await sealed_words.give_up_wishes(database, vault)
        log.warning("keys_started_anew", count=ended)
        said = f"Keys are put in {vault.location} from now on. {_told(ended)}"
        if wishes:
            said += (
                f" {plural(wishes, *WISHES)} could not be read and are deleted: ask all members to "
                "give them again before you match."
            )
        return said


async def _refuse_loss(database: Database, vault: Vault) -> None:
    """Raise OperatorFacing if something is given up for good by starting anew."""
    there = await vault.names()
    async with database.reading() as connection:
        pulses = sum(one.id not in there for one in await rounds.under_way(connection))
    wishes = sum((await sealed_words.count_unreadable(database, vault, GIVEN_UP)).values())
    lost = [f"the results of {plural(pulses, 'open pulse')}"] if pulses else []
    lost += [plural(wishes, *WISHES)] if wishes else []
    if lost:
        raise OperatorFacing(
            f"This gives up {listed(lost)} for good, whose keys are not in {vault.location}. If "
            "there is a copy of the keys, put it there first; otherwise run `python app.py keys "
            "--start-anew --sure`",
            permanent=True,
        )


def _told(ended: int) -> str:
    if not ended:
        return "No open pulse lost its keys."
    return f"{plural(ended, 'open pulse')} had theirs elsewhere and ended without results."


async def rotate(options: Options, *, now: datetime) -> str:
    """Seal words and tokens with new keys."""
    async with opened(options) as (database, vault):
        await require_our_vault(database, vault)
        lost = await sealed_words.rotate(database, vault, now=now)
    log.info("keys_rotated", count=lost)
    said = (
        "Words and tokens are sealed with new keys. The old ones stay for your backups; once you "
        "have deleted those, run `python app.py keys --destroy-spare`."
    )
    if lost:
        said += f" {plural(lost, 'row')} could not be read: `python app.py doctor` says which."
    return said


async def destroy_spare(options: Options, *, now: datetime, sure: bool = False) -> str:
    """Destroy the keys that no row needs. Raises OperatorFacing if there are any, unless `sure`."""
    async with opened(options) as (database, vault):
        await require_our_vault(database, vault)
        async with database.reading() as connection:
            spare = (await sealed_words.keys_in_use(connection, vault)).spare
        if spare and not sure:
            raise OperatorFacing(
                f"Nothing was destroyed. No row of this database needs {listed(sorted(spare))}: "
                f"backups may, and other databases that keep their keys in {vault.location}, such "
                "as a copy or one on another engine. To destroy them for good run `python app.py "
                "keys --destroy-spare --sure`",
                permanent=True,
            )
        gone = await sealed_words.destroy_spare(database, vault, now=now)
    log.info("keys_destroyed", count=gone)
    if not gone:
        return "There are no spare keys, so none was destroyed."
    return f"{plural(gone, 'key')} destroyed. What backups hold under them is gone for good."


async def do(options: Options, names: Sequence[str], *, now: datetime, sure: bool = False) -> str:
    """Do what was asked for, in this order; only look where nothing was."""
    by_name: dict[str, Callable[..., Awaitable[str]]] = {
        "start_anew": partial(start_anew, sure=sure),
        "rotate": rotate,
        "destroy_spare": partial(destroy_spare, sure=sure),
    }
    if {"rotate", "destroy_spare"} <= {*names}:
        raise OperatorFacing(
            "--rotate and --destroy-spare do not go together: old keys are destroyed once the "
            "backups are deleted that need them",
            permanent=True,
        )
    said = [await by_name[name](options, now=now) for name in names]
    return " ".join(said) or await look(options)
