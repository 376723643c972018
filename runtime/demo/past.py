"""A programme that has lived for some weeks: everybody plays their part, on the virtual clock."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery.model import Composer, Entry
from bot.delivery.reasons import NOT_IN_CHANNEL
from bot.kernel.clock import Clock, monday_of
from bot.kernel.csv_text import as_csv
from bot.kernel.errors import OperatorFacing
from bot.kernel.ports import Message
from bot.kernel.scope import one_workspace
from bot.kinds import MessageKind
from bot.programme.model import Template, Use
from config.catalogue import Catalogue
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.living import Living
from runtime.demo.sandbox import Sandbox, coordinators_channel
from runtime.process import Cairn

TEMPLATE = "year_40"
MENTORS, MENTEES = 4, 25
OPENS_IN = 3
"""The week in which the demo opens if nobody says which."""
USES = {
    Use.PROFILE: -4, Use.MEETINGS: 1, Use.NUDGES: 1, Use.COMPASS: 1, Use.CHECKINS: 2,
    Use.AGREEMENTS: 2, Use.RELATIONSHIP: 3, Use.GOALS: 3, Use.COMMUNITY: 4, Use.STAGES: 5,
    Use.CLOSING: 38,
}  # fmt: skip
"""One new thing in a week, as in the template, but sooner."""
FIRST_PULSE_WEEK, PULSE_EVERY_WEEKS = 2, 3
REMEMBERED = timedelta(weeks=4)
READ_ONCE = frozenset(
    {
        MessageKind.PULSE_INVITATION,
        MessageKind.PULSE_REMINDER,
        MessageKind.PULSE_RESULT,
        MessageKind.PULSE_ACTION,
        MessageKind.MEETING_OFFERED,
        MessageKind.CHECKIN_REPLIED,
        MessageKind.STAGE_ANSWERED,
    }
)
"""The kinds of messages on which nothing depends once they are old."""
PATIENCE_S = 600
FAILS_FROM = 5
"""The first week in which there is a message that could not be delivered."""


def demo_template(catalogue: Catalogue) -> Template:
    """Give the template of a year, in which each thing comes early enough to be seen."""
    found = catalogue.templates[TEMPLATE]
    return replace(
        found,
        uses=tuple((dict(found.uses) | USES).items()),
        checkin_first_week=USES[Use.CHECKINS],
        pulse_first_week=FIRST_PULSE_WEEK,
        pulse_every_weeks=PULSE_EVERY_WEEKS,
    )


def check_week(week: int, catalogue: Catalogue) -> None:
    """Raise OperatorFacing for a week that the demo's programme does not have."""
    weeks = catalogue.templates[TEMPLATE].weeks
    if not 1 <= week <= weeks:
        raise OperatorFacing(
            f"--week {week} is not a week of the demo's programme; choose one from 1 to {weeks}",
            permanent=True,
        )


@dataclass(frozen=True, slots=True)
class DemoCast:
    """Everybody, the roster of those who begin together, and that of who joins late."""

    cast: Cast
    late_roster: str

    @property
    def played_first(self) -> frozenset[str]:
        """Give the three whom the page proposes to be: Carol, Alice and Bob."""
        return frozenset({self.cast.coordinator, self.cast.mentors[0], self.cast.mentees[0]})


def demo_cast(*, mentors: int = MENTORS, mentees: int = MENTEES, seed: int = 1) -> DemoCast:
    """Make up a coordinator, mentors and mentees, one of whom joins late.

    Bob is with Alice, whatever groups there are.
    """
    everybody = made_up_cast(mentors=mentors, mentees=mentees, seed=seed)
    rows = list(csv.DictReader(io.StringIO(everybody.roster)))
    alice, bob, late = everybody.mentors[0], everybody.mentees[0], everybody.mentees[-1]
    for row in rows:
        if row["slack_id"] == bob:
            others = ";".join(one for one in everybody.mentors if one != alice)
            row |= {"prefers": alice, "avoid": others, "supervised_by": ""}
    columns = tuple(rows[0])

    def written(which: Iterable[dict[str, str]]) -> str:
        return as_csv(columns, ([*row.values()] for row in which))

    return DemoCast(
        cast=replace(everybody, roster=written(one for one in rows if one["slack_id"] != late)),
        late_roster=written(one for one in rows if one["slack_id"] == late),
    )


@dataclass(frozen=True, slots=True)
class SeenLater:
    """Writes what somebody may still look at: of old messages that nobody will read, none.

    Left out are messages of some kinds to others than `read_by`, before `since`.
    """

    composer: Composer
    clock: Clock
    read_by: frozenset[str]
    since: datetime

    async def compose(self, entry: Entry) -> Message | None:
        is_old = entry.kind in READ_ONCE and self.clock.now() < self.since
        is_to_others = entry.recipient[:1] == "U" and entry.recipient not in self.read_by
        return None if is_old and is_to_others else await self.composer.compose(entry)


@dataclass(frozen=True, slots=True)
class Past:
    """The weeks before the demo opens."""

    sandbox: Sandbox
    people: DemoCast
    week: int

    async def live(self, cairn: Cairn, living: Living) -> None:
        """Set the programme up and let everybody live until the Wednesday of the week.

        In its last days Carol, Alice and Bob leave things for whoever is to be them.
        """
        begins, cast = cairn.services.clock.now(), self.people.cast
        opens_at = begins + timedelta(weeks=self.week - 1)
        last_monday = monday_of(opens_at.date())
        clock = cairn.services.clock

        async def played() -> Iterable[str]:
            return self.people.played_first if clock.now().date() >= last_monday else ()

        living.played = played
        channel = await coordinators_channel(self.sandbox, cast)
        with one_workspace(cairn.workspace_id):
            await set_up_programme(
                cairn.database,
                cairn.services.catalogue,
                cast,
                workspace_id=cairn.workspace_id,
                now=begins,
                coordinator_channel=channel,
                template=demo_template(cairn.services.catalogue),
            )
        cairn.services.wake()
        composer = cairn.dispatcher.composer
        since = opens_at - REMEMBERED
        cairn.dispatcher.composer = SeenLater(composer, clock, self.people.played_first, since)
        await self._move(advance_s=0)
        if self.week >= FAILS_FROM:
            await self._move(to=(opens_at - timedelta(days=2, hours=6)).isoformat())
            fault = {"kind": "error", "error": min(NOT_IN_CHANNEL), "on": "chat.postMessage"}
            await self.sandbox.post("faults", fault | {"when": "before", "count": 1})
        await self._move(to=opens_at.isoformat())
        cairn.dispatcher.composer = composer
        await self._move(rate=1)

    async def _move(self, **how: object) -> None:
        body = {**how, "wait_s": PATIENCE_S}
        answer = await self.sandbox.http.post("/_sandbox/clock", json=body, timeout=PATIENCE_S)
        if not answer.json().get("settled"):
            raise OperatorFacing("The programme's past took too long; try again, or another --week")
