"""Erasing a member, while something of theirs is being written and after it was opened."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import use_cases as agreements
from bot.agreements.model import Aspect
from bot.announcements import use_cases as announcements
from bot.announcements.model import Addressees, Announcement, AnnouncementReach
from bot.announcements.use_cases import ReachFacts
from bot.care import use_cases as care
from bot.checkins import replies
from bot.checkins import store as checkin_store
from bot.checkins import use_cases as checkins
from bot.checkins.rules import Answer, Ask, CheckIn, CheckInId, Reflection, Visibility
from bot.checkins.use_cases import CheckInForm
from bot.closing import use_cases as closing
from bot.community import use_cases as community
from bot.community.model import CharterTopic, Stance
from bot.compass import use_cases as compass
from bot.compass.model import Occasion, Principle
from bot.flows.erasure import erase_member
from bot.flows.recipients import recipients
from bot.goals import use_cases as goals
from bot.goals.model import GoalDomain, GoalDraft
from bot.kernel.database import Database, metadata
from bot.kernel.errors import UserFacing
from bot.kernel.row_security import CLEARED
from bot.keys.vault import FileVault
from bot.matching import exclusions
from bot.people import roster_feed
from bot.people import store as people
from bot.people.model import Member
from bot.people.roster_feed import Feed, FeedEvery
from bot.profiles import use_cases as profiles
from bot.profiles.model import MemberProfile
from bot.programme.model import Use
from bot.relationship import use_cases as relationship
from bot.relationship.model import Domain, Wave
from bot.stages import changes
from bot.stages.changes import MenteeStage
from bot.stages.model import Framework, Lens, Level
from bot.training import use_cases as training
from handlers.register import CAPABILITIES
from tests.care.people_of_care import MONDAY, USUAL, arrive
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.seated import seat_everybody

PAIR = "pair_Bob_Alice"
USING = replace(
    PROGRAMME, template=replace(PROGRAMME.template, uses=((Use.CHECKINS, 1), (Use.RELATIONSHIP, 1)))
)
SAID = {
    Aspect.GOALS: "To listen",
    Aspect.FREQUENCY: "weekly",
    Aspect.CONFIDENTIALITY: "between_us",
    Aspect.ENDING: "either",
}
FRAMEWORK = Framework(
    id="miller_is",
    name="Small",
    about="",
    levels=tuple(
        Level(name=name, summary="", lenses=(), mentor_questions=())
        for name in ("Knows", "Knows how", "Shows how")
    ),
)
GOAL = GoalDraft(
    title="Listen", next_step="Ask first", domain=next(iter(GoalDomain)), due_on=date(2027, 3, 1)
)
ENTRY = Reflection(answers=(Answer(Lens.FEEL, "How?", "Words"),), visibility=Visibility.ONLY_ME)
Verb = Callable[[AsyncConnection], Awaitable[object]]


async def check_in(c: AsyncConnection) -> None:
    ask = Ask(
        number=1,
        framework_id=PROGRAMME.framework_id,
        stage="Knows",
        prompts=(),
        at=MONDAY,
        was_sent=False,
    )
    form = CheckInForm(
        programme_id=PROGRAMME.id, group_id=GROUP.id, mentors=frozenset({ALICE.id}), ask=ask
    )
    who = BOB.slack_user_id
    await checkins.save(
        c, HERE, slack_user_id=who, form=form, entry=ENTRY, form_key="k", now=MONDAY
    )


async def write_back(c: AsyncConnection) -> None:
    await replies.reply(c, ALICE, CheckInId("shared"), text="Well done", now=MONDAY)


async def fill(c: AsyncConnection) -> None:
    await agreements.fill(c, BOB, [PAIR], SAID, now=MONDAY)


async def agree(c: AsyncConnection) -> None:
    await agreements.write(c, ALICE, PAIR, SAID, seen=(0, 0), now=MONDAY)


async def propose(c: AsyncConnection) -> None:
    lines = {CharterTopic.SPEAKING: "We listen"}
    await community.propose(c, BOB, GROUP.id, lines, form_key="k", now=MONDAY)


async def say(c: AsyncConnection) -> None:
    before = (await community.the_charter(c, BOB, GROUP.id)).version
    await community.say(c, BOB, GROUP.id, Stance.WITH_IT, version=before, now=MONDAY)


async def thank(c: AsyncConnection) -> None:
    await closing.thank(c, BOB, PROGRAMME, to=ALICE.id, text="You stayed", now=MONDAY)


async def be_thanked(c: AsyncConnection) -> None:
    await closing.thank(c, ALICE, PROGRAMME, to=BOB.id, text="You stayed", now=MONDAY)


async def look_back(c: AsyncConnection) -> None:
    await closing.look_back(c, BOB, PROGRAMME, changed="Much", next_network="", now=MONDAY)


async def write_compass(c: AsyncConnection) -> None:
    principles = tuple(Principle(number=n, text=f"I ask {n} times.") for n in (1, 2, 3))
    its = (PROGRAMME.id, Occasion.START, principles)
    await compass.save(c, BOB, *its, form_key="k", now=MONDAY)


async def raise_concern(c: AsyncConnection) -> None:
    await care.raise_concern(
        c, HERE, by=BOB.slack_user_id, route=USUAL, words="I am afraid", form_key="k", now=MONDAY
    )


async def set_goal(c: AsyncConnection) -> None:
    await goals.set_goal(c, BOB, GOAL, confidence=5, share_with=None, form_key="k", now=MONDAY)


async def wish(c: AsyncConnection) -> None:
    await exclusions.set_vetoes(c, HERE, BOB.id, [ALICE.id])


async def be_blocked(c: AsyncConnection) -> None:
    await exclusions.set_blocks(c, HERE, ALICE.id, [BOB.id])


async def write_profile(c: AsyncConnection) -> None:
    await profiles.save(c, BOB, BOB, MemberProfile(about="I like owls"), now=MONDAY)


async def rate(c: AsyncConnection) -> None:
    await relationship.rate(c, BOB, ALICE.id, Wave.T0, {Domain.TRUST: 6}, now=MONDAY)


async def be_rated(c: AsyncConnection) -> None:
    await relationship.rate(c, ALICE, BOB.id, Wave.T0, {Domain.TRUST: 6}, now=MONDAY)


async def draft(c: AsyncConnection, by: Member, *to: Member) -> Announcement:
    audience = Addressees.PEOPLE if to else Addressees.EVERYBODY
    named = [one.id for one in to]
    its = (by, PROGRAMME.id, audience)
    drafted = announcements.draft(*its, text="Owls meet at noon", named=named, now=MONDAY)
    reach = AnnouncementReach(there=to or (ALICE,), away=(), crowded=0, last_at=MONDAY)
    return await announcements.keep_draft(c, drafted, reach)


async def announce(c: AsyncConnection) -> None:
    await draft(c, BOB)


async def be_announced_to(c: AsyncConnection) -> None:
    await draft(c, ALICE, BOB)


async def be_sent_it(c: AsyncConnection) -> None:
    facts = ReachFacts(read=recipients, uncounted=())
    await announcements.send(c, await draft(c, ALICE, BOB), facts=facts, now=MONDAY)


async def keep_list(c: AsyncConnection) -> None:
    feed = Feed(
        workspace_id=HERE,
        made_by=BOB.id,
        made_at=MONDAY,
        every=FeedEvery.DAY,
        timezone="Europe/Berlin",
        address="https://lists.example/people.csv",
        headers={},
        named=(BOB.slack_user_id,),
    )
    await roster_feed.begin_feed(c, feed, now=MONDAY)


async def take_part(c: AsyncConnection) -> None:
    await training.note(c, HERE, name="Boundaries", held_on=MONDAY.date(), who=[BOB.id])


async def claim(c: AsyncConnection) -> None:
    seen = MenteeStage(BOB, PROGRAMME, FRAMEWORK)
    await changes.claim(c, seen, to_level="Shows how", evidence="Three visits", now=MONDAY)


WRITERS: dict[str, tuple[Verb, ...]] = {
    "agreement": (agree,),
    "agreement_side": (fill,),
    "announcement": (announce, be_announced_to, be_sent_it),
    "charter_line": (propose,),
    "charter_stance": (say,),
    "checkin": (check_in,),
    "checkin_reply": (write_back,),
    "checkin_turn": (check_in,),
    "closing_thanks": (thank, be_thanked),
    "compass": (write_compass,),
    "concern": (raise_concern,),
    "goal": (set_goal,),
    "goal_note": (set_goal,),
    "looking_back": (look_back,),
    "pairing_wish": (wish, be_blocked),
    "profile": (write_profile,),
    "relationship_rating": (rate, be_rated),
    "roster_feed": (keep_list,),
    "stage_event": (claim,),
    "training_attendance": (take_part,),
}
"""What writes into each table with words of members, or with what they say to others' words."""
STAYS: dict[Verb, int] = {say: 1, be_sent_it: 1, keep_list: 1}
"""How many rows are others': Alice's stance and words, and the address of the workspace's list."""
EVERY = [(table, verb) for table, verbs in WRITERS.items() for verb in verbs]
NAMES = [f"{table} {verb.__name__}" for table, verb in EVERY]


