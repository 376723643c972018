"""A mentoring year of two groups and one mentor of both: who reads what, and what can be done."""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.kinds import ToDoKind
from bot.overview.model import NEEDS
from handlers.register import CAPABILITIES
from tests.e2e.ideas import ROWS
from tests.e2e.plot import live, year_cast
from tests.e2e.reading import WORD, ToDosSaid, WatchedWorkspace
from tests.e2e.story import START, monday
from tests.e2e.year import FOR_ALL, Year
from tests.support.workspace import slack_workspace

EIGHT = 8
SENDING = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "cairn.db")
    return f"sqlite:///{tmp_path / 'cairn.db'}"


@pytest.fixture
async def year(database: str, tmp_path: Path) -> AsyncIterator[Year]:
    cast, said = year_cast(), ToDosSaid()
    async with slack_workspace(
        database,
        tmp_path / "keys",
        start=START,
        cast=cast,
        capabilities=said.of(CAPABILITIES),
    ) as slack:
        yield Year(slack=WatchedWorkspace.of(slack), cast=cast, said=said)


@pytest.mark.slow
async def test_a_mentoring_year_shows_each_person_what_is_theirs(
    year: Year, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await live(year)
    read = await everything_read(year)

    nobody_reads_words_that_are_not_for_them(year, read)
    each_idea_is_seen_by_its_people_and_nobody_else(year, read)
    await somebody_is_a_mentee_here_and_a_peer_mentor_there(year)
    await no_message_holds_words(year)
    every_todo_that_appeared_was_done(year)
    no_question_comes_twice_in_eight(year)
    await mentors_have_one_message_a_week(year)
    await nobody_on_a_break_hears_anything(year)
    no_words_are_in_logs_or_files(year, capfd, tmp_path)


async def everything_read(year: Year) -> dict[str, str]:
    """All that each person was shown: views, Home tabs and messages, also those since changed."""
    found: dict[str, set[str]] = defaultdict(set)
    for person, shown in year.slack.read.items():
        found[person] |= shown
    for call in await year.slack.calls("views.publish"):
        args = call["args"]
        found[args["user_id"]].add(json.dumps(args["view"], ensure_ascii=False))
    channels = {one["id"]: one for one in (await year.slack.state())["channels"]}
    for method in SENDING:
        for call in await year.slack.calls(method):
            to = call["args"]["channel"]
            members = channels[to]["members"] if to in channels else [to]
            for person in members:
                found[person].add(json.dumps(call["args"], ensure_ascii=False))
    return {person: "\n".join(found[person]) for person in year.everybody}


def nobody_reads_words_that_are_not_for_them(year: Year, read: dict[str, str]) -> None:
    """Each text is read by its author and those for whom it is; there is something of all sorts."""
    readers: dict[str, set[str]] = defaultdict(set)
    for person, shown in read.items():
        for mark in set(WORD.findall(shown)):
            readers[mark].add(person)
    wrong = {
        (one.form, one.box, one.by, who)
        for mark, one in year.written.items()
        for who in readers[mark] - {one.by} - one.readers
    }
    assert wrong == set()
    assert {one.form for one in year.written.values()} >= {
        "agreement.side_form", "care.form", "charter.lines_form", "checkin.form", "closing.form",
        "closing.thank_form", "compass.form", "goal.form", "profiles.form", "stage.claim_form",
        "stage.talk_form",
    }  # fmt: skip


def each_idea_is_seen_by_its_people_and_nobody_else(year: Year, read: dict[str, str]) -> None:
    every = [(row, pattern) for row in ROWS for pattern in row.patterns(year)]
    found = {
        (row.idea, pattern): {person for person, shown in read.items() if re.search(pattern, shown)}
        for row, pattern in every
    }
    assert found == {(row.idea, pattern): row.readers(year) for row, pattern in every}
    assert {row.idea for row in ROWS} == {row.idea for row, _ in every}


async def somebody_is_a_mentee_here_and_a_peer_mentor_there(year: Year) -> None:
    """Elif said yes: in the next year a group is hers, and she has a mentor in another."""
    channels = (await year.slack.state())["channels"]
    hers = [
        set(one["members"]) & {*year.cast.mentors}
        for one in channels
        if one["is_private"] and not one["is_im"] and year.elif_ in one["members"]
    ]
    assert set() in hers
    assert any(hers)


async def no_message_holds_words(year: Year) -> None:
    """Members' words are read in forms and sent in no message."""
    for method in SENDING:
        for call in await year.slack.calls(method):
            if "You said, we did" in call["args"]["text"]:
                continue  # a coordinator's own words, which are for everybody
            assert not WORD.search(json.dumps(call["args"])), (method, call["args"])


def every_todo_that_appeared_was_done(year: Year) -> None:
    """What groups and people of a whole programme need is looked into in tests/overview, and what
    peer rounds ask in tests/peers; here it goes away by what the others do."""
    elsewhere = {*map(str, NEEDS), str(ToDoKind.SAY_IF_PEERS_MET)}
    assert {str(one) for one in year.seen - year.done} <= elsewhere
    assert {str(one) for one in ToDoKind} - {str(one) for one in year.seen} <= elsewhere


def no_question_comes_twice_in_eight(year: Year) -> None:
    """Neither in the forms of a check-in nor in the messages that ask for one, nor to a mentor."""
    assert max(map(len, year.asked.values())) > EIGHT
    for person, forms in year.asked.items():
        for number, questions in enumerate(forms):
            before = [one for each in forms[max(0, number - EIGHT) : number] for one in each]
            assert set(questions).isdisjoint(before), (person, number)


def _week(call: dict[str, Any]) -> int:
    sent = datetime.fromtimestamp(float(call["answer"]["ts"]), UTC)
    return (sent - monday(1).replace(hour=0, minute=0)).days // 7 + 1


async def mentors_have_one_message_a_week(year: Year) -> None:
    """One message a week each, and no question for a mentee of the eight before."""
    sent = [one for one in await year.slack.calls("chat.postMessage") if one["answer"]["ok"]]
    for mentor in year.cast.mentors:
        theirs = [
            one
            for one in sent
            if one["args"]["channel"] == mentor
            and one["args"]["text"].startswith("Your mentoring week")
        ]
        weeks = Counter(map(_week, theirs))
        assert weeks
        assert max(weeks.values()) == 1
        asked = [
            found.group(1)
            for one in theirs
            if (found := re.search(r"A question to try, for [^:]*: ([^?]*\?)", one["args"]["text"]))
        ]
        assert len(asked) > EIGHT
        for number, question in enumerate(asked):
            assert question not in asked[max(0, number - EIGHT) : number], (mentor, number)


async def nobody_on_a_break_hears_anything(year: Year) -> None:
    assert {one.who for one in year.breaks} == {year.alice, year.lucia}
    for away in year.breaks:
        days = [
            datetime.fromtimestamp(float(message["ts"]), UTC).date()
            for message in await year.messages(away.who)
        ]
        assert [day for day in days if away.since.date() < day < away.until.date()] == []


def no_words_are_in_logs_or_files(
    year: Year, capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    """The database holds no words in clear but those that a coordinator told everybody."""
    said = capfd.readouterr()
    assert not WORD.search(said.out + said.err)
    kept = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    in_clear = set(WORD.findall(kept.decode("latin-1")))
    assert {year.written[one].form for one in in_clear} <= {FOR_ALL}
