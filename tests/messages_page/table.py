"""For whom each message is that is sent, and when.

A golden file is known here as `<capability>/<name>`; forms and parts of Home are in `seen.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kinds import MessageKind as Kind

MENTEES, MENTORS, PEERS, COORDINATORS = "Mentees", "Mentors", "Peer-mentors", "Coordinators"
CONTACTS = "People who hear of concerns"
GROUP, OTHERS = "Everybody in a group", "People who take no part"
READERS = (MENTEES, MENTORS, PEERS, COORDINATORS, CONTACTS, GROUP, OTHERS)
BOTH, SEATED = (MENTORS, PEERS), (MENTEES, MENTORS, PEERS)
ALL = (MENTEES, MENTORS, PEERS, COORDINATORS)


@dataclass(frozen=True, slots=True)
class Sent:
    """A kind of message that is sent by itself or to somebody else, with its golden files."""

    kind: str
    goldens: Sequence[str]
    readers: Sequence[str]
    when: str


SENT = (
    Sent(
        Kind.CONDUCT_INVITATION,
        ["people/people_conduct_invitation", "people/people_conduct_invitation_with_profile"],
        SEATED,
        "once a coordinator asks for it",
    ),
    Sent(
        Kind.CONDUCT_INVITATION,
        ["people/people_conduct_new_words"],
        SEATED,
        "once a coordinator asks those who accepted other words",
    ),
    Sent(Kind.WELCOME_BACK, ["people/people_welcome_back"], SEATED, "the day a break ends"),
    Sent(
        Kind.COORDINATOR_WELCOME,
        ["people/people_coordinator_welcome"],
        [COORDINATORS],
        "when they become a coordinator",
    ),
    Sent(
        Kind.ROSTER_NEWS,
        [f"people/feed_{one}" for one in ("changed", "changed_problems", "failed", "works")],
        [COORDINATORS],
        "the morning after the list on the web has changed, or could not be read, or can again",
    ),
    Sent(
        Kind.STAND_IN,
        ["people/stand_in", "people/stand_in_contact", "people/stand_in_over"],
        [COORDINATORS, CONTACTS],
        "when somebody names them while away, and when that is over",
    ),
    Sent(
        Kind.DIRECTORY_NEWS,
        ["people/people_directory_news"],
        [COORDINATORS],
        "the morning after somebody's account has changed",
    ),
    Sent(
        Kind.PROGRAMME_ENDS,
        ["programme/programme_ends", "programme/programme_ends_over"],
        [COORDINATORS],
        "in the last week, and again after it",
    ),
    Sent(
        Kind.ANNOUNCEMENT, ["announcements/announcement"], ALL, "when a coordinator writes to them"
    ),
    Sent(Kind.GOODBYE, ["programme/programme_goodbye"], SEATED, "when the programme is closed"),
    Sent(
        Kind.DIGEST_CHANNEL,
        ["programme/programme_channel_problem"],
        [COORDINATORS],
        "when something speaks against the channel for digests",
    ),
    Sent(
        Kind.GROUP_INTRODUCTION,
        ["groups/pairing_introduction", "groups/pairing_introduction_with_profiles"],
        [GROUP],
        "first of all in a new group's channel",
    ),
    Sent(
        Kind.UNMATCHED_NOTICE,
        ["groups/pairing_unmatched", "groups/pairing_seat_waits"],
        [MENTEES],
        "when there is no seat for them yet",
    ),
    Sent(
        Kind.SEAT_PREVIEW,
        ["groups/pairing_preview", "groups/pairing_preview_kept"],
        SEATED,
        "a day before they are introduced",
    ),
    Sent(
        Kind.SEAT_FOUND,
        ["groups/pairing_seat_found"],
        [MENTEES],
        "when they get a seat after the others",
    ),
    Sent(Kind.MEMBER_JOINED, ["groups/pairing_joined"], [GROUP], "when somebody joins the group"),
    Sent(
        Kind.MEMBER_MOVED,
        ["groups/pairing_moved"],
        BOTH,
        "when a mentee has moved to another group",
    ),
    Sent(
        Kind.MENTOR_LEFT,
        ["groups/pairing_mentor_left"],
        [COORDINATORS],
        "when a mentor no longer takes part",
    ),
    Sent(
        Kind.MENTOR_MISSING,
        ["groups/pairing_mentor_missing"],
        [MENTEES],
        "when their group has lost its mentor",
    ),
    Sent(
        Kind.MENTOR_FOUND,
        ["groups/pairing_mentor_found"],
        [MENTEES],
        "when their group has a mentor again",
    ),
    Sent(
        Kind.GROUP_CONFLICT,
        ["groups/pairing_conflict"],
        [COORDINATORS],
        "when two people in one group should not be",
    ),
    Sent(
        Kind.START_HELD,
        ["groups/pairing_start_held"],
        [COORDINATORS],
        "on a first day on which the programme could not begin",
    ),
    Sent(
        Kind.CHANNEL_SHUT,
        ["channels/channel_shut", "channels/channel_shut_mentor"],
        [COORDINATORS, *BOTH],
        "when a group's channel takes no messages",
    ),
    Sent(
        Kind.SHARE_HELD,
        ["channels/channel_share_waits"],
        [MENTEES],
        "when what they shared is not in the channel yet",
    ),
    Sent(
        Kind.INVITATION_REFUSED,
        ["channels/channel_refused"],
        [COORDINATORS],
        "when Slack does not let somebody into a channel",
    ),
    Sent(
        Kind.LEFT_CHANNEL,
        ["channels/channel_left"],
        [COORDINATORS],
        "when somebody left their group's channel",
    ),
    Sent(
        Kind.CHECKIN_PROMPT,
        ["checkins/checkin_prompt"],
        [MENTEES],
        "when a check-in is due, by stage and rhythm",
    ),
    Sent(
        Kind.CHECKIN_SHARED,
        ["checkins/checkin_shared"],
        [GROUP],
        "when a mentee shares a check-in with the group",
    ),
    Sent(
        Kind.CHECKIN_REPLIED,
        ["checkins/checkin_replied"],
        [MENTEES],
        "when their mentor wrote back to a check-in",
    ),
    Sent(
        Kind.MENTOR_NUDGE,
        [
            "nudges/nudge",
            "nudges/nudge_quiet",
            "nudges/nudge_calm",
            "nudges/nudge_silent",
            "nudges/nudge_peer",
            "nudges/nudge_mentor_and_peer",
        ],
        BOTH,
        "once a week, for all their groups together",
    ),
    Sent(
        Kind.MEETING_OFFERED,
        ["meetings/meeting_offer"],
        [GROUP],
        "when a mentor offers times for a meeting",
    ),
    Sent(
        Kind.MEETING_FIXED,
        ["meetings/meeting_fixed"],
        [GROUP],
        "when the time of a meeting is fixed",
    ),
    Sent(
        Kind.MEETING_CALLED_OFF,
        ["meetings/meeting_called_off"],
        [GROUP],
        "when a meeting is called off",
    ),
    Sent(
        Kind.MEETING_AGENDA,
        ["meetings/meeting_agenda_ready"],
        [GROUP],
        "the day before a meeting",
    ),
    Sent(
        Kind.STAGE_CLAIMED,
        ["stages/stage_claimed"],
        BOTH,
        "when one of their mentees claims a stage",
    ),
    Sent(
        Kind.STAGE_ANSWERED,
        ["stages/stage_confirmed", "stages/stage_talk_first"],
        [MENTEES],
        "when their mentor has answered a claim",
    ),
    Sent(
        Kind.COORDINATORS_WEEK,
        ["overview/monday", "overview/monday_calm"],
        [COORDINATORS],
        "every Monday while a programme runs",
    ),
    Sent(
        Kind.WEEKLY_DIGEST,
        ["overview/digest", "overview/digest_of_nobody"],
        [COORDINATORS],
        "once a week, in the channel for digests",
    ),
    Sent(Kind.THANKS, ["closing/closing_thanks"], ALL, "when somebody thanks them at the close"),
    Sent(Kind.PULSE_INVITATION, ["pulse/pulse_invitation"], [MENTEES], "when a pulse opens"),
    Sent(
        Kind.PULSE_REMINDER,
        ["pulse/pulse_reminder"],
        [MENTEES],
        "once or twice while a pulse is open, on a working day, to all who were asked",
    ),
    Sent(Kind.PULSE_DIGEST, ["pulse/pulse_digest"], [COORDINATORS], "when a pulse has closed"),
    Sent(
        Kind.PULSE_RESULT,
        ["pulse/pulse_result", "pulse/pulse_result_none"],
        [MENTEES],
        "when a pulse has closed",
    ),
    Sent(
        Kind.PULSE_VOID,
        ["pulse/pulse_void"],
        [MENTEES, COORDINATORS],
        "when a pulse ended without results",
    ),
    Sent(
        Kind.PULSE_HELD,
        ["pulse/pulse_held"],
        [COORDINATORS],
        "when a pulse is due and nothing was said about the last",
    ),
    Sent(
        Kind.PULSE_ACTION,
        ["pulse/pulse_action"],
        [MENTEES],
        "when a coordinator has said what was done",
    ),
    Sent(
        Kind.PEER_ROUND,
        ["peers/announced", "peers/announced_trio", "peers/announced_nobody"],
        SEATED,
        "on the Monday on which a peer round begins, in their morning",
    ),
    Sent(
        Kind.PEER_CHANGE,
        ["peers/changed", "peers/changed_nobody"],
        SEATED,
        "when somebody else of their peer round cannot come",
    ),
    Sent(
        Kind.PEER_QUESTION,
        ["peers/asked"],
        SEATED,
        "on Friday of a peer round, unless somebody said that they met",
    ),
    Sent(
        Kind.PEER_MENTOR_OFFER,
        ["community/offered"],
        [MENTEES],
        "when they have finished and did the training",
    ),
    Sent(
        Kind.PERSONAL_NOTE,
        ["care/care_note"],
        [*ALL, CONTACTS],
        "when something waits that they alone can open",
    ),
    Sent(
        Kind.CONVERSATION_ANSWER,
        [
            "conversation/conversation_answer",
            "conversation/conversation_answer_mentor",
            "conversation/conversation_answer_stranger",
            "conversation/conversation_answer_gone",
        ],
        [*ALL, OTHERS],
        "when they write to Cairn, once an hour at most",
    ),
    Sent(Kind.NOBODY_HEARS, ["care/care_nobody_hears"], [COORDINATORS], "while all are away"),
    Sent(
        Kind.CONTACT_WISHED,
        ["care/care_earlier_wish"],
        [COORDINATORS],
        "when an earlier wish to hear from a person still waits",
    ),
    Sent(
        Kind.RETENTION_NOTICE,
        ["retention/retention_notice", "retention/retention_notice_mentor"],
        SEATED,
        "two weeks before the words of a programme that has ended are deleted",
    ),
    Sent(
        Kind.RETENTION_NEWS,
        [
            "retention/retention_news",
            "retention/retention_news_begun",
            "retention/retention_news_gone",
            "retention/retention_news_failed",
        ],
        [COORDINATORS],
        "when members are told, when something is deleted, and when that fails",
    ),
)
