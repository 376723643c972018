"""One day of a programme, as the demo's people find it, and the dice they decide by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import TypeVar

from bot.kernel.clock import local_date, monday_of
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, group_of_seats
from bot.programme.model import Programme, ProgrammeState, is_over, week_of
from handlers.edge.services import Services

Thing = TypeVar("Thing")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """A day, with everybody and their groups, the groups by name.

    `weekday` is 0 on a Monday. `played` are those who do nothing by themselves: somebody else
    plays them. Chance is the same for the same seed and question, in whatever order it is asked.
    """

    services: Services
    workspace_id: WorkspaceId
    seed: int
    now: datetime
    programme: Programme
    week: int
    weekday: int
    people: Mapping[MemberId, Member]
    groups: Sequence[GroupMembers]
    played: frozenset[str]

    @property
    def database(self) -> Database:
        return self.services.database

    def roll(self, *what: object) -> float:
        """Throw dice that belong to `what`: from 0 up to, but not, 1."""
        text = "|".join(map(str, (self.seed, *what)))
        return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48

    def chosen(self, of: Sequence[Thing], *what: object) -> Thing:
        """Choose one of several by chance."""
        return of[int(self.roll(*what) * len(of))]

    def acts(self, member: Member | None) -> bool:
        """Say whether somebody is here and does what they do by themselves."""
        here = member is not None and not member.is_away(self.now)
        return here and member is not None and member.slack_user_id not in self.played

    def acting(self, ids: Iterable[MemberId]) -> list[Member]:
        """Find who of these acts, always in one order."""
        found = [self.people[one] for one in ids if one in self.people]
        return sorted((one for one in found if self.acts(one)), key=lambda one: one.slack_user_id)

    @property
    def mentees(self) -> list[Member]:
        """Find the mentees with a seat who act."""
        return self.acting(one for group in self.groups for one in group.mentees)

    def mentor_of(self, group: GroupMembers) -> Member | None:
        """Find the mentor of a group, if they act."""
        return next(iter(self.acting(group.mentors)), None)

    def group_of(self, mentee: Member) -> str:
        """Give the name of a mentee's group; empty without one."""
        return next((one.group_name for one in self.groups if mentee.id in one.mentees), "")

    def is_first_mentee(self, member: Member) -> bool:
        """Say whether this is Bob, in whose life each thing comes when it can be shown."""
        return member.slack_user_id.endswith("BOB")

    def on(self, week: int, weekday: int) -> bool:
        """Say whether this is that day of the programme."""
        return (self.week, self.weekday) == (week, weekday)

    def monday_in(self, weeks: int) -> datetime:
        """Give 08:00 UTC of the Monday that many weeks after this week's."""
        monday = monday_of(self.now.date()) + timedelta(weeks=weeks)
        return datetime.combine(monday, time(8), UTC)


async def look_around(
    services: Services,
    workspace_id: WorkspaceId,
    *,
    seed: int,
    played: Iterable[str] = (),
) -> Today | None:
    """Read the day; None while no programme runs."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        found = await programmes.programmes(connection, workspace_id)
        running = [one for one in found if one.state is ProgrammeState.RUNNING]
        if not running or is_over(running[-1], now):
            return None
        programme = running[-1]
        everybody = await people.members(connection, workspace_id)
        groups = await programmes.groups(connection, workspace_id, programme.id)
        seats = await programmes.seats(connection, workspace_id, programme.id)
    roles = {
        group.id: {one.member_id: one.role for one in seats if one.group_id == group.id}
        for group in groups
    }
    return Today(
        services=services,
        workspace_id=workspace_id,
        seed=seed,
        now=now,
        programme=programme,
        week=week_of(programme, now),
        weekday=local_date(now, programme.timezone).weekday(),
        people={one.id: one for one in everybody},
        groups=[group_of_seats(group, roles[group.id]) for group in groups],
        played=frozenset(SlackUserId(one) for one in played),
    )
