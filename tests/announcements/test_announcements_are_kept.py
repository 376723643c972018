"""Announcements in both databases: kept, listed, deleted with their author and in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.announcements import store, use_cases
from bot.announcements.model import Addressees, AnnouncementId, AnnouncementState
from bot.kernel.database import Database
from tests.support.cast import BOB, CAROL, ELSEWHERE, HERE, PROGRAMME

NOW = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
DRAFT = use_cases.draft(
    CAROL, PROGRAMME.id, Addressees.PEOPLE, text="Words", now=NOW, named=[BOB.id]
)
SENT = replace(
    DRAFT, id=AnnouncementId("note_sent"), state=AnnouncementState.SENT, send_at=NOW, named=()
)


async def test_only_what_was_sent_is_listed_and_only_here(database: Database) -> None:
    async with database.writing() as connection:
        await store.put(connection, DRAFT)
        await store.put(connection, SENT)

    async with database.reading() as connection:
        assert await store.recent(connection, HERE, most=5) == [SENT]
        assert await store.recent(connection, ELSEWHERE, most=5) == []
        assert await store.find(connection, HERE, DRAFT.id) == DRAFT


async def test_drafts_are_deleted_after_a_day_and_the_others_after_90(database: Database) -> None:
    async def left(after: timedelta) -> set[str]:
        async with database.writing() as connection:
            await use_cases.forget_old(connection, now=NOW + after)
            return set(await store.ids_of(connection, HERE, CAROL.id))

    async with database.writing() as connection:
        await store.put(connection, DRAFT)
        await store.put(connection, SENT)

    assert await left(timedelta(hours=23)) == {DRAFT.id, SENT.id}
    assert await left(timedelta(hours=25)) == {SENT.id}
    assert await left(timedelta(days=89)) == {SENT.id}
    assert await left(timedelta(days=91)) == set()


async def test_drafts_to_somebody_go_with_them(database: Database) -> None:
    async with database.writing() as connection:
        await store.put(connection, DRAFT)
        await store.put(connection, SENT)

        await use_cases.erase(connection, BOB, NOW)

        assert set(await store.ids_of(connection, HERE, CAROL.id)) == {SENT.id}
        await use_cases.erase(connection, CAROL, NOW)
        assert await store.ids_of(connection, HERE, CAROL.id) == []
