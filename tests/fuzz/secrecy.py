"""Words that carry a marker of who wrote them and who may read them, and the rules about it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.checkins.rules import Visibility
from slack_sandbox.records import Call
from slack_sandbox.world import World
from tests.fuzz.states import State

_MARKER = re.compile(r"Wort-(\w+?)-(\w+?)-")
ANYWHERE_ELSE = "form"
"""In place of a check-in's visibility: claims, profiles, wishes, answers, conversations …"""
Said = tuple[str, str]
"""To whom, by Slack id, and what."""


def marked(author: str, visibility: str) -> str:
    return f"Wort-{author}-{visibility}-"


def find_marker(text: str) -> str | None:
    """Say for whom a text is that was marked before."""
    found = _MARKER.search(text)
    return found[2] if found else None


@dataclass(frozen=True, slots=True)
class Secrecy:
    """Whose words anybody may read, told from the rows of one state and nothing else of Cairn."""

    world: World
    roles: Mapping[str, str]
    groups: frozenset[tuple[str, str]]
    """Who sits, or sat, with whom, by Slack id."""
    later: frozenset[str] = frozenset()
    """Who shared a check-in after they had written it, by Slack id."""

    def leaks(self, said: Sequence[Said], *, team: str, brought: str) -> Iterator[str]:
        """Tell what somebody was shown that they may not read, and that they did not bring."""
        for reader, text in said:
            for found in _MARKER.finditer(text):
                author, visibility = found.groups()
                if found[0] not in brought and not self._may_read(reader, author, visibility, team):
                    role = self.roles.get(reader, "nobody")
                    yield f"{role} reads what is for {visibility} of another: {found[0]}"

    def _may_read(self, reader: str, author: str, visibility: str, team: str) -> bool:
        user, role = self.world.users.get(reader), self.roles.get(reader, "nobody")
        is_here = user is not None and {user.team_id, self.world.users[author].team_id} == {team}
        is_together = is_here and (reader, author) in self.groups
        both = {role, self.roles.get(author)}
        allowed = {
            Visibility.ONLY_ME: is_together and role == "mentor" and author in self.later,
            Visibility.MENTOR: is_together and role == "mentor",
            Visibility.GROUP: is_together,
            ANYWHERE_ELSE: (is_here and bool({"coordinator", "contact"} & both))
            or (is_together and "mentor" in both),
        }
        return reader == author or allowed[visibility]


def secrecy_of(states: Sequence[State], world: World, roles: Mapping[str, str]) -> Secrecy:
    """What may be read in the last of these states: what was shared stays so when one leaves."""
    pairs: set[tuple[str, str]] = set()
    later: set[str] = set()
    for state in states:
        slack_ids = {row["id"]: row["slack_user_id"] for row in state.rows["member"].values()}
        by_group: dict[str, list[str]] = {}
        for row in state.rows["seat"].values():
            by_group.setdefault(row["group_id"], []).append(slack_ids[row["member_id"]])
        pairs |= {(one, other) for group in by_group.values() for one in group for other in group}
        checkins = state.rows["checkin"].values()
        shared = {one["member_id"] for one in checkins if one["shared_at"] != one["written_at"]}
        later |= {slack_ids[one] for one in shared}
    return Secrecy(world, roles, frozenset(pairs), frozenset(later))


def readers(world: World, who: str, calls: Sequence[Call]) -> Iterator[Said]:
    """Tell who is shown what by calls: channels are left out, but for conversations of one."""
    for one in calls:
        if not one.method.startswith(("chat.", "views.")):
            continue
        given: Any = one.args
        reader = who
        if one.method == "views.publish":
            reader = str(given.get("user_id"))
        elif one.method == "chat.postEphemeral":
            reader = str(given.get("user"))
        elif one.method.startswith("chat."):
            channel = world.channels.get(str(given.get("channel")))
            if channel is not None and not channel.is_im:
                continue
            people = [p for p in channel.members if p in world.users] if channel else []
            persons = [p for p in people if not world.users[p].is_bot]
            reader = persons[0] if persons else str(given.get("channel"))
        yield reader, json.dumps(given, default=str)
