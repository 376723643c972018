"""The rights of the role that runs, given as docs/how-to/run-with-postgres.md prints it."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.kernel.database import open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.row_security import CLEARED
from runtime.commands.grants import FOR_POSTGRES, grant
from tests.support.postgres import OWNER, PAGE, RUN, SUPERUSER, administer, as_role

ROOT = Path(__file__).parents[2]
OWNERS = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = ANY(:names)"


@pytest.fixture
async def migrated(postgres_server: str) -> AsyncIterator[str]:
    """The address, for the owner, of tables of which the role that runs has none."""
    name = f"granted_{uuid4().hex}"
    elsewhere = as_role(postgres_server, SUPERUSER, database="postgres")
    await administer(elsewhere, f"CREATE DATABASE {name} TEMPLATE cairn OWNER {OWNER}")
    address = as_role(postgres_server, OWNER, database=name)
    await administer(address, *(f"ALTER TABLE {table} OWNER TO {OWNER}" for table in CLEARED))
    yield address
    await administer(elsewhere, f"DROP DATABASE {name} WITH (FORCE)")


async def asked(address: str, query: str, **given: object) -> set[object]:
    """The first column of what a query finds."""
    database = open_database(address)
    async with database.outside() as connection:
        found = set((await connection.execute(sa.text(query), given)).scalars())
    await database.close()
    return found


async def owners(address: str) -> set[object]:
    return await asked(address, OWNERS, names=list(CLEARED))


def run_in_shell(command: str) -> str:
    """Run a line of a page; what it says."""
    shell = ["bash", "-c", command]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def may_create(address: str) -> bool:
    query = f"SELECT has_schema_privilege('{RUN}', 'public', 'CREATE')"
    return await asked(address, query) == {True}


async def test_the_page_hands_over_as_printed_and_an_upgrade_finds_the_role_by_itself(
    migrated: str,
) -> None:
    [command] = re.findall(
        r"```\w*\n(DATABASE_URL=.* migrate --grant-to .*)\n```", PAGE.read_text()
    )
    command = re.sub(r"DATABASE_URL='[^']+'", f"DATABASE_URL='{migrated}'", command)
    command = command.replace(".venv/bin/python", sys.executable)

    said = await asyncio.to_thread(run_in_shell, command)

    assert said.partition(". ")[2] in PAGE.read_text()
    assert await owners(migrated) == {RUN}
    assert not await may_create(migrated)
    await administer(migrated, f"ALTER TABLE goal OWNER TO {OWNER}")  # as a new migration leaves it
    await administer(migrated, f"REVOKE ALL ON member FROM {RUN}")

    assert await grant(migrated, to=None)

    assert await owners(migrated) == {RUN}
    assert await asked(as_role(migrated, RUN), "SELECT count(*) FROM member") == {0}


async def test_with_one_role_nothing_is_handed_over(migrated: str, tmp_path: Path) -> None:
    assert await grant(migrated, to=None) is None
    assert await grant(f"sqlite:///{tmp_path / 'cairn.db'}", to=None) is None
    with pytest.raises(OperatorFacing, match=re.escape(FOR_POSTGRES)):
        await grant(f"sqlite:///{tmp_path / 'cairn.db'}", to=RUN)
    assert await owners(migrated) == {OWNER}


async def test_a_role_that_cannot_be_given_anything_is_one_sentence(migrated: str) -> None:
    other = f"other_{uuid4().hex[:8]}"
    await administer(migrated, f"CREATE ROLE {other}")
    foreign = f"ALTER SCHEMA public OWNER TO {SUPERUSER}"
    try:
        for role, words in (
            ("nobody_there", "no role nobody_there; make it first"),
            (OWNER, f"names {OWNER} itself"),
            (SUPERUSER, "nothing would keep workspaces apart"),
            (other, f"as a superuser: GRANT {other} TO {OWNER}"),
            ('x"; DROP TABLE member; --', "make it first"),
        ):
            with pytest.raises(OperatorFacing, match=re.escape(words)):
                await grant(migrated, to=role)

        await administer(migrated, foreign)
        with pytest.raises(OperatorFacing, match="ALTER SCHEMA public OWNER TO"):
            await grant(migrated, to=RUN)
    finally:
        await administer(migrated, f"DROP ROLE {other}")

    assert await owners(migrated) == {OWNER}
