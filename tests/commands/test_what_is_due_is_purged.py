"""`purge` says what is due to be deleted and when, and deletes that and no more."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.purge import Purge, purge_departed
from bot.flows.workspaces import rows_in
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.keys.vault import FileVault
from bot.people import installations
from bot.people import store as people
from bot.people.installations import Installation
from bot.people.model import Member, MemberState
from bot.people.tables import installation
from bot.people.use_cases import deactivate, leave
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.pulse.ballots import move_in
from bot.retention import store as retention
from bot.retention import use_cases
from handlers.register import CAPABILITIES
from runtime.commands.purge import purge_what_is_due
from runtime.tenancy import Options
from tests.research.agreeing import MENTEES, NOW, STUDY, fill
from tests.support.cast import BOB, CAROL, HERE, MALLORY
from tests.support.offline import offline
from tests.support.transactions import write

ENDED = replace(STUDY, state=ProgrammeState.CLOSED)
LEFT = replace(BOB, state=MemberState.LEFT, away_from=NOW - timedelta(days=366))
LATELY = replace(
    BOB,
    id=type(BOB.id)("member_lately"),
    slack_user_id=type(BOB.slack_user_id)("U0LATELY"),
    state=MemberState.DEACTIVATED,
    away_from=NOW - timedelta(days=364),
)
UNDATED = replace(
    LATELY,
    id=type(BOB.id)("member_undated"),
    slack_user_id=type(BOB.slack_user_id)("U0UNDATED"),
    away_from=None,
)
SEATED = replace(MENTEES[0], state=MemberState.LEFT, away_from=NOW - timedelta(days=400))
GONE = MALLORY.workspace_id


@pytest.fixture
async def here(
    database: Database, database_address: str, tmp_path: Path
) -> tuple[Options, Database]:
    await write(database, move_in, FileVault(tmp_path / "keys"))
    await fill(database)
    await write(database, programmes.put_programme, HERE, ENDED)
    await write(database, use_cases.begin, ENDED, now=NOW)
    await write(database, people.put_members, HERE, [LEFT, LATELY, SEATED, UNDATED])
    await write(database, people.put_members, GONE, [MALLORY])
    await taken_out(database, at=NOW - timedelta(days=89))
    return (
        offline(database_address, tmp_path / "keys"),
        database,
    )


async def taken_out(database: Database, *, at: datetime) -> None:
    found = Installation(
        workspace_id=GONE,
        app_id="A0",
        bot_user_id="U0BOT",
        scopes=(),
        key_id=None,
        sealed_tokens=None,
        expires_at=None,
        installed_at=at - timedelta(days=30),
    )
    async with database.writing() as connection:
        row = {**{name: getattr(found, name) for name in ("workspace_id", "app_id", "bot_user_id")}}
        await connection.execute(sa.delete(installation))
        await connection.execute(
            sa.insert(installation).values(
                **row, scopes="", installed_at=found.installed_at, uninstalled_at=at
            )
        )


async def since(database: Database, whom: Member) -> datetime | None:
    """Read when somebody left."""
    async with database.reading() as connection:
        found = await people.member(connection, HERE, whom.id)
    assert found is not None
    return found.away_from


async def known(database: Database, workspace_id: WorkspaceId) -> set[str]:
    async with database.reading() as connection:
        return {one.id for one in await people.members(connection, workspace_id)}


async def test_it_lists_first_and_deletes_what_is_due_once_it_is_confirmed(
    here: tuple[Options, Database],
) -> None:
    options, database = here
    before = await known(database, HERE)

    said = (await purge_what_is_due(options, only_check=True, now=NOW)).sentence

    words, departed, workspace = said.splitlines()
    assert "words on 2027-02-14: 36 checkin, 24 goal" in words
    assert "names on 2027-11-16" in words
    assert "members are told before" in words
    assert departed == (
        f"{HERE}: 1 person who left more than 365 days ago and whom no programme needs (due)"
    )
    assert workspace.startswith(f"{GONE}: Cairn was taken out on 2026-08-19; all of it, 2 rows")
    assert workspace.endswith("on 2026-11-17")
    with pytest.raises(OperatorFacing, match="Nothing was deleted; add --yes"):
        await purge_what_is_due(options, now=NOW)
    assert await known(database, HERE) == before
    assert await since(database, LATELY) == LATELY.away_from

    done = await purge_what_is_due(options, is_sure=True, now=NOW)

    assert done.sentence == f"{HERE}: 1 person who left long ago deleted."
    assert await known(database, HERE) == before - {LEFT.id}
    assert await known(database, GONE) == {MALLORY.id}
    assert await since(database, UNDATED) == NOW


async def test_the_day_on_which_somebody_leaves_is_kept(database: Database) -> None:
    await write(database, people.put_members, HERE, [CAROL, MENTEES[0], MENTEES[1]])

    await write(database, leave, MENTEES[0], now=NOW)
    await write(database, deactivate, MENTEES[1], now=NOW)

    assert await since(database, MENTEES[0]) == await since(database, MENTEES[1]) == NOW


async def test_a_programme_forgets_only_after_everybody_was_told(
    here: tuple[Options, Database],
) -> None:
    options, database = here
    late = NOW + timedelta(days=91)
    await purge_what_is_due(options, is_sure=True, now=NOW)
    await taken_out(database, at=late)

    await purge_what_is_due(options, is_sure=True, now=late)
    async with database.reading() as connection:
        plan = await retention.plan_of(connection, ENDED)
        assert (await rows_in(connection, HERE))["checkin"] == 36
    told = replace(plan, told_on=date(2026, 12, 1))
    await write(database, retention.put, told)
    done = await purge_what_is_due(options, is_sure=True, now=late)

    assert "36 checkin" in done.sentence
    async with database.reading() as connection:
        rows = await rows_in(connection, HERE)
    assert "checkin" not in rows
    assert rows["member"] > 10


async def test_a_workspace_that_took_cairn_out_is_forgotten_whole_and_no_other(
    here: tuple[Options, Database],
) -> None:
    options, database = here
    async with database.reading() as connection:
        elsewhere = await rows_in(connection, HERE)

    done = await purge_what_is_due(
        replace(options, keep_departed=timedelta(days=999)),
        is_sure=True,
        now=NOW + timedelta(days=2),
    )

    assert done.sentence == f"{GONE}: 2 rows deleted, nothing is left."
    async with database.reading() as connection:
        assert await rows_in(connection, GONE) == {}
        assert await rows_in(connection, HERE) == elsewhere
        assert await installations.find(connection, GONE) is None


async def test_one_that_has_it_again_is_left_alone(here: tuple[Options, Database]) -> None:
    options, database = here
    async with database.writing() as connection:
        again = {"sealed_tokens": b"sealed", "key_id": "tokens-1", "uninstalled_at": None}
        await connection.execute(sa.update(installation).values(**again))
    await write(database, people.put_members, GONE, [replace(MALLORY, away_from=NOW)])

    done = await purge_what_is_due(options, is_sure=True, now=NOW + timedelta(days=900))

    assert GONE not in done.sentence
    assert await known(database, GONE) == {MALLORY.id}
    assert CAROL.id in await known(database, HERE)


async def test_who_comes_back_while_others_are_deleted_stays(
    here: tuple[Options, Database], tmp_path: Path
) -> None:
    _, database = here
    gone = replace(LATELY, away_from=NOW - timedelta(days=400))
    await write(database, people.put_members, HERE, [gone])

    async def returns(connection: AsyncConnection, member: Member, _: datetime) -> None:
        if member.id != gone.id:
            back = replace(gone, state=MemberState.ACTIVE, away_from=None)
            await people.put_members(connection, HERE, [back])

    purge = Purge(database, FileVault(tmp_path / "keys"), [*CAPABILITIES.erasers, returns])
    count = await purge_departed(purge, HERE, before=NOW - timedelta(days=365), now=NOW)

    left = await known(database, HERE)
    assert gone.id in left
    assert LEFT.id not in left
    assert count == 1
