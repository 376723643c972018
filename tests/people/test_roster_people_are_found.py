"""Whom a list is about and whom it names, as Slack's directory knows them."""

from dataclasses import replace
from typing import Any

from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId
from bot.people.profiles import Account, Directory, Profile
from tests.people.test_roster_imports_step_by_step import ASHA, EDIE, seen, text


def profile(key: str, **about: Any) -> Profile:
    return Profile(slack_user_id=SlackUserId(key), name=f"{key} in Slack", **about)


def directory(*people: Profile) -> Directory:
    return Directory(profiles={one.slack_user_id: one for one in people}, is_whole=True)


async def test_who_is_not_there_or_no_person_is_left_out_by_name(database: Database) -> None:
    content = text(
        ASHA,
        "U0GONE,Gone,,mentee,,,",
        "U0LEFT,Lefty,,mentee,,,",
        "U0BOTS,Robo,,mentee,,,",
        "U0OUT1,Outsider,,mentee,,,",
        "U0GST1,Guest,,mentee,,,",
        ",No One,nobody@example.org,mentee,,,",
    )
    people = directory(
        profile("U0ASHA"),
        profile("U0LEFT", is_deactivated=True),
        profile("U0BOTS", account=Account.BOT),
        profile("U0OUT1", account=Account.OUTSIDER),
        profile("U0GST1", account=Account.SINGLE_CHANNEL_GUEST),
    )

    shown = await seen(database, content, directory=people)

    assert [one.sentence for one in shown.left_out] == [
        "Line 3: Gone was not found in Slack.",
        "Line 4: Lefty has left this Slack workspace.",
        "Line 5: Robo is a bot.",
        "Line 6: Outsider belongs to another Slack workspace.",
        "Line 8: No One was not found in Slack.",
    ]
    assert shown.guests == ("Guest",)
    assert [one.name for one in shown.new] == ["Asha Rao", "Guest"]


async def test_a_barrier_to_somebody_who_is_not_in_slack_stops(database: Database) -> None:
    content = text(EDIE + "Gone", "U0GONE,Gone,,mentor,,,")

    shown = await seen(database, content, directory=directory(profile("U0EDIE")))

    assert shown.problems == (
        "Line 2, avoid: “Gone” was not found in Slack (line 3). Take the name out for now.",
    )


async def test_an_empty_zone_is_the_persons_own_from_slack(database: Database) -> None:
    content = text("U0EDIE,,,mentee,,,")

    shown = await seen(
        database, content, directory=directory(profile("U0EDIE", timezone="Asia/Calcutta"))
    )

    [edie] = shown.new
    assert (edie.name, edie.timezone) == ("U0EDIE in Slack", "Asia/Kolkata")


async def test_a_supervisor_who_takes_no_part_is_kept_by_slack_id(database: Database) -> None:
    content = text(EDIE + "Prof. Sam Chief")
    chief = replace(profile("U0CHEF"), name="Sam Chief")

    shown = await seen(database, content, directory=directory(profile("U0EDIE"), chief))

    assert shown.new[0].avoid == ("U0CHEF",)


async def test_two_people_of_one_name_are_never_guessed_between(database: Database) -> None:
    content = text(ASHA, EDIE + "Asha Rao")
    other = replace(profile("U0RAO2"), name="Asha Rao")

    shown = await seen(
        database, content, directory=directory(profile("U0ASHA"), profile("U0EDIE"), other)
    )

    [problem] = shown.problems
    assert "“Asha Rao” is the name of several people: Asha Rao (U0ASHA) and Asha Rao (U0RAO2)" in (
        problem
    )


async def test_an_unknown_wish_is_a_warning_and_not_kept(database: Database) -> None:
    content = "slack_id,name,role,prefers\nU0EDIE,Edie,mentee,Nobody Known; U0EDIE\n"

    shown = await seen(database, content)

    assert shown.problems == ()
    assert shown.new[0].prefers == ()
    assert [one.partition(". ")[0] for one in shown.warnings] == [
        "Line 2, prefers: this names the person themselves; correct it.",
        "Line 2, prefers: “Nobody Known” is nobody in this list or among the members",
    ]
