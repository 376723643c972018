"""The world's records as the JSON that Slack gives out."""

from __future__ import annotations

from datetime import datetime

from slack_sandbox.records import (
    App,
    Channel,
    File,
    Json,
    Message,
    User,
    UserGroup,
    View,
    Workspace,
)
from slack_sandbox.world import World


def user_json(user: User, at: datetime) -> Json:
    """Return a person as ``users.info`` gives them; ``at`` decides about summer time."""
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "status_text": user.status_text,
        "status_emoji": user.status_emoji,
        "status_expiration": user.status_expiration_s,
        "team": user.team_id,
    }
    if user.email:
        profile["email"] = user.email
    if user.bot_id:
        profile |= {"bot_id": user.bot_id, "api_app_id": user.app_id or ""}
    shape: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated_s,
    }
    if user.deleted:
        return shape
    return shape | {
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz.rpartition("/")[2].replace("_", " "),
        "tz_offset": user.tz_offset_s(at),
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_owner,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def channel_json(world: World, channel: Channel, viewer: str) -> Json:
    """Return a conversation as ``viewer``, a user id, sees it."""
    if channel.is_im:
        other = next((one for one in channel.members if one != viewer), viewer)
        member = world.users.get(other)
        return {
            "id": channel.id,
            "created": channel.created_s,
            "is_archived": channel.archived,
            "is_im": True,
            "is_org_shared": False,
            "user": other,
            "is_user_deleted": bool(member and member.deleted),
            "priority": 0,
            "context_team_id": channel.team_id,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_im": False,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_archived": channel.archived,
        "is_general": channel.is_general,
        "is_member": viewer in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "created": channel.created_s,
        "creator": channel.creator,
        "context_team_id": channel.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": list(channel.previous_names),
    }


def message_json(world: World, message: Message, *, metadata: bool = True) -> Json:
    """Return a message; ``metadata`` says whether the caller asked for all of it."""
    shape: Json = {"type": "message", "ts": message.ts, "text": message.text}
    if message.subtype:
        shape["subtype"] = message.subtype
    if message.user:
        shape["user"] = message.user
        owner = world.users.get(message.user)
        if owner:
            shape["team"] = owner.team_id
    if message.bot_id:
        shape["bot_id"] = message.bot_id
        shape["app_id"] = message.app_id
        bot = world.users.get(message.user or "")
        if bot:
            shape["bot_profile"] = {
                "id": message.bot_id,
                "app_id": message.app_id,
                "user_id": bot.id,
                "name": bot.real_name,
                "deleted": False,
                "team_id": bot.team_id,
            }
    _add_optional(shape, message)
    if message.files:
        shape["files"] = [file_json(world.files[one], world.base_url) for one in message.files]
    if message.metadata and metadata:
        shape["metadata"] = message.metadata
    _add_thread(shape, world, message)
    return shape


def view_json(world: World, view: View) -> Json:
    """Return a view as the ``views.*`` methods and the interaction payloads carry it."""
    payload = view.payload
    app = world.apps[view.app_id]
    shape = {
        "id": view.id,
        "team_id": view.team_id,
        "type": view.type,
        "blocks": payload.get("blocks", []),
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "title": payload.get("title", {"type": "plain_text", "text": "View Title"}),
        "clear_on_close": payload.get("clear_on_close", False),
        "notify_on_close": payload.get("notify_on_close", False),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": view.app_id,
        "external_id": payload.get("external_id", ""),
        "app_installed_team_id": view.team_id,
        "bot_id": app.installations[view.team_id].bot_id,
    }
    if payload.get("submit_disabled") is not None:
        shape["submit_disabled"] = payload["submit_disabled"]
    return shape


def file_json(file: File, base_url: str) -> Json:
    """Return a file as ``files.info`` gives it."""
    private = f"{base_url}/files-pri/{file.team_id}-{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": file.created_s,
        "timestamp": file.created_s,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2].lower() if "." in file.name else "text",
        "user": file.user,
        "user_team": file.team_id,
        "size": file.size_bytes,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": private,
        "url_private_download": private,
        "channels": list(file.channels),
        "groups": [],
        "ims": [],
    }


def team_json(workspace: Workspace) -> Json:
    """Return a workspace as ``team.info`` gives it."""
    return {
        "id": workspace.team_id,
        "name": workspace.name,
        "domain": workspace.domain,
        "url": f"https://{workspace.domain}.slack.com/",
        "email_domain": "",
        "icon": {"image_default": True},
    }


def usergroup_json(group: UserGroup, *, users: bool, count: bool = True) -> Json:
    """Return a user group; ``users`` and ``count`` say whether to tell who and how many."""
    shape: Json = {
        "id": group.id,
        "team_id": group.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": group.description,
        "is_external": False,
        "date_create": group.created_s,
        "date_update": group.updated_s,
        "date_delete": group.disabled_s,
        "auto_type": None,
        "prefs": {"channels": [], "groups": []},
    }
    if count:
        shape["user_count"] = len(group.members)
    return shape | {"users": list(group.members)} if users else shape


def app_json(app: App) -> Json:
    """Return an app for the control API; the tokens are the sandbox's own and open to read."""
    return {
        "app_id": app.app_id,
        "name": app.name,
        "mode": app.mode,
        "app_token": app.app_token,
        "signing_secret": app.signing_secret,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "commands": [
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in app.commands.values()
        ],
        "scopes": sorted(app.scopes) if app.scopes is not None else None,
        "events": sorted(app.events) if app.events is not None else None,
        "request_urls": app.request_urls,
        "installations": {
            team: {"bot_token": one.bot_token, "bot_user_id": one.bot_user_id, "bot_id": one.bot_id}
            for team, one in app.installations.items()
        },
    }


def _add_optional(shape: Json, message: Message) -> None:
    for name in ("blocks", "attachments", "username", "edited", "client_msg_id"):
        value = getattr(message, name)
        if value:
            shape[name] = value
    if message.icon_emoji:
        shape["icons"] = {"emoji": message.icon_emoji}
    if message.reactions:
        shape["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]


def _add_thread(shape: Json, world: World, message: Message) -> None:
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
        return
    channel = world.channels.get(message.channel_id)
    replies = channel.threads.get(message.ts) if channel else None
    if channel and replies:
        authors = {channel.messages[ts].user: None for ts in replies}
        shape |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(authors),
            "reply_users": [one for one in authors if one],
            "latest_reply": replies[-1],
            "is_locked": False,
            "subscribed": False,
        }
