"""A made-up cast, and a programme under way with it, for the demo and the tests."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.kernel.clock import monday_of
from bot.kernel.csv_text import as_csv
from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.matching import proposals as proposing
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.profiles import Profile
from bot.people.roster import COLUMNS, read_roster
from bot.people.roster_import import apply, look_at
from bot.people.roster_text import read_table
from bot.profiles import store as profiles
from bot.profiles.model import MemberProfile
from bot.programme import use_cases as programmes
from bot.programme.contacts import ContactPeople, as_contact
from bot.programme.model import FIRST_PREPARATION_WEEK, Programme, Template, Use
from config.catalogue import Catalogue

COORDINATOR = ("Carol Okafor", "U0CAROL")
FIRST_NAMES = (
    "Alice", "Bob", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hassan", "Ines", "Jonas",
    "Kavya", "Liam", "Mei", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tova",
    "Uchenna", "Vera", "Wei", "Ximena", "Yusuf", "Zofia", "Amara", "Bruno", "Celine", "Diego",
    "Esther", "Farid", "Giulia", "Hana", "Ivan", "Jaya", "Kofi", "Lucia", "Mateo", "Nadia",
    "Omar", "Petra", "Ravi", "Sofia", "Tariq", "Ulla", "Viktor", "Wanda", "Yara", "Zain",
)  # fmt: skip
LAST_NAMES = (
    "Adeyemi", "Bauer", "Castro", "Dubois", "Eriksen", "Farouk", "Gupta", "Haddad", "Ito",
    "Jensen", "Khan", "Lindqvist", "Moreau", "Nakamura", "Osei", "Petrov", "Quispe", "Rossi",
    "Schmidt", "Tanaka", "Ueda", "Vargas", "Weiss", "Yilmaz", "Zhang",
)  # fmt: skip
DEPARTMENTS = ("Internal medicine", "Surgery", "Paediatrics", "Psychiatry", "Family medicine")
SITES = ("North", "South")
ZONES = ("Europe/Berlin", "Europe/London")
INTERESTS = (
    "research", "teaching", "palliative care", "global health", "ethics", "ultrasound",
    "leadership", "wellbeing", "emergency care", "quality improvement",
)  # fmt: skip
LANGUAGES = ("English", "German", "French", "Spanish", "Arabic")
STAGES = ("Knows", "Knows how", "Shows how", "Does", "Is")
TEMPLATE = "term_12"
CRISIS_CONTACT = "Occupational health on call, extension 5555, day and night"
CONCERN_CONTACT = "Dr Ruth Amsel, ombudsperson, extension 5556"
PROFILES = (
    MemberProfile(
        about="I came to medicine from physics, and I cycle to work in any weather.",
        hope="Somebody to think aloud with about the years after the exams.",
        offer="Statistics without tears.",
    ),
    MemberProfile(
        about="Second child just born; I know about little sleep.",
        hope="Good questions, and to learn how others lead a round.",
    ),
    MemberProfile(offer="I have moved countries twice and know the paperwork."),
)
"""Given in turn to the first members, so that somebody has said something."""
CONTACTS = (
    ("U0RUTH", "Ruth Amsel", "ruth.amsel@hospital.example", "Europe/Berlin", "Ombudsperson"),
    ("U0OWEN", "Owen Park", "owen.park@hospital.example", "Europe/London", "Deputy ombudsperson"),
)
"""The people who hear of concerns: in Slack, and neither mentors nor mentees."""
FIRST_PULSE_WEEK = 2
"""Sooner than the template says, so that nobody has to wait long to see one."""


@dataclass(frozen=True, slots=True)
class Cast:
    """People as a Slack workspace knows them, and the roster.csv that names them.

    `people` holds (Slack id, name, email, time zone, title), the coordinator first, then mentors,
    then mentees; `contacts` those who hear of concerns.
    """

    people: tuple[tuple[str, str, str, str, str], ...]
    roster: str
    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    coordinator: str = COORDINATOR[1]
    contacts: tuple[tuple[str, str, str, str, str], ...] = CONTACTS


def made_up_cast(*, mentors: int = 6, mentees: int = 36, seed: int = 1) -> Cast:
    """A coordinator, `mentors` and `mentees`, with wishes and conflicts; at most 1,250 people.

    The first mentor is Alice and the first mentee Bob. Every fifth mentee is supervised by one of
    the mentors, who therefore cannot be their mentor.
    """
    rng = random.Random(seed)  # noqa: S311 - these people are made up, nothing is secret
    names = _names(mentors + mentees, rng)
    if mentees:
        names[mentors] = f"Bob {names[mentors].split()[1]}"
    ids = [f"U{number:04d}{name.split()[0].upper()}" for number, name in enumerate(names, 1)]
    mentor_ids, mentee_ids = ids[:mentors], ids[mentors:]
    rows = [_row(*COORDINATOR[::-1], role="coordinator", timezone=ZONES[0])]
    for slack_id, name in zip(mentor_ids, names, strict=False):
        capacity = -(-mentees // max(mentors, 1))
        rows.append(
            _row(slack_id, name, role="mentor", capacity=str(capacity), stage="", **_traits(rng))
        )
    for number, (slack_id, name) in enumerate(zip(mentee_ids, names[mentors:], strict=True)):
        wishes = rng.sample(mentor_ids, k=min(3, mentors))
        boss = rng.choice(mentor_ids) if number % 5 == 4 and mentors > 1 else ""
        rows.append(
            _row(
                slack_id,
                name,
                role="mentee",
                stage=STAGES[number % len(STAGES)],
                prefers=";".join(wish for wish in wishes if wish != boss),
                supervised_by=boss,
                **_traits(rng),
            )
        )
    return Cast(
        people=tuple(
            (row["slack_id"], row["name"], row["email"], row["timezone"], row["role"].capitalize())
            for row in rows
        ),
        roster=as_csv(COLUMNS, ([row[name] for name in COLUMNS] for row in rows)),
        mentors=tuple(mentor_ids),
        mentees=tuple(mentee_ids),
    )


def with_everything(template: Template) -> Template:
    """Let a programme use all there is, from its first day; its close still comes at the end."""
    early = {use: FIRST_PREPARATION_WEEK for use in Use if use is not Use.CLOSING}
    return replace(template, uses=tuple((dict(template.uses) | early).items()))


async def set_up_programme(
    database: Database,
    catalogue: Catalogue,
    cast: Cast,
    *,
    workspace_id: WorkspaceId,
    now: datetime,
    coordinator_channel: str | None = None,
    template: Template | None = None,
) -> Programme:
    """Import the cast, let everybody accept the code of conduct, match, approve and start.

    The programme began this week's Monday; next week brings check-ins, nudges and a pulse.
    Introductions are due at once. Without a `template` it is a term that uses all there is.
    Raises UserFacing for a cast whose roster has problems.
    """
    async with database.writing() as connection:
        shown = await look_at(connection, workspace_id, read_roster(read_table(cast.roster)))
        await apply(connection, workspace_id, shown, by="demo", now=now, barriers_confirmed=True)
    async with database.writing() as connection:
        everybody = await people.members(connection, workspace_id, hold=True)
        for one in everybody:
            await members.accept_conduct(connection, one, now=now)
        for slack_id, profile in zip((*cast.mentors[:1], *cast.mentees), PROFILES, strict=False):
            [member] = [one for one in everybody if one.slack_user_id == slack_id]
            await profiles.put(connection, member, profile, now=now)
    carol = next(one for one in everybody if one.slack_user_id == cast.coordinator)
    template = template or replace(
        with_everything(catalogue.templates[TEMPLATE]), pulse_first_week=FIRST_PULSE_WEEK
    )
    async with database.writing() as connection:
        draft = await programmes.create_programme(
            connection,
            workspace_id,
            template=template,
            name="Autumn mentoring",
            starts_on=monday_of(now.date()),
            timezone=carol.timezone,
            now=now,
            coordinator_channel=coordinator_channel,
        )
        await programmes.set_contacts(
            connection,
            workspace_id,
            draft.id,
            crisis_contact=CRISIS_CONTACT,
            concern_contact=CONCERN_CONTACT,
            people=await people_for_concerns(connection, workspace_id, cast),
        )
    proposal = await proposing.propose(
        database,
        workspace_id,
        draft.id,
        by=carol.id,
        seed=1,
        now=now,
        framework=catalogue.frameworks[template.framework_id],
    )
    approved = await deciding.approve(
        database, workspace_id, proposal.id, by=carol.id, now=now, private_for=timedelta()
    )
    return approved.programme


async def people_for_concerns(
    connection: AsyncConnection, workspace_id: WorkspaceId, cast: Cast
) -> ContactPeople:
    """Let Cairn know the people who hear of concerns."""
    person, deputy = [
        await as_contact(
            connection,
            workspace_id,
            Profile(slack_user_id=SlackUserId(who), name=name, timezone=zone),
        )
        for who, name, _, zone, _ in cast.contacts
    ]
    return ContactPeople(person=person.id, deputy=deputy.id)


def _names(count: int, rng: random.Random) -> list[str]:
    """`count` different names, Alice first."""
    others, lasts = list(FIRST_NAMES[2:]), list(LAST_NAMES)
    rng.shuffle(others)
    rng.shuffle(lasts)
    pairs = (
        (first, lasts[(number + turn) % len(lasts)])
        for turn in range(len(lasts))
        for number, first in enumerate(others)
    )
    return [f"Alice {lasts[0]}", *(f"{first} {last}" for first, last in pairs)][:count]


def _traits(rng: random.Random) -> dict[str, str]:
    return {
        "department": rng.choice(DEPARTMENTS),
        "site": rng.choice(SITES),
        "timezone": rng.choice(ZONES),
        "interests": ";".join(rng.sample(INTERESTS, k=3)),
        "languages": ";".join(["English", *rng.sample(LANGUAGES[1:], k=1)]),
    }


def _row(slack_id: str, name: str, **given: str) -> dict[str, str]:
    email = name.lower().replace(" ", ".") + "@hospital.example"
    return dict.fromkeys(COLUMNS, "") | {"slack_id": slack_id, "name": name, "email": email} | given
