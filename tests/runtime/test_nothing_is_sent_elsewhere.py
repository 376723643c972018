"""All tests run on this machine alone: no telemetry, no update check, no download.

Each fails where anything in its process reaches for another machine (`tests/conftest.py`).
"""

import asyncio
import socket

import pytest

from tests.support import this_machine


@pytest.mark.reaches_out
async def test_whatever_reaches_for_another_machine_is_refused_and_written_down() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as plain, pytest.raises(OSError, match="Network is unreachable"):
        plain.connect(("8.8.8.8", 443))
    with pytest.raises(socket.gaierror):
        await loop.getaddrinfo("telemetry.somewhere.io", 443)
    with pytest.raises(OSError, match="Network is unreachable"):
        await asyncio.open_connection("2606:4700::1", 443)
    with (
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
        pytest.raises(OSError, match="Network is unreachable"),
    ):
        datagrams.sendto(b"", ("8.8.4.4", 53))
    with pytest.raises(socket.gaierror):
        socket.gethostbyname("update.somewhere.io")
    with socket.socket() as plain, pytest.raises(OSError, match="Network is unreachable"):
        plain.connect(("134744072", 443))

    names = ["telemetry.somewhere.io", "update.somewhere.io"]
    to = ["8.8.8.8", names[0], "2606:4700::1", "8.8.4.4", names[1], "8.8.8.8"]
    assert this_machine.reached == to


async def test_this_machine_and_examples_of_others_are_no_other_machine() -> None:
    listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
    writer.close()
    listening.close()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("slack.invalid", 443)
    with socket.socket() as plain, pytest.raises(OSError, match="Network is unreachable"):
        plain.connect(("192.0.2.1", 443))

    assert this_machine.reached == []
