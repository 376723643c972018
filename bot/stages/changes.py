"""Claim a stage, answer or withdraw a claim, step back, and ask at the stage's pace."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import ONLY_MENTORS, may_answer_claim
from bot.programme.groups import groups_of_mentee
from bot.programme.model import Programme, ProgrammeState, Use, in_use, monday_of_week
from bot.schedule import store as schedule
from bot.schedule.model import Planned, Weekly
from bot.schedule.rules import instant_of, zone
from bot.stages import rules, store
from bot.stages.model import Framework, History, Level, StageEvent, StageEventKind, subject

CLAIMED = MessageKind.STAGE_CLAIMED
ANSWERED = MessageKind.STAGE_ANSWERED
USEFUL_FOR = timedelta(days=14)
PROMPT = ScheduleKind.CHECKIN_PROMPT
"""The kind under which prompts are scheduled and sent."""


@dataclass(frozen=True, slots=True)
class MenteeStage:
    """A mentee with their programme, its framework, and their history as it was read."""

    member: Member
    programme: Programme
    framework: Framework
    history: History = ()

    @property
    def current(self) -> Level:
        return rules.current_level(self.framework, self.history, initial=self.member.stage)

    def uses_stages(self, now: datetime) -> bool:
        """Say whether their programme runs, and stages have begun in it."""
        is_running = self.programme.state is ProgrammeState.RUNNING
        return is_running and in_use(self.programme, Use.STAGES, now)


async def claim(
    connection: AsyncConnection,
    mentee: MenteeStage,
    *,
    to_level: str,
    evidence: str,
    met: Collection[str] = (),
    now: datetime,
) -> StageEvent:
    """Make a claim and tell the mentors of the group; it counts once one of them confirms it.

    `met` are the exit criteria of the present stage that the mentee says are met. One that a mentor
    asked to talk about is replaced. Raises UserFacing without a mentor or evidence, for a second
    claim, and for a level not above.
    """
    member = mentee.member
    mentors = await mentors_of(connection, member.workspace_id, member.id)
    if not mentors:
        raise UserFacing(
            "You have no mentor yet who could confirm it. Claim it once your group has formed."
        )
    mentee = await _read(connection, mentee)
    level = rules.check_claim(
        mentee.framework, mentee.history, initial=member.stage, to_level=to_level, evidence=evidence
    )
    event = await _write(
        connection,
        mentee,
        kind=StageEventKind.CLAIMED,
        to_level=level.name,
        note=evidence.strip(),
        met=tuple(one for one in mentee.current.exit_criteria if one in met),
        now=now,
    )
    for mentor in await people.members(connection, member.workspace_id, ids=mentors):
        await _tell(connection, event, kind=CLAIMED, to=mentor, now=now)
    return event


async def answer(
    connection: AsyncConnection,
    mentee: MenteeStage,
    *,
    claim_number: int,
    confirm: bool,
    note: str,
    by: MemberId,
    now: datetime,
) -> StageEvent:
    """Confirm a claim, or ask to talk first, which leaves it open; tell the mentee.

    Raises UserFacing for anybody but a mentor of theirs, and for a closed claim.
    """
    workspace_id, member_id = mentee.member.workspace_id, mentee.member.id
    mentors = await mentors_of(connection, workspace_id, member_id)
    if not may_answer_claim(mentors, claimant=member_id, by=by):
        raise UserFacing(ONLY_MENTORS)
    mentee = await _read(connection, mentee)
    level = rules.check_answer(mentee.framework, mentee.history, claim_number=claim_number).to_level
    event = await _write(
        connection,
        mentee,
        kind=StageEventKind.CONFIRMED if confirm else StageEventKind.TALK_FIRST,
        to_level=level,
        note=note.strip(),
        by=by,
        now=now,
    )
    member = await people.member(connection, workspace_id, member_id)
    if member is not None:
        await _tell(connection, event, kind=ANSWERED, to=member, now=now)
        if confirm:
            await plan_prompts(connection, mentee.programme, {member: level}, now=now)
    return event


async def step_back(
    connection: AsyncConnection, mentee: MenteeStage, *, to_level: str, now: datetime
) -> StageEvent:
    """Go back to an earlier stage at once, without a reason; nobody is sent a message about it.

    It closes an open claim. Raises UserFacing when `to_level` is not below.
    """
    mentee = await _read(connection, mentee)
    level = rules.check_step_back(
        mentee.framework, mentee.history, initial=mentee.member.stage, to_level=to_level
    )
    kind = StageEventKind.STEPPED_BACK
    event = await _write(connection, mentee, kind=kind, to_level=level.name, now=now)
    member = await people.member(connection, mentee.member.workspace_id, mentee.member.id)
    if member is not None:
        await plan_prompts(connection, mentee.programme, {member: level.name}, now=now)
    return event


async def withdraw(
    connection: AsyncConnection, mentee: MenteeStage, *, claim_number: int, now: datetime
) -> StageEvent:
    """Take one's open claim back, and what waits to be sent about it; gives the claim."""
    mentee = await _read(connection, mentee)
    claimed = rules.check_answer(mentee.framework, mentee.history, claim_number=claim_number)
    kind = StageEventKind.WITHDRAWN
    await _write(connection, mentee, kind=kind, to_level=claimed.to_level, now=now)
    await delivery.withdraw(
        connection, claimed.workspace_id, subject_id=subject(claimed), kind=CLAIMED, now=now
    )
    return claimed


