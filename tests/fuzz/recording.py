"""Two workspaces with a life, and a recording of all that their people can press in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.kernel.ids import SlackUserId
from bot.people import use_cases as members
from bot.people.model import Role
from bot.people.tables import member_table
from bot.programme import use_cases as programmes
from bot.programme.model import Use
from bot.programme.store import running_programmes
from bot.programme.tables import seat_table
from handlers.edge.dispatch import EVENT, Edge
from handlers.register import CAPABILITIES
from runtime.demo.cast import people_for_concerns
from slack_sandbox.world import World
from tests.fuzz.corpus import CANARY, Corpus, Name
from tests.fuzz.recorder import SEND, Recorder
from tests.fuzz.shortcuts import shortcuts
from tests.fuzz.states import Keeper
from tests.support.members import as_member
from tests.support.rosters import import_roster
from tests.support.transactions import write
from tests.support.two_workspaces import HERE, START, THERE, TwoWorkspaces, two_workspaces

STRANGER = "U0STRANGER"


@dataclass(frozen=True, slots=True)
class Company:
    """Who is who in the workspace with a programme, by Slack id; `bob` sits with `alice`."""

    alice: str
    bob: str
    dana: str
    peer_mentor: str
    paused: str
    left: str
    other_mentor: str
    other_mentee: str
    coordinator: str
    contact: str
    stranger: str
    elsewhere: str
    mover: str
    """Somebody who has asked for another mentor."""
    pressing: tuple[str, ...]
    """Whoever presses what they find while requests are recorded."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Two workspaces, and all requests that were recorded in them."""

    both: TwoWorkspaces
    world: World
    corpus: Corpus
    roles: dict[str, str]
    company: Company
    names: frozenset[Name]
    """All that a listener, or the inbox, is registered for."""


@asynccontextmanager
async def recording(folder: Path, *, is_thorough: bool) -> AsyncIterator[Recording]:
    """Let everybody press everything, on SQLite; near the end alone, or `is_thorough`."""
    address = f"sqlite:///{folder / 'recorded.db'}"
    world, corpus = World(start=START, rate=0), Corpus()
    world.limits.on = False
    async with AsyncExitStack() as stack:
        quickly = stack.enter_context(ExitStack())
        quickly.enter_context(shortcuts(world))
        opening = two_workspaces(folder, address=address, world=world, mentors=2, mentees=8)
        both = await stack.enter_async_context(opening)
        roles, who = await _settled(both)
        keeper = quickly.enter_context(closing(Keeper(address, both.options.key_folder)))
        people = (roles, who.pressing)
        recorder = Recorder(both, world, keeper, corpus, *people, _texts(both), is_thorough)
        with recorder.listening():
            for live in (_first_days, _a_week_later, _near_the_end):
                await live(both, who, recorder)
                if is_thorough or live is _near_the_end:
                    await recorder.explore()
            await recorder.do(who.bob, "home.settings", "people.leave")
            await recorder.keep()
        quickly.close()
        for app in world.apps.values():  # from now on Slack tells nobody of what happens
            app.events = frozenset()
        edge = Edge(both.slack.cairn.services)
        CAPABILITIES.listen(edge)
        names = frozenset({*edge.names, *((EVENT, one) for one in CAPABILITIES.events)})
        yield Recording(both, world, corpus, roles, who, names)


async def _settled(both: TwoWorkspaces) -> tuple[dict[str, str], Company]:
    """A programme under way here, a draft there; the roles of those who press, by Slack id."""
    for team in (HERE, THERE):
        assert (await both.browser.install(team)).status == 200
        await both.sandbox.post(
            "channels",
            {"name": "mentoring", "team": team, "members": [both.casts[team].coordinator]},
        )
    stranger = {"id": STRANGER, "team": HERE, "name": "stranger", "real_name": "Nobody Known"}
    await both.sandbox.post("users", {"users": [stranger]})
    await both.set_up(HERE)
    await _draft(both)
    here, there = both.casts[HERE], both.casts[THERE]
    mentees, others = await _groups(both, here.mentors)
    who = Company(
        alice=here.mentors[0],
        bob=mentees[0],
        dana=mentees[1],
        peer_mentor=mentees[2],
        paused=mentees[3],
        left=others[-1],
        other_mentor=here.mentors[1],
        other_mentee=others[0],
        coordinator=here.coordinator,
        contact=here.contacts[0][0],
        stranger=STRANGER,
        elsewhere=there.mentees[0],
        mover=others[1],
        pressing=(),
    )
    await _give_a_peer_mentors_seat(both, who.peer_mentor)
    pressing = {
        who.bob: "mentee",
        who.alice: "mentor",
        who.coordinator: "coordinator",
        who.other_mentee: "mentee",
        who.other_mentor: "mentor",
        who.contact: "contact",
        STRANGER: "stranger",
        there.coordinator: "coordinator",
        there.mentors[0]: "mentor",
        there.mentees[0]: "mentee",
        there.mentees[-1]: "newcomer",
    }
    others_roles = {who.dana: "mentee", who.peer_mentor: "peer-mentor"}
    roles = pressing | others_roles | {who.paused: "mentee", who.left: "gone"}
    return roles, replace(who, pressing=tuple(pressing))


