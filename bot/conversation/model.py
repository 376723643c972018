"""Describe somebody who writes to Cairn."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kernel.ids import SlackUserId
from bot.people.model import Member
from bot.programme.model import Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Somebody who writes to Cairn, None as `member` for a stranger.

    `programme` is the one whose contacts they are shown, and `present` the coordinators who can
    get in touch, themselves left out.
    """

    slack_user_id: SlackUserId
    member: Member | None
    programme: Programme | None
    present: Sequence[Member]
