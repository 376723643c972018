"""`sslmode=verify-full&sslrootcert=`, as the page prints it: another's server is told nothing."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.kernel.database import open_database
from bot.kernel.scope import everywhere
from tests.support.https_server import certificate
from tests.support.postgres import PAGE

[PRINTED] = re.findall(
    r"^DATABASE_URL=(\S+sslmode=verify-full\S+)$", PAGE.read_text(), re.MULTILINE
)


@asynccontextmanager
async def server(chain: Path, key: Path) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Begin as Postgres does, and keep what it is told once the connection is encrypted.

    postgresql.org/docs/16/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    told: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ssl.SSLError, OSError, asyncio.IncompleteReadError):
            assert (await reader.readexactly(8))[4:] == b"\x04\xd2\x16\x2f", "an SSLRequest"
            writer.write(b"S")
            await writer.start_tls(context)
            told.append(await reader.read(500))
        writer.close()

    listening = await asyncio.start_server(answer, "0.0.0.0", 0)
    try:
        yield listening.sockets[0].getsockname()[1], told
    finally:
        listening.close()


async def knock(port: int, *, host: str, ca_file: Path) -> str:
    """Connect to an address like the printed one; the reason why that ended."""
    address = PRINTED.replace("db.internal", f"{host}:{port}")
    address = re.sub(r"sslrootcert=\S+", f"sslrootcert={ca_file}", address)
    database = open_database(address)
    with everywhere(), pytest.raises(OperationalError) as failed:
        async with database.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))
    await database.close()
    return str(failed.value)


async def test_the_server_has_to_show_a_certificate_for_its_name_from_the_file(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    chain, key = certificate(ours, days=30)
    other, _ = certificate(theirs, days=31)
    async with server(chain, key) as (port, told):
        assert "certificate verify failed" in await knock(port, host="localhost", ca_file=other)
        assert "does not match host name" in await knock(port, host="127.0.0.2", ca_file=chain)
        assert not any(told)

        await knock(port, host="localhost", ca_file=chain)

        assert b"user\x00cairn_run\x00" in told[-1]
