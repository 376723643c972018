"""Servers on this machine that are not what they should be: silent, or saying something else."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Talk = Callable[[socket.socket], None]
"""What is said to whoever connects; the connection is closed after it."""


@dataclass(slots=True)
class Strange:
    """A listening port, and whether somebody has come to it."""

    port: int
    visited: threading.Event = field(default_factory=threading.Event)


@contextmanager
def strange_server(talk: Talk) -> Iterator[Strange]:
    """Talk to all who connect, each in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    strange = Strange(listener.getsockname()[1])
    open_ones: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            talk(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                strange.visited.set()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield strange
    finally:
        for one in (listener, *open_ones):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def silence(connection: socket.socket) -> None:
    """Take whatever comes and say nothing."""
    while connection.recv(65_536):
        pass


def cut(connection: socket.socket) -> None:
    """Hear what is asked and hang up."""
    connection.recv(65_536)


def http(status: str, body: str, content_type: str = "text/html") -> Talk:
    """Answer any request with a page."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        _send(connection, status, body, content_type)

    return talk


def slack(answers: Mapping[str, object]) -> Talk:
    """Answer methods of Slack's Web API; `answers` may change meanwhile."""

    def talk(connection: socket.socket) -> None:
        method = connection.recv(65_536).split()[1].rpartition(b"/")[2].decode()
        _send(connection, "200 OK", json.dumps(answers[method]), "application/json")

    return talk


def _send(connection: socket.socket, status: str, body: str, content_type: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nConnection: close\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


def tls_offered(connection: socket.socket) -> None:
    """Say as Postgres does that TLS can begin."""
    connection.recv(8)
    connection.sendall(b"S")
    connection.recv(65_536)


def fatal(code: str, message: str) -> Talk:
    """Refuse as Postgres does before anybody is let in (its protocol's ErrorResponse), without TLS.

    postgresql.org/docs/current/protocol-message-formats.html
    """
    fields = b"".join(
        kind + text.encode() + b"\0"
        for kind, text in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", code), (b"M", message))
    )

    def talk(connection: socket.socket) -> None:
        if len(connection.recv(65_536)) == 8:  # it asks for TLS first
            connection.sendall(b"N")
            connection.recv(65_536)
        connection.sendall(b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0")

    return talk