async def before(database: Database, table: str) -> None:
    """Let everybody arrive, and what the writer of `table` builds on be there."""
    await arrive(database)
    await seat_everybody(database, programme=USING)
    async with database.writing() as c:
        await enrol(c, HERE, PROGRAMME.id, [BOB.id])
        if table == "agreement":
            for one in (ALICE, BOB):
                await agreements.fill(c, one, [PAIR], SAID, now=MONDAY)
        if table == "charter_stance":
            lines = {CharterTopic.SPEAKING: "We listen"}
            await community.propose(c, ALICE, GROUP.id, lines, form_key="a", now=MONDAY)
        if table == "checkin_reply":
            shared = replace(ENTRY, visibility=Visibility.MENTOR)
            checkin = CheckIn(
                id=CheckInId("shared"),
                workspace_id=HERE,
                member_id=BOB.id,
                programme_id=PROGRAMME.id,
                group_id=GROUP.id,
                framework_id=PROGRAMME.framework_id,
                stage="Knows",
                entry=shared,
                written_at=MONDAY,
                shared_at=MONDAY,
            )
            await checkin_store.add(c, checkin)


async def count(c: AsyncConnection, table: str) -> int:
    query = sa.select(sa.func.count()).select_from(metadata.tables[table])
    return int((await c.execute(query)).scalar_one())


