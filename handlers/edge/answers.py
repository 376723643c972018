"""Read what a person filled into a modal, by block id, and tell them what is wrong."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.clock import EARLIEST, FIRST_DAY, LAST_DAY, LATEST
from bot.kernel.errors import UserFacing
from bot.kernel.words import storable
from handlers.edge.clients import CALL_FAILURES

Element = Mapping[str, object]
Kind = TypeVar("Kind", bound=StrEnum)


MOST_CHARACTERS = 3000
"""In a text input: docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element."""


MOST_NUMBER = 9_999
"""That a form or a button carries."""


def whole_number(text: str | None, *, most: int = MOST_NUMBER) -> int | None:
    """Read a whole number from 0 to `most`; None for anything else."""
    is_one = text is not None and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if text is not None and is_one and int(text) <= most else None


def read_json(text: str) -> Any:
    """Read what a button or a form carries. Raises ValueError for what was never written so."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


class WrongAnswer(UserFacing):
    """An answer cannot be taken: the form stays open, with sentences beside its blocks."""

    def __init__(self, **by_block: str) -> None:
        super().__init__(" ".join(by_block.values()))
        self.by_block = by_block


def must_fit(escaped: str) -> None:
    """Refuse what Slack would cut when it is shown. Raises UserFacing.

    Slack counts escaped characters: docs.slack.dev/reference/block-kit/blocks/section-block.
    """
    if len(escaped) > MOST_CHARACTERS:
        raise UserFacing(
            "Shorten this, or write fewer of the signs &, < and >: some of it would be cut off."
        )


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
        """Read what was typed, without white space at the ends; None when that is nothing.

        Raises WrongAnswer for more than Slack lets anybody type.
        """
        typed = as_text(self._element(block_id).get("value"))
        if len(typed or "") > MOST_CHARACTERS:
            raise WrongAnswer(**{block_id: f"Shorten this to {MOST_CHARACTERS:,} characters."})
        return (typed or "").strip() or None

    def choice(self, block_id: str) -> str | None:
        """Read the value of the one option chosen in a select or in radio buttons."""
        return _value(self._element(block_id).get("selected_option"))

    def moment(self, block_id: str) -> datetime | None:
        """Read the instant (UTC) chosen in a picker of a day and a time."""
        seconds = self._element(block_id).get("selected_date_time")
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            return None
        is_near = EARLIEST.timestamp() <= seconds <= LATEST.timestamp()
        return datetime.fromtimestamp(seconds, UTC) if is_near else None

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
        """Read the day chosen in a date picker; one that nobody can mean counts as left out."""
        try:
            chosen = date.fromisoformat(str(self._element(block_id).get("selected_date")))
        except ValueError:
            return None
        return chosen if FIRST_DAY <= chosen <= LAST_DAY else None

    def person(self, block_id: str) -> str:
        """Read the Slack id of the one person chosen; empty for none."""
        return next(iter(self.people(block_id)), "")

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
        several = element.get(many)
        found = [element.get(one), *(several if isinstance(several, list) else ())]
        return tuple(each for each in map(as_text, found) if each)


def as_text(found: object) -> str | None:
    """Take a text that can be kept; None for nothing, and for anything else."""
    return (storable(found) or None) if isinstance(found, str) else None


def _value(option: object) -> str | None:
    return as_text(option.get("value")) if isinstance(option, Mapping) else None


SLACK_FILES_HOST = "files.slack.com"
CHUNK_BYTES = 65_536


async def uploaded(client: AsyncWebClient, file: Mapping[str, object], *, most_bytes: int) -> bytes:
    """Fetch the content of `file`, as Slack describes it in a file input's answer.

    The bot token goes to Slack's file host only, or to the stand-in that API calls go to. Raises
    UserFacing when the file is too large, gone, or not readable for this app.
    """
    try:
        url = await _address(client, file)
        if not _is_slacks(url, client.base_url) or client.session is None:
            raise UserFacing("This file is not kept in Slack itself. Upload it from your computer.")
        return await _download(client.session, url, str(client.token), most_bytes=most_bytes)
    except CALL_FAILURES:
        raise UserFacing("Slack did not hand out the file. Please upload it again.") from None


def _is_slacks(url: str, api_url: str) -> bool:
    """Whether a file lies with Slack, or with the stand-in that the API calls go to."""
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
    except ValueError:  # no address at all
        return False
    if parts.scheme == "https" and parts.netloc == SLACK_FILES_HOST:
        return True
    return api.hostname not in {"slack.com", "www.slack.com"} and parts.netloc == api.netloc


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
