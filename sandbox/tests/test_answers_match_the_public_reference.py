"""The Web API against facts that we did not write: arguments, errors, scopes and tiers.

``reference/methods.json`` says where they come from and of what day they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox_support.box import Box, Json
from slack_sandbox.api.registry import METHODS
from slack_sandbox.limits import METHOD_TIERS
from slack_sandbox.seed import APP_TOKEN

REFERENCE: Json = json.loads((Path(__file__).parent / "reference" / "methods.json").read_text())
FACTS: dict[str, Json] = REFERENCE["methods"]
# Every method gives these two, though the reference's lists leave them to a general page.
EVERYWHERE = {"invalid_auth", "invalid_arguments", *REFERENCE["common_errors"]}

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": SECTION}
LONG = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5
HOME = {"type": "home", "blocks": SECTION}

PROVOKED: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "#general"}, "no_text"),
    ("chat.postMessage", {"channel": "#general", "blocks": "{"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": "#general", "blocks": [{"type": "x"}]}, "invalid_blocks"),
    (
        "chat.postMessage",
        {"channel": "#general", "text": "x", "metadata": "["},
        "invalid_metadata_format",
    ),
    (
        "chat.postMessage",
        {"channel": "#general", "text": "x", "metadata": {"a": 1}},
        "invalid_metadata_schema",
    ),
    ("chat.postMessage", {"channel": "#quiet", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "#old", "text": "x"}, "is_archived"),
    ("chat.postMessage", {"channel": "#general", "blocks": LONG}, "msg_blocks_too_long"),
    ("chat.update", {"channel": "#general", "ts": "OURS", "text": "x" * 4001}, "msg_too_long"),
    ("chat.update", {"channel": "#general", "ts": "OURS", "text": "ä" * 2001}, "msg_too_long"),
    ("chat.update", {"channel": "#general", "ts": "OURS", "text": "&" * 801}, "msg_too_long"),
    ("conversations.archive", {"channel": "#shelved"}, "already_archived"),
    ("conversations.unarchive", {"channel": "#general"}, "not_archived"),
    (
        "chat.postMessage",
        {"channel": "#general", "text": "x", "markdown_text": "y"},
        "markdown_text_conflict",
    ),
    (
        "chat.postMessage",
        {"channel": "#general", "attachments": [{}] * 101},
        "too_many_attachments",
    ),
    (
        "chat.postEphemeral",
        {"channel": "#general", "user": "U0NOBODY", "text": "x"},
        "user_not_in_channel",
    ),
    ("chat.update", {"channel": "#general", "ts": "1.000000", "text": "x"}, "message_not_found"),
    ("chat.update", {"channel": "#general", "ts": "ALICES", "text": "x"}, "cant_update_message"),
    ("chat.delete", {"channel": "#general", "ts": "1.000000"}, "message_not_found"),
    ("chat.delete", {"channel": "#general", "ts": "ALICES"}, "cant_delete_message"),
    ("chat.getPermalink", {"channel": "#general", "message_ts": "1.0"}, "message_not_found"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.open", {"users": ",".join(f"U{n}" for n in range(9))}, "too_many_users"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("conversations.open", {"users": "U0GONE"}, "user_disabled"),
    ("conversations.open", {"channel": "#general"}, "method_not_supported_for_channel_type"),
    ("conversations.create", {}, "invalid_name_required"),
    ("conversations.create", {"name": "general"}, "name_taken"),
    ("conversations.create", {"name": "Big Name"}, "invalid_name_specials"),
    ("conversations.create", {"name": "x" * 81}, "invalid_name_maxlength"),
    ("conversations.invite", {"channel": "#general"}, "no_user"),
    ("conversations.invite", {"channel": "#general", "users": "U0ALICE"}, "already_in_channel"),
    ("conversations.invite", {"channel": "#general", "users": "U0NOBODY"}, "user_not_found"),
    ("conversations.invite", {"channel": "#quiet", "users": "U0BOB"}, "not_in_channel"),
    (
        "conversations.invite",
        {"channel": "#mentoring-coordinators", "users": "U0GONE"},
        "cant_invite",
    ),
    ("conversations.kick", {"channel": "#general", "user": "U0ALICE"}, "cant_kick_from_general"),
    (
        "conversations.kick",
        {"channel": "#mentoring-coordinators", "user": "U0ALICE"},
        "not_in_channel",
    ),
    ("conversations.leave", {"channel": "#general"}, "cant_leave_general"),
    ("conversations.archive", {"channel": "#general"}, "cant_archive_general"),
    ("conversations.setTopic", {"channel": "#general", "topic": "x" * 251}, "too_long"),
    ("conversations.setPurpose", {"channel": "#general", "purpose": "x" * 251}, "too_long"),
    ("conversations.join", {"channel": "#old"}, "is_archived"),
    ("conversations.list", {"types": "rooms"}, "invalid_types"),
    ("conversations.list", {"cursor": "??"}, "invalid_cursor"),
    ("conversations.list", {"limit": "many"}, "invalid_limit"),
    ("conversations.members", {"channel": "#general", "cursor": "??"}, "invalid_cursor"),
    ("conversations.history", {"channel": "#quiet"}, "not_in_channel"),
    ("conversations.history", {"channel": "#general", "oldest": "soon"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": "#general", "latest": "soon"}, "invalid_ts_latest"),
    ("conversations.history", {"channel": "#general", "cursor": "??"}, "invalid_cursor"),
    ("conversations.replies", {"channel": "#general", "ts": "1.0"}, "thread_not_found"),
    ("files.getUploadURLExternal", {"filename": "a.txt"}, "missing_argument"),
    (
        "files.getUploadURLExternal",
        {"filename": "a", "length": 10**11},
        "file_upload_size_restricted",
    ),
    ("files.completeUploadExternal", {"files": [{"id": "F0"}]}, "file_not_found"),
    ("files.info", {"file": "F0"}, "file_not_found"),
    ("files.delete", {"file": "F0"}, "file_not_found"),
    (
        "reactions.add",
        {"channel": "#general", "name": "eyes", "timestamp": "1.0"},
        "message_not_found",
    ),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("users.info", {"user": "U0MALLORY"}, "user_not_visible"),
    ("users.lookupByEmail", {"email": "nobody@example.org"}, "users_not_found"),
    ("usergroups.users.list", {"usergroup": "S0"}, "no_such_subteam"),
    ("team.info", {"team": "T0ELSE"}, "team_not_found"),
    ("bots.info", {"bot": "B0"}, "bot_not_found"),
    ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
    ("views.open", {"trigger_id": "1.2.3", "view": HOME}, "invalid_arguments"),
    ("views.push", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
    ("views.update", {"view_id": "V0", "view": MODAL}, "not_found"),
    ("views.publish", {"user_id": "U0ALICE", "view": MODAL}, "invalid_arguments"),
    ("oauth.v2.access", {"client_id": "1.2"}, "invalid_client_id"),
    ("apps.uninstall", {"client_id": "1.2", "client_secret": "x"}, "client_id_token_mismatch"),
]


@pytest.fixture
async def town(inner_box: Box) -> Box:
    """A sandbox with places and people to run into."""
    box = inner_box
    await box.control("workspaces", id="T0ELSE", name="Elsewhere")
    await box.control("users", id="U0MALLORY", name="mallory", team="T0ELSE")
    await box.control("users", id="U0GONE", name="gone", deleted=True)
    await box.control("channels", name="quiet", members=["U0ALICE"])
    await box.control("channels", name="old")
    old = box.world.need_channel("#old", team_id="T0CAIRN")
    old.archived = True
    bot = (await box.api("auth.test"))["user_id"]
    await box.control("channels", name="shelved", members=[bot, "U0ALICE"])
    await box.control("channel", user="U0ALICE", channel="#shelved", what="archive")
    await box.control("limits", on=False)
    return box


@pytest.mark.parametrize(("method", "args", "error"), PROVOKED)
async def test_an_error_is_one_that_the_reference_knows(
    town: Box, method: str, args: dict[str, Any], error: str
) -> None:
    if args.get("ts") == "ALICES":
        said = await town.control("say", user="U0ALICE", channel="#general", text="mine")
        args = {**args, "ts": said["message"]["ts"]}
    if args.get("ts") == "OURS":
        posted = await town.api("chat.postMessage", channel="#general", text="ours")
        args = {**args, "ts": posted["ts"]}

    answer = await town.api(method, **args)

    assert (answer["ok"], answer["error"]) == (False, error)
    assert error in EVERYWHERE.union(FACTS[method]["errors"])


@pytest.mark.parametrize("method", sorted(FACTS))
async def test_a_missing_required_argument_is_refused_with_a_known_error(
    town: Box, method: str
) -> None:
    if not FACTS[method]["required"]:
        return
    token = APP_TOKEN if METHODS[method].takes == "app" else "xoxb-sandbox-T0CAIRN"

    answer = await town.api(method, token=token)

    assert not answer["ok"]
    assert answer["error"] in EVERYWHERE.union(FACTS[method]["errors"])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_scopes_are_among_those_of_the_reference(method: str) -> None:
    if METHODS[method].takes != "bot":
        return

    assert set(METHODS[method].scopes) <= set(FACTS[method]["bot_scopes"])
    assert bool(METHODS[method].scopes) or method not in ("chat.postMessage", "users.info")


def test_tiers_are_those_of_the_reference() -> None:
    published = {
        method: int(facts["tier"][1:])
        for method, facts in FACTS.items()
        if facts["tier"] in ("t1", "t2", "t3", "t4")
    }

    assert published == METHOD_TIERS


async def test_a_missing_scope_names_what_is_needed_and_what_there_is(town: Box) -> None:
    await town.control("app", scopes=["chat:write"])

    answer = await town.api("users.info", user="U0ALICE")

    assert answer == {
        "ok": False,
        "error": "missing_scope",
        "needed": "users:read",
        "provided": "chat:write",
    }
