"""Read what a person filled into a modal, by block id, and tell them what is wrong."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.errors import UserFacing

Element = Mapping[str, object]
Kind = TypeVar("Kind", bound=StrEnum)


class WrongAnswer(UserFacing):
    """An answer cannot be taken: the form stays open, with sentences beside its blocks."""

    def __init__(self, **by_block: str) -> None:
        super().__init__(" ".join(by_block.values()))
        self.by_block = by_block


@contextmanager
def beside(block_id: str) -> Iterator[None]:
    """Say what the member can fix beside a block of the form, which stays open."""
    try:
        yield
    except UserFacing as problem:
        raise WrongAnswer(**{block_id: problem.sentence}) from None


@dataclass(frozen=True, slots=True)
class Answers:
    """The state of a modal. Every input block holds one element, so its block id finds it."""

    by_block: Mapping[str, Element]

    @classmethod
    def from_view(cls, view: Mapping[str, object]) -> "Answers":
        """Read `view.state.values`. What is malformed counts as not filled in."""
        state = view.get("state")
        values = state.get("values") if isinstance(state, Mapping) else None
        found: dict[str, Element] = {}
        for block_id, elements in (values if isinstance(values, Mapping) else {}).items():
            if isinstance(elements, Mapping):
                for element in elements.values():
                    if isinstance(element, Mapping):
                        found[str(block_id)] = element
        return cls(found)

    def text(self, block_id: str) -> str | None:
        """Read what was typed, without white space at the ends; None when that is nothing."""
        value = self._element(block_id).get("value")
        return (value.strip() or None) if isinstance(value, str) else None

    def choice(self, block_id: str) -> str | None:
        """Read the value of the one option chosen in a select or in radio buttons."""
        return _value(self._element(block_id).get("selected_option"))

    def choice_of(self, block_id: str, kinds: type[Kind]) -> Kind | None:
        """Read the option chosen as one of `kinds`; one that does not exist counts as left out."""
        chosen = self.choice(block_id)
        return kinds(chosen) if chosen in set(kinds) else None

    def choices(self, block_id: str) -> tuple[str, ...]:
        """Read the values of all options chosen in checkboxes or a multi-select."""
        options = self._element(block_id).get("selected_options")
        values = (_value(option) for option in (options if isinstance(options, list) else []))
        return tuple(value for value in values if value is not None)

    def date(self, block_id: str) -> date | None:
        """Read the day chosen in a date picker."""
        chosen = self._element(block_id).get("selected_date")
        try:
            return date.fromisoformat(chosen) if isinstance(chosen, str) else None
        except ValueError:
            return None

    def people(self, block_id: str) -> tuple[str, ...]:
        """Read the Slack ids chosen in a (multi) users select."""
        return self._ids(block_id, one="selected_user", many="selected_users")

    def channels(self, block_id: str) -> tuple[str, ...]:
        """Read the Slack ids chosen in a (multi) conversations select."""
        return self._ids(block_id, one="selected_conversation", many="selected_conversations")

    def files(self, block_id: str) -> tuple[Mapping[str, object], ...]:
        """Read the files of a file input, as Slack describes them (id, name, url_private)."""
        files = self._element(block_id).get("files")
        found = files if isinstance(files, list) else []
        return tuple(file for file in found if isinstance(file, Mapping))

    def _element(self, block_id: str) -> Element:
        return self.by_block.get(block_id, {})

    def _ids(self, block_id: str, *, one: str, many: str) -> tuple[str, ...]:
        element = self._element(block_id)
        single, several = element.get(one), element.get(many)
        if isinstance(single, str):
            return (single,)
        return tuple(str(each) for each in several) if isinstance(several, list) else ()


def _value(option: object) -> str | None:
    value = option.get("value") if isinstance(option, Mapping) else None
    return value if isinstance(value, str) else None


SLACK_FILES_HOST = "files.slack.com"
CHUNK_BYTES = 65_536


async def uploaded(client: AsyncWebClient, file: Mapping[str, object], *, most_bytes: int) -> bytes:
    """Fetch the content of `file`, as Slack describes it in a file input's answer.

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
                "Cairn may not read files here yet. Ask an administrator to add the scope "
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
