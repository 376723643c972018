"""A charter in both databases: of its group alone, sealed, and asked about anew when it changes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.community import store, use_cases
from bot.community.model import Charter, CharterLine, CharterTopic, Stance
from bot.community.tables import charter_line
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.flows import sealed_words
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.keys.vault import FileVault
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
EVE = replace(
    ALICE, id=MemberId("member_eve"), name="Eve", slack_user_id=SlackUserId("U0EVE"), email=None
)
ONE = {CharterTopic.SPEAKING: "We let each\nother   finish."}
TWO = {CharterTopic.GOODBYE: "We say goodbye together."}


@pytest.fixture
async def seated(database: Database) -> Database:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, EVE.id, Role.MENTOR)]
    await seat_everybody(database, seats=seats, members=(ALICE, BOB, CAROL, DANA, PETE, EVE))
    await seat_everybody(database, ELSEWHERE)
    async with database.writing() as connection:
        await people.put_members(connection, ELSEWHERE, [MALLORY])
    return database


async def do(database: Database, verb: Callable[..., Awaitable[Any]], *args: Any, **by: Any) -> Any:
    async with database.writing() as connection:
        return await verb(connection, *args, **by)


async def propose(
    database: Database, member: Member, said: dict[CharterTopic, str], *, key: str = "V1"
) -> Charter:
    found: Charter = await do(
        database, use_cases.propose, member, GROUP.id, said, form_key=key, now=NOW
    )
    return found


async def lines(database: Database) -> list[CharterLine]:
    found: list[CharterLine] = await do(database, store.lines, HERE, GROUP.id)
    return found


async def asked(database: Database, member: Member) -> list[str]:
    found = await do(database, use_cases.charters_of, member, PROGRAMME)
    return [one.kind for one in use_cases.todos(member, PROGRAMME, found, NOW)]


async def test_everybody_is_asked_until_there_is_a_line_and_then_for_their_word(
    seated: Database,
) -> None:
    for member in (ALICE, BOB, PETE):
        assert await asked(seated, member) == [ToDoKind.WRITE_CHARTER]
    assert await asked(seated, CAROL) == []
    assert await asked(seated, replace(BOB, state=MemberState.PAUSED)) == []

    charter = await propose(seated, BOB, ONE)
    again = await propose(seated, BOB, ONE)

    assert (charter.version, again.version, charter.with_it) == (1, 1, 1)
    assert [(one.text, one.topic) for one in await lines(seated)] == [
        ("We let each other finish.", CharterTopic.SPEAKING)
    ]
    assert await asked(seated, BOB) == []
    assert await asked(seated, PETE) == [ToDoKind.READ_CHARTER]


async def test_a_change_asks_anew_and_a_word_is_for_the_version_that_was_read(
    seated: Database,
) -> None:
    await propose(seated, BOB, ONE)
    for member, stance in ((ALICE, Stance.WITH_IT), (PETE, Stance.LATER)):
        await do(seated, use_cases.say, member, GROUP.id, stance, version=1, now=NOW)
        assert await asked(seated, member) == []

    changed = await propose(seated, DANA, TWO, key="V2")

    assert (changed.version, changed.with_it) == (2, 0)
    for member in (ALICE, BOB, DANA, PETE):
        assert await asked(seated, member) == [ToDoKind.READ_CHARTER]
    with pytest.raises(UserFacing, match="changed meanwhile"):
        await do(seated, use_cases.say, ALICE, GROUP.id, Stance.WITH_IT, version=1, now=NOW)
    [_, other] = await lines(seated)
    await do(seated, use_cases.say, DANA, GROUP.id, Stance.WITH_IT, version=2, now=NOW)
    same = await do(seated, use_cases.change, DANA, other.id, TWO[other.topic], now=NOW)
    assert same.version == 2
    after = await do(seated, use_cases.change, DANA, other.id, "We meet a last time.", now=NOW)
    assert (after.version, after.with_it) == (3, 1)
    await do(seated, use_cases.remove, DANA, other.id, now=NOW)
    assert len(await lines(seated)) == 1


async def test_a_line_is_its_authors_until_they_are_gone(seated: Database) -> None:
    await propose(seated, BOB, ONE)
    [line] = await lines(seated)
    with pytest.raises(UserFacing, match="Somebody else wrote"):
        await do(seated, use_cases.change, ALICE, line.id, "Mine.", now=NOW)
    with pytest.raises(UserFacing, match="Somebody else wrote"):
        await do(seated, use_cases.remove, ALICE, line.id, now=NOW)

    await do(seated, programmes.remove_seat, HERE, GROUP.id, BOB.id)
    await do(seated, use_cases.change, ALICE, line.id, "Ours.", now=NOW)

    assert [one.text for one in await lines(seated)] == ["Ours."]


async def test_a_charter_stays_short_and_a_closed_programmes_stays_as_it_is(
    seated: Database,
) -> None:
    for number in range(6):
        await propose(seated, BOB, dict.fromkeys(CharterTopic, f"{number}"), key=f"V{number}")
    with pytest.raises(UserFacing, match="at most 30 lines"):
        await propose(seated, BOB, ONE, key="one more")
    closed = replace(PROGRAMME, state=ProgrammeState.CLOSED)
    await do(seated, programmes.put_programme, HERE, closed)

    found = await do(seated, use_cases.the_charter, BOB, GROUP.id)

    assert (found.line_count, found.is_running) == (30, False)
    with pytest.raises(UserFacing, match="has ended"):
        await do(seated, use_cases.say, BOB, GROUP.id, Stance.WITH_IT, version=6, now=NOW)


async def test_whoever_is_not_introduced_yet_is_neither_counted_nor_shown_anything(
    seated: Database,
) -> None:
    told = Notice(MessageKind.GROUP_INTRODUCTION, GROUP.id, f"group:{GROUP.id}", "introduction")
    lane, until = Lane.PROMPT, NOW + timedelta(days=2)
    await do(seated, delivery.enqueue_all, HERE, [told], lane=lane, now=NOW, expires_at=until)

    assert await asked(seated, BOB) == []
    with pytest.raises(UserFacing, match="members of another group"):
        await propose(seated, BOB, ONE)


RIGHTS = {
    "a mentee of the group": (DANA, True),
    "its mentor": (ALICE, True),
    "its peer-mentor": (PETE, True),
    "its mentee on a break": (replace(DANA, state=MemberState.PAUSED), True),
    "its mentee after leaving": (replace(DANA, state=MemberState.LEFT), False),
    "a mentor of another group": (EVE, False),
    "a coordinator": (CAROL, False),
    "somebody of another workspace": (MALLORY, False),
    "the same id in another workspace": (replace(DANA, workspace_id=ELSEWHERE), False),
}


@pytest.mark.parametrize("who", RIGHTS)
async def test_only_the_members_of_a_group_read_and_write_its_charter(
    seated: Database, who: str
) -> None:
    member, may = RIGHTS[who]
    await propose(seated, BOB, ONE)
    [line] = await lines(seated)
    verbs: list[tuple[Callable[..., Awaitable[Any]], tuple[Any, ...], dict[str, Any]]] = [
        (use_cases.the_charter, (GROUP.id,), {}),
        (use_cases.say, (GROUP.id, Stance.WITH_IT), {"version": 1, "now": NOW}),
        (use_cases.propose, (GROUP.id, TWO), {"form_key": "V2", "now": NOW}),
        (use_cases.change, (line.id, "Mine."), {"now": NOW}),
        (use_cases.remove, (line.id,), {"now": NOW}),
    ]

    refused = []
    for verb, args, by in verbs:
        try:
            await do(seated, verb, member, *args, **by)
        except UserFacing as refusal:
            refused.append("members of another group" in str(refusal))
        else:
            refused.append(False)

    if who == "the same id in another workspace":  # there the group is theirs, and is empty
        assert refused[3:] == [True, True]
    else:
        assert refused == [not may] * len(verbs)
    texts = {one.text for one in await lines(seated)}
    assert "We let each other finish." in texts
    assert len(texts) == 1 + may


async def test_lines_are_sealed_and_go_with_their_author(seated: Database, tmp_path: Any) -> None:
    await propose(seated, BOB, ONE)
    await propose(seated, DANA, TWO, key="V2")
    async with seated.reading() as connection:
        rows = [tuple(row) for row in await connection.execute(sa.select(charter_line))]
    assert len(rows) == 2
    assert "finish" not in str(rows)
    vault, later = FileVault(tmp_path / "keys"), NOW + timedelta(days=1)
    async with seated.reading() as connection:
        before = set(await store.SEALED.key_ids(connection))
    assert await sealed_words.rotate(seated, vault, now=later) == 0
    async with seated.reading() as connection:
        assert not before & set(await store.SEALED.key_ids(connection))

    await do(seated, store.erase, BOB, NOW)

    assert [one.text for one in await lines(seated)] == ["We say goodbye together."]
    assert (await do(seated, use_cases.the_charter, DANA, GROUP.id)).version == 3


async def test_a_line_that_was_altered_is_not_shown_and_anybody_takes_it_out(
    seated: Database,
) -> None:
    await propose(seated, BOB, ONE)
    async with seated.writing() as connection:
        await connection.execute(sa.update(charter_line).values(topic="leaving"))
    [line] = await lines(seated)
    assert line.text is None

    await do(seated, use_cases.remove, ALICE, line.id, now=NOW)

    assert await lines(seated) == []
