"""Answer only the sandbox's own page, and programs that are no browsers.

A website in the same browser can send requests here, and can give this machine a name of its own
(DNS rebinding). Browsers tell both: in Host, Origin and Sec-Fetch-Site.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from slack_sandbox.world import World

# Where a link of another site may lead: the first page, and an app's installation.
OPEN_TO_LINKS = ("/oauth/",)


class OwnOrigin:
    """Refuses requests under a host that nobody named, and those of other websites."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or refuse it in one sentence."""
        refusal = None if scope["type"] == "lifespan" else why_not(scope, self._world.hosts)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refusal)(scope, receive, send)
        else:
            await PlainTextResponse(f"{refusal}\n", status_code=403)(scope, receive, send)


def why_not(scope: Scope, hosts: set[str]) -> str | None:
    """Return why a request is refused; None when it is not."""
    headers = Headers(scope=scope)
    named = headers.getlist("host")
    if len(named) != 1 or _host(f"//{named[0]}") not in hosts:
        return "The sandbox does not answer under this host; name it with --allow-host."
    origins = headers.getlist("origin")
    own = {f"{scheme}://{named[0].lower()}" for scheme in ("http", "https")}
    if not own.issuperset(origin.lower() for origin in origins):
        return "Only the sandbox's own page may do this."
    site = headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") and not _is_link(scope, headers):
        return "Only the sandbox's own page may do this."
    return None


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Tell whether somebody followed a link to where it may lead."""
    path = scope["path"]
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and (path == "/" or path.startswith(OPEN_TO_LINKS))
    )
