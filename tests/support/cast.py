"""The people of the tests, and the smallest programme they can be in."""

from dataclasses import replace
from datetime import date, time

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.people.model import Member, Role
from bot.programme.model import Group, Milestone, Programme, ProgrammeState, Template

HERE = WorkspaceId("T0CAIRN")
ELSEWHERE = WorkspaceId("T0OTHER")

ALICE = Member(
    id=MemberId("member_alice"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0ALICE"),
    name="Alice",
    email="alice@example.org",
    roles=frozenset({Role.MENTOR}),
    capacity=6,
    timezone="Europe/London",
)
BOB = Member(
    id=MemberId("member_bob"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0BOB"),
    name="Bob",
    email="bob@example.org",
    roles=frozenset({Role.MENTEE}),
    stage="Knows how",
    timezone="America/New_York",
    interests=("cardiology", "teaching"),
    prefers=("U0ALICE",),
)
CAROL = Member(
    id=MemberId("member_carol"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0CAROL"),
    name="Carol",
    email="carol@example.org",
    roles=frozenset({Role.COORDINATOR}),
)
MALLORY = Member(
    id=MemberId("member_mallory"),
    workspace_id=ELSEWHERE,
    slack_user_id=SlackUserId("U0MALLORY"),
    name="Mallory",
    roles=frozenset({Role.COORDINATOR}),
)

OKAFOR = Member(
    id=MemberId("member_okafor"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0OKAFOR"),
    name="Dr Okafor",
    roles=frozenset(),
    timezone="Europe/London",
)
PARK = Member(
    id=MemberId("member_park"),
    workspace_id=HERE,
    slack_user_id=SlackUserId("U0PARK"),
    name="Owen Park",
    roles=frozenset(),
    timezone="Europe/London",
)

TEMPLATE = Template(
    id="year_40",
    name="A year",
    description="Forty weeks.",
    weeks=40,
    framework_id="miller_is",
    instrument_id="pulse_core",
    checkin_every_weeks=2,
    checkin_first_week=2,
    checkin_weekday=0,
    checkin_time=time(9),
    checkin_every_weeks_by_stage=(("Knows", 1),),
    nudge_weekday=0,
    nudge_time=time(9),
    pulse_every_weeks=4,
    pulse_first_week=5,
    pulse_weekday=2,
    pulse_time=time(10),
    pulse_open_days=5,
    mentees_per_group_min=4,
    mentees_per_group_max=8,
    mentors_per_group=1,
    milestones=(
        Milestone(audience=Role.MENTEE, first_week=1, last_week=2, text="Meet your group."),
        Milestone(audience=Role.MENTOR, first_week=0, last_week=1, text="Plan the first meeting."),
    ),
)
PROGRAMME = Programme(
    id=ProgrammeId("programme_year"),
    workspace_id=HERE,
    name="Mentoring 2026",
    template_id=TEMPLATE.id,
    framework_id=TEMPLATE.framework_id,
    state=ProgrammeState.RUNNING,
    starts_on=date(2026, 9, 7),
    weeks=40,
    timezone="Europe/London",
    coordinator_channel="C0COORD",
    crisis_contact="Occupational Health, 020 7946 0000, day and night",
    concern_contact="Dr Okafor, ombudsperson, okafor@example.org",
    concern_person=MemberId("member_okafor"),
    concern_deputy=MemberId("member_park"),
    template=TEMPLATE,
)
GROUP = Group(id=GroupId("group_one"), workspace_id=HERE, programme_id=PROGRAMME.id, name="Group 1")


def elsewhere(member: Member) -> Member:
    """The same ids, in the other workspace."""
    return replace(member, workspace_id=ELSEWHERE, name=f"{member.name} elsewhere")
