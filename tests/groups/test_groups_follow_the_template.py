"""Proposals keep to what a programme's template says about its groups."""

from collections import Counter
from dataclasses import replace

from bot.kernel.database import Database
from bot.matching import proposals as proposing
from bot.matching import store
from bot.matching.model import Composition, Proposal
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Template
from tests.support.cast import CAROL
from tests.support.cohort import DRAFT, ELSEWHERE, HERE, NOW, arrive, mentee, mentor

ALICE, MIA = mentor("Alice", 6, site="North"), mentor("Mia", 6, site="North")


async def proposed(
    database: Database, mentees: list[Member], **template: object
) -> tuple[Proposal, dict[str, int]]:
    """The proposal for Alice, Mia and `mentees`, and how many sit with each."""
    changed: Template = replace(DRAFT.template, **template)  # type: ignore[arg-type]
    programme = replace(DRAFT, template=changed)
    await arrive(database, [CAROL, ALICE, MIA, *mentees], programme=programme)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=NOW)
    return kept.proposal, Counter(m.mentor for m in kept.proposal.matches)


async def test_one_who_would_sit_alone_joins_a_group_and_the_price_is_said(
    database: Database,
) -> None:
    wishes = [ALICE.slack_user_id] * 4 + [MIA.slack_user_id]
    mentees = [mentee(f"Bob{k}", prefers=(one,)) for k, one in enumerate(wishes)]

    found, sizes = await proposed(
        database, mentees, mentees_per_group_min=3, mentees_per_group_max=6
    )

    assert sizes == {ALICE.id: 5}
    assert found.gap == 30
    assert found.notes[0] == "Mia has no mentees this time: a group needs at least 3."
    assert found.notes[1] == "The programme's wishes about sizes cost 30.0 points."
    assert found.composition == Composition(
        exceptions=0, fewest_exceptions=0, value=found.total, upper_bound=found.total
    )


async def test_the_proof_of_the_groups_is_kept_and_compared_by_version(
    database: Database,
) -> None:
    wishes = [ALICE.slack_user_id] * 4 + [MIA.slack_user_id]
    mentees = [mentee(f"Bob{k}", prefers=(one,)) for k, one in enumerate(wishes)]
    await proposed(database, mentees, mentees_per_group_min=3, mentees_per_group_max=6)

    async with database.reading() as connection:
        kept = await store.current_proposal(connection, HERE, DRAFT.id)
        [first] = await store.totals(connection, HERE, DRAFT.id)
        assert await store.totals(connection, ELSEWHERE, DRAFT.id) == []

    assert kept
    assert kept.proposal.composition
    assert kept.proposal.composition.is_proven
    assert first.exceptions == 0


async def test_who_stays_the_only_one_of_their_site_is_named(database: Database) -> None:
    sites = ("North", "North", "South", "South")
    mentees = [mentee(f"Bob{k}", site=site) for k, site in enumerate(sites)]
    mentees[2] = replace(mentees[2], avoid=(ALICE.slack_user_id,))
    mentees[3] = replace(mentees[3], avoid=(MIA.slack_user_id,))

    found, _ = await proposed(database, mentees, group_company=("site",))

    assert [one for one in found.notes if "only one of their site" in one] == [
        "Bob2 is the only one of their site in the group of Mia.",
        "Bob3 is the only one of their site in the group of Alice.",
    ]


async def test_a_programme_keeps_what_its_template_says_about_groups(database: Database) -> None:
    template = replace(DRAFT.template, group_stages="mixed", group_company=("site", "department"))
    await arrive(database, programme=replace(DRAFT, template=template))

    async with database.reading() as connection:
        kept = await programmes.programme(connection, HERE, DRAFT.id)

    assert kept
    assert kept.template == template
