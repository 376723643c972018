"""A Cairn that takes one request at a time and is looked at afterwards from every side."""

import asyncio
import functools
import json
import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.delivery.model import OutboxState
from bot.kernel.clock import SetClock
from bot.kernel.errors import UserFacing
from handlers.capability import Capabilities
from handlers.edge.call import Call
from handlers.edge.dispatch import EVENT, SUBMITTED, Edge, Listener
from handlers.edge.display import NotShown
from handlers.edge.services import Services
from runtime.logs import Libraries, only_listed
from runtime.process import Cairn
from slack_sandbox.blockkit import check_view
from slack_sandbox.interactions import RESPONSE_URL_USES, new_response_url, new_trigger
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Call as SlackCall
from slack_sandbox.world import World
from tests.fuzz.corpus import CANARY, Body, channels_of, copied, put_channels_back
from tests.fuzz.journal import Change
from tests.fuzz.mutations import Case, typed_fields
from tests.fuzz.secrecy import Said, Secrecy, readers, secrecy_of
from tests.fuzz.shortcuts import Session
from tests.fuzz.states import Keeper, State

ANSWER_WITHIN_S = 3.0
ENDED_BADLY = {OutboxState.FAILED, OutboxState.UNKNOWN}
WORKED_OFF = {"outbox", "schedule", "errand", "inbox", "pulse_round"}
"""Tables of what is done by itself, once it is there."""
OUR_FAULT = frozenset(
    {
        *("invalid_arguments", "invalid_blocks", "invalid_blocks_format", "msg_too_long"),
        *("msg_blocks_too_long", "no_text", "view_too_large", "invalid_json", "invalid_form_data"),
        *("missing_argument", "unknown_method", "invalid_auth", "not_authed", "missing_scope"),
    }
)
"""Slack's words for a call that should never have been made."""


@dataclass(slots=True)
class Heard:
    """What happened while a case ran."""

    refusals: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @contextmanager
    def everything(self) -> Iterator[None]:
        """Hear every line that would be logged, as production would write it."""

        def keep(_logger: object, _method: str, event: Any) -> str:
            self.lines.append(f"{event.get('level')} {json.dumps(event, default=str)}")
            raise structlog.DropEvent

        before, handler = structlog.get_config(), _Lines(self)
        structlog.configure(processors=[only_listed, keep])
        logging.getLogger().addHandler(handler)
        yield
        logging.getLogger().removeHandler(handler)
        structlog.configure(**before)


@dataclass(frozen=True)
class WatchedCapabilities(Capabilities):
    """All capabilities, where whatever a listener raises is noted on its way out."""

    heard: Heard

    def listen(self, edge: Edge) -> None:
        super().listen(edge)
        for key, listener in list(edge._listeners.items()):
            edge._listeners[key] = self._watched(listener)

    def _watched(self, listener: Listener) -> Listener:
        @functools.wraps(listener)
        async def watched(call: Call, services: Services) -> None:
            try:
                await listener(call, services)
            except UserFacing as problem:
                self.heard.refusals.append(problem.sentence)
                raise
            except NotShown as refusal:
                if refusal.reason in OUR_FAULT:
                    self.heard.failures.append(f"Slack refuses what is shown: {refusal.reason}")
                raise
            except Exception:
                self.heard.failures.append(traceback.format_exc(limit=-6))
                raise

        return watched


class _Lines(logging.Handler):
    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.name.startswith("slack_bolt"):
            self.heard.failures.append("".join(traceback.format_exception(*record.exc_info)[-6:]))
        said = Libraries(structlog.processors.JSONRenderer()).line_of(record)
        self.heard.lines.append(f"{record.levelname.lower()} {said}")