async def _groups(both: TwoWorkspaces, mentors: tuple[str, ...]) -> list[list[str]]:
    """The mentees of each of these mentors."""
    query = sa.select(seat_table.c.group_id, member_table.c.slack_user_id).where(
        seat_table.c.member_id == member_table.c.id,
        seat_table.c.workspace_id == HERE,
        member_table.c.workspace_id == HERE,
    )
    async with both.slack.cairn.database.reading() as connection:
        seats = [(row.group_id, row.slack_user_id) for row in await connection.execute(query)]
    groups = [next(group for group, one in seats if one == mentor) for mentor in mentors]
    return [
        sorted(one for group, one in seats if group == its and one not in mentors) for its in groups
    ]


async def _give_a_peer_mentors_seat(both: TwoWorkspaces, slack_user_id: str) -> None:
    async with both.slack.cairn.database.writing() as connection:
        member = await members.the_member(connection, HERE, SlackUserId(slack_user_id))
        seat = sa.update(seat_table).values(role=Role.PEER_MENTOR.value)
        its = (seat_table.c.workspace_id == HERE, seat_table.c.member_id == member.id)
        await connection.execute(seat.where(*its))
        await connection.execute(
            sa.update(member_table)
            .where(member_table.c.workspace_id == HERE, member_table.c.id == member.id)
            .values(is_peer_mentor=True)
        )


async def _draft(both: TwoWorkspaces) -> None:
    cairn, cast, now = both.slack.cairn, both.casts[THERE], both.slack.clock.now()
    await import_roster(cairn.database, THERE, cast.roster, now=now)
    for one, *_ in cast.people[:-1]:
        await write(
            cairn.database,
            as_member,
            members.accept_conduct,
            THERE,
            slack_user_id=SlackUserId(one),
            now=now,
        )
    draft = await write(
        cairn.database,
        programmes.create_programme,
        THERE,
        template=cairn.services.catalogue.templates["term_12"],
        name="Autumn mentoring",
        starts_on=now.date() + timedelta(days=14),
        timezone="Europe/London",
        now=now,
    )
    async with cairn.database.writing() as connection:
        await programmes.set_contacts(
            connection,
            THERE,
            draft.id,
            crisis_contact="Dial 5555",
            concern_contact="Dr Amsel",
            people=await people_for_concerns(connection, THERE, cast),
        )


async def _first_days(both: TwoWorkspaces, who: Company, recorder: Recorder) -> None:
    """One has said and written something everywhere, somebody is away, and somebody left."""
    await recorder.do(who.coordinator, "pulse.allow_comments")
    await recorder.do(who.left, "home.settings", "people.leave")
    await recorder.do(who.paused, "home.settings", "people.pause", f"{SEND}0")
    for number in (1, 2, 3):
        await recorder.do(who.bob, "checkin.open", f"{SEND}{number}")
    for form in ("stage.claim", "goal.new", "compass.write", "care.open"):
        await recorder.do(who.bob, form, f"{SEND}1")
    await recorder.do(who.bob, "home.settings", "profiles.open", f"{SEND}1")
    for one in (who.bob, who.alice):
        await recorder.do(one, "agreement.list", "agreement.fill", f"{SEND}2")
    await recorder.do(who.alice, "charter.open", "charter.propose", f"{SEND}1")
    await recorder.do(who.alice, "meeting.page", "meeting.find", f"{SEND}1", f"{SEND}1")
    await recorder.do(who.alice, "nudge.met", f"{SEND}1")


async def _a_week_later(both: TwoWorkspaces, who: Company, recorder: Recorder) -> None:
    """Words have been shared, a stage is claimed, and a pulse is open."""
    there, slack = both.casts[THERE], both.slack
    await recorder.do(who.mover, "home.settings", "pairing.rematch", f"{SEND}0")
    bot = next(one.id for one in recorder.world.users.values() if one.is_bot)
    said = {"user": who.bob, "channel": bot, "text": "Hello"}
    await slack.http.post("/_sandbox/say", json=said)
    for _ in range(16):  # by halves of days: to stop at all that is due between takes minutes
        hop = {"advance_s": 12 * 3_600, "step": False, "wait_s": 300}
        assert (await slack.http.post("/_sandbox/clock", json=hop)).json()["settled"]
    approval = ("pairing.propose", "group.before_approval", "pairing.approve")
    await recorder.do(there.coordinator, *approval)
    groups = [one for one in recorder.world.channels.values() if one.is_private and not one.is_im]
    shut = next(one.id for one in groups if who.other_mentor in one.members)
    await slack.http.post(
        "/_sandbox/channel", json={"user": who.other_mentor, "channel": shut, "what": "archive"}
    )
    await slack.settle()
    for one in (who.bob, who.alice):
        await recorder.do(one, "relationship.open", f"{SEND}1")


async def _near_the_end(both: TwoWorkspaces, who: Company, recorder: Recorder) -> None:
    """The close has begun: one looks back, and thanks another."""
    cairn, now = both.slack.cairn, both.slack.clock.now()
    async with cairn.database.writing() as connection:
        [programme] = await running_programmes(connection, HERE)
        for uses in (set(Use) - {Use.CLOSING}, set(Use)):
            its = (connection, HERE, programme.id)
            await programmes.change_uses(*its, uses=uses, weeks={}, now=now)
    await cairn.catch_up()
    await recorder.do(who.bob, "closing.open", f"{SEND}1")
    await recorder.do(who.bob, "closing.thank", f"{SEND}1")


def _texts(both: TwoWorkspaces) -> tuple[str, ...]:
    roster = both.casts[HERE].roster.splitlines()
    return ("\n".join([*roster[:3], f"U0NEW,{CANARY}"]), f"{CANARY} sings at night", "2")
