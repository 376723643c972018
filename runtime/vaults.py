"""Which vault keeps the keys of open rounds: a directory, or HashiCorp Vault where that is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.kernel.database import Database
from bot.keys.vault import FileVault, Vault
from bot.pulse import keys
from runtime.options import Options


@asynccontextmanager
async def opened_vault(options: Options) -> AsyncIterator[Vault]:
    """The vault of the settings. Nothing is asked of it and nothing made yet."""
    if options.vault is None:
        yield FileVault(options.key_folder)
        return
    from bot.keys.hashicorp import HashiCorpVault  # brings httpx, which few need

    server = HashiCorpVault(options.vault)
    try:
        yield server
    finally:
        await server.close()


async def require_our_vault(database: Database, vault: Vault) -> None:
    """Raise OperatorFacing unless the keys of this database's pulses are, or can be, kept there."""
    async with database.reading() as connection:
        await keys.refuse_another(connection, vault)
    await vault.set_up()
