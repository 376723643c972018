"""Ask both sides of a mentoring relationship how it is, and keep what each says for themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import is_private, known_groups_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import may_rate
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme, Use, in_use, monday_of_week, week_of
from bot.relationship import rules, store
from bot.relationship.model import Domain, Partner, Rating, Side, Wave
from bot.schedule.rules import instant_of, zone
from bot.todos import ToDo, Weight

NOT_OPEN = (
    "This is not open now, so nothing was saved. You are asked at most four times in a programme, "
    "for three weeks each, and find the button on Home then."
)
NOT_YOURS = (
    "You are not in one mentoring group any more, so nothing was saved. Open the Home tab for what "
    "you can do now."
)


def wave_of(programme: Programme | None, now: datetime) -> Wave | None:
    """Say which wave a programme has open, if any."""
    if programme is None or not in_use(programme, Use.RELATIONSHIP, now):
        return None
    return rules.open_wave(week_of(programme, now), weeks=programme.weeks)


async def partners_of(
    connection: AsyncConnection,
    member: Member,
    programme: Programme,
    groups: Iterable[GroupMembers] | None = None,
) -> list[Partner]:
    """Find whom a member mentors, and by whom they are mentored, in a programme; by name.

    `groups` are those that they sit in, as they know them, where they are read already. In the
    first day of a mentee's seat, which is theirs alone, neither side is asked.
    """
    if groups is None:
        groups = await known_groups_of(connection, member.workspace_id, member.id)
    sides: dict[MemberId, tuple[GroupId, Side]] = {}
    for group in groups:
        if group.programme_id == programme.id and member.id in group.mentors:
            sides |= dict.fromkeys(group.mentees, (group.group_id, Side.MENTOR))
        elif group.programme_id == programme.id and member.id in group.mentees:
            sides |= dict.fromkeys(group.mentors, (group.group_id, Side.MENTEE))
    if any(side is Side.MENTEE for _, side in sides.values()):
        its = (connection, member.workspace_id, programme.id, member.id)
        if await is_private(*its):
            sides = {one: each for one, each in sides.items() if each[1] is Side.MENTOR}
    found = await people.members(connection, member.workspace_id, ids=list(sides)) if sides else []
    partners = [
        Partner(member_id=one.id, name=one.name, group_id=sides[one.id][0], side=sides[one.id][1])
        for one in found
        if one.takes_part
    ]
    return sorted(partners, key=lambda one: (one.name.casefold(), one.member_id))


@dataclass(frozen=True, slots=True)
class OpenWave:
    """The wave that is open for a member, everybody they may answer about, and who is left."""

    programme: Programme
    wave: Wave
    partners: Sequence[Partner]
    left: Sequence[Partner]

    def todos(self) -> list[ToDo]:
        """Say, for each side, about whom a member can answer."""
        week = rules.first_weeks(self.programme.weeks)[self.wave]
        day, tz = monday_of_week(self.programme, week), zone(self.programme.timezone)
        return [
            ToDo(
                kind=ToDoKind.RATE_RELATIONSHIPS,
                weight=Weight.CAN_WAIT,
                since=instant_of(day, time(0), tz),
                about=names[0].member_id,
                names=tuple(one.name for one in names),
                what=side,
                count=len(names),
            )
            for side in Side
            if (names := [one for one in self.left if one.side is side])
        ]


async def asked(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    *,
    groups: Iterable[GroupMembers] | None = None,
    now: datetime,
) -> OpenWave | None:
    """Read what a member may answer now; None while no wave is open, or nobody is there."""
    wave = wave_of(programme, now)
    if programme is None or wave is None or not member.takes_part:
        return None
    partners = await partners_of(connection, member, programme, groups)
    if not partners:
        return None
    done = await store.rated(connection, member, programme.id, wave)
    return OpenWave(
        programme, wave, partners, [one for one in partners if one.member_id not in done]
    )


async def put_off(
    connection: AsyncConnection, member: Member, wave: Wave, *, now: datetime
) -> None:
    """Ask a member no more at this wave. Raises UserFacing while it is not open."""
    before = await _asked_at(connection, member, wave, now)
    for one in before.left:
        await store.put(connection, _rating(member, one, before, {}, now))


async def rate(
    connection: AsyncConnection,
    member: Member,
    other_id: MemberId,
    wave: Wave,
    answers: Mapping[Domain, int],
    *,
    now: datetime,
) -> OpenWave:
    """Keep a member's answers about somebody; without any, they were put off.

    Returns what is left to answer. Raises UserFacing while that wave is not open, and for somebody
    who is not the other side of a relationship of theirs at this moment.
    """
    rules.check(answers)
    before = await _asked_at(connection, member, wave, now)
    partners = {one.member_id: one for one in before.partners}
    if not may_rate(member, others=partners, about=other_id):
        raise UserFacing(NOT_YOURS)
    await people.must_stay(connection, member.workspace_id, member.id, other_id)
    await store.put(connection, _rating(member, partners[other_id], before, answers, now))
    left = [one for one in before.left if one.member_id != other_id]
    return OpenWave(before.programme, wave, before.partners, left)


async def _asked_at(
    connection: AsyncConnection, member: Member, wave: Wave, now: datetime
) -> OpenWave:
    programme = await programmes.programme_of(connection, member.workspace_id, member.id)
    found = await asked(connection, member, programme, now=now)
    if found is None or found.wave is not wave:
        raise UserFacing(NOT_OPEN)
    return found


def _rating(
    member: Member, about: Partner, at: OpenWave, answers: Mapping[Domain, int], now: datetime
) -> Rating:
    return Rating(
        workspace_id=member.workspace_id,
        programme_id=at.programme.id,
        wave=at.wave,
        rater_id=member.id,
        other_id=about.member_id,
        group_id=about.group_id,
        side=about.side,
        rated_at=now,
        answers=answers,
    )
