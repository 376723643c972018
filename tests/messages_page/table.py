"""For whom each message, form and part of Home is, and when it is seen.

A golden file is known here as `<capability>/<name>`. What the outbox sends has its kind; all the
rest is named by patterns, of which the first that fits counts.
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


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, a form or a part of Home: a pattern of its golden files."""

    pattern: str
    readers: Sequence[str]
    when: str


SENT = (
    Sent(
        Kind.CONDUCT_INVITATION,
        ["people/people_conduct_invitation", "people/people_conduct_invitation_with_profile"],
        SEATED,
        "once a coordinator asks for it",
    ),
    Sent(Kind.WELCOME_BACK, ["people/people_welcome_back"], SEATED, "the day a break ends"),
    Sent(
        Kind.COORDINATOR_WELCOME,
        ["people/people_coordinator_welcome"],
        [COORDINATORS],
        "when they become a coordinator",
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
        ["groups/pairing_unmatched"],
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
    Sent(Kind.THANKS, ["closing/closing_thanks"], ALL, "when somebody thanks them at the close"),
    Sent(Kind.PULSE_INVITATION, ["pulse/pulse_invitation"], [MENTEES], "when a pulse opens"),
    Sent(
        Kind.PULSE_REMINDER,
        ["pulse/pulse_reminder"],
        [MENTEES],
        "twice while a pulse is open, to all who were asked",
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
    Sent(
        Kind.NOBODY_HEARS,
        ["care/care_nobody_hears"],
        [COORDINATORS],
        "once a day while all who hear of concerns are away",
    ),
    Sent(
        Kind.CONTACT_WISHED,
        ["care/care_earlier_wish"],
        [COORDINATORS],
        "when an earlier wish to hear from a person still waits",
    ),
)

PRESSED, AFTER, HOME = "when they press its button", "after they did something", "on Home"
SEEN = (
    Seen("checkins/checkin_refusal_stranger", [OTHERS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_gone", [OTHERS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_mentor", BOTH, "after `/checkin`"),
    Seen("checkins/checkin_refusal_coordinator", [COORDINATORS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_*", [MENTEES], "after `/checkin`"),
    Seen("checkins/checkin_nothing_to_read", BOTH, PRESSED),
    Seen("checkins/checkin_week_page", BOTH, PRESSED),
    Seen("checkins/checkin_home*", [MENTEES], HOME),
    Seen("checkins/checkin_form*", [MENTEES], "after `/checkin`, or a button of a prompt"),
    Seen("checkins/checkin_help", ALL, "after `/checkin help`"),
    Seen("checkins/checkin_not_understood", [MENTEES], "after `/checkin` with unknown words"),
    Seen("checkins/*", [MENTEES], PRESSED),
    Seen("nudges/nudge_home", BOTH, HOME),
    Seen("nudges/*", BOTH, AFTER),
    Seen("meetings/*home_mentee", [MENTEES], HOME),
    Seen("meetings/*home_*", SEATED, HOME),
    Seen("meetings/nudge_*", BOTH, PRESSED),
    Seen("meetings/*", SEATED, PRESSED),
    Seen("stages/stage_home*", [MENTEES], HOME),
    Seen("stages/stage_claim_form*", [MENTEES], PRESSED),
    Seen("stages/stage_back_form", [MENTEES], PRESSED),
    Seen("stages/stage_done", [MENTEES], AFTER),
    Seen("stages/stage_history*", [MENTEES], PRESSED),
    Seen("stages/stage_answer*_in_place", BOTH, AFTER),
    Seen("stages/stage_answer*", [MENTEES], PRESSED),
    Seen("stages/*", BOTH, PRESSED),
    Seen("home/home_stranger", [OTHERS], HOME),
    Seen("home/home_left", [OTHERS], HOME),
    Seen("home/home_begin", [COORDINATORS], "on Home, while nobody has begun"),
    Seen("home/home_nobody_began", [OTHERS], "on Home, while nobody has begun"),
    Seen("home/home_settings", SEATED, PRESSED),
    Seen("home/home_privacy", ALL, PRESSED),
    Seen("home/home_tools", [COORDINATORS], PRESSED),
    Seen("home/*", SEATED, HOME),
    Seen("course/*", [COORDINATORS], PRESSED),
    Seen("programme/*home*", [COORDINATORS], HOME),
    Seen("programme/*", [COORDINATORS], PRESSED),
    Seen("groups/pairing_settings", SEATED, "behind Settings on Home"),
    Seen("groups/pairing_home_mentee", [MENTEES], HOME),
    Seen("groups/pairing_home_unseated", [MENTEES], HOME),
    Seen("groups/pairing_home_declined", [MENTEES], HOME),
    Seen("groups/pairing_home_moving", [MENTEES], HOME),
    Seen("groups/pairing_home_mentor", BOTH, HOME),
    Seen("groups/pairing_home_no_group", BOTH, HOME),
    Seen("groups/pairing_home_takes_none", BOTH, HOME),
    Seen("groups/pairing_home_before", SEATED, HOME),
    Seen("groups/pairing_home*", [COORDINATORS], HOME),
    Seen("groups/pairing_wishes", SEATED, PRESSED),
    Seen("groups/pairing_[rd]e[mc]*", [MENTEES], PRESSED),
    Seen("groups/*", [COORDINATORS], PRESSED),
    Seen("people/people_home*", SEATED, HOME),
    Seen("people/people_conduct*", SEATED, PRESSED),
    Seen("people/people_pause", SEATED, PRESSED),
    Seen("people/people_erasure_*", [*ALL, OTHERS], PRESSED),
    Seen("people/people_rhythm_*", SEATED, PRESSED),
    Seen("people/absence_*", [COORDINATORS, CONTACTS], PRESSED),
    Seen("people/*", [COORDINATORS], PRESSED),
    Seen("pulse/pulse_tell_form", [COORDINATORS], PRESSED),
    Seen("pulse/pulse_comments_read", [MENTEES, COORDINATORS], PRESSED),
    Seen("pulse/pulse_whole_result", [MENTEES, COORDINATORS], PRESSED),
    Seen("pulse/*", [MENTEES], PRESSED),
    Seen("closing/closing_form", [MENTEES], PRESSED),
    Seen("closing/closing_saved", [MENTEES], AFTER),
    Seen("closing/*", SEATED, PRESSED),
    Seen("conversation/conversation_word_*", [MENTEES], "after `/checkin` with such a word"),
    Seen("conversation/*", ALL, AFTER),
    Seen("profiles/profile_form_mentor", BOTH, PRESSED),
    Seen("profiles/profile_*form*", [MENTEES], PRESSED),
    Seen("profiles/profile_home*", SEATED, HOME),
    Seen("profiles/*", SEATED, PRESSED),
    Seen("goals/goal_home_mentor", BOTH, HOME),
    Seen("goals/goal_shared*", BOTH, PRESSED),
    Seen("goals/goal_home*", [MENTEES], HOME),
    Seen("goals/*", [MENTEES], PRESSED),
    Seen("compass/*", [MENTEES], PRESSED),
    Seen("relationship/*mentor", BOTH, PRESSED),
    Seen("relationship/relationship_saved", SEATED, AFTER),
    Seen("relationship/relationship_put_off", SEATED, AFTER),
    Seen("relationship/*", SEATED, PRESSED),
    Seen("agreements/home*", SEATED, HOME),
    Seen("agreements/*", SEATED, PRESSED),
    Seen("community/home*", SEATED, HOME),
    Seen("community/training_*", [COORDINATORS], PRESSED),
    Seen("community/offer*", [MENTEES], PRESSED),
    Seen("community/*", SEATED, PRESSED),
    Seen("care/care_form_coordinator", [COORDINATORS], PRESSED),
    Seen("care/care_page_contact", [CONTACTS], PRESSED),
    Seen("care/care_foot*", ALL, HOME),
    Seen("care/*", ALL, PRESSED),
    Seen("portfolio/portfolio_form", [MENTEES], PRESSED),
    Seen("reports/*", [COORDINATORS], PRESSED),
    Seen("portfolio/letter_form", BOTH, PRESSED),
    Seen("portfolio/*", SEATED, HOME),
    Seen("queue/*", [COORDINATORS], HOME),
    Seen("a[nu]*/*", [COORDINATORS], PRESSED),
)
