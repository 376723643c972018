"""List what is kept about a member: in which tables, how long, and what of it is theirs to have.

Every table of Cairn stands here, in HOLDINGS or in LEFT_OUT with a reason: a test compares the two
lists with the tables there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.agreements import store as agreements
from bot.agreements import tables as of_agreements
from bot.announcements import store as announcements
from bot.announcements.tables import announcement
from bot.audit.tables import audit_entry
from bot.checkins import replies
from bot.checkins import store as checkins
from bot.checkins import tables as of_checkins
from bot.closing import store as closing
from bot.closing import tables as of_closing
from bot.community import store as community
from bot.community import tables as of_community
from bot.compass import store as compasses
from bot.compass import tables as of_compass
from bot.course.tables import course_change
from bot.delivery import tables as of_delivery
from bot.errands.tables import errand
from bot.goals import store as goals
from bot.goals import tables as of_goals
from bot.inbox.tables import inbox
from bot.keys.sealed import SealedRows
from bot.matching import tables as of_matching
from bot.meetings import tables as of_meetings
from bot.nudges import tables as of_nudges
from bot.peers.tables import peer_seat
from bot.people import tables as of_people
from bot.profiles import store as profiles
from bot.profiles.tables import profile_table
from bot.programme import tables as of_programme
from bot.pulse import tables as of_pulse
from bot.relationship import store as relationships
from bot.relationship.tables import rating_table
from bot.research.tables import consent_answer
from bot.schedule import tables as of_schedule
from bot.stages import store as stages
from bot.stages.tables import stage_event
from bot.training.tables import mentor_training, training_attendance


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A table with rows of members. `whose` are columns of which one has the member's id.

    `by_account`: these columns have their Slack id instead. `within` says that the rows belong to
    rows of another table that are theirs: our column, that table, its column. `hides` are columns
    that are secret, somebody else's or mean nothing; `sealed` opens words that are theirs to read.
    """

    title: str
    table: sa.Table
    whose: tuple[str, ...] = ("member_id",)
    by_account: bool = False
    within: "tuple[str, Holding, str] | None" = None
    hides: tuple[str, ...] = ()
    sealed: SealedRows | None = None
    only: Mapping[str, str] = field(default_factory=dict)


_CHECKINS = Holding(
    title="Check-ins",
    table=of_checkins.checkin,
    sealed=checkins.SEALED,
)
_GOALS = Holding(title="Goals", table=of_goals.goal, sealed=goals.SEALED)
_AT_MEETINGS = Holding(
    title="Meetings where you were as a mentee", table=of_meetings.meeting_mentee
)
_LED_MEETINGS = Holding(
    title="Meetings where you were as a mentor", table=of_meetings.meeting_mentor
)
_SEATS = Holding(title="Seats in groups", table=of_programme.seat_table)
_ENROLMENTS = Holding(title="Programmes", table=of_programme.enrolment_table)
_TRAINING = Holding(title="Training as a mentor: that you took part", table=training_attendance)
_BOTH = ("mentee_id", "mentor_id")

