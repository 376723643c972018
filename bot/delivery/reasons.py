"""Explain Slack's words for why a call failed, to us and to an operator.

Nothing else in Cairn spells such a word. The sources are the lists of errors on the pages of the
methods named, under https://docs.slack.dev/reference/methods/.
"""

from collections.abc import Mapping, Sequence

TOO_FAST = frozenset({"ratelimited", "rate_limited"})
"""Wait as long as Slack says (https://docs.slack.dev/apis/web-api/rate-limits)."""

PERHAPS_TAKEN = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
)
"""Slack may have posted (chat.postMessage: "some aspect of the operation succeeded")."""

TRY_AGAIN = frozenset({"message_limit_exceeded", "team_access_not_granted", "accesslimited"})
"""Certainly not posted, and may be later (chat.postMessage)."""

TOKEN_DEAD = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
"""The token works no more (auth.test). `account_inactive` is about the token, not about a person:
it would take every member of the workspace for gone."""

TOKEN_REFUSED = TOKEN_DEAD | {"not_allowed_token_type"}
"""The token is to blame, and nothing else (auth.test, apps.connections.open)."""

WORKSPACE_SHUT = TOKEN_DEAD | {"app_not_installed", "org_login_required", "team_access_not_granted"}
"""Nothing goes to this workspace until somebody there acts (chat.postMessage; `app_not_installed`
is our own)."""

PERSON_GONE = frozenset({"user_disabled"})
"""This person's account was closed (chat.postMessage, conversations.invite)."""

IS_IN_CHANNEL = frozenset({"already_in_channel", "cant_invite_self"})
"""The person to be invited is there (conversations.invite)."""

NOT_IN_CHANNEL = frozenset({"channel_not_found", "not_in_channel"})
"""Nothing can be shown to this person there (chat.postEphemeral)."""

NOT_IN_DIRECTORY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Slack knows nobody of this id or address here (users.info, users.lookupByEmail)."""

MISSING_SCOPE = "missing_scope"
"""The app was not given the scope that a method needs, which the answer names as `needed`."""

CHANNEL_NAME_TAKEN = "channel_name_taken"
"""Our own word: a channel that Cairn cannot use has the group's name."""

NAME_TAKEN = frozenset({"name_taken"})
"""Another channel has the name (conversations.create)."""

VIEW_GONE = frozenset({"not_found", "view_not_found"})
"""The modal was closed (views.update)."""

IS_ARCHIVED = "is_archived"
"""The channel is archived: an error, and a field of conversations.info."""

VIEW_CHANGED = frozenset({"hash_conflict"})
"""It was drawn anew since it was looked at (views.update, views.publish)."""

LET_IN = IS_IN_CHANNEL | PERSON_GONE
LET_OUT = PERSON_GONE | {"not_in_channel", "user_not_found"}
REDRAWN = frozenset({"message_not_found"})
"""Nothing is left to do (conversations.invite, conversations.kick, chat.update)."""

NOT_DRAWN = frozenset(
    {"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format",
     "edit_window_closed", "cant_update_message"}
)  # fmt: skip
"""This message cannot be put in place of that one: a shorter one may be, or it is deleted
(chat.update)."""

WILL_NOT_CHANGE = frozenset(
    {
        "channel_not_found", "is_archived", "is_inactive", "restricted_action", "cant_kick_self",
        "cant_kick_from_general", "user_not_found", "user_is_restricted",
        "user_is_ultra_restricted", "org_user_not_in_team", "cant_update_message",
        "cant_delete_message", "edit_window_closed", "compliance_exports_prevent_deletion",
        "msg_too_long", "invalid_blocks", CHANNEL_NAME_TAKEN,
    }
)  # fmt: skip
"""No right, or no such thing: asking again is no use (conversations.create, conversations.kick,
conversations.invite, chat.update, chat.delete; `channel_name_taken` is our own). All others are
worth another attempt."""

CHANNEL_UNCHECKED, CHANNEL_UNSUITABLE = "channel_unchecked", "channel_unsuitable"
"""Our own words for why a digest waits."""

