"""``users.*`` and ``usergroups.*``: docs.slack.dev/reference/methods."""

from __future__ import annotations

from slack_sandbox.api.args import Args
from slack_sandbox.api.conversations import kind_of, need_types
from slack_sandbox.api.paging import page
from slack_sandbox.api.registry import Caller, method
from slack_sandbox.people import SLACKBOT, slackbot
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json, User
from slack_sandbox.shapes import channel_json, user_json, usergroup_json
from slack_sandbox.world import World

# More than that only in pages; where Slack draws the line is not published.
MOST_WITHOUT_LIMIT = 10_000


@method("users.info", "users:read")
def info(world: World, caller: Caller, args: Args) -> Json:
    """Describe one person."""
    wanted = args.need("user", "user_not_found")
    user = slackbot(caller.team_id) if wanted == SLACKBOT else world.users.get(wanted)
    if user is None:
        raise ApiError("user_not_found")
    if user.team_id != caller.team_id:
        raise ApiError("user_not_visible")
    return {"user": _shown(world, caller, args, user)}


@method("users.list", "users:read")
def list_(world: World, caller: Caller, args: Args) -> Json:
    """List everybody: bots, Slackbot and those who are deactivated included."""
    people = {one.id: one for one in (slackbot(caller.team_id), *_team(world, caller))}
    if not args.has("limit") and len(people) > MOST_WITHOUT_LIMIT:
        raise ApiError("limit_required")
    ids, cursor = page(
        list(people), args, default=MOST_WITHOUT_LIMIT, most=1000, error="invalid_arguments"
    )
    return {
        "members": [_shown(world, caller, args, people[one]) for one in ids],
        "cache_ts": int(world.clock.time()),
        "response_metadata": {"next_cursor": cursor},
    }


@method("users.lookupByEmail", "users:read.email")
def lookup_by_email(world: World, caller: Caller, args: Args) -> Json:
    """Find a person by email address."""
    wanted = args.need("email", "users_not_found").lower()
    for user in _team(world, caller):
        if user.email.lower() == wanted and not user.deleted:
            return {"user": _shown(world, caller, args, user)}
    raise ApiError("users_not_found")


@method("users.conversations", "channels:read", "groups:read", "im:read", "mpim:read")
def conversations(world: World, caller: Caller, args: Args) -> Json:
    """List the conversations that a person and the app are both in (public ones: the person)."""
    user_id = args.text("user", caller.user_id)
    if user_id not in world.users:
        raise ApiError("user_not_found")
    kinds = args.names("types") or ["public_channel"]
    need_types(caller, kinds)
    found = [
        one.id
        for one in world.channels.values()
        if one.team_id == caller.team_id
        and kind_of(one) in kinds
        and user_id in one.members
        and (not one.is_private or caller.user_id in one.members)
        and not (args.flag("exclude_archived") and one.archived)
    ]
    ids, cursor = page(found, args, default=100, most=999)
    shown = [channel_json(world, world.channels[one], caller.user_id) for one in ids]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("users.getPresence", "users:read")
def get_presence(world: World, caller: Caller, args: Args) -> Json:
    """Say whether a person is there; in the sandbox everybody is."""
    if args.text("user", caller.user_id) not in world.users:
        raise ApiError("user_not_found")
    return {"presence": "active"}


@method("usergroups.list", "usergroups:read")
def usergroups(world: World, caller: Caller, args: Args) -> Json:
    """List the workspace's user groups."""
    with_users = args.flag("include_users")
    counted = args.flag("include_count")
    disabled_too = args.flag("include_disabled")
    return {
        "usergroups": [
            usergroup_json(one, users=with_users, count=counted)
            for one in world.usergroups.values()
            if one.team_id == caller.team_id and (disabled_too or not one.disabled_s)
        ]
    }


@method("usergroups.users.list", "usergroups:read")
def usergroup_users(world: World, caller: Caller, args: Args) -> Json:
    """List who is in a user group."""
    group = world.usergroups.get(args.need("usergroup", "no_such_subteam"))
    if group is None or group.team_id != caller.team_id:
        raise ApiError("no_such_subteam")
    if group.disabled_s and not args.flag("include_disabled"):
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def _team(world: World, caller: Caller) -> list[User]:
    return [one for one in world.users.values() if one.team_id == caller.team_id]


def _shown(world: World, caller: Caller, args: Args, user: User) -> Json:
    shape = user_json(user, world.clock.now())
    scopes = caller.token.scopes
    if scopes is not None and "users:read.email" not in scopes:
        shape["profile"].pop("email", None)
    if args.flag("include_locale") and not user.deleted:
        shape["locale"] = user.locale
    return shape
