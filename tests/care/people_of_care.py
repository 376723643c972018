"""A running programme with the people who hear of concerns, and what they are sent."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.care import store, use_cases
from bot.care.model import Concern, Route
from bot.care.upkeep import watch
from bot.delivery.tables import outbox
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind
from bot.matching.model import Method, Pairing
from bot.people import store as people
from bot.people.model import Member
from bot.schedule.model import Due
from tests.support.cast import ALICE, BOB, GROUP, HERE, OKAFOR, PARK, PROGRAMME
from tests.support.seated import DANA, EVERYBODY, seat_everybody

MONDAY = datetime(2026, 9, 14, 9, tzinfo=UTC)
WORDS = "Xylophone-47: I am afraid of the meetings"
USUAL = Route(OKAFOR.id, PARK.id)


def pairing(mentee: Member, mentor: Member = ALICE) -> Pairing:
    return Pairing(
        id=f"pair_{mentee.name}_{mentor.name}",
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        mentee_id=mentee.id,
        mentor_id=mentor.id,
        method=Method.PROPOSED,
        score=1.0,
        reason="",
        started_at=MONDAY,
    )


async def arrive(database: Database, *others: Member) -> None:
    await seat_everybody(database, members=(*EVERYBODY, OKAFOR, PARK, *others))
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [pairing(BOB), pairing(DANA)])


async def raised(
    database: Database,
    *,
    by: Member = BOB,
    route: Route = USUAL,
    now: datetime = MONDAY,
    key: str = "form",
) -> Concern:
    async with database.writing() as connection:
        concern, _ = await use_cases.raise_concern(
            connection,
            HERE,
            by=by.slack_user_id,
            route=route,
            words=WORDS,
            form_key=key,
            now=now,
        )
    return concern


async def looked_after(database: Database, at: datetime) -> None:
    due = Due(
        workspace_id=HERE,
        kind=ScheduleKind.CARE,
        subject_id=ScheduleKind.CARE,
        due_at=at,
        first_due_at=at,
        tz="UTC",
    )
    async with database.writing() as connection:
        await watch(connection, due, at)


async def kept(database: Database, workspace: WorkspaceId = HERE) -> list[Concern]:
    async with database.reading() as connection:
        return await store.opened(connection, workspace)


async def noted(database: Database) -> list[str]:
    """The Slack ids of who was told that something waits, in order."""
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.select(outbox.c.recipient, outbox.c.subject_id)
            .where(outbox.c.kind == MessageKind.PERSONAL_NOTE)
            .order_by(outbox.c.created_at, outbox.c.recipient)
        )
        found = [(row.recipient, row.subject_id) for row in rows]
    assert all(recipient == subject for recipient, subject in found)
    return [recipient for recipient, _ in found]


async def change(database: Database, member: Member, **changes: object) -> Member:
    changed = replace(member, **changes)  # type: ignore[arg-type]
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [changed])
    return changed


def slack_ids(*members: Member) -> list[SlackUserId]:
    return [one.slack_user_id for one in members]
