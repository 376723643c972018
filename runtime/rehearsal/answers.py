"""The people of a rehearsal: they do what they are asked, as often as they are said to."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import use_cases as checkins
from bot.checkins.prompts import current_ask
from bot.checkins.rules import Reflection, Visibility, writing_seat
from bot.checkins.store import writer_of
from bot.checkins.use_cases import CheckInForm
from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.kernel.clock import local_date
from bot.kernel.database import rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.meetings import use_cases as meetings
from bot.meetings.use_cases import Attendance
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Seat, Use, in_use, week_of
from bot.rehearsal.model import Rates
from bot.schedule.rules import instant_of, zone
from bot.stages import changes
from bot.stages.changes import MenteeStage
from bot.stages.rules import level_after, levels_to_claim
from bot.stages.store import history as history_of
from runtime.rehearsal.services import Rehearsing

ACT_AT = time(18)
"""When people do on each day what they were asked to, by the programme's clocks."""
SHARED = {Visibility.GROUP: 10, Visibility.MENTOR: 70}
"""Of a hundred check-ins, those for the group, and for the mentor; the others are kept."""
MEETS_EVERY_WEEKS = 4
CLAIM_WEEKS = 8
"""Within so many weeks after stages begin, a mentee may claim one."""


def chance(seed: int, *about: object) -> float:
    """Give a number from 0 to 100 that depends on the seed and what it is about alone."""
    drawn = random.Random(f"{seed}:{':'.join(map(str, about))}")  # noqa: S311 - nothing is secret
    return drawn.random() * 100


