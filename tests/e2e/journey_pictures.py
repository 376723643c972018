"""`PYTHONPATH=sandbox/src:sandbox/tests python -m tests.e2e.journey_pictures`: takes the pictures.

They show the surfaces of a mentoring year, each as the play of the year meets it, and lie in
docs/images/journey. Run it after a change of what people see, and look at what it made.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typst

from bot.kernel.scope import everywhere
from handlers.register import CAPABILITIES
from tests.e2e.plot import live, year_cast
from tests.e2e.reading import ToDosSaid, WatchedWorkspace
from tests.e2e.story import START
from tests.e2e.year import Year
from tests.messages_page.pictures import draw
from tests.support.tables import with_all_tables
from tests.support.workspace import slack_workspace

IMAGES = Path(__file__).parents[2] / "docs" / "images" / "journey"


@contextmanager
def last_page_set() -> Iterator[list[bytes]]:
    """Keep a picture of the page that was set last, as a PNG."""
    pages: list[bytes] = []
    compile_pdf = typst.compile

    def compile_both(template: bytes, **how: Any) -> Any:
        same = {name: how[name] for name in ("font_paths", "sys_inputs")}
        pages[:] = [compile_pdf(template, format="png", ppi=64, **same)]
        return compile_pdf(template, **how)

    with patch.object(typst, "compile", compile_both):
        yield pages


async def main() -> None:
    """Live through the year, and write every picture."""
    cast, said = year_cast(), ToDosSaid()
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/cairn.db"
        await with_all_tables(address)
        async with slack_workspace(
            address,
            Path(folder) / "keys",
            start=START,
            cast=cast,
            capabilities=said.of(CAPABILITIES),
        ) as slack:
            year = Year(
                slack=WatchedWorkspace.of(slack), cast=cast, said=said, pictures={}, is_marked=False
            )
            with last_page_set() as pages:
                await live(year)
            channels = {one["id"]: one["name"] for one in (await slack.state())["channels"]}
    assert year.pictures is not None
    names = {who: name for who, name, *_ in (*cast.people, *cast.contacts)}
    await draw([*year.pictures.values()], folder=IMAGES, people=names, channels=channels)
    [letter] = pages
    (IMAGES / "letter.png").write_bytes(letter)


if __name__ == "__main__":
    with everywhere():
        asyncio.run(main())
