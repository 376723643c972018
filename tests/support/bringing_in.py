"""What a coordinator does to bring people in, in a few words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store
from bot.people.model import Member
from tests.support.workspace import SlackWorkspace, all_text, buttons


@dataclass(frozen=True, slots=True)
class BringingIn:
    """The steps of an import, as `who` takes them; each gives the form that it leads to."""

    slack: SlackWorkspace
    who: str

    async def sources(self) -> dict[str, Any]:
        """Open what offers the sources: by its to-do on Home, else by *People*."""
        labels = [one["text"]["text"] for one in buttons(await self.slack.home(self.who))]
        if "Bring people in" in labels:
            await self.slack.press(self.who, "Bring people in")
        else:
            await self.slack.press(self.who, "People")
            await self.slack.press(self.who, "Bring people in", modal=True)
        return await self.slack.view(self.who)

    async def form(self, source: str) -> dict[str, Any]:
        """Open the form of a source, from wherever its button is."""
        await self.slack.close(self.who)
        offered = await self.sources()
        await self.slack.click(
            self.who, f"people.source:{source}", value=None, view_id=offered["id"]
        )
        return await self.slack.view(self.who)

    async def answer(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in and send the form that is open."""
        view = await self.slack.view(self.who)
        await self.slack.submit(self.who, view["id"], answers)
        return await self.slack.view(self.who)

    async def look_at(self, source: str, **answers: Any) -> dict[str, Any]:
        await self.form(source)
        return await self.answer(answers)

    async def paste(self, text: str, **answers: Any) -> dict[str, Any]:
        return await self.look_at("list", pasted=text, **answers)

    async def hand_in(self, name: str, content: bytes, **answers: Any) -> dict[str, Any]:
        await self.form("list")
        path = f"/client/{self.slack.cairn.workspace_id}/{self.who}/home/upload"
        uploaded = await self.slack.http.post(path, files={"files": (name, content)})
        file = uploaded.json()["files"][0]
        return await self.answer({"file": [file], **answers})

    async def apply(self, **answers: Any) -> dict[str, Any]:
        return await self.answer(answers)

    async def said(self) -> str:
        return all_text(await self.slack.view(self.who))

    async def members(self) -> dict[str, Member]:
        """The members by name."""
        workspace_id = WorkspaceId(self.slack.cairn.workspace_id)
        async with self.slack.cairn.database.reading() as connection:
            return {one.name: one for one in await store.members(connection, workspace_id)}

    async def member(self, slack_id: str) -> Member | None:
        workspace_id = WorkspaceId(self.slack.cairn.workspace_id)
        async with self.slack.cairn.database.reading() as connection:
            return await store.member_by_slack_id(connection, workspace_id, SlackUserId(slack_id))