HOLDINGS: tuple[Holding, ...] = (
    Holding(title="You", table=of_people.member_table, whose=("id",)),
    Holding(title="What Slack says that does not fit", table=of_people.misfit),
    Holding(title="Codes of conduct that you accepted", table=of_people.conduct_acceptance),
    Holding(
        title="Private addresses (their secrets are not kept)",
        table=of_people.private_link,
        hides=("secret_hash",),
    ),
    Holding(title="Profile", table=profile_table, sealed=profiles.SEALED),
    _ENROLMENTS,
    Holding(
        title="The programmes themselves",
        table=of_programme.programme_table,
        whose=(),
        within=("id", _ENROLMENTS, "programme_id"),
        hides=("template", "coordinator_channel", "channel_confirmed", "channel_problem"),
    ),
    _SEATS,
    Holding(
        title="Your groups",
        table=of_programme.group_table,
        whose=(),
        within=("id", _SEATS, "group_id"),
    ),
    Holding(
        title="Pairings",
        table=of_matching.pairing_table,
        whose=_BOTH,
        hides=("score", "reason"),
    ),
    Holding(title="Waiting for a group", table=of_matching.waitlist_table),
    Holding(title="When you are asked", table=of_schedule.schedule, whose=("subject_id",)),
    Holding(title="Breaks", table=of_schedule.schedule_rest, whose=("subject_id",)),
    Holding(title="Your own rhythm", table=of_schedule.schedule_choice, whose=("subject_id",)),
    Holding(
        title="Your hours",
        table=of_delivery.delivery_rhythm,
        whose=("recipient",),
        by_account=True,
    ),
    _CHECKINS,
    Holding(
        title="What mentors wrote back to you",
        table=of_checkins.checkin_reply,
        whose=(),
        within=("checkin_id", _CHECKINS, "id"),
        sealed=replies.SEALED,
    ),
    Holding(
        title="What you wrote back",
        table=of_checkins.checkin_reply,
        sealed=replies.SEALED,
    ),
    Holding(
        title="How many check-ins you wrote, and what you were asked",
        table=of_checkins.checkin_turn,
    ),
    Holding(
        title="Claims and stages, with the words to them",
        table=stage_event,
        sealed=stages.SEALED,
    ),
    Holding(
        title="Claims of others that you answered",
        table=stage_event,
        whose=("by_member_id",),
        hides=("key_id", "sealed"),
    ),
    _GOALS,
    Holding(
        title="Notes on goals",
        table=of_goals.goal_note,
        whose=(),
        within=("goal_id", _GOALS, "id"),
        sealed=goals.SEALED_NOTES,
    ),
    Holding(title="Compass", table=of_compass.compass_table, sealed=compasses.SEALED),
    Holding(title="Compass, put off", table=of_compass.compass_put_off),
    Holding(
        title="What you expect of mentoring, as a mentee",
        table=of_agreements.agreement_side,
        whose=("mentee_id",),
        sealed=agreements.SEALED_SIDES,
        only={"side": "mentee"},
    ),
    Holding(
        title="What you expect of mentoring, as a mentor",
        table=of_agreements.agreement_side,
        whose=("mentor_id",),
        sealed=agreements.SEALED_SIDES,
        only={"side": "mentor"},
    ),
    Holding(
        title="Agreements",
        table=of_agreements.agreement,
        whose=_BOTH,
        sealed=agreements.SEALED_TEXTS,
    ),
    Holding(
        title="Lines of charters that you wrote",
        table=of_community.charter_line,
        whose=("author_id",),
        sealed=community.SEALED,
    ),
    Holding(title="Your word on charters", table=of_community.charter_stance),
    Holding(title="Training as a peer-mentor", table=of_community.peer_training),
    _TRAINING,
    Holding(
        title="Training as a mentor",
        table=mentor_training,
        whose=(),
        within=("id", _TRAINING, "training_id"),
    ),
    Holding(
        title="Answers about mentoring",
        table=rating_table,
        whose=("rater_id",),
        sealed=relationships.SEALED,
    ),
    _AT_MEETINGS,
    _LED_MEETINGS,
    Holding(
        title="The meetings where you were as a mentee",
        table=of_meetings.meeting,
        whose=(),
        within=("id", _AT_MEETINGS, "meeting_id"),
    ),
    Holding(
        title="The meetings where you were as a mentor",
        table=of_meetings.meeting,
        whose=(),
        within=("id", _LED_MEETINGS, "meeting_id"),
    ),
    Holding(title="Meetings that were not as noted", table=of_meetings.meeting_objection),
    Holding(
        title="Meetings that you planned",
        table=of_meetings.planned_meeting,
        whose=("offered_by",),
    ),
    Holding(title="Times at which you can meet", table=of_meetings.planned_answer),
    Holding(
        title="Weekly messages to you as a mentor", table=of_nudges.nudge, whose=("mentor_id",)
    ),
    Holding(title="No message in quiet weeks", table=of_nudges.nudge_silence, whose=("mentor_id",)),
    Holding(title="Looking back", table=of_closing.looking_back, sealed=closing.SEALED),
    Holding(title="Thanks that you gave", table=of_closing.thanks, sealed=closing.SEALED_THANKS),
    Holding(
        title="Thanks to you",
        table=of_closing.thanks,
        whose=("to_member_id",),
        sealed=closing.SEALED_THANKS,
    ),
    Holding(title="Your peer rounds, and whether you met", table=peer_seat),
    Holding(title="What you said to research", table=consent_answer),
    Holding(
        title="Announcements that you wrote",
        table=announcement,
        whose=("by",),
        hides=("named", "digest"),
        sealed=announcements.SEALED,
    ),
    Holding(title="Absences that you announced", table=of_people.delegation),
    Holding(
        title="Times at which you stand in",
        table=of_people.delegation,
        whose=("stand_in_id",),
    ),
    Holding(
        title="Changes that you made to a programme",
        table=course_change,
        whose=("by",),
        hides=("change", "before", "after"),
    ),
    Holding(
        title="What was done as a coordinator",
        table=audit_entry,
        whose=("by",),
        hides=("about",),
    ),
    Holding(
        title="Messages to you (their words are not kept)",
        table=of_delivery.outbox,
        whose=("recipient",),
        by_account=True,
        hides=(
            *("priority", "ready_at", "attempts", "lookups", "claimed_at", "lease_until"),
            *("rides_on", "is_folded", "dedupe_key", "subject_id", "lane", "not_before"),
        ),
    ),
    Holding(
        title="When you were last written to",
        table=of_delivery.delivery_recipient,
        whose=("recipient",),
        by_account=True,
    ),
    Holding(
        title="What is to be done for you in Slack",
        table=errand,
        whose=("person",),
        by_account=True,
    ),
    Holding(
        title="News of you from Slack, of the last days",
        table=inbox,
        whose=("subject_id",),
        by_account=True,
    ),
)

