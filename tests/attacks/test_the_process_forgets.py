"""Look into the memory of the bot's own process after people have answered a pulse in it."""

import asyncio
import gc
import json
import os
import sys
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.kernel.database import open_database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.pulse import use_cases as pulse
from bot.pulse.model import CellId, CellLevel, Eligible, Instrument, Threshold
from config.catalogue import load_catalogue
from handlers.edge import dispatch
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.sandbox import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    Sandbox,
    install_app,
    put_people_in,
)
from slack_sandbox.seed import populate
from slack_sandbox.server import listen, running
from slack_sandbox.world import World
from tests.support.memory import holders, with_a_window, words_in_memory
from tests.support.running_programme import running_programme

ROOT = Path(__file__).parents[2]
WORKSPACE = WorkspaceId("T0CAIRN")
COMMENTS = ("Zebrafinch at midnight", "Quokkas at noon \N{SNOWMAN}", "Wombats \N{OWL} at dusk")
"""In one, two and four bytes a character."""
CHOSEN, STATEMENT, CHECKIN = "Kingfisher agrees", "statement-of-a-heron", "Axolotl in the ward"


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot as it is shipped, in a process of its own, and hands in its Slack."""

    process: asyncio.subprocess.Process
    window: Path
    http: httpx.AsyncClient
    cast: Cast

    async def does(self, what: str, user: str, **fields: Any) -> None:
        answer = await self.http.post(f"/_sandbox/{what}", json={"user": user, **fields})
        assert answer.status_code == 200, answer.text

    async def shown(self, user: str, words: str, *, on: str = "views") -> dict[str, Any]:
        """The modal on top, or the Home tab, once it says so."""
        async with asyncio.timeout(30):
            while True:
                answer = (await self.http.get(f"/_sandbox/{on}", params={"user": user})).json()
                view = answer["view"] if on == "home" else (answer["views"] or [None])[-1]
                if view and words in json.dumps(view):
                    return dict(view)
                await asyncio.sleep(0.05)

    async def form(self, user: str) -> dict[str, Any]:
        await self.does("home", user)
        home = await self.shown(user, "pulse.open", on="home")
        await self.does("click", user, action_id="pulse.open", view_id=home["id"])
        return await self.shown(user, STATEMENT)

    async def submit(
        self, user: str, view: Mapping[str, Any], answers: Mapping[str, str], *, reads: str
    ) -> dict[str, Any]:
        actions = {
            block["block_id"]: block["element"]["action_id"]
            for block in view["blocks"]
            if block["type"] == "input"
        }
        state = {block: {actions[block]: value} for block, value in answers.items()}
        await self.does("submit", user, view_id=view["id"], state=state)
        return await self.shown(user, reads)

    async def close(self, user: str, view: Mapping[str, Any]) -> None:
        await self.does("close", user, view_id=view["id"], clear=True)

    async def check_in(self, user: str, words: str) -> None:
        await self.does("slash", user, command="/checkin")
        view = await self.shown(user, "lens_")
        lens = next(one["block_id"] for one in view["blocks"] if "lens_" in one.get("block_id", ""))
        answers = {lens: words, "visibility": "mentor", "confidence": "5"}
        await self.close(user, await self.submit(user, view, answers, reads="saved"))

    def in_memory(self, *words: str) -> set[str]:
        return words_in_memory(self.process.pid, words)

    async def holders(self, *words: str) -> list[str]:
        return await holders(self.process.pid, self.window, words)


def marked(instrument: Instrument) -> Instrument:
    """An instrument of two statements whose ids and labels stand nowhere else."""
    statements = tuple(
        replace(item, id=f"{STATEMENT}-{number}")
        for number, item in enumerate(instrument.items[:2])
    )
    scale = (*instrument.scale[:3], CHOSEN, instrument.scale[4])
    return replace(instrument, scale=scale, items=statements)


async def prepared(url: str, cast: Cast, keys: Path) -> None:
    """A programme under way, and a pulse with comments that is open."""
    vault, now = FileVault(keys), datetime.now(UTC)
    database = with_keyring(open_database(url), Keyring(vault, WORDS))
    await vault.set_up()
    catalogue = load_catalogue()
    programme = await set_up_programme(database, catalogue, cast, workspace_id=WORKSPACE, now=now)
    instrument = marked(catalogue.instruments[programme.template.instrument_id])
    async with database.writing() as connection:
        everybody = await people.members(connection, WORKSPACE)
        await pulse.open_round(
            connection,
            vault,
            workspace_id=WORKSPACE,
            programme_id=programme.id,
            instrument=instrument,
            items=tuple(item.id for item in instrument.items),
            eligible=[
                Eligible(one.id, CellId("A"), account=one.slack_user_id)
                for one in everybody
                if one.slack_user_id in cast.mentees
            ],
            opens_at=now,
            closes_at=now + timedelta(days=5),
            threshold=Threshold(),
            cell_level=CellLevel.GROUP,
            comments=True,
        )
    await database.close()


@asynccontextmanager
async def running_bot(url: str, folder: Path, *, over_http: bool) -> AsyncIterator[Bot]:
    cast, window = made_up_cast(mentors=1, mentees=6), folder / "window"
    await prepared(url, cast, folder / "keys")
    world = World()
    populate(world)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(running(world))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=slack, timeout=60))
        sandbox = Sandbox(slack, http)
        await put_people_in(sandbox, cast)
        with listen("127.0.0.1", 0) as probe:
            port = str(probe.getsockname()[1])
        address = f"http://127.0.0.1:{port}/slack/events"
        await install_app(sandbox, events_url=address if over_http else None)
        settings = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{slack}/api/",
            "DATABASE_URL": url,
            "KEY_DIR": str(folder / "keys"),
        }
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "app.py",
                "serve",
                *(["--http", "--port", port] if over_http else []),
            ),
            cwd=ROOT,
            env=os.environ | settings | with_a_window(window),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stderr
            async with asyncio.timeout(60):
                while b"ready" not in (line := await process.stderr.readline()):
                    assert line, "the bot stopped before it was ready"
            yield Bot(process, window, http, cast)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read through Linux's /proc")
@pytest.mark.parametrize(
    ("database_address", "over_http"),
    [("sqlite", False), ("postgres", True)],
    indirect=["database_address"],
    ids=["socket, sqlite", "http, postgres"],
)
async def test_nothing_of_a_pulse_form_is_in_memory_once_it_is_answered(
    database_address: str, over_http: bool, tmp_path: Path
) -> None:
    async with running_bot(database_address, tmp_path, over_http=over_http) as bot:
        bob, eve, kim, lou, *_ = bot.cast.mentees
        choices = {f"{STATEMENT}-0": "4", f"{STATEMENT}-1": "4"}
        for who, comment in zip((bob, eve), COMMENTS, strict=False):
            seen = await bot.submit(
                who, await bot.form(who), choices | {"comment-text": comment}, reads=comment[:6]
            )
            await bot.close(who, await bot.submit(who, seen, {}, reads="in the box"))
        await bot.close(
            kim, await bot.submit(kim, await bot.form(kim), choices, reads="in the box")
        )
        await bot.check_in(lou, CHECKIN)
        (tmp_path / "keys").rename(tmp_path / "away")  # and a form that fails on the way
        form = await bot.form(lou)
        await bot.submit(lou, form, choices | {"comment-text": COMMENTS[2]}, reads="try again")

        words = [comment[:8] for comment in COMMENTS]
        left = bot.in_memory(*words, '"selected_option": {"text"', "selected_option%22%3A+%7B")
        kept = await bot.holders(*words, CHOSEN, STATEMENT, CHECKIN)

    assert left == set()
    assert kept == []


async def test_the_answer_to_any_other_form_is_remembered_for_a_minute_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dispatch.REMEMBERED_S <= 60
    monkeypatch.setattr(dispatch, "REMEMBERED_S", 3.0)
    of_others = answers()  # of bots that ran in this process before, until they are collected

    async with running_programme(tmp_path) as here:
        await here.open_form(here.bob)
        remembered = [weakref.ref(one) for one in answers() if one not in of_others]
        assert remembered
        for _ in range(150):
            if not any(one() for one in remembered):
                break
            await asyncio.sleep(0.2)
        assert not any(one() for one in remembered)


def answers() -> list[Any]:
    """The answers that wait for a request to be delivered once more."""
    return [one for one in gc.get_objects() if type(one).__name__ == "_Ack"]
