"""Programmes live through any sequence of events, and are as their facts say they should be."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.arrangement import MentorWish
from bot.groups.schedule import FOR_MEMBERS
from bot.kernel.database import Database, open_database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.kinds import ScheduleKind
from bot.matching import exclusions
from bot.matching import proposals as proposing
from bot.matching.model import MENTORING, Bar, Conflict
from bot.people import store as people
from bot.people import use_cases as membership
from bot.people.model import MENTORING as MENTORS
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.schedule import store as schedule
from tests.support.cast import CAROL
from tests.support.cohort import (
    ALICE_HERE,
    DRAFT,
    HERE,
    MENTEES,
    MIA,
    STARTED,
    arrive,
    mentee,
    mentor,
)
from tests.support.members import as_member

LATER = STARTED + timedelta(weeks=3)
BEFORE = STARTED - timedelta(days=4)
OTHERS = (mentor("Nia", 2), mentee("Hal"), mentee("Ida"), mentee("Jon", conduct_accepted_at=None))
KIT = mentee("Kit", roles=frozenset({Role.MENTEE, Role.PEER_MENTOR}), capacity=2)
"""A mentee in one group and a mentor in another."""
CAST: tuple[Member, ...] = (ALICE_HERE, MIA, KIT, *MENTEES, *OTHERS)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "join",
                "accept",
                "leave",
                "come back",
                "break",
                "end the break",
                "close the account",
                "open the account",
                "more room",
                "less room",
                "become a mentor too",
                "mentor no more",
                "another mentor",
                "stay",
                "move",
                "take a group",
                "conflict",
                "rather not",
            )
        ),
        st.integers(0, len(CAST) - 1),
        st.integers(0, len(CAST) - 1),
    ),
    max_size=10,
)


class Year:
    """A programme with groups, in a database of its own; `now` is when its events happen."""

    def __init__(self, database: Database, *, is_running: bool) -> None:
        self.database = database
        self.now = LATER if is_running else BEFORE

    async def begin(self) -> None:
        await arrive(self.database, (CAROL, ALICE_HERE, MIA, KIT, *MENTEES))
        at = min(self.now, STARTED)
        kept = await proposing.propose(self.database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=at)
        await deciding.approve(self.database, HERE, kept.id, by=CAROL.id, now=at)

    async def happens(self, what: str, member: Member, other: Member) -> None:
        """Let something happen to a member; where it cannot, nothing does."""
        try:
            if what in ("another mentor", "stay", "move", "take a group"):
                await self._moves(what, member, other)
            else:
                await self._changes(what, member, other)
        except UserFacing:
            pass

    async def _moves(self, what: str, member: Member, other: Member) -> None:
        its = (self.database, HERE, DRAFT.id)
        if what == "another mentor":
            await upkeep.ask_rematch(*its, mentee=member.id, now=self.now)
        elif what == "stay":
            await upkeep.stay(*its, mentee=member.id)
        else:
            async with self.database.reading() as connection:
                group = await programmes.group_of(connection, HERE, DRAFT.id, other.id)
            to = group.id if group else None
            if what == "take a group":
                wish = MentorWish(member.id, to or GroupId("none"), agreed=True)
                await upkeep.give_group(*its, wish=wish, by=CAROL.id, now=self.now)
                return
            await upkeep.move(*its, mentee=member.id, to=to, by=CAROL.id, now=self.now)

    async def _changes(self, what: str, member: Member, other: Member) -> None:
        who = member.slack_user_id
        async with self.database.writing() as connection:
            known = await people.member(connection, HERE, member.id, hold=True)
            if what == "join" and known is None:
                await people.put_members(connection, HERE, [member])
            if known is None:
                return
            its: dict[str, Any] = {"slack_user_id": who, "now": self.now}
            match what:
                case "accept":
                    await as_member(connection, membership.accept_conduct, HERE, **its)
                case "leave":
                    await membership.leave(connection, known, now=self.now)
                case "come back" | "end the break":
                    await as_member(connection, membership.resume, HERE, **its)
                case "break":
                    await as_member(connection, membership.pause, HERE, until=None, **its)
                case "close the account":
                    await as_member(connection, membership.deactivate, HERE, **its)
                case "open the account":
                    await as_member(connection, membership.reactivate, HERE, **its)
                case "conflict" | "rather not":
                    await keep_apart(connection, what, member, other)
                case _:
                    changed = replace(known, **_CHANGES[what](known))
                    await people.put_members(connection, HERE, [changed])

    async def reconcile(self) -> upkeep.Reconciled:
        return await upkeep.reconcile(self.database, HERE, DRAFT.id, now=self.now)

    async def must_be_in_order(self) -> None:
        """Check all that holds of every programme, whatever happened."""
        async with self.database.reading() as connection:
            members = {m.id: m for m in await people.members(connection, HERE)}
            seats = await programmes.seats(connection, HERE, DRAFT.id)
            pairings = await seated.pairings(connection, HERE, DRAFT.id)
            waiting = {w.member_id: w for w in await seated.waitlist(connection, HERE, DRAFT.id)}
            due = await schedule.subjects(connection, HERE, FOR_MEMBERS)
            [programme] = await programmes.programmes(connection, HERE)
        mentors = {s.group_id: set[MemberId]() for s in seats}
        mentees = {s.group_id: set[MemberId]() for s in seats}
        for seat in seats:
            (mentors if seat.role in MENTORING else mentees)[seat.group_id].add(seat.member_id)
            assert members[seat.member_id].takes_part, "who left has no seat"
            wanted = MENTORS if seat.role in MENTORING else {Role.MENTEE}
            assert members[seat.member_id].roles & wanted, "a seat is for a role that one has"
        assert {(p.group_id, p.mentee_id, p.mentor_id) for p in pairings} == {
            (group, one, other)
            for group in mentors
            for one in mentees[group]
            for other in mentors[group]
        }
        assert not any(mentors[one] & mentees[one] for one in mentors), "nobody mentors themselves"
        sitting = [one for group in mentees.values() for one in group]
        assert len(sitting) == len(set(sitting)), "one seat as a mentee"
        alone = {one for group in mentees if not mentors[group] for one in mentees[group]}
        for member in members.values():
            if member.takes_part and member.is_mentee:
                is_lost = member.id not in sitting or member.id in alone
                assert not is_lost or member.id in waiting, f"{member.name} is on no list"
        for one in waiting.values():
            assert members[one.member_id].takes_part
            assert members[one.member_id].is_mentee
            kept = one.keeps_group
            assert kept is None or one.member_id in mentees.get(kept, set())
        prompts = {(ScheduleKind.CHECKIN_PROMPT.value, one) for one in sitting}
        nudges = {
            (ScheduleKind.MENTOR_NUDGE.value, s.member_id) for s in seats if s.role in MENTORING
        }
        is_running = programme.state.value == "running"
        assert due == (prompts | nudges if is_running else set())

    async def barred_together(self) -> set[frozenset[str]]:
        """Read which two sit in one group, in whatever roles, though something keeps them apart."""
        async with self.database.reading() as connection:
            seats = await programmes.seats(connection, HERE, DRAFT.id)
            apart = {
                frozenset({c.senior_id, c.junior_id})
                for c in await exclusions.conflicts(connection, HERE)
            }
        groups: dict[str, set[str]] = {}
        for seat in seats:
            groups.setdefault(seat.group_id, set()).add(seat.member_id)
        sit = {pair for pair in apart for group in groups.values() if pair <= group}
        return {pair for pair in sit if len(pair) == 2}

    async def people_together(self) -> set[tuple[frozenset[str], frozenset[str]]]:
        """Read who sits with whom, and who waits, by name."""
        async with self.database.reading() as connection:
            names = {m.id: m.name for m in await people.members(connection, HERE)}
            seats = await programmes.seats(connection, HERE, DRAFT.id)
            waiting = await seated.waitlist(connection, HERE, DRAFT.id)
        groups: dict[str, tuple[set[str], set[str]]] = {}
        for seat in seats:
            sides = groups.setdefault(seat.group_id, (set(), set()))
            sides[seat.role not in MENTORING].add(names[seat.member_id])
        found = {(frozenset(one), frozenset(other)) for one, other in groups.values()}
        return found | {(frozenset({"waits"}), frozenset({names[w.member_id] for w in waiting}))}


async def keep_apart(connection: AsyncConnection, what: str, member: Member, other: Member) -> None:
    if what == "conflict":
        clash = Conflict(senior_id=other.id, junior_id=member.id, bar=Bar.MANAGES)
        await exclusions.put_conflict(connection, HERE, clash)
    else:
        await exclusions.set_vetoes(connection, HERE, member.id, [other.id])


_CHANGES: dict[str, Callable[[Member], dict[str, Any]]] = {
    "join": lambda _one: {},
    "more room": lambda one: {"capacity": one.capacity + 1},
    "less room": lambda one: {"capacity": max(0, one.capacity - 1)},
    "become a mentor too": lambda one: {"roles": one.roles | {Role.PEER_MENTOR}, "capacity": 2},
    "mentor no more": lambda one: {"roles": (one.roles - MENTORS) or frozenset({Role.MENTEE})},
}


def in_a_year(
    template: Path, work: Callable[[Year], Awaitable[object]], *, is_running: bool
) -> None:
    """Do `work` in a programme of its own."""

    async def live() -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "cairn.db"
            shutil.copy(template, path)
            words = Keyring(FileVault(path.with_name("keys")), WORDS)
            database = with_keyring(open_database(f"sqlite:///{path}"), words)
            try:
                year = Year(database, is_running=is_running)
                await year.begin()
                await work(year)
            finally:
                await database.close()

    asyncio.run(live())


REAL = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "waiting for its start"])
@REAL
@given(events=EVENTS)
def test_nobody_is_in_no_group_and_on_no_list(
    sqlite_template: Path, is_running: bool, events: Sequence[tuple[str, int, int]]
) -> None:
    async def live(year: Year) -> None:
        barred = await year.barred_together()
        for what, member, other in events:
            await year.happens(what, CAST[member], CAST[other])
            sat = await year.barred_together()
            if what not in ("conflict", "rather not"):
                assert sat <= barred, what
            await year.reconcile()
            barred = await year.barred_together()
            assert barred <= sat, "nobody gets a seat beside whom they must not meet"
            await year.must_be_in_order()
            once = await year.people_together()
            plan = await upkeep.make_plan(year.database, HERE, DRAFT.id, now=year.now)
            assert plan is not None
            told = [one for one in plan.news if one.kind != "pairing_conflict"]
            assert replace(plan, news=told).is_empty, "a second run changes nothing"
            assert await year.people_together() == once

    in_a_year(sqlite_template, live, is_running=is_running)


FACTS = ("join", "accept", "leave", "break", "close the account", "more room", "conflict")


@REAL
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(FACTS),
            st.integers(0, len(CAST) - 1),
            st.integers(0, len(CAST) - 1),
        ),
        max_size=6,
        unique_by=lambda one: one[1],
    ),
    rng=st.randoms(use_true_random=False),
)
def test_the_same_facts_give_the_same_groups_in_whatever_order_they_came(
    sqlite_template: Path, events: list[tuple[str, int, int]], rng: Random
) -> None:
    found = []

    def live_in(order: Sequence[tuple[str, int, int]]) -> Callable[[Year], Awaitable[None]]:
        async def live(year: Year) -> None:
            for what, member, other in order:
                await year.happens(what, CAST[member], CAST[other])
            await year.reconcile()
            found.append(await year.people_together())

        return live

    other_way = list(events)
    rng.shuffle(other_way)
    for order in (events, other_way):
        in_a_year(sqlite_template, live_in(order), is_running=True)
    assert found[0] == found[1]
