"""Members follow Slack's directory: names, zones, closed accounts, breaks; nobody by half of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId
from bot.people import store
from bot.people.absence import ON_VACATION, SlackStatus
from bot.people.directory import Followed, Misfit, findings, follow_directory
from bot.people.model import Member, MemberState
from bot.people.profiles import Account, Directory, Profile
from bot.people.roster import read_roster
from bot.people.roster_import import apply, look_at
from bot.people.roster_text import read_table
from bot.schedule import store as schedule
from tests.support.cast import ALICE, BOB, CAROL, HERE

NOW = datetime(2026, 9, 7, 5, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def profile(member: Member, **changes: object) -> Profile:
    as_known = Profile(
        slack_user_id=member.slack_user_id,
        name=member.name,
        email=member.email,
        timezone=member.timezone,
    )
    return replace(as_known, **changes)  # type: ignore[arg-type]


def whole(*profiles: Profile) -> Directory:
    return Directory(profiles={one.slack_user_id: one for one in profiles}, is_whole=True)


async def follow(database: Database, directory: Directory, *, now: datetime = NOW) -> Followed:
    async with database.writing() as connection:
        return await follow_directory(connection, HERE, directory, now=now)


async def member(database: Database, one: Member) -> Member:
    async with database.reading() as connection:
        found = await store.member(connection, HERE, one.id)
    assert found
    return found


async def reasons(database: Database) -> dict[str, Misfit]:
    async with database.reading() as connection:
        return {one.member.name: one.reason for one in await findings(connection, HERE)}


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE, BOB, CAROL])
    return database


async def test_names_addresses_and_zones_are_those_of_slack(people: Database) -> None:
    moved = profile(BOB, name="Bob Jones", email="bob.jones@example.org", timezone="Asia/Tokyo")

    followed = await follow(people, whole(profile(ALICE), moved, profile(CAROL)))

    bob = await member(people, BOB)
    assert (bob.name, bob.email, bob.timezone) == (
        "Bob Jones",
        "bob.jones@example.org",
        "Asia/Tokyo",
    )
    assert await member(people, ALICE) == ALICE
    assert followed == Followed(changed=1)


async def test_a_barrier_that_names_an_old_address_holds_after_it_changed(
    people: Database,
) -> None:
    async with people.writing() as connection:
        afraid = replace(ALICE, avoid=("bob@example.org", "U0OTHER"))
        await store.put_members(connection, HERE, [afraid])
    moved = profile(BOB, email="bob.jones@example.org")

    await follow(people, whole(profile(ALICE), moved, profile(CAROL)))

    assert (await member(people, ALICE)).avoid == ("U0BOB", "U0OTHER")


async def test_without_the_right_to_read_addresses_those_that_are_known_stay(
    people: Database,
) -> None:
    await follow(people, whole(profile(BOB, email=None)))

    assert (await member(people, BOB)).email == BOB.email


async def test_closed_accounts_are_told_once_and_come_back(people: Database) -> None:
    closed = whole(profile(ALICE), profile(BOB, is_deactivated=True), profile(CAROL))

    first = await follow(people, closed)
    second = await follow(people, closed, now=TOMORROW)

    assert (await member(people, BOB)).state is MemberState.DEACTIVATED
    assert [(one.member.name, one.reason) for one in first.news] == [("Bob", Misfit.LEFT)]
    assert (first.changed, second) == (1, Followed())
    assert await reasons(people) == {"Bob": Misfit.LEFT}

    await follow(people, whole(profile(ALICE), profile(BOB), profile(CAROL)), now=TOMORROW)

    assert (await member(people, BOB)).state is MemberState.ACTIVE
    assert await reasons(people) == {}


async def test_nobody_is_closed_for_being_missing_and_by_half_a_reading_nothing_is_said(
    people: Database,
) -> None:
    half = Directory(profiles={ALICE.slack_user_id: profile(ALICE)})
    assert await follow(people, half) == Followed()

    missing = await follow(people, whole(profile(ALICE), profile(CAROL)))
    after_half = await follow(people, half, now=TOMORROW)

    assert (await member(people, BOB)).state is MemberState.ACTIVE
    assert [(one.member.name, one.reason) for one in missing.news] == [("Bob", Misfit.MISSING)]
    assert after_half == Followed()
    assert await reasons(people) == {"Bob": Misfit.MISSING}


async def test_guests_outsiders_and_apps_are_said_to_be_that(people: Database) -> None:
    await follow(
        people,
        whole(
            profile(ALICE, account=Account.SINGLE_CHANNEL_GUEST),
            profile(BOB, account=Account.BOT),
            profile(CAROL, account=Account.OUTSIDER),
        ),
    )

    assert await reasons(people) == {
        "Alice": Misfit.SINGLE_CHANNEL_GUEST,
        "Bob": Misfit.BOT,
        "Carol": Misfit.OUTSIDER,
    }


async def test_who_has_left_by_themselves_is_no_news(people: Database) -> None:
    async with people.writing() as connection:
        await store.put_members(connection, HERE, [replace(BOB, state=MemberState.LEFT)])

    followed = await follow(people, whole(profile(ALICE), profile(CAROL)))

    assert followed.news == ()


async def test_a_vacation_in_slack_is_a_break_until_it_ends(people: Database) -> None:
    away = SlackStatus(emoji=":palm_tree:", until=NOW + timedelta(days=3))

    await follow(people, whole(profile(BOB, status=away)))
    async with people.reading() as connection:
        its = {"subject_id": BOB.id, "reason": ON_VACATION}
        assert await schedule.is_paused(connection, HERE, **its)

    await follow(people, whole(profile(BOB)), now=TOMORROW)
    async with people.reading() as connection:
        assert not await schedule.is_paused(connection, HERE, **its)


async def test_a_second_reading_changes_nothing(people: Database) -> None:
    everybody = whole(*map(profile, (ALICE, BOB, CAROL)))
    strange = profile(replace(BOB, slack_user_id=SlackUserId("U0NOBODY")))
    await follow(people, everybody)

    assert await follow(people, whole(*everybody.profiles.values(), strange)) == Followed()
    assert [await member(people, one) for one in (ALICE, BOB, CAROL)] == [ALICE, BOB, CAROL]


async def test_what_a_list_says_stands_until_slack_says_something_else(people: Database) -> None:
    slack = profile(BOB, name="bob", email="bob@slack.example", timezone="Europe/London")
    head = "slack_id,name,email,role,timezone"
    content = f"{head}\n{BOB.slack_user_id},Bob Osei,{BOB.email},mentee,Asia/Tokyo\n"
    said = ("Bob Osei", BOB.email, "Asia/Tokyo")

    async def imported() -> None:
        async with people.writing() as connection:
            reading = read_roster(read_table(content))
            shown = await look_at(connection, HERE, reading, directory=whole(slack))
            await apply(connection, HERE, shown, by=CAROL.id, now=NOW)

    async def seen(**changes: object) -> tuple[str, str | None, str]:
        await follow(people, whole(replace(slack, **changes)))  # type: ignore[arg-type]
        bob = await member(people, BOB)
        return (bob.name, bob.email, bob.timezone)

    await imported()
    assert await seen() == said
    await imported()
    assert await seen() == said
    assert await seen(timezone="Europe/Paris") == (*said[:2], "Europe/Paris")
    await imported()
    assert await seen() == (*said[:2], "Europe/London")
    assert await seen(name="Robert") == ("Robert", BOB.email, "Europe/London")


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Etc/UTC", "Etc/UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("Moon/Base", "Europe/London"),
    ],
)
async def test_a_zone_that_slack_names_is_the_same_at_the_import_and_at_each_reading(
    people: Database, named: str, zone: str
) -> None:
    dana = Profile(slack_user_id=SlackUserId("U0DANA"), name="Dana", timezone=named)
    everybody = whole(*(profile(one) for one in (ALICE, BOB, CAROL)), dana)
    async with people.writing() as connection:
        reading = read_roster(read_table("slack_id,name,role\nU0DANA,Dana,mentee\n"))
        shown = await look_at(connection, HERE, reading, directory=everybody, zone="Europe/London")
        await apply(connection, HERE, shown, by=CAROL.id, now=NOW)

    followed = await follow(people, everybody)

    async with people.reading() as connection:
        found = await store.member_by_slack_id(connection, HERE, dana.slack_user_id)
    assert found
    assert (found.timezone, followed.changed) == (zone, 0)
