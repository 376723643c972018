"""Look at the keys: where they lie, that they are the database's, and what they still open."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.flows import sealed_words
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import lets_others_in
from bot.kernel.scope import everywhere
from bot.kernel.words import listed, plural
from bot.pulse import ballots
from runtime.commands.keys import refuse_keys_in_memory, told_of_container
from runtime.doctor.findings import Finding, fix, note, well
from runtime.doctor.machine import sqlite_file, there
from runtime.tenancy import Options, opened_vault

SEALED_AS = {
    "agreement": "agreements",
    "agreement_side": "answers for agreements",
    "announcement": "announcements",
    "charter_line": "lines of charters",
    "concern": "concerns",
    "checkin": "check-ins",
    "checkin_reply": "words back about check-ins",
    "closing_thanks": "thanks",
    "compass": "compasses",
    "goal": "goals",
    "goal_note": "notes on goals",
    "installation": "tokens",
    "looking_back": "looks back",
    "pairing_wish": "members' wishes",
    "profile": "profiles",
    "roster_feed": "addresses of lists",
    "relationship_rating": "answers about relationships",
    "stage_event": "claims of stages",
}


def folder(options: Options) -> Iterator[Finding]:
    """Check that Cairn can use the key directory and nobody else enters it; nothing is made."""
    keys = options.key_folder
    if options.vault is not None:
        return
    if not keys.exists():
        above = there(keys)
        if not os.access(above, os.W_OK | os.X_OK):
            yield fix(
                f"The key directory {keys} is not there, and this user may not make it in {above}; "
                "make it for the user who runs Cairn, with mode 0700"
            )
        else:
            yield note(
                f"The key directory {keys} is not there; for a new database `migrate` makes it."
            )
        return
    if lets_others_in(keys):
        yield fix(f"Others on this machine may enter {keys}; run `chmod go-rwx {keys}`")
        return
    if not os.access(keys, os.R_OK | os.W_OK | os.X_OK):
        yield fix(
            f"This user may not read and write {keys}; run `chown` for the user who runs Cairn, "
            "and see that the volume is not mounted read-only"
        )
        return
    if exposed := sorted(one for one in keys.glob("*.key") if lets_others_in(one)):
        yield fix(
            f"Others may read {plural(len(exposed), 'key')} in {keys}; run `chmod go-rwx "
            f"{keys}/*.key`"
        )
        return
    yield well(f"Only Cairn's user may enter {keys}.")


def apart(options: Options) -> Iterator[Finding]:
    """Check that a backup of the database cannot hold the keys, and that the keys last."""
    if options.vault is not None:
        yield well("The keys are in Vault, apart from the database.")
        return
    refuse_keys_in_memory(options)
    keys, file = options.key_folder.resolve(), sqlite_file(options)
    data = file.resolve().parent if file is not None else None
    if keys == data:
        yield fix("KEY_DIR is the database's own folder; give the keys a directory of their own")
    elif data is not None and keys.is_relative_to(data):
        yield fix(
            "KEY_DIR lies inside the database's folder, so a copy of that folder holds the keys; "
            "move one of them"
        )
    elif (of_postgres := data_folder_around(keys)) is not None:
        yield fix(
            f"KEY_DIR lies inside {of_postgres}, a folder of Postgres, whose copies would hold the "
            "keys; move the keys to a directory of their own"
        )
    elif in_container := told_of_container(options):
        yield fix(in_container)
    elif data is not None and there(keys).stat().st_dev == there(data).stat().st_dev:
        yield note(
            "The keys lie on the same volume as the database, so that a copy or the theft of that "
            "volume takes both; best give KEY_DIR a volume of its own."
        )
    else:
        yield well("The keys lie apart from the database.")


def data_folder_around(folder: Path) -> Path | None:
    """Find the data directory of a Postgres in which a folder lies, None if in none."""
    above = (folder.resolve(), *folder.resolve().parents)
    return next((one for one in above if os.path.isfile(one / "PG_VERSION")), None)


async def server(options: Options) -> list[Finding]:
    """Check that Vault answers and shows its keys, where there is one."""
    if options.vault is None:
        return []
    async with opened_vault(options) as vault:
        await vault.names()
        return [well(f"{vault.location} answers.")]


async def sealed(options: Options, database: Database) -> list[Finding]:
    """Check that these are the keys of the database and open all that is sealed; which they are."""
    with everywhere():
        async with opened_vault(options) as vault:
            async with database.reading() as connection:
                await ballots.refuse_another(connection, vault)
            lost = await sealed_words.count_unreadable(database, vault)
            async with database.reading() as connection:
                keys = await sealed_words.keys_in_use(connection, vault)
    if lost:
        raise OperatorFacing(_lost(lost, keys.missing), permanent=True)
    spare = f" {plural(len(keys.spare), 'older key')} could be destroyed." if keys.spare else ""
    if not keys.used:
        return [well(f"Nothing is sealed yet.{spare}")]
    return [well(f"Everything sealed opens, with {plural(len(keys.used), 'key')}.{spare}")]


def _lost(lost: Mapping[str, int], missing: Iterable[str]) -> str:
    rows = listed(f"{SEALED_AS[table]} ({count})" for table, count in lost.items())
    ids = ", ".join(sorted(missing))
    why = f"these keys are missing: {ids}" if ids else "they were altered"
    wishes = (
        " Nobody is introduced meanwhile: if the keys are gone for good, `python app.py keys "
        "--start-anew` deletes these wishes, and members have to be asked for them again."
    )
    return (
        f"Nobody can read some {rows}; {why}. Put the keys back, see "
        f"docs/how-to/when-keys-are-lost.md.{wishes if 'pairing_wish' in lost else ''}"
    )
