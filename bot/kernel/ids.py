"""Name the ids that travel between rooms, so that one kind is never passed for another."""

import secrets
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
"""A Slack team id, such as T0CAIRN."""
MemberId = NewType("MemberId", str)
ProgrammeId = NewType("ProgrammeId", str)
GroupId = NewType("GroupId", str)
SlackUserId = NewType("SlackUserId", str)
"""A person's id in Slack, such as U012AB3CD. Means nothing outside its workspace."""


def new_id(prefix: str) -> str:
    """Make a fresh id: `prefix`, an underscore and 80 random bits in hexadecimal; no time."""
    return f"{prefix}_{secrets.token_hex(10)}"
