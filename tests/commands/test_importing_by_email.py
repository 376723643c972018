"""`app.py import-roster` finds people in Slack by their email address."""

from pathlib import Path

import pytest

from bot.groups import store as seated
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import Role
from bot.programme.use_cases import current_programme
from runtime.commands.import_roster import import_roster_file
from tests.support.offline import offline
from tests.support.running_programme import running_programme


async def test_people_of_a_list_are_found_in_slack_by_email(tmp_path: Path) -> None:
    async with running_programme(tmp_path) as here:
        cairn = here.slack.cairn
        given = "name,email,role\nMallory,mallory@elsewhere.example,mentee\n"
        listed = tmp_path / "list.csv"
        listed.write_text(given + "Nobody,nobody@elsewhere.example,mentee\n")
        report = await import_roster_file(cairn.options, listed, workspace=None, only_check=False)

        listed.write_text("name,email,role\nNobody,nobody@elsewhere.example,mentee\n")
        with pytest.raises(OperatorFacing) as caught:
            await import_roster_file(cairn.options, listed, workspace=None, only_check=False)
        workspace = WorkspaceId(cairn.workspace_id)
        async with cairn.database.reading() as connection:
            found = {m.name: m.id for m in await people.members(connection, workspace)}
            programme = await current_programme(connection, workspace)
            assert programme is not None
            waiting = await seated.waitlist(connection, workspace, programme.id)
        assert "Nobody" not in found
        assert found["Mallory"] in {one.member_id for one in waiting}, "groups follow at once"
        assert "Line 3: Nobody was not found in Slack." in report.warnings
        assert caught.value.reason == (
            "Nothing was imported.\nlist.csv, line 2: Nobody was not found in Slack."
        )


async def test_a_check_without_slack_gives_the_role_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name,email\nAda Berg,ada@example.org\n")
    options = offline("", tmp_path)

    report = await import_roster_file(
        options, path, workspace=None, only_check=True, role=Role.MENTEE
    )

    assert "is fine: 1 member" in report.sentence
