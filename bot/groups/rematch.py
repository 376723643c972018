"""Another mentor without fault: asked for by a mentee or a coordinator, no reason given or kept."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.groups.plan import Move
from bot.groups.upkeep import reconcile
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.matching import exclusions as barriers
from bot.matching import store
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.matching.records import TO_BE_MOVED, WISHES_TO_MOVE, Waiting
from bot.matching.store import the_programme
from bot.people.use_cases import must_coordinate
from bot.programme.model import Programme
from bot.stages.model import Framework


async def ask_rematch(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    mentee: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Move | None:
    """Seat the mentee with other mentors at once, or as soon as there is a place (None).

    Until then they keep their group. Raises UserFacing for who has no mentor or waits already.
    """
    async with database.writing() as connection:
        await store.hold(connection, workspace_id, programme_id)
        programme = await the_programme(connection, workspace_id, programme_id)
        await _wait_for_another(connection, programme, mentee, why=WISHES_TO_MOVE, now=now)
    done = await reconcile(
        database, workspace_id, programme_id, now=now, framework=framework, weights=weights
    )
    return done.of(mentee)


async def move(
    database: Database,
    workspace_id: WorkspaceId,
    pairing_id: str,
    *,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Move | None:
    """Part a pairing for a coordinator; its mentee moves at once, or when there is a place."""
    async with database.writing() as connection:
        await must_coordinate(connection, workspace_id, by)
        pairing = await seated.pairing(connection, workspace_id, pairing_id)
        if pairing is None or pairing.ended_at is not None:
            raise UserFacing("These two are not in one group any more. Nothing is left to do.")
        await store.hold(connection, workspace_id, pairing.programme_id)
        programme = await the_programme(connection, workspace_id, pairing.programme_id)
        await _wait_for_another(connection, programme, pairing.mentee_id, why=TO_BE_MOVED, now=now)
    done = await reconcile(
        database, workspace_id, programme.id, now=now, framework=framework, weights=weights
    )
    return done.of(pairing.mentee_id)


async def stay(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, mentee: MemberId
) -> None:
    """Take a wish for another mentor back. Raises UserFacing once the mentee has moved."""
    async with database.writing() as connection:
        await store.hold(connection, workspace_id, programme_id)
        waiting = await seated.waitlist(connection, workspace_id, programme_id)
        wish = next(
            (w for w in waiting if w.member_id == mentee and w.reason == WISHES_TO_MOVE), None
        )
        if wish is None:
            raise UserFacing("You are not waiting for another group. The Home tab shows yours.")
        await seated.stop_waiting(connection, workspace_id, programme_id, [mentee])
        for one in await seated.pairings(connection, workspace_id, programme_id):
            if one.mentee_id == mentee:
                pair = (mentee, one.mentor_id)
                await barriers.allow(connection, workspace_id, programme_id, pair)


async def _wait_for_another(
    connection: AsyncConnection,
    programme: Programme,
    mentee: MemberId,
    *,
    why: str,
    now: datetime,
) -> None:
    """Put the mentee on the waitlist with their group kept, and their mentors ruled out."""
    workspace_id = programme.workspace_id
    pairings = await seated.pairings(connection, workspace_id, programme.id)
    theirs = [one for one in pairings if one.mentee_id == mentee]
    if not theirs:
        raise UserFacing("There is no mentor to change: this seat has none at present.")
    waiting = await seated.waitlist(connection, workspace_id, programme.id)
    if any(one.member_id == mentee for one in waiting):
        raise UserFacing("Another mentor has been asked for already. Nothing more is needed.")
    for one in theirs:
        pair = (mentee, one.mentor_id)
        await barriers.forbid(connection, workspace_id, programme.id, pair, by=None, now=now)
    wish = Waiting(member_id=mentee, since=now, reason=why, keeps_group=theirs[0].group_id)
    await seated.wait(connection, workspace_id, programme.id, [wish])
