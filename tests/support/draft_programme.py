"""A sandbox in which a coordinator has people and a programme, and no groups yet."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.groups import store as seated
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people import use_cases as members
from bot.programme import store as programmes
from bot.programme import use_cases
from bot.programme.model import Programme
from runtime.demo.cast import Cast, made_up_cast, people_for_concerns, with_everything
from tests.support.members import as_member
from tests.support.rosters import import_roster
from tests.support.transactions import write
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace

START = datetime(2026, 9, 9, 8, 0, tzinfo=UTC)
"""A Wednesday of the programme's first week."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sandbox with people who have accepted the code, and a programme without groups."""

    slack: SlackWorkspace
    cast: Cast
    programme: Programme

    @property
    def carol(self) -> str:
        return self.cast.coordinator

    @property
    def workspace_id(self) -> WorkspaceId:
        return WorkspaceId(self.slack.cairn.workspace_id)

    async def propose(self) -> dict[str, Any]:
        """Press the first button; the modal that comes of it."""
        await self.slack.press(self.carol, "Propose groups")
        return await self.slack.view(self.carol)

    async def approve(self) -> dict[str, Any]:
        await self.propose()
        await self.slack.press(self.carol, "Approve…", modal=True)
        await self.slack.press(self.carol, "Approve", modal=True)
        return await self.slack.view(self.carol)

    async def row(self, mentee: str, verb: str) -> dict[str, Any]:
        """Choose `verb` from the menu of this mentee's row; the modal as it is then."""
        view = await self.slack.view(self.carol)
        name = self.name(mentee)
        block = next(b for b in view["blocks"] if all_text(b).startswith(f"*{name}*"))
        action = block["accessory"]
        values = [o["value"] for o in action.get("options", [])] or [action.get("value")]
        value = next(v for v in values if v.split(" ")[0] == verb or verb == "press")
        chosen = {"value": value} if action["type"] == "overflow" else {}
        await self.slack.click(self.carol, action["action_id"], view_id=view["id"], **chosen)
        return await self.slack.view(self.carol)

    def name(self, slack_user_id: str) -> str:
        return next(name for one, name, *_ in self.cast.people if one == slack_user_id)

    async def mentor_of(self, mentee: str) -> str:
        """The Slack id of this mentee's mentor in the database."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            everybody = await people.members(connection, self.workspace_id)
            slack_ids = {one.id: one.slack_user_id for one in everybody}
            found = await seated.pairings(connection, self.workspace_id, self.programme.id)
        return next(slack_ids[p.mentor_id] for p in found if slack_ids[p.mentee_id] == mentee)

    async def group_of(self, mentee: str) -> str:
        """The id of this mentee's group in the database."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            who = await people.member_by_slack_id(
                connection, self.workspace_id, SlackUserId(mentee)
            )
            found = await seated.pairings(connection, self.workspace_id, self.programme.id)
        return next(p.group_id for p in found if who is not None and p.mentee_id == who.id)

    async def change_roster(self, slack_user_id: str, **changes: object) -> None:
        """Change one member as a new roster would."""
        cairn = self.slack.cairn
        async with cairn.database.writing() as connection:
            found = await people.member_by_slack_id(
                connection, self.workspace_id, SlackUserId(slack_user_id)
            )
            assert found
            changed = replace(found, **changes)  # type: ignore[arg-type]
            await people.put_members(connection, self.workspace_id, [changed])

    async def channels(self) -> dict[str, str]:
        """Slack channels of the groups by group name."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            found = await programmes.groups(connection, self.workspace_id, self.programme.id)
        return {one.name: one.slack_channel for one in found if one.slack_channel}


async def set_up(slack: SlackWorkspace, cast: Cast) -> Programme:
    cairn, now = slack.cairn, slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    await import_roster(cairn.database, workspace_id, cast.roster, now=now)
    for one, *_ in cast.people:
        await write(
            cairn.database,
            as_member,
            members.accept_conduct,
            workspace_id,
            slack_user_id=SlackUserId(one),
            now=now,
        )
    draft = await write(
        cairn.database,
        use_cases.create_programme,
        workspace_id,
        template=with_everything(cairn.services.catalogue.templates["term_12"]),
        name="Autumn mentoring",
        starts_on=date(2026, 9, 7),
        timezone="Europe/London",
        now=now,
    )
    async with cairn.database.writing() as connection:
        return await use_cases.set_contacts(
            connection,
            workspace_id,
            draft.id,
            crisis_contact="Dial 5555",
            concern_contact="Dr Amsel",
            people=await people_for_concerns(connection, workspace_id, cast),
        )


@asynccontextmanager
async def draft_programme(
    template: Path, folder: Path, *, mentors: int, mentees: int
) -> AsyncIterator[Draft]:
    """Everybody imported and agreed, the programme in its first week, on SQLite."""
    cast = made_up_cast(mentors=mentors, mentees=mentees)
    database = folder / "cairn.db"
    shutil.copy(template, database)
    async with slack_workspace(
        f"sqlite:///{database}", folder / "keys", start=START, cast=cast
    ) as slack:
        yield Draft(slack, cast, await set_up(slack, cast))