NOBODY_TO_WRITE_TO, REMINDED_TODAY = "nobody_to_write_to", "reminded_today"
"""Our own words for why something was withdrawn when its turn came."""
NOT_INVITABLE = frozenset(
    {
        "ura_max_channels", "cant_invite", "no_permission", "app_cannot_join_channel",
        "invitee_cant_see_channel", "no_external_invite_permission", "user_is_restricted",
        "user_is_ultra_restricted", "org_user_not_in_team", "user_team_not_in_channel",
        "external_org_migrating", "method_not_supported_for_channel_type", "restricted_action",
        "user_not_found", "is_archived", "channel_not_found", "not_in_channel", "no_user",
    }
)  # fmt: skip
"""Somebody has to act before this person can be let in (conversations.invite)."""

CHANNEL_PUBLIC, CHANNEL_SHARED = "open_to_workspace", "open_to_outsiders"
OPEN_TO_OTHERS = frozenset({CHANNEL_PUBLIC, CHANNEL_SHARED})
"""Our own words: others than a group's members can read its channel, so nothing is posted there."""

NOT_A_MEMBER = "not_in_channel"
"""Cairn is not in the channel."""

POSTING_RESTRICTED = frozenset(
    {
        "restricted_action", "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
    }
)  # fmt: skip
"""Posting is restricted there, which no look at the channel tells (chat.postMessage)."""

CHANNEL_SHUT = OPEN_TO_OTHERS | POSTING_RESTRICTED | {
    IS_ARCHIVED, "is_inactive", "channel_not_found", NOT_A_MEMBER, CHANNEL_NAME_TAKEN,
}  # fmt: skip
"""A group's channel takes no messages (chat.postMessage; others are our own words)."""

OF_ONE_RECIPIENT = (
    PERSON_GONE | NOT_IN_CHANNEL | NOT_IN_DIRECTORY | OPEN_TO_OTHERS | {IS_ARCHIVED, "is_inactive"}
)
"""The person or the channel that it was for is why a message was not sent (chat.postMessage)."""

PUBLIC_SCOPE = "channels:read"
"""Scope that conversations.info needs for a public channel, but not for a private one."""

_SENTENCES: Mapping[str, str] = {
    NOBODY_TO_WRITE_TO: "the person has left, or is no member any more",
    REMINDED_TODAY: "the person was reminded of the same on this day already",
    CHANNEL_UNCHECKED: "Slack did not say who is in the channel for digests",
    CHANNEL_UNSUITABLE: "the channel for digests is not suitable, as the Home tab says",
    "user_disabled": "this person's Slack account was closed",
    "channel_not_found": "the channel is not there any more, or Cairn was taken out of it",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is archived",
    "cant_delete_message": "Slack does not let Cairn delete it",
    "compliance_exports_prevent_deletion": "Slack keeps messages here, and lets nobody delete them",
    "not_in_channel": "Cairn is not in the channel",
    "ura_max_channels": "a single-channel guest can be in one channel only",
    "user_is_restricted": "guests cannot be invited there",
    "user_is_ultra_restricted": "single-channel guests cannot be invited there",
    "cant_invite": "Slack does not let Cairn invite this person",
    "no_permission": "Cairn may not invite people there",
    "app_cannot_join_channel": "Cairn may not join the channel",
    "invitee_cant_see_channel": "this person cannot see the channel",
    "no_external_invite_permission": "this person belongs to another organisation in Slack",
    "org_user_not_in_team": "this person is not in this Slack workspace",
    "restricted_action": "an administrator has forbidden it",
    "not_sent_yet": "it is not known yet whether the message was sent",
    "token_out_of_reach": "Cairn could not read its token for this workspace",
    "unexpected": "something unexpected happened; the log says where",
    "app_not_installed": "Cairn is not installed in this workspace",
    "rate_limited": "Slack asked to be left alone for a while",
    CHANNEL_NAME_TAKEN: "the group has had too many channels, and every name for one is taken",
    CHANNEL_PUBLIC: "the channel is public, so everybody in the workspace can read it",
    CHANNEL_SHARED: "people of another organisation who are not of the group are in the channel",
    "restricted_action_read_only_channel": "posting in the channel is restricted",
    "restricted_action_thread_only_channel": "posting in the channel is restricted",
    "restricted_action_non_threadable_channel": "posting in the channel is restricted",
    "channel_not_open": "the group's channel is not open yet",
    "msg_too_long": "the message was longer than Slack allows",
    "invalid_blocks": "Slack did not take the message's layout",
    "token_revoked": "Slack has revoked Cairn's token",
    "token_expired": "Cairn's token has run out",
    "invalid_auth": "Slack does not know Cairn's token",
    "not_authed": "Slack does not know Cairn's token",
    "account_inactive": "Cairn's account in this workspace was closed",
    "org_login_required": "the workspace is being moved into an organisation",
    "team_access_not_granted": "the organisation does not let Cairn into this workspace",
    MISSING_SCOPE: "the app lacks a right that this needs",
    "outcome_unknown": "nobody can tell whether it arrived, and this kind is not sent twice",
    "lease_ran_out": "Cairn was stopped while sending it",
}