async def share_again(
    connection: AsyncConnection, mentee: MenteeStage, *, claim_number: int, now: datetime
) -> StageEvent:
    """Make one's open claim anew with the same evidence, for the mentors of now."""
    before = await withdraw(connection, mentee, claim_number=claim_number, now=now)
    level, evidence, met = before.to_level, before.note, before.met
    return await claim(connection, mentee, to_level=level, evidence=evidence, met=met, now=now)


async def mentors_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentee_id: MemberId
) -> frozenset[MemberId]:
    """Find the mentors of all groups in which this member is a mentee."""
    groups = await groups_of_mentee(connection, workspace_id, mentee_id)
    return frozenset(mentor for group in groups for mentor in group.mentors)


async def _tell(
    connection: AsyncConnection, event: StageEvent, *, kind: str, to: Member, now: datetime
) -> None:
    if not to.takes_part:
        return
    about, until = subject(event), now + USEFUL_FOR
    told = Notice(kind, about, to.slack_user_id, f"{kind}:{about}:{to.id}")
    await delivery.enqueue_all(
        connection, event.workspace_id, [told], lane=Lane.PROMPT, now=now, expires_at=until
    )


async def _read(connection: AsyncConnection, mentee: MenteeStage) -> MenteeStage:
    """Read the history anew, within the transaction that adds to it."""
    history = await store.history(connection, mentee.member.workspace_id, mentee.member.id)
    return replace(mentee, history=history)


async def _write(
    connection: AsyncConnection,
    mentee: MenteeStage,
    *,
    kind: StageEventKind,
    to_level: str,
    note: str = "",
    met: tuple[str, ...] = (),
    by: MemberId | None = None,
    now: datetime,
) -> StageEvent:
    """Write the next line of a history, by the member themselves unless `by` another."""
    workspace_id, author = mentee.member.workspace_id, by or mentee.member.id
    await people.must_stay(connection, workspace_id, mentee.member.id, author)
    event = StageEvent(
        workspace_id=workspace_id,
        member_id=mentee.member.id,
        number=mentee.history[-1].number + 1 if mentee.history else 1,
        framework_id=mentee.framework.id,
        kind=kind,
        from_level=mentee.current.name,
        to_level=to_level,
        note=note,
        met=met,
        by=author,
        at=now,
    )
    if not await store.add(connection, event):
        raise UserFacing("Somebody changed this a moment ago. Please look again and repeat it.")
    return event


def first_week(programme: Programme) -> date:
    """Find the Monday of the week in which the programme's check-ins begin."""
    return monday_of_week(programme, programme.template.checkin_first_week)


def opens_on(programme: Programme) -> date:
    """Give the first day on which anybody can be asked."""
    return max(first_week(programme), programme.starts_on)


def asked_at(
    programme: Programme, stage: str, *, tz: str, next_at: datetime | None
) -> datetime | None:
    """Say when the last prompt before `next_at` fell due at `stage` in zone `tz`, if ever."""
    if next_at is None:
        return None
    interval = timedelta(weeks=programme.template.checkin_weeks_for(stage))
    asked_on = local_date(next_at, tz) - interval
    if asked_on < opens_on(programme):
        return None
    return instant_of(asked_on, programme.template.checkin_time, zone(tz))


async def plan_prompts(
    connection: AsyncConnection,
    programme: Programme,
    stages: Mapping[Member, str],
    *,
    now: datetime,
) -> dict[str, datetime | None]:
    """Schedule mentees' prompts by the pace for each stage; returns when each is next asked."""
    return await schedule.put_all(
        connection,
        programme.workspace_id,
        kind=PROMPT,
        planned=[_prompts(member, programme, stage) for member, stage in stages.items()],
        now=now,
    )


def _prompts(member: Member, programme: Programme, stage: str) -> Planned:
    template = programme.template
    return Planned(
        subject_id=member.id,
        rule=Weekly(
            weekday=template.checkin_weekday,
            at=template.checkin_time,
            anchor=first_week(programme),
            every_weeks=template.checkin_weeks_for(stage),
        ),
        tz=member.timezone,
        not_before=instant_of(opens_on(programme), time(0), zone(member.timezone)),
    )
