"""`app.py keys`: whether the vault is the one that open pulses need, and what to do if not."""

from datetime import datetime

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database, open_database
from bot.kernel.words import plural
from bot.keys.vault import Vault
from bot.pulse.store import rounds as kept
from runtime.commands.schema import require_current_schema
from runtime.options import Options
from runtime.tenancy import opened_vault, require_our_vault


async def look_at_keys(options: Options, *, start_anew: bool, now: datetime) -> str:
    """One sentence on where the keys are. Raises OperatorFacing when they are away.

    `start_anew` makes this the place for keys from now on: pulses whose keys are elsewhere end
    without results, and their members are told when Cairn runs.
    """
    database = open_database(options.database_url)
    try:
        await require_current_schema(database)
        async with opened_vault(options) as vault:
            if not start_anew:
                return await _look(database, vault)
            ended = await rounds.start_keys_anew(rounds.Means(database, vault, {}), now=now)
            return f"Keys are put in {vault.place} from now on. {_told(ended)}"
    finally:
        await database.close()


async def _look(database: Database, vault: Vault) -> str:
    await require_our_vault(database, vault)
    async with database.reading() as connection:
        needed = {round_.id for round_ in await kept.under_way(connection)}
    there = len(needed & await vault.names())
    return f"The keys of {there} of {plural(len(needed), 'open pulse')} are in {vault.place}."


def _told(ended: int) -> str:
    if not ended:
        return "No open pulse lost its keys."
    return f"{plural(ended, 'open pulse')} had theirs elsewhere and ended without results."
