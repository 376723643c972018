"""Say in one sentence why a database refuses and what to do, and never its password."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import exc
from sqlalchemy.engine import URL

from bot.kernel.errors import OperatorFacing
from bot.kernel.refusal_causes import POSTGRES, SQLITE

log = structlog.get_logger("database")

TOLD_AGAIN_S, STEADY_S = 600.0, 5.0
OLDEST_POSTGRES = 14
"""Older ones get no more fixes of their makers: postgresql.org/support/versioning."""
LONGEST_QUOTE = 200


class DatabaseRefused(OperatorFacing):
    """A database that cannot be used now. `cause` is a word for logs and figures.

    Not permanent where it may well pass by itself, as with a server that restarts.
    """

    def __init__(self, cause: str, sentence: str, *, heals: bool = False) -> None:
        super().__init__(sentence, permanent=not heals)
        self.cause = cause


def refused(failure: BaseException, url: URL) -> DatabaseRefused:
    """Find the cause why the database at `url` failed."""
    if isinstance(failure, DatabaseRefused):
        return failure
    if isinstance(failure, exc.TimeoutError):
        return DatabaseRefused(
            "busy",
            "All connections to the database are at work; look at its load, and try again",
            heals=True,
        )
    driver: Any = failure.orig if isinstance(failure, exc.DBAPIError) and failure.orig else failure
    is_sqlite = url.get_backend_name() == "sqlite"
    code = getattr(driver, "sqlite_errorname" if is_sqlite else "sqlstate", None) or ""
    is_no_name = isinstance(driver, UnicodeError)  # which Python finds before any name server
    said = "failed to resolve host" if is_no_name else _without_password(str(driver), url)
    if is_sqlite and (code.startswith("SQLITE_CANTOPEN") or isinstance(driver, OSError)):
        return _cannot_open(Path(url.database or ""))
    for cause in SQLITE if is_sqlite else POSTGRES:
        if cause.fits(code, said):
            about = _about(url) | {"said": _short(said)}
            return DatabaseRefused(cause.name, cause.sentence.format(**about), heals=cause.heals)
    return _unknown(driver, code, said, url)


@dataclass(slots=True)
class Outage:
    """The time in which the database at `url` refuses: logged once for a cause, and at its end."""

    url: URL
    cause: str = ""
    _began_s: float = 0.0
    _failed_s: float = 0.0
    _told_s: float = 0.0

    def note(self, failure: BaseException) -> None:
        """Note that something failed. It is logged unless that cause was, TOLD_AGAIN_S ago."""
        found, now_s = refused(failure, self.url), time.monotonic()
        if not self.cause:
            self._began_s = now_s
        if found.cause != self.cause or now_s - self._told_s > TOLD_AGAIN_S:
            log.warning("database_refuses", kind=found.cause, advice=found.reason)
            self._told_s = now_s
        self.cause, self._failed_s = found.cause, now_s

    def end(self) -> None:
        """Note that something was written: it is over once nothing has failed for STEADY_S."""
        if self.cause and time.monotonic() - self._failed_s > STEADY_S:
            log.info("database_answers", lasted_s=round(self._failed_s - self._began_s))
            self.cause = ""


def refuse_old_server(version: tuple[int | str, ...] | None) -> None:
    """Raise DatabaseRefused for a Postgres that is older than OLDEST_POSTGRES."""
    if version is not None and int(version[0]) < OLDEST_POSTGRES:
        there = ".".join(map(str, version))
        raise DatabaseRefused(
            "old_server",
            f"The server runs Postgres {there}, and Cairn needs {OLDEST_POSTGRES} or newer; have "
            "it upgraded, or name another in DATABASE_URL",
        )


def refuse_foreign_tables(names: list[str]) -> None:
    """Raise DatabaseRefused for tables of another program, where Cairn's have yet to be made."""
    if names:
        some = ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")
        raise DatabaseRefused(
            "foreign_tables",
            f"The database holds tables of another program ({some}); name an empty database, or "
            "Cairn's own, in DATABASE_URL",
        )


def _about(url: URL) -> dict[str, str]:
    host = str(url.host or url.query.get("host") or "")
    port = url.port or url.query.get("port") or 5432
    is_socket = not host or host.startswith("/")
    return {
        "at": f"the socket in {host or 'its usual folder'}" if is_socket else f"{host}:{port}",
        "host": host,
        "role": url.username or "of this machine's user",
        "name": url.database or "",
        "file": url.database or "",
    }


def _cannot_open(file: Path) -> DatabaseRefused:
    folder = file.absolute().parent
    if file.exists() and not (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        sentence = f"{file} may not be read and written; give it to the user who runs Cairn"
    elif folder.is_dir():
        sentence = (
            f"{file} cannot be made or opened; let the user who runs Cairn write into {folder}"
        )
    else:
        above = next(one for one in folder.parents if one.exists())
        why = "is a file" if not above.is_dir() else "may not be written"
        return DatabaseRefused(
            "no_folder",
            f"{folder} is not there and cannot be made, because {above} {why}; make the folder "
            "for the user who runs Cairn, or correct DATABASE_URL",
        )
    return DatabaseRefused("no_rights", sentence)


def _unknown(driver: Any, code: str, said: str, url: URL) -> DatabaseRefused:
    """Say what can be said: the words of a server that let nobody in, never those about a row."""
    where = _about(url)["file" if url.get_backend_name() == "sqlite" else "at"]
    if not code and "connection" in said and url.get_backend_name() != "sqlite":
        return DatabaseRefused(
            "refused",
            f"Postgres at {where} refuses the connection ({_short(said)}); correct role, password "
            "and name in DATABASE_URL, or ask who looks after the server",
        )
    kind = " ".join(filter(None, (type(driver).__name__, code)))
    return DatabaseRefused(
        "unexpected",
        f"The database at {where} refused something that Cairn did not expect ({kind}); look "
        "into its log, run `python app.py doctor`, and report it if all else is well",
    )


def _short(said: str) -> str:
    """Keep the words of a driver or server that tell the cause: one line, its last clause."""
    line = said.strip().splitlines()[0] if said.strip() else ""
    line = re.sub(r"^.* failed: (?=\S)", "", line)
    return line[:LONGEST_QUOTE]


def _without_password(said: str, url: URL) -> str:
    for secret in _spellings(url):
        said = said.replace(secret, "***")
    return said


def _spellings(url: URL) -> Iterator[str]:
    for secret in filter(None, (url.password, url.query.get("password"))):
        yield str(secret)
        yield quote(str(secret), safe="")
