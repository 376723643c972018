"""A stand-in for HashiCorp Vault's KV version 2 and AppRole API, on a real socket."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/v1/secret/"
TOKEN, ROLE, SECRET = "hvs.first", "role-1", "secret-1"

Answer = tuple[int, dict[str, Any] | None]


@dataclass(slots=True)
class Server:
    """What is kept, which tokens count, and what to answer instead, if anything."""

    address: str = ""
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    instead: int | None = None
    is_version_1: bool = False
    logins: int = 0

    def answer(self, method: str, path: str, token: str | None, content: Any) -> Answer:
        if self.instead is not None:
            return self.instead, {"errors": ["told to"]}
        if path == "/v1/auth/approle/login":
            return self._log_in(content)
        if token not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        if not path.startswith(PREFIX):
            return 404, {"errors": [f"no handler for route {path}"]}
        kind, _, name = path.removeprefix(PREFIX).partition("/cairn/pulse-keys")
        deeds = {
            ("metadata", "GET"): self._list,
            ("metadata", "DELETE"): self._delete,
            ("data", "DELETE"): self._delete,
            ("data", "POST"): self._write,
            ("data", "GET"): self._read,
        }
        return deeds[kind, method](name.removeprefix("/"), content)

    def _list(self, _name: str, _content: Any) -> Answer:
        names = sorted(self.kept)
        return (200, {"data": {"keys": names}}) if names else (404, {"errors": []})

    def _delete(self, name: str, _content: Any) -> Answer:
        self.kept.pop(name, None)
        return 204, None

    def _write(self, name: str, content: Any) -> Answer:
        if self.is_version_1:
            return 204, None
        if name in self.kept and content["options"] == {"cas": 0}:
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        self.kept[name] = content["data"]
        return 200, {"data": {"version": 1}}

    def _read(self, name: str, _content: Any) -> Answer:
        if name not in self.kept:
            return 404, {"errors": []}
        return 200, {"data": {"data": self.kept[name], "metadata": {"version": 1}}}

    def _log_in(self, content: Any) -> Answer:
        if content != {"role_id": ROLE, "secret_id": SECRET}:
            return 400, {"errors": ["invalid role or secret ID"]}
        self.logins += 1
        self.tokens = {f"hvs.login-{self.logins}"}
        return 200, {"auth": {"client_token": f"hvs.login-{self.logins}"}}


@contextmanager
def vault_server() -> Iterator[Server]:
    """A running stand-in on a free port."""
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            path = self.path.removesuffix("?list=true")
            status, said = found.answer(
                self.command, path, self.headers.get("x-vault-token"), content
            )
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
