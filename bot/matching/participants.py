"""See the members of a programme as the matching does."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import MemberId
from bot.kernel.words import day_and_month, plural
from bot.matching import exclusions as barriers
from bot.matching import store
from bot.matching.model import Conflict, GroupWishes, MentorTeam, Person, Term, Unseated
from bot.matching.rules.candidates import teams_of
from bot.people import store as people
from bot.people.model import PAIRED, Member
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Template
from bot.stages import store as stages
from bot.stages.model import Framework, History
from bot.stages.rules import current_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicants:
    """The question to the engine, and all `mentees` who belong to the programme.

    `absent` are mentees who are away, `notes` name such mentors.
    """

    members: Mapping[str, Member]
    people: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    forbids: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]
    term: Term
    mentees: tuple[Member, ...] = ()
    absent: tuple[Unseated, ...] = ()
    notes: tuple[str, ...] = ()

    def name(self, member_id: str) -> str:
        """Name this member as people do."""
        found = self.members.get(member_id)
        return found.name if found else "somebody who has left"

    def named(self, sentence: str) -> str:
        """Put names in the place of member ids in a sentence."""

        def name_or_word(word: re.Match[str]) -> str:
            found = self.members.get(word[0])
            return found.name if found else word[0]

        return re.sub(r"\w+", name_or_word, sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The members who take part, and who fits whom; `enrolled` is None for a draft."""

    programme: Programme
    members: tuple[Member, ...]
    enrolled: frozenset[MemberId] | None
    vetoes: Mapping[MemberId, frozenset[MemberId]]
    earlier: frozenset[tuple[MemberId, MemberId]]
    forbids: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]
    histories: Mapping[MemberId, History]

    def without(self, member_id: MemberId) -> "Roll":
        """Leave this member out, as if they had left."""
        return replace(
            self,
            members=tuple(m for m in self.members if m.id != member_id),
            enrolled=None if self.enrolled is None else self.enrolled - {member_id},
        )

    def about(self, ids: Collection[str]) -> "Roll":
        """Keep what bears on whether these people may sit together, not how well they fit."""
        return replace(
            self,
            members=tuple(m for m in self.members if m.id in ids),
            enrolled=None if self.enrolled is None else self.enrolled.intersection(ids),
            vetoes={one: avoided for one, avoided in self.vetoes.items() if one in ids},
            earlier=frozenset(),
            forbids=tuple(pair for pair in self.forbids if set(pair) <= set(ids)),
            conflicts=tuple(c for c in self.conflicts if {c.senior_id, c.junior_id} <= set(ids)),
            histories={},
        )


async def read_roll(
    connection: AsyncConnection,
    programme: Programme,
    *,
    with_stages: bool,
    ids: Collection[MemberId] | None = None,
) -> Roll:
    """Read who takes part in the workspace, or those of `ids`, then not how well they fit."""
    workspace_id, is_draft = programme.workspace_id, programme.state is ProgrammeState.DRAFT
    members = tuple(
        m for m in await people.members(connection, workspace_id, ids=ids) if m.takes_part
    )
    return Roll(
        programme=programme,
        members=members,
        enrolled=None
        if is_draft
        else frozenset(await programmes.enrolled(connection, workspace_id, programme.id, of=ids)),
        vetoes=await barriers.vetoes(connection, workspace_id),
        earlier=frozenset(
            ()
            if ids is not None
            else await store.lasting_pairs(connection, workspace_id, programme.id)
        ),
        forbids=tuple(await barriers.forbids(connection, workspace_id, programme.id)),
        conflicts=tuple(await barriers.conflicts(connection, workspace_id)),
        histories=await stages.histories(
            connection, workspace_id, member_ids=[m.id for m in members]
        )
        if with_stages
        else {},
    )


