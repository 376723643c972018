"""A programme of six mentors and twelve mentees who wrote into every field, most of whom agreed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import store as agreements
from bot.agreements.model import AgreementVersion, Aspect, MentoringPair, PairSide
from bot.checkins import store as checkins
from bot.checkins.rules import (
    Answer,
    Blocker,
    CheckIn,
    CheckInId,
    GoalProgress,
    Reflection,
    Visibility,
)
from bot.closing import store as closing
from bot.closing.model import LookingBack, Thanks, ThanksId
from bot.compass import store as compasses
from bot.compass.model import Compass, CompassId, Occasion, Principle
from bot.goals import store as goals
from bot.goals.model import Goal, GoalDomain, GoalId, GoalNote, GoalStatus, Progress
from bot.groups import store as pairings
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, SlackUserId
from bot.matching.model import Method, Pairing
from bot.meetings import store as meetings
from bot.meetings.model import (
    Meeting,
    MeetingId,
    Mode,
    PlanId,
    PlannedMeeting,
    PlanState,
)
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, ProgrammeState, Seat, Use
from bot.pulse import store as rounds
from bot.pulse.model import (
    Band,
    CellId,
    CellLevel,
    Release,
    Results,
    Round,
    RoundId,
    RoundState,
    Threshold,
)
from bot.relationship import store as relationships
from bot.relationship.model import Domain, Rating, Side, Wave
from bot.research import store
from bot.stages import store as stages
from bot.stages.model import Lens, StageEvent, StageEventKind
from config.catalogue import load_catalogue
from tests.support.cast import ALICE, BOB, CAROL, HERE, PROGRAMME

MARK = "zebra"
"""Stands in whatever anybody wrote in words."""
CATALOGUE = load_catalogue()
TEXT = CATALOGUE.consent
STARTED = datetime.combine(PROGRAMME.starts_on, datetime.min.time(), UTC) + timedelta(hours=12)
NOW = STARTED + timedelta(weeks=10)
STUDY = replace(
    PROGRAMME,
    name=f"Year of {MARK}",
    state=ProgrammeState.RUNNING,
    template=replace(PROGRAMME.template, uses=tuple((use, 1) for use in Use)),
)
MENTORS = tuple(
    replace(
        ALICE,
        id=MemberId(f"mentor_{n}"),
        slack_user_id=SlackUserId(f"U0MENTOR{n}"),
        name=f"Dr {MARK} {n}",
        email=f"{MARK}{n}@example.org",
    )
    for n in range(6)
)
MENTEES = tuple(
    replace(
        BOB,
        id=MemberId(f"mentee_{n}"),
        slack_user_id=SlackUserId(f"U0MENTEE{n}"),
        name=f"{MARK} the {n}th",
        email=f"{MARK}.{n}@example.org",
        department=MARK,
        interests=(MARK,),
        stage="Knows how" if n % 2 else "Does",
        prefers=(MENTORS[n % 6].slack_user_id,),
        avoid=(MENTORS[(n + 1) % 6].slack_user_id,),
    )
    for n in range(12)
)
SAID_NO, NEVER_SAID = MENTEES[10], MENTEES[11]
AGREED = (*MENTORS, *MENTEES[:10])


def pairing(n: int) -> Pairing:
    """The pairing of a mentee, by their number."""
    return Pairing(
        id=f"pairing_{n}",
        workspace_id=HERE,
        programme_id=STUDY.id,
        group_id=GroupId(f"group_{n % 6}"),
        mentee_id=MENTEES[n].id,
        mentor_id=MENTORS[n % 6].id,
        method=Method.PROPOSED,
        score=1.0,
        reason=f"You share {MARK}.",
        started_at=STARTED,
    )


async def fill(database: Database) -> None:
    """Keep everybody, with something in every field, and ten weeks of a programme."""
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [CAROL, *MENTORS, *MENTEES])
        await programmes.put_programme(connection, HERE, STUDY)
        groups = [
            Group(
                id=GroupId(f"group_{n}"),
                workspace_id=HERE,
                programme_id=STUDY.id,
                name=f"Group {MARK}",
                slack_channel=f"C0{MARK.upper()}{n}",
            )
            for n in range(6)
        ]
        seats = [Seat(groups[n].id, one.id, Role.MENTOR) for n, one in enumerate(MENTORS)]
        seats += [Seat(groups[n % 6].id, one.id, Role.MENTEE) for n, one in enumerate(MENTEES)]
        await programmes.put_groups(connection, HERE, STUDY.id, groups, seats)
        await pairings.add_pairings(connection, HERE, [pairing(n) for n in range(12)])
        for n, one in enumerate(MENTEES):
            await _write(connection, one, n)
        for n in range(6):
            await _meet(connection, n)
        await _publish(connection)
        for one in AGREED:
            await store.add_answer(connection, one, TEXT, is_yes=True, now=NOW)
        await store.add_answer(connection, SAID_NO, TEXT, is_yes=False, now=NOW)


async def _write(connection: AsyncConnection, one: Member, n: int) -> None:
    its: dict[str, Any] = {"workspace_id": HERE, "member_id": one.id, "programme_id": STUDY.id}
    for number, visibility in enumerate(Visibility):
        entry = Reflection(
            answers=tuple(Answer(lens, f"{MARK}?", f"{MARK} {lens}") for lens in Lens),
            confidence=7,
            blocker=Blocker.INSTITUTION,
            wish=MARK,
            goals=(GoalProgress("goal", MARK, Progress.MOVED, True),),
            wellbeing=2,
            visibility=visibility,
        )
        at = STARTED + timedelta(weeks=2 * number + 2)
        await checkins.add(
            connection,
            CheckIn(
                **its,
                id=CheckInId(f"checkin_{n}_{number}"),
                group_id=GroupId(f"group_{n % 6}"),
                framework_id=STUDY.framework_id,
                stage="Knows how",
                entry=entry,
                written_at=at,
                shared_at=at,
            ),
        )
    for number, shared_at in enumerate((None, STARTED)):
        goal = Goal(
            **its,
            id=GoalId(f"goal_{n}_{number}"),
            status=GoalStatus.DONE,
            due_on=NOW.date(),
            set_at=STARTED,
            shared_at=shared_at,
            title=f"{MARK} goal",
            next_step=MARK,
            domain=GoalDomain.TEACHING,
            importance=4,
        )
        await goals.add(connection, goal)
        note = GoalNote(number=1, at=NOW, confidence=6, progress=Progress.MOVED, step_done=MARK)
        await goals.add_note(connection, goal, note)
    for number, kind in enumerate((StageEventKind.CLAIMED, StageEventKind.CONFIRMED), 1):
        event = StageEvent(
            workspace_id=HERE,
            member_id=one.id,
            number=number,
            framework_id=STUDY.framework_id,
            kind=kind,
            from_level="Knows how",
            to_level="Shows how",
            note=f"{MARK} evidence",
            met=(MARK,),
            by=one.id,
            at=STARTED + timedelta(weeks=5),
        )
        await stages.add(connection, event)
    await compasses.add(
        connection,
        Compass(
            **its,
            id=CompassId(f"compass_{n}"),
            phase=Occasion.START,
            written_at=STARTED,
            principles=(Principle(number=1, text=f"{MARK} principle", note=MARK),),
        ),
    )
    await closing.put_looking_back(
        connection, LookingBack(**its, changed=MARK, next_network=MARK, written_at=NOW)
    )
    await closing.add_thanks(
        connection,
        Thanks(
            **its,
            id=ThanksId(f"thanks_{n}"),
            to_member_id=MENTORS[n % 6].id,
            text=f"{MARK} thanks",
            sent_at=NOW,
        ),
    )
    await _relate(connection, one, n)


async def _relate(connection: AsyncConnection, one: Member, n: int) -> None:
    mentor = MENTORS[n % 6]
    for rater, other, side in ((one, mentor, Side.MENTEE), (mentor, one, Side.MENTOR)):
        rating = Rating(
            workspace_id=HERE,
            programme_id=STUDY.id,
            wave=Wave.T0,
            rater_id=rater.id,
            other_id=other.id,
            group_id=GroupId(f"group_{n % 6}"),
            side=side,
            rated_at=STARTED + timedelta(weeks=1),
            answers={Domain.TRUST: 1 + n % 7, Domain.OVERALL: 7},
        )
        await relationships.put(connection, rating)
    pair = MentoringPair(
        pairing_id=f"pairing_{n}",
        workspace_id=HERE,
        programme_id=STUDY.id,
        group_id=GroupId(f"group_{n % 6}"),
        mentee_id=one.id,
        mentor_id=mentor.id,
        mentee_name=one.name,
        mentor_name=mentor.name,
        started_at=STARTED,
        ended_at=None,
    )
    said = {Aspect.GOALS: MARK, Aspect.FREQUENCY: "weekly", Aspect.OFF_LIMITS: MARK}
    await agreements.put_side(connection, pair, PairSide.MENTEE, said, now=STARTED)
    other_said = said | {Aspect.FREQUENCY: "monthly"}
    await agreements.put_side(connection, pair, PairSide.MENTOR, other_said, now=STARTED)
    version = AgreementVersion(
        number=1,
        revision=1,
        written_by=PairSide.MENTEE,
        written_at=STARTED,
        confirmed=frozenset({PairSide.MENTEE}),
    )
    await agreements.add_version(connection, pair, version, said)
    at = STARTED + timedelta(weeks=3)
    await agreements.confirm(connection, pair, version, PairSide.MENTOR, now=at)


async def _meet(connection: AsyncConnection, n: int) -> None:
    group = GroupId(f"group_{n}")
    held = Meeting(
        id=MeetingId(f"meeting_{n}"),
        workspace_id=HERE,
        programme_id=STUDY.id,
        group_id=group,
        held_on=(STARTED + timedelta(weeks=1)).date(),
        mode=Mode.VIDEO,
        length=None,
        minutes=45,
        mentees=frozenset({MENTEES[n].id, MENTEES[n + 6].id}),
        mentors=frozenset({MENTORS[n].id}),
        recorded_by=MENTORS[n].id,
        recorded_at=NOW,
    )
    await meetings.add(connection, held)
    plan = PlannedMeeting(
        id=PlanId(f"plan_{n}"),
        workspace_id=HERE,
        programme_id=STUDY.id,
        group_id=group,
        minutes=30,
        state=PlanState.MISSED,
        offered_by=MENTORS[n].id,
        offered_at=STARTED,
        starts_at=STARTED + timedelta(weeks=4),
        changed_at=STARTED,
    )
    await meetings.put_plan(connection, plan)


async def _publish(connection: AsyncConnection) -> None:
    instrument = CATALOGUE.instruments["safety"]
    for number, state in enumerate((RoundState.RELEASED, RoundState.OPEN)):
        round_ = Round(
            id=RoundId(f"round_{number}"),
            workspace_id=HERE,
            programme_id=STUDY.id,
            state=state,
            opens_at=STARTED + timedelta(weeks=4 * number + 2),
            closes_at=STARTED + timedelta(weeks=4 * number + 3),
            instrument=instrument,
            items=(instrument.items[0].id,),
            threshold=Threshold(),
            cell_level=CellLevel.GROUP,
        )
        await rounds.put_round(connection, round_, (), before={}, terms_code=b"")
        results = Results(
            (),
            (Release(CellId("group_0"), instrument.items[0].id, Band.HIGH),),
            (f"{MARK} comment",),
        )
        await rounds.put_results(connection, round_.id, results, released_on=NOW.date())