_WORKSPACE = "it is about the workspace, and nobody in it"
LEFT_OUT: Mapping[str, str] = {
    "installation": _WORKSPACE,
    "install_state": _WORKSPACE,
    "delivery_pace": _WORKSPACE,
    "time_off": _WORKSPACE,
    "roster_mapping": _WORKSPACE,
    "pulse_vault": _WORKSPACE,
    "restored": "it is about the database, and nobody in it",
    "schema_use": "it is about the tables, and nobody in them",
    "stage_release": "it counts people, five of them at least, and names nobody",
    "retention_plan": _WORKSPACE,
    "roster_feed": "it is the address of the workspace's list, and who named it",
    "peer_series": "it is about a programme; your seats in its rounds are in the file",
    "peer_round": "it is about everybody in it; your seat in it is in the file",
    "peer_meeting": "it is about two or three people; your seat in it is in the file",
    "conduct_text": "it is the text that everybody reads; Home shows the words that you accepted",
    "research_text": "it is the text that everybody reads; your answer names its version",
    "charter": "it is a group's; your lines and your word on it are in the file",
    "planned_time": "they are times of meetings; your answers to them are in the file",
    "roster_import": "a coordinator's list, deleted within the hour",
    "roster_said": "digests of a coordinator's list, from which nothing can be read",
    "pairing_proposal": "a coordinator's draft; what came of it are your pairings",
    "pairing_match": "a coordinator's draft; what came of it are your pairings",
    "pairing_unseated": "a coordinator's draft; what came of it is where you wait",
    "pairing_forbid": "it could tell what somebody else wished in confidence",
    of_matching.conflict_table.name: "it could tell what somebody else said in confidence",
    "pairing_wish": "it names nobody until it is opened: yours are in the file, under Wishes",
    "concern": "it names nobody until it is opened: yours are in the file, under Concerns",
    "pulse_round": "it is about a programme, and nobody in it",
    "pulse_eligible": "it is read as a whole list alone, so that no look-up lies beside a ballot",
    "pulse_before": "it has names that are made up for one round",
    "pulse_ballot": "no ballot can be tied to anybody, and those of closed rounds are destroyed",
    "pulse_cell": "it is about groups",
    "pulse_release": "it is about groups, and holds nobody's answers",
    "pulse_comment": "nobody can tell whose they are",
    of_pulse.action_table.name: "it is what coordinators told everybody",
    "pulse_hold": _WORKSPACE,
}
"""Tables of which nothing stands in the file, and why; the file says it, too."""
