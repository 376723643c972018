"""See the members of a programme as the matching does."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kernel.words import day_and_month, plural
from bot.matching import exclusions as barriers
from bot.matching import store
from bot.matching.model import Conflict, GroupWishes, MentorTeam, Pair, Person, Term, Unseated
from bot.matching.rules.candidates import teams_of
from bot.matching.rules.scoring import in_order, kept_apart
from bot.people import store as people
from bot.people.model import NAMING_PEOPLE, PAIRED, Member
from bot.people.roster_cells import is_surely_id, shown
from bot.people.roster_people import BARRIERS, KnownPeople
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Template
from bot.stages import store as stages
from bot.stages.model import Framework, History
from bot.stages.rules import current_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicants:
    """The question to the engine, and all `mentees` who belong to the programme.

    `apart` are pairs of members, away or not, who by what is on record must not share a group.
    Wishes given in confidence are not among them: see `bot.groups.joining`.
    `unclear` are members with a barrier that names nobody who is known: they get no new seat.
    `absent` are mentees who are away, `notes` name such mentors.
    """

    members: Mapping[str, Member]
    people: tuple[Person, ...]
    teams: tuple[MentorTeam, ...]
    forbids: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]
    term: Term
    mentees: tuple[Member, ...] = ()
    apart: frozenset[Pair] = frozenset()
    unclear: frozenset[str] = frozenset()
    absent: tuple[Unseated, ...] = ()
    notes: tuple[str, ...] = ()
    with_stages: bool = False

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
    earlier: frozenset[tuple[MemberId, MemberId]]
    forbids: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]
    histories: Mapping[MemberId, History]
    spellings: Mapping[str, MemberId] = field(default_factory=dict)
    """The people whom wishes and barriers name in another way than by Slack id."""

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
        spellings=await _spellings(connection, members),
        enrolled=None
        if is_draft
        else frozenset(await programmes.enrolled(connection, workspace_id, programme.id, of=ids)),
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


async def _spellings(
    connection: AsyncConnection, members: Sequence[Member]
) -> Mapping[str, MemberId]:
    """Find whom the members' wishes and barriers name by address or name; few do.

    Everybody is looked at for that, whether they take part or not.
    """
    texts = {
        text
        for member in members
        for column in NAMING_PEOPLE
        for text in getattr(member, column)
        if not is_surely_id(text)
    }
    if not texts:
        return {}
    everybody = await people.members(connection, members[0].workspace_id)
    known, ids = KnownPeople("among the members"), {one.slack_user_id: one.id for one in everybody}
    for one in everybody:
        known.add(one.slack_user_id, name=one.name, email=one.email)
    named = {text: known.find(text) for text in texts}
    return {
        text: ids[SlackUserId(next(iter(found)))]
        for text, found in named.items()
        if len(found) == 1
    }


def refuse_unclear(roll: Roll) -> None:
    """Stop where it is not clear whom a barrier names: nobody may be matched past it.

    A Slack id of somebody who takes no part is clear. Raises UserFacing.
    """
    sentences = [f"{one.name}: {column} says {shown(text)}" for one, column, text in _unclear(roll)]
    if sentences:
        more = f" And {len(sentences) - 5} more." if len(sentences) > 5 else ""
        raise UserFacing(
            "It is not clear who must not be matched with whom, so nobody was matched. "
            f"{'; '.join(sentences[:5])}.{more} Import a list that names these people by address "
            "or Slack id, or says “-” in that column; then try again."
        )


def _unclear(roll: Roll) -> Iterator[tuple[Member, str, str]]:
    """Find barriers that name nobody who is known: whose they are, the column and the text."""
    for member in roll.members:
        for column in BARRIERS if member.roles & PAIRED else ():
            for text in getattr(member, column):
                if text not in roll.spellings and not is_surely_id(text):
                    yield member, column, text


def barred_on_record(roll: Roll) -> frozenset[Pair]:
    """Give the pairs who by what is on record must not meet: lists, conflicts, what is forbidden.

    Wishes given in confidence are not among them.
    """
    term = _term(roll.programme)
    ids: dict[str, MemberId] = {**roll.spellings}
    ids |= {one.slack_user_id: one.id for one in roll.members}
    on_record = [
        _person(m, ids, term=term, level=None, earlier=frozenset())
        for m in roll.members
        if m.roles & PAIRED
    ]
    apart = kept_apart(on_record, conflicts=roll.conflicts, term=term)
    return apart | {in_order(*pair) for pair in roll.forbids}


def unclear_in(roll: Roll) -> frozenset[MemberId]:
    """Find the members with a barrier that names nobody who is known."""
    return frozenset(member.id for member, *_ in _unclear(roll))


def _term(programme: Programme) -> Term:
    last_day = programme.starts_on + timedelta(days=7 * programme.weeks - 1)
    return Term(programme.starts_on, last_day)


def applicants(roll: Roll, *, framework: Framework | None, now: datetime) -> Applicants:
    """Find who stands for a seat: in a draft everybody, then the enrolled. Takes long."""
    programme, everybody, enrolled = roll.programme, roll.members, roll.enrolled
    by_slack_id: dict[str, MemberId] = {one.slack_user_id: one.id for one in everybody}
    taking_part = [m for m in everybody if not enrolled or m.id in enrolled]
    present = [m for m in taking_part if not m.is_away(now)]
    away = [m for m in taking_part if m.is_away(now)]
    levels = _levels(roll.histories, present, framework)
    term, ids = _term(programme), {**roll.spellings, **by_slack_id}
    mentors_of: dict[MemberId, set[MemberId]] = {}
    for mentee, mentor in roll.earlier:
        mentors_of.setdefault(mentee, set()).add(mentor)
    on_record = [
        _person(
            m,
            ids,
            term=term,
            level=levels.get(m.id),
            earlier=frozenset(mentors_of.get(m.id, ())),
        )
        for m in everybody
        if m.roles & PAIRED
    ]
    apart = kept_apart(on_record, conflicts=roll.conflicts, term=term)
    here = {m.id for m in present}
    persons = tuple(p for p in on_record if p.id in here)
    return Applicants(
        members={m.id: m for m in everybody},
        people=persons,
        teams=tuple(teams_of(persons, group_wishes(programme.template, 0.0), apart)),
        apart=apart,
        forbids=roll.forbids,
        conflicts=roll.conflicts,
        term=term,
        mentees=tuple(m for m in taking_part if m.is_mentee),
        unclear=unclear_in(roll),
        with_stages=framework is not None,
        absent=tuple(_absent(m) for m in away if m.is_mentee),
        notes=tuple(_mentor_away(m) for m in away if m.is_mentor and m.capacity),
    )


def digests_of(field: Applicants, template: Template) -> dict[str, str]:
    """Sum up, by kind, what a proposal is made from."""
    found = sorted((p for p in field.people if p.code_accepted), key=lambda p: p.id)
    fit: list[object] = [
        asdict(replace(p, name="", roles=frozenset(), capacity=0, stage=None, avoid=frozenset()))
        for p in found
    ]
    kinds: dict[str, object] = {
        "people": [p.id for p in found],
        "offers": [(p.id, p.roles, p.capacity) for p in found],
        "fit": [*fit, *sorted(field.forbids), *map(asdict, field.conflicts), asdict(field.term)],
        "wishes": asdict(group_wishes(template, 0.0)),
    }
    if field.with_stages:
        kinds["stages"] = [(p.id, p.stage) for p in found]
    return {kind: _digest(facts) for kind, facts in kinds.items()}


def _digest(facts: object) -> str:
    def plain(one: Any) -> object:
        return sorted(one) if isinstance(one, frozenset) else str(one)

    text = json.dumps(facts, default=plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def _person(
    member: Member,
    ids: Mapping[str, MemberId],
    *,
    term: Term,
    level: int | None,
    earlier: frozenset[MemberId],
) -> Person:
    def known(names: Sequence[str]) -> tuple[str, ...]:
        found = map(ids.get, names)
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
        avoid=frozenset(known(member.avoid)),
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
