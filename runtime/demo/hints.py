"""Say at the top of the page what Carol, Alice and Bob can try: what waits for them, and more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId
from bot.kernel.scope import one_workspace
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.use_cases import current_programme
from handlers.capability import Viewer
from runtime.demo.cast import Cast
from runtime.demo.sandbox import DIGESTS, Sandbox
from runtime.process import Cairn

log = structlog.get_logger("cairn.demo")

MOST_TODOS = 2
EVERY_S = 1.5
"""How often it is looked whether something else waits for them by now."""
Line = dict[str, str]
HOME, MESSAGES = (
    {"place": "home", "label": "Open Home"},
    {"place": "messages", "label": "Open Messages"},
)
DIGEST = {"place": f"#{DIGESTS}", "label": f"Open #{DIGESTS}"}
ABOUT = {
    Role.COORDINATOR: "Run the programme: who has not met, what the groups said, what is next",
    Role.MENTOR: "Mentor a group: meetings, claims, and one message a week",
    Role.MENTEE: "Be mentored: check-ins, goals, and a pulse that nobody can trace to you",
}
EVER: dict[Role, Sequence[Line]] = {
    Role.COORDINATOR: (
        {"text": "Read what the groups said in the last pulse.", **DIGEST},
        {"text": "Press *Monday 09:00*: whoever you have not been acts by themselves."},
    ),
    Role.MENTOR: (
        {
            "text": "Read the message that each mentor gets on Mondays, and what was shared.",
            **MESSAGES,
        },
        {"text": "Press *Monday 09:00*, and see what your mentees have done meanwhile."},
    ),
    Role.MENTEE: (
        {"text": "Type `/checkin`, and choose who may read what you write.", **MESSAGES},
        {"text": "Press *+1 day* a few times: your mentor and the others act by themselves."},
    ),
}
BEGIN = {"text": "Open *Home*, and press *Set up mentoring*: it leads you from there on.", **HOME}
PEOPLE_LIST = {"text": "When it asks for people, hand in `docs/samples/people.csv`."}
AN_HOUR = {"text": "After asking everybody, press *+1 hour*: all but Bob accept by themselves."}
NOT_YET = {"text": "Nobody has set mentoring up yet. Be Carol first."}
PREPARED = {"text": "The programme has not begun. What Cairn asks of you stands here.", **HOME}


@dataclass(slots=True, kw_only=True)
class Hinting:
    """Keeps the lines of the three people true, beside everything else, until it is cancelled."""

    cairn: Cairn
    sandbox: Sandbox
    cast: Cast
    told: dict[str, object] = field(default_factory=dict)

    @property
    def people(self) -> dict[Role, str]:
        """Give the Slack ids of Carol, Alice and Bob."""
        cast = self.cast
        return {
            Role.COORDINATOR: cast.coordinator,
            Role.MENTOR: cast.mentors[0],
            Role.MENTEE: cast.mentees[0],
        }

    async def run(self) -> None:
        """Tell again whenever something else is to be said; a failure is tried again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.tell()
            except (OperatorFacing, httpx.HTTPError) as failure:
                log.warning("hints_not_told", failure=type(failure).__name__)

    async def tell(self) -> None:
        """Tell the sandbox the lines that are new."""
        for role, who in self.people.items():
            lines = await self.lines(role, who)
            if self.told.get(who) != lines:
                await self.sandbox.post(
                    "hints", {"user": who, "about": ABOUT[role], "hints": lines}
                )
                self.told[who] = lines

    async def lines(self, role: Role, who: str) -> list[Line]:
        """Say what one of them can do now, the two most important first, and what more there is."""
        cairn = self.cairn
        with one_workspace(cairn.workspace_id):
            async with cairn.database.reading() as connection:
                member = await people.member_by_slack_id(
                    connection, cairn.workspace_id, SlackUserId(who)
                )
                if member is None:
                    return [BEGIN, PEOPLE_LIST] if role is Role.COORDINATOR else [NOT_YET]
                programme = await _programme_of(connection, member)
                viewer = Viewer(
                    services=cairn.services,
                    connection=connection,
                    member=member,
                    programme=programme,
                    shown=programme,
                    now=cairn.services.clock.now(),
                )
                found = await cairn.capabilities.lines(viewer)
        todos = [{"text": one.sentence, **HOME} for one in found[:MOST_TODOS]]
        return [*todos, *await self._ever(role, programme)]

    async def _ever(self, role: Role, programme: Programme | None) -> Sequence[Line]:
        if programme is not None and programme.state is not ProgrammeState.DRAFT:
            has_digests = any(
                one["name"] == DIGESTS for one in (await self.sandbox.state())["channels"]
            )
            return [one for one in EVER[role] if has_digests or "#" not in one.get("place", "")]
        return [PEOPLE_LIST, AN_HOUR] if role is Role.COORDINATOR else [PREPARED]


async def _programme_of(connection: AsyncConnection, member: Member) -> Programme | None:
    if member.is_coordinator:
        return await current_programme(connection, member.workspace_id)
    return await programmes.programme_of(connection, member.workspace_id, member.id)