_CANNOT_REACH = (
    "Slack does not let Cairn write to this person: they are not in this workspace any more, or "
    "may not use apps"
)
_TO_A_PERSON: Mapping[str, str] = {
    **dict.fromkeys(("channel_not_found", "not_in_channel", "user_not_found"), _CANNOT_REACH),
    **dict.fromkeys(("is_archived", "is_inactive"), _CANNOT_REACH),
    "restricted_action": "an administrator has forbidden Cairn to write to people",
}
"""The words for a direct message, of which Slack speaks as of a channel (chat.postMessage)."""


OTHER, RENDERING = "other", "rendering"


def word_for(reason: str | None) -> str:
    """Give a reason's word where it is one of those explained here, for figures: else OTHER."""
    if reason is None or reason not in _SENTENCES:
        return RENDERING if reason and reason.startswith("rendering:") else OTHER
    return reason


def sentence(reason: str | None, *, to: str = "") -> str:
    """Explain a failure in plain words; Slack's own word for what is not known here.

    `to` is the Slack id of the person or channel that was written to, where one was.
    """
    if reason is None:
        return "no reason was recorded"
    if to.startswith(("U", "W")) and reason in _TO_A_PERSON:
        return _TO_A_PERSON[reason]
    if reason.startswith("rendering:"):
        return f"it could not be written ({reason.removeprefix('rendering:').strip()})"
    return _SENTENCES.get(reason, reason)


_NEEDS_NOBODY = "Nothing has to be done: it goes on when the move is over"
_SHUT_BY_OTHERS: Mapping[str, str] = {
    "org_login_required": _NEEDS_NOBODY,
    "team_access_not_granted": "Ask an administrator of the organisation to approve Cairn there",
}


def refused(reason: str | None) -> str:
    """Say in two sentences why Slack takes nothing of a workspace, and what helps."""
    install = "Install the app again, and put its new token where Cairn reads it"
    what_helps = _SHUT_BY_OTHERS.get(reason or "", install)
    return f"Slack takes nothing of Cairn here: {sentence(reason)}. {what_helps}."


def lacks(scopes: Sequence[str]) -> str:
    """Say in two sentences which scopes the app lacks, and what helps."""
    count = "rights" if len(scopes) > 1 else "a right"
    return (
        f"The app lacks {count} here: {', '.join(scopes)}. Add what is missing on the app's page "
        "OAuth & Permissions, and install it again."
    )


_GUEST = "Ask an administrator of this workspace to make them a multi-channel guest or a member"
_BY_HAND = "Ask somebody who is in the channel to invite them by hand"
_ADVICE: Mapping[str, str] = {
    "ura_max_channels": _GUEST,
    "user_is_restricted": _GUEST,
    "user_is_ultra_restricted": _GUEST,
    "no_external_invite_permission": "Ask an administrator to invite them from their organisation",
    "org_user_not_in_team": "Ask an administrator to let them into this workspace",
    "invitee_cant_see_channel": "Ask an administrator to let them into this workspace",
}
"""The remedies for somebody whom Slack does not let in; else, by hand."""

_INVITE_CAIRN = "If it is there, invite me back: type `/invite @Cairn` in it"
_REMEDIES: Mapping[str, str] = {
    CHANNEL_PUBLIC: "Ask somebody who may change the channel to make it private again",
    CHANNEL_SHARED: "End the sharing in the channel's settings, or take these people out",
    "channel_not_found": _INVITE_CAIRN,
    NOT_A_MEMBER: _INVITE_CAIRN,
    IS_ARCHIVED: "Bring it back in Slack",
    "is_inactive": "Bring it back in Slack",
}
"""Remedies for a channel in which nothing is posted; else, posting is restricted."""


def remedy(reason: str | None) -> str:
    """Say what helps a channel in which nothing is posted, as a sentence begins."""
    return _REMEDIES.get(reason or "", "Ask an administrator to let me post there")


def advice(reason: str | None) -> str:
    """Say what helps somebody whom Slack does not let into a channel, as a sentence begins."""
    return _ADVICE.get(reason or "", _BY_HAND)
