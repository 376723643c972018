"""Strangers at the open port: whatever they send, hold open or pour in, Slack is still answered."""

import asyncio
import gzip
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

from bot.kernel.errors import OperatorFacing
from runtime.limits import Limits
from runtime.process import Cairn, listening_on_http
from tests.attacks.knocking import (
    FORM,
    JSON,
    answered,
    closed_after,
    looks_signed,
    port_of,
    request,
    signed,
    status,
)
from tests.support.running_programme import Running, running_programme

COMMAND = urlencode(
    {
        "command": "/checkin",
        "text": "help",
        "team_id": "T0CAIRN",
        "user_id": "U0NOBODY",
        "channel_id": "D1",
        "trigger_id": "1.2.3",
        "response_url": "",
    }
).encode()
SOON_S = 0.4
DEEP = b"[" * 100_000
MUCH = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1_000) for number in range(60))
CHUNKED = b"Transfer-Encoding: chunked\r\n"

UNSIGNED = {
    "nothing to show": request(COMMAND),
    "another's signature": request(COMMAND, looks_signed()),
    "signed, and changed since": request(COMMAND + b"&text=x", signed(COMMAND)),
    "signed with one header twice": request(COMMAND, signed(COMMAND) + looks_signed()),
    "signed six minutes ago": request(
        COMMAND, signed(COMMAND, timestamp=str(int(time.time()) - 360))
    ),
    "signed in an hour": request(COMMAND, signed(COMMAND, timestamp=str(int(time.time()) + 3_600))),
    **{
        f"a timestamp that is {name}": request(COMMAND, signed(COMMAND, timestamp=timestamp))
        for name, timestamp in {
            "empty": "",
            "words": "yesterday",
            "with a sign": f"+{int(time.time())}",
            "negative": f"-{int(time.time())}",
            "with a line": f"{int(time.time()):_}",
            "a fraction": f"{time.time():.2f}",
            "in other digits": "".join(chr(0x660 + int(one)) for one in str(int(time.time()))),
            "huge": "9" * 400,
            "longer than Python reads": "9" * 5_000,
            "not finite": "inf",
        }.items()
    },
    "a signature beyond ASCII": request(COMMAND, looks_signed(value="v0=é")),
    "no body": request(b"", looks_signed()),
    "a question of TLS": request(b"ssl_check=1&token=x", looks_signed()),
    "broken JSON": request(b"{", looks_signed(), kind=JSON),
    "a list": request(b"[]", looks_signed(), kind=JSON),
    "a hundred thousand brackets": request(DEEP, looks_signed(), kind=JSON),
    "odd types": request(b'{"authorizations":5}', looks_signed(), kind=JSON),
    "not UTF-8": request(b"\xff\xfe", looks_signed()),
    "an unknown charset": request(COMMAND, looks_signed(), kind="text/plain; charset=odd"),
    "multipart": request(b"--x", looks_signed(), kind="multipart/form-data; boundary=x"),
    "no content type": request(COMMAND, looks_signed(), kind=""),
    "garbage called gzip": request(b"x", looks_signed() + b"Content-Encoding: gzip\r\n"),
    "a bomb": request(
        gzip.compress(bytes(10_000_000)), looks_signed() + b"Content-Encoding: gzip\r\n"
    ),
    "called brotli": request(b"x", looks_signed() + b"Content-Encoding: br\r\n"),
    "compressed, and signed": request(
        gzip.compress(COMMAND), signed(gzip.compress(COMMAND)) + b"Content-Encoding: gzip\r\n"
    ),
    "more than Slack sends": request(b"x", looks_signed(), length="3000001"),
    "much more": request(b"x", looks_signed(), length="9" * 18),
    "more in chunks": request(
        b"f00000\r\n" + bytes(3_100_000), looks_signed() + CHUNKED, length=""
    ),
    "a length below nothing": request(COMMAND, looks_signed(), length="-1"),
    "two lengths": request(COMMAND, looks_signed() + b"Content-Length: 5\r\n"),
    "chunks that are none": request(b"zz\r\n", looks_signed() + CHUNKED, length=""),
    "chunks and a length": request(b"1\r\nx\r\n0\r\n\r\n", looks_signed() + CHUNKED),
    "odd chunks": request(b"", b"Transfer-Encoding: xchunked\r\n", length=""),
    "a folded header": request(COMMAND, b"X: a\r\n b\r\n"),
    "a header without a name": request(COMMAND, b": a\r\n"),
    "a header with NUL": request(COMMAND, b"X: \x00\r\n"),
    "500 headers": request(COMMAND, b"".join(b"X-%d: a\r\n" % n for n in range(500))),
    "a header of 20,000 bytes": request(COMMAND, b"X: " + b"a" * 20_000 + b"\r\n"),
    "a path of 9,000 bytes": request(line=f"GET /slack/events?{'a' * 9_000} HTTP/1.1"),
    "expecting something": request(COMMAND, b"Expect: magic\r\n"),
    "asking for a web socket": request(
        COMMAND, looks_signed() + b"Connection: upgrade\r\nUpgrade: websocket\r\n"
    ),
    "HTTP/1.0": request(COMMAND, line="POST /slack/events HTTP/1.0"),
    "HTTP/0.9": b"GET /slack/events\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "a whole address": request(COMMAND, line="POST http://cairn/slack/events HTTP/1.1"),
    **{
        f"a whole address with the host {host}": request(
            COMMAND, line=f"POST http://{host}/slack/events HTTP/1.1"
        )
        for host in ("xn--a", "xn--99999999999", "a..b", "u:p@a", "%zz", "[::1]", "a:99999")
    },
    **{
        f"the method {method}": request(line=f"{method} /slack/events HTTP/1.1")
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "post")
    },
}


