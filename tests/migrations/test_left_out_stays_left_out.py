"""A version that knows nothing of leaving out never shows what was left out."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.checkins import store
from bot.checkins.rules import (
    Answer,
    CheckIn,
    CheckInId,
    GoalProgress,
    Reflection,
    Topic,
    Visibility,
)
from bot.goals.model import Progress
from bot.kernel.database import open_database
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.stages.model import Lens
from runtime.commands.schema import migrate
from tests.migrations.test_migrations import downgrade

HERE, AT = WorkspaceId("T"), datetime(2026, 9, 2, tzinfo=UTC)
WHOLE = Reflection(
    answers=(Answer(Lens.FEEL, "How was it?", "Hard"),),
    confidence=3,
    wish="Time",
    visibility=Visibility.MENTOR,
)


def checkin(name: str, entry: Reflection) -> CheckIn:
    return CheckIn(
        id=CheckInId(name),
        workspace_id=HERE,
        member_id=MemberId("bob"),
        programme_id=ProgrammeId("p"),
        group_id=GroupId("g"),
        framework_id="miller_is",
        stage="Knows",
        entry=entry,
        written_at=AT,
        shared_at=AT,
    )


async def test_going_back_narrows_what_leaves_something_out_and_keeps_the_words(
    tmp_path: Path,
) -> None:
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    vault = FileVault(tmp_path / "keys")
    await migrate(address, vault=lambda: nullcontext(vault))
    database = open_database(address)
    opened = with_keyring(database, Keyring(vault, WORDS))
    less = replace(WHOLE, left_out=frozenset({Topic.FEEL}), wellbeing=1)
    more = replace(WHOLE, goals=(GoalProgress("g", "Lead", Progress.SAME),))
    async with opened.writing() as connection:
        await store.add(connection, checkin("less", less))
        await store.add(connection, checkin("more", more))

    await downgrade(address, "0020", vault=lambda: nullcontext(vault))
    await migrate(address, vault=lambda: nullcontext(vault))

    async with opened.reading() as connection:
        found = {
            name: await store.find(connection, HERE, CheckInId(name)) for name in ("less", "more")
        }
    await database.close()
    assert found["less"] == checkin("less", replace(WHOLE, visibility=Visibility.ONLY_ME))
    assert found["more"] == checkin("more", WHOLE)
