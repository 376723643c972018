"""A list of 5,000 people read and previewed, beside reading the file's cells alone."""

import csv
import io
import statistics
import time
from collections.abc import Callable, Mapping

from bot.kernel.csv_text import as_csv
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people.profiles import Directory, Profile
from bot.people.roster import read_roster
from bot.people.roster_preview import Preview, preview
from bot.people.roster_text import read_table

HEAD = ("Email Address", "Name", "Role", "Capacity", "Time zone", "Interests", "Avoid")
WORKSPACE = WorkspaceId("T0CAIRN")


def run(*, quick: bool) -> list[dict[str, object]]:
    """Median seconds of several runs, and their ratio to reading the cells alone."""
    people, times = (500, 3) if quick else (5_000, 7)
    content, directory = _list(people), _directory(people)
    alone = _seconds(lambda: list(csv.reader(io.StringIO(content))), times)
    read = _seconds(lambda: read_roster(read_table(content)), times)
    seen = _seconds(lambda: _preview(content, directory), times)
    assert len(_preview(content, directory).new) == people
    rows: Mapping[str, float] = {
        "the csv module, cells alone": alone,
        "read as people": read,
        "read and previewed, found in a directory by address": seen,
    }
    return [
        {"what": what, "people": people, "seconds": seconds, "ratio": seconds / alone}
        for what, seconds in rows.items()
    ]


def _preview(content: str, directory: Directory) -> Preview:
    return preview(read_roster(read_table(content)), WORKSPACE, [], directory=directory, said={})


def _seconds(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def _list(people: int) -> str:
    return as_csv(HEAD, (_person(number) for number in range(people)))


def _person(number: int) -> tuple[object, ...]:
    mentors = number % 5 == 0
    avoids = f"Person {number - 3}" if number % 10 == 9 else ""
    return (
        f"p{number}@example.org",
        f"Person {number}",
        "Mentor" if mentors else "Mentee (Year 1)",
        "max 5" if mentors else "",
        "Europe/Berlin",
        "ethics; teaching; research",
        avoids,
    )


def _directory(people: int) -> Directory:
    profiles = [
        Profile(
            slack_user_id=SlackUserId(f"U0{number:05}"),
            name=f"Person {number}",
            email=f"p{number}@example.org",
            timezone="Europe/Berlin",
        )
        for number in range(people)
    ]
    return Directory(profiles={one.slack_user_id: one for one in profiles}, is_whole=True)
