"""Send messages about a pulse round to everybody it concerns, in the same words.

Who has answered is known to nobody here, and nothing here asks.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as outbox
from bot.delivery.model import Lane, Notice
from bot.kernel.ids import MemberId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.digest_channel import DIGESTS
from bot.programme.model import Programme
from bot.pulse import actions
from bot.pulse import store as kept
from bot.pulse.model import Results, Round, RoundKey
from bot.pulse.results import waits_for_word
from bot.todos import ToDo, Weight

INVITATION, REMINDER = MessageKind.PULSE_INVITATION, MessageKind.PULSE_REMINDER
ASKS = (INVITATION, REMINDER)
DIGEST, RESULT = MessageKind.PULSE_DIGEST, MessageKind.PULSE_RESULT
VOID, HELD, ACTION = MessageKind.PULSE_VOID, MessageKind.PULSE_HELD, MessageKind.PULSE_ACTION

CELLS_IN_SHORT = 6
"""With more groups, the digest gives all in short, and the groups stand in its thread."""
CELLS_PER_DIGEST = 40
"""So many groups stand in one message; a table in Slack has 100 rows, and this stays readable."""
SHORT, GROUPS, TREND = "short", "groups-", "trend"
"""The subject of a digest is `<round id>:<part>`: all in short, a portion of the groups by its
number from 0, or how it moved. A number alone is an earlier version's portion, with all in short
on the first."""
NEWS_KEEPS = timedelta(days=14)
WAITS_FOR_CHANNEL = timedelta(days=366)
"""How long a digest waits at most until a suitable channel is there."""


def sections_of(results: Results) -> list[str]:
    """List the messages that a digest is made of; all but the first stand in its thread."""
    cells = len(results.fates)
    portions = -(-cells // CELLS_PER_DIGEST) if cells > CELLS_IN_SHORT else 0
    return [SHORT, *(f"{GROUPS}{number}" for number in range(portions)), TREND]


def key_of_short(round_id: str, recipient: str) -> str:
    """Give the key of the message in whose thread the others of a digest stand."""
    return _key(f"{round_id}:{SHORT}", recipient, kind=DIGEST)


def _key(subject_id: str, recipient: str, *, kind: str) -> str:
    return f"{kind}/{subject_id}/{recipient}"


async def tell_coordinators(
    connection: AsyncConnection, programme: Programme, subject_id: str, *, kind: str, now: datetime
) -> None:
    """Write to the channel for digests, whichever that is when it is sent; to each coordinator
    where none was ever chosen."""
    recipients: Iterable[str] = [f"{DIGESTS}{programme.id}"]
    keeps = WAITS_FOR_CHANNEL
    if not programme.coordinator_channel:
        found = await coordinators_on_duty(connection, programme.workspace_id, now)
        recipients, keeps = [member.slack_user_id for member in found], NEWS_KEEPS
    for recipient in recipients:
        await outbox.enqueue(
            connection,
            programme.workspace_id,
            kind=kind,
            subject_id=subject_id,
            recipient=recipient,
            dedupe_key=_key(subject_id, recipient, kind=kind),
            lane=Lane.DIGEST,
            now=now,
            expires_at=now + keeps,
        )


async def tell_mentees(
    connection: AsyncConnection,
    round_: RoundKey,
    *,
    kind: str,
    now: datetime,
    number: int = 1,
    until: datetime | None = None,
) -> None:
    """Write to the mentees who may answer the round; again under a new `number`.

    What asks them is worth sending `until` then. Those who are away are not asked; the news of it
    waits for them.
    """
    ids: list[MemberId] = list(await kept.cells_of(connection, round_.id))
    asks = kind in ASKS
    await outbox.enqueue_all(
        connection,
        round_.workspace_id,
        [
            Notice(
                kind,
                round_.id,
                member.slack_user_id,
                f"{kind}/{round_.id}/{number}/{member.slack_user_id}",
            )
            for member in await people.members(connection, round_.workspace_id, ids=ids)
            if (not member.is_away(now) if asks else member.takes_part)
        ],
        lane=Lane.PROMPT if asks else Lane.DIGEST,
        now=now,
        expires_at=until or now + NEWS_KEEPS,
    )


async def todos(
    connection: AsyncConnection, member: Member, released: Sequence[Round]
) -> list[ToDo]:
    """Find whether members wait to hear what was done about the last of `released`."""
    if not released or not coordinates(member):
        return []
    latest = released[0]
    if not await waits_for_word(connection, latest):
        return []
    held = await actions.waiting_since(connection, member.workspace_id, latest.programme_id)
    return [
        ToDo(
            kind=ToDoKind.SAY_WHAT_WAS_DONE,
            weight=Weight.SOMEBODY_WAITS if held else Weight.IS_DUE,
            since=held or latest.closes_at,
            about=latest.id,
            what="held" if held else "",
        )
    ]


async def tell_of_the_end(connection: AsyncConnection, round_: RoundKey, *, now: datetime) -> None:
    """Tell coordinators and those who were asked that a round ended without results."""
    programme = await programmes.programme(connection, round_.workspace_id, round_.programme_id)
    if programme is not None:
        await tell_coordinators(connection, programme, round_.id, kind=VOID, now=now)
    await tell_mentees(connection, round_, kind=VOID, now=now)
