"""A proposal is not approved once what it was made from has changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.groups import approval as deciding
from bot.groups import changes
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.matching import proposals as proposing
from bot.matching.model import ProposalVersion
from bot.people.model import Role
from bot.programme.model import Programme
from tests.support.cast import CAROL
from tests.support.cohort import COHORT, DRAFT, HERE, NOW, STARTED, arrive, change, mentee


async def proposed(database: Database) -> ProposalVersion:
    return await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)


async def test_changed_people_seats_and_templates_make_a_proposal_stale(
    database: Database,
) -> None:
    programme = await arrive(database)
    kept = await proposed(database)

    async def stale(programme: Programme) -> str:
        async with database.reading() as connection:
            found = await changes.changes_since(connection, kept, programme, now=NOW)
        return " ".join(found)

    template = programme.template
    small = replace(template, mentees_per_group_min=1, mentees_per_group_max=1)
    assert await stale(programme) == ""
    assert "and 1 seat." in await stale(replace(programme, template=small))
    await change(database, mentee("Hal"))
    assert "These have joined since: Hal." in await stale(programme)
    with pytest.raises(UserFacing, match="joined since: Hal"):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)


async def test_facts_that_the_engine_counts_make_a_proposal_stale(database: Database) -> None:
    late = mentee("Jon", conduct_accepted_at=None)
    programme = await arrive(database, [*COHORT, late])
    kept = await proposed(database)
    mia = next(one for one in COHORT if one.name == "Mia")

    for changed, said in (
        (replace(late, conduct_accepted_at=NOW), "Others can be matched now"),
        (replace(mia, capacity=mia.capacity + 1), "how many mentees a mentor can take"),
        (replace(mia, roles=frozenset({Role.PEER_MENTOR})), "Roles, or how many"),
        (replace(mia, site="Harbour"), "Sites, stages or other details have changed"),
    ):
        await change(database, changed)
        async with database.reading() as connection:
            found = await changes.changes_since(connection, kept, programme, now=NOW)
        assert said in " ".join(found)
        with pytest.raises(UserFacing, match="Match again, then approve"):
            await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)
        await change(database, late if changed.id == late.id else mia)

    await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=NOW)


@pytest.mark.parametrize(
    ("missing", "at", "sentence"),
    [
        ("crisis_contact", NOW, "crisis contact"),
        ("concern_deputy", NOW, "and a deputy, first"),
        ("", STARTED + timedelta(weeks=1), "lies in a week that has passed"),
    ],
)
async def test_nobody_is_introduced_without_contacts_or_after_the_first_week(
    database: Database, missing: str, at: datetime, sentence: str
) -> None:
    nothing: dict[str, Any] = {missing: None} if missing else {}
    await arrive(database, programme=replace(DRAFT, **nothing))
    kept = await proposed(database)

    with pytest.raises(UserFacing, match=sentence):
        await deciding.approve(database, HERE, kept.id, by=CAROL.id, now=at)
