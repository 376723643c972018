"""A small proxy that leads on to this machine, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.https_server import UNKNOWN_NAME


@dataclass(slots=True)
class ProxyServer:
    """Answers CONNECT with `status`, or not at all; `asked` are the heads of what it was asked."""

    url: str = ""
    status: int = 200
    is_silent: bool = False
    asked: list[str] = field(default_factory=list)
    carried: bytearray = field(default_factory=bytearray)
    """All bytes that came from the client after it was led on."""

    @property
    def targets(self) -> list[str]:
        """Give the servers that were asked for, as `name:port`."""
        return [head.split()[1] for head in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            if self.is_silent:
                await reader.read()
            writer.write(f"HTTP/1.1 {self.status} Said\r\n\r\n".encode())
            name, _, port = head.split()[1].rpartition(":")
            if self.status == 200 and head.startswith("CONNECT ") and name in KNOWN:
                await self._lead_on(reader, writer, int(port))
        writer.close()

    async def _lead_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", port)

        async def carry(one: asyncio.StreamReader, to: asyncio.StreamWriter, *, note: bool) -> None:
            while some := await one.read(65_536):
                if note:
                    self.carried += some
                to.write(some)
                await to.drain()
            to.close()

        await asyncio.gather(carry(reader, to_there, note=True), carry(there, writer, note=False))


KNOWN = ("localhost", UNKNOWN_NAME)


@asynccontextmanager
async def proxy_server() -> AsyncIterator[ProxyServer]:
    """Run it on a port of its own."""
    proxy = ProxyServer()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