def applicants(roll: Roll, *, framework: Framework | None, now: datetime) -> Applicants:
    """Find who stands for a seat: in a draft everybody, then the enrolled. Takes long."""
    programme, everybody, enrolled = roll.programme, roll.members, roll.enrolled
    taking_part = [m for m in everybody if not enrolled or m.id in enrolled]
    present = [m for m in taking_part if not m.is_away(now)]
    away = [m for m in taking_part if m.is_away(now)]
    levels = _levels(roll.histories, present, framework)
    last_day = programme.starts_on + timedelta(days=7 * programme.weeks - 1)
    term, ids = Term(programme.starts_on, last_day), _ids(everybody)
    mentors_of: dict[MemberId, set[MemberId]] = {}
    for mentee, mentor in roll.earlier:
        mentors_of.setdefault(mentee, set()).add(mentor)
    persons = tuple(
        _person(
            m,
            ids,
            term=term,
            level=levels.get(m.id),
            vetoes=roll.vetoes,
            earlier=frozenset(mentors_of.get(m.id, ())),
        )
        for m in present
        if m.roles & PAIRED
    )
    return Applicants(
        members={m.id: m for m in everybody},
        people=persons,
        teams=tuple(teams_of(persons, group_wishes(programme.template, 0.0))),
        forbids=roll.forbids,
        conflicts=roll.conflicts,
        term=term,
        mentees=tuple(m for m in taking_part if m.is_mentee),
        absent=tuple(_absent(m) for m in away if m.is_mentee),
        notes=tuple(_mentor_away(m) for m in away if m.is_mentor and m.capacity),
    )


def group_wishes(template: Template, stage_weight: float) -> GroupWishes:
    """Read a template's wishes about groups."""
    return GroupWishes(
        min_size=template.mentees_per_group_min,
        max_size=template.mentees_per_group_max,
        mentors=template.mentors_per_group,
        stages=template.group_stages,
        stage_weight=stage_weight,
        company=template.group_company,
    )


def _ids(members: Iterable[Member]) -> dict[str, MemberId]:
    """Look up member ids by Slack id and email address, as a roster names people."""
    found: dict[str, MemberId] = {}
    for member in members:
        found[member.slack_user_id] = member.id
        if member.email:
            found[member.email.casefold()] = member.id
    return found


def _person(
    member: Member,
    ids: Mapping[str, MemberId],
    *,
    term: Term,
    level: int | None,
    vetoes: Mapping[MemberId, frozenset[MemberId]],
    earlier: frozenset[MemberId],
) -> Person:
    def known(names: Sequence[str]) -> tuple[str, ...]:
        found = (ids.get(name) or ids.get(name.casefold()) for name in names)
        return tuple(one for one in found if one is not None and one != member.id)

    return Person(
        id=member.id,
        roles=member.roles & PAIRED,
        name=member.name,
        capacity=member.capacity,
        stage=level,
        department=member.department,
        site=member.site,
        utc_offset_minutes=_offset_minutes(member, term),
        interests=frozenset(member.interests),
        languages=frozenset(member.languages),
        prefers=known(member.prefers),
        avoid=frozenset(known(member.avoid)) | vetoes.get(member.id, frozenset()),
        supervised_by=frozenset(known(member.supervised_by)),
        earlier=earlier,
        code_accepted=member.has_accepted_conduct,
    )


def _offset_minutes(member: Member, term: Term) -> int:
    """Count the minutes ahead of UTC at noon of the first day, in the member's zone."""
    noon = datetime.combine(term.starts, time(12), tzinfo=ZoneInfo(member.timezone))
    offset = noon.utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def _levels(
    histories: Mapping[MemberId, History], members: Sequence[Member], framework: Framework | None
) -> dict[MemberId, int]:
    """Find how far along the framework each member is whose stage is on record."""
    if framework is None:
        return {}
    return {
        m.id: framework.position(current_level(framework, histories[m.id], initial=m.stage).name)
        for m in members
        if histories[m.id] or framework.level(m.stage)
    }


def _absent(member: Member) -> Unseated:
    until = f" until {day_and_month(member.paused_until)}" if member.paused_until else ""
    return Unseated(
        mentee=member.id,
        reason=f"They are taking a break{until}.",
        smallest_change="They come back; then match again.",
    )


def _mentor_away(member: Member) -> str:
    return f"{member.name} is taking a break, which closes {plural(member.capacity, 'seat')}."