def event(**more: object) -> bytes:
    body = {"type": "event_callback", "team_id": "T0CAIRN", "event_id": "Ev1"}
    return json.dumps(body | {"event": {"type": "app_home_opened"}} | more).encode()


UNREADABLE = {
    "nothing": (b"", FORM),
    "nothing, as JSON": (b"", JSON),
    "no payload": (b"payload", FORM),
    "a payload that breaks off": (b"payload=%7B", FORM),
    "another form": (b"a=b", FORM),
    "one field twice": (COMMAND + b"&command=%2Fother", FORM),
    "two payloads": (b"payload=%7B%7D&payload=%7B%7D", FORM),
    "200,000 fields": (b"&".join(b"a%d=1" % number for number in range(200_000)), FORM),
    "a form with NUL": (COMMAND.replace(b"help", b"%00"), FORM),
    "a form that is not UTF-8": (b"command=\xff", FORM),
    "a form that is not UTF-8 inside": (COMMAND.replace(b"help", b"%ff"), FORM),
    "broken JSON": (b"{", JSON),
    "a list": (b"[]", JSON),
    "a number": (b"1", JSON),
    "a text": (b'"x"', JSON),
    "null": (b"null", JSON),
    "an object without a kind": (b"{}", JSON),
    "a hundred thousand brackets": (DEEP, JSON),
    "brackets within brackets, closed": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON),
    "a number of 5,000 digits": (b'{"type":"x","n":' + b"9" * 5_000 + b"}", JSON),
    "half a surrogate pair": (event(event_id="\ud800"), JSON),
    "NUL": (event(event_id="\0"), JSON),
    **{
        f"an odd {name}": (event(**{name: value}), JSON)
        for name, value in {
            "type": ["x"],
            "event": [],
            "event_id": 5,
            "team_id": {"a": 1},
            "authorizations": 5,
            "view": [1],
            "user": "U1",
            "team": 3,
        }.items()
    },
    **{
        f"the actions {name}": (
            json.dumps({"type": "block_actions", "user": {"id": "U1"}, "actions": value}).encode(),
            JSON,
        )
        for name, value in {"3": 3, "[3]": [3], "{}": {}}.items()
    },
}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


@pytest.fixture
def cairn(here: Running) -> Cairn:
    return here.slack.cairn


@pytest.fixture
async def port(cairn: Cairn) -> AsyncIterator[str]:
    async with listening_on_http(cairn, host="127.0.0.1", port=0) as address:
        yield address


def last_of_slack(body: bytes, kind: str = FORM) -> bytes:
    """A signed request, after which the connection is to be closed."""
    return request(body, signed(body) + b"Connection: close\r\n", kind=kind)


async def asked_by_slack(address: str) -> tuple[int, float]:
    """What Slack is answered for a command, and after how many seconds."""
    started = time.monotonic()
    answer = await answered(address, last_of_slack(COMMAND))
    return status(answer), time.monotonic() - started


def connections_at(address: str) -> int:
    """How many connections the port has, seen from outside."""
    return sum(
        one.laddr.port == port_of(address) and one.status == "ESTABLISHED"
        for one in psutil.Process().net_connections("tcp")
    )