async def what_is_left(database: Database) -> list[str]:
    """The columns that still name Bob, lists of names among them."""
    found = []
    async with database.reading() as c:
        for table in metadata.sorted_tables:
            texts = [one for one in table.columns if isinstance(one.type, sa.String | sa.JSON)]
            for column in texts:
                kept = (await c.execute(sa.select(column))).scalars()
                said = [json.dumps(one) for one in kept]
                if any(f'"{name}"' in one for one in said for name in (BOB.id, BOB.slack_user_id)):
                    found.append(f"{table.name}.{column.name}")
    return found


def erasing(database: Database, folder: Path) -> Awaitable[bool]:
    vault, erasers = FileVault(folder / "keys"), CAPABILITIES.erasers
    return erase_member(database, vault, HERE, member_id=BOB.id, erasers=erasers, now=MONDAY)


def test_every_table_with_words_of_members_has_its_writer_here() -> None:
    others = {"pulse_ballot"}  # written and taken back by the pulse, which knows no members

    assert {*CLEARED} - others <= WRITERS.keys()


@pytest.mark.parametrize(("table", "verb"), EVERY, ids=NAMES)
async def test_who_is_erased_meanwhile_leaves_nothing_behind(
    database: Database, tmp_path: Path, table: str, verb: Verb
) -> None:
    if database.is_sqlite:
        pytest.skip("one writer at a time")
    await before(database, table)
    async with database.writing() as c:
        await verb(c)
        assert await count(c, table)
        erased = asyncio.ensure_future(erasing(database, tmp_path))
        done, _ = await asyncio.wait([erased], timeout=0.3)
        assert not done, "it waits for the writer"
    await asyncio.wait_for(erased, 20)

    assert await what_is_left(database) == []
    async with database.reading() as c:
        assert await people.member(c, HERE, BOB.id) is None
        assert await count(c, table) == STAYS.get(verb, 0)


AFTERWARDS = [(table, verb) for table, verb in EVERY if verb is not raise_concern]
"""A stranger may raise a concern; so may somebody who was erased before."""


@pytest.mark.parametrize(("table", "verb"), AFTERWARDS)
async def test_whoever_writes_after_the_erasure_is_told_and_nothing_is_written(
    database: Database, tmp_path: Path, table: str, verb: Verb
) -> None:
    await before(database, table)
    await erasing(database, tmp_path)
    async with database.reading() as c:
        had = await count(c, table)

    async with database.writing() as c:
        if verb is be_blocked:
            await verb(c)
        else:
            with pytest.raises(UserFacing):
                await verb(c)

    async with database.reading() as c:
        assert await count(c, table) == had
    assert await what_is_left(database) == []
