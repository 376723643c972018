"""Try the signing secret: a request signed with it, to the address of the running bot."""

import asyncio
import json
import secrets
from datetime import datetime

import aiohttp
from slack_sdk.signature import SignatureVerifier

from handlers.edge.clients import open_session
from runtime.doctor.findings import Finding, fix, note, well
from runtime.http_mode import EVENTS_PATH, NOT_SIGNED
from runtime.tenancy import Options

ANSWER_WITHIN_S = 10.0
MOST_BYTES = 10_000


async def signing_secret(
    options: Options,
    *,
    address: str | None,
    is_asked: bool,
    now: datetime,
    within_s: float = ANSWER_WITHIN_S,
) -> list[Finding]:
    """Send what Slack sends when a request URL is entered, and see whether the bot takes it.

    Slack cannot be asked for the secret: whether it signs with the same is seen from its requests.
    """
    is_used = options.app_token is None or options.client_id is not None
    if options.signing_secret is None and is_asked:
        return [fix("SLACK_SIGNING_SECRET is not set, so nothing could be tried at --url; set it")]
    if options.signing_secret is None or not (address or is_used):
        return []
    if address is None:
        return [
            note(
                "SLACK_SIGNING_SECRET was not tried; while `serve --http` runs, give its address, "
                "such as `doctor --url http://127.0.0.1:3000`."
            )
        ]
    where = f"{address.rstrip('/')}{EVENTS_PATH}"
    challenge = secrets.token_urlsafe(16)
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    signed = SignatureVerifier(options.signing_secret)
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signed.generate_signature(timestamp=stamp, body=body) or "",
    }
    try:
        async with (
            asyncio.timeout(within_s),
            open_session(options.network, api_url=where) as session,
            session.post(where, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            said = (await answer.content.read(MOST_BYTES)).decode(errors="replace")
    except aiohttp.ClientSSLError:
        return [fix(f"The certificate at {where} is not valid for it; renew or correct it")]
    except (TimeoutError, aiohttp.ClientError, OSError) as failure:
        kind = "silence" if isinstance(failure, TimeoutError) else type(failure).__name__
        return [
            fix(
                f"Nobody answers at {where} ({kind}); start `serve --http`, and let that address "
                "lead to it"
            )
        ]
    return [_verdict(where, answer.status, said, challenge)]


def _verdict(where: str, status: int, said: str, challenge: str) -> Finding:
    if status == 200 and challenge in said:
        return well(f"The bot at {where} takes what SLACK_SIGNING_SECRET signs.")
    if status == 401 and said == NOT_SIGNED:
        return fix(
            f"The bot at {where} refuses what SLACK_SIGNING_SECRET signs: it runs with another "
            "secret, or with a clock that is 5 minutes off; copy the secret from Basic Information "
            "into its settings and start it again"
        )
    return fix(
        f"What answers at {where} (status {status}) is not Cairn; let that address lead to the "
        "port of `serve --http`"
    )
