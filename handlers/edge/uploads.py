"""Fetches a file that somebody uploaded in a modal, from Slack alone, up to a size."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.errors import UserFacing

SLACK_FILES_HOST = "files.slack.com"
CHUNK_BYTES = 65_536


async def uploaded(client: AsyncWebClient, file: Mapping[str, object], *, most_bytes: int) -> bytes:
    """The content of `file`, as Slack describes it in a file input's answer.

    The bot token goes to Slack's file host only, or to the stand-in that API calls go to. Raises
    UserFacing when the file is too large, gone, or not readable for this app.
    """
    url = await _address(client, file)
    parts, api = urlsplit(url), urlsplit(client.base_url)
    is_slacks = parts.scheme == "https" and parts.hostname == SLACK_FILES_HOST
    is_stand_ins = api.hostname not in {"slack.com", "www.slack.com"} and parts.netloc == api.netloc
    if not (is_slacks or is_stand_ins) or client.session is None:
        raise UserFacing("This file is not kept in Slack itself. Upload it from your computer.")
    try:
        return await _download(client.session, url, str(client.token), most_bytes=most_bytes)
    except (aiohttp.ClientError, TimeoutError):
        raise UserFacing("Slack did not hand out the file. Please upload it again.") from None


async def _address(client: AsyncWebClient, file: Mapping[str, object]) -> str:
    found = file.get("url_private_download") or file.get("url_private")
    if not found:
        answer = await client.files_info(file=str(file.get("id")))
        described = answer.get("file") or {}
        found = described.get("url_private_download") or described.get("url_private")
    return str(found or "")


async def _download(
    session: aiohttp.ClientSession, url: str, token: str, *, most_bytes: int
) -> bytes:
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        if answer.status == 404:
            raise UserFacing("The file is gone. Please upload it again.")
        if answer.status != 200 or answer.content_type == "text/html":
            raise UserFacing(
                "Cairn may not read files here yet. Ask whoever installed it to add the scope "
                "files:read, or paste the roster instead."
            )
        content = b""
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            content += chunk
            if len(content) > most_bytes:
                raise UserFacing(
                    f"The file is larger than {most_bytes // 1_000_000} MB. Split it into several."
                )
        return content
