"""People as Slack's directory knows them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.kernel.ids import SlackUserId
from bot.people.absence import SlackStatus


class Account(StrEnum):
    """The kinds of Slack accounts. Members of a programme are people of the workspace or guests."""

    PERSON = "person"
    GUEST = "guest"
    SINGLE_CHANNEL_GUEST = "single_channel_guest"
    OUTSIDER = "outsider"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person's entry in Slack's directory. `email` needs a scope of its own; None without it.

    `timezone` is an IANA name; https://docs.slack.dev/reference/objects/user-object.
    """

    slack_user_id: SlackUserId
    name: str
    email: str | None = None
    timezone: str | None = None
    account: Account = Account.PERSON
    is_deactivated: bool = False
    status: SlackStatus = field(default_factory=SlackStatus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The people of a workspace by Slack id, as far as they were read.

    `is_whole` says whether everybody was read; without it, an unknown id says nothing.
    """

    profiles: Mapping[SlackUserId, Profile] = field(default_factory=dict)
    is_whole: bool = False
