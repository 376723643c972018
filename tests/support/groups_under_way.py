"""Groups that were approved on the first day, three weeks later."""

from datetime import timedelta

import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId
from bot.matching import proposals as proposing
from bot.matching.model import Pairing
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from tests.support.cast import CAROL
from tests.support.cohort import COHORT, DRAFT, HERE, STARTED, arrive, change
from tests.support.enrolment import enrol

LATER = STARTED + timedelta(weeks=3)


async def running(database: Database, members: tuple[Member, ...] = COHORT) -> None:
    """Groups approved on the first day, and their introductions sent."""
    await arrive(database, members)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=STARTED)
    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)
    async with database.writing() as connection:
        await connection.execute(sa.delete(outbox))


async def join(database: Database, member: Member) -> None:
    await change(database, member)
    async with database.writing() as connection:
        await enrol(connection, HERE, DRAFT.id, [member.id])


async def reconcile(database: Database) -> upkeep.Reconciled:
    return await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)


async def told(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(outbox.c.kind, outbox.c.recipient))
        return sorted((kind, recipient) for kind, recipient in rows)


async def lasting(database: Database) -> dict[str, Pairing]:
    async with database.reading() as connection:
        found = await seated.pairings(connection, HERE, DRAFT.id)
        return {one.mentee_id: one for one in found}


async def group_of(database: Database, member_id: str) -> GroupId:
    async with database.reading() as connection:
        found = await programmes.group_of(connection, HERE, DRAFT.id, MemberId(member_id))
    assert found is not None
    return found.id


async def waiting(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [one.member_id for one in await seated.waitlist(connection, HERE, DRAFT.id)]


async def member(database: Database, member_id: str) -> Member:
    async with database.reading() as connection:
        found = await people.member(connection, HERE, MemberId(member_id))
    assert found is not None
    return found
