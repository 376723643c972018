"""Name the ids that travel between rooms, so that one kind is never passed for another."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
"""A Slack team id, such as T0CAIRN."""
MemberId = NewType("MemberId", str)
ProgrammeId = NewType("ProgrammeId", str)
GroupId = NewType("GroupId", str)
SlackUserId = NewType("SlackUserId", str)
"""A person's id in Slack, such as U012AB3CD. Means nothing outside its workspace."""


_rng: ContextVar[Random | None] = ContextVar("rng", default=None)


def new_id(prefix: str) -> str:
    """Make a fresh id: `prefix`, an underscore and 80 random bits in hexadecimal; no time."""
    rng = _rng.get()
    return f"{prefix}_{secrets.token_hex(10) if rng is None else f'{rng.getrandbits(80):020x}'}"


@contextmanager
def ids_drawn_by(rng: Random) -> Iterator[None]:
    """Draw ids by chance that can be repeated: where the database is thrown away."""
    token = _rng.set(rng)
    try:
        yield
    finally:
        _rng.reset(token)
