"""Each pair of a role and an action: what comes of it, with another person's ids in the request.

`rights.txt` says the most that may come of it: what was recorded differs from one run to the next,
so less may come of it, never more. `--update-golden` adds to it what came, to be read line by line.
What Bob, or whoever may press it, was really shown is sent by each of the others.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from handlers.blocks import NOTICE
from handlers.edge.call import OPTIONS
from handlers.edge.dispatch import EVENT, SUBMITTED
from tests.fuzz.campaign import Campaign, campaign
from tests.fuzz.corpus import CANARY, Body, Entry, Name
from tests.fuzz.mutations import Case, Mutation, done_by, typed
from tests.fuzz.recording import Company, Recording
from tests.fuzz.states import Rows
from tests.support.two_workspaces import HERE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("fuzz")]
TABLE = Path(__file__).parent / "rights.txt"
CALLERS = (
    "bob", "dana", "peer_mentor", "paused", "left", "alice", "other_mentee", "other_mentor",
    "coordinator", "contact", "stranger", "elsewhere",
)  # fmt: skip
OUTSIDE = {"stranger": "rWB!", "elsewhere": "rWB!", "left": "rB!"}
"""What must never come of a request: whoever has left may come back, and be seated again."""
REFUSED, OWN, CHANGED, READ, BOTH = "-", "o", "W", "r", "B"
RIGHTS = {CHANGED: {CHANGED}, READ: {READ}, BOTH: {CHANGED, READ}}
LEGEND = """\
The most that anybody may do, with the ids of Bob's or Alice's things in the request.
Bob is a mentee of Alice's group, as Dana is; a peer-mentor and somebody on a break sit there, too.
Others sit in another group; one left; the contact hears of concerns; the stranger is in the
workspace and in no list; the last is a mentee of another workspace.

  -  refused with a sentence; nothing is changed and nothing of Bob's or Alice's is shown
  o  answered; neither words nor rows of Bob or Alice are touched
  r  reads words of Bob or Alice
  W  changes rows of Bob or Alice
  B  both

"""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What belongs to Bob and Alice: the ids of each, and the marks on what they wrote."""

    ids: dict[str, frozenset[str]]

    def letter(self, ready: Campaign, caller: str, kind: str) -> str:
        """Say in a letter what came of the case of this kind that has just run."""
        target = ready.target
        if kind == OPTIONS:
            return READ if target.is_offered else REFUSED
        theirs = {each for ids in self.ids.values() for each in ids}
        touched = any(
            theirs & set(map(str, (row or {}).values()))
            for change in target.changes
            if change.before is not None or change.table not in SENT
            for row in (change.before, change.after)
        )
        marks = [f"Wort-{one}-" for one in self.ids]
        read = any(mark in text for who, text in target.shown if who == caller for mark in marks)
        told = any(f'"{NOTICE}"' in text for who, text in target.shown if who == caller)
        if target.heard.refusals or (told and not target.changes):
            others = [mark for mark in marks if caller not in mark]
            leaks = any(
                mark in text for who, text in target.shown if who == caller for mark in others
            )
            return "!" if touched or leaks else REFUSED
        return {(0, 0): OWN, (1, 0): CHANGED, (0, 1): READ, (1, 1): BOTH}[touched, read]


BY_HAND = {
    "agreement": "pairing",
    "announcement": "announcement",
    "care.unblock": "member",
    "channel": "seat",
    "charter": "charter_line",
    "checkin": "checkin",
    "closing": "closing_thanks",
    "goal": "goal",
    "group": "programme",
    "meeting": "planned_meeting",
    "meeting.correct": "meeting",
    "meeting.correct_form": "meeting",
    "meeting.delete": "meeting",
    "meeting.leave": "meeting",
    "nudge.read": "checkin",
    "pairing": "programme",
    "pairing.move": "pairing",
    "pairing.tell_now": "pairing_proposal",
    "pairing.undo": "pairing_proposal",
    "peer.untick": "member",
    "people": "roster_import",
    "programme": "programme",
    "pulse": "pulse_round",
    "stage": "stage_event",
}
"""Whose ids stand in a request that nobody came by: the table's, by the beginning of its name."""


WITH_REVISION: dict[str, Callable[[Collection[str]], list[str]]] = {
    "checkin.edit_form": lambda _: [""],
    "checkin.leave_out": lambda mentors: [",".join(sorted(mentors))],
    "checkin.share_again": lambda mentors: [",".join(sorted(mentors))],
    "checkin.share_form": lambda mentors: [",".join(sorted(mentors))],
    "goal.form": lambda _: [],
    "goal.step_form": lambda _: [],
}
"""What carries the revision that it showed, and what comes after that."""


