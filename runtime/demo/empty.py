"""A workspace in which nothing is set up yet: people, channels and a user group, no programme."""

from dataclasses import replace

from runtime.demo.cast import Cast, made_up_cast
from runtime.demo.sandbox import Sandbox, put_people_in

JOBS = {"Coordinator": "Medical education", "Mentor": "Consultant", "Mentee": "Resident"}
GUEST = "Guest"
TEAM_CHANNEL = "medical-education"
OTHERS = (
    {"id": "U0PAT", "name": "pat.moreno", "real_name": "Pat Moreno", "is_restricted": True},
    {"id": "U0SAM", "name": "sam.novak", "real_name": "Sam Novak", "is_ultra_restricted": True},
    {"id": "U0LEO", "name": "leo.brandt", "real_name": "Leo Brandt", "deleted": True},
    {"id": "U0ROTA", "name": "rota", "real_name": "Rota", "is_bot": True},
)
"""A guest of several channels, a guest of one, somebody who has left, and another app's bot."""


def people_without_a_programme() -> Cast:
    """Make up Carol, an administrator, six consultants and 18 residents."""
    cast = made_up_cast(mentees=18)
    people = tuple(
        (slack_id, name, email, zone, JOBS[title])
        for slack_id, name, email, zone, title in cast.people
    )
    return replace(cast, people=people, roster="")


async def fill_workspace(sandbox: Sandbox) -> Cast:
    """Put people, among them some who do not fit, channels and a user group into the sandbox."""
    cast = people_without_a_programme()
    await put_people_in(sandbox, cast)
    await sandbox.post("users", {"users": [_other(one) for one in OTHERS]})
    bots = [one["id"] for one in (await sandbox.state())["users"] if one["is_bot"]]
    carol = cast.coordinator
    channels = [
        {"name": TEAM_CHANNEL, "is_private": True, "members": [carol, *bots]},
        {"name": "residents", "members": [carol, *cast.mentees, "U0PAT"]},
        {"name": "consultants", "members": [carol, *cast.mentors]},
        {"name": "journal-club", "members": [*cast.mentors[:2], *cast.mentees[:6], "U0SAM"]},
    ]
    await sandbox.post("channels", {"channels": channels})
    group = {"handle": "mentors", "name": "Mentors", "users": list(cast.mentors)}
    await sandbox.post("usergroups", group)
    return cast


def _other(person: dict[str, object]) -> dict[str, object]:
    guest = person.get("is_restricted") or person.get("is_ultra_restricted")
    email = f"{person['name']}@{'partner' if guest else 'hospital'}.example"
    return {**person, "email": email, "tz": "Europe/Berlin", "title": GUEST if guest else ""}
