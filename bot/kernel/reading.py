"""Open a database otherwise than the bot does: to look at it alone, or to throw it away."""

from bot.kernel.database import Database, database_url, open_database, sqlite_engine
from bot.kernel.sqlite import SQLITE_BUSY_TIMEOUT_MS

ON_CONNECT = f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}; PRAGMA query_only=ON"


def open_to_read(text: str) -> Database:
    """Open what `text` names; no file is made or changed, see `open_database`."""
    url = database_url(text)
    if url.get_backend_name() != "sqlite":
        return open_database(text, pool_size=2)
    return Database(sqlite_engine(url, 2, set_up=ON_CONNECT, only_reads=True))


def throwaway_database(text: str) -> Database:
    """Open a file that keeps nothing safe, and whose statements the loop waits for."""
    set_up = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-64000"
    )
    return Database(sqlite_engine(database_url(text), 20, set_up=set_up, is_inline=True))