async def test_whatever_slack_has_not_signed_is_refused_with_401_and_leaves_no_line(
    port: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = {name: await answered(port, raw) for name, raw in UNSIGNED.items()}

    assert {name: status(one) for name, one in answers.items() if status(one) != 401} == {}
    assert {one for one in answers.values() if b"aiohttp" in one or b"Python" in one} == set()
    assert (caplog.text, capfd.readouterr().err) == ("", "")
    assert (await asked_by_slack(port))[0] == 200


async def test_what_is_signed_and_cannot_be_read_is_refused_with_400_and_leaves_no_line(
    port: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = {
        name: await answered(
            port, request(body, signed(body) + b"Connection: close\r\n", kind=kind)
        )
        for name, (body, kind) in UNREADABLE.items()
    }

    assert {name: status(one) for name, one in answers.items() if status(one) != 400} == {}
    assert (caplog.text, capfd.readouterr().err) == ("", "")


async def test_what_a_person_may_write_is_read(port: str) -> None:
    body = COMMAND.replace(b"help", urlencode({"": "NUL: \\u0000 \\\\u0000 🙂 ß"})[1:].encode())
    emoji = json.dumps({"type": "url_verification", "challenge": "\\u0000 🙂"}).encode()

    typed = await answered(port, last_of_slack(body))
    verified = await answered(port, last_of_slack(emoji, JSON))

    assert (status(typed), status(verified)) == (200, 200)


async def test_a_connection_brings_one_request_and_nothing_behind_it(port: str) -> None:
    one = request(COMMAND, signed(COMMAND))

    answers = [await answered(port, raw + one) for raw in (b"", one, request(COMMAND))]

    assert [status(said) for said in answers] == [200, 200, 401]
    assert [said.count(b"HTTP/1.1") for said in answers] == [1, 1, 1]


HALVES = {
    "a connection that says nothing": (),
    "half a line": (b"POST /sl",),
    "half a head": (request(COMMAND)[:60],),
    "half a body": (request(COMMAND, looks_signed(), length="3000"),),
    "half a chunk": (request(b"5\r\nx", looks_signed() + CHUNKED, length=""),),
    "a byte at a time": tuple(bytes([one]) for one in request(COMMAND, looks_signed())),
    "half a request behind a whole one": (request(COMMAND, signed(COMMAND)) + b"POST /sl",),
    "half a request after a whole one": (request(COMMAND, signed(COMMAND)), b"POST /sl"),
    "an unsigned one without its body": (request(b"", length="3000"),),
}


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "192.0.2.1"])
async def test_a_host_that_is_none_of_this_machine_is_one_sentence(cairn: Cairn, host: str) -> None:
    with pytest.raises(OperatorFacing, match="cannot be opened there"):
        async with listening_on_http(cairn, host=host, port=0):
            pass


async def test_half_a_request_is_closed_in_time(cairn: Cairn) -> None:
    limits = Limits(whole_within_s=SOON_S)
    async with listening_on_http(cairn, host="127.0.0.1", port=0, limits=limits) as address:
        knocks = [closed_after(address, *pieces, pause_s=0.05) for pieces in HALVES.values()]
        seconds = dict(zip(HALVES, await asyncio.gather(*knocks), strict=True))

    assert {name: took for name, took in seconds.items() if took > SOON_S + 1.2} == {}


async def test_half_a_request_does_not_hold_up_the_stop(cairn: Cairn) -> None:
    async with AsyncExitStack() as strangers:
        async with listening_on_http(cairn, host="127.0.0.1", port=0) as address:
            for raw in (b"POST /sl", request(COMMAND, looks_signed(), length="3000")):
                _, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
                strangers.callback(writer.close)
                writer.write(raw)
            await asyncio.sleep(0.1)
            started = time.monotonic()
        took = time.monotonic() - started

    assert took < 2


async def test_more_halves_than_there_is_room_for_keep_nobody_out(cairn: Cairn) -> None:
    limits = Limits(connections=20)
    async with (
        AsyncExitStack() as stack,
        listening_on_http(cairn, host="127.0.0.1", port=0, limits=limits) as address,
    ):
        for _ in range(100):
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
            writer.write(b"POST /sl")
            stack.callback(writer.close)
        seen = [await asked_by_slack(address) for _ in range(5)]
        still_open = connections_at(address)

    assert [code for code, _ in seen] == [200] * 5
    assert max(took for _, took in seen) < 2
    assert still_open <= 20


async def test_bodies_that_never_end_do_not_fill_the_memory(cairn: Cairn) -> None:
    limits = Limits(held_bytes=4_000_000)
    async with (
        AsyncExitStack() as stack,
        listening_on_http(cairn, host="127.0.0.1", port=0, limits=limits) as address,
    ):
        for _ in range(40):
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
            stack.callback(writer.close)
            writer.write(request(bytes(900_000), looks_signed(), length="2950000"))
            with suppress(ConnectionError):
                await writer.drain()
        seen = await asked_by_slack(address)
        await asyncio.sleep(0.1)
        still_open = connections_at(address)

    assert still_open <= 5
    assert seen[0] == 200


CROWD = """
import socket, sys, time
crowd = []
for _ in range(120):
    crowd.append(socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5))
    crowd[-1].send(b"POST /sl")
print("all here", flush=True)
time.sleep(60)
"""


async def test_a_full_file_table_does_not_fill_the_log_and_keeps_nobody_out(
    port: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert (await asked_by_slack(port))[0] == 200
    crowd = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CROWD, str(port_of(port))), stdout=asyncio.subprocess.PIPE
    )
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = {int(one) for one in os.listdir("/proc/self/fd")}
    few = next(most for most in itertools.count(20) if len(set(range(most)) - used) == 20)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, usual[1]))
        assert crowd.stdout
        await asyncio.wait_for(crowd.stdout.readline(), 20)
        await asyncio.sleep(1)
        seen = await asked_by_slack(port)
        said = caplog.text + "".join(capfd.readouterr())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        crowd.kill()
        await crowd.wait()

    assert said.count("connections_") <= 1, said
    assert said.count("\n") <= 12, said  # what else runs in this process may lack a file, too
    assert seen[0] == 200
