"""Find who is in an export, under which made-up ids, and what may be told of them."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import store as seated
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.matching.model import Pairing
from bot.people import store as people
from bot.people.model import PAIRED, Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, week_of
from bot.research import rules, store
from bot.research.model import Traits, Turnout
from bot.stages.model import Framework

Id = TypeVar("Id", bound=str)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_CHARS = 10


@dataclass(frozen=True, slots=True)
class ExportedPair:
    """A pairing of two people who agreed, with its id in this export."""

    id: str
    pairing: Pairing


@dataclass(frozen=True, slots=True, kw_only=True)
class Participants:
    """The people of one export by the order of their ids, with their traits before and after."""

    programme: Programme
    framework: Framework | None
    members: Mapping[MemberId, Member]
    pids: Mapping[MemberId, str]
    known: Mapping[MemberId, Traits]
    told: Mapping[MemberId, Traits]
    week_step: int
    pairs: Sequence[ExportedPair]
    groups: Mapping[GroupId, str]

    def shown(self) -> list[MemberId]:
        """List those who have rows in other tables: whose role is told, as far as it goes."""
        return [one for one in self.pids if self.told[one].role is not None]

    def hides(self, member_id: MemberId, trait: str) -> bool:
        """Say whether a trait that is known of somebody is left out."""
        known, told = self.known[member_id], self.told[member_id]
        return getattr(known, trait) is not None and getattr(told, trait) is None

    def steps(self, week: int) -> int | None:
        """Count a week as the weeks of participants are counted."""
        return rules.first_of_step(week, self.week_step)


async def people_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> tuple[list[Member], dict[MemberId, set[Role]], list[Pairing]]:
    """Find the mentors and mentees that a programme has or had, their roles there, and pairings."""
    its = (connection, workspace_id, programme_id)
    pairings = await seated.pairings(*its, with_ended=True)
    roles: dict[MemberId, set[Role]] = {}
    for seat in await programmes.seats(*its):
        roles.setdefault(seat.member_id, set()).add(seat.role)
    for one in pairings:
        roles.setdefault(one.mentee_id, set()).add(Role.MENTEE)
        roles.setdefault(one.mentor_id, set())
    ids = roles.keys() | await programmes.enrolled(*its)
    found = await people.members(connection, workspace_id, ids=list(ids))
    mentored = {one.mentor_id for one in pairings}
    for member in found:
        said = roles.setdefault(member.id, set())
        if member.id in mentored and not said & PAIRED - {Role.MENTEE}:
            said.add(member.mentoring_role)
        if not said:
            said |= member.roles & PAIRED
    return [one for one in found if roles[one.id] & PAIRED], roles, pairings


async def turnout(
    connection: AsyncConnection, programme: Programme, consent_version: int
) -> Turnout:
    """Count who agreed, of all mentors and mentees that the programme has or had."""
    workspace_id = programme.workspace_id
    found, _, _ = await people_of(connection, workspace_id, programme.id)
    ids = [one.id for one in found]
    agreed = await store.consenting(connection, workspace_id, consent_version, of=ids)
    return Turnout(len(agreed), len(ids))


async def participants(
    connection: AsyncConnection,
    programme: Programme,
    framework: Framework | None,
    *,
    consent_version: int,
    rng: random.Random,
) -> Participants:
    """Find the people of an export, and give them ids. Raises UserFacing for fewer than five."""
    workspace_id = programme.workspace_id
    found, roles, pairings = await people_of(connection, workspace_id, programme.id)
    of = [one.id for one in found]
    agreed = await store.consenting(connection, workspace_id, consent_version, of=of)
    members = {one.id: one for one in found if one.id in agreed}
    pids = made_up_ids("p", sorted(members), rng)
    first, known = _first_weeks(programme, pairings), {}
    for member_id in pids:
        member = members[member_id]
        known[member_id] = _traits(
            member, roles[member_id], programme, framework, first.get(member_id)
        )
    told = rules.anonymise(list(known.values()))
    both = [one for one in pairings if {one.mentee_id, one.mentor_id} <= agreed]
    by_id = {one.id: one for one in both}
    return Participants(
        programme=programme,
        framework=framework,
        members=members,
        pids=pids,
        known=known,
        told=dict(zip(pids, told.traits, strict=True)),
        week_step=told.week_step,
        pairs=[ExportedPair(new, by_id[old]) for old, new in made_up_ids("r", by_id, rng).items()],
        groups=made_up_ids("g", {one.group_id for one in both}, rng),
    )


def made_up_ids(prefix: str, of: Iterable[Id], rng: random.Random) -> dict[Id, str]:
    """Give each a random id that is nowhere kept, in the order of these ids."""
    old: list[Id] = sorted(of)
    new: set[str] = set()
    while len(new) < len(old):
        new.add(prefix + "".join(rng.choices(_ALPHABET, k=_ID_CHARS)))
    made = list(new)
    rng.shuffle(made)
    return dict(sorted(zip(old, made, strict=True), key=lambda one: one[1]))


def _first_weeks(programme: Programme, pairings: Collection[Pairing]) -> dict[MemberId, int]:
    first: dict[MemberId, int] = {}
    for one in pairings:
        week = week_of(programme, one.started_at)
        for member_id in (one.mentee_id, one.mentor_id):
            first[member_id] = min(week, first.get(member_id, week))
    return first


def _traits(
    member: Member,
    roles: Collection[Role],
    programme: Programme,
    framework: Framework | None,
    entry_week: int | None,
) -> Traits:
    level = framework.level(member.stage) if framework and Role.MENTEE in roles else None
    reason, exit_week = _exit(member, programme)
    return Traits(
        role=_role(roles),
        cohort=str(programme.starts_on.year),
        training_band=rules.training_band(framework.position(level.name), len(framework.levels))
        if framework and level
        else None,
        framework=programme.framework_id,
        entry_week=entry_week and max(entry_week, 1),
        exit_week=exit_week,
        exit_reason=reason,
    )


def _role(roles: Collection[Role]) -> str:
    mentoring = [one for one in (Role.MENTOR, Role.PEER_MENTOR) if one in roles]
    if Role.MENTEE in roles:
        return "both" if mentoring else Role.MENTEE.value
    return mentoring[0].value


def _exit(member: Member, programme: Programme) -> tuple[str | None, int | None]:
    """Say how and when somebody's part ended; of a closed account it is not known when."""
    is_closed = programme.state is ProgrammeState.CLOSED
    left_at = member.away_from if member.state is MemberState.LEFT else None
    week = week_of(programme, left_at) if left_at else None
    if is_closed and (member.takes_part or (week and week > programme.weeks)):
        return "completed", programme.weeks
    if member.state is MemberState.LEFT:
        return "left", max(week, 1) if week else None
    return ("account_closed", None) if not member.takes_part else (None, None)
