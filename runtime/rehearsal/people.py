"""Make people up, in the proportion that programmes have, for a rehearsal without a roster."""

import random

from bot.kernel.csv_text import as_csv
from bot.programme.model import Template

COLUMNS = (
    "slack_id", "name", "role", "capacity", "stage", "department", "site", "timezone", "interests",
)  # fmt: skip
COORDINATES, IS_PEER_MENTOR = 250, 3
"""So many people have one coordinator; so many groups one more group with a peer-mentor."""
DEPARTMENTS = ("Internal medicine", "Surgery", "Paediatrics", "Psychiatry", "Family medicine")
SITES = ("North", "South")
INTERESTS = ("research", "teaching", "ethics", "ultrasound", "leadership", "wellbeing")
ZONE = "Europe/London"


def made_up_roster(people: int, template: Template, *, seed: int) -> str:
    """Write the roster of `people` who do not exist: as many mentors as groups need, and mentees.

    A group has as many mentees as lie between the template's least and most.
    """
    rng = random.Random(seed)  # noqa: S311 - these people are made up, nothing is secret
    size = (template.mentees_per_group_min + template.mentees_per_group_max) // 2
    coordinators = max(1, people // COORDINATES)
    mentors = max(1, round((people - coordinators) / (size + 1)))
    peer_mentors = mentors // (IS_PEER_MENTOR + 1)
    roles = ["coordinator"] * coordinators + ["mentor"] * (mentors - peer_mentors)
    roles += ["peer_mentor"] * peer_mentors
    roles += ["mentee"] * (people - len(roles))
    return as_csv(COLUMNS, (_row(number, role, size, rng) for number, role in enumerate(roles, 1)))


def _row(number: int, role: str, size: int, rng: random.Random) -> tuple[str, ...]:
    title = role.replace("_", "-").capitalize()
    capacity = str(size + 1) if role in ("mentor", "peer_mentor") else ""
    traits = rng.choice(DEPARTMENTS), rng.choice(SITES), ZONE, ";".join(rng.sample(INTERESTS, k=2))
    return f"U0MADE{number:05}", f"{title} {number}", role, capacity, "", *traits
