"""Which vault keeps the keys of open rounds: a directory, or HashiCorp Vault where that is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.kernel.vault import FileVault, Vault
from runtime.options import Options


@asynccontextmanager
async def opened_vault(options: Options) -> AsyncIterator[Vault]:
    """The vault, after it was tried. Raises OperatorFacing when it cannot be used."""
    if options.vault is None:
        directory = FileVault(options.key_folder)
        directory.check()
        yield directory
        return
    from bot.kernel.hashicorp_vault import HashiCorpVault  # brings httpx, which few need

    server = HashiCorpVault(options.vault)
    try:
        await server.check()
        yield server
    finally:
        await server.close()
