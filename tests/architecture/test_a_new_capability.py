"""The walk-through of docs/explanation/architecture.md adds a capability; nothing else changes."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

import bot
import handlers
from bot.flows.erasure import erase_member
from bot.kernel.database import all_tables, metadata, open_database
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Role
from handlers.capability import Capabilities, Capability
from handlers.register import CAPABILITIES
from runtime.commands.schema import migrate
from runtime.demo.cast import made_up_cast, set_up_programme
from runtime.demo.sandbox import MANIFEST
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace

PAGE = Path(__file__).parents[2] / "docs/explanation/architecture.md"
CODE = re.compile(r"```python\n# ((?:bot|handlers)/thanks/\w+\.py)\n(.*?)```", re.DOTALL)
START = datetime(2026, 9, 7, 12, tzinfo=UTC)
ASKED = "Is there somebody to thank this month?"


@pytest.fixture
def thanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Capability]:
    """The capability of the page, lying in a folder of this test."""
    blocks = CODE.findall(PAGE.read_text())
    assert len(blocks) == 4
    for path, code in blocks:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(code)
    monkeypatch.setattr(bot, "__path__", [*bot.__path__, str(tmp_path / "bot")])
    monkeypatch.setattr(handlers, "__path__", [*handlers.__path__, str(tmp_path / "handlers")])

    capability = import_module("handlers.thanks").CAPABILITY
    assert isinstance(capability, Capability)
    yield capability

    metadata.remove(all_tables().tables["thanks"])
    for name in [name for name in sys.modules if re.match(r"(bot|handlers)\.thanks", name)]:
        del sys.modules[name]
    for package in (bot, handlers):
        package.__dict__.pop("thanks", None)


@pytest.fixture
async def slack(thanks: Capability, tmp_path: Path) -> AsyncIterator[SlackWorkspace]:
    """A programme under way, with the new capability in the bot and its command in Slack."""
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    await migrate(address)
    database = open_database(address)
    async with database.writing() as connection:
        await connection.run_sync(all_tables().tables["thanks"].create)
    await database.close()
    cast = made_up_cast(mentors=1, mentees=2)
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(
            slack_workspace(
                address,
                tmp_path / "keys",
                start=START,
                cast=cast,
                capabilities=Capabilities((*CAPABILITIES.every, thanks)),
            )
        )
        manifest = yaml.safe_load(MANIFEST.read_text())
        manifest["features"]["slash_commands"].append(
            {"command": "/thanks", "description": "Say thanks", "should_escape": True}
        )
        await workspace.http.post("/_sandbox/app", json={"manifest": manifest, "mode": "socket"})
        await set_up_programme(
            workspace.cairn.database,
            workspace.cairn.services.catalogue,
            cast,
            workspace_id=WorkspaceId(workspace.cairn.workspace_id),
            now=workspace.clock.now(),
        )
        workspace.cairn.services.wake()
        await workspace.settle()
        yield workspace


async def said(slack: SlackWorkspace) -> int:
    async with slack.cairn.database.reading() as connection:
        return int((await connection.execute(sa.text("SELECT count(*) FROM thanks"))).scalar_one())


async def test_all_that_the_walk_through_adds_works(slack: SlackWorkspace) -> None:
    workspace_id = WorkspaceId(slack.cairn.workspace_id)
    async with slack.cairn.database.reading() as connection:
        bob = (await people.members(connection, workspace_id, roles=[Role.MENTEE]))[0]
    user = SlackUserId(bob.slack_user_id)

    # a command opens the form, the form saves, Home shows it
    await slack.slash(user, command="/thanks")
    view = await slack.view(user)
    await slack.submit(user, view["id"], {"thanks": "Alice, for the morning round."})
    home = all_text(await slack.home(user))
    assert "You last said thanks on 7 September." in home
    assert ASKED not in home
    assert await said(slack) == 1

    # it falls due: the message comes, and the to-do stands on Home until its button has done it
    await slack.advance(days=29)
    reminders = [m for m in await slack.messages(user=user) if "A month has passed" in m["text"]]
    assert len(reminders) == 1
    assert ASKED in all_text(await slack.home(user))
    await slack.close(user)
    await slack.press(user, "Say thanks", message=reminders[0])
    view = await slack.view(user)
    await slack.submit(user, view["id"], {"thanks": "Dana."})
    assert ASKED not in all_text(await slack.home(user))

    # what was said goes with the member
    services = slack.cairn.services
    await erase_member(
        services.database,
        services.vault,
        workspace_id,
        member_id=bob.id,
        erasers=services.erasers,
        now=slack.clock.now(),
    )
    assert await said(slack) == 0


async def test_its_message_has_a_policy_and_a_name_in_the_queue(thanks: Capability) -> None:
    together = Capabilities((*CAPABILITIES.every, thanks))

    assert together.policies["thanks_reminder"].counts
    assert together.names["thanks_reminder"] == "reminder to say thanks"


def test_two_capabilities_cannot_answer_for_the_same(thanks: Capability) -> None:
    with pytest.raises(ValueError, match="two capabilities answer for thanks"):
        Capabilities((thanks, thanks))
