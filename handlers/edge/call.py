"""One request from Slack, parsed and validated: all that a listener sees of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.delivery.reasons import IS_ARCHIVED, NOT_IN_CHANNEL, VIEW_CHANGED, VIEW_GONE
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.ports import Message
from bot.kernel.words import cut, utf8_bytes
from handlers.blocks import MESSAGE_BYTES, Choice, View, notice, notice_message, option
from handlers.edge.answers import Answers, as_text
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.display import NotShown, shown

SLACK_RESPONSE_HOST = "hooks.slack.com"
OPTIONS = "block_suggestion"


class Unreadable(Exception):
    """The request lacks what every request of its kind has."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A slash command, a click, a submitted or closed modal, an event, or a look into a menu.

    Fields that the kind of request does not have are empty. `view` is as Slack gives it, and
    `metadata` its private_metadata, which holds ids and positions only.
    """

    workspace_id: WorkspaceId
    slack_user_id: SlackUserId
    client: AsyncWebClient
    text: str = ""
    trigger_id: str | None = None
    action_id: str = ""
    value: str | None = None
    channel_id: str | None = None
    message_ts: str | None = None
    view_id: str | None = None
    view_hash: str | None = None
    view_type: str | None = None
    metadata: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)
    answers: Answers = field(default_factory=lambda: Answers({}))
    event: Mapping[str, object] = field(default_factory=dict)
    is_submission: bool = False
    asks_for_options: bool = False
    _ack: AsyncAck | None = None
    _response_url: str | None = None

    @property
    def acked(self) -> bool:
        return self._ack is None or self._ack.response is not None

    @property
    def form_key(self) -> str:
        """Give the key that stays the same when a form is submitted twice."""
        return self.view_id or self.trigger_id or ""

    async def ack(self) -> None:
        """Tell Slack that the request arrived; a submitted modal closes."""
        if self.asks_for_options:
            await self.offer([])
        elif self._ack is not None and not self.acked:
            await self._ack()

    async def offer(self, choices: Sequence[Choice]) -> None:
        """Fill the menu that is being looked through, unless it has been."""
        if self._ack is not None and not self.acked:
            await self._ack(options=[option(one) for one in choices])

    async def ack_errors(self, errors: Mapping[str, str]) -> None:
        """Keep the modal open and show a sentence beside each block named."""
        if self._ack is not None:
            await self._ack(response_action="errors", errors=dict(errors))

    async def ack_update(self, view: View) -> None:
        """Replace the submitted modal by `view`."""
        if self._ack is not None:
            await self._ack(response_action="update", view=view)

    async def ack_push(self, view: View) -> None:
        """Lay `view` over the submitted modal, which keeps what was filled in."""
        if self._ack is not None:
            await self._ack(response_action="push", view=view)

    async def ack_clear(self) -> None:
        """Close the submitted modal and all beneath it."""
        if self._ack is not None:
            await self._ack(response_action="clear")

    async def profile(self) -> Mapping[str, Any]:
        """Ask Slack about the caller (users.info)."""
        answer = await self.client.users_info(user=self.slack_user_id)
        return dict(answer.get("user") or {})

    async def open(self, view: View) -> str:
        """Open a modal; returns its view id. The trigger lives 3 s, so open before slow work."""
        trigger_id = self._trigger()
        return _view_id(
            await shown(partial(self.client.views_open, trigger_id=trigger_id, view=view))
        )

    async def push(self, view: View) -> str:
        """Lay a modal over the one that the click came from; returns its view id."""
        trigger_id = self._trigger()
        return _view_id(
            await shown(partial(self.client.views_push, trigger_id=trigger_id, view=view))
        )

    async def update(self, view: View, *, view_id: str | None = None) -> None:
        """Replace the modal the click came from, or the one named; one that is gone is left.

        So is one without an id. One that was drawn anew since the click is drawn over: what was
        clicked has been done.
        """
        where = view_id or self.view_id
        if not where:
            return
        draw = partial(self.client.views_update, view_id=where, view=view)
        try:
            if view_id is None and self.view_hash:
                try:
                    await shown(partial(draw, hash=self.view_hash), again=True)
                except NotShown as refusal:
                    if refusal.reason not in VIEW_CHANGED:
                        raise
                else:
                    return
            await shown(draw, again=True)
        except NotShown as refusal:
            if refusal.reason not in VIEW_GONE:
                raise

    async def show(self, view: View) -> str:
        """Put `view` in the modal that the click came from, or open it; returns its view id."""
        if self.view_type == "modal" and self.view_id:
            await self.update(view)
            return self.view_id
        return await self.open(view)

    async def tell(self, message: Message) -> None:
        """Show a message to this person alone: in place where that is possible, else as a DM."""
        if await self._respond(message, replace=False):
            return
        content = _content(message)
        if self.channel_id and not self.channel_id.startswith("D"):
            whom: dict[str, Any] = {"channel": self.channel_id, "user": self.slack_user_id}
            try:
                await shown(partial(self.client.chat_postEphemeral, **whom, **content))
            except NotShown as refusal:
                if refusal.reason not in NOT_IN_CHANNEL | {IS_ARCHIVED}:
                    raise
            else:
                return
        await shown(partial(self.client.chat_postMessage, channel=self.slack_user_id, **content))

    async def say(self, sentence: str, *, title: str = "Groups") -> None:
        """Say one thing where the person is looking."""
        if self.view_type == "modal":
            await self.update(notice(sentence, title=title))
        elif self.view_type == "home":
            await self.open(notice(sentence, title=title))
        else:
            await self.tell(notice_message(sentence))

    async def replace(self, message: Message) -> None:
        """Replace the message in which the button stood; say it where there is none to replace."""
        if await self._respond(message, replace=True):
            return
        if not (self.channel_id and self.message_ts):
            await self.tell(message)
            return
        where: dict[str, Any] = {"channel": self.channel_id, "ts": self.message_ts}
        text = cut(message.text, MESSAGE_BYTES, measure=utf8_bytes)
        content = _content(replace(message, text=text))
        await shown(partial(self.client.chat_update, **where, **content), again=True)

    def _trigger(self) -> str:
        if self.trigger_id is None:
            raise UserFacing("This cannot be opened from here. Open Cairn's Home tab to find it.")
        return self.trigger_id

    async def _respond(self, message: Message, *, replace: bool) -> bool:
        url = self._response_url
        if url is None or not _is_slacks(url, self.client.base_url):
            return False
        webhook = AsyncWebhookClient(url, session=self.client.session, retry_handlers=[])
        how = {"response_type": "ephemeral", "replace_original": replace}
        try:
            answer = await webhook.send_dict(_content(message) | how)
        except CALL_FAILURES:  # there is another way to say it
            return False
        return answer.status_code == 200


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def _is_slacks(url: str, api_url: str) -> bool:
    """Whether a response_url leads to Slack, or to the stand-in that the API calls go to."""
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
    except ValueError:  # no address at all
        return False
    if parts.hostname == SLACK_RESPONSE_HOST:
        return parts.scheme == "https"
    return api.hostname not in {"slack.com", "www.slack.com"} and parts.netloc == api.netloc


def _view_id(answer: Any) -> str:
    return str(answer["view"]["id"])


def administers(profile: Mapping[str, Any]) -> bool:
    """Tell whether somebody with this profile administers the Slack workspace."""
    return bool(profile.get("is_admin") or profile.get("is_owner"))


def read_call(
    body: Mapping[str, Any],
    client: AsyncWebClient,
    ack: AsyncAck | None,
    *,
    workspace_id: WorkspaceId | None,
) -> Call:
    """Read any request that Bolt hands on. Raises Unreadable without a workspace or a person.

    https://docs.slack.dev/interactivity/handling-user-interaction gives the payloads' shapes.
    """
    if workspace_id is None:
        raise Unreadable("the request names no workspace")
    event = _mapping(body.get("event"))
    view = _mapping(body.get("view")) or _mapping(event.get("view"))
    action = _first(body.get("actions"))
    container = _mapping(body.get("container"))
    response_urls = _first(body.get("response_urls"))
    return Call(
        workspace_id=workspace_id,
        slack_user_id=SlackUserId(_person(body, event)),
        client=client,
        text=_typed(body),
        trigger_id=as_text(body.get("trigger_id")),
        action_id=as_text(action.get("action_id")) or as_text(view.get("callback_id")) or "",
        value=_action_value(action),
        channel_id=_channel(body, event),
        message_ts=as_text(container.get("message_ts")),
        view_id=as_text(view.get("id")),
        view_hash=as_text(view.get("hash")),
        view_type=as_text(view.get("type")),
        metadata=as_text(view.get("private_metadata")) or "",
        view=view,
        answers=Answers.from_view(view),
        event=event,
        is_submission=body.get("type") == "view_submission",
        asks_for_options=body.get("type") == OPTIONS,
        _ack=ack,
        _response_url=as_text(body.get("response_url") or response_urls.get("response_url")),
    )


def _typed(body: Mapping[str, Any]) -> str:
    """Read the words after a command, or those that a menu is looked through for."""
    key = "text" if "command" in body else "value" if body.get("type") == OPTIONS else ""
    return as_text(body.get(key)) or ""


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _first(many: object) -> Mapping[str, Any]:
    return _mapping(many[0]) if isinstance(many, list) and many else {}


def _person(body: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    for candidate in (body.get("user"), body.get("user_id"), event.get("user")):
        found = candidate.get("id") if isinstance(candidate, Mapping) else candidate
        if text := as_text(found):
            return text
    raise Unreadable("the request names no person")


def _channel(body: Mapping[str, Any], event: Mapping[str, Any]) -> str | None:
    channel = body.get("channel")
    found = channel.get("id") if isinstance(channel, Mapping) else body.get("channel_id")
    return as_text(found or event.get("channel"))


def _action_value(action: Mapping[str, Any]) -> str | None:
    """The value of a button, of the option that was chosen in a menu, or the person chosen."""
    option = _mapping(action.get("selected_option")).get("value")
    return as_text(option or action.get("value") or action.get("selected_user"))
