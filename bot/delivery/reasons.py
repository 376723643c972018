"""What an operator reads about a message that could not be delivered."""

from collections.abc import Mapping

_SENTENCES: Mapping[str, str] = {
    "user_disabled": "this person's Slack account was closed",
    "channel_not_found": "the channel does not exist, or Cairn is not in it",
    "is_archived": "the channel is archived",
    "not_in_channel": "Cairn is not in the channel",
    "restricted_action": "an administrator has forbidden it",
    "not_sent_yet": "it is not known yet whether the message was sent",
    "token_out_of_reach": "Cairn could not read its token for this workspace",
    "unexpected": "something unexpected happened; the log says where",
    "app_not_installed": "Cairn is not installed in this workspace",
    "msg_too_long": "the message was longer than Slack allows",
    "invalid_blocks": "Slack did not take the message's layout",
    "outcome_unknown": "nobody can tell whether it arrived, and this kind is not sent twice",
    "lease_ran_out": "Cairn was stopped while sending it",
}


def sentence(reason: str | None) -> str:
    """Why it failed, in plain words; Slack's own word for what is not known here."""
    if reason is None:
        return "no reason was recorded"
    if reason.startswith("rendering:"):
        return f"it could not be written ({reason.removeprefix('rendering:').strip()})"
    return _SENTENCES.get(reason, reason)
