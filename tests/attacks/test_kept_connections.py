"""A connection on which Slack has asked may bring more: it is held to the limits, and forgets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from aiohttp import web

from runtime.door import listening, welcome, whole_body
from runtime.limits import Limits
from runtime.process import Cairn, listening_on_http
from tests.attacks.knocking import answered, looks_signed, port_of, request, signed, status
from tests.attacks.test_door import COMMAND, SOON_S
from tests.support.running_programme import running_programme


@pytest.fixture
async def cairn(tmp_path: Path) -> AsyncIterator[Cairn]:
    async with running_programme(tmp_path) as running:
        yield running.slack.cairn


async def next_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status of the next answer, and whether the connection is closed after it."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    await reader.readexactly(length)
    return status(head), b"connection: close" in head.lower()


async def test_what_follows_a_request_of_slacks_is_held_to_the_same_limits(cairn: Cairn) -> None:
    one = request(COMMAND, signed(COMMAND))
    rest: dict[str, tuple[bytes, int]] = {
        "nothing": (b"", 0),
        "half a line": (b"POST /sl", 0),
        "half a body": (request(COMMAND, looks_signed(), length="3000"), 0),
        "a byte too many": (one + b"P", 200),
        "an unsigned one": (request(COMMAND), 401),
        "another's signature": (request(COMMAND, looks_signed()), 401),
        "no HTTP": (b"\x16\x03\x01\r\n\r\n", 401),
    }
    limits = Limits(whole_within_s=SOON_S, idle_s=SOON_S)

    async def after_two(address: str, raw: bytes) -> tuple[list[int], int, float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        first = []
        for _ in range(2):
            writer.write(one)
            first.append((await next_answer(reader))[0])
        started = time.monotonic()
        writer.write(raw)
        said = b""
        with suppress(ConnectionError):
            said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return first, status(said), time.monotonic() - started

    async with listening_on_http(cairn, host="127.0.0.1", port=0, limits=limits) as address:
        ended = await asyncio.gather(*(after_two(address, raw) for raw, _ in rest.values()))

    assert [first for first, _, _ in ended] == [[200, 200]] * len(rest)
    assert [said for _, said, _ in ended] == [expected for _, expected in rest.values()]
    assert max(took for _, _, took in ended) < SOON_S + 1.2


async def test_a_connection_that_waits_for_a_next_request_keeps_nothing_of_the_last() -> None:
    given: list[web.Response] = []

    async def answer(asked: web.BaseRequest) -> web.StreamResponse:
        body = await whole_body(asked)
        welcome(asked)
        given.append(web.Response(body=body))
        return given[-1]

    async with listening(
        answer,
        host="127.0.0.1",
        port=0,
        named="--port",
        limits=Limits(),
        not_http=web.Response,
    ) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        writer.write(request(b"Zebrafinch at midnight"))
        head = await reader.readuntil(b"midnight")
        await asyncio.sleep(0)
        still_there = not reader.at_eof() and b"connection: close" not in head.lower()
        writer.close()

    assert still_there
    assert [one.body for one in given] == [None]


async def test_connections_that_wait_for_a_next_request_leave_half_the_room(cairn: Cairn) -> None:
    limits = Limits(connections=20)
    async with (
        AsyncExitStack() as stack,
        listening_on_http(cairn, host="127.0.0.1", port=0, limits=limits) as address,
    ):
        ended = []
        for _ in range(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
            stack.callback(writer.close)
            writer.write(request(COMMAND, signed(COMMAND)))
            ended.append(await next_answer(reader))

        assert {said for said, _ in ended} == {200}
        assert sum(not is_last for _, is_last in ended) == limits.connections // 2
        newcomer = request(COMMAND, signed(COMMAND) + b"Connection: close\r\n")
        assert status(await answered(address, newcomer)) == 200
