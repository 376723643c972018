"""A small programme ready for matching: one coordinator, two mentors, five mentees."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, PROGRAMME, TEMPLATE

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
"""Wednesday before the programme's first Monday."""
STARTED = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)

DRAFT = replace(
    PROGRAMME,
    state=ProgrammeState.DRAFT,
    template=replace(TEMPLATE, mentees_per_group_min=1, mentees_per_group_max=4),
)


def agreed(member: Member) -> Member:
    return replace(member, conduct_accepted_at=NOW)


def mentee(name: str, **changes: object) -> Member:
    member = replace(
        BOB,
        id=MemberId(f"member_{name.lower()}"),
        slack_user_id=SlackUserId(f"U0{name.upper()}"),
        name=name,
        email=f"{name.lower()}@example.org",
        prefers=(),
        conduct_accepted_at=NOW,
    )
    return replace(member, **changes)  # type: ignore[arg-type]


def mentor(name: str, capacity: int = 3, **changes: object) -> Member:
    return mentee(
        name, roles=frozenset({Role.MENTOR}), capacity=capacity, stage=None, interests=(), **changes
    )


MIA = mentor("Mia")
ALICE_HERE = replace(agreed(ALICE), capacity=3)
BOB_HERE = agreed(BOB)
MENTEES = (BOB_HERE, mentee("Dan"), mentee("Eve"), mentee("Finn"), mentee("Gus"))
COHORT: tuple[Member, ...] = (CAROL, ALICE_HERE, MIA, *MENTEES)


async def arrive(
    database: Database,
    members: Sequence[Member] = COHORT,
    *,
    programme: Programme = DRAFT,
    workspace_id: WorkspaceId = HERE,
) -> Programme:
    """Put these members and this programme into a workspace."""
    programme = replace(programme, workspace_id=workspace_id)
    async with database.writing() as connection:
        await people.put_members(
            connection, workspace_id, [replace(m, workspace_id=workspace_id) for m in members]
        )
        await programmes.put_programme(connection, workspace_id, programme)
    return programme


async def change(database: Database, member: Member) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, member.workspace_id, [member])


__all__ = ["COHORT", "DRAFT", "ELSEWHERE", "HERE", "MENTEES", "NOW", "STARTED"]
