"""`app.py import-roster` finds people in Slack by their email address."""

from pathlib import Path

from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from runtime.commands.import_roster import import_roster_file
from tests.support.running_programme import running_programme


async def test_people_of_a_list_are_found_in_slack_by_email(tmp_path: Path) -> None:
    async with running_programme(tmp_path) as here:
        cairn = here.slack.cairn
        given = "name,email,role\nMallory,mallory@elsewhere.example,mentor\n"
        listed = tmp_path / "list.csv"
        listed.write_text(given + "Nobody,nobody@elsewhere.example,mentee\n")
        report = await import_roster_file(cairn.options, listed, workspace=None, only_check=False)

        workspace = WorkspaceId(cairn.workspace_id)
        async with cairn.database.reading() as connection:
            found = [m.name for m in await people.members(connection, workspace)]
        assert "Mallory" in found
        assert "Nobody" not in found
        assert "Line 3: Nobody was not found in Slack." in report.warnings