@dataclass(slots=True)
class Crowd:
    """All who take part. `done` counts what they did; `seed` decides who does what."""

    on: Rehearsing
    rates: Rates
    seed: int
    workspace_id: WorkspaceId
    done: Counter[str] = field(default_factory=Counter)
    _acted_at: datetime | None = None
    _next_at: datetime | None = None
    _mentees: Sequence[Member] = ()

    async def accept_conduct(self, *, now: datetime) -> None:
        """Let people accept the code of conduct, those who have not."""
        async with self.on.database.writing() as connection:
            everybody = await people.members(connection, self.workspace_id)
            accepting = [
                replace(one, conduct_accepted_at=now)
                for one in everybody
                if one.roles
                and one.conduct_accepted_at is None
                and self._does("conduct", one.slack_user_id)
            ]
            await people.put_members(connection, self.workspace_id, accepting)
        self.done["conduct"] += len(accepting)

    def next_at(self, now: datetime) -> datetime:
        """Say when they act next, after `now`."""
        return self._next_at or now + timedelta(days=1)

    async def act(self, programme: Programme, *, now: datetime) -> None:
        """Do once a day what was asked since the last time."""
        if self._next_at is not None and now < self._next_at:
            return
        there = zone(programme.timezone)
        day = local_date(now, programme.timezone)
        today_at = instant_of(day, ACT_AT, there)
        self._next_at = (
            today_at if now < today_at else instant_of(day + timedelta(days=1), ACT_AT, there)
        )
        since, self._acted_at = self._acted_at, now
        if since is None or day.weekday() > 4:
            self._acted_at = since or now
            return
        async with self.on.database.writing() as connection:
            current = await programmes.programme(connection, self.workspace_id, programme.id)
            if current is None or current.state is not ProgrammeState.RUNNING:
                return
            asked = await self._asked(connection, since, now)
            await self._write(connection, asked[MessageKind.CHECKIN_PROMPT], now=now)
            claims = asked[MessageKind.STAGE_CLAIMED]
            await self._answer_claims(connection, current, claims, now=now)
            await self._claim(connection, current, now=now)
            await self._meet(connection, current, now=now)
        self.on.jobs.dispatcher.nudge()

    def _does(self, what: str, *about: object) -> bool:
        rate: int = getattr(self.rates, what)
        return chance(self.seed, what, *about) < rate

    async def _asked(
        self, connection: AsyncConnection, since: datetime, now: datetime
    ) -> dict[MessageKind, list[tuple[str, str]]]:
        """Find who was sent a prompt or a claim, and what about."""
        kinds = (MessageKind.CHECKIN_PROMPT, MessageKind.STAGE_CLAIMED)
        query = (
            sa.select(outbox.c.kind, outbox.c.recipient, outbox.c.subject_id)
            .where(
                rows_of(outbox, self.workspace_id, kind=list(kinds)),
                outbox.c.state == str(OutboxState.SENT),
                outbox.c.claimed_at > since,
                outbox.c.claimed_at <= now,
            )
            .order_by(outbox.c.recipient, outbox.c.subject_id)
        )
        found: dict[MessageKind, list[tuple[str, str]]] = {kind: [] for kind in kinds}
        for row in await connection.execute(query):
            found[MessageKind(row.kind)].append((row.recipient, row.subject_id))
        return found

    async def _write(
        self, connection: AsyncConnection, asked: Sequence[tuple[str, str]], *, now: datetime
    ) -> None:
        """Write check-ins."""
        for recipient, _subject in asked:
            if self._does("checkins", recipient, now.date()):
                await self._check_in(connection, SlackUserId(recipient), now=now)

    async def _check_in(
        self, connection: AsyncConnection, who_id: SlackUserId, *, now: datetime
    ) -> None:
        who = await writer_of(connection, self.workspace_id, who_id)
        seat = writing_seat(who) if who else None
        if who is None or seat is None:
            return
        framework = self.on.services.framework(seat.framework_id)
        level = level_after(framework, seat.moved_to, initial=who.initial_stage)
        ask, _ = current_ask(who, framework, level, now=now)
        drawn = chance(self.seed, "shared", who_id, now.date())
        shares = next((one for one, limit in SHARED.items() if drawn < limit), Visibility.ONLY_ME)
        form = CheckInForm(
            programme_id=seat.programme_id,
            group_id=seat.group_id,
            mentors=await self._named_in(connection, who.member_id, shares),
            ask=ask,
        )
        try:
            async with connection.begin_nested():
                await checkins.save(
                    connection,
                    self.workspace_id,
                    slack_user_id=who_id,
                    form=form,
                    entry=Reflection(confidence=int(drawn // 10), visibility=shares),
                    form_key=f"{who_id}:{now.isoformat()}",
                    now=now,
                )
        except UserFacing:  # a group that is still private, say: nothing is written
            return
        self.done["checkins"] += 1

    async def _named_in(
        self, connection: AsyncConnection, member_id: MemberId, shares: Visibility
    ) -> frozenset[MemberId]:
        """Find the mentors of whom a form speaks; where all is kept it makes no difference."""
        if shares is Visibility.ONLY_ME:
            return frozenset()
        return await changes.mentors_of(connection, self.workspace_id, member_id)

    async def _claim(
        self, connection: AsyncConnection, programme: Programme, *, now: datetime
    ) -> None:
        """Let those mentees claim a stage whose day it is."""
        if not in_use(programme, Use.STAGES, now):
            return
        first = dict(programme.template.uses)[Use.STAGES]
        day = (week_of(programme, now) - first) * 5 + local_date(now, programme.timezone).weekday()
        for one in await self._every_mentee(connection):
            its_day = int(chance(self.seed, "day", one.slack_user_id) * CLAIM_WEEKS * 5 / 100)
            if its_day == day and self._does("claims", one.slack_user_id):
                await self._claim_next(connection, programme, one, now=now)

    async def _every_mentee(self, connection: AsyncConnection) -> Sequence[Member]:
        """Read the mentees once: nobody joins or leaves."""
        if not self._mentees:
            its = (connection, self.workspace_id)
            self._mentees = await people.members(*its, roles=[Role.MENTEE])
        return self._mentees

    async def _claim_next(
        self, connection: AsyncConnection, programme: Programme, one: Member, *, now: datetime
    ) -> None:
        mentee = await self._stage_of(connection, programme, one.id)
        above = levels_to_claim(mentee.framework, mentee.current)
        if not above:
            return
        try:
            async with connection.begin_nested():
                to_level, evidence = above[0].name, "Made up."
                await changes.claim(
                    connection, mentee, to_level=to_level, evidence=evidence, now=now
                )
        except UserFacing:  # without a seat, say: nothing is claimed
            return
        self.done["claims"] += 1

    async def _stage_of(
        self, connection: AsyncConnection, programme: Programme, member_id: MemberId
    ) -> MenteeStage:
        [member] = await people.members(connection, self.workspace_id, ids=[member_id])
        framework = self.on.services.framework(programme.framework_id)
        history = await history_of(connection, self.workspace_id, member_id)
        return MenteeStage(member, programme, framework, history)

    async def _answer_claims(
        self,
        connection: AsyncConnection,
        programme: Programme,
        asked: Sequence[tuple[str, str]],
        *,
        now: datetime,
    ) -> None:
        """Let mentors confirm what they were told of."""
        for recipient, about in asked:
            if not self._does("mentors", recipient, about):
                continue
            member_id, _, number = about.partition(":")
            mentee = await self._stage_of(connection, programme, MemberId(member_id))
            mentor = await people.member_by_slack_id(
                connection, self.workspace_id, SlackUserId(recipient)
            )
            if mentor is None:
                continue
            try:
                async with connection.begin_nested():
                    await changes.answer(
                        connection,
                        mentee,
                        claim_number=int(number),
                        confirm=True,
                        note="",
                        by=mentor.id,
                        now=now,
                    )
            except UserFacing:  # another mentor did: nothing is left to answer
                continue
            self.done["mentors"] += 1

    async def _meet(
        self, connection: AsyncConnection, programme: Programme, *, now: datetime
    ) -> None:
        """Let groups meet every few weeks, each in its own week and on its own weekday."""
        if not in_use(programme, Use.MEETINGS, now):
            return
        today = local_date(now, programme.timezone)
        for group in await programmes.groups(connection, self.workspace_id, programme.id):
            its_day = int(chance(self.seed, "meets", group.name) * MEETS_EVERY_WEEKS * 5 / 100)
            days = (week_of(programme, now) - 1) * 5 + today.weekday()
            if days % (MEETS_EVERY_WEEKS * 5) == its_day and self._does(
                "meetings", group.name, today
            ):
                its = await programmes.seats(
                    connection, self.workspace_id, programme.id, group_id=group.id
                )
                await self._hold(connection, group.id, its, today, now=now)

    async def _hold(
        self,
        connection: AsyncConnection,
        group_id: GroupId,
        seats: Sequence[Seat],
        today: date,
        *,
        now: datetime,
    ) -> None:
        mentees = frozenset(one.member_id for one in seats if one.role is Role.MENTEE)
        others = [one for one in seats if one.role is not Role.MENTEE]
        leads = sorted((one.role is not Role.MENTOR, one.member_id) for one in others)
        if not mentees or not leads:
            return
        [mentor] = await people.members(connection, self.workspace_id, ids=[leads[0][1]])
        told = Attendance(held_on=today, mentees={group_id: mentees})
        try:
            async with connection.begin_nested():
                await meetings.record(
                    connection, mentor, told, form_key=f"{group_id}:{today}", now=now
                )
        except UserFacing:  # a group that is still private, say
            return
        self.done["meetings"] += 1