@dataclass(slots=True)
class Target:
    """Cairn without a clock that drives it; the sandbox and the database are as one state says."""

    cairn: Cairn
    clock: SetClock
    world: World
    keeper: Keeper
    session: Session
    heard: Heard
    states: list[State]
    secrets: Mapping[str, tuple[str, ...]]
    """By workspace, what may be read and logged nowhere else: names of its people."""
    tokens: tuple[str, ...]
    roles: Mapping[str, str]
    state: int = -1
    secrecy: Secrecy = field(init=False)
    cases: int = 0
    changed: int = 0
    refused: int = 0
    is_offered: bool = False
    """Whether the last case filled a menu."""
    unreadable: int = 0
    changes: list[Change] = field(default_factory=list)
    """What the last case changed, before it was put back."""
    shown: list[Said] = field(default_factory=list)
    """What the last case showed to whom."""
    slowest_s: float = 0.0
    _channels: Any = None
    _counts: dict[str, int] = field(default_factory=dict)

    def go_to(self, state: int) -> None:
        if state != self.state:
            self.keeper.put_back(self.states[state])
            self.clock.set(self.states[state].at)
            self.secrecy = secrecy_of(self.states[: state + 1], self.world, self.roles)
            self.state = state

    async def run(self, case: Case) -> list[str]:
        """Run one case and say what is wrong with what came of it; all is as before afterwards."""
        self.go_to(case.entry.state)
        self._prepare(case)
        self.session.is_real = case.takes_the_long_way
        body = self._with_trigger(case)
        began = time.monotonic()
        try:
            requests = [AsyncBoltRequest(mode="socket_mode", body=copied(body))]
            requests *= case.times
        except Exception:  # Bolt cannot even look at it: that is the door's business
            self.unreadable += 1
            return []
        answers = await asyncio.gather(*map(self.cairn.bolt.async_dispatch, requests))
        took_s = time.monotonic() - began
        self.slowest_s = max(self.slowest_s, took_s)
        await self.cairn.services.in_flight.none()
        self.is_offered = any('"options": [{' in str(one.body or "") for one in answers)
        said = [*(str(one.body or "") for one in answers), *self._new_messages()]
        found = [
            *(problem for answer in answers for problem in self._of_answer(case, body, answer)),
            *([f"answered after {took_s:.1f} s"] if took_s > ANSWER_WITHIN_S else []),
        ]
        calls = list(self.world.calls)
        if self.keeper.has_changed():
            found += await self._of_change(case, body)
            calls = list(self.world.calls)
        found += [*self._of_calls(calls), *self._of_words(body, said), *self._of_logs(body)]
        found += self._of_secrets(body, [str(one.body or "") for one in answers], calls)
        waits = case.entry.name[0] != EVENT and _who(body) in self.world.users
        if waits and not (calls or self._is_answered(answers)):
            found.append("nothing was said")
        self.cases += 1
        self.refused += bool(self.heard.refusals)
        return found

    def _prepare(self, case: Case) -> None:
        self.changes = []
        for lines in (self.heard.refusals, self.heard.failures, self.heard.lines):
            lines.clear()
        world = self.world
        world.calls.clear()
        if self._channels is None:
            self._channels = channels_of(world)
            self._counts = {one: len(found.messages) for one, found in world.channels.items()}
        for channel in world.channels.values():
            while len(channel.messages) > self._counts.get(channel.id, 0):
                channel.messages.popitem()
        homes = set(world.homes.values())
        for view_id in list(world.views):
            if view_id not in homes:
                del world.views[view_id]
        world.stacks.clear()
        for view in copied(case.entry.stack):
            world.views[view.id] = view
            world.stacks.setdefault(view.user, []).append(view.id)

    def _with_trigger(self, case: Case) -> Body:
        """The request as if it were made now: with a trigger that is good for three seconds."""
        fresh = copied(case.entry.body)
        who = fresh.get("user_id") or (fresh.get("user") or {}).get("id")
        if "trigger_id" in fresh and who:
            user = self.world.users[who]
            app = self.world.app_in(user.team_id)
            fresh["trigger_id"] = new_trigger(self.world, app, user)
            place = self.world.channels.get(_channel(fresh))
            if fresh.pop("response_url", None) and place:
                fresh["response_url"] = new_response_url(self.world, app, user, place)
        if "event_id" in fresh:
            fresh["event_id"] = self.world.ids.slack("Ev")
        for one in case.mutations:
            fresh = one.do(fresh)
        return fresh

    def _of_answer(self, case: Case, body: Body, answer: BoltResponse) -> Iterator[str]:
        if answer.status != 200 and not (answer.status == 400 and case.mutations):
            yield f"the answer was {answer.status}: {answer.body}"
        if not answer.body or case.entry.name[0] != SUBMITTED:
            return
        try:
            said = json.loads(answer.body)
        except ValueError:
            return
        typed = [one["value"] for one in typed_fields(body) if one.get("value")]
        loses = said.get("response_action") in {"update", "clear"} and not self.changes
        shown = json.dumps(said.get("view"), ensure_ascii=False)
        if case.is_misuse and self.heard.refusals and loses and not any(t in shown for t in typed):
            yield f"what was typed is lost: {self.heard.refusals[0]}"
        if "view" in said:
            try:
                check_view(said["view"])
            except ApiError as problem:
                yield f"Slack refuses the view that is shown: {problem.as_json()}"
        if "errors" in said and not case.mutations and not case.entry.is_made_up:
            blocks = {one["block_id"] for one in body["view"]["blocks"] if one["type"] == "input"}
            if not set(said["errors"]) <= blocks:
                yield f"errors stand beside what is not there: {said['errors']}"

    async def _of_change(self, case: Case, body: Body) -> list[str]:
        """What is wrong with what was written; sends what is to be sent, and puts all back."""
        changes = self.changes = self.keeper.changes()
        found = []
        if changes:
            self.changed += 1
            found += [*self._of_rows(case, body, changes)]
            if WORKED_OFF & {one.table for one in changes}:
                await self.cairn.catch_up()
            later = self.keeper.changes()
            found += [*self._of_outbox(later), *self._of_workspaces(body, later)]
        self.keeper.undo()
        if any(one.method.startswith(("chat.", "conversations.")) for one in self.world.calls):
            put_channels_back(self.world, self._channels)
        return found

    def _of_rows(self, case: Case, body: Body, changes: list[Change]) -> Iterator[str]:
        told = [str(one) for one in changes if one.table != "inbox"][:5]
        if self.heard.refusals and case.times == 1 and told:
            yield f"refused ({self.heard.refusals[0]}), and yet {'; '.join(told)}"
        yield from self._of_workspaces(body, changes)

    def _of_workspaces(self, body: Body, changes: list[Change]) -> Iterator[str]:
        here = team_of(body)
        for one in changes:
            if one.workspace_id not in {here, None}:
                yield f"a request in {here} changed {one.workspace_id}: {one}"

    def _of_outbox(self, changes: list[Change]) -> Iterator[str]:
        for one in changes:
            row = one.after or {}
            is_shut = row.get("last_error") == "is_archived"  # somebody archived one channel
            if one.table == "outbox" and row.get("state") in ENDED_BADLY and not is_shut:
                yield f"a message ended as {row['state']}: {row['kind']} {row['last_error']}"
            if one.table == "inbox" and row.get("last_error"):
                yield f"an event failed: {row['last_error']}"

    def _of_calls(self, calls: list[SlackCall]) -> Iterator[str]:
        for one in calls:
            if one.answer.get("error") in OUR_FAULT and "no such user" not in str(one.answer):
                yield f"{one.method} was refused: {one.answer}"

    def _of_words(self, body: Body, said: list[str]) -> Iterator[str]:
        """What was told of other workspaces, but for what the request itself brought along."""
        calls = (one for one in self.world.calls if one.method.startswith(("chat.", "views.")))
        text = "\n".join([*said, *(json.dumps(one.args, default=str) for one in calls)])
        view = body.get("view")
        view = {**view, "blocks": None} if isinstance(view, dict) else view
        brought = json.dumps({**body, "view": view, "message": None}, default=str)
        for team, words in self.secrets.items():
            known = [word for word in words if word in text and word not in brought]
            if known and team != team_of(body):
                yield f"a request in {team_of(body)} is told of {team}: {known[0]}"

    def _of_secrets(self, body: Body, said: list[str], calls: list[SlackCall]) -> Iterator[str]:
        """What somebody was shown of another member that they may not read."""
        who = _who(body)
        shown = self.shown = [*((who, one) for one in said), *readers(self.world, who, calls)]
        view = body.get("view")
        view = {**view, "blocks": None} if isinstance(view, dict) else view
        brought = json.dumps({**body, "view": view, "message": None}, default=str)
        yield from self.secrecy.leaks(shown, team=team_of(body), brought=brought)

    def _new_messages(self) -> Iterator[str]:
        for channel in self.world.channels.values():
            for message in list(channel.messages.values())[self._counts.get(channel.id, 0) :]:
                yield json.dumps([message.text, message.blocks])

    def _of_logs(self, body: Body) -> Iterator[str]:
        yield from self.heard.failures
        for line in self.heard.lines:
            level = line.partition(" ")[0]
            is_told = any(one in line for one in EXPECTED) or self._is_from_elsewhere(body)
            if level in {"error", "critical", "exception"} and not is_told:
                yield f"logged: {line}"
            if level == "warning" and ("ack_too_late" in line or "too_busy" in line):
                yield f"logged: {line}"
            names = (name for words in self.secrets.values() for name in words)
            if any(word in line for word in (CANARY, *self.tokens, *names)):
                yield f"logged words, a name or a token: {line}"

    def _is_from_elsewhere(self, body: Body) -> bool:
        """Whether Slack knows nobody like this there, so that nothing can be shown to them."""
        user = self.world.users.get(_who(body))
        return user is None or user.team_id != team_of(body)

    def _is_answered(self, answers: list[BoltResponse]) -> bool:
        """Whether the answer says something, or something was said at the response URL."""
        [*_, last] = self.world.response_urls.values()
        return (
            any(one.body or one.status == 400 for one in answers)
            or last.uses_left < RESPONSE_URL_USES
        )


EXPECTED = frozenset(
    {
        "AsyncMultiTeamsAuthorization error (message)",
        *("expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired"),
        *(
            "not_found",
            "channel_not_found",
            "user_not_found",
            "push_limit_reached",
            "no_permission",
        ),
    }
)
"""Slack's words for what is over or never was: the person is told, and the log says why."""


def _who(body: Body) -> str:
    user = body.get("user") or body.get("user_id")
    return str(user.get("id") if isinstance(user, dict) else user)


def team_of(body: Body) -> str:
    """The workspace of a request, as Bolt reads it; nothing where it cannot."""
    try:
        return str(AsyncBoltRequest(mode="socket_mode", body=body).context.team_id)
    except Exception:
        return ""


def _channel(body: Body) -> str:
    return str(body.get("channel_id") or (body.get("channel") or {}).get("id"))