def with_their_ids(entry: Entry, rows: Rows, ids: Collection[str]) -> Case:
    """A request that was made up, about the row that is most of Bob and Alice."""
    name = entry.name[1]
    table = BY_HAND.get(name) or BY_HAND.get(name.partition(".")[0], "")
    here = [one for one in rows.get(table, {}).values() if one.get("workspace_id") in {HERE, None}]
    row = max(here, key=lambda one: len(set(map(str, one.values())) & set(ids)), default={})
    its_number = f"{row.get('member_id')}:{row.get('number')}"
    value = str(row.get("group_id") if table == "seat" else row.get("id") or its_number)
    if row and name in WITH_REVISION:
        pairs = [one for one in rows["pairing"].values() if one["mentee_id"] == row["member_id"]]
        mentors = {str(one["mentor_id"]) for one in pairs if one["ended_at"] is None}
        value = "|".join([value, str(row["revision"]), *WITH_REVISION[name](mentors)])

    def put(body: Body) -> Body:
        if "view" in body and entry.name[0] in {SUBMITTED, OPTIONS}:
            body["view"]["private_metadata"] = value
        elif body.get("actions"):
            body["actions"][0] |= {"value": value, "type": "button"}
        return body

    return Case(entry, (Mutation(f"it is about {value}", put),) if row else ())


SENT = {"outbox", "errand", "inbox", "schedule", "delivery_recipient"}
"""What is sent to others because of what somebody did with their own."""


def requests(recorded: Recording, entries: list[Entry]) -> Iterator[tuple[Name, Entry]]:
    """One request for each listener: Bob's where he was shown it, else Alice's, else another's."""
    order = {person: number for number, person in enumerate(recorded.company.pressing)}
    for name in sorted(recorded.names):
        if name[0] == EVENT:
            continue
        found = [one for one in entries if one.name == name]
        yield name, min(found, key=lambda one: (order.get(one.person, 99), -one.state))


TOLD = re.compile(r"answered after")
"""What depends on how busy the machine is."""


def case_of(entry: Entry, ready: Campaign, theirs: Theirs, person: str) -> Case:
    """The request, sent by this person in their own workspace."""
    rows, known = ready.target.states[entry.state].rows, frozenset().union(*theirs.ids.values())
    case = with_their_ids(entry, rows, known) if entry.is_made_up else Case(entry, ())
    team = ready.target.world.users[person].team_id
    words = () if person == entry.person else (typed(CANARY),)
    return replace(case, mutations=(*case.mutations, *words, done_by(person, in_=team)))


def theirs_in(ready: Campaign, entry: Entry, who: Company) -> Theirs:
    rows = ready.target.states[entry.state].rows["member"].values()
    ids = {row["slack_user_id"]: row["id"] for row in rows}
    return Theirs({one: frozenset({one, ids[one]}) for one in (who.bob, who.alice)})


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_each_role_may_do_at_each_action_what_the_table_says(
    recorded: Recording, database_address: str, request: pytest.FixtureRequest
) -> None:
    who, problems = recorded.company, []
    allowed, came = allowed_by(TABLE.read_text()), {}
    async with campaign(recorded, database_address, seed=0) as ready:
        asked = requests(recorded, list(ready.material.entries))
        for name, entry in sorted(asked, key=lambda one: (one[1].state, one[0])):
            theirs, letters = theirs_in(ready, entry, who), ""
            for caller in CALLERS:
                person = getattr(who, caller)
                found = await ready.target.run(case_of(entry, ready, theirs, person))
                letters += theirs.letter(ready, person, name[0])
                found += [f"is {letters[-1]}"] if letters[-1] in OUTSIDE.get(caller, "!") else []
                problems += [f"{name} by {caller}: {one}" for one in found if not TOLD.search(one)]
            came[name] = letters
    if request.config.getoption("--update-golden"):
        allowed = {
            name: widest(allowed.get(name, letters), letters) for name, letters in came.items()
        }
        TABLE.write_text(table(allowed))

    assert not problems, "\n".join(problems)
    assert came.keys() == allowed.keys(), "each listener has its line"
    assert {
        name: one for name, one in came.items() if widest(allowed[name], one) != allowed[name]
    } == {}


def allowed_by(text: str) -> dict[Name, str]:
    """Read the table: by listener, a letter for each caller."""
    rows = [line.split() for line in text.splitlines()]
    rows = [one for one in rows if len(one) == 2 + len(CALLERS) and set(map(len, one[2:])) == {1}]
    return {(one[0], one[1]): "".join(one[2:]) for one in rows}


def widest(allowed: str, came: str) -> str:
    """Put two lines together: what is allowed, and what came beyond it."""
    both = [
        RIGHTS.get(one, set()) | RIGHTS.get(two, set())
        for one, two in zip(allowed, came, strict=True)
    ]
    letter = {frozenset(rights): one for one, rights in RIGHTS.items()}
    return "".join(
        letter.get(frozenset(rights), one) for one, rights in zip(allowed, both, strict=True)
    )


def table(allowed: Mapping[Name, str]) -> str:
    """Write the table."""
    lines = [f"{name[0]:16} {name[1]:26} {'  '.join(one)}" for name, one in allowed.items()]
    head = "".join(f"{'':44}{'|  ' * at}{caller}\n" for at, caller in enumerate(CALLERS))
    return LEGEND + head + "\n".join(sorted(lines)) + "\n"
