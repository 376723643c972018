"""A server on this machine that gives a file by https, as it is told to."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.kernel.download import IPAddress, is_public

UNKNOWN_NAME = "roster.example.test"
"""A name of this machine that a proxy alone knows."""


def loopback_too(address: IPAddress) -> bool:
    """Allow this machine beside the public internet: in tests alone."""
    return address.is_loopback or is_public(address)


@dataclass(slots=True)
class FileServer:
    """Gives `body`; what it was asked is in `asked`, as headers by lower-case name."""

    url: str
    trusts: ssl.SSLContext
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    breaks_off: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({name.lower(): value for name, value in request.headers.items()})
        if self.etag and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        headers = {**self.headers, **({"ETag": self.etag} if self.etag else {})}
        if not self.breaks_off:
            return web.Response(body=self.body, status=self.status, headers=headers)
        half = web.StreamResponse(headers={"Content-Length": str(len(self.body))})
        await half.prepare(request)
        await half.write(self.body[: len(self.body) // 2])
        assert request.transport
        request.transport.close()
        return half


def certificate(folder: Path, *, days: int) -> tuple[Path, Path]:
    """Make a certificate of `localhost` that ends in so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"localhost for {days} days")])
    names = [
        x509.DNSName("localhost"),
        x509.DNSName(UNKNOWN_NAME),
        x509.IPAddress(ip_address("127.0.0.1")),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = (folder / f"cert{days}.pem", folder / f"key{days}.pem")
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@asynccontextmanager
async def file_server(
    folder: Path, *, days: int = 30, is_secure: bool = True
) -> AsyncIterator[FileServer]:
    """Run it on a port of its own; with days below 0, its certificate has expired."""
    chain, key = certificate(folder, days=days)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(chain, key)
    server = FileServer(url="", trusts=ssl.create_default_context(cafile=str(chain)))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=own if is_secure else None)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"{'https' if is_secure else 'http'}://localhost:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
