"""Files that are made to keep Cairn busy, or to send its token elsewhere."""

import io
import time
import zipfile
from contextlib import suppress

import aiohttp
import pytest

from bot.kernel.csv_text import as_csv
from bot.kernel.errors import UserFacing
from bot.people.roster import read_roster
from bot.people.roster_text import UnreadableRoster, read_table
from handlers.edge.answers import uploaded
from handlers.edge.clients import slack_client
from tests.support.workbook import xlsx

SOON_S = 3.0
"""On a busy machine. Before, each of these took from five seconds to an hour, in which Cairn
answered nobody: a search for a pattern lets no other thread go on."""
LONG = 20_000
PIECES = ("/", "&", "a.", "+01:", "(", "é", "<@U1|a ", "a@", "<@a|", "1 ", "Dr ", "a, ", "- ", "|")


def seconds(content: bytes | str) -> float:
    began = time.monotonic()
    with suppress(UnreadableRoster):
        read_roster(read_table(content))
    return time.monotonic() - began


@pytest.mark.parametrize("piece", PIECES)
def test_a_head_or_a_cell_of_any_length_is_read_in_no_time(piece: str) -> None:
    long = (piece * LONG)[:LONG]
    columns = ("name", "email", "slack_id", "role", "capacity", "avoid", "Motivation")
    row = {"name": "Asha", "email": "asha@example.org", "role": "mentor"}

    took = seconds(as_csv(["name", "email", long], [["Asha", "asha@example.org", "x"]]))
    for column in columns:
        cells = [(row | {column: long}).get(one, "") for one in columns]
        took = max(took, seconds(as_csv(columns, [cells])))

    assert took < SOON_S


def bomb(cells: bytes) -> bytes:
    """A workbook with `cells` at the end of its sheet."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx([["Name", "Email"]]))) as small,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for name in small.namelist():
            end = b"</sheetData>"
            large.writestr(name, small.read(name).replace(end, cells + end))
    return packed.getvalue()


@pytest.mark.parametrize("cells", [b"<f/>" + b"<c>" * 100_000, b"<f/>" + b"<c " * 100_000])
def test_a_small_workbook_that_unpacks_to_unclosed_cells_is_refused_at_once(cells: bytes) -> None:
    content = bomb(cells)

    assert len(content) < 10_000
    assert seconds(content) < SOON_S


@pytest.mark.parametrize(
    "address",
    [
        "https://files.slack.com.evil.example/x",
        "https://files.slack.com@evil.example/x",
        "https://evil.example\\@files.slack.com/x",
        "https://files.slack.com:8443/x",
        "http://files.slack.com/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "http://[::1",
        "//files.slack.com/x",
    ],
)
async def test_the_token_goes_to_no_other_host(address: str) -> None:
    asked = []

    async def note(
        _session: object, _context: object, about: aiohttp.TraceRequestStartParams
    ) -> None:
        asked.append(about.url)

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        client = slack_client(session, token="xoxb-secret", api_url="https://slack.com/api/")
        with pytest.raises(UserFacing, match="not kept in Slack itself"):
            await uploaded(client, {"id": "F1", "url_private": address}, most_bytes=1_000)

    assert asked == []
