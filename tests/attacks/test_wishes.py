"""A curious coordinator tries every button over every pair, and compares what it says."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, permutations
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.groups import approval as deciding
from bot.groups import changes, upkeep
from bot.groups import store as seated
from bot.groups.joining import hold_back
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.matching import exclusions
from bot.matching import proposals as proposing
from bot.matching.model import ProposalVersion
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from handlers import matching
from handlers.capability import Viewer
from handlers.edge.services import Services
from handlers.matching import listeners, proposal_views
from handlers.matching.proposal_views import Position
from tests.support.cast import CAROL
from tests.support.cohort import ALICE_HERE, BOB_HERE, DRAFT, MIA, STARTED, agreed, arrive, mentee
from tests.support.enrolment import enrol

MENTORS = (ALICE_HERE, replace(MIA, site="Harbour"))
MENTEES = (BOB_HERE, mentee("Dan"), mentee("Eve"), mentee("Finn", site="Harbour"))
LATE = mentee("Hal", site="Harbour")
EVERYBODY = (CAROL, *MENTORS, *MENTEES)
PAIRS = [(one.id, other.id) for one, other in permutations((*MENTORS, *MENTEES), 2)]
"""Whose wish, and about whom: mentees about mentors and each other, and mentors about all."""
GROUPS = replace(DRAFT.template, mentees_per_group_min=1, mentees_per_group_max=4)
Wish = tuple[MemberId, MemberId] | None
BEFORE, PROPOSED, APPROVED = "before the proposal", "once proposed", "once approved"
TIMES = (BEFORE, PROPOSED, APPROVED)


@dataclass(slots=True)
class Curious:
    """A coordinator in a workspace of their own, and all that they have seen."""

    database: Database
    workspace_id: WorkspaceId
    now: datetime = STARTED
    seen: tuple[str, ...] = ()

    def note(self, shown: object) -> None:
        """Keep what is shown, with ids that differ from run to run made alike."""
        text = shown if isinstance(shown, str) else json.dumps(shown, sort_keys=True, default=str)
        text = re.sub(r"\b(proposal|group|approval|pairing)_\w+", r"\1", text)
        self.seen = (*self.seen, text)

    async def attempt(self, doing: Awaitable[Any]) -> Any:
        """Press a button; a refusal is seen, too."""
        try:
            return await doing
        except UserFacing as refused:
            self.note(f"refused: {refused.sentence}")
            return None

    async def wish(self, wish: Wish) -> None:
        if wish is not None:
            async with self.database.writing() as connection:
                await exclusions.set_vetoes(connection, self.workspace_id, wish[0], [wish[1]])

    async def look(self, kept: ProposalVersion | None = None) -> None:
        """Look at Home, and at the form of a proposal."""
        async with self.database.reading() as connection:
            programme = await programmes.programme(connection, self.workspace_id, DRAFT.id)
            assert programme
            viewer = Viewer(
                services=cast(Services, None),
                connection=connection,
                member=replace(CAROL, workspace_id=self.workspace_id),
                programme=programme,
                now=self.now,
            )
            self.note(await matching.home(viewer))
            self.note(await seated.todos(connection, viewer.member, programme, self.now))
            told = sa.select(outbox.c.kind).where(
                outbox.c.workspace_id == self.workspace_id,
                outbox.c.recipient == CAROL.slack_user_id,
            )
            self.note(sorted((await connection.execute(told)).scalars()))
            if kept is None:
                return
            shown = await listeners.shown_of(connection, kept, programme)
            changed = await changes.changes_since(connection, kept, programme, now=self.now)
        position = Position(proposal_id=kept.id, swapping=BOB_HERE.id)
        self.note(proposal_views.review(replace(shown, changed=changed), Position(proposal_id="")))
        self.note(proposal_views.review(shown, position))
        self.note(kept.proposal.__repr__())

    async def propose(self, seed: int) -> ProposalVersion:
        kept = await proposing.propose(
            self.database, self.workspace_id, DRAFT.id, by=CAROL.id, seed=seed, now=self.now
        )
        await self.look(kept)
        return kept

    async def change(self, verb: Callable[..., Awaitable[Any]], kept: Any, **how: Any) -> Any:
        """Change a proposal, and look at what came of it."""
        done = await self.attempt(
            verb(self.database, self.workspace_id, kept.id, by=CAROL.id, **how)
        )
        await self.look(done or kept)
        return done or kept

    async def try_proposals(self) -> ProposalVersion:
        """Run with several seeds, let every two change seats, leave each but one mentor."""
        await self.propose(1)
        kept = await self.propose(2)
        for two in combinations((one.id for one in MENTEES), 2):
            kept = await self.change(proposing.swap, kept, mentees=two, now=self.now)
        for match in kept.proposal.matches:
            one, own = MemberId(match.mentee), (self.database, self.workspace_id, kept.id)
            for each in kept.proposal.matches:
                mentee_id = MemberId(each.mentee)
                await proposing.set_lock(
                    *own, mentee=mentee_id, locked=False, by=CAROL.id, now=self.now
                )
            await proposing.forbid(*own, mentee=one, by=CAROL.id, now=self.now)
            kept = await self.change(proposing.run_again, kept, now=self.now)
            async with self.database.writing() as connection:
                for mentor in MENTORS:
                    pair = (one, mentor.id)
                    await exclusions.allow(connection, self.workspace_id, DRAFT.id, pair)
        return await self.propose(3)

    async def approve(self, kept: ProposalVersion) -> None:
        await self.attempt(
            deciding.approve(self.database, self.workspace_id, kept.id, by=CAROL.id, now=self.now)
        )
        await self.look()

    async def try_moves(self) -> None:
        """Move everybody into every group, and look for a seat for somebody who joins."""
        async with self.database.reading() as connection:
            groups = await programmes.groups(connection, self.workspace_id, DRAFT.id)
        for one in MENTEES:
            for group in sorted(groups, key=lambda group: group.name):
                self.note(f"{one.name} to {group.name}")
                await self.move(one, group)
        async with self.database.writing() as connection:
            late = replace(LATE, workspace_id=self.workspace_id)
            await people.put_members(connection, self.workspace_id, [late])
            await enrol(connection, self.workspace_id, DRAFT.id, [late.id])
        await self.seek()

    async def move(self, one: Member, group: Any) -> bool:
        moved = await self.attempt(
            upkeep.move(
                self.database,
                self.workspace_id,
                DRAFT.id,
                mentee=one.id,
                to=group.id,
                by=CAROL.id,
                now=self.now,
            )
        )
        self.note(f"moved: {moved is not None}")
        await self.look()
        return moved is not None

    async def seek(self) -> None:
        """Look for seats now."""
        done = await upkeep.reconcile(self.database, self.workspace_id, DRAFT.id, now=self.now)
        self.note(f"moves: {len(done.moves)}")
        await self.look()

    async def introduce(self) -> None:
        """Let what is due now reach groups and members, as the dispatcher does."""
        ready = (
            outbox.c.workspace_id == self.workspace_id,
            outbox.c.state == "queued",
            outbox.c.not_before <= self.now,
        )
        async with self.database.writing() as connection:
            rows = (await connection.execute(sa.select(*ENTRY).where(*ready))).all()
            entries = [entry_from(row) for row in rows]
            await hold_back(connection, self.workspace_id, entries, self.now)
            await connection.execute(sa.update(outbox).where(*ready).values(state="sent"))

    async def groups(self) -> list[set[MemberId]]:
        async with self.database.reading() as connection:
            seats = await programmes.seats(connection, self.workspace_id, DRAFT.id)
        ids = {seat.group_id for seat in seats}
        return [{s.member_id for s in seats if s.group_id == one} for one in sorted(ids)]


async def curious(database: Database, name: str) -> Curious:
    found = Curious(database, WorkspaceId(f"T{name}"))
    members = [agreed(one) for one in EVERYBODY]
    await arrive(
        database,
        members,
        programme=replace(DRAFT, template=GROUPS),
        workspace_id=found.workspace_id,
    )
    return found


async def told(database: Database, name: str, wish: Wish, when: str) -> tuple[str, ...]:
    """All that the coordinator sees in a world in which `wish` is given at some time."""
    here = await curious(database, name)
    if when == BEFORE:
        await here.wish(wish)
    kept = await here.try_proposals()
    if when == PROPOSED:
        await here.wish(wish)
        await here.look(kept)
    await here.approve(kept)
    if when == APPROVED:
        await here.wish(wish)
    here.now += timedelta(hours=1)
    await here.try_moves()
    return here.seen


@pytest.mark.parametrize("when", TIMES)
async def test_no_button_tells_a_wish_from_nothing(database: Database, when: str) -> None:
    nothing = await told(database, "NOTHING", None, when)
    half = 0 if database.is_sqlite else len(TIMES)  # half of the pairs on each engine
    pairs = PAIRS[TIMES.index(when) + half :: 2 * len(TIMES)]

    giving_away = [
        pair
        for number, pair in enumerate(pairs)
        if await told(database, str(number), pair, when) != nothing
    ]

    assert not giving_away, f"{len(giving_away)} of {len(pairs)} pairs were told: {giving_away}"


async def left_behind(
    database: Database, name: str, wish: Wish, *, asks: MemberId | None
) -> tuple[tuple[str, ...], list[set[MemberId]]]:
    """All that is seen from the approval on, and the groups in the end.

    `asks` presses *Ask for another mentor* before anybody else is told.
    """
    here = await curious(database, name)
    await here.wish(wish)
    await here.approve(await here.propose(1))
    here.now += timedelta(hours=1)
    await here.introduce()
    if asks is not None:
        verb = upkeep.ask_rematch
        await verb(database, here.workspace_id, DRAFT.id, mentee=asks, now=here.now)
    for _ in range(3):
        await here.look()
        here.now += timedelta(hours=23, minutes=30)
        await here.introduce()
        await here.look()
        await here.seek()
    return here.seen, await here.groups()


async def test_what_a_wish_leaves_is_what_asking_for_another_mentor_leaves(
    database: Database,
) -> None:
    nothing, before = await left_behind(database, "NOTHING", None, asks=None)
    mentees = {one.id for one in MENTEES}
    asked = {
        one.id: await left_behind(database, f"ASKS{one.name}", None, asks=one.id) for one in MENTEES
    }

    for number, (owner, other) in enumerate(PAIRS[0 if database.is_sqlite else 1 :: 2]):
        seen, after = await left_behind(database, str(number), (owner, other), asks=None)

        together = any({owner, other} <= group for group in before)
        moves = owner if owner in mentees else other
        assert not any({owner, other} <= group for group in after), "the wish protects"
        assert seen == (asked[moves][0] if together else nothing), (owner, other)
        assert (seen != nothing) == together


async def moved_by_force(
    database: Database, name: str, wish: Wish, one: Member, into: Member, *, asks: bool
) -> tuple[tuple[str, ...], list[set[MemberId]]]:
    """All that is seen where a coordinator moves a mentee into a mentor's group, twice."""
    here = await curious(database, name)
    await here.wish(wish)
    await here.approve(await here.propose(1))
    here.now += timedelta(hours=25)
    await here.introduce()
    for _ in range(2):
        async with database.reading() as connection:
            groups = await programmes.groups(connection, here.workspace_id, DRAFT.id)
        [group] = [group for group in groups if into.name in group.name]
        moved = await here.move(one, group)
        here.now += timedelta(hours=1)
        if asks and moved:
            whose = database, here.workspace_id, DRAFT.id
            await here.attempt(upkeep.ask_rematch(*whose, mentee=one.id, now=here.now))
        here.now += timedelta(hours=24)
        await here.introduce()
        await here.look()
        await here.seek()
    return here.seen, await here.groups()


async def test_moving_somebody_by_force_tells_no_more_than_that_they_asked_to_leave(
    database: Database,
) -> None:
    _, groups = await left_behind(database, "NOTHING", None, asks=None)
    tried = [
        (one, into)
        for one in MENTEES
        for into in MENTORS
        if not any({one.id, into.id} <= group for group in groups)
    ]
    assert len(tried) == len(MENTEES)

    for number, (one, into) in enumerate(tried):
        asked, _ = await moved_by_force(database, f"A{number}", None, one, into, asks=True)
        for owner, other in ((one.id, into.id), (into.id, one.id)):
            name, wish = f"{number}{owner[-3:].upper()}", (owner, other)
            seen, after = await moved_by_force(database, name, wish, one, into, asks=False)

            assert seen == asked, wish
            assert not any({owner, other} <= group for group in after)
